"""Which items of the notes of a release a paper lists: none that another sentence was to say, and no details of one."""

import pytest

from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.models import SentenceContext, SourceText
from sparky_assets.documents.notes import list_note_items
from sparky_assets.documents.parse import parse_document
from sparky_assets.documents.scores.refusals import list_refusals
from sparky_assets.stories.noise import classify_noise
from sparky_assets.text.subjects import parse_subject
from tests.stories.test_release_lists import list_items, write_edition


def list_stated(text: str) -> list[str]:
    document = parse_document(SourceText(key="k", kind="release_notes", repository="acme/tool", text=text, title="v2"))
    return [item.statement.text for item in find_consequences(document) if item.statement]


TOLD = (
    "### Breaking changes\n\n- Custom `PierSorter` implementations are now used directly, not wrapped by `Sorter`\n\n"
    "### Added\n\n- Add a `tide` option that draws the sea\n- Add `Lamp.dim` for the night\n- Add `Lamp.warm`\n\n"
    "### Fixed\n\n- Fixed custom `PierSorter` implementations being wrapped by `Sorter`, which are now used directly\n"
    "- Fixed empty maps\n- Fixed a crash of the pier\n"
)


def test_list_does_not_say_again_what_a_row_of_the_box_says() -> None:
    """commonmark 2.10.0 said in its guide and below `Fixed` that normalizers are no longer wrapped."""
    edition = write_edition({"2.0.0": TOLD})
    fixed = list_items(edition)["Fixed in this release"]
    assert any("PierSorter" in row.sentences[0].text for row in edition.all_rows)
    assert [text.strip("“”.") for text in fixed] == ["Fixed a crash of the pier", "Fixed empty maps"]


def test_purpose_of_a_release_is_in_its_lede() -> None:
    notes = "This is a **security release** to address a denial of service of maps.\n\n- Draw maps\n- Draw piers\n"
    lede = " ".join(sentence.text for sentence in write_edition({"2.0.0": notes}).lede)
    assert "This is a security release to address a denial of service of maps." in lede


def test_first_sentence_of_notes_with_a_link_is_in_the_lede() -> None:
    notes = (
        "Pier 5 merges [lamps](https://acme.dev/lamps) into the core package.\n\n"
        "## Features\n\n- Draw maps at night\n- Draw piers of the sea\n"
    )
    lede = " ".join(sentence.text for sentence in write_edition({"5.0.0": notes}).lede)
    assert "Pier 5 merges lamps into the core package." in lede


def test_assistant_in_front_of_a_title_is_no_area() -> None:
    assert parse_subject("claude: fix the scale of maps").title == "fix the scale of maps"
    assert parse_subject("claude: fixes").title == "claude: fixes"


SHORT = (
    "- Fix a memory leak that grows when maps fail to load\n- Users can limit what the pier shows with `only`\n"
    "- Replace the old drawing code with that of the standard library\n- Several minor fixes from scanners.\n"
)


def test_item_that_a_sentence_was_to_quote_is_listed() -> None:
    """sidekiq 8.1.6 fixed a leak: the sentence about it gave way to the list, and the list left it out."""
    listed = list_items(write_edition({"2.0.1": SHORT}))["From the notes"]
    assert listed[0].startswith("“Fix a memory leak")
    assert not any("Several minor fixes" in text for text in listed)


AREAS = (
    "### Style\n\n- Add support for maps of the night sky\n- Fix crash when a map is empty\n- Keep wide headers\n\n"
    "- Draw the sea in blue\n- Draw the land in green\n- Sort piers by name\n- Keep the scale of a map\n\n"
    "### Output\n\n- Add `TideError` to tell faults of maps\n- Fix lines being drawn twice on folded maps\n"
)


def test_fixes_below_headings_of_areas_are_a_list_behind_what_is_new() -> None:
    lists = list_items(write_edition({"2.0.0": AREAS}))
    fixed = lists["Fixed in this release"]
    assert [text.partition(" ")[0] for text in fixed] == ["“Fix", "“Fix"]


NESTED = (
    "-   `Tide` typing improvements. (#12)\n\n    -   `Tide` is now a generic class of its values.\n"
    "    -   The type of what `draw` returns is narrower.\n    -   Add `Tide.depth`.\n"
    "-   Tell wide lamps from narrow ones. (#13)\n-   Print maps in two colors. (#14)\n-   Keep the scale. (#15)\n"
    "-   Use the pier of the system. (#17)\n-   Sort all lamps. (#18)\n-   Take maps from a pipe. (#19)\n"
)


def test_items_nested_in_a_sentence_are_its_details() -> None:
    """click 8.4.0 explains typing in four items: they filled its list, and a new class was left out."""
    document = parse_document(SourceText(key="k", kind="release_notes", repository="acme/tool", text=NESTED))
    assert [item.is_detail for item in list_note_items(document)] == [False, *[True] * 3, *[False] * 6]
    listed = list_items(write_edition({"2.0.0": NESTED}))["From the notes"]
    assert not any("generic class" in text or "narrower" in text for text in listed)
    assert any("two colors" in text for text in listed)


LOGIC = (
    "**Logic changes**\n\nPR #12 goes back to lamps that are lit by default.\n\n"
    "If you do not want this behavior, use:\n```go\nlamp.Off()\n```\n\nsome other noteworthy additons:\n"
    "* Adds first-class support for the night in #13\n```go\nx.Night()\n```\n\n* Pier: lamps at both ends in #14\n"
)


def test_paragraph_that_leads_to_other_news_ends_what_its_heading_says() -> None:
    """echo 5.3.0 printed `some other noteworthy …` as a breaking change and as what to do about another one."""
    assert list_stated(LOGIC) == ["PR #12 goes back to lamps that are lit by default."]


@pytest.mark.parametrize(
    "text",
    [
        "Adds a Linux-guarded regression test: reading a missing lamp must raise an error.",
        "Adds a paginator unit test and a web integration test (GET /lamp now returns 200).",
        "The existing tests only call the lamp by its name, so the shade was not covered.",
        "Also add a dedicated test/lamp_test.rb that covers the shade of the lamp.",
    ],
)
def test_sentence_about_added_tests_is_refused(text: str) -> None:
    assert "about tests" in set(list_refusals(text, SentenceContext("other", False, False, "")))


@pytest.mark.parametrize(
    "title",
    [
        "Prepare for next development iteration",
        "Update previous Acme release 1.20.3",
        "Fixes before 045",
        "Bump [ciskip]",
        "Reverting release version changes",
        "Remove sponsors",
        "fix ada's personal url",
    ],
)
def test_housekeeping_of_releases_and_sponsors_is_noise(title: str) -> None:
    assert classify_noise(title) is not None


def test_sponsors_of_a_product_are_no_noise() -> None:
    assert classify_noise("Add sponsors to the map") is None


@pytest.mark.parametrize(
    ("title", "is_noise"),
    [
        ("Add an error with suggestions for misspelled commands", False),
        ("Suggest a map for typos", False),
        ("Fix misspelled words of the map", True),
        ("Fix typo in the pier", True),
        ("Make perltidy happy", True),
        ("Fix Windows CI failures", True),
        ("Enable SNAPSHOT artifact signing from master", True),
        ("Add signing for maps", False),
    ],
)
def test_title_of_housekeeping_or_of_a_feature_is_classified(title: str, is_noise: bool) -> None:
    """click 8.4.0 has suggestions for misspelled commands, which read like the correction of a text."""
    assert (classify_noise(title) is not None) == is_noise


HIGHLIGHTS = (
    "Highlights:\n\n- Night and day modes for `TideMap`\n- Wider lamps\n\nNew features\n~~~~~~~~~~~~\n\n"
    "- Added a night mode to `TideMap`.\n- Added a `Pier` class.\n- Added `Quay.depth`.\n"
)


def test_item_that_a_highlight_says_is_not_listed_beside_it() -> None:
    document = parse_document(SourceText(key="k", kind="release_notes", repository="acme/tool", text=HIGHLIGHTS))
    assert len(list_note_items(document)) == 5
    listed = [text for items in list_items(write_edition({"2.0.0": HIGHLIGHTS})).values() for text in items]
    assert not any("night mode" in text for text in listed)
    assert any("depth" in text for text in listed)


def test_label_in_brackets_is_no_part_of_a_row() -> None:
    notes = "### Breaking changes\n\n- Keep maps sorted\n\n### Deprecated\n\n- [deprecation] Deprecate `Lamp.dim`\n"
    rows = [row.sentences[0].text for row in write_edition({"2.0.0": notes}).all_rows]
    assert any("“Deprecate `Lamp.dim`”" in text for text in rows)


def test_earlier_opinion_of_an_author_is_refused() -> None:
    text = "I thought it was related to the lamp but even without it the map is just fine."
    assert "says what its author thought" in set(list_refusals(text, SentenceContext("other", False, False, "")))


def test_link_behind_its_name_is_not_quoted() -> None:
    text = "Failing run of the tests (before the fix): https://harbour.example/runs/25815321578?pr=9"
    assert "a link behind its name" in set(list_refusals(text, SentenceContext("other", False, False, "")))
