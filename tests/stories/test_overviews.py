"""Notes whose overview names what sections below it tell again, each below a heading of its own."""

import pytest

from sparky_assets.documents.consequences.find import find_consequences
from sparky_assets.documents.models import SourceText
from sparky_assets.documents.parse import parse_document
from sparky_assets.stories.printing.releases.headline import build_headline
from tests.stories.test_further_releases import write_edition
from tests.stories.test_release_lists import make_release

OVERVIEW = """This is the final release of the second line of maps.

Here is a glimpse of it:

- The module path has changed to `acme.example/map/v2` and all plugins must update their imports.
- Removal of all long-deprecated commands: `map login`, `map pause` and more.
- `options.moon` is no longer supported, use `options.night`.
- The `--dim` flag has been removed.
- **_(new since v2.0.0-rc1)_** The server of tides no longer starts by default.
- **_(new since v2.0.0-rc1)_** New `map list` command to list the maps of a harbour.

## Breaking changes

These are changes that require you to update your scripts before you upgrade.

### Module path changed to `acme.example/map/v2` [#12](https://github.com/acme/map/pull/12)

Following the conventions of modules, the path has changed from `acme.example/map` to `acme.example/map/v2`.

Any plugin must update all import paths to `acme.example/map/v2`.

### Removed `map login` command [#13](https://github.com/acme/map/pull/13)

The command `map login` and all of its subcommands have been removed.

### Removed `options.moon` support [#14](https://github.com/acme/map/pull/14)

The block of `options.moon` in scripts is no longer supported.

### Removed `--dim` flag [#15](https://github.com/acme/map/pull/15)

The `--dim` flag has been removed.

**Migration:** Replace `--dim` with `--light=low`.

### Server of tides no longer starts by default _(new since v2.0.0-rc1)_ [#16](https://github.com/acme/map/pull/16)

The server of tides no longer starts by itself.

## Maintenance

- _(new since v2.0.0-rc1)_ [#17](https://github.com/acme/map/pull/17) Updates `ink` [security] (CVE-2026-1234).
"""


def parse(text: str) -> list[str]:
    source = SourceText(key="notes", kind="release_notes", repository="acme/map", text=text, title="v2.0.0")
    found = find_consequences(parse_document(source))
    return [f"{item.kind}: {item.statement.text}" for item in found if item.statement]


def test_overview_whose_sections_tell_its_breaks_again_counts_each_once() -> None:
    found = [item for item in parse(OVERVIEW) if not item.startswith("security")]
    assert [item.partition(" [#")[0] for item in found] == [
        "breaking: Module path changed to `acme.example/map/v2`",
        "breaking: Removed `map login` command",
        "breaking: Removed `options.moon` support",
        "breaking: Removed `--dim` flag",
        "breaking: Server of tides no longer starts by default _(new since v2.0.0-rc1)_",
    ]


def test_overview_without_sections_about_its_breaks_is_kept() -> None:
    overview = OVERVIEW.partition("## Breaking")[0]
    assert len(parse(f"{overview}\n## Fixes\n\n- Keep the colour of a pier\n")) >= 3


def test_headline_of_many_breaks_and_an_advisory_names_the_first() -> None:
    source = SourceText(key="notes", kind="release_notes", repository="acme/map", text=OVERVIEW)
    headline = build_headline(make_release("2.0.0", 11), parse_document(source)).text
    assert headline.endswith(
        "is out: Module path changed to acme.example/map/v2; one CVE fix; four more breaking changes"
    )


def test_rows_of_headed_breaks_quote_headings_without_marks() -> None:
    edition = write_edition({("acme/map", "v2.0.0"): OVERVIEW})
    text = "\n".join(f"{row.label}: {row.sentences[0].text}" for row in (*edition.box_rows, *edition.further_rows))
    assert "new since" not in text
    assert "Breaking: “Removed `--dim` flag”" in text
    assert text.count("no longer starts by default") == 1
    assert "“Updates `ink`" in text
    news = " ".join(item.sentences[0].text for listed in edition.released for item in listed.items)
    assert "Removal of all" not in news
    assert "no longer starts" not in news


@pytest.mark.parametrize(
    ("heading", "is_statement"),
    [
        ("Removed `day` map of the sea", True),
        ("A key is now required for all maps", True),
        ("Removed the night wheels", False),
        ("Deprecation of the day map", False),
        ("Removal of old commands for maps", False),
        ("How maps are changed now", False),
        ("Changes to The Day Map", False),
    ],
)
def test_heading_that_says_what_ends_is_the_statement_of_a_break(heading: str, *, is_statement: bool) -> None:
    others = "### Removed `night` map of the moon\n\nThe map of nights is gone for ever.\n"
    text = f"## Breaking changes\n\n### {heading}\n\nThe day map has been removed from all harbours.\n\n{others}"
    assert (f"breaking: {heading}" in parse(text)) is is_statement


def test_removals_begin_with_all_deprecated_and_end_with_private_names() -> None:
    items = (
        "Remove private definitions `_map_day`",
        "Remove the `night` map",
        "Remove all functionality deprecated in 1.9",
    )
    edition = write_edition({("acme/map", "v2.0.0"): "## Removed\n\n" + "".join(f"- {item}\n" for item in items)})
    rows = [row.sentences[0].text for row in edition.box_rows]
    assert [row.strip("“”.") for row in rows] == [items[2], items[1], items[0]]


def test_rows_in_front_leave_room_for_those_of_other_marks() -> None:
    removed = "".join(
        f"- Remove the map of the {place}\n" for place in ("sea", "river", "moon", "tide", "pier", "buoy")
    )
    notes = (
        f"## Added\n\n- Draw maps\n- Draw piers\n\n## Removed\n\n{removed}- Remove ink\n\n"
        "## Deprecated\n\n- Deprecate the lamp\n"
    )
    edition = write_edition({("acme/map", "v2.0.0"): notes})
    marks = [row.mark for row in edition.box_rows]
    assert marks == sorted(marks, reverse=True)
    assert "Deprecated" in marks
    assert {row.label for row in edition.further_rows} == {"Also removed"}
