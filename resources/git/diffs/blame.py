"""Read whose lines a commit changed.

This is `git blame` of the parent for the lines that a commit removes; where no branch was merged in between, the same
from the diffs of the commits that touched the file, which one command reads for all files: a month of 500 small commits
took 244 blames. A commit that moves much says nothing: files, runs and ages are capped.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from resources.errors import GitError
from resources.git.command import run_git
from resources.git.diffs.hunks import parse_hunks
from resources.git.diffs.read import MAX_RECORD_BYTES, read_commit_diffs
from resources.git.repository import GitRepository
from resources.git.streams import parse_integer, split_tokens, stream_git

MAX_BLAMED_FILES = 8

MAX_BLAMED_RUNS = 20
"""Runs of removed lines of one file."""

MAX_LINE_AGE_SECONDS = 30 * 24 * 3600
"""Lines that were older when they were changed are not counted. git stops there, so that a long history is cheap."""

MIN_BLAMES_TO_SELECT = 20
"""With fewer files to blame, a list of the paths that were changed lately costs more than it saves."""

MAX_PARALLEL_BLAMES = 4

MAX_FOLLOWED_COMMITS = 4
"""Commits whose diffs of a file are read in place of a blame. Files that change often are mostly large, and a blame
ends where it has found all lines: with 30 of them a month of uv took 0.5 s more, not less."""

MAX_FOLLOWED_PATHS = 1_000

MAX_CHARACTER_BYTES = 4

EXCLUDED_PATHS = ("**/*.lock", "**/*.snap", "**/vendor/**", "**/node_modules/**", "**/third_party/**", "**/dist/**")
"""Files that no person writes."""

_BLAMED = re.compile(r"(?P<sha>[0-9a-f]{40,64}) \d+ \d+ (?P<count>\d+)")


@dataclass(frozen=True)
class ChangedLines:
    """The lines that a commit removes or replaces.

    Attributes:
        count: how many they are, those that are too old included.
        count_by_commit: how many of them each earlier commit had added; of a commit that added less than the share
            that was asked for, it may be less than that.
    """

    count: int
    count_by_commit: Mapping[str, int]


class BlamedCommit(NamedTuple):
    """A commit whose lines are looked up: its sha, its first parent, and when it was made, in seconds since 1970."""

    sha: str
    parent: str
    committed_at: int


LineRanges = list[tuple[int, int]]
"""The first and last line of each run of removed lines of a file."""

RemovedRuns = dict[str, LineRanges]
"""The runs of removed lines by the path in the parent."""


class _BlamedFile(NamedTuple):
    """A file of a commit's parent: the lines to look up, and which commits may have added them.

    `touching` are the commits that changed the file, the newest first, where these and those between them are one line
    without a merge; else None, and git is asked for the lines since a time.
    """

    path: str
    ranges: LineRanges
    since: int
    touching: tuple[str, ...] | None = None

    @property
    def line_count(self) -> int:
        return _count_lines(self.ranges)


def _count_lines(ranges: LineRanges) -> int:
    return sum(last - first + 1 for first, last in ranges)


def read_changed_lines(
    repository: GitRepository, commits: Sequence[BlamedCommit], min_share: float = 0.0
) -> dict[str, ChangedLines]:
    """Return whose lines each commit changed, by sha. A commit whose diff cannot be read is not in it.

    Args:
        repository: the clone or mirror.
        commits: the commits.
        min_share: the share of the lines of a commit that an earlier commit must have added to be of interest. Files
            that cannot change who has added that much are not read.
    """
    runs = dict(_read_removed_runs(repository, commits))
    touches = None
    if sum(len(runs.get(commit.sha, {})) for commit in commits) >= MIN_BLAMES_TO_SELECT:
        with suppress(GitError):  # the files of a clone that lacks folders are blamed one by one
            touches = _list_touches(repository, commits)
    todo = [
        (commit, list(_select_files(commit, runs[commit.sha], touches))) for commit in commits if commit.sha in runs
    ]
    totals = {sha: sum(map(_count_lines, files.values())) for sha, files in runs.items()}
    changes = _read_line_changes(repository, [file for _, files in todo for file in files], touches)

    def count(work: tuple[BlamedCommit, list[_BlamedFile]]) -> Counter[str] | None:
        commit, files = work
        return _count_by_commit(repository, commit, files, min_share * totals[commit.sha], changes)

    with ThreadPoolExecutor(MAX_PARALLEL_BLAMES) as blamers:
        counted = zip(todo, blamers.map(count, todo), strict=True)
        return {commit.sha: ChangedLines(totals[commit.sha], counts) for (commit, _), counts in counted
                if counts is not None}  # fmt: skip


def _select_files(commit: BlamedCommit, runs: RemovedRuns, touches: "_PathTouches | None") -> Iterator[_BlamedFile]:
    """Yield the files of a commit that may hold lines that are recent enough."""
    since = max(0, commit.committed_at - MAX_LINE_AGE_SECONDS)
    for path, ranges in runs.items():
        earliest = touches.find_earliest(commit, path) if touches else since
        if earliest is not None:
            touching = touches.follow(commit, path) if touches else None
            yield _BlamedFile(path, ranges, max(since, earliest), touching)


def _count_by_commit(
    repository: GitRepository,
    commit: BlamedCommit,
    files: Sequence[_BlamedFile],
    needed: float,
    changes: "LineChanges",
) -> Counter[str] | None:
    """Return the number of lines that each commit had added; None where git cannot read a file.

    Args:
        repository: the clone or mirror.
        commit: the commit that removes the lines.
        files: the files that hold them.
        needed: lines of interest: once the other files cannot change which commits had added as many, they are left.
        changes: the diffs of commits.
    """
    counts: Counter[str] = Counter()
    remaining = sum(file.line_count for file in files)
    for file in sorted(files, key=lambda file: -file.line_count):
        # Of the 52 files that the fixes of a month of uv change, 24 decide nothing.
        if remaining < needed and all(count >= needed or count + remaining < needed for count in counts.values()):
            break
        counted = _follow_lines(file, changes)
        if counted is None:
            counted = _blame(repository, commit.parent, file)
        if counted is None:
            return None
        counts.update(counted)
        remaining -= file.line_count
    return counts


def _read_removed_runs(repository: GitRepository, commits: Sequence[BlamedCommit]) -> Iterator[tuple[str, RemovedRuns]]:
    """Yield the removed lines of each commit, by one command for all of them."""
    paths = [".", *(f":(exclude,icase,glob){pattern}" for pattern in EXCLUDED_PATHS)]
    pairs = ((commit.sha, commit.parent) for commit in commits)
    with suppress(GitError):
        for sha, diff in read_commit_diffs(repository, pairs, "--diff-filter=MR", paths=paths):
            yield sha, _select_runs(diff)


def _select_runs(diff: str) -> RemovedRuns:
    runs: RemovedRuns = defaultdict(list)
    for hunk in parse_hunks(diff):
        first, count = hunk.old_first_line, hunk.removed_count
        if hunk.old_path and count and len(runs[hunk.old_path]) < MAX_BLAMED_RUNS:
            runs[hunk.old_path].append((first, first + count - 1))
    return {path: ranges for path, ranges in list(runs.items())[:MAX_BLAMED_FILES] if ranges}


class _PathTouches(NamedTuple):
    """Which commits changed each path or gave it its name, among those whose lines may count.

    Attributes:
        position_by_sha: the place of each commit in the log, in which no commit is before one that is built on it.
        earliest_times: the earliest time of the commits up to each place.
        commits_by_path: the place and the time of the commits that touched a path.
        new_paths: the paths that one of them added, or renamed something to.
        shas: the commits, by their places.
        parents: the parent of each commit, by its place; empty for a merge and a first commit.
        lines: a number for each commit, equal for neighbours of which each is the only parent of the one before it.
    """

    position_by_sha: Mapping[str, int]
    earliest_times: Sequence[int]
    commits_by_path: Mapping[str, Sequence[tuple[int, int]]]
    new_paths: Set[str]
    shas: Sequence[str]
    parents: Sequence[str]
    lines: Sequence[int]

    def find_earliest(self, commit: BlamedCommit, path: str) -> int | None:
        """Return a time before which no commit can have added a recent line of a file; None if it has none.

        A file that was not changed for so long has only older lines, and needs no blame. Commits that are before the
        given one in the log are built on it, or beside it. Below the last commit that touched the file, git would
        compare the trees of every other one: a blame of one line of a repository with 500 commits a month took 15 ms.
        """
        position = self.position_by_sha.get(commit.sha, -1)
        earliest = commit.committed_at - MAX_LINE_AGE_SECONDS
        touching = [other for other, at in self.commits_by_path.get(path, ()) if other > position and at >= earliest]
        if not touching:
            return None
        # What was added may have been renamed, and its lines were added under another name before.
        return 0 if path in self.new_paths else self.earliest_times[max(touching)]

    def follow(self, commit: BlamedCommit, path: str) -> tuple[str, ...] | None:
        """Return the commits before the given one that touched a file lately, the newest first, if they are one line.

        None where the file was added, a branch was merged, or a clock ran backwards: then git has to find the way.
        """
        first = self.position_by_sha.get(commit.parent)
        if first is None or path in self.new_paths:
            return None
        earliest = commit.committed_at - MAX_LINE_AGE_SECONDS
        touching = [other for other, at in self.commits_by_path.get(path, ()) if other >= first and at >= earliest]
        if not touching:
            return ()
        last = touching[-1]
        is_line = self.lines[first] == self.lines[last] and bool(self.parents[last])
        if not is_line or self.earliest_times[last] < earliest or len(touching) > MAX_FOLLOWED_COMMITS:
            return None
        return tuple(self.shas[other] for other in touching)


def _list_touches(repository: GitRepository, commits: Sequence[BlamedCommit]) -> _PathTouches:
    """Return what the commits before the given ones touched, by one command for all of them."""
    earliest = max(0, min(commit.committed_at for commit in commits) - MAX_LINE_AGE_SECONDS)
    arguments = [
        "log", "-c", "-z", "--stdin", "--topo-order", "--name-status", "--no-renames", "--no-color",
        "--format=%x01%H %ct %P", f"--since=@{earliest} +0000",
    ]  # fmt: skip
    shas: list[str] = []
    own_parents: list[str] = []
    lines: list[int] = []
    earliest_times: list[int] = []
    commits_by_path: dict[str, list[tuple[int, int]]] = defaultdict(list)
    new_paths: set[str] = set()
    committed_at, status = 0, ""
    parents = dict.fromkeys(commit.parent for commit in commits)
    for token in chain.from_iterable(split_tokens(stream_git(repository.git_dir, repository.name, arguments, parents))):
        if status:
            commits_by_path[token].append((len(earliest_times) - 1, committed_at))
            new_paths |= {token} if "A" in status else set()
            status = ""
        elif token.startswith("\1"):
            sha, instant, *commit_parents = token[1:].split(" ")
            committed_at = parse_integer(instant)
            lines.append(lines[-1] + (own_parents[-1] != sha) if lines else 0)
            shas.append(sha)
            own_parents.append(commit_parents[0] if len(commit_parents) == 1 else "")
            earliest_times.append(min(committed_at, earliest_times[-1] if earliest_times else committed_at))
        else:
            status = token.strip("\n")  # of a merge one letter for each parent
    positions = {sha: position for position, sha in enumerate(shas)}
    return _PathTouches(positions, earliest_times, commits_by_path, new_paths, shas, own_parents, lines)


LineChanges = Mapping[str, Mapping[str, Sequence[tuple[int, int, int]]]]
"""Of each run of changed lines of a commit: the first line after it, and how many lines it adds and removes; by the sha
and the path, in order."""


def _read_line_changes(
    repository: GitRepository, files: Sequence[_BlamedFile], touches: _PathTouches | None
) -> LineChanges:
    """Return the diffs, without changes of white space, of the commits that touched files; as far as git reads them."""
    paths = dict.fromkeys(file.path for file in files if file.touching)
    shas = dict.fromkeys(sha for file in files for sha in file.touching or ())
    if touches is None or not 0 < len(paths) <= MAX_FOLLOWED_PATHS:
        return {}
    pairs = ((sha, touches.parents[touches.position_by_sha[sha]]) for sha in shas)
    changes: dict[str, dict[str, list[tuple[int, int, int]]]] = {}
    with suppress(GitError):
        places = [f":(literal){path}" for path in paths]
        for sha, diff in read_commit_diffs(repository, pairs, "-w", "--text", paths=places):
            if len(diff) < MAX_RECORD_BYTES // MAX_CHARACTER_BYTES:  # a longer one may be cut
                by_path = changes.setdefault(sha, defaultdict(list))
                for hunk in parse_hunks(diff):
                    by_path[hunk.path].append((hunk.first_line, len(hunk.added), hunk.removed_count))
    return changes


def _follow_lines(file: _BlamedFile, changes: LineChanges) -> Counter[str] | None:
    """Return the number of lines that each commit had added, by the diffs of these; None where one is not known."""
    if file.touching is None or not all(sha in changes for sha in file.touching):
        return None
    counts: Counter[str] = Counter()
    lines = sorted({line for first, last in file.ranges for line in range(first, last + 1)})
    for sha in file.touching:
        earlier = list(_map_lines(lines, changes[sha].get(file.path, ())))
        if len(earlier) < len(lines):
            counts[sha] = len(lines) - len(earlier)
        lines = earlier
    return counts


def _map_lines(lines: Iterable[int], runs: Sequence[tuple[int, int, int]]) -> Iterator[int]:
    """Yield the numbers that lines had before a commit, without those that it added.

    Args:
        lines: the numbers after the commit, in order.
        runs: the runs of changed lines of the commit.
    """
    number, shift = 0, 0
    for line in lines:
        # A run that adds nothing is behind its first line.
        while number < len(runs) and runs[number][0] + max(runs[number][1], 1) <= line:
            shift += runs[number][2] - runs[number][1]
            number += 1
        is_added = number < len(runs) and runs[number][1] > 0 and runs[number][0] <= line
        if not is_added:
            yield line + shift


def _blame(repository: GitRepository, parent: str, file: _BlamedFile) -> Counter[str] | None:
    """Return the number of lines of each commit that is recent enough; None where git cannot read the file."""
    try:
        printed = run_git(
            repository.git_dir,
            *("blame", "--incremental", "-w", f"--since=@{file.since} +0000"),
            *(part for first, last in file.ranges for part in ("-L", f"{first},{last}")),
            *(parent, "--", file.path),
        )
    except GitError:
        return None
    counts: Counter[str] = Counter()
    boundaries: set[str] = set()
    sha = ""
    for line in printed.split("\n"):
        if match := _BLAMED.fullmatch(line):
            sha = match["sha"]
            counts[sha] += parse_integer(match["count"])
        elif line == "boundary":
            boundaries.add(sha)
    return Counter({sha: count for sha, count in counts.items() if sha not in boundaries})
