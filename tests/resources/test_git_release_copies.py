"""Copies of commits on release branches, found by their patch ids."""

from pathlib import Path

import pytest

from resources.git.log import read_tags
from resources.git.releases import ReleaseContentsReader
from resources.git.repository import open_repository
from tests.factories.git_repositories import BOB, History, at, git

LINES = "".join(f"line {number}\n" for number in range(40))
FIXED = LINES.replace("line 30\n", "line thirty\n")


def make_branch(tmp_path: Path, message: str, content: str | bytes, *, undo: str = "", path: str = "a.txt") -> Path:
    """Return a history whose main line fixes a line, and whose branch has a commit like it with a tag v1.0.1."""
    history = History()
    first = history.commit("First", at("2025-10-01T08:00"), {path: LINES})
    history.tag("v1.0.0", when=at("2025-10-01T09:00"), message="One oh")
    history.commit("Move the first lines", at("2025-10-02T08:00"), {path: f"more\n{LINES}"})
    history.commit("Repair the thirtieth line (#5)", at("2025-11-12T08:00"), {path: f"more\n{FIXED}"}, author=BOB)
    history.commit(message, at("2025-11-13T08:00"), {path: content}, branch="stable", parents=[first])
    if undo:
        history.commit(undo, at("2025-11-13T09:00"), {path: LINES}, branch="stable")
    history.tag("v1.0.1", when=at("2025-11-13T10:00"), message="One oh one")
    return history.at_path(tmp_path / "app")


def list_copies(path: Path) -> list[str]:
    """Return the subjects of the commits of main of which v1.0.1 has a copy."""
    repository = open_repository(path)
    tags = {tag.name: tag for tag in read_tags(repository)}
    copies = ReleaseContentsReader(repository).find_copies(
        tags["v1.0.0"].sha, tags["v1.0.1"].sha, tags["v1.0.1"].tagged_at
    )
    return [git(path, "log", "-1", "--format=%s", sha).strip() for sha in sorted(copies)]


def test_same_patch_at_other_lines_is_a_copy(tmp_path: Path) -> None:
    assert list_copies(make_branch(tmp_path, "Repair the thirtieth line", FIXED)) == ["Repair the thirtieth line (#5)"]


def test_mark_of_a_backport_does_not_hide_a_copy(tmp_path: Path) -> None:
    path = make_branch(tmp_path, "[Backport 1.0] Repair the thirtieth line (#9)", FIXED)
    assert list_copies(path) == ["Repair the thirtieth line (#5)"]


@pytest.mark.parametrize("content", [LINES.replace("line 30\n", "line 30.\n"), LINES.replace("line 29\n", "line\n")])
def test_other_patch_with_the_same_subject_is_no_copy(content: str, tmp_path: Path) -> None:
    assert list_copies(make_branch(tmp_path, "Repair the thirtieth line", content)) == []


def test_same_patch_of_another_person_and_subject_is_not_compared(tmp_path: Path) -> None:
    assert list_copies(make_branch(tmp_path, "Another subject of Ada", FIXED)) == []


def test_copy_that_the_branch_takes_back_does_not_count(tmp_path: Path) -> None:
    path = make_branch(tmp_path, "Repair the thirtieth line", FIXED)
    sha = git(path, "rev-parse", "stable").strip()
    undone = make_branch(
        tmp_path / "undone", "Repair the thirtieth line", FIXED, undo=f"Undo\n\nThis reverts commit {sha}."
    )
    assert list_copies(undone) == []


def test_binary_files_are_not_compared(tmp_path: Path) -> None:
    path = make_branch(tmp_path, "Repair the thirtieth line", b"\0\1\2", path="a.bin")
    assert list_copies(path) == []


def test_release_of_a_branch_names_the_commits_of_which_it_has_copies(tmp_path: Path) -> None:
    path = make_branch(tmp_path, "Repair the thirtieth line", FIXED)
    tags = {tag.name: tag for tag in read_tags(open_repository(path))}
    contents = ReleaseContentsReader(open_repository(path)).read(tags["v1.0.1"], [tags["v1.0.0"]])
    assert contents is not None
    assert contents.named == {git(path, "rev-parse", "main").strip()}
