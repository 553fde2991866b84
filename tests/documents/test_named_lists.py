"""Lists of bare names in notes and guides, and items that say how to have what was before."""

import pytest

from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.models import GUIDE_HEADING, SourceText
from sparky_assets.documents.parse import parse_document
from sparky_assets.stories.printing.releases.item_quotes import end_statement_early
from sparky_assets.text.references import find_advisories
from sparky_assets.text.upgrades import removes_own_tool


def read_notes(text: str, tag: str = "v1.2.0", *, is_guide: bool = False) -> list[tuple[str, str, str]]:
    """Return kind, label and words of each consequence of notes or of a guide."""
    source = SourceText(
        key="notes:o/r@1", kind="release_notes", repository="o/r", text=text, title=tag,
        heading=f"{GUIDE_HEADING}Upgrading" if is_guide else "",
    )  # fmt: skip
    return [
        (found.kind, found.label, found.statement.text if found.statement else "")
        for found in find_consequences(parse_document(source))
    ]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("We have removed the following lamps from the pier:\n\n- `DAY`\n- `NIGHT`\n\nDraw maps.\n",
         [("removed", "", "We have removed the following lamps from the pier: - `DAY` - `NIGHT`")]),
        ("The following classes have been deprecated:\n\n* `Pier\\DayMap`\n* `Pier\\NightMap`\n",
         [("deprecated", "", "The following classes have been deprecated: * `Pier\\DayMap` * `Pier\\NightMap`")]),
        ("The following lamps are supported:\n\n- `DAY`\n- `NIGHT`\n", []),
        ("These options were renamed:\n\n- `day` to `light`\n- `night` to `dark`\n",
         [("removed", "Renamed", "These options were renamed: - `day` to `light` - `night` to `dark`")]),
        ("## Removed\n\n- These lamps of the pier:\n  - `day`\n  - `night`\n",
         [("removed", "", "These lamps of the pier: - `day` - `night`")]),
    ],
)  # fmt: skip
def test_names_below_a_sentence_are_quoted_with_it(text: str, rows: list[tuple[str, str, str]]) -> None:
    assert read_notes(text) == rows


def test_names_below_a_sentence_are_printed_with_it() -> None:
    source = SourceText(
        key="notes:o/r@1", kind="release_notes", repository="o/r", title="v1.2.0",
        text="We have removed the following lamps from the pier:\n\n- `DAY`\n- `NIGHT`\n\nDraw maps.\n",
    )  # fmt: skip
    document = parse_document(source)
    [consequence] = find_consequences(document)
    assert end_statement_early(document, consequence).text.endswith("the pier: - `DAY` - `NIGHT`")


def test_names_below_a_sentence_are_as_many_as_a_quotation_has_words() -> None:
    names = "".join(f"- `lamp{number}`\n" for number in range(60))
    [(_, _, said)] = read_notes(f"The following lamps have been removed:\n\n{names}")
    assert said.endswith("- `lamp16`")


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ("Disabled the day map. You can get the old behavior by defining `LIT`.", "compatibility"),
        ("Lamps are drawn first. To restore the previous behaviour, set `last`.", "compatibility"),
        ("Add an option `last`. Set it to keep the old behaviour.", None),
        ("By setting `last`, you can draw maps. Press twice to get the old behavior.", None),
        ("Fixed lamps. This fixes a bug: go back to the old behavior.", None),
        ("**Minor change**: lamps are drawn as lists.", "compatibility"),
        ("**Minor change**: Add lamps.", None),
        ("Lamps are now drawn as maps instead of lists by default; this is faster.", "changed_default"),
        ("The `lit` flag is now set to `false` in the default configuration.", "changed_default"),
        ("The map is now located in a different package.", "compatibility"),
        ("Pier v5 will only support Node.js v20+.", "new_minimum"),
        ("Redis 6.2+ is now required", "new_minimum"),
        ("Lamps were removed in MySQL 8.0.", None),
    ],
)
def test_item_says_that_it_works_in_another_way(item: str, kind: str | None) -> None:
    assert [row[0] for row in read_notes(f"## Changes to know\n\n- {item}\n- Draw maps.\n")] == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("item", "kinds"),
    [
        ("Remove the first parameter of `Lamp::new`", ["removed"]),
        ("Split trait `Lamp` into `Day` and `Night`", ["removed"]),
        ("Move `lamp::Day` -> `day::Lamp`", ["removed"]),
        ("Fns `Lamp::{new, lit}` return a `Result` (instead of potentially panicking)", ["compatibility"]),
        ("Add lamps", []),
    ],
)
def test_item_below_interface_changes_of_a_part_states_one(item: str, kinds: list[str]) -> None:
    assert [row[0] for row in read_notes(f"### API changes: Lamps\n- {item}\n- Draw maps\n")] == kinds


@pytest.mark.parametrize(
    ("item", "kinds"),
    [
        ("[CHANGE] Lamps: Enforce a length of names. #12", ["now_error"]),
        ("[CHANGE] API: Removal of all `lamp/v1` endpoints. #13", ["removed"]),
        ("[FEATURE] Lamps: Enforce a length of names. #12", []),
    ],
)
def test_item_with_the_label_of_a_change_states_one(item: str, kinds: list[str]) -> None:
    assert [row[0] for row in read_notes(f"* {item}\n* [FEATURE] Draw maps. #14\n")] == kinds


@pytest.mark.parametrize(
    ("item", "kinds"),
    [
        ("Raise error when `draw` called on lamps", ["now_error"]),
        ("Changed drawing of a lamp to return `true` as others do", ["compatibility"]),
        ("Changed internal maps to return lists", []),
    ],
)
def test_item_of_a_major_version_without_headings_states_a_change(item: str, kinds: list[str]) -> None:
    assert [row[0] for row in read_notes(f"- {item}\n- Draw maps by night\n- Added lamps\n", "v5.0.0")] == kinds


def test_items_below_changes_that_break_nothing_are_no_breaks() -> None:
    assert read_notes("The following non-breaking changes are included:\n\n- Lamps `day` and `night`\n") == []


def test_items_below_security_and_more_are_about_it_by_their_words() -> None:
    text = "### Security and unsafe\n\n- Use `lamp` for some maps\n- Escape the names of lamps\n"
    assert read_notes(text) == [("security", "", "Escape the names of lamps")]


GUIDE = """\
## Changes to the lamps

The `lit` option has been removed without replacement. Lamps no longer accept lists. A lamp burns.

## Renamed lamps

Some lamps have been renamed:

 * `DayLamp` is now `Lamp\\Day`.
 * `NightLamp` is now `Lamp\\Night`, and no longer
   extends `Lamp`.

The old names are kept.
"""


def test_guide_states_each_change_below_a_heading() -> None:
    assert [said for _, _, said in read_notes(GUIDE, "v3.0.0", is_guide=True)] == [
        "The `lit` option has been removed without replacement.",
        "Lamps no longer accept lists.",
        "`DayLamp` is now `Lamp\\Day`.",
        "`NightLamp` is now `Lamp\\Night`, and no longer extends `Lamp`.",
    ]


def test_guide_states_outright_what_it_says_below_what_is_new() -> None:
    text = (
        "# What's New\n\n## Maps\n\nMaps are drawn by night. They replace lamps.\n\n"
        "Note that the default number of lamps has been reduced from 10 to 5.\n\n"
        "## Lamps\n\n- Redis 6.2+ is now required\n- Maps are now supported\n"
    )
    assert [said for _, _, said in read_notes(text, "v7.0.0", is_guide=True)] == [
        "Note that the default number of lamps has been reduced from 10 to 5.",
        "Redis 6.2+ is now required",
    ]


def test_guide_states_what_code_below_a_sentence_shows() -> None:
    text = (
        "## Changes to the printer of maps\n\nA number of changes have been made.\n\n"
        "A space is now printed between `lamp` and the maps:\n\n```\nlamp, map\n```\n\n"
        "You can now also print both:\n\n```\nprint\n```\n"
    )
    assert [said for _, _, said in read_notes(text, "v5.0.0", is_guide=True)] == [
        "A space is now printed between `lamp` and the maps:",
    ]


def test_guide_states_a_break_by_its_heading() -> None:
    text = (
        "## Breaking changes\n\n### Lamps no longer have a map\n\nIn v4, a lamp had a map.\n\n"
        "### Changes to maps of lamps\n\nMaps must now be drawn.\n"
    )
    assert [said for _, _, said in read_notes(text, "v5.0.0", is_guide=True)] == [
        "Lamps no longer have a map",
        "Maps must now be drawn.",
    ]


@pytest.mark.parametrize(
    ("title", "is_own"),
    [
        ("Drop macOS CI target; too slow", True),
        ("Remove manual toc and tod danger check", True),
        ("Remove the lint job", True),
        ("Drop appveyor", True),
        ("Remove old maven repository settings", True),
        ("Disable the lamp in CI", False),
        ("Remove the night target from build targets", False),
        ("Drop support for Travis CI", False),
        ("Remove the `lint` command", False),
        ("Remove the circle", False),
        ("Drop Python 3.8", False),
    ],
)
def test_removal_of_what_a_project_checks_itself_with(title: str, *, is_own: bool) -> None:
    assert removes_own_tool(title) is is_own


@pytest.mark.parametrize(
    ("text", "advisories"),
    [
        ("This goes on from #12 (lit lamps) and GHSA-aaaa-bbbb-cccc.", ()),
        ("It fails since CVE-2026-1234 was fixed.", ()),
        ("Fix CVE-2026-1234 and CVE-2026-1235.", ("CVE-2026-1234", "CVE-2026-1235")),
        ("Backport of #12: fix CVE-2026-1234 and CVE-2026-1235.", ("CVE-2026-1234", "CVE-2026-1235")),
    ],
)
def test_advisory_of_an_earlier_change_is_not_what_a_text_is_about(text: str, advisories: tuple[str, ...]) -> None:
    assert find_advisories(text) == advisories


@pytest.mark.parametrize(
    ("heading", "kinds"),
    [
        ("Renamed lamps", [("removed", "Renamed")]),
        ("Removed lamps", [("removed", "")]),
        ("Changed default values of lamps", [("changed_default", "")]),
        ("Lamps", []),
    ],
)
def test_heading_of_a_guide_above_a_table_says_it_of_its_rows(heading: str, kinds: list[tuple[str, str]]) -> None:
    text = f"## Rules\n\n### {heading}\n\n| Old | New |\n| --- | --- |\n| `day` | `night` |\n| `map` | `sea` |\n"
    source = SourceText(
        key="guide:acme/pier@v3.0.0", kind="release_notes", repository="acme/pier", text=text, title="v3.0.0",
        heading=f"{GUIDE_HEADING}Upgrading to 3.0",
    )  # fmt: skip
    found = find_consequences(parse_document(source))
    assert [(own.kind, own.label) for own in found] == kinds
    assert all(own.statement and own.statement.text == heading for own in found)


def test_label_in_bold_is_no_statement_however_long_it_is() -> None:
    text = (
        "- **Potentially breaking compatibility fix:** `@lamp` rules whose names begin with dashes are now parsed as\n"
        "  unknown rules, so that the plain rules of maps can be drawn too.\n"
    )
    document = parse_document(
        SourceText(key="notes:a/b@1", kind="release_notes", repository="a/b", text=text, title="v1.94.0")
    )
    (consequence,) = find_consequences(document)
    assert consequence.kind == "potentially_breaking"
    assert "`@lamp` rules" in end_statement_early(document, consequence).text


def test_linked_label_in_front_of_a_statement_is_not_its_end() -> None:
    label = "**[night-map](https://pier.example/packages/night-map)**"
    moved = (
        "Moved `NightMap#drawAllOfIt()` and `NightMap#drawHalf()` to the `Drawing` plugin in the `pier-core` package."
    )
    text = f"## Breaking changes\n\n* {label}: {moved}\n"
    document = parse_document(
        SourceText(key="notes:o/r@1", kind="release_notes", repository="o/r", text=text, title="v1")
    )
    (consequence,) = find_consequences(document)
    assert end_statement_early(document, consequence).text.endswith("package.")
