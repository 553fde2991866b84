"""Notes of releases in places that no pattern lists, of several packages, and on the default branch after the tag."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from resources.git.log import read_tags
from resources.git.notes import documents
from resources.git.notes.documents import DocumentSearch
from resources.git.notes.read import read_notes
from resources.git.repository import open_repository
from sparky_assets.raw.notes.releases import build_note_rows
from sparky_assets.text.changelogs.headings import find_headings
from sparky_assets.text.changelogs.sections import find_document_section, find_version_section
from tests.factories.git_repositories import History, at

SINCE, UNTIL = at("2025-11-10"), at("2025-11-17")

NOTES = """\
# Release notes

## Upgrading to 2.1.0

- Rename the lamp.

## Version 2.1.0 (2025-11-12)

- The parser reads tabs.

### Fixes

- A lamp burns.

## Version 2.0.0

- Old
"""

Files = dict[str | bytes, str | bytes | None]


def collect(history: History, folder: Path, name: str = "acme/web") -> list[dict[str, Any]]:
    """Return the rows of the releases of the window."""
    repository = open_repository(history.at_path(folder / "repository"))
    notes = read_notes(repository, list(read_tags(repository)), SINCE, UNTIL)
    rows = build_note_rows(notes, name, "public", DocumentSearch(repository, UNTIL).find)
    return rows.filter(kind="release").sort("tag").to_dicts()


def release(files: Files, tag: str = "v2.1.0") -> History:
    history = History()
    history.commit("Release", at("2025-11-12"), files)
    history.tag(tag)
    return history


@pytest.mark.parametrize(
    ("path", "tag"),
    [
        ("docs/community/release-notes.md", "v2.1.0"),
        ("sites/www/pages/changelog.mdx", "v2.1.0"),
        ("docs/versionhistory.txt", "rel_2_1_0"),
        ("doc/whatsnew/2/2.1/index.md", "v2.1.0"),
        ("CHANGELOG/CHANGELOG-2.1.md", "v2.1.0"),
        ("web/Changes", "R_2_1_0"),
        ("project/PendingReleaseNotes.md", "v2.1.0"),
        ("release-notes/VERSION-2.x", "v2.1.0"),
    ],
)
def test_notes_are_found_in_a_place_that_no_pattern_lists(tmp_path: Path, path: str, tag: str) -> None:
    (row,) = collect(release({path: NOTES, "README.md": "# Web\n\nUse 2.1.0.\n"}, tag), tmp_path)
    assert (row["path"], row["line_from"], row["line_to"]) == (path, 9, 13)
    assert row["heading_path"] == ["Release notes", "Version 2.1.0 (2025-11-12)"]
    assert row["text"] == "- The parser reads tabs.\n\n### Fixes\n\n- A lamp burns."


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("README.md", "# Web\n\n## 2.1.0\n\n- Install `web==2.1.0`.\n"),
        ("docs/release-process.md", "# How to release\n\n## 2.1.0\n\nRun `make release`.\n"),
        ("site/history.md", "# History\n\n## Upgrading to 2.1.0\n\n- Rename the lamp.\n"),
        ("docs/tabs.rst", "Tabs\n====\n\n.. versionadded:: 2.1.0\n\n   Tabs are read.\n"),
        ("docs/versions.md", "# Supported versions\n\n| 2.1.0 | yes |\n| 2.0.0 | no |\n"),
        ("tests/data/CHANGELOG.md", NOTES),
        ("scripts/VERSION-2.x", NOTES),
        ("vendor/pier/changelog.md", NOTES),
        ("docs/zh-CN/changelog.md", NOTES),
        ("docs/news/12.1.0.md", "# 12.1.0\n\n- Another version.\n"),
        ("www/changelog.md", "# Changes\n\n## 2.1.0\n\nSee the [release notes](https://example.com/2.1.0).\n"),
    ],
)
def test_document_about_something_else_gives_no_notes(tmp_path: Path, path: str, text: str) -> None:
    assert collect(release({path: text}), tmp_path) == []


@pytest.mark.parametrize(
    ("path", "tag"),
    [
        ("Documentation/RelNotes/2.1.0.adoc", "v2.1.0"),
        ("site/content/changelog/2.1.typ", "v2.1.0"),
        ("site/releases/v2.1.0/index.md", "v2.1.0"),
        ("manual/release-notes/pier-cli-2.1.0.md", "pier-cli-v2.1.0"),
    ],
)
def test_document_of_one_version_is_its_notes(tmp_path: Path, path: str, tag: str) -> None:
    text = "Version 2.1.0\n=============\n\nThe parser reads tabs.\n\n"
    other = path.replace("2.1.0", "2.0.0").replace("2.1.", "2.0.").replace("/pier-cli-", "/pier-map-")
    (row,) = collect(release({path: text, other: text}, tag), tmp_path)
    assert (row["path"], row["line_from"], row["text"]) == (path, 4, "The parser reads tabs.")


def test_file_of_the_package_with_the_name_of_the_repository_comes_first(tmp_path: Path) -> None:
    text = "## 2.1.0 - 2025-11-12\n\n- Removed the {}.\n"
    files: Files = {f".changes/{name}/2.1.0.md": text.format(name) for name in ("alley", "repository", "wharf")}
    (row,) = collect(release(files, "2.1.0"), tmp_path)
    assert (row["path"], row["text"]) == (".changes/repository/2.1.0.md", "- Removed the repository.")


def test_fragments_in_the_folder_of_a_version_are_its_notes(tmp_path: Path) -> None:
    request = '[[pull_requests]]\nuid = "{}"\nauthor_uid = "ada"\n'
    breaking = 'breaking = """All old maps are gone:\n\n- Removed ``day``.\n- Removed ``night``.\n"""\n'
    files: Files = {
        "changes/2.1_2025-11-12/12.toml": breaking + request.format(12),
        "changes/2.1_2025-11-12/13.toml": 'features = "Draw lamps"\n' + request.format(13),
        "changes/2.1_2025-11-12/14.toml": "no toml",
        "changes/2.0_2025-10-12/11.toml": 'features = "Old"\n',
    }
    (row,) = collect(release(files, "v2.1"), tmp_path)
    assert row["text"] == (
        "## Breaking changes\n\n\nAll old maps are gone:\n\n- Removed ``day``.\n- Removed ``night``.\n\n\n"
        "## New features\n\n- Draw lamps (#13)"
    )
    assert row["path"] is None


def test_changelogs_of_several_packages_are_one_text(tmp_path: Path) -> None:
    head = "## Web 2.1.0 (November 12, 2025)\n\n"
    files: Files = {
        "map/CHANGELOG.md": head + "*   No changes.\n\n## Web 2.0.0\n\n*   Old\n",
        "sea/CHANGELOG.md": head + "*   Waves.\n",
        "sky/CHANGELOG.md": head + "*   The sky has clouds now.\n",
        "old/CHANGELOG.md": "".join(f"## {number}.0.0\n\n- x\n\n" for number in range(9, 3, -1))
        + "## 2.1.0\n\n- Of 2019\n",
    }
    (row,) = collect(release(files), tmp_path)
    assert row["text"] == "## sky\n\n*   The sky has clouds now.\n\n## sea\n\n*   Waves."
    assert (row["path"], row["line_from"], row["heading_path"]) == (None, None, [])


def test_only_package_with_changes_gives_its_place(tmp_path: Path) -> None:
    files: Files = {
        "map/CHANGELOG.md": "## 2.1.0\n\n- No changes.\n",
        "sea/CHANGELOG.md": "## 2.1.0\n\n- Waves.\n",
    }
    (row,) = collect(release(files), tmp_path)
    assert (row["path"], row["line_from"], row["text"]) == ("sea/CHANGELOG.md", 3, "- Waves.")


def test_notes_that_the_default_branch_gains_in_the_window_count(tmp_path: Path) -> None:
    history = release({"CHANGELOG.md": "# Changes\n\n## 2.0.0\n\n- Old\n"})
    history.commit("Describe 2.1.0", UNTIL - timedelta(days=1), {"CHANGELOG.md": NOTES})
    (row,) = collect(history, tmp_path)
    assert (row["tag"], row["path"], row["line_from"]) == ("v2.1.0", "CHANGELOG.md", 9)


def test_notes_that_are_written_after_the_window_do_not_count(tmp_path: Path) -> None:
    history = release({"CHANGELOG.md": "# Changes\n\n## 2.0.0\n\n- Old\n"})
    history.commit("Describe 2.1.0", UNTIL, {"CHANGELOG.md": NOTES})
    assert collect(history, tmp_path) == []


def test_newest_tags_are_searched_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_SEARCHES", 2)
    history = History()
    for number in range(4):
        text = f"# News\n\n## 1.{number}.0\n\n- Lamp {number}\n"
        history.commit("Release", at("2025-11-12") + timedelta(hours=number), {"site/news.md": text})
        history.tag(f"v1.{number}.0")
    assert [row["tag"] for row in collect(history, tmp_path)] == ["v1.2.0", "v1.3.0"]


DIRECTIVES = """\
=============
2.1 Changelog
=============

.. changelog::
    :version: 2.1.0
    :released: November 12, 2025

    .. change::
        :tags: bug

        A lamp burns.

.. changelog::
    :version: 2.0.9
"""

GNOME = """\
Overview of changes leading to 2.1.0
Wednesday, November 12, 2025
====================================
- The parser reads tabs.

Overview of changes leading to 2.0.9
Monday, May 3, 2025
====================================
- Old
"""

WHATS_NEW = """\
What's new in Web 2.1.0?
------------------------

Fixes
-----

- A lamp burns.

What's new in Web 2.0.9?
------------------------

- Old
"""


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (DIRECTIVES, (9, 12)),
        (GNOME, (4, 4)),
        (WHATS_NEW, (4, 7)),
        (
            "Changes with web 2.1.0       12 Nov 2025\n\n  *) Fix\n\nChanges with web 2.0.9  3 May 2025\n\n  *) Old\n",
            (3, 3),
        ),
        ("Version 2.1.0 released 2025-11-12\n\n* Fix\n\nVersion 2.0.9 released 2025-05-03\n\n* Old\n", (3, 3)),
        ("!!!!!!!!!!!!!!\nRelease 2.1.0 Wed November 12 2025\n  Fix\n\nRelease 2.0.9 Sat May 3 2025\n  Old\n", (3, 3)),
        (
            "Changes in version 2.1.0-stable (12 Nov 2025)\n\n o Fix\n\nChanges in version 2.0.9-stable\n\n o Old\n",
            (3, 3),
        ),
        (
            "web (2.1.0) beta; urgency=low\n\n  * Fix\n\n -- Ada  Wed\n\nweb (2.0.9) beta; urgency=low\n\n  * Old\n",
            (3, 3),
        ),
        ("## 2.1.0\n\n## Highlights\n\n- Fix\n\n## 2.1.0-rc1\n\n- Fixes\n\n## 2.0.9\n\n- Old\n", (3, 5)),
        ("v2.1.0 2025-11-12  The web team\n\t+ Fix\n\nv2.0.9 2025-05-03  The web team\n\t+ Old\n", (2, 2)),
        ("## 2.1.0\n\n## 2.1.0-rc1\n\n- Fix\n\n## 2.0.9\n\n- Old\n", (3, 5)),
        ("- :release:`2.1.0 <2025-11-12>`\n- :bug:`-` Fix\n- :release:`2.0.9 <2025-05-03>`\n- :bug:`1` Old\n", (2, 2)),
        ("**2.1.0** (Nov 12, 2025)\n\n* Fix\n\n**2.0.9**\n\n* Old\n", (3, 3)),
    ],
)
def test_section_has_the_heading_that_its_format_has(text: str, lines: tuple[int, int]) -> None:
    tag = "v2.1.0-stable" if "stable" in text else "v2.1.0"
    for section in (find_version_section(text, tag), find_document_section("changes.rst", text, tag)):
        assert section is not None
        assert (section.line_from, section.line_to) == lines


SERIES = """\
# Release notes

## 2.1.x series

### 2.1.0

**Date**: 12th November 2025

A large release.

## Features

* Tabs

### 2.0.9

* Old

## License

MIT
"""


def test_section_below_a_series_keeps_its_misplaced_headings_and_no_date() -> None:
    section = find_version_section(SERIES, "v2.1.0")
    assert section is not None
    assert (section.line_from, section.text) == (9, "A large release.\n\n## Features\n\n* Tabs")
    oldest = find_version_section(SERIES, "v2.0.9")
    assert oldest is not None
    assert oldest.text == "* Old"


def test_prose_that_ends_with_a_version_is_no_heading() -> None:
    text = "## 2.1.0\n\n- Fix\n\nNeeds pier 2.0.9, lamp and\n\nThe map was made in\n\n- Last\n"
    section = find_version_section(text, "v2.1.0")
    assert section is not None
    assert section.text.endswith("- Last")


def test_folder_with_the_whole_name_of_a_package_comes_first(tmp_path: Path) -> None:
    files: Files = {
        "packages/create-sea/CHANGELOG.md": NOTES,
        "packages/sea/CHANGELOG.md": NOTES.replace("tabs", "waves"),
    }
    (row,) = collect(release(files, "sea@2.1.0"), tmp_path)
    assert row["path"] == "packages/sea/CHANGELOG.md"
    # What `sea` does not describe is not that of `create-sea`.
    files["packages/sea/CHANGELOG.md"] = NOTES.replace("2.1.0", "2.0.5")
    assert collect(release(files, "sea@2.1.0"), tmp_path / "other") == []


def test_tag_of_the_parent_of_maven_is_that_of_the_repository(tmp_path: Path) -> None:
    (row,) = collect(release({"CHANGELOG.md": NOTES}, "parent-2.1.0"), tmp_path)
    assert row["path"] == "CHANGELOG.md"


def test_document_must_name_another_package(tmp_path: Path) -> None:
    history = release({"CHANGELOG.md": "# Changes\n"}, "sea-2.1.0")
    history.commit("Describe", at("2025-11-13"), {"CHANGELOG.md": NOTES})
    assert collect(history, tmp_path) == []
    history.commit("Describe", at("2025-11-14"), {"CHANGELOG.md": NOTES.replace("Version 2", "Sea 2")})
    (row,) = collect(history, tmp_path / "named")
    assert row["heading_path"] == ["Release notes", "Sea 2.1.0 (2025-11-12)"]


def test_long_message_of_a_tag_comes_before_a_short_section(tmp_path: Path) -> None:
    history = History()
    history.commit("Release", at("2025-11-12"), {"site/changelog.md": "# Changes\n\n## 1.0.0\n\n- Lamps\n"})
    history.tag("v1.0.0", when=at("2025-11-12"), message="v1.0.0\n\nThe lamps of every pier burn all night now.")
    (row,) = collect(history, tmp_path)
    assert (row["path"], row["text"]) == (None, "The lamps of every pier burn all night now.")


@pytest.mark.parametrize(
    ("tag", "folder"), [("http-v2.1.0", "web-http"), ("web-http-v2.1.0", "web-http"), ("helm-http-v2.1.0", "helm/http")]
)
def test_tag_may_name_the_end_of_the_name_of_a_folder(tmp_path: Path, tag: str, folder: str) -> None:
    files: Files = {f"{folder}/CHANGES.md": NOTES, "CHANGES.md": "Moved.\n", "web/CHANGES.md": NOTES}
    (row,) = collect(release(files, tag), tmp_path)
    assert row["path"] == f"{folder}/CHANGES.md"


def test_section_longer_than_a_note_begins_with_what_breaks() -> None:
    minor = "\n".join(f"- lamp {number} - cleaner code of this lamp" for number in range(4_000))
    text = f"# 2.0.0\n\n## Minor changes\n\n{minor}\n\n## Breaking changes\n\n- No map.\n\n# 1.0.0\n\n- Old\n"
    section = find_version_section(text, "2.0.0")
    assert section is not None
    assert section.text == "## Breaking changes\n\n- No map."
    assert text.split("\n")[section.line_from - 1] == "## Breaking changes"


def test_section_whose_breaks_come_first_begins_at_its_first_line() -> None:
    minor = "\n".join(f"- lamp {number} - cleaner code of this lamp" for number in range(4_000))
    text = f"# 2.0.0\n\n## Breaking changes\n\n- No map.\n\n## Minor changes\n\n{minor}\n\n## Removed\n\n- A lamp.\n"
    section = find_version_section(text, "2.0.0")
    assert section is not None
    assert section.text.startswith("## Breaking changes")


def test_item_that_is_a_version_alone_is_the_heading_of_its_inner_list() -> None:
    text = (
        "* 3.0.0 (2019-11-15)\n\n * fixed the map\n\n* 3.0.0-BETA1 (2019-11-11)\n\n * removed `lamp`\n"
        " * bumped the map to 7.2\n\n* 2.12.3 (2019-10-01)\n\n * Old\n"
    )
    section = find_version_section(text, "v3.0.0")
    assert section
    assert section.text.startswith(" * fixed the map")
    assert "removed `lamp`" in section.text
    assert "Old" not in section.text


def test_version_in_a_list_may_have_a_label_above_its_inner_list() -> None:
    text = "* 2.1.0\n  INCOMPATIBLE CHANGES\n    * Maps need a key.\n* 2.0.0\n    * Old\n"
    section = find_version_section(text, "2.1.0")
    assert section is not None
    assert section.text == "  INCOMPATIBLE CHANGES\n    * Maps need a key."


def test_version_in_a_list_without_inner_items_is_no_heading_of_one() -> None:
    headings = find_headings(["# Pier", "", "- 2.1.0 (2025)", "- 2.0.0 (2024)"])
    assert "listed" not in {heading.style for heading in headings}
