"""Notes: sections of changelogs, messages of tags, and lines that changes add, from real git repositories."""

import time
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.git.log import GitTag, read_commits, read_tags
from resources.git.notes.read import RepositoryNotes, parse_additions, read_notes
from resources.git.release_commits import ReleaseCommit
from resources.git.releases import TagContents
from resources.git.repository import open_repository
from sparky_assets.raw.notes.contents import MAX_LANDING_LENGTH, build_landing_rows, build_last_release_rows
from sparky_assets.raw.notes.releases import build_note_rows, select_message_notes
from sparky_assets.text.changelogs.headings import find_headings
from sparky_assets.text.changelogs.sections import find_document_section, find_file_section, find_version_section
from tests.factories.git_repositories import History, at

SINCE, UNTIL = datetime(2025, 11, 10, tzinfo=UTC), datetime(2025, 11, 17, tzinfo=UTC)

MARKDOWN = """\
# Changelog

## Unreleased

- Nothing

## [1.10.0] - 2025-11-12

### Breaking

- `get` now needs a key (#12)

```sh
# 1.1.0 is a comment
```

## 1.1.0

- Old
"""

RESTRUCTURED = """\
Changelog
=========

.. _v1_1:

1.1a2 (2025-11-12)
------------------

Highlights
~~~~~~~~~~

- Reads tabs

.. _v1_0:

1.0 (2025-10-01)
----------------

- Old
"""

REDIS = """\
Redis 7.2 release notes
=======================

--------------------------------------------------------------------------------
SECURITY:      There are security fixes in the release.
--------------------------------------------------------------------------------

Redis Community Edition 7.2.6    Released Wed 02 Oct 2024
=========================================================

Upgrade urgency SECURITY: See security fixes below.

Security fixes
==============

* (CVE-2024-31449) Lua library commands may lead to stack overflow.

================================================================================
Redis 7.2.5    Released Thu 16 May 2024
================================================================================

Old
"""

PLAIN = """\
Version 2.0 (2025-11-12)

* New parser

Version 1.9

* Old
"""


RDOC = """\
== Version 2.9.0 (unreleased)

Breaking changes:
* `FIELDS` holds names

=== Notes

* New

== Version 2.8.1

* Old
"""

ORG = """\
#+title: pier.el - Changelog
#+language: en

* Version 1.1 (2025-11-12)

- Require Emacs 29.

** Lamps

- =pier-lamp=: New option.

* Version 1.0 (2024-01-01)

- Old
"""

SERIES = """\
# Changelog for Pier v1.1

## How to update

Add `lamp` to your dependencies.

## v1.1.0 (2025-11-12)

- New maps of all piers

## v1.1.0-rc.0

- Old
"""


@pytest.mark.parametrize(
    ("text", "tag", "lines", "contents", "missing"),
    [
        (MARKDOWN, "v1.10.0", (9, 15), "`get` now needs a key (#12)", "Old"),
        (MARKDOWN, "1.1.0", (19, 19), "- Old", "get"),
        (RESTRUCTURED, "1.1a2", (9, 12), "Reads tabs", "_v1_0"),
        (RESTRUCTURED, "1.0", (19, 19), "- Old", "tabs"),
        (REDIS, "7.2.6", (11, 16), "CVE-2024-31449", "Old"),
        (REDIS, "7.2.5", (22, 22), "Old", "CVE"),
        (PLAIN, "release-2.0", (3, 3), "New parser", "Old"),
        (PLAIN, "pier-2_0", (3, 3), "New parser", "Old"),
        (PLAIN, "v2.0-lamp-source", (3, 3), "New parser", "Old"),
        (RDOC, "2.9.0", (3, 8), "`FIELDS` holds names", "Old"),
        (ORG, "1.1", (6, 10), "Require Emacs 29.", "Old"),
        (SERIES, "v1.1.0", (3, 9), "Add `lamp`", "Old"),
        (SERIES, "v1.1.0-rc.0", (13, 13), "Old", "lamp"),
    ],
)
def test_section_of_a_version_is_found(
    text: str, tag: str, lines: tuple[int, int], contents: str, missing: str
) -> None:
    section = find_version_section(text, tag)
    assert section is not None
    assert (section.line_from, section.line_to) == lines
    assert contents in section.text
    assert missing not in section.text
    assert "\n".join(text.split("\n")[lines[0] - 1 : lines[1]]) == section.text


def test_target_in_front_of_a_version_is_no_heading() -> None:
    text = ".. _release-1.1.0:\n\ntool 1.1.0 (2026-05-19)\n-----------------------\n\n- Tabs\n\n\n"
    text += ".. _release-1.0.0:\n\ntool 1.0.0 (2026-01-19)\n-----------------------\n\n- Old\n"
    section = find_version_section(text, "1.1.0")
    assert section is not None
    assert section.text == "- Tabs"
    assert section.heading_path == ("tool 1.1.0 (2026-05-19)",)


def test_guide_to_a_version_belongs_to_its_section() -> None:
    text = "## tool 1.5.0\n\nNew lamps.\n\n## 1.5 Migration Guide\n\nMove lamps.\n\n## 1.5.0-beta.1\n\n- Old\n"
    section = find_version_section(text, "v1.5.0")
    assert section is not None
    assert "Move lamps." in section.text and "Old" not in section.text
    older = find_version_section(text.replace("1.5 Migration", "1.4 Migration"), "v1.5.0")
    assert older is not None and older.text == "New lamps."


@pytest.mark.parametrize("tag", ["1.10", "0.10.0", "v10.0", "1.10.0-rc1", "nightly"])
def test_section_of_another_version_is_not_taken(tag: str) -> None:
    assert find_version_section(MARKDOWN, tag) is None


@pytest.mark.parametrize(
    ("message", "is_annotated", "notes"),
    [
        ("v1.0\n\nReads tabs in every list now.", True, "Reads tabs in every list now."),
        ("First release with tabs\n", True, "First release with tabs"),
        ("First stable release!", True, "First stable release!"),
        ("Focus events", True, ""),
        ("acme.tool release 1.0", True, ""),
        ("Tagged the 1.0 release of the tool", True, ""),
        ("Bug fix release.", True, ""),
        ("1.0: Fix the tabs", True, "1.0: Fix the tabs"),
        ("Release 1.0 - tabs and spaces", True, "Release 1.0 - tabs and spaces"),
        ("Support for Python 3.12", True, "Support for Python 3.12"),
        ("v1.0", True, ""),
        ("Adds tag v1.0 for PyPI", True, ""),
        ("[maven-release-plugin] copy for tag pier-1.0", True, ""),
        ("Release 1.0 (#12)", False, ""),
        (
            "Merge pull request #7 from acme/update-v1.0\n\nUpdate version for the next release (v1.0) in Cargo.toml",
            False,
            "",
        ),
        ("Bump version to 1.0 (#12)\n\n# Description\n\nBump version to `1.0`", False, ""),
        ("Bump to 1.0\n\nThe parser reads tabs now.\n\nSigned-off-by: Ada", False, "The parser reads tabs now."),
        ("Fix a test\n\nThe parser reads tabs now.", False, ""),
        ("Bump maps to 1.0.8 (#9)\n\nThe parser reads tabs now.", False, ""),
    ],
)
def test_message_is_notes_only_if_it_says_more_than_the_version(message: str, is_annotated: bool, notes: str) -> None:
    assert select_message_notes(message, "v1.0", is_annotated=is_annotated) == notes


def make_rows(history: History, folder: Path, name: str = "acme/web") -> pl.DataFrame:
    repository = open_repository(history.at_path(folder / "repository"))
    tags, commits = list(read_tags(repository)), list(read_commits(repository, SINCE, UNTIL))
    notes = read_notes(repository, tags, SINCE, UNTIL, commits)
    rows = build_note_rows(notes, name, "public")
    # With the files of the commits fewer diffs are read; the rows are the same.
    assert rows.equals(build_note_rows(read_notes(repository, tags, SINCE, UNTIL), name, "public"))
    return rows


def test_release_takes_the_section_at_its_tag(tmp_path: Path) -> None:
    history = History()
    history.commit("Release", at("2025-11-12"), {"CHANGELOG.md": MARKDOWN})
    history.tag("v1.10.0")
    history.commit("Rewrite", at("2025-11-13"), {"CHANGELOG.md": "# Changelog\n\n## 1.10.0\n\nOther\n"})
    (row,) = make_rows(history, tmp_path).filter(pl.col("kind") == "release").to_dicts()
    assert (row["tag"], row["path"], row["line_from"], row["line_to"]) == ("v1.10.0", "CHANGELOG.md", 9, 15)
    assert row["heading_path"] == ["Changelog", "[1.10.0] - 2025-11-12"]
    assert row["references"] == ["#12"]
    assert row["at"] == datetime(2025, 11, 12, tzinfo=UTC)


def test_very_long_changelog_gives_its_newest_section(tmp_path: Path) -> None:
    history = History()
    text = MARKDOWN + "- An older entry of the changelog\n" * 34_000
    history.commit("Release", at("2025-11-12"), {"CHANGELOG.md": text})
    history.tag("v1.10.0")
    (row,) = make_rows(history, tmp_path).filter(pl.col("kind") == "release").to_dicts()
    assert (row["path"], row["line_from"], row["line_to"]) == ("CHANGELOG.md", 9, 15)


def test_release_without_a_changelog_takes_the_message_of_its_tag(tmp_path: Path) -> None:
    history = History()
    history.commit("Work", at("2025-11-12"), {"a.txt": "a"})
    history.tag("v2.0", when=at("2025-11-12"), message="v2.0\n\nReads tabs now, ask ada@example.com about it.")
    (row,) = make_rows(history, tmp_path).to_dicts()
    assert row["path"] is None
    assert row["text"] == "Reads tabs now, ask  about it."


def test_change_gives_the_lines_that_it_added_to_the_changelog(tmp_path: Path) -> None:
    history = History()
    old = "# Changelog\n\n## Unreleased\n\n### Fixed\n\n- One\n\n## 1.0\n\n- Old\n"
    history.commit("Begin", at("2025-11-01"), {"CHANGELOG.md": old})
    news = old.replace("- One\n", "- One\n- The parser reads tabs (#7)\n")
    history.commit("Read tabs (#7)", at("2025-11-12"), {"CHANGELOG.md": news, "a.txt": "a"})
    history.commit("Typo", at("2025-11-13"), {"CHANGELOG.md": news.replace("- Old", "- Old entry here")})
    (row,) = make_rows(history, tmp_path).to_dicts()
    assert (row["kind"], row["line_from"], row["text"]) == ("change", 8, "- The parser reads tabs (#7)")
    assert row["heading_path"] == ["Changelog", "Unreleased", "Fixed"]


def test_change_gives_its_lines_of_the_changelog_of_a_package(tmp_path: Path) -> None:
    history = History()
    old = "# Changelog\n\n## 1.0.0\n\n- Old\n"
    files: dict[str | bytes, str | bytes | None] = {"map/CHANGELOG.md": old, "vendor/sea/CHANGELOG.md": old}
    history.commit("Begin", at("2025-11-01"), files)
    news = old.replace("## 1.0.0", "## Unreleased\n\n- **breaking:** Remove the old map (#7)\n\n## 1.0.0")
    history.commit(
        "Remove the old map (#7)", at("2025-11-12"), {"map/CHANGELOG.md": news, "vendor/sea/CHANGELOG.md": news}
    )
    (row,) = make_rows(history, tmp_path).to_dicts()
    assert (row["kind"], row["path"]) == ("change", "map/CHANGELOG.md")
    assert row["text"].endswith("- **breaking:** Remove the old map (#7)")


def test_fragment_is_a_note_of_its_change(tmp_path: Path) -> None:
    history = History()
    files: dict[str | bytes, str | bytes | None] = {
        "newsfragments/12.feature.rst": "The parser reads tabs.\n",
        ".changeset/brave-cats.md": '---\n"web": minor\n---\n\nThe client retries once.\n',
        ".changeset/README.md": "How to write changesets here.\n",
        "src/a.py": "a = 1\n",
    }
    history.commit("Read tabs (#12)", at("2025-11-12"), files)
    rows = make_rows(history, tmp_path).sort("path").to_dicts()
    assert [(row["path"], row["line_from"], row["text"]) for row in rows] == [
        (".changeset/brave-cats.md", 5, "The client retries once."),
        ("newsfragments/12.feature.rst", 1, "The parser reads tabs."),
    ]
    assert rows[1]["heading_path"] == ["feature"]


def test_commit_of_a_release_is_no_note_of_a_change(tmp_path: Path) -> None:
    history = History()
    history.commit("Release 1.1", at("2025-11-12"), {"CHANGELOG.md": MARKDOWN})
    assert make_rows(history, tmp_path).is_empty()


def test_rows_are_the_same_when_they_are_read_again(tmp_path: Path) -> None:
    history = History()
    history.commit("Release", at("2025-11-12"), {"NEWS": PLAIN, "news/1.feature.md": "It reads tabs now.\n"})
    history.tag("v2.0")
    repository = open_repository(history.at_path(tmp_path / "repository"))
    tags = list(read_tags(repository))
    first, second = (build_note_rows(read_notes(repository, tags, SINCE, UNTIL), "a/b", "public") for _ in range(2))
    assert first.equals(second)
    assert first.height == 2


@pytest.mark.parametrize(
    ("tags", "last"),
    [
        ({"v1.0": "2025-01-05", "v1.1": "2025-03-05", "v1.2": "2025-11-12"}, ["v1.1"]),
        ({"v1.0": "2025-01-05", "v2.0": "2025-09-05", "v1.2": "2025-11-12"}, ["v2.0"]),
        ({"v1.0": "2025-01-05", "v1.2-rc1": "2025-11-10", "v1.2": "2025-11-12"}, ["v1.0"]),
        ({"web/v1.0": "2025-01-05", "v1.2": "2025-11-12"}, None),
        ({"v1.0": None, "v1.2": "2025-11-12"}, None),
    ],
    ids=["the one before", "a higher version", "no pre-release", "another package", "a tag without a date"],
)
def test_release_has_the_last_one_of_its_package(tags: dict[str, str | None], last: list[str] | None) -> None:
    given = [
        GitTag(name, f"{number:040x}", "Ada", "", int(at(when or "2025-02-01").timestamp()), "", when is not None)
        for number, (name, when) in enumerate(tags.items())
    ]
    rows = build_last_release_rows(given, {"v1.2"}, "acme/web", "public").to_dicts()
    assert [row["references"] for row in rows] == ([last] if last else [])
    assert [row["text"] for row in rows] == ([f"{tags[last[0]]}T00:00:00+00:00"] if last else [])


def test_no_notes_give_an_empty_table() -> None:
    assert build_note_rows(RepositoryNotes(), "a/b", "public").is_empty()


@pytest.mark.parametrize(
    "text", ["# 1.0\n" * 20_000, "1.0\n===\n" * 10_000, "=" * 200_000, "v" * 200_000, "\n" * 99_999]
)
def test_hostile_changelog_costs_bounded_time(text: str) -> None:
    started = time.process_time()
    find_version_section(text, "v1.0")
    assert time.process_time() - started < 4


@given(st.text(alphabet=st.sampled_from("ab1.\n#=-~ v`+@,"), max_size=300), st.text(max_size=20))
def test_any_changelog_gives_a_section_of_its_own_lines(text: str, tag: str) -> None:
    for version in (tag, "1.1", "v1.1.1"):
        if section := find_version_section(text, version):
            assert section.text
            assert 1 <= section.line_from <= section.line_to <= text.count("\n") + 1
    assert all(heading.first_line < heading.next_line for heading in find_headings(text.split("\n")))


@given(st.text(alphabet=st.sampled_from("ab1 \n+-@\0\1"), max_size=300))
def test_any_patch_is_parsed(patch: str) -> None:
    for addition in parse_additions(patch):
        assert addition.lines


def test_file_of_one_version_is_the_notes_of_its_tag_alone(tmp_path: Path) -> None:
    history = History()
    files: dict[str | bytes, str | bytes | None] = {
        "release notes/v1.3.0.md": "tool 1.3.0 is here.\n\n## New features\n\n### Night maps (#12)\n\nDraws.\n",
        "release notes/v1.3.0-rc1.md": "# 1.3.0-rc1\n\nA first try of night maps.\n",
        "docs/source/release/1.2.0-notes.rst": "1.2.0\n=====\n\nDay maps are drawn in colour.\n",
        "releases.txt": "no notes of a version",
    }
    history.commit("Release", at("2025-11-12"), files)
    for tag in ("v1.3.0", "v1.3.0-rc1", "v1.2.0", "pier-v1.3.0", "v1.4.0"):
        history.tag(tag)
    rows = make_rows(history, tmp_path).filter(pl.col("kind") == "release")
    found = {row["tag"]: (row["path"], row["line_from"], row["text"]) for row in rows.iter_rows(named=True)}
    assert found == {
        "v1.3.0": ("release notes/v1.3.0.md", 1, str(files["release notes/v1.3.0.md"]).rstrip()),
        "v1.3.0-rc1": ("release notes/v1.3.0-rc1.md", 3, "A first try of night maps."),
        "v1.2.0": ("docs/source/release/1.2.0-notes.rst", 4, "Day maps are drawn in colour."),
    }


def test_tag_of_a_package_takes_the_changelog_of_its_folder(tmp_path: Path) -> None:
    history = History()
    files: dict[str | bytes, str | bytes | None] = {
        f"{name}/CHANGELOG.md": f"# Changelog\n\n# 0.2.0\n\n- Notes of {name} here\n"
        for name in ("pier", "pier-map", "vendor/pier")
    }
    files["CHANGELOG.md"] = "# Changelog\n\n## 0.2.0\n\n- Of the root\n"
    history.commit("Release", at("2025-11-12"), files)
    for tag in ("pier-v0.2.0", "pier-map-v0.2.0", "@acme/pier-map@0.2.0", "v0.2.0"):
        history.tag(tag)
    rows = make_rows(history, tmp_path).filter(pl.col("kind") == "release")
    assert dict(rows.select("tag", "path").iter_rows()) == {
        "pier-v0.2.0": "pier/CHANGELOG.md",
        "pier-map-v0.2.0": "pier-map/CHANGELOG.md",
        "@acme/pier-map@0.2.0": "pier-map/CHANGELOG.md",
        "v0.2.0": "CHANGELOG.md",
    }


def list_readmes(history: History, folder: Path) -> list[tuple[str, str]]:
    rows = make_rows(history, folder).filter(pl.col("kind") == "readme").sort("at")
    return [(row["path"], row["text"]) for row in rows.iter_rows(named=True)]


def test_each_version_of_the_readme_of_a_new_repository_is_a_note(tmp_path: Path) -> None:
    history = History()
    history.commit("Begin", at("2025-11-11"), {"README.md": "# Pier", "docs/README.md": "Not this"})
    history.commit("Say more", at("2025-11-12"), {"README.md": "# Pier\n\nA pier for small boats."})
    history.commit("Draw", at("2025-11-13"), {"map.txt": "x"})
    assert list_readmes(history, tmp_path) == [
        ("README.md", "# Pier"),
        ("README.md", "# Pier\n\nA pier for small boats."),
    ]


def test_readme_of_an_old_repository_is_no_note(tmp_path: Path) -> None:
    history = History()
    history.commit("Begin", at("2025-09-01"), {"README.md": "# Pier"})
    history.commit("Say more", at("2025-11-12"), {"README.md": "# Pier\n\nA pier for small boats."})
    assert list_readmes(history, tmp_path) == []


def test_heading_from_one_version_to_another_is_that_of_the_newer() -> None:
    text = "CHANGES FROM 3.6b TO 3.7\n\n* Add floating panes.\n\nCHANGES FROM 3.6a TO 3.6b\n\n* Fix a crash.\n"
    section = find_version_section(text, "3.7")
    assert section is not None and section.text == "* Add floating panes."
    older = find_version_section(text, "3.6b")
    assert older is not None and older.text == "* Fix a crash."


def list_release_paths(history: History, folder: Path) -> dict[str, str]:
    rows = make_rows(history, folder, "repository").filter(pl.col("kind") == "release")
    return dict(rows.select("tag", "path").iter_rows())


def test_package_with_the_name_of_the_repository_is_the_repository(tmp_path: Path) -> None:
    history = History()
    files: dict[str | bytes, str | bytes | None] = {
        "doc/release/release_3.5.rst": "tool 3.5\n========\n\n- Drops `pier`\n",
        "doc/release/release_3.4.rst": "tool 3.4\n========\n\n- Drops `lamp`\n",
    }
    history.commit("Release", at("2025-11-12"), files)
    for tag in ("repository-3.5", "repository-3_4", "lamp-3.5"):
        history.tag(tag)
    assert list_release_paths(history, tmp_path) == {
        "repository-3.5": "doc/release/release_3.5.rst",
        "repository-3_4": "doc/release/release_3.4.rst",
    }


def test_tag_without_a_package_takes_the_folder_of_that_name(tmp_path: Path) -> None:
    history = History()
    files: dict[str | bytes, str | bytes | None] = {
        f"packages/{name}/CHANGELOG.md": f"## 2.0.0\n\n- Notes of {name} here\n" for name in ("lamp", "repository")
    }
    files["docs/releases.md"] = "# Releases\n\nEvery week.\n"
    history.commit("Release", at("2025-11-12"), files)
    history.tag("v2.0.0")
    assert list_release_paths(history, tmp_path) == {"v2.0.0": "packages/repository/CHANGELOG.md"}


@pytest.mark.parametrize(
    ("tag", "path", "text"),
    [
        ("1.4.0", "docs/en/docs/release-notes.md", "# Notes\n\n## 1.4.0 (2026-07-29)\n\n- Draw maps\n\n## 1.3\n"),
        ("v1.4.0", ".changeset/changelogs/repository@1.4.0.md", "## 1.4.0\n\n- Draw maps\n"),
        ("v1.75.0", "docs/content/changelog.md", "# Changelog\n\n## v1.75.0 - 2026\n\n- Draw maps\n"),
        ("v1.6.0", "docs/Changelog-1.6.0.md", "- Draw maps\n"),
        ("1.4", "CHANGELOG.org", "* Changelog\n** 1.4\n\n- Draw maps\n\n** 1.3\n\n- Old\n"),
        (
            "1.4.0",
            "CHANGELOG.md",
            "# Notes\n\n## [1.4.0] - 2026\n\n## Highlights\n\n- Draw maps\n\n## [1.3.0] - 2025\n",
        ),
        ("20260616", "ChangeLog.md", "2026-06-16  Ada Lovelace\n\n- Draw maps\n\n2026-05-04  Ada Lovelace\n\n- Old\n"),
    ],
)
def test_notes_in_further_places_are_found(tag: str, path: str, text: str, tmp_path: Path) -> None:
    history = History()
    other = ".changeset/changelogs/@acme!pier@1.4.0.md"
    files: dict[str | bytes, str | bytes | None] = {path: text, other: "## 1.4.0\n\n- Mend the pier\n"}
    history.commit("Release", at("2025-11-12"), files)
    history.tag(tag)
    rows = make_rows(history, tmp_path).filter(pl.col("kind") == "release")
    assert [row["path"] for row in rows.iter_rows(named=True)] == [path]
    assert rows["text"][0].removeprefix("## Highlights\n\n") == "- Draw maps"
    assert "Lovelace" not in str(rows["heading_path"].to_list())


def test_file_whose_first_line_names_the_version_is_its_notes(tmp_path: Path) -> None:
    history = History()
    text = "tool and libtool 8.16.0\n\nThis release includes the following changes:\n\n o lib: drop moons [8]\n"
    history.commit("Release", at("2025-11-12"), {"RELEASE-NOTES": text})
    history.tag("tool-8_16_0")
    history.tag("tool-8_15_0")
    rows = make_rows(history, tmp_path).filter(pl.col("kind") == "release")
    (row,) = rows.to_dicts()
    assert (row["tag"], row["line_from"], row["heading_path"]) == ("tool-8_16_0", 3, ["tool and libtool 8.16.0"])
    assert row["text"] == "\n".join(text.split("\n")[2:]).rstrip()


def test_section_of_another_year_is_not_that_of_a_package(tmp_path: Path) -> None:
    history = History()
    headings = ("0.5.0 (2025-11-10)", "pier 0.4.0 (2017-01-20)", "0.3.0 (2017-01-20)", "0.2.1", "0.2.0")
    text = "# Changelog\n\n" + "".join(f"## {heading}\n\n- Notes of it\n\n" for heading in headings)
    history.commit("Release", at("2025-11-12"), {"CHANGELOG.md": text})
    for version in ("0.5.0", "0.4.0", "0.3.0", "0.2.0", "0.1.0"):
        history.tag(f"pier-{version}")
    assert sorted(list_release_paths(history, tmp_path)) == ["pier-0.4.0", "pier-0.5.0"]


def test_section_whose_heading_is_a_link_ends_at_the_next_one() -> None:
    text = "".join(f"`v2.{number}.0 <https://x.test/{number}>`__\n{'-' * 40}\n\nOf {number}\n\n" for number in (9, 8))
    section = find_version_section(text, "2.9.0")
    assert section is not None and section.text == "Of 9"


@pytest.mark.parametrize(("tag", "text"), [
    ("v30.0.0", "- Draws"), ("v29.8.0", "- Draws"), ("v29.7.1", "- Draws"), ("v31.0.0", None), ("v30.0.1", None),
    ("v30.0.0-rc.1", None),
])  # fmt: skip
def test_next_version_without_a_section_has_the_unreleased_one(tag: str, text: str | None) -> None:
    section = find_file_section("CHANGELOG.md", "## main\n\n- Draws\n\n## 29.7.0\n\n- Old\n", tag, "acme/tool")
    assert (section.text if section else None) == text


def test_unreleased_section_names_a_version_of_a_standard_in_a_heading() -> None:
    text = "# Development\n\n### JSON changed with the v1.05 specification\n\nIt did.\n\n# Release 1.4\n\nOld.\n"
    section = find_file_section("CHANGES.md", text, "v1.5.0", "acme/tool")
    assert section is not None and section.text.startswith("### JSON changed")


def test_section_of_a_version_in_development_is_that_of_its_tag() -> None:
    text = "## 8.0 Alpha X\n\n- Draws\n\n## 7.0.0\n\n- Old\n"
    section = find_file_section("CHANGELOG.md", text, "8.0.0", "acme/tool")
    document = find_document_section("docs/_pages/releases.md", text, "8.0.0", "acme/tool")
    assert section is not None and section.text == "- Draws"
    assert document is not None and document.text == "- Draws"
    assert find_file_section("CHANGELOG.md", text, "8.1.0", "acme/tool") is None


def test_version_behind_its_day_is_a_heading() -> None:
    text = "17/12/25 8.18.0\n\n- draw lamps\n\n8.17.4\n\n- old\n"
    section = find_version_section(text, "v8.18.0")
    assert section is not None and section.text == "- draw lamps"
    assert section.heading_path == ("8.18.0 (17/12/25)",)


@pytest.mark.parametrize(
    "day", ["2024-07-04      ", "[2024/07/04] - ", "July 4, 2024: ", "4 July 2024 – ", "04-07-2024 "]
)
def test_underlined_version_behind_its_day_ends_a_section(day: str) -> None:
    text = f"{day}3.5:\n{'-' * 30}\n  * fixes:\n    - #1 Lamps\n\n{day}3.4:\n{'-' * 30}\n  * fixes:\n    - #2 Old\n"
    section = find_version_section(text, "3.5.0")
    assert section is not None and section.text == "  * fixes:\n    - #1 Lamps"


def test_kind_of_change_with_the_level_of_versions_ends_no_section() -> None:
    text = "# 1.11.0 (1 May)\n\n### Fixes\n\n- Tides\n\n# Changes\n\n- Lamps\n\n# 1.10.4\n\n- Old\n"
    section = find_version_section(text, "1.11.0")
    assert section is not None and section.text.endswith("# Changes\n\n- Lamps")


def test_section_ends_at_the_title_of_an_older_version_below_it() -> None:
    text = "# v0.13.0\n\n- Draws\n\n## Fixes since 0.12.0\n\n- Tides\n\n## v0.12.28\n\n- Old\n"
    section = find_version_section(text, "v0.13.0")
    assert section is not None and section.text == "- Draws\n\n## Fixes since 0.12.0\n\n- Tides"


def test_version_of_another_project_ends_no_section() -> None:
    text = "== 4.0.0\n\n=== Core\n\nA pier.\n\n==== Harbour 1.8\n\nSupported.\n\n== 3.0.0\n\nOld.\n"
    section = find_version_section(text, "v4.0.0")
    assert section is not None and section.text.endswith("Harbour 1.8\n\nSupported.")


def test_underlined_sections_of_pre_releases_belong_to_the_final_one() -> None:
    old = "1.9 (2025-01-01)\n----------------\n\n- Old\n"
    early = "2.0b1 (2025-10-01)\n------------------\n\n- The day map was removed, and all lamps with it.\n\n"
    text = f"2.0 (2025-11-12)\n----------------\n\n- No changes from 2.0b1.\n\n{early}{old}"
    section = find_version_section(text, "2.0")
    assert section is not None and section.text.endswith("and all lamps with it.")


def test_template_of_the_next_release_is_not_its_notes() -> None:
    text = "next release v1.x.x (yyyy-mm-dd)\n------------\n\n### Changes\n\n- Draws\n\nv29.7.0\n----\n\n- Old\n"
    assert find_file_section("CHANGELOG.md", text, "v29.8.0", "acme/tool") is None
    filled = text.replace(" v1.x.x (yyyy-mm-dd)", "")
    assert find_file_section("CHANGELOG.md", filled, "v29.8.0", "acme/tool") is not None


def test_fragment_in_yaml_is_its_text_below_its_kind(tmp_path: Path) -> None:
    history = History()
    history.commit("Begin", at("2025-11-01T08:00"))
    text = "kind: Features\nbody: '[maps] Draw piers, also\n  at night'\ncustom:\n  author: ada\n"
    broken = "kind: Features\nbody: 'Draw piers at night, and do not end\n"
    history.commit("Draw piers", at("2025-11-11T08:00"), {".changes/unreleased/Features-1.yaml": text})
    history.commit("Draw lamps", at("2025-11-12T08:00"), {".changes/unreleased/Features-2.yaml": broken})
    rows = make_rows(history, tmp_path).filter(kind="change").sort("at").to_dicts()
    assert (rows[0]["heading_path"], rows[0]["text"]) == (["Features"], "[maps] Draw piers, also at night")
    assert len(rows) == 2


def test_body_of_a_landed_commit_is_cut_behind_a_sentence() -> None:
    commit = ReleaseCommit("a" * 40, "Draw the map", "It is drawn at night. " + "x" * MAX_LANDING_LENGTH)
    contents = {"v1": TagContents("v0", 1, frozenset(), landings=(commit,))}
    tag = GitTag("v1", "b" * 40, "Ada", "", 0, "", is_annotated=False)
    (row,) = build_landing_rows([tag], contents, (), "acme/tool", "public").iter_rows(named=True)
    assert row["text"] == "Draw the map\n\nIt is drawn at night."


def test_versions_between_lines_that_are_further_in_end_sections() -> None:
    """hlint has no blank line in front of its second version: all of its history was what 3.6 breaks."""
    text = "Changelog\n\n2.1, released 2023-06-26\n    #1, draw maps\n2.0, released 2022-09-20\n    Lamps are gone\n"
    section = find_file_section("CHANGES.txt", text, "v2.1", "acme/tool", 0)
    assert section is not None and section.text.strip() == "#1, draw maps"
    wrapped = "2.1, released 2023-06-26\n\n  draw the maps of\n2.0 piers\n  and lamps\n\n1.9\n\n  old\n"
    section = find_file_section("CHANGES.txt", wrapped, "v2.1", "acme/tool", 0)
    assert section is not None and "and lamps" in section.text


def test_name_of_a_project_in_headings_may_begin_with_a_digit() -> None:
    title, older = (
        "0MQ version 4.3.0 stable, released on 2018/11/28",
        "0MQ version 4.2.5 stable, released on 2018/03/23",
    )
    text = f"{title}\n{'=' * len(title)}\n\n* New maps.\n\n{older}\n{'=' * len(older)}\n\n* Old maps.\n"
    section = find_version_section(text, "v4.3.0")
    assert section and section.text == "* New maps."
