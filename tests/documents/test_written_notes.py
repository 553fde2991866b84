"""What items of notes that people write for users take away, without a heading or label that says it."""

import pytest

from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.models import SourceText
from sparky_assets.documents.parse import parse_document


def read_notes(text: str, tag: str = "v1.2.0") -> list[tuple[str, str, str]]:
    """Return kind, label and words of each consequence of notes."""
    document = parse_document(
        SourceText(key="notes:o/r@1", kind="release_notes", repository="o/r", text=text, title=tag)
    )
    return [
        (consequence.kind, consequence.label, consequence.statement.text if consequence.statement else "")
        for consequence in find_consequences(document)
    ]


def read_kinds(item: str, heading: str = "") -> list[tuple[str, str]]:
    """Return kind and label of each consequence of notes with one item that says something, and others."""
    text = f"## {heading}\n\n" if heading else ""
    text += f"- {item}\n- Draw maps at night.\n- Show a lamp.\n- Improve the colours.\n"
    return [(kind, label) for kind, label, _ in read_notes(text)]


@pytest.mark.parametrize(
    ("item", "kinds"),
    [
        ("Remove Lamp::Template::Simple from Lamp core (Ada Moss)", [("removed", "")]),
        ("Remove legacy night engine - #963", [("removed", "")]),
        ("Delete the --with flag", [("removed", "")]),
        ("Remove the experimental `io-lamp` crate feature.", [("removed", "")]),
        ("Removed `LampBinding.dispose()` from the JavaScript `LampBinding` class.", [("removed", "")]),
        ("Remove the possibility to add a lamp without a loop.", [("removed", "")]),
        ("**Important**: Remove `lampX64` and `mapX64` targets. ([#3](https://x.example/3))", [("removed", "")]),
        ("Rename the `:rigid` error mode to `:strict2` and warn about `:rigid`", [("removed", "Renamed")]),
        ("Renamed ChainTarget to Lamp4JXmlTarget to match its layout", [("removed", "Renamed")]),
        ("Moved MailLamp into the new nuget-package Lamps.Mail.", [("compatibility", "")]),
        ("Reject bare-bracket syntax in strict mode", [("now_error", "")]),
        ("Marked LampHelpers.TryParse as obsolete.", [("deprecated", "")]),
        ("**Important**: Increase the minimum SDK version to 23.", [("new_minimum", "")]),
        ("The legacy lamp plugin is no longer enabled by default.", [("changed_default", "")]),
        ("**Potentially breaking bug fix:** Colors keep their channels.", [("potentially_breaking", "")]),
        ("In a future release, calls to `lamp()` will no longer have special parsing.", [("deprecated", "")]),
        ("The following deprecated plugins have been removed: day, night.", [("removed", "")]),
    ],
)  # fmt: skip
def test_item_of_written_notes_takes_something_away(item: str, kinds: list[tuple[str, str]]) -> None:
    assert read_kinds(item) == kinds


@pytest.mark.parametrize(
    "item",
    [
        "Remove `NoLampError` rescue in `Reactor#select_loop`",
        "Removed experimental status from freeze option in Lamp::Loop.",
        "Removed a `dbg!` statement that caused unwanted output",
        "Remove `lamp.highlight` effects from `night_theme`",
        "Remove the `colours` dependency in favor of native styling.",
        "Remove old buffer when renaming rather than complaining.",
        "Rename `master` branch to be `main`",
        "Moved `headers` input type back to `LampMap`",
        "Reject a negative width instead of panicking",
        "Bugfix #52: Reject impossible bounds",
        "Remove unused `lamp_count()` helper",
    ],
)
def test_item_of_written_notes_about_own_code_states_nothing(item: str) -> None:
    assert read_kinds(item) == []


@pytest.mark.parametrize("heading", ["Maintenance", "Refactoring", "Tests and CI", "Bug fixes"])
def test_plain_removal_below_a_heading_of_the_project_states_nothing(heading: str) -> None:
    assert read_kinds("Remove LampStore", heading) == []


def test_plain_removal_in_a_list_of_commits_states_nothing() -> None:
    lines = [f"- lamp: move the cache {number}" for number in range(3)]
    assert read_notes("\n".join(["- Remove LampStore", *lines])) == []


def test_plain_removal_of_a_message_states_nothing() -> None:
    source = SourceText(key="m", kind="message", repository="o/r", text="Lamps\n\n- Remove LampStore\n", title="Lamps")
    assert find_consequences(parse_document(source)) == []


LED = """\
## Deprecation advancements

* The following were already deprecated, and are now defunct and throw an error:

  * All underscored versions of lamps. Use the other version, for example:

    * `day_()`
    * `night_()`

  * `combine()`. Deprecated in 1.0.0, use `c()` instead.

* The following were deprecated, and now warn if used:

  * `all_lamps()`. Deprecated in 1.1.0, use `lamps()` instead.

  * `estimate()`. Deprecated in 1.0.0.
"""


def test_items_below_one_that_leads_on_are_what_it_says() -> None:
    assert read_notes(LED) == [
        ("removed", "", "All underscored versions of lamps."),
        ("removed", "", "`combine()`."),
        ("deprecated", "", "`all_lamps()`."),
        ("deprecated", "", "`estimate()`."),
    ]


def test_items_below_one_that_leads_on_stay_breaking_below_such_a_heading() -> None:
    text = "## Breaking changes\n\n- The following uses of lamps are removed:\n\n  - `a` no longer checks the map.\n"
    text += "  - `b` no longer checks the map.\n"
    assert [kind for kind, _, _ in read_notes(text)] == ["breaking", "breaking"]


def test_bare_names_below_an_item_are_part_of_it() -> None:
    item = "The following functions of lamps and maps are now deprecated:"
    text = f"## Deprecations\n\n- {item}\n\n  - `a()`\n  - `b()`\n  - `c()`\n"
    assert read_notes(text) == [("deprecated", "", item)]


def test_items_below_a_paragraph_about_upgrading_are_for_readers() -> None:
    text = "Two changes to be aware of when upgrading from 9.21.0:\n\n- **Defaults changed** (#3): lamps burn longer.\n"
    text += "- **`WaitMap` return type corrected**: it returns `*Map`.\n\n## Highlights\n\n- A lamp.\n"
    assert [kind for kind, _, _ in read_notes(text)] == ["compatibility", "compatibility"]


def test_items_behind_a_hint_on_backups_are_no_changes_to_know() -> None:
    text = "Old records stay as they are. You can create a backup before upgrading using:\n\n"
    text += "- Messages are stored once.\n- Payloads are condensed.\n"
    assert read_notes(text) == []


def test_item_whose_later_sentence_says_that_it_breaks_breaks() -> None:
    text = "- Lamps are no more than maps. *This is a breaking change.* (See #4430.)\n- Draw maps.\n"
    assert read_notes(text) == [("breaking", "", "Lamps are no more than maps.")]


def test_heading_and_code_of_org_mode_are_read() -> None:
    text = "** Breaking\n\n- Lamps burn.\n\n** Other\n\n- =lamp-day=: Deprecated in favor of =lamp-night=.\n"
    text += "- Rename =lamp-old= to =lamp-new=\n"
    assert [(kind, label) for kind, label, _ in read_notes(text)] == [
        ("breaking", ""), ("deprecated", ""), ("removed", "Renamed"),
    ]  # fmt: skip
