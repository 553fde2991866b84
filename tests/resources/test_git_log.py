"""The git log is read completely: every commit of the window, every byte of a name or path, every number."""

import os
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.git.log import LOG_FORMAT, parse_log
from tests.factories.git_repositories import (
    ADA,
    BOB,
    ISOLATED,
    History,
    Who,
    at,
    git,
    head,
    seconds,
)
from tests.resources.git_log_helpers import HOSTILE_PATHS, read, subjects


@pytest.fixture(scope="module")
def awkward_log(awkward_path: Path) -> bytes:
    """Return git's own output for the history."""
    command = ["git", "-c", "core.quotePath=false", "log", "-z", "--numstat", "-M", LOG_FORMAT, "HEAD"]
    return subprocess.run(
        command, cwd=awkward_path, env={**os.environ, **ISOLATED}, capture_output=True, check=True
    ).stdout


# --- Every commit with every field


def test_commit_has_all_fields_that_git_has(tmp_path: Path) -> None:
    story = History()
    first = story.commit("First", at("2025-11-10T08:00"), {"a.txt": "1\n2\n"})
    story.commit("Second line\n\nWith a body.\n", at("2025-11-11T10:00"), {"a.txt": "1\n3\n4\n", "b.txt": "b\n"},
                 author=BOB, committer=ADA, authored=at("2025-11-01T07:00"))  # fmt: skip
    path = story.at_path(tmp_path / "repository")

    newest, oldest = read(path)

    assert newest.sha == head(path)
    assert newest.parents == (head(path, "HEAD~1"),)
    assert (newest.author_name, newest.author_email, newest.authored_at) == (
        "Bob Stone", "bob@example.com", seconds(at("2025-11-01T07:00")),
    )  # fmt: skip
    assert (newest.committer_name, newest.committer_email, newest.committed_at) == (
        "Ada Lovelace", "ada@example.com", seconds(at("2025-11-11T10:00")),
    )  # fmt: skip
    assert newest.message == "Second line\n\nWith a body.\n"
    assert newest.files is not None
    assert sorted(newest.files) == [("a.txt", 2, 1), ("b.txt", 1, 0)]
    assert (oldest.parents, first) == ((), 1)


def test_hostile_paths_arrive_byte_for_byte(awkward_path: Path) -> None:
    start = read(awkward_path)[-1]
    assert start.files is not None
    assert {file.path for file in start.files} == set(HOSTILE_PATHS)
    assert {(file.insertions, file.deletions) for file in start.files} == {
        (3, 0), *((path.count("\n") * 3 + 3, 0) for path in HOSTILE_PATHS)
    }  # fmt: skip


def test_rename_is_one_file_under_its_new_name(awkward_path: Path) -> None:
    (move,) = [commit for commit in read(awkward_path) if commit.message == "Move"]
    assert move.files is not None
    assert set(move.files) == {("moved\nthere.txt", 0, 0), ("pictures/a.png", None, None)}


def test_binary_file_has_no_lines(awkward_path: Path) -> None:
    (pictures,) = [commit for commit in read(awkward_path) if commit.message == "Pictures"]
    assert pictures.files == (("a.png", None, None), ("b.bin", None, None), ("c.txt", 1, 0))


def test_commit_without_files_or_message_takes_nothing_of_its_neighbors(awkward_path: Path) -> None:
    by_message = {commit.message: commit for commit in read(awkward_path)}
    assert by_message["Nothing in it"].files == ()
    assert by_message[""].files == (("wordless.txt", 1, 0),)


def test_merge_has_both_parents_and_no_lines_of_its_own(awkward_path: Path) -> None:
    (merge,) = [commit for commit in read(awkward_path) if len(commit.parents) == 2]
    assert merge.parents == (head(awkward_path, "HEAD~2"), head(awkward_path, "HEAD~1^2"))
    assert merge.files == ()


def numbers_by_git(path: Path) -> Iterator[tuple[str, int, int]]:
    """Return the lines of each commit from one `git show` per commit, independently of the reader."""
    for sha in git(path, "rev-list", "HEAD").split():
        inserted = deleted = 0
        for line in git(path, "show", "-M", "--format=", "--numstat", sha).splitlines():
            added, removed, *_ = line.split("\t")
            if added.isdigit() and removed.isdigit():
                inserted, deleted = inserted + int(added), deleted + int(removed)
        yield sha, inserted, deleted


def test_every_number_is_the_one_that_git_show_gives(awkward_path: Path, newsroom_path: Path) -> None:
    for path in (awkward_path, newsroom_path):
        ours = {
            (one.sha, sum(file.insertions or 0 for file in one.files), sum(file.deletions or 0 for file in one.files))
            for one in read(path)
            if one.files is not None and len(one.parents) < 2
        }
        theirs = {
            row for row in numbers_by_git(path) if len(git(path, "show", "-s", "--format=%P", row[0]).split()) < 2
        }
        assert ours == theirs


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0<>\n"), max_size=12)
parts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0/"), min_size=1, max_size=8).filter(
    lambda part: part not in {".", ".."} and part.lower() != ".git"
)


@settings(max_examples=15)
@given(st.lists(st.tuples(words, names, st.dictionaries(parts, st.integers(0, 9), max_size=4)), min_size=1, max_size=6))
def test_any_history_comes_back_as_it_was_made(told: list[tuple[str, str, dict[str, int]]]) -> None:
    story = History()
    made = []
    for number, (message, name, files) in enumerate(told):
        # A folder for each commit, so that each file is new and counts all its lines.
        lines_of = {f"{number}/{path}": lines for path, lines in files.items()}
        contents: dict[str | bytes, str | bytes | None] = {path: "line\n" * lines for path, lines in lines_of.items()}
        when = at("2025-11-10") + timedelta(hours=number)
        story.commit(message, when, contents, author=Who(name, "who@example.com"))
        made.append((message, {(path, lines, 0) for path, lines in lines_of.items()}))
    with tempfile.TemporaryDirectory() as folder:
        back = read(story.at_path(Path(folder, "repository"), bare=True))
    assert [commit.committed_at for commit in back[::-1]] == [
        seconds(at("2025-11-10")) + 3600 * number for number in range(len(told))
    ]
    # git drops blank lines around a message when it prints it; those inside stay.
    assert [commit.message.strip("\n") for commit in back[::-1]] == [message.strip("\n") for message, _ in made]
    assert [{tuple(file) for file in commit.files or ()} for commit in back[::-1]] == [files for _, files in made]


# --- Bytes arrive in pieces


@given(st.data())
def test_bytes_may_be_cut_anywhere(awkward_log: bytes, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(awkward_log)), max_size=60).map(sorted))
    pieces = [awkward_log[a:b] for a, b in zip([0, *cuts], [*cuts, len(awkward_log)], strict=True)]
    assert list(parse_log(pieces)) == list(parse_log([awkward_log]))


def test_bytes_may_come_one_by_one(awkward_log: bytes) -> None:
    one_by_one = list(parse_log(bytes([byte]) for byte in awkward_log))
    assert len(one_by_one) == 8
    assert one_by_one == list(parse_log([awkward_log]))


def test_no_bytes_are_no_commits() -> None:
    assert list(parse_log([])) == []
    assert list(parse_log([b"", b""])) == []


# --- Exactly the window


def test_window_includes_its_start_and_excludes_its_end(tmp_path: Path) -> None:
    story = History()
    for moment in ("2025-11-11T23:59:59", "2025-11-12T00:00:00", "2025-11-12T23:59:59", "2025-11-13T00:00:00"):
        story.commit(moment, at(moment))
    path = story.at_path(tmp_path / "repository", bare=True)
    assert subjects(read(path, at("2025-11-12"), at("2025-11-13"))) == ["2025-11-12T23:59:59", "2025-11-12T00:00:00"]


def test_commit_behind_one_with_an_older_date_is_found(tmp_path: Path) -> None:
    story = History()
    story.commit("In the window", at("2025-11-12T10:00"))
    story.commit("A clock went wrong", at("2019-01-01"))
    story.commit("After", at("2025-11-13T10:00"))
    path = story.at_path(tmp_path / "repository", bare=True)
    assert subjects(read(path, at("2025-11-12"), at("2025-11-13"))) == ["In the window"]


def test_committer_date_decides_the_window(tmp_path: Path) -> None:
    story = History()
    story.commit("Rebased", at("2025-11-12T10:00"), authored=at("2025-01-01"))
    path = story.at_path(tmp_path / "repository", bare=True)
    assert subjects(read(path, at("2025-11-12"), at("2025-11-13"))) == ["Rebased"]
    assert read(path, at("2025-01-01"), at("2025-01-02")) == []


def test_other_branches_are_read_only_when_they_are_asked_for(tmp_path: Path) -> None:
    story = History()
    base = story.commit("Base", at("2025-11-12T08:00"))
    story.commit("Aside", at("2025-11-12T09:00"), branch="aside", parents=[base])
    path = story.at_path(tmp_path / "repository", bare=True)
    assert subjects(read(path)) == ["Base"]
    assert subjects(read(path, all_branches=True)) == ["Aside", "Base"]


def test_commit_on_two_branches_is_read_once(tmp_path: Path) -> None:
    story = History()
    base = story.commit("Base", at("2025-11-12T08:00"))
    for branch in ("one", "two"):
        story.commit(branch, at("2025-11-12T09:00"), branch=branch, parents=[base])
    path = story.at_path(tmp_path / "repository", bare=True)
    assert Counter(subjects(read(path, all_branches=True))) == {"Base": 1, "one": 1, "two": 1}


def test_branch_with_the_name_of_a_file_or_an_option_is_a_branch(tmp_path: Path) -> None:
    story = History()
    story.commit("Base", at("2025-11-12T08:00"), {"main": "1\n", "refs/heads/main": "1\n", "HEAD": "1\n"})
    assert subjects(read(story.at_path(tmp_path / "repository"))) == ["Base"]
