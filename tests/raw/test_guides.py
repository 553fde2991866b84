"""Guides on how to come to a version: which documents they are, and which lines of them are about a tag."""

import time
from pathlib import Path
from typing import Any

import pytest

from resources.git.log import read_tags
from resources.git.notes.documents import DocumentSearch
from resources.git.notes.guides import is_guide, list_guides, read_guided_version
from resources.git.notes.read import read_notes
from resources.git.repository import open_repository
from sparky_assets.raw.notes.releases import build_note_rows
from sparky_assets.text.changelogs.guides import find_guide_section, find_guide_text
from tests.factories.git_repositories import History, at

SINCE, UNTIL = at("2025-11-10"), at("2025-11-17")


def collect(history: History, folder: Path) -> list[dict[str, Any]]:
    """Return the rows of the releases and guides of the window, by their kinds."""
    repository = open_repository(history.at_path(folder / "repository"))
    notes = read_notes(repository, list(read_tags(repository)), SINCE, UNTIL)
    search = DocumentSearch(repository, UNTIL)
    return build_note_rows(notes, "acme/web", "public", search.find, search.find_guides).sort("kind").to_dicts()


GUIDE = """\
# Upgrading from Lamp 2 to Lamp 3

- [BC] Class `Lamp` was removed.

# Upgrading from Lamp 1 to Lamp 2

- [BC] Class `Map` was removed.
"""


UNDERLINED_GUIDE = """\
UPGRADE FROM 1.x TO 2.0
=======================

- Maps

UPGRADE FROM 0.9 TO 1.0
=======================

- Old
"""


def test_guide_is_the_notes_of_a_version_without_others(tmp_path: Path) -> None:
    history = History()
    history.commit("Release", at("2025-11-12"), {"UPGRADING.md": GUIDE})
    history.tag("3.0.0")
    (row,) = collect(history, tmp_path)
    assert (row["path"], row["heading_path"]) == ("UPGRADING.md", ["Upgrading from Lamp 2 to Lamp 3"])
    assert row["text"] == "- [BC] Class `Lamp` was removed."


def test_guide_beside_the_message_of_a_tag_is_a_row_of_its_own(tmp_path: Path) -> None:
    history = History()
    history.commit("Release", at("2025-11-12"), {"docs/UPGRADE.md": GUIDE})
    message = "Lamp 3.0.0\n\n- #12: Draw maps\n- #13: Burn lamps\n"
    history.tag("3.0.0", when=at("2025-11-12"), message=message)
    guide, notes = collect(history, tmp_path)
    assert (notes["kind"], notes["path"], notes["text"]) == ("release", None, message.strip())
    assert (guide["kind"], guide["text"]) == ("guide", "- [BC] Class `Lamp` was removed.")


def test_guide_beside_a_changelog_is_a_row_of_its_own(tmp_path: Path) -> None:
    history = History()
    changelog = "# Changelog\n\n## 3.0.0\n\n- Draw maps\n"
    history.commit("Release", at("2025-11-12"), {"UPGRADING.md": GUIDE, "CHANGELOG.md": changelog})
    history.tag("3.0.0")
    guide, notes = collect(history, tmp_path)
    assert (notes["kind"], notes["text"]) == ("release", "- Draw maps")
    assert (guide["kind"], guide["path"], guide["line_from"]) == ("guide", "UPGRADING.md", 3)


def test_changelog_beside_what_is_new_gives_what_breaks(tmp_path: Path) -> None:
    history = History()
    changelog = "# Changelog\n\n## 3.0.0\n\n### Backward incompatibilities\n\n- The day map was removed.\n"
    news = "# What's new in Lamp 3.0\n\nMaps by night.\n"
    history.commit("Release", at("2025-11-12"), {"docs/whatsnew-3.0.md": news, "CHANGELOG.md": changelog})
    history.tag("3.0.0")
    further, notes = collect(history, tmp_path)
    assert (notes["kind"], notes["path"]) == ("release", "docs/whatsnew-3.0.md")
    assert (further["kind"], further["path"], further["line_from"]) == ("guide", "CHANGELOG.md", 5)


def test_changelog_with_the_name_of_a_guide_is_no_guide_to_its_version(tmp_path: Path) -> None:
    history = History()
    news = "# What's new\n\n## 3.0.0\n\n### Bug fixes\n\n- Maps state their size\n\n## 2.0.0\n\n- Old\n"
    history.commit("Release", at("2025-11-12"), {"doc/whats-new.md": news})
    history.tag("3.0.0")
    (row,) = collect(history, tmp_path)
    assert (row["kind"], row["path"]) == ("release", "doc/whats-new.md")


def test_guide_is_not_read_for_a_patch(tmp_path: Path) -> None:
    history = History()
    changelog = "# Changelog\n\n## 3.0.1\n\n- Draw maps\n"
    history.commit("Release", at("2025-11-12"), {"UPGRADING.md": GUIDE, "CHANGELOG.md": changelog})
    history.tag("3.0.1")
    assert [row["kind"] for row in collect(history, tmp_path)] == ["release"]


@pytest.mark.parametrize(
    ("path", "text", "guided"),
    [
        ("docs/use/migrate-to-3.0.0.md", "---\ntitle: Lamps\n---\n\n## Maps are gone\n\nUse lamps.\n", "## Maps"),
        ("guides/upgrading/v3.0.md", "# Lamps\n\n- Maps are gone\n", "- Maps"),
        ("MIGRATION.md", "# Migrating to v3\n\n- Maps are gone\n", "- Maps"),
        ("docs/upgrade-to-4.0.md", "# Lamps\n\n- Maps are gone\n", None),
        ("docs/upgrade-to-3.0.md", "# Lamps\n\n## 3.0\n\n- Maps are gone\n\n## 2.0\n\n- Old\n", "- Maps"),
        ("MIGRATION.md", "# Upgrade guides\n\n## Upgrade to 2.0\n\n- Old\n", None),
    ],
)
def test_guide_text_is_the_whole_of_a_guide_to_one_version(path: str, text: str, guided: str | None) -> None:
    section = find_guide_text(path, text, "v3.0.0")
    assert (section.text if section else None) is guided or (section and guided and section.text.startswith(guided))
    assert section is None or text.split("\n")[section.line_from - 1] == section.text.split("\n")[0]


@pytest.mark.parametrize(
    ("text", "tag", "section"),
    [
        (GUIDE, "v3.0.0", "- [BC] Class `Lamp` was removed."),
        (GUIDE, "v3.0.1", None),
        (GUIDE, "v3.1.0", None),
        (GUIDE, "v2.0.0", "- [BC] Class `Map` was removed."),
        (GUIDE, "v3.0.0-rc.1", None),
        ("# Guide\n\n## Upgrade to 4.2\n\n- Maps\n\n## Upgrade to 4.1\n\n- Lamps\n", "4.2.0", "- Maps"),
        ("# Update log\n\n## v1.20.x\n\n- Maps\n", "v1.20.0", "- Maps"),
        (UNDERLINED_GUIDE, "2.0.0", "- Maps"),
        ("# Lamp v2 upgrade guide\n\nRead this.\n", "v2.0.0", None),
        ("## Pier 3.0\n\n- Maps\n\n## Pier 2.0\n\n- Lamps\n", "v2.0.0", "- Lamps"),
        ("## Pier 3.0\n\n- Maps\n\n### PHP 2.0\n\n- Lamps\n", "v2.0.0", None),
        ("# Lamps\n\n## Lamps of 1.2\n\n- Maps\n", "v1.2.0", None),
    ],
)
def test_section_of_a_guide_is_that_of_the_first_of_a_series(text: str, tag: str, section: str | None) -> None:
    found = find_guide_section(text, tag)
    assert (found.text if found else None) == section


@pytest.mark.parametrize(
    ("tag", "guides"),
    [
        ("v7.1.0", ["UPGRADING.md", "UPGRADE-7.1.md"]),
        ("v7.0.0", ["UPGRADING.md", "docs/migrating-v6-to-v7.md", "docs/use/migrate-to-7.0.0.md"]),
        ("v1.5.0", ["UPGRADING.md", "guides/upgrading/v1.5.md"]),
        (
            "v8.0.0",
            [
                "UPGRADING.md",
                "docs/upgrading_to_pier8.md",
                "docs/8.0-Upgrade.md",
                "docs2/site/migrations/migration8.md",
            ],
        ),
        ("v1.0.0", ["UPGRADING.md", "docs/releases/1.0/02-upgrading-from-0.3.md"]),
    ],
)
def test_guides_of_a_version_are_those_with_its_number_or_none(tag: str, guides: list[str]) -> None:
    paths = [
        "README.md", "UPGRADING.md", "UPGRADE-7.1.md", "docs/migrating-v6-to-v7.md", "src/migration.md",
        "docs/use/migrate-to-7.0.0.md", "guides/upgrading/v1.5.md", "docs/releases/1.0/02-upgrading-from-0.3.md",
        "docs/guides/6-lamp-migration.md", "docs/upgrading_to_pier8.md", "docs/8.0-Upgrade.md",
        "docs2/site/migrations/migration8.md",
    ]  # fmt: skip
    assert sorted(list_guides(paths, tag)) == sorted(guides)


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("src/main/docs/guide/appendix/breaks.adoc", True),
        ("docs/breaking-changes.md", True),
        ("docs/reference/breaking_changes/3.0.md", True),
        ("BC-BREAKS.md", True),
        ("src/tests/docs/breaks.md", False),
        ("docs/line-breaks.md", False),
    ],
)
def test_document_about_what_breaks_is_a_guide(path: str, is_one: bool) -> None:
    assert is_guide(path) is is_one


def test_page_about_what_is_new_in_a_series_is_a_guide_to_it() -> None:
    text = "---\nid: whats_new\ntitle: What's New in v3\n---\n\n## Lamps\n\nThe day map was removed.\n"
    assert is_guide("docs/whats_new.md")
    section = find_guide_text("docs/whats_new.md", text, "v3.0.0")
    assert section is not None and section.text.startswith("## Lamps")
    assert find_guide_text("docs/whats_new.md", text, "v4.0.0") is None


def test_guide_with_a_hostile_name_is_judged_in_time() -> None:
    name = "docs/" + "a/" * 50 + "upgrade-" + "1" * 4_000 + "-to-" * 200 + "!"
    start = time.perf_counter()
    assert not is_guide(name)
    assert time.perf_counter() - start < 1


def test_long_guide_to_one_version_begins_at_what_breaks() -> None:
    new = "".join(f"### {number}. Lamps\n\n{'Lamps burn. ' * 60}\n\n" for number in range(200))
    text = f"# Migrating from v7.x to v8.x\n\n## New Features\n\n{new}## Breaking Changes\n\n### 1. Maps are gone\n"
    section = find_guide_text("docs/migrations/migration8.md", text, "8.0.0")
    assert section
    assert section.text.startswith("## Breaking Changes")


@pytest.mark.parametrize(("tag", "is_read"), [("1.0.0", True), ("1.1.0", False), ("2.0.0", False)])
def test_guide_from_a_version_leads_to_the_next_one(tag: str, is_read: bool) -> None:
    text = "# Migration Guide\n\n## Migrating from Lamp 0.34.6\n\n- `--lamp` was removed.\n\n## Migrating from Pier\n"
    section = find_guide_text("docs/guide/migration.md", text, tag)
    assert (section.text if section else None) == ("- `--lamp` was removed." if is_read else None)


def test_guide_may_begin_with_its_version() -> None:
    assert is_guide("docs/getting-started/v3-migration.md")
    assert is_guide("docs/getting-started/3-migration.md")
    assert is_guide("Documentation/Pier 4.0 Migration Guide.md")
    assert is_guide("documentation/docs/06-v4-migration-guide.md")
    assert is_guide("docs/7.0-API-Migration.md")


@pytest.mark.parametrize("path", ["docs/guides/migrating-to-pier-lamp-3.md", "docs/migrating-pier-3.md"])
def test_guide_may_name_its_project(path: str) -> None:
    assert is_guide(path)
    assert read_guided_version(path) == (3,)


def test_data_migrations_are_no_guide() -> None:
    assert not is_guide("docs/data-migration.md")
    assert not is_guide("docs/usage/migrating-to-modern-piers.mdx")


@pytest.mark.parametrize(("tag", "is_read"), [("v2.0.0", True), ("v2.1.0", False), ("v3.0.0", False)])
def test_guide_may_say_in_its_opening_to_which_version_it_leads(tag: str, is_read: bool) -> None:
    text = "---\ndescription: Migrating.\n---\n\nThis page helps you to migrate your code from Pier V1 to Pier V2.\n\n"
    text += "## Changes to lamps\n\n- `burn()` has been removed.\n"
    assert (find_guide_text("docs/migration.md", text, tag) is not None) is is_read


def test_arrow_in_a_heading_of_a_guide_leads_to_a_version() -> None:
    text = "# Upgrade guide\n\n## Pier 0.X -> 1.0\n\n- `burn()` has been removed.\n\n## Pier 1.0 -> 2.0\n\n- No maps.\n"
    section = find_guide_text("docs/upgrade_guide.md", text, "1.0.0")
    assert section and section.text == "- `burn()` has been removed."


def test_guide_whose_parts_name_its_version_is_read_as_a_whole() -> None:
    text = (
        "# Upgrading to `lamp@3.0.0`\n\n## Breaking changes\n\n- Maps were removed.\n\n"
        "### Migrating `filters` to `formats` in `lamp@3`\n\nWrite a format.\n"
    )
    section = find_guide_text("UPGRADE-3.0.md", text, "3.0.0")
    assert section is not None
    assert section.text.startswith("## Breaking changes\n\n- Maps were removed.")
    assert section.text.endswith("Write a format.")


@pytest.mark.parametrize(
    ("tag", "notes", "is_read"),
    [
        ("3.0.0", "- Remove flags (cf. [guide](https://lamp.dev/product/migration-guide/#flags))", True),
        ("3.0.0", "- Remove flags (cf. the other guide)", False),
        ("3.1.0", "- Remove flags (cf. [guide](https://lamp.dev/product/migration-guide/))", False),
    ],
)
def test_guide_that_notes_of_a_major_version_link_to_is_its_own(tag: str, notes: str, is_read: bool) -> None:
    text = "---\ntitle: Migration guide\n---\n\n## Flags\n\n`--lamp` has been removed.\n"
    assert bool(find_guide_text("docs/product/migration-guide.md", text, tag, notes)) == is_read


PRODUCT_GUIDE = "Upgrade notes\n=============\n\n2.0.0 to 2.1.0\n--------------\n\nMaps were removed.\n"


@pytest.mark.parametrize(
    ("tag", "folder", "introduction"),
    [
        ("auth-2.1.0", "docs", "This is release 2.1.0 of the Authoritative Pier."),
        ("rec-2.1.0", "piers/recursorpier/docs", "It draws maps."),
    ],
)
def test_tag_of_a_product_has_the_notes_and_guide_of_its_folder(
    tmp_path: Path, tag: str, folder: str, introduction: str
) -> None:
    notes = f"Changes\n=======\n\n2.1.0 (2025-11-12)\n------------------\n\n{introduction}\n\n- Draw maps.\n"
    history = History()
    files: dict[str | bytes, str | bytes | None] = {f"{folder}/changelog/2.1.rst": notes}
    files |= {f"{folder}/upgrading.rst": PRODUCT_GUIDE, "other/docs/upgrading.rst": PRODUCT_GUIDE}
    history.commit("Release", at("2025-11-12"), files)
    history.tag(tag)
    rows = collect(history, tmp_path)
    assert [(row["kind"], row["path"]) for row in rows] == [
        ("guide", f"{folder}/upgrading.rst"),
        ("release", f"{folder}/changelog/2.1.rst"),
    ]


def test_tag_of_a_package_has_no_notes_of_a_product_with_a_longer_name(tmp_path: Path) -> None:
    notes = "Changes\n=======\n\n2.1.0 (2025-11-12)\n------------------\n\n- Draw maps.\n"
    history = History()
    history.commit("Release", at("2025-11-12"), {"corepier/docs/changelog/2.1.rst": notes})
    history.tag("core-2.1.0")
    assert collect(history, tmp_path) == []
