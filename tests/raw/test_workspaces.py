"""Notes of a release whose packages share its version, each with a changelog of its own."""

from pathlib import Path
from typing import Any

from resources.git.log import read_tags
from resources.git.notes.documents import DocumentSearch
from resources.git.notes.read import read_notes
from resources.git.repository import open_repository
from sparky_assets.raw.notes.releases import build_note_rows
from tests.factories.git_repositories import History, at

SINCE, UNTIL = at("2025-11-10"), at("2025-11-17")

ROOT = "# Pier\n\n## 2.1.0 - 2025-11-12\n\n### Added\n\n* Maps by night\n* Lamps\n\n## 2.0.0\n\n* Old\n"

Files = dict[str | bytes, str | bytes | None]


def collect(folder: Path, files: Files, *tags: str) -> list[dict[str, Any]]:
    """Return the rows of the releases of a commit with some tags."""
    history = History()
    history.commit("Release", at("2025-11-12"), files)
    for tag in tags or ("v2.1.0",):
        history.tag(tag)
    repository = open_repository(history.at_path(folder / "repository"))
    notes = read_notes(repository, list(read_tags(repository)), SINCE, UNTIL)
    search = DocumentSearch(repository, UNTIL)
    rows = build_note_rows(notes, "acme/pier", "public", search.find, find_packages=search.find_packages)
    return rows.filter(kind="release").sort("tag").to_dicts()


def package(text: str) -> str:
    return f"# Changes\n\n## 2.1.0 - 2025-11-12\n\n{text}\n## 2.0.0\n\n* Old\n"


def test_packages_of_one_version_add_what_the_root_does_not_say(tmp_path: Path) -> None:
    files: Files = {
        "CHANGELOG.md": ROOT,
        "crates/pier-map/CHANGELOG.md": package(
            "### Added\n\n* Lamps\n\n### Changed\n\n* Rename `a` to `b`\n  of maps\n"
        ),
        "crates/pier-sea/CHANGELOG.md": package("Nothing new\n"),
    }
    (row,) = collect(tmp_path, files)
    assert row["text"] == (
        "### Added\n\n* Maps by night\n* Lamps\n\n## pier-map\n\n### Changed\n\n* Rename `a` to `b`\n  of maps"
    )
    assert (row["path"], row["line_from"]) == (None, None)
    assert row["heading_path"] == ["Pier", "2.1.0 - 2025-11-12"]


def test_package_of_another_series_adds_nothing(tmp_path: Path) -> None:
    old = "# Changes\n\n## 3.0.0\n\n* New\n\n" + package("* Of a year ago\n").removeprefix("# Changes\n\n")
    files: Files = {"CHANGELOG.md": ROOT, "map/CHANGELOG.md": old, "sea/CHANGELOG.md": package("* Waves\n")}
    (row,) = collect(tmp_path, files)
    assert row["path"] == "CHANGELOG.md"
    assert "Waves" not in row["text"]


def test_package_with_a_tag_of_its_own_says_there_what_is_new(tmp_path: Path) -> None:
    files: Files = {
        "CHANGELOG.md": ROOT,
        "map/CHANGELOG.md": package("* Streets\n"),
        "sea/CHANGELOG.md": package("* Waves\n"),
    }
    rows = {row["tag"]: row["text"] for row in collect(tmp_path, files, "v2.1.0", "map-2.1.0")}
    assert "Waves" in rows["v2.1.0"]
    assert "Streets" not in rows["v2.1.0"]
    assert rows["map-2.1.0"] == "* Streets"


def test_package_with_the_name_of_the_repository_comes_first(tmp_path: Path) -> None:
    files: Files = {
        "doc/CHANGES.md": ROOT,
        "pier/CHANGELOG.md": package("* Streets\n"),
        "sea/CHANGELOG.md": package("* Waves\n"),
    }
    (row,) = collect(tmp_path, files)
    assert row["text"].startswith("* Streets\n\n## sea\n\n* Waves\n\n## doc\n\n### Added")
