"""The files in which a repository names its parts, read at one commit."""

from collections.abc import Mapping
from pathlib import Path

from resources.git.notes.area_files import MAX_AREA_FILE_BYTES, AreaFileReader
from resources.git.repository import open_repository
from tests.factories.git_repositories import History, at

MANIFEST = '[package]\nname = "tide-map"\n'


def read_paths(folder: Path, files: Mapping[str | bytes, str | bytes | None], *folders: str) -> dict[str, str]:
    history = History()
    history.commit("Begin", at("2025-11-01"), files)
    repository = open_repository(history.at_path(folder / "repository", bare=True))
    return {file.path: file.text for file in AreaFileReader(repository).read("HEAD", folders)}


def test_files_of_named_folders_and_owners_are_read(tmp_path: Path) -> None:
    files: dict[str | bytes, str | bytes | None] = {
        "CODEOWNERS": "/map/ @ada\n", "map/Cargo.toml": MANIFEST, "sea bay/README.md": "# Sea\n",
        "sky/package.json": "{}", "Cargo.toml": "[workspace]\n", "map/src/lib.rs": "x\n",
    }  # fmt: skip
    found = read_paths(tmp_path, files, "map", "map/src", "sea bay", "missing")
    assert found == {name: files[name] for name in ("CODEOWNERS", "map/Cargo.toml", "sea bay/README.md")}


def test_large_file_and_folder_with_a_line_break_are_left_out(tmp_path: Path) -> None:
    files: dict[str | bytes, str | bytes | None] = {
        "map/README.md": "x" * (MAX_AREA_FILE_BYTES + 1),
        "map/Cargo.toml": MANIFEST,
    }
    assert read_paths(tmp_path, files, "map", "a\nHEAD:map") == {"map/Cargo.toml": MANIFEST}


def test_commit_that_git_does_not_have_has_no_files(tmp_path: Path) -> None:
    history = History()
    history.commit("Begin", at("2025-11-01"), {"map/Cargo.toml": MANIFEST})
    repository = open_repository(history.at_path(tmp_path / "repository", bare=True))
    assert AreaFileReader(repository).read("1" * 40, ["map"]) == ()


def test_files_of_several_commits_are_those_of_each_alone(tmp_path: Path) -> None:
    history = History()
    history.commit("Begin", at("2025-11-01"), {"map/Cargo.toml": MANIFEST, "sky/README.md": "# Sky\n"})
    history.commit("Rename", at("2025-11-02"), {"map/Cargo.toml": MANIFEST.replace("map", "chart")})
    reader = AreaFileReader(open_repository(history.at_path(tmp_path / "repository", bare=True)))
    requests = [("HEAD~1", ["map", "sky"]), ("1" * 40, ["map"]), ("HEAD", ["map"]), ("HEAD", [])]
    found = reader.read_all(requests)
    assert [len(files) for files in found] == [2, 0, 1, 0]
    assert found == [reader.read(commit, folders) for commit, folders in requests]
    assert reader.read_all([]) == []
