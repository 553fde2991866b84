"""What the lists of a release hold: what is new, what is fixed, and what another release of the project brings."""

from datetime import UTC, date, datetime

import pytest

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import SourceText
from sparky_assets.documents.parse import parse_document
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.stories.assemble import build_period_stories
from sparky_assets.stories.models import PeriodStories, ReleaseNote
from sparky_assets.stories.printing.edition import EditionContent
from sparky_assets.stories.printing.headline import EditionFacts
from sparky_assets.stories.printing.layout import build_edition
from sparky_assets.stories.printing.products.limits import DIGEST_LIMITS
from sparky_assets.stories.printing.releases.counts import count_note_items
from sparky_assets.stories.printing.verify import find_problems

TAG_PAGE = "https://github.com/acme/tool/releases/tag"


def make_release(version: str, day: int) -> ReleaseNote:
    return ReleaseNote(
        key=f"release:acme/tool@{version}",
        repository="acme/tool",
        tag=version,
        version=version,
        title=version,
        url=f"{TAG_PAGE}/{version}",
        published_at=datetime(2025, 11, day, tzinfo=UTC),
        is_prerelease=False,
        source=f"notes:{version}",
    )


def write_edition(notes: dict[str, str], kind: PeriodKind = PeriodKind.WEEKLY) -> EditionContent:
    """Return the edition of a week without changes whose releases have these notes, the oldest first."""
    sources = {
        f"notes:{version}": SourceText(key=f"notes:{version}", kind="release_notes", repository="acme/tool", text=text)
        for version, text in notes.items()
    }
    releases = [make_release(version, day) for day, version in enumerate(notes, 11)]
    stories: PeriodStories = build_period_stories([], [], releases, DocumentLibrary(sources), "UTC")
    facts = EditionFacts(Period(kind, date(2025, 11, 10)), "acme/tool", "UTC", 1, 0, 0, 1)
    edition = build_edition(stories, facts, DIGEST_LIMITS[kind])
    assert find_problems(edition.sentences, [], stories) == {}
    return edition


def list_items(edition: EditionContent) -> dict[str, list[str]]:
    return {own.title: [item.sentences[0].text for item in own.items] for own in edition.released}


NEW = (
    "## New\n\n- Draw maps at night\n- Allow more colours of ink\n- New lamp at the pier\n- Tell the tide of the moon\n"
)
FIXES = "## Fixed\n\n- Print the wrong scale no more\n- Crash on maps of the sea\n- Lost data of old maps\n"


def test_only_fix_is_listed_where_the_headline_says_what_is_new() -> None:
    notes = "## New\n\n- Draw maps at night\n- New lamp at the pier\n\n## Fixed\n\n- Crash on maps of the sea\n"
    edition = write_edition({"2.0.0": notes})
    assert edition.headline == "tool 2.0.0 is out: Draw maps at night; New lamp at the pier"
    assert list_items(edition) == {"Fixed in this release": ["“Crash on maps of the sea”."]}


def test_item_beside_one_of_the_box_is_a_list_by_itself() -> None:
    notes = (
        "### Changed\n\n- Passing no map to `Pier#call` now gives a meaningful reason\n"
        "- Set minimum Ruby version to 3.1\n"
    )
    edition = write_edition({"2.0.0": notes})
    assert [row.mark for row in edition.box_rows] == ["New minimum"]
    listed = [text for items in list_items(edition).values() for text in items]
    assert listed == ["“Passing no map to `Pier#call` now gives a meaningful reason”."]


def test_lede_does_not_repeat_what_the_headline_says_of_all_that_is_new() -> None:
    notes = "## Features\n\n- Support more maps by night\n- Detect piers by day\n- Use `Lamp.on_tty!`\n"
    edition = write_edition({"2.0.0": notes})
    assert edition.headline == "tool 2.0.0 is out: Support more maps by night; detect piers by day; use Lamp.on_tty!"
    assert [sentence.text for sentence in edition.lede] == ["tool 2.0.0 is out."]


def test_feature_of_several_packages_is_said_once() -> None:
    package = "Enhancements:\n\n- Support for maps of the night and of the moon that a harbour draws by itself\n"
    edition = write_edition({"2.0.0": f"## pier\n\n{package}\n## lamp\n\n{package}"})
    assert sum(sentence.text.count("“Support for maps") for sentence in edition.lede) <= 1


def test_fix_among_highlights_is_the_first_that_is_fixed() -> None:
    notes = (
        "## Highlights\n\n- Draw maps at night\n- Add a lamp to the pier\n- Fix the order of tides in the index\n\n"
        "## Other changes\n\n- Fix a crash of the sea map\n- Fix randomly failing maps in nightly CI\n"
    )
    listed = list_items(write_edition({"2.0.0": notes}))
    assert listed["Fixed in this release"] == [
        "“Fix the order of tides in the index”.",
        "“Fix a crash of the sea map”.",
    ]


def test_release_lists_what_it_fixes_behind_what_is_new_worst_first() -> None:
    lists = list_items(write_edition({"2.0.0": f"{NEW}\n{FIXES}"}))
    assert list(lists) == ["Also new in this release", "Fixed in this release"]
    assert lists["Fixed in this release"] == [
        "“Lost data of old maps”.", "“Crash on maps of the sea”.", "“Print the wrong scale no more”.",
    ]  # fmt: skip


def test_item_that_adjusts_something_comes_behind_what_is_new() -> None:
    edition = write_edition({"2.0.0": NEW + "- Draw rivers too\n- Show the harbour in blue\n"})
    assert list_items(edition)["Also new in this release"][-2:] == [
        "“Allow more colours of ink”.", "“Show the harbour in blue”.",
    ]  # fmt: skip


def test_daily_digest_has_five_items_of_a_release() -> None:
    lists = list_items(write_edition({"2.0.0": f"{NEW}\n{FIXES}"}, PeriodKind.DAILY))
    assert list(lists) == ["Also new in this release", "Fixed in this release"]
    assert sum(map(len, lists.values())) == 5


def test_fixes_of_another_release_of_the_project_are_the_second_list() -> None:
    lists = list_items(write_edition({"1.9.1": FIXES, "2.0.0": NEW}))
    assert list(lists) == ["Also new in this release", "Fixed in tool 1.9.1"]


def test_fixes_of_two_lines_of_a_project_are_in_one_list_alone() -> None:
    more = FIXES + "- Sell tickets twice\n"
    lists = list_items(write_edition({"1.9.1": FIXES, "2.0.1": more}))
    texts = [text for own in lists.values() for text in own]
    assert len(texts) == len(set(texts))


def test_notes_of_a_release_branch_that_repeat_others_are_quoted_once() -> None:
    fork = "Replaced the map of the old harbour with the fork of the new harbour, since its owner has changed."
    notes = {"1.0.5": f"{fork} It is backported.\n", "2.0.1": f"{fork}\n", "2.1.0": NEW}
    edition = write_edition(notes)
    texts = [sentence.text for item in edition.also for sentence in item.sentences]
    assert sum(fork in text for text in texts) == 1
    assert any("1.0.5" in text for text in [*texts, *(sentence.text for sentence in edition.lede)])


def test_single_fixes_of_several_releases_are_one_list() -> None:
    notes = {f"1.9.{number}": f"## Fixes\n\n- Mend the lamp of pier {number}\n" for number in range(3)}
    lists = list_items(write_edition({**notes, "2.0.0": NEW}))
    assert lists["Fixed in tool 1.9.0 to 1.9.2"] == [
        "“Mend the lamp of pier 2”.", "“Mend the lamp of pier 1”.", "“Mend the lamp of pier 0”.",
    ]  # fmt: skip


def test_one_fix_in_patches_of_several_lines_is_listed_once() -> None:
    texts = {
        "1.9.1": "apply `sanitizeFilter` on count and cursor()",
        "1.8.7": "apply `sanitizeFilter` in count and cursor",
    }
    notes = {version: f"## Fixes\n\n- {text}\n" for version, text in texts.items()}
    other = {"1.7.4": "## Fixes\n\n- Keep the maps of old piers\n"}
    lists = list_items(write_edition({**notes, **other, "2.0.0": NEW}))
    assert lists["Fixed in tool 1.7.4 to 1.9.1"] == [f"“{texts['1.9.1']}”.", "“Keep the maps of old piers”."]


def test_security_fixes_without_a_number_are_counted_in_the_headline() -> None:
    security = "## Security\n\n- Sanitize the names of maps\n- Fix an out-of-bounds read of keys\n\n"
    edition = write_edition({"2.0.1": security + FIXES})
    assert edition.headline == "tool 2.0.1 is out: two security fixes and three fixes"


def test_release_that_takes_a_fix_back_fixes_no_advisory() -> None:
    fix = "CVE-2024-51999"
    edition = write_edition({"2.0.0": f"* Security fix for {fix}\n", "2.0.1": f"* Revert security fix for {fix}\n"})
    assert [(row.label, row.sentences[0].text) for row in edition.box_rows if row.mark == "Security"] == [
        (fix, f"“Security fix for {fix}”."), ("Security", f"“Revert security fix for {fix}”."),
    ]  # fmt: skip
    assert "2.0.1 is out" not in edition.headline


def test_row_of_which_another_has_all_words_is_left_out() -> None:
    text = "## Highlights\n\n* This release drops support for the printer of 1998.\n\n## What's Changed\n\n"
    edition = write_edition({"2.0.0": f"{text}* Drop support for the printer of 1998\n"})
    assert len(edition.box_rows) == 1


def test_refactoring_below_enhancements_is_no_feature() -> None:
    own = "## Features\n\n- feat: draw maps\n- feat: sell maps\n- feat: sell ink\n\n## Enhancements\n\n"
    edition = write_edition({"2.1.0": f"{own}- refactor(map): compare lamps\n"})
    texts = " ".join(sentence.text for sentence in edition.sentences)
    assert "compare lamps" not in texts + edition.headline


def test_item_without_a_subject_below_another_is_in_no_list() -> None:
    nested = "- New features and improvements for the map of `tides`:\n\n  - Support for proxies\n  - Add rivers\n"
    edition = write_edition({"2.0.0": f"## New\n\n{nested}- Tell the tide\n- Sell tickets\n- Sell maps\n- Sell ink\n"})
    texts = " ".join(sentence.text for sentence in edition.sentences)
    assert "Support for proxies" not in texts and "improvements for" not in texts
    assert "Add rivers" in texts + edition.headline


def test_removal_is_no_headline_without_the_word_for_it() -> None:
    text = "## Removed\n\n- Support for the old printer, deprecated in 1.9, is removed\n- Support for ink\n"
    edition = write_edition({"2.0.0": text + "\n## Breaking\n\n- Maps need a key\n- Ink needs a lamp\n"})
    assert "Support for" not in edition.headline


def test_item_about_something_upcoming_says_nothing_about_the_project() -> None:
    edition = write_edition({"2.0.0": f"{NEW}\n{FIXES}- Add support for the upcoming logger 1.4.3\n"})
    assert edition.coming == ()
    planned = "- Lamps of the pier will be released in March\n"
    assert len(write_edition({"2.0.0": f"{NEW}\n{FIXES}{planned}"}).coming) == 1


def test_update_to_a_major_version_that_notes_name_is_listed() -> None:
    edition = write_edition({"2.0.0": NEW + "- Upgrade to connection_pool 3.0\n- Bump ink to 2.4.1\n"})
    texts = list_items(edition)["Also new in this release"]
    assert "“Upgrade to connection_pool 3.0”." in texts and not any("2.4.1" in text for text in texts)


def test_project_keeps_its_name_at_the_beginning_of_a_headline() -> None:
    edition = write_edition({"2.0.0": "## Features\n\n- tool now respects the tide\n\n" + FIXES})
    assert edition.headline.startswith("tool 2.0.0 is out: tool now respects the tide")


def test_fixes_of_development_are_not_counted_as_fixes() -> None:
    text = f"{NEW}\n{FIXES}\n## Development Fixes\n\n- Run tests in utc\n"
    source = SourceText(key="notes", kind="release_notes", repository="acme/tool", text=text)
    assert (3, "fix") in count_note_items(parse_document(source))


def test_fault_in_a_list_of_all_that_notes_say_has_a_label() -> None:
    notes = "## Added\n\n- Draw maps at night\n\n## Fixed\n\n- Piers not opening at night\n- Fix the lamp of gulls\n"
    assert list_items(write_edition({"1.1.0": notes})) == {
        "From the notes": [
            "“Draw maps at night”.",
            "Fixed: “Piers not opening at night”.",
            "“Fix the lamp of gulls”.",
        ]
    }


def test_list_of_notes_with_one_label_names_what_else_is_new() -> None:
    text = (
        "- Support tides of the moon\n- Feat: draw maps at night\n- Add a bell for fog\n"
        "- Fix: keep the scale of piers\n- Fix: ring once\n- Fix colours of ink\n"
    )
    edition = write_edition({"2.1.0": text})
    assert "“Add a bell for fog”." in list_items(edition)["From the notes"]


def test_patch_that_removes_something_is_not_counted_as_a_fix() -> None:
    """Regression: “Its notes list four fixes, among them ‘Remove … the `promise` property’” of TanStack's lit-query."""
    notes = "### Patch Changes\n\n- Remove the oil of lamps\n\n- Fix a leak of oil\n\n- Fix the maps of piers\n"
    source = SourceText(key="notes:1.0.1", kind="release_notes", repository="acme/tool", text=notes)
    assert count_note_items(parse_document(source)) == [(2, "fix")]


@pytest.mark.parametrize(
    ("first", "heading"), [("Adds 2 new lamps", "From the notes"), ("Fixes 2 lamps", "Fixed in this release")]
)
def test_patch_that_adds_something_is_not_listed_as_fixed(first: str, heading: str) -> None:
    """Regression: starlight's `Adds 2 new icons` was below “Fixed in”, since the changeset is a patch."""
    notes = f"### Patch Changes\n\n- {first} of the pier\n\n- Fixes a leak of oil\n\n- Fixes the maps of piers\n"
    assert list(list_items(write_edition({"1.0.1": notes}))) == [heading]
