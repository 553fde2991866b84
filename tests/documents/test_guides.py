"""What guides on how to come to a version state, and what in them only explains."""

from datetime import UTC, datetime

import pytest

from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.library import collect_sources
from sparky_assets.documents.models import GUIDE_HEADING, SourceText
from sparky_assets.documents.parse import parse_document
from tests.factories.github_week import raw_of


def find_statements(text: str) -> list[str]:
    source = SourceText(
        key="guide:acme/pier@v3.0.0", kind="release_notes", repository="acme/pier", text=text, title="v3.0.0",
        heading=f"{GUIDE_HEADING}Upgrading to 3.0",
    )  # fmt: skip
    return [found.statement.text for found in find_consequences(parse_document(source)) if found.statement]


@pytest.mark.parametrize(
    ("text", "statements"),
    [
        ("- If you drew `maps`, you must now draw `lamps`.\n", ["If you drew `maps`, you must now draw `lamps`."]),
        ("- `Pier.API` can be used to tell a pier 3 from a pier 2.\n", []),
        ("- A new `drawMap` method is available.\n", []),
        ("## Breaking changes\n\n### Maps\n\n`Map` was removed. The changes above must allow for lamps.\n",
         ["`Map` was removed."]),
        ("- `draw` now draws all maps (used to exclude some)\n", ["`draw` now draws all maps (used to exclude some)"]),
        ("1. Review the Upgrade section below to look for breaking changes that could affect you.\n"
         "2. Upgrade to version 3.0 in your Mapfile and deploy.\n3. Open up a new bug issue if you must.\n", []),
        ("- Update `lamp` to 3, which must be lit by hand.\n", ["Update `lamp` to 3, which must be lit by hand."]),
        ("This version includes:\n\n- Maps by night\n- Lamps that must be lit\n", []),
        ("These were removed:\n\n- `drawMap` of the pier\n- `drawLamp` of the pier\n",
         ["`drawMap` of the pier", "`drawLamp` of the pier"]),
        ("## Lamps\n\n- `lit` option\n  - Default is now yes\n", []),
        ("## Maps\n\nAll maps now use lamps. This keeps full backward compatibility.\n\n- Methods take lamps now\n",
         []),
        ("## The maps\n\nAll maps now use lamps. If you draw none, no changes are required.\n\n"
         "## The piers\n\nA pier.\n", ["All maps now use lamps."]),
        ("## Pier.save is removed\n\nUse `keep`.\n\nThe old way::\n\n  def save(pier):\n    pier.keep()\n",
         ["Pier.save is removed"]),
        ("- Piers now have built-in lamps.\n", []),
        ("- Also removed some lamps.\n- If you still need lamps, you must draw them.\n", []),
        ("## Security\n\n- Remove the `Keeper` of the night\n", ["Remove the `Keeper` of the night"]),
        ("- If you have no lamps, you don't have to change anything.\n", []),
        ("## Breaking changes\n\n- **Lamp**: `lamp run --update`\n- Lamps burn longer.\n- Maps were removed.\n",
         ["Maps were removed."]),
        ("## New Features\n\n### Maps\n\nIf you draw maps, you now can name them instead.\n", []),
        ("## Lamps are always lit\n\nA lamp burns.\n\n## Maps may be drawn\n\nDraw one.\n", ["Lamps are always lit"]),
        ("## The `Pier::DAY` constant\n\nThis constant was removed.\n\n## More\n\nUse `Pier::NIGHT` instead.\n", []),
        ("- [Day maps are no longer drawn](#day-maps)\n- [Lamps were removed](#lamps)\n\n"
         '## <a name="day-maps"></a> Day maps are no longer drawn\n\nDraw night maps.\n\n'
         '## <a name="lamps"></a> Lamps are drawn as maps\n\nDraw maps.\n',
         ["Day maps are no longer drawn", "Lamps are drawn as maps"]),
        # Where each heading is over a change, one whose prose says what was so before tells it itself.
        ("".join(f"## The `map{number}` option is removed\n\nDraw maps.\n\n" for number in range(5))
         + "## Validation does not occur on drawing\n\nDraw it.\n\n## `day=True` passes each lamp when `many=True`\n\n"
         "It passed all.\n\n## New lamps for each pier\n\nDraw them.\n",
         [*(f"The `map{number}` option is removed" for number in range(5)), "Validation does not occur on drawing",
          "`day=True` passes each lamp when `many=True`"]),
        ("## Breaking Changes\n\n### Rename `day` to `night`\n\nAlmost everyone gets `day` wrong.\n\n"
         "### Codemod\n\nTo make it easier, pier 3 comes with a codemod that is required.\n\n"
         "### Ordered maps for the pier\n\nPreviously maps were not ordered by their day.\n\nIt is an opt-out.\n",
         ["Rename `day` to `night`", "Ordered maps for the pier"]),
        ("- [Breaking changes]\n- [Removed `Lamp` options of all maps]\n\n## Breaking changes\n\n"
         "- `Lamp.day` was removed.\n\n"
         "[Breaking changes]: #breaking-changes\n[Removed `Lamp` options of all maps]: #removed-lamp\n",
         ["`Lamp.day` was removed."]),
        ("## Upgrading\n\nThe supported Python versions are:\n\n- CPython 3.6\n- PyPy3.6 7.2 (`pypy3`)\n\n"
         "### Step 2: Draw maps\n\nDraw them.\n", []),
        ("## Upgrade considerations\n\n### Django 1.9 and Python 3.3 support dropped\n\nPlease upgrade.\n\n"
         "### Adding lamps through the pier no longer sets `is_lit`\n\nPreviously, it did.\n",
         ["Django 1.9 and Python 3.3 support dropped", "Adding lamps through the pier no longer sets `is_lit`"]),
        ("## Options\n\n#### `lamps.disable-all`\n\nThis property has been replaced with `lamps.default: none`.\n\n"
         "#### `lamps.sort`\n\nThe property has been removed.\n\n#### `lamps.day`\n\nThis property draws a map.\n",
         ["`lamps.disable-all`", "`lamps.sort`"]),
        ("## Pier, map support\n\nThe pier also now supports maps.\n\n## Lamps\n\nLamps are modified to be small.\n",
         ["Lamps are modified to be small."]),
        ("## Further additions and improvements\n\n- Removed `lamps` option\n- Added `maps` option\n",
         ["Removed `lamps` option"]),
        ("## Deprecations\n\nAlthough maps 3 is a major version, the functionality below emits warnings for lamps "
         "and is deprecated.\n\n- `Lamp` is deprecated\n", ["`Lamp` is deprecated"]),
    ],
)  # fmt: skip
def test_guide_states_what_is_not_as_before(text: str, statements: list[str]) -> None:
    assert find_statements(text) == statements


@pytest.mark.parametrize(
    ("kind", "path", "key", "is_guide"),
    [
        ("guide", "UPGRADING.md", "guide:acme/pier@v3.0.0", True),
        ("release", "UPGRADING.md", "notes:acme/pier@v3.0.0", True),
        ("release", "CHANGELOG.md", "notes:acme/pier@v3.0.0", False),
    ],
)
def test_source_from_a_guide_is_read_as_one(kind: str, path: str, key: str, is_guide: bool) -> None:
    row = {
        "repository": "acme/pier", "visibility": "public", "kind": kind, "tag": "v3.0.0", "sha": "0a", "path": path,
        "at": datetime(2025, 11, 12, tzinfo=UTC), "line_from": 3, "line_to": 3, "heading_path": ["To 3.0"],
        "text": "- Maps were removed.",
    }  # fmt: skip
    source = collect_sources(raw_of(notes=[row]))[key]
    assert source.is_guide == is_guide


def test_underlined_heading_that_begins_with_code_is_an_entry() -> None:
    text = (
        "``draw`` expects a map\n**********************\n\nPass one.\n\n"
        "``lamp`` is renamed to ``light``\n********************************\n\nRename it.\n"
    )
    assert find_statements(text) == ["``draw`` expects a map", "``lamp`` is renamed to ``light``"]


def test_part_of_a_project_in_a_guide_is_no_hole() -> None:
    source = SourceText(
        key="guide:acme/pier@v3.0.0", kind="release_notes", repository="acme/pier", title="v3.0.0",
        text="## Security\n\n- Remove the `Keeper` of the night\n", heading=f"{GUIDE_HEADING}Upgrading to 3.0",
    )  # fmt: skip
    assert [found.kind for found in find_consequences(parse_document(source))] == ["removed"]


def test_listing_of_a_guide_in_asciidoc_states_nothing() -> None:
    text = "== Lamps\n\nAs here.\n\n[source,ruby]\n----\ndef burn(map)\n  no longer supports maps\nend\n----\n"
    text += "\n=== Maps\n\n_Legacy:_ maps were removed by hand.\n\nThe `burn` method has been removed.\n"
    assert find_statements(text) == ["The `burn` method has been removed."]
