"""What a mark behind an item states, what its further sentences state, and what only sounds like an end."""

import pytest

from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.consequences.titles import find_marks
from sparky_assets.documents.models import GUIDE_HEADING, Consequence, SourceText
from sparky_assets.documents.parse import parse_document


def read_notes(text: str, heading: str = "") -> list[Consequence]:
    source = SourceText(
        key="notes:acme/pier@v1.3.0", kind="release_notes", repository="acme/pier", text=text, title="v1.3.0",
        heading=heading,
    )  # fmt: skip
    return find_consequences(parse_document(source))


def list_statements(text: str, heading: str = "") -> list[tuple[str, str]]:
    return [(own.kind, own.statement.text) for own in read_notes(text, heading) if own.statement]


@pytest.mark.parametrize(
    ("item", "kinds"),
    [
        ("Lamp has a new field `oil` [API change].", ["compatibility"]),
        ("The map is drawn with oil (breaking change).", ["breaking"]),
        ("The map is drawn with oil. [BREAKING]", ["breaking"]),
        ("Export `hasLamps` [API change].", []),
        ("Add and export `hasLamps` [API change].", []),
        ("[BC BREAK] Draw the map with `oil`.", ["breaking"]),
        ("Fix a lamp that was lit (breaking changes of the map were not read).", []),
        ("feat(map): disable lamps of `draw` by default (#7)", ["changed_default"]),
        ("feat(map): light the lamps of `draw`", []),
        ("Change `defaultLampURL` to use oil (#7).", ["changed_default"]),
        ("The minimum supported Python version is 3.9.", ["new_minimum"]),
        ("The minimum version of a map is drawn.", []),
        ("``LampResolver`` has been deleted. Use another one.", ["removed"]),
        ("Names of lamps now require a comma behind the day.", ["compatibility"]),
        ("Bad names are now reliably reported as an error.", ["now_error"]),
        ("The flag `-x` no longer implies `--lamps`.", ["compatibility"]),
        ("The no-longer maintained lamp library was replaced with a map.", []),
        ("`pier._LampList` is now a `Sequence` for more light.", []),
        ("The lamp is less dim now. The default ``oil`` is now 10.", ["changed_default"]),
        ("Added a `clear()` method, so that users can ensure that all lamps have been removed.", []),
        ("Replacing deprecated substr() with slice() as substr() is deprecated.", []),
        ("End support for Ruby 3.1, for which others ended it before.", ["breaking"]),
        ("**warning:** ensure that lamps burn ([b4ebe7a](https://x.example/commit/b4ebe7ae8b904f28))", []),
        ("**Warning:** Lamps burn.", ["compatibility"]),
        ("Minimum required rust version has been increased to 1.90. Notably, this means dropping fully support for "
         "old lamps.", ["new_minimum", "breaking"]),
    ],
)  # fmt: skip
def test_item_states_a_consequence_by_its_mark_or_words(item: str, kinds: list[str]) -> None:
    assert [own.kind for own in read_notes(f"- {item}\n- Lamps burn.\n")] == kinds


def test_error_message_that_says_less_takes_nothing_away() -> None:
    assert read_notes("### Changed\n\n- Remove lamp-dependent information from an error message\n") == []


def test_dependency_that_a_template_loses_is_no_removal() -> None:
    assert read_notes("### New features\n\n- Removed `lamp-hooks` dependency of new maps\n") == []


def test_page_that_a_component_loses_is_a_removal() -> None:
    text = "* Viz\n  * Removed the LampSplit page from the viz dashboard\n  * Added lamps to maps\n"
    assert list_statements(text) == [("removed", "Removed the LampSplit page from the viz dashboard")]


def test_sentence_about_its_item_leaves_the_statement_to_it() -> None:
    (own,) = read_notes("- Drawing yields no empty maps. This might break user code that relies on these.\n- More\n")
    assert own.statement and own.action
    assert own.statement.text == "Drawing yields no empty maps."
    assert own.action.text.startswith("This might break")


def test_labelled_items_of_a_guide_state_one_change_each() -> None:
    text = (
        "## Code BC breaks\n\nMost code is internal.\n\n- Namespace `Pier`\n"
        "    - CHANGED: Class `Pier\\Map` became final\n    - REMOVED: Method `Pier\\Map#draw()` was removed\n"
        "    - REMOVED: Class `Pier\\Lamp` has been deleted\n"
    )
    statements = list_statements(text, f"{GUIDE_HEADING}Upgrade to 1.3")
    assert statements == [
        ("compatibility", "CHANGED: Class `Pier\\Map` became final"),
        ("removed", "REMOVED: Method `Pier\\Map#draw()` was removed"),
        ("removed", "REMOVED: Class `Pier\\Lamp` has been deleted"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "## From lamps to maps\n\nWe've made quite some changes to how maps are drawn. For example, lamps burn.\n",
        "## Lamps with names\n\nNow, in v7, it will return the following:\n\n    lamp\n",
    ],
)
def test_sentence_that_leads_on_to_a_change_states_none(text: str) -> None:
    assert list_statements(text, f"{GUIDE_HEADING}Upgrade to 1.3") == []


@pytest.mark.parametrize(
    ("title", "kinds"),
    [
        ("Remove -v flag from e2e tests of the map", []),
        ("Remove extra space from flag in the metadata", []),
        ("Remove the --lamp flag from the map command", ["removed"]),
        ("Drop support for old lamps", ["removed"]),
        ("Remove -vet-lamps", ["removed"]),
        ("Remove `--lamp` and make it implied when possible", ["removed"]),
        ("Remove --quiet from the lamp check when output is expected", []),
        ("Remove -Wno-lamps", []),
        ("Remove `#lamp` types from the compiler", ["removed"]),
        ("Remove LampWindow from public API", ["removed"]),
        ("Remove some impl details of lamps from public API", []),
        ("Remove the lamp parameter from Compiler.has_type", []),
        ("Remove invalid lamps from API docs", []),
    ],
)
def test_title_that_takes_something_from_a_test_states_nothing(title: str, kinds: list[str]) -> None:
    assert [mark.kind for mark in find_marks(title, (), is_marked_breaking=False)] == kinds


@pytest.mark.parametrize(
    ("title", "kinds"),
    [
        ("Make `#lamp` types an error in parsing", ["now_error"]),  # Odin
        ("Make trailing commas an error with `-vet-style`", ["now_error"]),
        ("Make constant lamps with no arguments not an error", []),  # gleam
        ("Make `grid` throw an error when not enough columns", []),  # nushell
        ("Make it an error if we lose state during auto-unpickling", []),
        ("Make lamps be scheduled in case the client raises an error that is retried", []),
    ],
)
def test_title_that_makes_something_an_error_says_so(title: str, kinds: list[str]) -> None:
    assert [mark.kind for mark in find_marks(title, (), is_marked_breaking=False)] == kinds


@pytest.mark.parametrize(
    ("title", "kinds"),
    [
        ("Deprecate the old map", ["deprecated"]),
        ("Deprecate the docs command", ["deprecated"]),
        ("Deprecate old versions' docs", []),  # Leaflet
        ("Deprecated method removal from MapContext, factory methods", ["removed"]),  # jackson-databind
    ],
)
def test_title_deprecates_what_users_have(title: str, kinds: list[str]) -> None:
    assert [mark.kind for mark in find_marks(title, (), is_marked_breaking=False)] == kinds


def test_heading_about_behavior_states_what_is_other_below_it() -> None:
    text = (
        "### Behavioral changes\n\n- **The `id` of a map is its name** (#7): Maps use names.\n"
        "- **Lamps**: Lamps are now available as well.\n"
    )
    assert [kind for kind, _ in list_statements(text)] == ["breaking"]


def test_options_below_what_breaks_are_steps() -> None:
    text = (
        "### BREAKING CHANGES\n\n#### Global lamps removed\n\nThe pier no longer registers the global `Lamp`.\n\n"
        "If you use maps, there are two options:\n\n1. Set `lamps` before upgrading.\n\n2. Reference `pier/lamp`.\n"
    )
    assert list_statements(text) == [("removed", "The pier no longer registers the global `Lamp`.")]


def test_paragraph_that_says_why_before_a_list_of_breaks_states_none() -> None:
    text = (
        "### BREAKING CHANGES\n\nPier 8 marks the beginning of drawing with plugins. This enables maps.\n\n"
        "#### Detailed breaking changes\n\n- removed the support for old lamps\n- moved maps into plugins\n"
    )
    assert [statement for _, statement in list_statements(text)] == [
        "removed the support for old lamps",
        "moved maps into plugins",
    ]


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("### Bundled parts moved out\n\nMoving parts makes sense.\nAs of v2.0, the `retry` and `map` parts have been "
         "moved to separate packages.\n",
         "As of v2.0, the `retry` and `map` parts have been moved to separate packages."),
        ("Starting from v4.0.0, the import path will be:\n\n    example.com/pier/v4\n",
         "Starting from v4.0.0, the import path will be:"),
    ],
)  # fmt: skip
def test_guide_states_where_something_is_now(text: str, statement: str) -> None:
    assert ("compatibility", statement) in list_statements(text, f"{GUIDE_HEADING}Upgrade to 1.3")


def test_bound_that_is_removed_takes_nothing_away() -> None:
    assert read_notes("### Changed\n\n- Removed `Send` trait bound from the binding of lamps\n") == []
