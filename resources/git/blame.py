"""Read whose lines a commit changed: `git blame` of its parent for the lines that it removes.

Which commits are asked about, the caller says. A commit that moves much says nothing: files, runs and ages are capped.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from resources.errors import GitError
from resources.git.command import run_git
from resources.git.patches import parse_hunks
from resources.git.repository import GitRepository
from resources.git.streams import parse_integer

MAX_BLAMED_FILES = 8

MAX_BLAMED_RUNS = 20
"""Runs of removed lines of one file."""

MAX_LINE_AGE_SECONDS = 30 * 24 * 3600
"""Lines that were older when they were changed are not counted. git stops there, so that a long history is cheap."""

_EXCLUDED = ("**/*.lock", "**/*.snap", "**/vendor/**", "**/node_modules/**", "**/third_party/**", "**/dist/**")

_BLAMED = re.compile(r"(?P<sha>[0-9a-f]{40,64}) \d+ \d+ (?P<count>\d+)")


@dataclass(frozen=True)
class ChangedLines:
    """The lines that a commit removes or replaces.

    Attributes:
        count: how many they are, those that are too old included.
        count_by_commit: how many of them each earlier commit had added.
    """

    count: int
    count_by_commit: Mapping[str, int]


def read_changed_lines(repository: GitRepository, sha: str, parent: str, committed_at: int) -> ChangedLines:
    """Return whose lines a commit changed.

    A commit whose diff cannot be read changes none.

    Args:
        repository: the clone or mirror.
        sha: the commit.
        parent: its first parent.
        committed_at: when it was made, in seconds since 1970.
    """
    counts: Counter[str] = Counter()
    try:
        runs = _read_removed_runs(repository, sha, parent)
        for path, ranges in runs.items():
            counts.update(_blame(repository, parent, path, ranges, committed_at - MAX_LINE_AGE_SECONDS))
    except GitError:
        return ChangedLines(0, {})
    total = sum(last - first + 1 for ranges in runs.values() for first, last in ranges)
    return ChangedLines(total, dict(counts))


def _read_removed_runs(repository: GitRepository, sha: str, parent: str) -> dict[str, list[tuple[int, int]]]:
    """Return the first and last line of each run of removed lines, by the path in the parent."""
    diff = run_git(
        repository.git_dir,
        *("diff", "-U0", "-M", "--no-color", "--no-ext-diff", "--no-textconv", "--diff-filter=MR"),
        *("--src-prefix=a/", "--dst-prefix=b/", parent, sha, "--", "."),
        *(f":(exclude,icase,glob){pattern}" for pattern in _EXCLUDED),
    )
    runs: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for hunk in parse_hunks(diff):
        first, count = hunk.old_first_line, hunk.removed_count
        if hunk.old_path and count and len(runs[hunk.old_path]) < MAX_BLAMED_RUNS:
            runs[hunk.old_path].append((first, first + count - 1))
    return {path: ranges for path, ranges in list(runs.items())[:MAX_BLAMED_FILES] if ranges}


def _blame(
    repository: GitRepository, commit: str, path: str, ranges: Sequence[tuple[int, int]], since: int
) -> Counter[str]:
    """Return the number of lines of each commit since an instant; those of earlier ones are not counted."""
    printed = run_git(
        repository.git_dir,
        *("blame", "--incremental", "-w", f"--since=@{max(0, since)} +0000"),
        *(part for first, last in ranges for part in ("-L", f"{first},{last}")),
        *(commit, "--", path),
    )
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
