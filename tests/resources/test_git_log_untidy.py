"""Untidy commits are read, and incomplete repositories are reported."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from resources.errors import GitError
from resources.git.log import MAX_MESSAGE_LENGTH, read_commits
from resources.git.repository import open_repository
from tests.factories.git_repositories import (
    History,
    Who,
    at,
    break_object,
    empty,
    git,
    head,
    partial_clone,
    seconds,
    shallow_clone,
)
from tests.resources.git_log_helpers import ALL_TIME, awkward, only, read, subjects

# --- Untidy commits


def test_undeclared_text_that_is_no_utf_8_is_read_as_latin_1(tmp_path: Path) -> None:
    story = History()
    author = Who(b"Ren\xe9", "r@example.com")
    story.commit(b"Caf\xe9 \xff\xfe", at("2025-11-10"), {b"caf\xe9.txt": "1\n"}, author=author)
    commit = only(read(story.at_path(tmp_path / "repository", bare=True)))
    assert commit.message == "Café ÿþ"
    assert commit.author_name == "René"
    assert commit.files == (("café.txt", 1, 0),)


def test_message_in_a_declared_encoding_is_read_in_it(tmp_path: Path) -> None:
    path = empty(tmp_path / "repository")
    tree = git(path, "mktree", data=b"").strip()
    raw = b"tree %s\nauthor A <a@example.com> 1762732800 +0000\ncommitter A <a@example.com> 1762732800 +0000\n"
    raw = raw % tree.encode() + b"encoding ISO-8859-1\n\nCaf\xe9"
    sha = git(path, "hash-object", "-t", "commit", "-w", "--stdin", data=raw).strip()
    git(path, "update-ref", "refs/heads/main", sha)
    assert only(read(path)).message.strip() == "Café"


def test_message_with_a_nul_byte_does_not_shift_the_fields(tmp_path: Path) -> None:
    story = History()
    story.commit("Before", at("2025-11-09"), {"a.txt": "1\n"})
    path = story.at_path(tmp_path / "repository", bare=True)
    raw = b"tree %s\nparent %s\n" % (head(path, "HEAD^{tree}").encode(), head(path).encode())
    raw += b"author A <a@example.com> 1762732800 +0000\ncommitter A <a@example.com> 1762732800 +0000\n\nHalf\0of it"
    sha = git(path, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", data=raw).strip()
    git(path, "update-ref", "refs/heads/main", sha)
    newest, before = read(path)
    assert (newest.message.strip(), newest.files) == ("Half", ())
    assert (before.message, before.files) == ("Before", (("a.txt", 1, 0),))


def test_message_of_ten_megabytes_is_kept_to_its_start(tmp_path: Path) -> None:
    story = History()
    story.commit("Before", at("2025-11-10T08:00"), {"a.txt": "1\n"})
    story.commit(b"Accident\n\n" + b"\xc3\xa4" * 5_000_000, at("2025-11-10T09:00"), {"a.txt": "2\n"})
    long, before = read(story.at_path(tmp_path / "repository", bare=True))
    assert long.message == "Accident\n\n" + "ä" * (MAX_MESSAGE_LENGTH - 10)
    assert long.files == (("a.txt", 1, 1),)
    assert before.message == "Before"


@pytest.mark.parametrize("when", [0, 1, 2**31, 2**32 - 1, 4_294_967_296 + 86_400, 7_000_000_000])
def test_dates_from_1970_to_beyond_2106_are_read_and_found_in_their_day(tmp_path: Path, when: int) -> None:
    story = History()
    story.commit("Long ago or far away", when, {"a.txt": "1\n"})
    path = story.at_path(tmp_path / "repository", bare=True)
    day = datetime.fromtimestamp(when - when % 86_400, UTC)
    assert only(read(path, day, day + timedelta(days=1))).committed_at == when


def test_date_that_no_calendar_has_still_leaves_a_commit(tmp_path: Path) -> None:
    path = empty(tmp_path / "repository")
    tree = git(path, "mktree", data=b"").strip()
    raw = f"tree {tree}\nauthor A <a@example.com> banana +0000\ncommitter A <a@example.com> 1762732800 +0000\n\nOdd"
    sha = git(path, "hash-object", "-t", "commit", "-w", "--literally", "--stdin", data=raw.encode()).strip()
    git(path, "update-ref", "refs/heads/main", sha)
    commit = only(read(path))
    assert (commit.authored_at, commit.message.strip()) == (0, "Odd")


def test_mailmap_makes_one_person_of_two_spellings(tmp_path: Path) -> None:
    story = History()
    story.commit("One", at("2025-11-10"), {".mailmap": "Ada Lovelace <ada@example.com> <ada@old.example.com>\n"})
    story.commit("Two", at("2025-11-11"), {"a": "1\n"}, author=Who("ada", "ada@old.example.com"))
    path = story.at_path(tmp_path / "repository")
    assert {(one.author_name, one.author_email) for one in read(path)} == {("Ada Lovelace", "ada@example.com")}
    assert {one.committer_email for one in read(path)} == {"ada@example.com"}


def test_files_of_the_working_directory_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    story = History()
    story.commit("One", at("2025-11-10"), {"a.txt": "1\n", ".mailmap": "Ada <ada@example.com>\n"})
    path = story.at_path(tmp_path / "repository")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / ".mailmap").write_text("Mallory <mallory@example.com> <ada@example.com>\n")
    (elsewhere / ".gitattributes").write_text("*.txt binary\n")
    monkeypatch.chdir(elsewhere)
    commit = only(read(path))
    assert (commit.author_name, commit.author_email) == ("Ada", "ada@example.com")
    assert commit.files is not None
    assert ("a.txt", 1, 0) in commit.files


def test_repository_configuration_does_not_change_what_is_read(awkward_path: Path, tmp_path: Path) -> None:
    copy = awkward().at_path(tmp_path / "copy")
    touched = tmp_path / "touched"
    for key, value in {
        "core.quotePath": "true", "log.showSignature": "true", "diff.renames": "false", "log.date": "relative",
        "diff.external": f"touch {touched}", "core.fsmonitor": f"touch {touched}", "color.ui": "always",
        "format.pretty": "oneline", "log.decorate": "full", "i18n.logOutputEncoding": "ISO-8859-1",
        "diff.noprefix": "true", "log.follow": "true", "core.pager": f"touch {touched}",
        "log.showRoot": "false", "core.bigFileThreshold": "1", "diff.algorithm": "patience", "diff.renameLimit": "1",
    }.items():  # fmt: skip
        git(copy, "config", key, value)
    assert read(copy) == read(awkward_path)
    assert not touched.exists()


def test_commit_is_read_with_its_own_text_instead_of_a_replacement(tmp_path: Path) -> None:
    story = History()
    story.commit("Mine", at("2025-11-10"), {"a.txt": "1\n"})
    path = story.at_path(tmp_path / "repository", bare=True)
    forged = git(path, "cat-file", "commit", head(path)).replace("Mine", "Forged").encode()
    other = git(path, "hash-object", "-t", "commit", "-w", "--stdin", data=forged).strip()
    git(path, "update-ref", f"refs/replace/{head(path)}", other)
    assert subjects(read(path)) == ["Mine"]


# --- Incomplete repositories


@pytest.fixture
def three_commits(tmp_path: Path) -> Path:
    story = History()
    for number in range(3):
        story.commit(f"Commit {number}", at(f"2025-11-1{number}T08:00"), {"a.txt": "line\n" * (number + 1)})
    return story.at_path(tmp_path / "origin")


def test_oldest_commit_of_a_shallow_clone_adds_no_files(tmp_path: Path, three_commits: Path) -> None:
    newest, oldest = read(shallow_clone(three_commits, tmp_path / "clone", depth=2))
    assert newest.files == (("a.txt", 1, 0),)
    assert oldest.files is None


def test_partial_clone_is_read_without_statistics(tmp_path: Path, three_commits: Path) -> None:
    clone = partial_clone(three_commits, tmp_path / "clone.git")
    # If it asked for the content of a file, git would fetch it; the source for that is gone.
    three_commits.rename(tmp_path / "gone")
    commits = read(clone)
    assert subjects(commits) == ["Commit 2", "Commit 1", "Commit 0"]
    assert [commit.files for commit in commits] == [None, None, None]


@pytest.mark.parametrize(
    ("revision", "lost"),
    [("HEAD~1^{tree}", [0, 1]), ("HEAD~1:a.txt", [0, 1]), ("HEAD^{tree}", [0]), ("HEAD~2:a.txt", [1, 2])],
)
def test_commit_that_lacks_objects_is_read_without_its_files(
    three_commits: Path, revision: str, lost: list[int]
) -> None:
    whole = read(three_commits)
    break_object(three_commits, revision)
    expected = [commit._replace(files=None) if number in lost else commit for number, commit in enumerate(whole)]
    assert read(three_commits) == expected


def test_commits_behind_many_that_lack_objects_are_read_without_files(
    three_commits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resources.git.streams.MAX_GAPS", 1)
    break_object(three_commits, "HEAD^{tree}")
    assert [commit.files for commit in read(three_commits)] == [None, None, None]


def test_missing_commit_is_an_error_and_no_quiet_day(three_commits: Path) -> None:
    break_object(three_commits, "HEAD~1")
    with pytest.raises(GitError) as caught:
        read(three_commits)
    assert str(caught.value).startswith("origin: ")
    assert "\n" not in str(caught.value)


def test_stopping_early_leaves_no_git_process_behind(tmp_path: Path) -> None:
    story = History()
    for number in range(300):
        story.commit("x" * 15_000, seconds(at("2025-11-10")) + number)
    commits = read_commits(open_repository(story.at_path(tmp_path / "repository", bare=True)), *ALL_TIME)
    next(commits)
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    assert children
    commits.close()  # type: ignore[attr-defined]
    left = [child for child in children if "git" in _command(child)]
    assert left == []


def _command(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (OSError, ProcessLookupError):
        return ""
