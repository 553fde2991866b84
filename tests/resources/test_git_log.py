"""History is read as git tells it: every commit of the window, every byte of a name or path, every number."""

import os
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.errors import GitError
from resources.git import open_repository
from resources.git_log import LOG_FORMAT, LONGEST_MESSAGE, Commit, latest_activity, parse_log, read_commits, read_tags
from tests.repositories import (
    ADA,
    BOB,
    ISOLATED,
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

ALL_TIME = (at("1969-01-01"), at("2200-01-01"))
HOSTILE_PATHS = (
    "with a space.txt", "tab\there.txt", "new\nline.txt", "\x01starts.txt", "1\t2\tlooks like numbers", '"quoted".txt',
    "back\\slash", "-dash", "{a => b}.txt", "umlaut-ü-日本.txt", "\nfirst", "deep/er/\x01and\n\ttwo",
)  # fmt: skip


def read(path: Path, since: datetime = ALL_TIME[0], until: datetime = ALL_TIME[1], **options: bool) -> list[Commit]:
    return list(read_commits(open_repository(path, **options), since, until))


def subjects(commits: list[Commit]) -> list[str]:
    return [commit.message.partition("\n")[0] for commit in commits]


def only(commits: list[Commit]) -> Commit:
    (commit,) = commits
    return commit


def awkward() -> History:
    """What breaks parsers: hostile paths, binaries, renames, empty commits, merges, marks inside of messages."""
    story = History()
    first = story.commit("Start\n\n\x01 looks like a mark\n1\t2\tlike numbers\n", at("2025-11-10T08:00"),
                         {path: f"{path}\n" * 3 for path in HOSTILE_PATHS})  # fmt: skip
    story.commit("Nothing in it", at("2025-11-10T09:00"))
    story.commit("", at("2025-11-10T09:30"), {"wordless.txt": "1\n"})
    story.commit("Pictures", at("2025-11-10T10:00"), {"a.png": b"\0\1\2", "b.bin": b"\0" * 900, "c.txt": "c\n"})
    side = story.commit("Side", at("2025-11-10T10:30"), {"side.txt": "s\n"}, branch="side", parents=[first])
    main = story.commit("Move", at("2025-11-10T11:00"),
                        renames={"tab\there.txt": "moved\nthere.txt", "a.png": "pictures/a.png"})  # fmt: skip
    story.commit("Merge side", at("2025-11-10T12:00"), {"side.txt": "s\n"}, parents=[main, side])
    story.commit("Take away", at("2025-11-10T13:00"), {"c.txt": None, "b.bin": b"\0text now\n"})
    return story


@pytest.fixture(scope="module")
def awkward_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return awkward().at_path(tmp_path_factory.mktemp("awkward") / "repository")


@pytest.fixture(scope="module")
def awkward_log(awkward_path: Path) -> bytes:
    """What git prints of it, asked by ourselves."""
    command = ["git", "-c", "core.quotePath=false", "log", "-z", "--numstat", "-M", LOG_FORMAT, "HEAD"]
    return subprocess.run(
        command, cwd=awkward_path, env={**os.environ, **ISOLATED}, capture_output=True, check=True
    ).stdout


# --- Every commit with every field


def test_a_commit_is_told_with_all_that_git_knows_of_it(tmp_path: Path) -> None:
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


def test_a_rename_is_one_file_under_its_new_name(awkward_path: Path) -> None:
    (move,) = [commit for commit in read(awkward_path) if commit.message == "Move"]
    assert move.files is not None
    assert set(move.files) == {("moved\nthere.txt", 0, 0), ("pictures/a.png", None, None)}


def test_a_binary_file_has_no_lines(awkward_path: Path) -> None:
    (pictures,) = [commit for commit in read(awkward_path) if commit.message == "Pictures"]
    assert pictures.files == (("a.png", None, None), ("b.bin", None, None), ("c.txt", 1, 0))


def test_a_commit_without_files_or_words_takes_nothing_of_its_neighbours(awkward_path: Path) -> None:
    by_message = {commit.message: commit for commit in read(awkward_path)}
    assert by_message["Nothing in it"].files == ()
    assert by_message[""].files == (("wordless.txt", 1, 0),)


def test_a_merge_has_both_parents_and_no_lines_of_its_own(awkward_path: Path) -> None:
    (merge,) = [commit for commit in read(awkward_path) if len(commit.parents) == 2]
    assert merge.parents == (head(awkward_path, "HEAD~2"), head(awkward_path, "HEAD~1^2"))
    assert merge.files == ()


def numbers_by_git(path: Path) -> Iterator[tuple[str, int, int]]:
    """Lines by commit, from one `git show` each: another way than the reader's."""
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


words = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=30)
names = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0<>\n"), max_size=12)
parts = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0/"), min_size=1, max_size=8).filter(
    lambda part: part not in {".", ".."} and part.lower() != ".git"
)


@settings(max_examples=15)
@given(st.lists(st.tuples(words, names, st.dictionaries(parts, st.integers(0, 9), max_size=4)), min_size=1, max_size=6))
def test_any_history_comes_back_as_it_was_made(told: list[tuple[str, str, dict[str, int]]]) -> None:
    story = History()
    made = []
    for number, (message, name, files) in enumerate(told):
        # A folder a commit, so that each file is new and counts all its lines.
        contents = {f"{number}/{path}": "line\n" * lines for path, lines in files.items()}
        story.commit(message, at("2025-11-10") + timedelta(hours=number), contents, author=Who(name, "who@example.com"))
        made.append((message, {(path, content.count("\n"), 0) for path, content in contents.items()}))
    with tempfile.TemporaryDirectory() as folder:
        back = read(story.at_path(Path(folder, "repository"), bare=True))
    assert [commit.committed_at for commit in back[::-1]] == [
        seconds(at("2025-11-10")) + 3600 * number for number in range(len(told))
    ]
    # git drops blank lines around a message when it prints it; what stands between them stays.
    assert [commit.message.strip("\n") for commit in back[::-1]] == [message.strip("\n") for message, _ in made]
    assert [{tuple(file) for file in commit.files or ()} for commit in back[::-1]] == [files for _, files in made]


# --- Bytes arrive in pieces


@given(st.data())
def test_the_bytes_may_be_cut_anywhere(awkward_log: bytes, data: st.DataObject) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(awkward_log)), max_size=60).map(sorted))
    pieces = [awkward_log[a:b] for a, b in zip([0, *cuts], [*cuts, len(awkward_log)], strict=True)]
    assert list(parse_log(pieces)) == list(parse_log([awkward_log]))


def test_the_bytes_may_come_one_by_one(awkward_log: bytes) -> None:
    one_by_one = list(parse_log(bytes([byte]) for byte in awkward_log))
    assert len(one_by_one) == 8
    assert one_by_one == list(parse_log([awkward_log]))


def test_no_bytes_are_no_commits() -> None:
    assert list(parse_log([])) == []
    assert list(parse_log([b"", b""])) == []


# --- What people and machines leave in commits


def test_invalid_utf_8_is_shown_as_such_and_breaks_nothing(tmp_path: Path) -> None:
    story = History()
    author = Who(b"Ren\xe9", "r@example.com")
    story.commit(b"Caf\xe9 \xff\xfe", at("2025-11-10"), {b"caf\xe9.txt": "1\n"}, author=author)
    commit = only(read(story.at_path(tmp_path / "repository", bare=True)))
    assert commit.message == "Caf� ��"
    assert commit.author_name == "Ren�"
    assert commit.files == (("caf�.txt", 1, 0),)


def test_a_message_in_a_declared_encoding_is_read_in_it(tmp_path: Path) -> None:
    path = empty(tmp_path / "repository")
    tree = git(path, "mktree", data=b"").strip()
    raw = b"tree %s\nauthor A <a@example.com> 1762732800 +0000\ncommitter A <a@example.com> 1762732800 +0000\n"
    raw = raw % tree.encode() + b"encoding ISO-8859-1\n\nCaf\xe9"
    sha = git(path, "hash-object", "-t", "commit", "-w", "--stdin", data=raw).strip()
    git(path, "update-ref", "refs/heads/main", sha)
    assert only(read(path)).message.strip() == "Café"


def test_a_message_with_a_nul_byte_does_not_shift_the_fields(tmp_path: Path) -> None:
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


def test_a_message_of_ten_megabytes_is_kept_to_its_start(tmp_path: Path) -> None:
    story = History()
    story.commit("Before", at("2025-11-10T08:00"), {"a.txt": "1\n"})
    story.commit(b"Accident\n\n" + b"\xc3\xa4" * 5_000_000, at("2025-11-10T09:00"), {"a.txt": "2\n"})
    long, before = read(story.at_path(tmp_path / "repository", bare=True))
    assert long.message == "Accident\n\n" + "ä" * (LONGEST_MESSAGE - 10)
    assert long.files == (("a.txt", 1, 1),)
    assert before.message == "Before"


@pytest.mark.parametrize("when", [0, 1, 2**31, 2**32 - 1, 4_294_967_296 + 86_400, 7_000_000_000])
def test_dates_from_1970_to_beyond_2106_are_read_and_found_in_their_day(tmp_path: Path, when: int) -> None:
    story = History()
    story.commit("Long ago or far away", when, {"a.txt": "1\n"})
    path = story.at_path(tmp_path / "repository", bare=True)
    day = datetime.fromtimestamp(when - when % 86_400, UTC)
    assert only(read(path, day, day + timedelta(days=1))).committed_at == when


def test_a_date_that_no_calendar_has_still_leaves_a_commit(tmp_path: Path) -> None:
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


def test_what_lies_in_the_folder_that_we_run_in_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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


def test_nothing_in_the_repositorys_own_configuration_changes_what_is_read(awkward_path: Path, tmp_path: Path) -> None:
    copy = awkward().at_path(tmp_path / "copy")
    touched = tmp_path / "touched"
    for key, value in {
        "core.quotePath": "true", "log.showSignature": "true", "diff.renames": "false", "log.date": "relative",
        "diff.external": f"touch {touched}", "core.fsmonitor": f"touch {touched}", "color.ui": "always",
        "format.pretty": "oneline", "log.decorate": "full", "i18n.logOutputEncoding": "ISO-8859-1",
        "diff.noprefix": "true", "log.follow": "true", "core.pager": f"touch {touched}",
    }.items():  # fmt: skip
        git(copy, "config", key, value)
    assert read(copy) == read(awkward_path)
    assert not touched.exists()


# --- Exactly the window


def test_the_window_holds_its_start_and_not_its_end(tmp_path: Path) -> None:
    story = History()
    for moment in ("2025-11-11T23:59:59", "2025-11-12T00:00:00", "2025-11-12T23:59:59", "2025-11-13T00:00:00"):
        story.commit(moment, at(moment))
    path = story.at_path(tmp_path / "repository", bare=True)
    assert subjects(read(path, at("2025-11-12"), at("2025-11-13"))) == ["2025-11-12T23:59:59", "2025-11-12T00:00:00"]


def test_a_commit_behind_one_with_an_older_date_is_found(tmp_path: Path) -> None:
    story = History()
    story.commit("In the window", at("2025-11-12T10:00"))
    story.commit("A clock went wrong", at("2019-01-01"))
    story.commit("After", at("2025-11-13T10:00"))
    path = story.at_path(tmp_path / "repository", bare=True)
    assert subjects(read(path, at("2025-11-12"), at("2025-11-13"))) == ["In the window"]


def test_the_committer_date_decides_and_not_the_authors(tmp_path: Path) -> None:
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


def test_a_commit_on_two_branches_is_read_once(tmp_path: Path) -> None:
    story = History()
    base = story.commit("Base", at("2025-11-12T08:00"))
    for branch in ("one", "two"):
        story.commit(branch, at("2025-11-12T09:00"), branch=branch, parents=[base])
    path = story.at_path(tmp_path / "repository", bare=True)
    assert Counter(subjects(read(path, all_branches=True))) == {"Base": 1, "one": 1, "two": 1}


def test_a_branch_with_the_name_of_a_file_or_an_option_is_a_branch(tmp_path: Path) -> None:
    story = History()
    story.commit("Base", at("2025-11-12T08:00"), {"main": "1\n", "refs/heads/main": "1\n", "HEAD": "1\n"})
    assert subjects(read(story.at_path(tmp_path / "repository"))) == ["Base"]


# --- The newest activity


def test_the_latest_activity_is_the_newest_commit_before_an_instant(tmp_path: Path) -> None:
    story = History()
    story.commit("Old", at("2025-11-10T08:00"))
    story.commit("New", at("2025-11-12T08:00"))
    repository = open_repository(story.at_path(tmp_path / "repository", bare=True))
    assert latest_activity(repository, at("2026-01-01")) == at("2025-11-12T08:00")
    assert latest_activity(repository, at("2025-11-12T08:00")) == at("2025-11-10T08:00")
    assert latest_activity(repository, at("2025-11-10T08:00")) is None


def test_an_empty_repository_has_no_activity_no_commits_and_no_tags(tmp_path: Path) -> None:
    repository = open_repository(empty(tmp_path / "repository"))
    assert latest_activity(repository, at("2026-01-01")) is None
    assert list(read_commits(repository, *ALL_TIME)) == []
    assert list(read_tags(repository)) == []


# --- Repositories that are not whole


@pytest.fixture
def three_commits(tmp_path: Path) -> Path:
    story = History()
    for number in range(3):
        story.commit(f"Commit {number}", at(f"2025-11-1{number}T08:00"), {"a.txt": "line\n" * (number + 1)})
    return story.at_path(tmp_path / "origin")


def test_the_oldest_commit_of_a_shallow_clone_does_not_seem_to_add_every_file(
    tmp_path: Path, three_commits: Path
) -> None:
    newest, oldest = read(shallow_clone(three_commits, tmp_path / "clone", depth=2))
    assert newest.files == (("a.txt", 1, 0),)
    assert oldest.files is None


def test_a_partial_clone_is_read_without_statistics(tmp_path: Path, three_commits: Path) -> None:
    clone = partial_clone(three_commits, tmp_path / "clone.git")
    # Were it to ask for a file's content, git would fetch it; there is nothing left to fetch it from.
    three_commits.rename(tmp_path / "gone")
    commits = read(clone)
    assert subjects(commits) == ["Commit 2", "Commit 1", "Commit 0"]
    assert [commit.files for commit in commits] == [None, None, None]


@pytest.mark.parametrize("revision", ["HEAD~1", "HEAD~1^{tree}", "HEAD~1:a.txt"])
def test_a_missing_object_is_an_error_and_never_a_quiet_day(three_commits: Path, revision: str) -> None:
    break_object(three_commits, revision)
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


# --- Tags


def test_tags_of_both_kinds_lead_to_their_commit(tmp_path: Path) -> None:
    story = History()
    first = story.commit("First", at("2025-11-10T08:00"), author=BOB)
    story.commit("Second", at("2025-11-11T08:00"))
    story.tag("light", first)
    story.tag("v1.0.0", first, at("2025-11-12T09:00"), "One oh\n\nNotes.\n")
    path = story.at_path(tmp_path / "repository", bare=True)
    tags = {tag.name: tag for tag in read_tags(open_repository(path))}
    assert tags["v1.0.0"] == (
        "v1.0.0", head(path, "HEAD~1"), "Ada Lovelace", "ada@example.com", seconds(at("2025-11-12T09:00")), "One oh",
    )  # fmt: skip
    assert tags["light"] == (
        "light", head(path, "HEAD~1"), "Bob Stone", "bob@example.com", seconds(at("2025-11-10T08:00")), "First",
    )  # fmt: skip


def test_tags_on_trees_and_files_are_left_out(tmp_path: Path) -> None:
    story = History()
    story.commit("First", at("2025-11-10T08:00"), {"a.txt": "1\n"})
    path = story.at_path(tmp_path / "repository")
    git(path, "tag", "a-tree", "HEAD^{tree}")
    git(path, "-c", "user.name=A", "-c", "user.email=a@example.com", "tag", "-a", "-m", "file", "a-file", "HEAD:a.txt")
    git(path, "tag", "a-commit")
    assert [tag.name for tag in read_tags(open_repository(path))] == ["a-commit"]


def test_a_tag_on_a_tag_leads_to_the_commit(tmp_path: Path) -> None:
    story = History()
    story.commit("First", at("2025-11-10T08:00"))
    story.tag("inner", when=at("2025-11-10T09:00"), message="inner")
    path = story.at_path(tmp_path / "repository")
    git(path, "-c", "user.name=A", "-c", "user.email=a@example.com", "tag", "-a", "-m", "outer", "v2.0", "inner")
    found = {tag.name: tag.sha for tag in read_tags(open_repository(path))}
    assert found == {"inner": head(path), "v2.0": head(path)}


def test_a_subject_over_several_lines_does_not_shift_the_next_tag(tmp_path: Path) -> None:
    story = History()
    story.commit("First", at("2025-11-10T08:00"))
    story.tag("v1.0", when=at("2025-11-10T09:00"), message="A subject\nover two lines\n\nand a body")
    story.tag("v1.1", when=at("2025-11-10T10:00"), message="")
    tags = list(read_tags(open_repository(story.at_path(tmp_path / "repository"))))
    assert [(tag.name, tag.subject) for tag in tags] == [("v1.0", "A subject over two lines"), ("v1.1", "")]
