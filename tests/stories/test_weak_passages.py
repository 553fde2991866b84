"""Kinds of weak passages: pronouns in first quotations, tests that lead, platforms that are gone."""

from datetime import UTC, date, datetime

import pytest

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import SourceText
from sparky_assets.documents.parse import parse_document
from sparky_assets.documents.quotes import needs_sentence_before
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.stories.assemble import build_period_stories
from sparky_assets.stories.grouping.shared_words import find_shared_words
from sparky_assets.stories.grouping.stories import build_stories
from sparky_assets.stories.models import ReleaseNote
from sparky_assets.stories.noise import classify_noise
from sparky_assets.stories.points import compute_points
from sparky_assets.stories.printing.box.rows import build_box
from sparky_assets.stories.printing.headline import EditionFacts
from sparky_assets.stories.printing.layout import build_edition
from sparky_assets.stories.printing.products.limits import DIGEST_LIMITS
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.text.upgrades import drops_platform
from tests.stories.record_helpers import make_record


def make_message(text: str) -> SourceText:
    return SourceText(key="message", kind="message", repository="acme/tool", text=text, title="Fix the lock")


@pytest.mark.parametrize(
    ("sentence", "is_dependent"),
    [
        ("It runs as a task of its own, so that it races with all others.", True),
        ("They cannot be read at night without this lock.", True),
        ("This change locks the index of the harbour for each reader.", False),
        ("It is now possible to read the index of the harbour at night.", False),
        ("Readers of the index cannot wait for each other any more.", False),
    ],
)
def test_sentence_with_a_pronoun_needs_the_one_before(sentence: str, is_dependent: bool) -> None:
    document = parse_document(make_message(f"A reader loads the diff of each harbour.\n\n{sentence}\n"))
    assert needs_sentence_before(document, document.sentences[-1]) is is_dependent
    alone = parse_document(make_message(f"{sentence}\n"))
    assert not needs_sentence_before(alone, alone.sentences[0])  # the title is before it


def tell_fix(text: str) -> list[str]:
    source = make_message(text)
    change = make_record(9, "Fix contention of the harbour lock", sources=("message",)).change
    return [sentence.text for sentence in QuotationChooser(DocumentLibrary({"message": source})).tell(change, 2)]


RACE = (
    "It runs as a task of its own, so it races with the lock of the harbour that a reader takes, "
    "which then fails with an error.\n"
)


def test_quotation_with_a_pronoun_is_printed_behind_the_sentence_before_it() -> None:
    effect = "The lock is now taken once for all readers of the harbour.\n"
    opening = "The preview of a harbour loads the diff of each pier.\n"
    assert tell_fix(f"{opening}\n{RACE}\n{effect}") == [f"The message says: “{effect.strip()}”"]
    assert tell_fix(f"{effect}\n{RACE}")[0].endswith(f"“{effect.strip()}”")
    assert "It runs" in tell_fix(f"{effect}\n{RACE}")[1]


@pytest.mark.parametrize(
    ("title", "is_dropped"),
    [
        ("Disable windows/arm build target (Go 1.26 disabled)", True),
        ("Remove powerpc64-unknown-linux-gnu from build targets", True),
        ("CICD: Stop building for x86_64-pc-windows-gnu which fails", True),
        ("Drop macOS x86 binaries", True),
        ("Disable webvital tests on Windows", False),
        ("Temporary remove the ARM tests workflow", False),
        ("Remove the Windows limitation from the manual", False),
        ("Stop using `macos-13` in CI", False),
        ("Exclude arboard feature in android builds", False),
        ("Add windows/arm build target", False),
    ],
)
def test_title_that_drops_a_platform_is_a_row_of_the_box(title: str, is_dropped: bool) -> None:
    assert drops_platform(title) is is_dropped
    change = make_record(9, title, type="chore", noise="ci").change
    rows = build_box([], [change], QuotationChooser(DocumentLibrary({})))
    assert [row.mark for row in rows] == ["Removed"] * is_dropped
    assert build_box([], [change.model_copy(update={"type": "ci"})], QuotationChooser(DocumentLibrary({}))) == ()


def test_change_of_tests_by_its_title_has_fewer_points() -> None:
    gated = make_record(1, "acme-extra: gate rejection test behind feature", paths=("src/typed.rs",))
    plain = make_record(2, "acme-extra: gate rejection error behind feature", paths=("src/typed.rs",))
    added = make_record(3, "Split tests by the feature that they need", type="feat", paths=("src/typed.rs",))
    assert compute_points(gated).points <= compute_points(plain).points - 4
    assert not any(rule.name == "testing" for rule in compute_points(added).rules)


def test_change_of_tests_by_its_title_heads_no_story_with_others() -> None:
    gated = make_record(1, "acme-extra: gate rejection test behind feature", paths=("src/query.rs",))
    added = make_record(2, "Read queries from an address", paths=("src/query.rs",), message="See #1.", references=(1,))
    (group,) = build_stories([gated, added])
    assert group.head == added.change.key


def test_row_about_compatibility_names_twenty_and_others_in_one_line() -> None:
    items = "".join(f"- The lamp of pier {number} is {number} m high.\n" for number in range(30))
    notes = SourceText(
        key="notes", kind="release_notes", repository="acme/tool", text=f"## 2.1 Migration Guide\n\n{items}"
    )
    release = ReleaseNote(
        key="release:acme/tool@2.1", repository="acme/tool", tag="2.1", version="2.1", title="2.1", url=None,
        published_at=datetime(2026, 3, 9, tzinfo=UTC), is_prerelease=False, source="notes",
    )  # fmt: skip
    stories = build_period_stories([], [], [release], DocumentLibrary({"notes": notes}), "UTC")
    facts = EditionFacts(Period(PeriodKind.WEEKLY, date(2026, 3, 9)), "acme", "UTC", 1, 0, 0, 0)
    *rows, rest = build_edition(stories, facts, DIGEST_LIMITS[PeriodKind.WEEKLY]).box_rows
    assert [row.label for row in rows[8:]] == ["Also affecting compatibility"] * 20
    assert (rest.label, rest.rows) == ("Also affecting compatibility", 2)
    assert rest.sentences[0].text.endswith("; “The lamp of pier 29 is 29 m high.”")


def test_fault_alone_is_no_heading_of_changes() -> None:
    titles = ("Fix a crash of night maps", "Fix a crash of bare piers", "Fix a crash of small buoys")
    assert find_shared_words(titles) == ""
    assert find_shared_words([f"{title} in the harbour index" for title in titles]) == "harbour index"


def test_area_and_a_verb_are_no_heading_of_changes() -> None:
    assert find_shared_words(["pier: fix the map", "pier: fix two buoys", "pier: fix old lamps"]) == ""


@pytest.mark.parametrize("title", ["2026.03.06, Version 1.52.1 (Stable)", "Now working on version 1.52.2"])
def test_title_of_a_release_commit_is_a_version_bump(title: str) -> None:
    assert classify_noise(title) == "version_bump"
