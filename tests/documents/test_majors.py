"""What items of a version that may break things say to work in another way, without a word that it breaks."""

import pytest

from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.models import SourceText
from sparky_assets.documents.parse import parse_document


def read_kinds(text: str, tag: str) -> list[str]:
    """Return the kind of each consequence of notes."""
    source = SourceText(key="notes:o/r@1", kind="release_notes", repository="o/r", text=text, title=tag)
    return [consequence.kind for consequence in find_consequences(parse_document(source))]


OTHERS = "- Draw maps at night.\n- Show a lamp.\n"


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ("`Lamp.paginate` parameters are keyword-only.", "compatibility"),
        ("Pagination ``per_page`` cannot be 0.", "compatibility"),
        ("Upgraded to Java 17", "new_minimum"),
        ("Replace `Lamp` with `Oil` for `map` drawing", None),
        ("Replaced `print!` with `concat!`", None),
        ("Removed Lampson as a dependency", "removed"),
        ("The helpers are now optional and must be opted-in via the `test` extra.", "compatibility"),
        ("Plugins and piers must have `lamp` in `peerDependencies`.", "compatibility"),
        ("Filters do not run when serving static piers anymore.", "compatibility"),
        ("The `night` feature no longer implies the `lamp_support` feature (#8)", "compatibility"),
        ("Changed `Spawn` trait and `Lamps::push` to take `&self` (#5)", "compatibility"),
        ("The signatures of `QueryId` and `Column` have all changed to use constants.", "compatibility"),
        ("`pier::lamp::WeightedIndex` was moved to `lamp_distr::WeightedIndex`.", "compatibility"),
        ("`text_collapse` rule is renamed to `fragments_join`.", "removed"),
        ("Entry API has been reworked and several methods have been renamed. (#535)", "compatibility"),
        ("The signature of `get_many_lamps` and related methods was changed. (#562)", "compatibility"),
        ("The lamp no longer produces invalid maps.", None),
        ("Where possible, parameter types have been added to all methods.", "compatibility"),
        ("`StructLamp` and `SeqLamp` are gone.", "removed"),
        ("`Lamp::from_pier` is now `Lamp::of_pier`.", "removed"),
        ("The `Lamp` trait has been completely transformed.", "compatibility"),
        ("`LampKind` is now non exhaustive and has more types.", "compatibility"),
        ("Slicing now returns iterables instead of real sequences.", "compatibility"),
        ("Replace ``develop_lamp.sh`` script with ``lamp --listen``", "removed"),
        ("The `gif` encoder now rejects invalid dimensions.", "now_error"),
        ("The map no longer crashes at night.", None),
        ("The lamp doesn't confuse expected and actual values anymore.", None),
        ("Interactive piers are only drawn when the last argument is empty.", None),
        ("The template is cached only once.", None),
        ("`Lamp` is no longer imposed a limit of ten piers.", None),
        ("Change the build backend from `lamps` to `flit`", None),
        ("`Lamp` can now be set from a file.", None),
        ("Remove `pier/OldLamp` cop.", "removed"),
        ("Remove `pier/OldLamp` usage.", None),
        ("Remove `Sized` trait bound from `Lamp::map`", None),
        ("PHP version required: 7.4+", "new_minimum"),
        ("The required Rust version is now `1.34.2`.", "new_minimum"),
        ("made the in, <, and != operators more strict when comparing piers", "compatibility"),
        ('made classes marked as "@final" final', "compatibility"),
        ("removed PSR-0 classes", "removed"),
        ("removed unused classes", None),
        ("`PierMut` now only on `Buffer` and removed from `Image` interface.", "removed"),
        ("Pier information now with associated constants instead of static methods", "compatibility"),
        ("Changed color structs to tuple types with single component.", "compatibility"),
        ("Add lifetime parameter on `Decoder` trait.", "compatibility"),
        ("Add parameter to draw maps", None),
        ("Moved range overloads of `pier::join` to `pier/ranges.h`, next to others.", "compatibility"),
        ("Started enforcing that `pier::format` is const", "now_error"),
        ("Made `pier::view` not constructible from `nullptr`", "compatibility"),
        ("Made `pier::isnan` not trigger an exception", None),
        ("Disabled copy construction for `pier::store`", "compatibility"),
        ("Added `IsSet` method to the `Flag` interface which tells of a flag", "compatibility"),
        ("Removed dependency on `<memory>` for `std::traits`", None),
    ],
)
def test_item_of_a_release_that_may_break_states_what_is_other(item: str, kind: str | None) -> None:
    text = f"- {item}\n{OTHERS}"

    assert read_kinds(text, "v3.0.0") == [kind] * bool(kind)
    assert read_kinds(text, "0.38.0") == [kind] * bool(kind)


@pytest.mark.parametrize(
    "item",
    [
        "Split `Lamp` into `Lamp.Day` and `Lamp.Night`",
        "The `:piers` field now contains tuples of three",
        "Adapters should translate `time` to seconds",
        "The format of the log has changed to use entries.",
    ],
)
def test_area_beside_marked_breaks_lists_what_is_other(item: str) -> None:
    breaks = "## Breaking changes\n\n- Maps are gone.\n"
    assert read_kinds(f"{breaks}\n## Adapter changes\n\n- {item}\n", "v3.0.0") == ["breaking", "compatibility"]
    assert read_kinds(f"{breaks}\n## Adapter changes\n\n- {item}\n", "v3.0.1") == ["breaking"]
    assert read_kinds(f"{breaks}\n## Features\n\n- {item}\n", "v3.0.0") == ["breaking"]


def test_list_above_titles_of_commits_is_read_as_written() -> None:
    prose = "- Lamps are no longer kept forever in the pier.\n- The handling of maps has changed.\n"
    titles = "".join(
        f"- fix(pier): keep lamp {number} (#{number}) by @ada in https://acme.dev\n" for number in range(9)
    )
    text = f"## Major changes in 2.0\n\n{prose}\n## What's Changed\n\n- feat!: draw maps by @ada\n{titles}"
    assert read_kinds(text, "v2.0.0") == ["compatibility", "compatibility", "breaking"]


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ("Use str as default path converter", "changed_default"),
        ("Use a lamp as light by night", None),
        ("Raise ImproperlyConfigured exception if `basename` is not unique", "now_error"),
        ("Raise a helpful error if a lamp is broken", None),
        ("Change semantic of `OR` of two piers", "compatibility"),
        ("Change `Lamp.toTree()` to convert `null` to `NullNode`", "compatibility"),
        ("Change `Lamp.toTree()` to support maps", None),
        ('removed the "spaceless" tag', "removed"),
        ('removed the "lamp_class" option on Acme\\Environment', "removed"),
        ("removed Acme\\Map::getLamp() and Acme\\Map::setLamp()", "removed"),
        ("`pier-types`'s `trace` and `replay` features have been replaced by the `serde` feature.", "removed"),
        ("lamp_reqs now has a default value of 'required' by default.", "changed_default"),
        ("Starting from this release, the minimum required version is Lamp 5.0.0.", "new_minimum"),
        ("Remove --lamp from PHP 8.0 builds", None),
        ("pier-extra's MSRV is now 1.60", "new_minimum"),
        ("Bump pyupgrade minimum Python version to 3.9", None),
    ],
)
def test_item_of_any_release_states_what_is_other(item: str, kind: str | None) -> None:
    assert read_kinds(f"- {item}\n{OTHERS}", "v3.1.0") == [kind] * bool(kind)


def test_release_with_marked_breaks_has_no_unmarked_ones() -> None:
    item = "- Pagination ``per_page`` cannot be 0.\n"

    assert read_kinds(f"{item}{OTHERS}", "v3.1.0") == []
    assert read_kinds(f"{item}{OTHERS}", "v2026.0.0") == []
    assert read_kinds(f"{item}{OTHERS}\n## Breaking changes\n\n- The map is gone.\n", "v3.0.0") == ["breaking"]


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ("[#810]: Return `std::io::Error` from `Writer` methods.", "compatibility"),
        ("[#811]: Split `NamespaceError` and `EncodingError` from `Error`.", "compatibility"),
        ("[#811]: Narrow down the error type of `Lamp`", "compatibility"),
        ("[#823]: Do not allow serialization of piers in `$value` fields.", "now_error"),
        ("Use jitter by default.", "changed_default"),
        ("`intervalToPier` now gives negative piers for negative intervals.", "compatibility"),
        ("All public enumerations are now structs.", "compatibility"),
        ("Removed redundant `lamp()`", None),
        ("`map --list` now lists all available settings.", None),
        ("Raise a helpful error message where a pier has no lamp", None),
    ],
)
def test_item_below_changes_of_such_a_release_states_it_in_more_ways(item: str, kind: str | None) -> None:
    assert read_kinds(f"## Misc Changes\n\n- {item}\n", "0.38.0") == [kind] * bool(kind)
    assert read_kinds(f"## Documentation\n\n- {item}\n", "0.38.0") == []


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ("Support for PyPy 3.8 and 3.9 was dropped.", "removed"),
        ("`LAMP_GLOBAL` has been removed.", "removed"),
        ("Support Python 3.14.", None),
        ("Added support for maps of glass.", None),
        ("Drop testing on MSVC 2019", None),
    ],
)
def test_item_below_new_and_removed_is_read_by_its_words(item: str, kind: str | None) -> None:
    assert read_kinds(f"## New and removed platforms\n\n- {item}\n", "v3.0.0") == [kind] * bool(kind)


def test_deprecation_warning_below_removals_is_a_deprecation() -> None:
    text = "## Removals\n\n- Add a deprecation warning to `.get_type`.\n- deprecated `A.Lamp` fields\n"

    assert read_kinds(text, "v3.0.0") == ["deprecated", "removed"]


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ("Dropped: `acme.protocol.MapParser` #1590", "removed"),
        ("Dropped acme.wsgi #1108", "removed"),
        ("Removed docs.json", None),
        ("Changed: `*-blacklist` and `*-whitelist` (and others) are now case sensitive.", "compatibility"),
        ("Changed: `*-lines` now correctly handle lamps", None),
        ("It is not possible to combine lamps and piers", "compatibility"),
        ("Remove code that issued deprecation warnings in version 0.15.", "removed"),
        ("Remove most top-level attributes provided by the `acme` module", "removed"),
    ],
)
def test_item_of_a_major_version_says_it_in_short(item: str, kind: str | None) -> None:
    assert read_kinds(f"- {item}\n{OTHERS}", "v2.0.0") == [kind] * bool(kind)


@pytest.mark.parametrize(
    "item",
    [
        "Interacting with a pier requires a lamp.",
        "The way the `Pier` trait handles its `Value` type has been changed.",
        "Various variants are replaced with `#[non_exhaustive]`.",
        "Flags of `only` and `except` are now interpreted as patterns.",
        "Implemented [#4024](https://acme.dev/4024): Make `Acme\\Printer` an interface",
    ],
)
def test_item_below_changed_of_a_major_version_changes_something(item: str) -> None:
    assert read_kinds(f"### Changed\n\n- {item}\n\n### Removed\n\n- Lamps\n", "v2.0.0") == ["compatibility", "removed"]


def test_paragraph_that_says_where_a_package_is_now_states_it() -> None:
    text = "**Map is now packaged as separate Day and Night artifacts.** This helps.\n\n"
    text += "**Lamp has a new package name.** It is short.\n"
    assert read_kinds(text, "v5.0.0") == ["compatibility"] * 2
    assert read_kinds("Lamp has a new colour.\n", "v5.0.0") == []


def test_paragraph_that_goes_on_from_what_breaks_states_nothing() -> None:
    text = "## Breaking changes\n\n* `lamp` was removed.\n\n  This change was made to prevent confusion of users.\n"
    assert read_kinds(text, "v5.0.0") == ["breaking"]
    text = (
        "## Breaking changes\n\nIn the refactor, a number of incompatible changes have been introduced.\n\n- No map.\n"
    )
    assert read_kinds(text, "v5.0.0") == ["breaking"]


def test_fix_that_says_why_ends_nothing() -> None:
    assert read_kinds("- Fix the lamp dependency: it is no longer available since 1.89\n", "v3.1.1") == []


def test_removal_below_deprecations_is_one() -> None:
    text = "## deprecations\n\n- Removed deprecated argument of `lamp`\n- The `pier` argument\n"

    assert read_kinds(text, "v3.0.0") == ["removed", "deprecated"]


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ("Rm deprecated `lamp` kwarg from pier", "removed"),
        ("Make weight for `label_maps` kwarg only", "compatibility"),
        ("API: Rm default value from lamp for pier", "removed"),
    ],
)
def test_item_below_api_changes_may_be_short(item: str, kind: str) -> None:
    assert read_kinds(f"## API Changes\n\n- {item}\n", "v3.2") == [kind]


def test_banner_of_breaking_changes_is_about_the_items_below_it() -> None:
    items = "- Fix: #3 require a space behind lamps\n- Feat: #4 add a lamp\n- Feat: #5 decouple piers\n"

    assert read_kinds(f"# 3.0.0\n\n!!! BE CAREFUL: BREAKING CHANGES !!!\n\n{items}", "v3.0.0") == ["breaking"] * 2
    assert read_kinds(f"# 3.0.0\n\nMaps with breaking changes are nice.\n\n{items}", "v3.0.0") == []


def test_items_below_a_sentence_that_leads_on_to_changes_break_each() -> None:
    item = "- Maps are drawn by our own code.\n\n  {}\n\n  * Piers of one name are drawn once from now on.\n\n"
    item += "  * Lamps with other values are not the same as before.\n"
    leading = item.format("The following new behaviors are considered breaking changes:")

    assert read_kinds(f"## Breaking Changes\n\n{leading}", "v3.0.0") == ["breaking"] * 3
    assert read_kinds(f"## Breaking Changes\n\n{item.format('See what it draws:')}", "v3.0.0") == ["breaking"]


@pytest.mark.parametrize(
    "text",
    [
        "As with every release, we have removed a number of deprecated functions and classes.",
        "In Python 3.13, the `cgi` module is removed entirely from the stdlib.",
        "Maps 5.0 will either change the default to `False`, or stay.",
    ],
)
def test_sentence_of_others_or_without_a_name_states_nothing(text: str) -> None:
    assert read_kinds(f"## Notes\n\n{text}\n", "v3.1.0") == []


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("⚠️ **Breaking API change:** `Lamp.Validate` takes a map. Pass `nil` as before.", ["breaking"]),
        ("⚠️ Version 0.40.0 contains a new database migration, version 7.", ["compatibility"]),
        ("⚠️ Version 0.24.0 has a breaking change in `Lamp.End` in that it takes a pier.", ["breaking"]),
        ("⚠️ The list of breaking changes can be found [here](https://x.example).", []),
        ("⚠️ Maps are fun to draw at night.", []),
    ],
)
def test_paragraph_with_a_mark_in_front_states_something(text: str, kinds: list[str]) -> None:
    assert read_kinds(f"{text}\n\n## Added\n\n- Draw maps at night.\n", "v1.3.0") == kinds


@pytest.mark.parametrize(
    ("heading", "item", "kinds"),
    [
        ("", "FIX: unaligned access to PIER_INFORMATION [#647] **breaking**", ["breaking"]),
        ("", "Generated piers are no-longer constant", ["compatibility"]),
        ("", "Removed default quantization for `lamp` option", ["changed_default"]),
        ("Changed", "Command line: Print --version to stdout, not stderr.", ["compatibility"]),
        ("Changed", "Named piers will be treated as lamps.", ["compatibility"]),
        ("Changed", "The lamp program is no longer required on Linux.", []),
        ("Changed", "With a target, maps are now drawn idempotently instead of returning an error.", []),
        ("Dynamic security plugin", "Add the ability to deny wildcards", []),
    ],
)
def test_item_of_a_release_is_read_by_its_mark_and_words(heading: str, item: str, kinds: list[str]) -> None:
    text = f"## {heading}\n\n- {item}\n{OTHERS}" if heading else f"- {item}\n{OTHERS}"

    assert read_kinds(text, "v4.0.0") == kinds


def test_paragraph_that_only_introduces_a_list_of_breaks_is_none() -> None:
    text = "## Breaking changes\n\nThese are changes that we believe are rare.\n\n- Lamps are gone.\n"

    assert read_kinds(text, "v4.0.0") == ["breaking"]


def test_item_with_a_mark_below_another_one_breaks() -> None:
    text = "## Changed\n\n- Bump `lamp` to 0.58\n  - **BREAKING** use an enum instead of a flag\n"

    assert read_kinds(text, "v1.3.0") == ["breaking"]


@pytest.mark.parametrize(
    ("heading", "item", "kinds"),
    [
        ("Changed", "❗ Updated to the 2021 edition.", ["breaking"]),
        ("", "Removed the schema generation, which has been deprecated since v23.2.", ["removed"]),
        ("", "Retire Apache Lamp integration (#2866)", ["removed"]),
        ("", "lamps now requires R >= 4.1, so we can rely on pipes (#1177).", ["new_minimum"]),
        (
            "Changed",
            "The default value of the `max_size` option has changed from `:infinity` to 8MB",
            ["changed_default"],
        ),
        ("Changed", "Frames of no length are now disallowed (we skip a test)", ["now_error"]),
        ("Changed", "`LampFactory` interface is now sealed.", ["compatibility"]),
        ("Changed", "Maps are now drawn at night.", []),
        ("", "Drop Django <4.2, DRF <3.14, Python <3.9 (#839)", ["breaking"]),
        (
            "",
            "`lamp()` gains a `margin` argument; the default margin increases from 5 to 30 seconds.",
            ["changed_default"],
        ),
        ("", f"Deprecated arguments {'`lamp(pier)`, ' * 12}`map(pier)` have been removed.", ["removed"]),
    ],
)
def test_item_of_any_release_states_what_ends_or_changed(heading: str, item: str, kinds: list[str]) -> None:
    text = f"## {heading}\n\n- {item}\n{OTHERS}" if heading else f"- {item}\n{OTHERS}"

    assert read_kinds(text, "v3.14.0") == kinds


def test_item_below_removed_and_previously_deprecated_is_a_removal() -> None:
    text = "## Removed Features (previously deprecated)\n\n- lamp - the module ignores the check mode\n"

    assert read_kinds(text, "v3.14.0") == ["removed"]


def test_requirement_of_a_major_version_is_a_minimum() -> None:
    text = "**Requirements**\n\n- Minimum supported Xcode version: 26.0.\n\n**New**\n\n- Draw maps.\n"

    assert read_kinds(text, "v13.0.0") == ["new_minimum"]
    assert read_kinds(text, "v13.1.0") == []


def test_item_that_takes_something_away_in_a_further_sentence_states_both() -> None:
    item = "- Source-based maps are now the default. The `useFir` property has been removed.\n"

    assert read_kinds(f"{item}{OTHERS}", "0.14.0") == ["changed_default", "removed"]
    assert read_kinds("- Removed `lamp`. It has been removed for good.\n", "v3.1.0") == ["removed"]
