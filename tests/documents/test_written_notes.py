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
        ("[BC] `Lamp\\Config` is now final.", [("breaking", "")]),
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
    assert read_notes(text) == [("deprecated", "", f"{item} - `a()` - `b()` - `c()`")]


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


@pytest.mark.parametrize(
    ("item", "kinds"),
    [
        ("Change `lamp.version` to raise instead of return 0 on error.", [("now_error", "")]),
        ("Change `Lamp::import` to return an error if the pointer is not aligned.", [("now_error", "")]),
        ("Change `Config::read` to require an additional `map` argument.", [("compatibility", "")]),
        ("`Lamp::from_time` argument is now a `f64` (it was an integer)", [("compatibility", "")]),
        ("`LampGuard::as_super` now returns `LampGuardSuper`.", [("compatibility", "")]),
        ("Rename `History.md` to `CHANGELOG.md`, which is more common.", []),
        ("Remove redundant type checks for methods where the type is known.", []),
    ],
)
def test_item_below_changed_says_how_code_is_used_now(item: str, kinds: list[tuple[str, str]]) -> None:
    assert read_kinds(item, "Changed") == kinds


def test_workaround_below_removed_is_no_removal() -> None:
    text = "## Removed\n\n- Drop the day map.\n- Remove workaround for lamps < 2\n"
    assert [words for _, _, words in read_notes(text)] == ["Drop the day map."]


def test_label_with_a_comma_above_a_list_ends_the_one_before() -> None:
    text = "Breaking changes\n\n- Lamps are hidden.\n\nFeatures, Improvements\n\n- Maps are drawn.\n- Lamps burn.\n"
    assert read_notes(text) == [("breaking", "", "Lamps are hidden.")]


def test_list_in_the_first_line_of_an_item_has_items_beside_each_other() -> None:
    text = "## API changes\n\n* Require a password for cookies.\n\n* - remove lamp attribute from `GetMap`\n"
    text += "  - remove day attribute from `GetMap`\n  - rename `GetMap` to `MapInfo`\n"
    assert [(kind, label) for kind, label, _ in read_notes(text)] == [
        ("compatibility", ""), ("removed", ""), ("removed", ""), ("removed", "Renamed"),
    ]  # fmt: skip


def test_footer_of_a_breaking_item_is_no_item_of_its_own() -> None:
    text = "## Breaking changes\n\n- map: Relax a bound (#1)\n\n  BREAKING CHANGE: `Lamp` is no bound any more.\n\n"
    text += "- map: Emit commands (#2)\n\n  BREAKING CHANGE: Builds run again.\n"
    assert [words for _, _, words in read_notes(text)] == ["map: Relax a bound (#1)", "map: Emit commands (#2)"]


def test_footer_of_a_feature_says_what_breaks() -> None:
    text = "## Features\n\n- map: Relax a bound (#1)\n\n  BREAKING CHANGE: `Lamp` is no bound any more.\n"
    assert [(kind, words) for kind, _, words in read_notes(text)] == [("breaking", "`Lamp` is no bound any more.")]


def test_sentence_about_an_earlier_deprecation_is_none() -> None:
    text = "**NOTE:** The `lamp` artifact has stopped being published. It was deprecated in a prior release.\n"
    assert [kind for kind, _, _ in read_notes(text)] == []


def test_cells_of_a_list_table_are_no_items() -> None:
    text = "## Breaking changes\n\n- Lamps need maps.\n\n.. list-table::\n    :header-rows: 1\n\n    * - Package\n"
    text += "      - Version\n    * - lamp\n      - 2.3\n\n- Maps need lamps.\n"
    assert [words for _, _, words in read_notes(text)] == ["Lamps need maps.", "Maps need lamps."]


SIGNED = """\
💥 **Breaking changes**

- **lamps are no longer accepted by `of()`**, use `map()` instead

Deprecated API elements removed:

- deprecated method `lamp()` has been removed, use `map()` instead

The following breaking changes only affect you if you use named arguments:

- `mod()` now uses `$modulus` as the parameter name

🗑️ **Deprecations**

- Method `day()` is deprecated

✨ **New features**

- `power()` no longer enforces a limit
"""


def test_labels_behind_a_sign_are_headings() -> None:
    assert [kind for kind, _, _ in read_notes(SIGNED)] == ["breaking", "removed", "breaking", "deprecated"]


def test_step_before_segments_are_removed_removes_nothing() -> None:
    assert read_kinds("A path no lamp escapes. It is decoded once before `.` and `..` segments are removed.") == []


def test_items_of_a_component_are_not_below_the_item_before_it() -> None:
    text = "## Removed\n\n- Remove `lamp()`. [#1](https://x.example/1)\n- FFI definitions:\n"
    text += "  - Remove `LAMP_DAY`. [#2](https://x.example/2)\n  - Remove `LAMP_NIGHT`. [#3](https://x.example/3)\n"
    assert [kind for kind, _, _ in read_notes(text)] == ["removed"] * 3
