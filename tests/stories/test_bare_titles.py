"""Titles, labels and items that said too little, too much, or what is not so."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import SourceText
from sparky_assets.documents.parse import parse_document
from sparky_assets.documents.scores.roles import names_doubt
from sparky_assets.documents.states import tells_past_state
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.stories.grouping.shared_words import find_shared_words
from sparky_assets.stories.grouping.stories import build_stories
from sparky_assets.stories.models import StoryEdge
from sparky_assets.stories.noise import classify_noise
from sparky_assets.stories.printing.announcing import announce_change
from sparky_assets.stories.printing.headline import EditionFacts, build_headline_sentence
from sparky_assets.stories.printing.layout import build_edition
from sparky_assets.stories.printing.products.limits import DIGEST_LIMITS
from sparky_assets.stories.printing.quoting.choose import QuotationChooser
from sparky_assets.stories.printing.releases.item_quotes import quote_briefly, quote_item
from sparky_assets.stories.printing.sentences import format_title, simplify_quotation
from sparky_assets.stories.signals import read_signals
from sparky_assets.stories.titles.forms import frame_title, shorten_title
from sparky_assets.stories.titles.parts import normalize_title
from tests.stories.record_helpers import make_record
from tests.stories.test_plain_body import make_message, make_release, read_change, write_stories
from tests.stories.test_released import build_stories as build_released_stories
from tests.stories.test_released import lay_out, make_history


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("fix(lint): [no-moon-maps] prevent overflow of tides (#12)", "no-moon-maps: prevent overflow of tides"),
        ("fix(lint): [no-moon-maps] moons in tides are lost", "Fixed in no-moon-maps: Moons in tides are lost"),
        ("Keep the map of the moon (cherry-picked from #4805)", "Keep the map of the moon"),
        ("Keep the map of the moon (backport of #4805)", "Keep the map of the moon"),
        ("Keep the map of the moon [backport 2.1]", "Keep the map of the moon"),
        ("Keep the map of the moon (back to the pier)", "Keep the map of the moon (back to the pier)"),
        ("fix(maps): Should not lose the moon", "Fixed in maps: should not lose the moon"),
    ],
)
def test_title_has_no_origin_behind_it_and_its_rule_in_front(subject: str, title: str) -> None:
    assert format_title(read_change(subject)) == title


@pytest.mark.parametrize(
    ("subject", "news"),
    [
        ("Remove NUL from maps received at night", None),
        ("Remove the timer of the pier on destruction of the harbour", None),
        ("Remove the option moon from `[maps]`", "Removed from `[maps]`: the option moon"),
        ("Remove the deprecated option moon", "Removed: the deprecated option moon"),
        ("Drop support for Python 3.8 in the harbour", "Dropped: support for Python 3.8 in the harbour"),
    ],
)
def test_removal_of_something_at_a_time_is_no_removal_of_a_part(subject: str, news: str | None) -> None:
    told = announce_change(read_change(subject))
    assert (told and told.fill(told.text).text) == news


@pytest.mark.parametrize(
    ("title", "noise"),
    [
        ("More work on custom maps", "wip"),
        ("More porting work on the moon", "wip"),
        ("Continue working on the pier", "wip"),
        ("More work for readers who lose a map", None),
        ("Fix several checks issues from gocritic", "formatting"),
        ("Fix emptyStringTest, nestingReduce and singleCaseSwitch checks issues from gocritic", "formatting"),
        ("Resolve all new warnings reported by staticcheck", "formatting"),
        ("Fix warnings of the pier", None),
        ("Update swc monorepo (major)", "dependency"),
        ("Update dependency eslint to ^9", "dependency"),
        ("Update the monorepo guide", None),
        ("Reconcile `dev` after merge to `main` for v2", "merge"),
        ("Try to fix flaky tests in map::tides", "tests"),
        ("Add workflow dispatch for release", "ci"),
        ("Add package param to cargo deb", "ci"),
        ("Add a moon section to tide docs", "changelog"),
        ("Add support for notes in docs", None),
        ("Restructure pier commands to pier subcommand", None),
        ("Backport 3.4.11 into major branch", "merge"),
        ("Make TideListIOSpec faster", "tests"),
        ("Add regression for a tide that hangs", "tests"),
        ("Grammar in godoc for the map of tides", "typo"),
        (".gitignore: ignore binaries of the pier", "ci"),
        ("Add Winget Releaser workflow", "ci"),
        ("Remove deprecated ubuntu 20.04 from CI config", "ci"),
        ("Add steps of approval to a workflow", None),
        ("Add test coverage toggling the lamp", "tests"),
        ("Update versions for 3.4.10", "version_bump"),
        ("Change version to 1.60.0", "version_bump"),
        ("Opt-in for MFA requirement explicitly", "ci"),
        ("Add JPMS module test", "tests"),
        ("Add `trim_map()` test when a key has no version", "tests"),
        ("Added global pier benchmarks", "tests"),
        ("Make OpenAPISpec readable by ships", None),
        ("Added frozen lockfile option on ci and dev workflows", "ci"),
    ],
)
def test_titles_of_work_and_of_tools_are_noise(title: str, noise: str | None) -> None:
    assert classify_noise(title) == noise


@pytest.mark.parametrize(
    ("sentence", "is_past"),
    [
        ("The pier used to lose maps at night.", True),
        ("Removes the lock that was read twice.", False),
        ("Remove the map of the pier that was read twice and route it through a file.", False),
    ],
)
def test_state_before_a_change_is_read_by_its_own_words(sentence: str, is_past: bool) -> None:
    assert tells_past_state(sentence) is is_past


def quote_notes(item: str) -> str:
    document = parse_document(
        SourceText(key="notes", kind="release_notes", repository="acme/tool", title="1.0", text=f"- {item}\n")
    )
    quoted = quote_briefly(document, document.sentences[0])
    return quoted.text if quoted else ""


LONG = (
    "the printer now reads the moons of the harbour, the gulls of the pier, and the tides of all other piers at night"
)


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (f"Fixed [#10131](https://github.com/acme/tool/issues/10131): {LONG}", LONG),
        ("Fixed #12: The printer reads the moon once", "The printer reads the moon once"),
        ("Fixed #12, where the printer read the moon twice", "Fixed #12, where the printer read the moon twice"),
        ("feat: PIER-758 Add a plugin that draws maps", "Add a plugin that draws maps"),
        ("PIER-758 Add a plugin that draws maps", "Add a plugin that draws maps"),
        ("[PIER-758] Draw maps of the moon once", "Draw maps of the moon once"),
        ("PIER-758 [MoonDB] The map is drawn once", "[MoonDB] The map is drawn once"),
        ("UTF-8 Maps are read at night by the printer", "UTF-8 Maps are read at night by the printer"),
    ],
)
def test_item_of_notes_begins_behind_the_number_of_its_issue(item: str, text: str) -> None:
    assert quote_notes(item) == text


def test_subject_of_a_commit_in_a_message_is_not_quoted() -> None:
    text = "fix: wrong selection of the deleted moon of a pier\n\nfix(maps): the moon of the pier cannot be deleted\n"
    message = SourceText(key="message", kind="message", repository="acme/tool", text=text, title="Fix the moon")
    change = make_record(9, "Fix the selection of a deleted pier", sources=("message",)).change
    assert QuotationChooser(DocumentLibrary({"message": message})).tell(change, 2) == []


@pytest.mark.parametrize(
    ("text", "keeps"),
    [
        ("The map accepts a flag (default False, preserving current behavior) so that callers can reuse it.", True),
        ("It keeps the existing behavior of the printer for maps of the moon.", True),
        ("It preserves the map of the moon.", False),
    ],
)
def test_author_says_that_users_see_what_they_saw(text: str, keeps: bool) -> None:
    assert read_signals("Add a flag to draw_map", text).keeps_behavior is keeps


def test_item_that_quotes_nothing_but_a_number_is_not_cut_short() -> None:
    document = parse_document(
        SourceText(key="notes", kind="release_notes", repository="acme/tool", title="1.0", text="- Fixed #12 (#13)\n")
    )
    quoted = quote_item(document, document.sentences[0])
    assert quoted is None or quoted.text == "Fixed #12 (#13)"


def test_releases_are_the_headline_beside_documents_alone() -> None:
    guide = make_record(1, "Add missing https:// to a link of the moon", paths=("ADOPTERS.md",))
    releases = (make_release("v1.0.1"), make_release("v1.1.1"))
    facts = EditionFacts(Period(PeriodKind.WEEKLY, date(2026, 3, 9)), "acme/tool", "UTC", 1, 0, 3, 1)
    assert (
        build_headline_sentence(write_stories([guide], releases=releases), facts).text == "tool 1.1.1 and 1.0.1 are out"
    )
    code = make_record(1, "Add the moon to the map", paths=("tool/maps.py",))
    assert "moon" in build_headline_sentence(write_stories([code], releases=releases), facts).text


def test_title_of_one_word_is_no_news_of_a_release(tmp_path: Path) -> None:
    history = make_history("feat!: v2", "fix: keep the gulls", last="chore: tidy the pier")
    assert lay_out(build_released_stories(history, tmp_path)).headline == "tool 2.0.0 is out"


def test_title_behind_a_frame_is_not_cut_after_two_words() -> None:
    title = "Fixed in frontend: Preview moons and maps of the pier in the sidebar of files"
    assert shorten_title(title) == title


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**Cause — the order, not a missing `moon_id`.**", "Cause — the order, not a missing `moon_id`."),
        ("The **lamp** of `2**3` and *pier* `*args`", "The lamp of `2**3` and pier `*args`"),
    ],
)
def test_marks_of_emphasis_around_code_are_not_printed(text: str, shown: str) -> None:
    assert simplify_quotation(text) == shown


def test_sentence_that_names_an_issue_first_is_read_whole() -> None:
    text = "Fixes #12, the flicker of moons in the table of\npiers that readers met, and cleans up the rest.\n"
    document = parse_document(SourceText(key="m", kind="message", repository="acme/tool", title="Fix it", text=text))
    assert [sentence.text for sentence in document.sentences] == [" ".join(text.split())]


def tell_message(title: str, text: str) -> list[str]:
    message = SourceText(key="message", kind="message", repository="acme/tool", text=text, title=title)
    change = make_record(9, title, sources=("message",)).change
    return [sentence.text for sentence in QuotationChooser(DocumentLibrary({"message": message})).tell(change, 2)]


def test_label_without_a_verb_is_not_quoted() -> None:
    assert tell_message("Fix moon charts", "Moon mutation bug.\n\nSee the chart.\n") == []


def test_result_of_a_change_is_no_reason_for_it() -> None:
    told = tell_message("Shrink the moon index", "Results in a 2-7% reduction of the time of the moon index.\n")
    assert told
    assert not told[0].startswith("Why")


def test_words_that_titles_share_are_no_heading_with_a_verb_alone() -> None:
    assert find_shared_words(["Updated power function", "Updated power match arm in the pier"]) == ""
    assert find_shared_words(["Read the night map", "Draw a night map of the pier"]) == "night map"


@pytest.mark.parametrize("title", ["Address reviewer feedback", "Update documentation", "Improve linting"])
def test_title_that_says_nothing_is_noise(title: str) -> None:
    assert classify_noise(title) is not None


@pytest.mark.parametrize(
    ("sentence", "is_doubt"),
    [
        ("I have not tested the corner cases of the moon at night.", True),
        ("Fixes the corner cases of the moon that are not tested at night.", False),
        ("charts of the moon, and I have not tested the corner cases at night.", False),
    ],
)
def test_doubt_is_a_whole_sentence_that_repairs_nothing(sentence: str, is_doubt: bool) -> None:
    text = SourceText(key="message", kind="message", repository="acme/tool", text=f"{sentence}\n", title="Draw moons")
    change = make_record(9, "Draw the moon at night", sources=("message",)).change
    assert (QuotationChooser(DocumentLibrary({"message": text})).tell_doubt(change) is not None) is is_doubt


def test_error_that_a_sentence_cites_is_no_doubt() -> None:
    assert not names_doubt('The mount rejects the option outright ("option not supported") at night.')
    assert names_doubt("The mount is not supported at night.")
    assert not names_doubt("The lamp takes `Unknown` too, and is dark where the hour is unknown.")
    assert names_doubt("It is unknown whether the lamp burns at noon.")


def test_sentence_about_where_a_change_is_copied_from_is_not_quoted() -> None:
    assert tell_message("Keep the moon map", "This is a backport of PR #12 as merged into the moon map branch.\n") == []


def test_numbered_item_of_notes_begins_behind_its_number() -> None:
    assert quote_notes("2 - Set the moon map as a variable of the pier") == "Set the moon map as a variable of the pier"
    assert quote_notes("7 - 12 moons are drawn on the map of the pier").startswith("7 - 12 moons")


@pytest.mark.parametrize(
    ("title", "noise"),
    [
        ("Initialise things", "wip"),
        ("notmuch: drop unused function", "refactoring"),
        ("Remove a useless cast", "refactoring"),
        ("Initialise the moon of things", None),
        ("Drop the moon of the pier", None),
    ],
)
def test_titles_of_things_and_of_unused_code_are_noise(title: str, noise: str | None) -> None:
    assert classify_noise(title) == noise


def test_fix_of_a_document_is_no_fix_of_a_release() -> None:
    texts = [
        make_message(f"The link of the {name} was broken because the {name} moved.", None).model_copy(
            update={"key": f"message{number}", "title": f"Fix broken link of the {name}"}
        )
        for number, name in enumerate(("moon", "pier", "tide"))
    ]
    paths = ("docs/moon.md", "tool/pier.py", "tool/tide.py")
    records = [
        make_record(number, text.title, type="fix", sources=(text.key,), paths=(paths[number],))
        for number, text in enumerate(texts)
    ]
    facts = EditionFacts(Period(PeriodKind.WEEKLY, date(2026, 3, 9)), "acme/tool", "UTC", 1, 0, 3, 1)
    limits = replace(DIGEST_LIMITS[PeriodKind.WEEKLY], stories=0)
    edition = build_edition(write_stories(records, *texts), facts, limits)
    fixed = next(own for own in edition.lists if own.title == "Fixed")
    assert {key for item in fixed.items for key in item.changes} == {record.change.key for record in records[1:]}


def test_change_that_users_meet_heads_a_story() -> None:
    prepared = make_record(1, "Make move_moon_to_pier reusable", paths=("tool/moon.c", "tool/pier.c"))
    brought = make_record(2, "Move the moon to another pier by its handle", paths=("tool/moon.c", "tool/pier.c"))
    edge = StoryEdge(first=prepared.change.key, second=brought.change.key, weight=9, reason="they share words")
    (group,) = build_stories([prepared, brought], edges=[edge])
    assert group.head == brought.change.key


def test_fix_that_names_something_new_is_framed_as_no_fault() -> None:
    parts = normalize_title("fix(map.process): New `late` option for piers at night")
    assert frame_title(parts) == parts.title
    assert frame_title(normalize_title("fix(map.process): deadlock of late piers")).startswith("Fixed in map.process: ")
