"""Headings that name what breaks, where what is below them is a list of names, code or no word for the change."""

import pytest

from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.models import GUIDE_HEADING, SourceText
from sparky_assets.documents.parse import parse_document


def find_rows(text: str, heading: str = "3.0.0") -> list[tuple[str, str]]:
    source = SourceText(
        key="notes:acme/pier@v3.0.0", kind="release_notes", repository="acme/pier", text=text, title="v3.0.0",
        heading=heading,
    )  # fmt: skip
    return [
        (found.kind, found.statement.text) for found in find_consequences(parse_document(source)) if found.statement
    ]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("## BC BREAK: removed `Pier` methods.\n\n1. `drawMap()`,\n2. `drawLamp()`.\n",
         [("breaking", "removed `Pier` methods.")]),
        ("## BC BREAK: Disallowed short names\n\n```diff\n-map\n+map_of_day\n```\n",
         [("breaking", "Disallowed short names")]),
        ("## Removal of Pier.lights\n\nThe ability to do this was deprecated in 2.x and has now been removed.\n",
         [("removed", "Removal of Pier.lights")]),
        ("## BC BREAK: renamed lamp classes\n\n### Before\n\n`OldLamp`\n\n### After\n\n`NewLamp`\n",
         [("breaking", "renamed lamp classes")]),
        ("## Lamps\n\nA lamp burns.\n\n## Removed features\n\nNothing of note.\n", []),
        ("## Lamp variables no longer affect maps\n\n```css\n--lamp: 1;\n```\n",
         [("compatibility", "Lamp variables no longer affect maps")]),
    ],
)  # fmt: skip
def test_heading_with_a_label_or_a_removal_is_a_row(text: str, rows: list[tuple[str, str]]) -> None:
    assert find_rows(text, f"{GUIDE_HEADING}Upgrade to 3.0") == rows


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("### Lamp trait for `unstable-map` ([#12])\n\nYou import it first.\n",
         [("breaking", "Lamp trait for `unstable-map`")]),
        ("### `pier` is upgraded to 0.23\n\nSee its commits.\n", [("breaking", "`pier` is upgraded to 0.23")]),
        ("### Lamps\n\nAll about lamps.\n\n### `NightMap` removed\n\nSince 2.0 the class was deprecated.\n",
         [("breaking", "`NightMap` removed")]),
    ],
)  # fmt: skip
def test_heading_of_a_guide_to_what_breaks_is_a_row(text: str, rows: list[tuple[str, str]]) -> None:
    assert find_rows(text, f"{GUIDE_HEADING}Breaking changes > 3.0.0") == rows


@pytest.mark.parametrize("heading", ["Changes requiring user actions", "Action needed", "Requires manual intervention"])
def test_heading_that_asks_readers_to_act_is_a_row_with_what_to_do(heading: str) -> None:
    item = (
        "- The `accept-night` option will now be taken into account all the time.\n\n"
        "  Lamps will no longer report a night (W9006) when it is true (issue #7208).\n"
        "  If you were expecting nights, you will now have to add `accept-night=no` in your configuration.\n"
    )
    text = f"## {heading}\n\n{item}\n## New\n\n- Draw maps\n- Show a lamp\n"
    source = SourceText(key="notes:o/r@1", kind="release_notes", repository="o/r", text=text, title="v2.1.0")
    (found,) = find_consequences(parse_document(source))
    assert found.kind == "compatibility"
    assert found.statement and found.statement.text.startswith("The `accept-night` option will now")
    assert found.action and found.action.text.startswith("If you were expecting nights")


def test_heading_that_deprecates_is_a_row_and_not_the_reason_below_it() -> None:
    text = (
        "# New features\n\n## Lamps have a `dim` method\n\nIt is true at night.\n\n"
        "## Deprecate 'day' as a type of map\n\n"
        "The point of `map()` is that it can be changed. As such, it has been deprecated.\n"
    )
    assert find_rows(text) == [("deprecated", "Deprecate 'day' as a type of map")]


def test_heading_below_breaking_changes_is_one_row() -> None:
    text = (
        "## Breaking changes\n\n### Delayed reading of maps\n\nCall `read()` early.\n\n### Lamps\n\n- Lamps are gone.\n"
    )
    rows = [("breaking", "Delayed reading of maps"), ("breaking", "Lamps are gone.")]
    assert find_rows(text) == rows
