"""What items of written notes say of names that users write: gone, obsolete, moved, or of another type."""

import pytest

from tests.documents.test_written_notes import read_kinds, read_notes


@pytest.mark.parametrize(
    ("item", "kinds"),
    [
        ("Removed is_lit, write and write_chunk methods from Pier::Lamp.", [("removed", "")]),
        ("Removed charset attribute from Pier::Map::HTML.", [("removed", "")]),
        ("Removed json_lamp_is method from Test::Pier.", [("removed", "")]),
        ("Dropped `lamp=` config setting.", [("removed", "")]),
        ("removed Lamp_Autoloader (use Composer instead)", [("removed", "")]),
        ("Remove :map and :server CLI options (ada)", [("removed", "")]),
        ("The `--no_lamps` flag has been deleted.", [("removed", "")]),
        ("Remove code that was marked deprecated. (#4)", [("removed", "")]),
        ("Rename pier.core -> pier.lamp.", [("removed", "Renamed")]),
        ("Renamed shape_match method in Pier::Pattern to match_partial.", [("removed", "Renamed")]),
        ("Renamed format and reqs attributes in Pier::Pattern to map_format and maps.", [("removed", "Renamed")]),
        ("The `:env` setting (`pier.env`) is obsolete; use `:lamp` instead.", [("deprecated", "")]),
        ("`draw()` and friends are superseded in favour of `map_draw()`.", [("deprecated", "")]),
        ("`draw()`, `paint()` and `light()` have all been deprecated (#925).", [("deprecated", "")]),
        ("Moved lamp_to_map and map_to_lamp methods from Pier::Command to Pier::Util.", [("compatibility", "")]),
        ("`pier-lamps` has been moved into its own repo: https://x.example/lamps.", [("compatibility", "")]),
        ("All classes have been migrated to the `pier2.*` package name.", [("compatibility", "")]),
        ("BREAK: The root of this package has changed from Pier to Lamp.", [("breaking", "")]),
        ("The default map width was changed from 400 to 300 (#2785).", [("changed_default", "")]),
        ("Pier now has the night proposal enabled by default.", [("changed_default", "")]),
        ("[info] remove `Task.uid` (#397, @ada)", [("removed", "")]),
        ("[merge] simplify and rename `Merge.MSet` into `Merge.MultiSet`", [("removed", "Renamed")]),
        ("[api] rename [Ref] into [Branch]", [("removed", "Renamed")]),
        ("[backend] no more `RO.read_exn` (#397)", [("removed", "")]),
        (
            "The other poller for threads has been disabled on Windows as it does not work.",
            [("compatibility", "")],
        ),
        (
            "The `map` trait is now a list of lamps instead of a map. [BC] ([#326](https://x.example))",
            [("breaking", "")],
        ),
        ("Issue #607: Lamp indicators are by default disabled now", [("changed_default", "")]),
        ("Raise `--lamp-concurrency` to 16 by default (Ada)", [("changed_default", "")]),
        ("Rename day backend to night backend (Ada)", [("removed", "Renamed")]),
        ("`lamp_jitter` behavior has been changed. It is now drawn by night.", [("compatibility", "")]),
        ("Support for Pier 2.6, Pier 3.3 and Lampthon 2.7 has been dropped.", [("breaking", "")]),
    ],
)
def test_item_says_that_a_name_is_gone_or_another_one(item: str, kinds: list[tuple[str, str]]) -> None:
    assert read_kinds(item) == kinds


@pytest.mark.parametrize(
    "item",
    [
        "Removed unused lamp_map helper from Pier::Lamp.",
        "Remove lamp_size check from the readme",
        "Removed get_map method from the tests of Pier::Lamp",
        "Rename draw_lamp to paint_lamp and move to util.c",
        "Renamed `History.md` to `CHANGELOG.md`",
        "A map has been moved to the left",
        "The method is obsolete if `lamp` is set by others that are not here, as before",
        "Creating a map with default paths is now easier with lamps",
        "Reduce MSRV to v1.70",
        "Predicates may now return an error of any type",
        "Night line is removed from short help text.",
        "`Lamp.map_class` changes the default type for maps with `@lamp.map()`.",
        "The map of Lamp's Default Reporter has changed in numerous ways.",
    ],
)
def test_item_that_only_sounds_so_states_nothing(item: str) -> None:
    assert read_kinds(item) == []


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ("The `addr` argument to `madvise` and `msync` is now `*mut` to match the library.", "compatibility"),
        ("Changed function signature of `lamp()` and `map()`.", "compatibility"),
        ("Marked `pier::trace` as `unsafe`.", "compatibility"),
        ("`Lamp::{map,peer}` and `Pier::map` return `std::Map` instead of our own `Map` type", "compatibility"),
        ("Restricted `pier::LampAddr` to Linux and Android only.", "compatibility"),
        ("The `MapConst` constructor changed to accept an additional `lamps` subnode.", "compatibility"),
        ("All methods on `Printer\\\\Lamp` are now protected.", "compatibility"),
        ("The `Try` subnode `lamps` has been replaced with a `map` subnode.", "removed"),
    ],
)
def test_item_of_a_version_that_may_break_says_another_type(item: str, kind: str) -> None:
    notes = f"### Changed\n\n- {item}\n- Draw maps at night.\n- Show a lamp.\n"
    assert [own for own, _, _ in read_notes(notes, "v0.10.0")] == [kind]


@pytest.mark.parametrize(
    ("item", "kinds"),
    [
        ("`draw()` and `paint()` are no longer generics.", ["breaking", "compatibility"]),
        ("`draw()` now fails if you give it names (#788).", ["breaking", "now_error"]),
        ("`draw()` no longer crashes on maps.", ["breaking"]),
        ("Maps are no longer drawn twice.", ["breaking"]),
    ],
)
def test_item_beside_marked_breaks_says_outright_what_code_does(item: str, kinds: list[str]) -> None:
    notes = (
        f"## Breaking changes\n\n- The lamp burns gas.\n\n## New features\n\n- {item}\n- Draw maps.\n- Show a lamp.\n"
    )
    assert [kind for kind, _, _ in read_notes(notes, "v1.0.0")] == kinds


def test_item_that_begins_with_what_was_breaks_by_what_follows() -> None:
    item = "Previously, lamps could be set by hand. However, that was slow. "
    item += "Therefore, the methods `a()` and `b()` now fail."
    assert read_notes(f"## Breaking changes\n\n- {item}\n") == [
        ("breaking", "", "Therefore, the methods `a()` and `b()` now fail.")
    ]


@pytest.mark.parametrize(
    "text", ["This too is no longer supported in V2.", "- *Before*", "These are no longer available."]
)
def test_statement_that_leans_on_others_states_nothing(text: str) -> None:
    assert read_notes(f"## Upgrading\n\nLamps burn gas.\n\n{text}\n", "v2.0.0") == []


def test_deprecated_thing_below_deprecations_that_is_gone_is_removed() -> None:
    notes = (
        "## Deprecation cleanup\n\n- The deprecated `Map` interface has been removed. (#265)\n- `lamp` is deprecated.\n"
    )
    assert [kind for kind, _, _ in read_notes(notes)] == ["removed", "deprecated"]


@pytest.mark.parametrize(
    "text",
    [
        "As this is a major release there are a few breaking changes to be aware of.",
        "We strongly encourage all folks here to keep up with the maintenance version.",
        "All changes listed in this heading and any sub-headings are breaking changes.",
        '<a name="3.2.0"></a>',
    ],
)
def test_paragraph_that_only_says_that_there_are_breaks_states_nothing(text: str) -> None:
    assert read_notes(f"## Breaking changes\n\n{text}\n\n- The lamp burns gas.\n") == [
        ("breaking", "", "The lamp burns gas.")
    ]


def test_items_below_a_heading_about_defaults_change_them() -> None:
    notes = "## Updated Defaults\n\n- clear_lamps is set to True by default. See https://x.example/370\n"
    assert read_notes(notes) == [("changed_default", "", "clear_lamps is set to True by default.")]


def test_names_at_the_beginning_of_lines_are_no_labels() -> None:
    notes = "- Removed Pier::Plugin::Lamp and\n  Pier::Plugin::Map.\n- Draw maps.\n- Show a lamp.\n"
    assert read_notes(notes) == [("removed", "", "Removed Pier::Plugin::Lamp and Pier::Plugin::Map.")]


def test_sentence_that_leans_on_its_heading_gives_way_to_it() -> None:
    notes = "# Upgrading\n\n## Lamps\n\nNone.\n\n"
    notes += "## Removed: -lampless and -mapless\n\nBoth these flags tweaked the lamps and never worked well.\n"
    assert [text for _, _, text in read_notes(notes, "v2.0.0")] == ["Removed: -lampless and -mapless"]
