"""Rows of repairs: the commits whose lines a fix changes, by git's blame."""

from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest

from resources.git.diffs.blame import MIN_BLAMES_TO_SELECT, BlamedCommit, read_changed_lines
from resources.git.log import read_commits
from resources.git.repository import GitRepository, open_repository
from sparky_assets.raw.notes.diffs import build_repair_rows
from tests.factories.git_repositories import History, at, break_object, git, seconds

SINCE, UNTIL = at("2025-11-01"), at("2025-12-01")
LINES = [f"line {number}\n" for number in range(20)]


def change(numbers: Mapping[int, str]) -> str:
    return "".join(numbers.get(number, line) for number, line in enumerate(LINES))


def open_history(history: History, folder: Path) -> tuple[GitRepository, dict[str, str]]:
    """Return the repository, and the subjects of its commits by sha."""
    path = history.at_path(folder / "repository", bare=True)
    lines = git(path, "log", "--all", "--format=%H %s").splitlines()
    return open_repository(path), {line[:40]: line[41:] for line in lines}


def list_repairs(history: History, folder: Path) -> list[tuple[str, list[str]]]:
    repository, subjects = open_history(history, folder)
    rows = build_repair_rows(repository, list(read_commits(repository, SINCE, UNTIL)), "public").to_dicts()
    return [(subjects[row["sha"]], [subjects[sha] for sha in row["references"]]) for row in rows]


def make_history(title: str = "Fix the gauge (#2)", *, when: str = "2025-11-20") -> History:
    history = History()
    history.commit("Begin", at("2025-08-01"), {"a.py": "".join(LINES)})
    history.commit("Add a gauge (#1)", at("2025-11-12"), {"a.py": change({3: "gauge\n", 4: "wheel\n"})})
    history.commit(title, at(when), {"a.py": change({3: "gauges\n", 4: "wheel\n"})})
    return history


def test_fix_names_the_commit_whose_lines_it_changes(tmp_path: Path) -> None:
    assert list_repairs(make_history(), tmp_path) == [("Fix the gauge (#2)", ["Add a gauge (#1)"])]


@pytest.mark.parametrize(
    "history",
    [make_history("Rename the gauge (#2)"), make_history(when="2025-12-20")],
    ids=["no fix", "lines older than a month"],
)
def test_other_changes_repair_nothing(history: History, tmp_path: Path) -> None:
    assert list_repairs(history, tmp_path) == []


def test_fix_of_mostly_old_lines_repairs_nothing(tmp_path: Path) -> None:
    history = make_history("Fix everything")
    history.commit("Fix all", at("2025-11-22"), {"a.py": change(dict.fromkeys(range(2, 9), "x\n"))})
    assert [title for title, _ in list_repairs(history, tmp_path)] == ["Fix everything"]


def test_merge_is_a_fix_by_the_title_of_its_pull_request(tmp_path: Path) -> None:
    history = History()
    history.commit("Begin", at("2025-11-01"), {"a.py": "".join(LINES)})
    main = history.commit("Add a gauge (#1)", at("2025-11-12"), {"a.py": change({3: "gauge\n"})})
    work = history.commit("Try", at("2025-11-13"), {"a.py": change({3: "gauges\n"})}, branch="w", parents=[main])
    message = "Merge pull request #2 from acme/w\n\nFix the gauge"
    history.commit(message, at("2025-11-14"), {"a.py": change({3: "gauges\n"})}, parents=[main, work])
    assert list_repairs(history, tmp_path) == [("Merge pull request #2 from acme/w", ["Add a gauge (#1)"])]


def test_commit_that_git_does_not_have_changes_no_lines(tmp_path: Path) -> None:
    repository, _ = open_history(make_history(), tmp_path)
    assert read_changed_lines(repository, [BlamedCommit("0" * 40, "1" * 40, 0)]) == {}


def test_counts_of_lines_are_those_of_each_commit(tmp_path: Path) -> None:
    history = make_history()
    history.commit("Fix both", at("2025-11-22"), {"a.py": change({3: "x\n", 4: "y\n", 5: "z\n"})})
    repository, subjects = open_history(history, tmp_path)
    shas = {title: sha for sha, title in subjects.items()}
    parent, fix = shas["Fix the gauge (#2)"], shas["Fix both"]
    commits = [BlamedCommit(fix, parent, int(at("2025-11-22").timestamp())), BlamedCommit("0" * 40, "1" * 40, 0)]
    lines = read_changed_lines(repository, commits)[fix]
    assert (lines.count, dict(lines.count_by_commit)) == (3, {parent: 1, shas["Add a gauge (#1)"]: 1})


def test_of_many_files_only_those_that_changed_lately_are_blamed(tmp_path: Path) -> None:
    history = History()
    names = [f"{number}.py" for number in range(MIN_BLAMES_TO_SELECT)]
    history.commit("Begin", at("2025-08-01"), dict.fromkeys(names, "".join(LINES)))
    history.commit("Add a gauge (#1)", at("2025-11-12"), {names[0]: change({3: "gauge\n"})})
    for number, name in enumerate(names):
        history.commit(f"Fix {name}", at("2025-11-20"), {name: change({3: f"gauge {number}\n"})})
    assert list_repairs(history, tmp_path) == [("Fix 0.py", ["Add a gauge (#1)"])]


def test_of_many_fixes_one_that_repairs_the_fix_before_it_is_found(tmp_path: Path) -> None:
    history = History()
    names = [f"{number}.py" for number in range(MIN_BLAMES_TO_SELECT)]
    history.commit("Begin", at("2025-08-01"), dict.fromkeys(names, "".join(LINES)))
    for number, name in enumerate(names):
        history.commit(f"Fix {name}", at("2025-11-20"), {name: change({3: f"gauge {number}\n"})})
    history.commit("Fix the fix", at("2025-11-21"), {names[7]: change({3: "pressure gauge\n"})})
    assert list_repairs(history, tmp_path) == [("Fix the fix", ["Fix 7.py"])]


def test_lines_that_a_renamed_file_had_before_are_those_of_their_commit(tmp_path: Path) -> None:
    history = History()
    names = [f"{number}.py" for number in range(MIN_BLAMES_TO_SELECT)]
    history.commit("Begin", at("2025-08-01"), dict.fromkeys(names, "".join(LINES)))
    history.commit("Add a gauge (#1)", at("2025-11-02"), {names[0]: change({3: "gauge\n"})})
    history.commit("Move the gauge (#2)", at("2025-11-12"), {names[0]: None, "gauge.py": change({3: "gauge\n"})})
    for number, name in enumerate(["gauge.py", *names[1:]]):
        history.commit(f"Fix {name}", at("2025-11-20"), {name: change({3: f"gauge {number}\n"})})
    assert list_repairs(history, tmp_path) == [("Fix gauge.py", ["Add a gauge (#1)"])]


def test_lines_that_are_followed_through_diffs_are_those_that_git_blames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history, chance = History(), Random(7)
    files = {name: list(LINES) for name in ("a.py", "b.py", "c.py")}
    history.commit("Begin", at("2025-08-01"), {name: "".join(lines) for name, lines in files.items()})
    for number in range(60):
        for lines in chance.sample(list(files.values()), 2):
            place = chance.randrange(len(lines))
            added = [f"line {number}.{count}\n" for count in range(chance.randrange(4))]
            lines[place : place + chance.randrange(4)] = added
            lines[-1] = f"  {lines[-1]}"  # white space does not count
        texts: dict[str | bytes, str | bytes | None] = {name: "".join(lines) for name, lines in files.items()}
        history.commit(f"Fix {number}", seconds(at("2025-11-05")) + 3600 * number, texts)
    repository, _ = open_history(history, tmp_path)
    commits = [
        BlamedCommit(commit.sha, commit.parents[0], commit.committed_at)
        for commit in read_commits(repository, SINCE, UNTIL)
    ]
    monkeypatch.setattr("resources.git.diffs.blame.MAX_FOLLOWED_COMMITS", 60)
    followed = read_changed_lines(repository, commits)
    monkeypatch.setattr("resources.git.diffs.blame.MAX_FOLLOWED_COMMITS", 0)
    blamed = read_changed_lines(repository, commits)
    assert followed == blamed
    assert sum(sum(lines.count_by_commit.values()) for lines in followed.values()) > 100


@pytest.mark.parametrize(("share", "count"), [(0.0, 6), (0.5, 5)])
def test_file_that_cannot_change_who_added_most_lines_is_not_read(tmp_path: Path, share: float, count: int) -> None:
    history = History()
    history.commit("Begin", at("2025-08-01"), {"a.py": "".join(LINES), "b.py": "".join(LINES)})
    gauges = {number: f"gauge {number}\n" for number in range(5)}
    history.commit("Add gauges (#1)", at("2025-11-12"), {"a.py": change(gauges), "b.py": change({3: "gauge\n"})})
    fixed = {number: f"fixed {number}\n" for number in range(5)}
    history.commit("Fix gauges", at("2025-11-20"), {"a.py": change(fixed), "b.py": change({3: "fixed\n"})})
    repository, subjects = open_history(history, tmp_path)
    shas = {title: sha for sha, title in subjects.items()}
    fix = BlamedCommit(shas["Fix gauges"], shas["Add gauges (#1)"], int(at("2025-11-20").timestamp()))
    lines = read_changed_lines(repository, [fix], share)[fix.sha]
    assert (lines.count, dict(lines.count_by_commit)) == (6, {fix.parent: count})


def test_many_fixes_of_a_clone_that_lacks_a_folder_repair_nothing(tmp_path: Path) -> None:
    history = History()
    names = [f"{number}.py" for number in range(MIN_BLAMES_TO_SELECT)]
    history.commit("Begin", at("2025-08-01"), dict.fromkeys(names, "".join(LINES)))
    history.commit("Add a gauge (#1)", at("2025-11-12"), {names[0]: change({3: "gauge\n"})})
    history.commit("Add a map", at("2025-11-13"), {"map.py": "map\n"})
    for number, name in enumerate(names):
        history.commit(f"Fix {name}", at("2025-11-20"), {name: change({3: f"gauge {number}\n"})})
    repository, _ = open_history(history, tmp_path)
    commits = list(read_commits(repository, SINCE, UNTIL))
    break_object(repository.git_dir, f"HEAD~{len(names)}^{{tree}}")
    assert build_repair_rows(repository, commits, "public").is_empty()
