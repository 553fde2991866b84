"""Notes of releases that say nothing on GitHub: from the changelog at the tag, as a clone gives them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from resources.git.log import read_tags
from resources.git.notes.documents import DocumentSearch
from resources.git.notes.read import read_notes
from resources.git.repository import open_repository
from sparky_assets.raw.github.notes.release_files import MAX_DOCUMENTS_PER_TAG, MAX_RELEASES
from sparky_assets.raw.github.notes.release_folders import MAX_DOCUMENT_FOLDERS, MAX_FOLDERS
from sparky_assets.raw.github.notes.release_trees import MAX_BLOB_BYTES
from sparky_assets.raw.notes.releases import build_note_rows
from sparky_assets.text.references import points_elsewhere
from tests.factories.git_repositories import History
from tests.fakes.github import FakeGitHub, Settings, fault, serving
from tests.fakes.github_collection import Outcome, collect_from
from tests.fakes.github_world import Commit, Release, Repo, User, World, days_before
from tests.raw.test_github_sweep import NOW, TODAY

YESTERDAY = days_before(TODAY, 1)
AT = int(YESTERDAY.timestamp()) + 3600

CHANGELOG = """\
# Changelog

## [1.1.0] - 2026-11-19

### Added

- Reads tabs (#12), ask ada@example.com

## 1.0.0

- Old
"""

FILES = {"README.md": "# Web\n", "CHANGELOG.md": CHANGELOG, "docs/index.md": "Docs\n"}
CONTENTS = {path: text.encode() for path, text in FILES.items()}


def silent(key: str = "RE_1", tag: str = "v1.1.0", files: Mapping[str, bytes] = CONTENTS, **fields: Any) -> Release:
    values = {"text": None, "files": dict(files)} | fields
    return Release(key, tag, AT, AT, None, **values)


def world_with(*releases: Release, visibility: str = "PUBLIC") -> World:
    ada = User(1, "ada", "Ada", ("ada@example.com",))
    commit = Commit("a" * 40, AT, AT, AT, ada, "ada@example.com", "Read tabs", 1, 1, 1, ())
    repo = Repo("R_1", 1, "acme", "web", AT - 9_000_000, visibility=visibility, commits=[commit])
    repo.releases = list(releases)
    return World("acme", "Organization", int(NOW.timestamp()), [repo], [], [ada])


def collect(world: World, settings: Settings | None = None) -> tuple[Outcome, list[dict[str, Any]], FakeGitHub]:
    """Collect yesterday; return the outcome, its notes, and the fake."""
    with serving(world, settings) as fake:
        outcome = collect_from(fake, YESTERDAY, TODAY)
        return outcome, outcome.tables["notes"].sort("tag").to_dicts(), fake


def count_queries(fake: FakeGitHub) -> tuple[int, int]:
    names = [name for name, _ in fake.queries]
    return names.count("ReleaseTrees"), names.count("ReleaseFiles")


def count_folder_queries(fake: FakeGitHub) -> int:
    return [name for name, _ in fake.queries].count("ReleaseFolders")


def test_silent_releases_have_the_rows_that_a_clone_gives(tmp_path: Path) -> None:
    message = "Prepare 1.{}.0\n\nThe parser reads tabs in lists."
    trees = [
        FILES,
        {"docs/changelog.md": CHANGELOG},
        {"NEWS": "Nothing here\n", "RELEASES.md": CHANGELOG.replace("\n", "\r\n")},
        {"main.py": "pass\n"},
        {"main.py": "pass\n", "changes.txt": "Version 9.9\n\n* Other\n"},
    ]
    history, releases = History(), []
    paths = {path for tree in trees for path in tree}
    for number, tree in enumerate(trees):
        files = {path: text.replace("1.1.0", f"1.{number}.0") for path, text in tree.items()}
        history.commit(message.format(number), AT + number, {path: files.get(path) for path in paths})
        contents = {path: text.encode() for path, text in files.items()}
        releases.append(silent(f"RE_{number}", f"v1.{number}.0", contents, commit_message=message.format(number)))
        releases[-1].published = AT + number
        if number % 2:
            releases[-1].message = f"v1.{number}.0\n\nReads tabs in every list\nnow.\n\nAnd spaces (#3)."
        history.tag(f"v1.{number}.0", when=AT + number if number % 2 else None, message=releases[-1].message or "")
    clone = open_repository(history.at_path(tmp_path / "clone"))
    tags = {tag.name: tag for tag in read_tags(clone)}
    for release in releases:
        release.commit = tags[release.tag].sha
    notes = read_notes(clone, list(tags.values()), YESTERDAY, TODAY)
    expected = build_note_rows(notes, "acme/web", "public").filter(kind="release").sort("tag").to_dicts()
    outcome, rows, _ = collect(world_with(*releases))
    assert rows == expected
    assert [row["path"] for row in rows] == ["CHANGELOG.md", "docs/changelog.md", "RELEASES.md", None, None]
    assert outcome.problems == {}


def test_section_of_a_private_repository_is_private_and_has_no_address() -> None:
    _, (row,), fake = collect(world_with(silent(), visibility="PRIVATE"))
    assert (row["visibility"], row["path"], row["line_from"], row["line_to"]) == ("private", "CHANGELOG.md", 5, 7)
    assert "@" not in row["text"]
    assert count_queries(fake) == (1, 1)


def test_release_with_a_text_on_github_is_not_asked_about() -> None:
    _, (row,), fake = collect(world_with(silent(text="Reads tabs in every list now.")))
    assert (row["text"], row["path"]) == ("Reads tabs in every list now.", None)
    assert count_queries(fake) == (0, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("**Full Changelog**: https://github.com/acme/web/compare/v1.0.0...v1.1.0", True),
        ("**Full Changelog**: [v1.0.0...v1.1.0](https://github.com/acme/web/compare/v1.0.0...v1.1.0)", True),
        ("See CHANGELOG.md for details.", True),
        ("## v1.1.0\n\nPlease see the [changelog](CHANGELOG.md).", True),
        ("For more details, read the [release notes](https://example.com/notes).", True),
        ("https://example.com/notes/1.1", True),
        ("<!-- Release notes generated -->\r\nRelease v1.1.0", True),
        ("Reads tabs.", False),
        ("Read tabs in lists: https://github.com/acme/web/pull/12", False),
        ("See CHANGELOG.md for details.\n\nReads tabs in every list now.", False),
        ("- The history of a branch is kept", False),
        ("## What's Changed\n* Read tabs by @ada in https://github.com/acme/web/pull/12", False),
        ("See " + "the changelog " * 400, False),
        ("Changelog " + "1+" * 400 + " kept", False),
        ("Release notes for v1.1.0", True),
        ("Bump version: 1.0.4 → 1.1.0", True),
        (
            "_Date: May 22, 2025_\n\n_Milestone: [v1.1.0](https://github.com/acme/web/issues?q=milestone)_\n"
            "([List of commits](https://github.com/acme/web/compare/v1.0.0...v1.1.0))\n\n_NuGet Packages:_\n"
            "* https://www.nuget.org/packages/Web/1.1.0\n",
            True,
        ),  # BenchmarkDotNet
        ("Downloads are twice as fast.", False),
        ("Date of maps is kept", False),
    ],
)
def test_text_points_elsewhere_if_it_only_names_a_place(text: str, expected: bool) -> None:
    assert points_elsewhere(text) is expected


def test_pointer_stays_where_no_changelog_has_the_version() -> None:
    pointer = "See CHANGELOG.md"
    releases = [
        silent("RE_1", "v2.0.0", text=pointer),
        silent("RE_2", "v1.1.0", text=pointer, is_tag_deleted=True),
        silent("RE_3", "nightly", text=pointer),
        silent("RE_4", "web-core-v3.0.0", text=pointer),
        silent("RE_5", "v1.1.0-rc1", text=None, is_tag_deleted=True),
    ]
    outcome, rows, fake = collect(world_with(*releases))
    assert [(row["tag"], row["text"], row["path"]) for row in rows] == [
        (tag, pointer, None) for tag in ("nightly", "v1.1.0", "v2.0.0", "web-core-v3.0.0")
    ]
    # The package is looked for in the one folder, and in nothing below it; its file at the root is that of the others.
    assert (*count_queries(fake), count_folder_queries(fake)) == (1, 1, 1)
    assert outcome.problems == {}


@pytest.mark.parametrize(
    ("release", "text_limit"),
    [
        (silent(files={"CHANGELOG.md": CHANGELOG.encode() + b"x" * MAX_BLOB_BYTES}), 512_000),
        (silent(files={"CHANGELOG.md": CHANGELOG.encode()}), 60),
        (silent(files={"CHANGELOG.md": CHANGELOG.encode() + b"\0"}), 512_000),
        (silent(links=frozenset({"CHANGELOG.md"})), 512_000),
        (silent(files={"tests/CHANGELOG.md": CHANGELOG.encode()}), 512_000),
    ],
    ids=["large", "truncated", "binary", "link", "elsewhere"],
)
def test_file_that_is_not_a_whole_text_is_no_note(release: Release, text_limit: int) -> None:
    world = world_with(release)
    world.text_limit = text_limit
    outcome, rows, _ = collect(world)
    assert (rows, outcome.problems) == ([], {})
    assert outcome.tables["releases"].height == 1


def test_many_silent_releases_cost_few_requests() -> None:
    releases = [
        silent(f"RE_{number:03d}", f"v1.{number}.0", {"CHANGELOG.md": f"## 1.{number}.0\n\n- Old\n".encode()})
        for number in range(MAX_RELEASES + 5)
    ]
    _, rows, fake = collect(world_with(*releases))
    assert count_queries(fake) == (3, 5)
    assert len(rows) == MAX_RELEASES


VERSION_FILES = {
    "CHANGELOG.md": CHANGELOG,
    "release notes/v1.3.0.md": "# Sparky 1.3.0\n\nNight maps (#12).\n",
    "release notes/v1.3.0-rc1.md": "A first try of night maps.\n",
    "docs/releases/1.2.0.txt": "Day maps are drawn in colour.\n",
    "docs/releases/1.1.0.txt": "\n",
    "docs/releases/old/1.0.0.md": "Not looked at.\n",
    "history/notes.md": "Nothing.\n",
}


def test_file_of_a_version_alone_has_the_row_that_a_clone_gives(tmp_path: Path) -> None:
    versions = ("v1.3.0", "v1.3.0-rc1", "v1.2.0", "v1.1.0", "v1.0.0")
    history = History()
    history.commit("Release", AT, dict(VERSION_FILES.items()))
    for tag in versions:
        history.tag(tag)
    clone = open_repository(history.at_path(tmp_path / "clone"))
    tags = list(read_tags(clone))
    notes = read_notes(clone, tags, YESTERDAY, TODAY)
    expected = build_note_rows(notes, "acme/web", "public").filter(kind="release").sort("tag").to_dicts()
    contents = {path: text.encode() for path, text in VERSION_FILES.items()}
    releases = [silent(f"RE_{tag}", tag, contents, commit=tags[0].sha, commit_message="Release") for tag in versions]
    outcome, rows, fake = collect(world_with(*releases))
    assert rows == expected
    assert [(row["tag"], row["path"]) for row in rows] == [
        ("v1.0.0", "CHANGELOG.md"),
        ("v1.1.0", "CHANGELOG.md"),
        ("v1.2.0", "docs/releases/1.2.0.txt"),
        ("v1.3.0", "release notes/v1.3.0.md"),
        ("v1.3.0-rc1", "release notes/v1.3.0-rc1.md"),
    ]
    assert outcome.problems == {}
    assert (*count_queries(fake), count_folder_queries(fake)) == (1, 2, 1)


def notes_of(package: str, version: str = "0.2.0") -> str:
    return f"# Changelog\n\n## {version}\n\n- Notes of {package} here\n"


MONOREPO = {
    "CHANGELOG.md": notes_of("the root"),
    "pier/CHANGELOG.md": notes_of("pier"),
    "packages/pier/CHANGELOG.md": notes_of("another pier"),
    "packages/pier-map/CHANGELOG.md": notes_of("pier-map"),
    "packages/tide/HISTORY.rst": "0.2.0\n=====\n\n* Notes of tide here\n",
    "packages/tide/README.md": "Tide\n",
    "sdk/data/azcore/CHANGELOG.md": notes_of("azcore"),
    "tests/lamp/CHANGELOG.md": notes_of("a fixture"),
    "packages/buoy/CHANGELOG.md": notes_of("buoy", "9.9.9"),
    "a/b/c/d/deep/CHANGELOG.md": notes_of("deep"),
    "a/b/c/reef/CHANGELOG.md": notes_of("reef"),
    "packages/oar/main.py": "pass\n",
}
PACKAGE_TAGS = {
    "pier-v0.2.0": "pier/CHANGELOG.md",
    "pier-map-v0.2.0": "packages/pier-map/CHANGELOG.md",
    "@acme/pier-map@0.2.0": "packages/pier-map/CHANGELOG.md",
    "Tide/v0.2.0": "packages/tide/HISTORY.rst",
    "sdk/data/azcore/v0.2.0": "sdk/data/azcore/CHANGELOG.md",
    "reef@0.2.0": "a/b/c/reef/CHANGELOG.md",
    # Without a changelog of their own, or a section there: the one at the root.
    "lamp-v0.2.0": "CHANGELOG.md",
    "deep-v0.2.0": "CHANGELOG.md",
    "buoy-v0.2.0": "CHANGELOG.md",
    "oar-v0.2.0": "CHANGELOG.md",
    "v0.2.0": "CHANGELOG.md",
}


def test_releases_of_packages_have_the_rows_that_a_clone_gives(tmp_path: Path) -> None:
    history = History()
    history.commit("Release", AT, dict(MONOREPO.items()))
    for tag in PACKAGE_TAGS:
        history.tag(tag)
    clone = open_repository(history.at_path(tmp_path / "clone"))
    tags = list(read_tags(clone))
    notes = read_notes(clone, tags, YESTERDAY, TODAY)
    expected = build_note_rows(notes, "acme/web", "public").filter(kind="release").sort("tag").to_dicts()
    contents = {path: text.encode() for path, text in MONOREPO.items()}
    releases = [
        silent(f"RE_{tag}", tag, contents, commit=tags[0].sha, commit_message="Release") for tag in PACKAGE_TAGS
    ]
    outcome, rows, fake = collect(world_with(*releases))
    assert rows == expected
    assert {row["tag"]: row["path"] for row in rows} == PACKAGE_TAGS
    assert outcome.problems == {}
    # Two requests for each level of folders at most: those of the name, and all others.
    assert (*count_queries(fake), count_folder_queries(fake)) == (1, 2, 8)


def test_folders_of_many_packages_are_listed_once_for_all_tags() -> None:
    tree = {f"packages/pier{number}/CHANGELOG.md": notes_of("it").encode() for number in range(30)}
    releases = [silent(f"RE_{number:02d}", f"pier{number}-v0.2.0", tree) for number in range(30)]
    _, rows, fake = collect(world_with(*releases))
    assert {row["tag"]: row["path"] for row in rows} == {
        f"pier{number}-v0.2.0": f"packages/pier{number}/CHANGELOG.md" for number in range(30)
    }
    assert (count_folder_queries(fake), count_queries(fake)) == (2, (2, 3))


def test_search_for_a_package_lists_a_bounded_number_of_folders() -> None:
    tree = {f"d{number:03d}/sub/main.py": b"%d\n" % number for number in range(2 * MAX_FOLDERS)}
    _, rows, fake = collect(world_with(silent("RE_1", "lost-v1.1.0", tree | CONTENTS)))
    listed = [variables for name, variables in fake.queries if name == "ReleaseFolders"]
    assert sum(len(variables) // 2 for variables in listed) == MAX_FOLDERS
    assert [row["path"] for row in rows] == ["CHANGELOG.md"]


def test_damaged_folder_costs_the_notes_of_its_package_alone() -> None:
    def damage(name: str, body: dict[str, Any]) -> None:
        if name == "ReleaseFolders":
            body["data"]["r0"] = {"id": "R_1", "object": {"__typename": "Tree", "entries": "?"}}
            body["data"]["r1"] = None
            body["errors"] = [{"type": "FORBIDDEN", "message": "No access", "path": ["r1"]}]

    tree = {f"{name}/CHANGELOG.md": notes_of(name).encode() for name in ("a-one", "b-two", "c-three")}
    releases = [silent(f"RE_{name}", f"{name}-v0.2.0", tree) for name in ("a-one", "b-two", "c-three")]
    outcome, rows, _ = collect(world_with(*releases), Settings(damage=damage))
    assert len(rows) == 1
    assert outcome.problems == {}
    assert "ReleaseFolders" in outcome.tables["repositories"]["note"].item()


@pytest.mark.parametrize("kind", ["primary-200", "secondary-403", "502"])
@pytest.mark.parametrize("query", ["ReleaseTrees", "ReleaseFiles"])
def test_note_is_read_after_a_rate_limit_or_a_failure(query: str, kind: str) -> None:
    failed: list[str] = []

    def fail_once(fake: FakeGitHub, number: int) -> None:
        fake.overrides.clear()
        order = {"ReleaseTrees": "Items", "ReleaseFiles": "ReleaseTrees"}
        if not failed and fake.queries and fake.queries[-1][0] == order[query]:
            failed.append(query)
            fake.overrides["/api/graphql"] = fault(kind, NOW.timestamp())

    outcome, (row,), _ = collect(world_with(silent()), Settings(before=fail_once, clock=NOW.timestamp))
    assert failed
    assert row["path"] == "CHANGELOG.md"
    assert outcome.waits
    assert outcome.problems == {}


@pytest.mark.parametrize("query", ["ReleaseTrees", "ReleaseFiles"])
def test_query_that_github_never_computes_costs_the_notes_alone(query: str) -> None:
    world = world_with(silent(text="See CHANGELOG.md"))
    outcome, (row,), _ = collect(world, Settings(heavy=lambda name, _: name == query))
    assert (row["text"], outcome.problems) == ("See CHANGELOG.md", {})
    assert outcome.tables["repositories"]["note"].item() != ""


def test_damaged_entry_costs_the_notes_of_its_release_alone() -> None:
    def damage(name: str, body: dict[str, Any]) -> None:
        if name == "ReleaseTrees":
            nodes = body["data"]["nodes"]
            nodes[0]["tagCommit"]["tree"]["entries"][0]["oid"] = "v1:CHANGELOG.md"
            nodes[4]["tagCommit"]["tree"]["entries"] = [{"name": "CHANGELOG.md\ud800", "size": {}}] * 30
            body["data"]["nodes"][1] = None
            body["errors"] = [{"type": "FORBIDDEN", "message": "No access", "path": ["nodes", 1]}]
        if name == "ReleaseFiles":
            body["data"]["r0"] = {"id": "R_1", "object": {"__typename": "Blob", "isTruncated": "?", "text": 5}}

    releases = [silent(f"RE_{number}", f"v1.1.{number}", text="See CHANGELOG.md") for number in range(5)]
    for number, release in enumerate(releases):
        release.files = {"CHANGELOG.md": f"## 1.1.{number}\n\n- Reads tabs\n".encode()}
    outcome, rows, _ = collect(world_with(*releases), Settings(damage=damage))
    # The newest is asked about first: the fifth lost its file, the fourth its tag, the third its text, the first all.
    assert [row["path"] for row in rows] == [None, "CHANGELOG.md", None, None, None]
    assert len({row["tag"] for row in rows}) == 5
    assert outcome.problems == {}
    assert "ReleaseTrees" in outcome.tables["repositories"]["note"].item()


def test_documents_in_other_places_have_the_rows_that_a_clone_gives(tmp_path: Path) -> None:
    notes, package = "# Notes\n\n## {0}\n\n- Lamp {0}\n", "## Web {0}\n\n- Lamp {0}\n"
    trees = [
        {"docs/community/release-notes.md": notes.format("1.0.0")},
        {"Documentation/RelNotes/1.1.0.adoc": "Web 1.1.0\n=========\n\nReads tabs.\n"},
        {"site/releases/1.2/index.md": notes.format("1.2.0")},
        {"pier/CHANGELOG.md": package.format("1.3.0"), "sea/CHANGELOG.md": package.format("1.3.0") + "- Waves\n"},
        {"docs/versionhistory.rst": "**1.4.0**\n\n- Lamp\n"},
        {"src/main.py": "pass\n", "docs/how-to-release.md": notes.format("1.5.0")},
    ]
    history, releases = History(), []
    paths = {path for tree in trees for path in tree}
    for number, files in enumerate(trees):
        history.commit("Release", AT + number, {path: files.get(path) for path in paths})
        history.tag(f"v1.{number}.0")
        contents = {path: text.encode() for path, text in files.items()}
        releases.append(silent(f"RE_{number}", f"v1.{number}.0", contents, commit_message="Release"))
        releases[-1].published = AT + number
    clone = open_repository(history.at_path(tmp_path / "clone"))
    tags = {tag.name: tag for tag in read_tags(clone)}
    for release in releases:
        release.commit = tags[release.tag].sha
    search = DocumentSearch(clone, TODAY)
    read = read_notes(clone, list(tags.values()), YESTERDAY, TODAY)
    expected = build_note_rows(read, "acme/web", "public", search.find).filter(kind="release").sort("tag").to_dicts()
    outcome, rows, fake = collect(world_with(*releases))
    assert rows == expected
    assert [row["path"] for row in rows] == [
        "docs/community/release-notes.md", "Documentation/RelNotes/1.1.0.adoc", "site/releases/1.2/index.md", None,
        "docs/versionhistory.rst",
    ]  # fmt: skip
    assert (*count_queries(fake), count_folder_queries(fake)) == (1, 1, 3)
    assert outcome.problems == {}


def test_search_for_documents_lists_and_reads_a_bounded_number() -> None:
    tree = {f"d{number:03d}/CHANGELOG.md": b"## 9.9\n\n- Old\n" for number in range(2 * MAX_DOCUMENT_FOLDERS)}
    _, rows, fake = collect(world_with(silent(files=tree)))
    listed = [variables for name, variables in fake.queries if name == "ReleaseFolders"]
    read = [variables for name, variables in fake.queries if name == "ReleaseFiles"]
    assert sum(len(variables) // 2 for variables in listed) <= MAX_FOLDERS + MAX_DOCUMENT_FOLDERS
    assert sum(len(variables) // 2 for variables in read) == MAX_DOCUMENTS_PER_TAG
    assert rows == []
