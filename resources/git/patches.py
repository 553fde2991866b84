"""Parse diffs without context lines, as `git diff -U0` and `git log -p -U0` print them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HUNK = re.compile(r"@@ -(?P<old>\d+)(?:,(?P<removed>\d+))? \+(?P<new>\d+)(?:,\d+)? @@")

_INDEX = re.compile(r"index [0-9a-f]{4,64}\.\.([0-9a-f]{4,64})")


@dataclass(frozen=True)
class Hunk:
    """Adjacent lines of a file that a diff removes and adds.

    Attributes:
        path: the path of the new file; a path with a quote or a control character is written in quotes, and left out.
        old_path: the path of the file before, likewise.
        blob: the new file in git.
        first_line: number of the first added line in the new file, from 1.
        old_first_line: number of the first removed line in the file before.
        removed_count: how many lines the diff says that it removes.
        is_new: whether the file is new.
    """

    path: str
    old_path: str
    blob: str
    first_line: int
    old_first_line: int
    removed_count: int
    removed: tuple[str, ...]
    added: tuple[str, ...]
    is_new: bool


def parse_hunks(diff: str) -> Iterator[Hunk]:
    """Yield the hunks of a diff, in order; of lines that are no diff nothing."""
    path = old_path = blob = ""
    is_new = False
    place: re.Match[str] | None = None
    removed: list[str] = []
    added: list[str] = []
    for line in [*diff.split("\n"), "diff --git "]:
        # Inside of a hunk a removed `-- comment` looks like the `--- a/path` of a head.
        if place and line.startswith(("+", "-", "\\")):
            if line[0] != "\\":
                (added if line[0] == "+" else removed).append(line[1:].rstrip("\r"))
            continue
        if place:
            count = int(place["removed"] or 1)
            first, old_first = int(place["new"]), int(place["old"])
            yield Hunk(path, old_path, blob, first, old_first, count, tuple(removed), tuple(added), is_new)
        removed, added, place = [], [], _HUNK.match(line)
        if line.startswith("diff --git "):
            path, old_path, blob, is_new = "", "", "", False
        elif line.startswith("new file"):
            is_new = True
        elif match := _INDEX.match(line):
            blob = match[1]
        elif line.startswith("--- "):
            old_path = _read_path(line.removeprefix("--- ").removeprefix("a/"))
        elif line.startswith("+++ "):
            path = _read_path(line.removeprefix("+++ ").removeprefix("b/"))


def _read_path(written: str) -> str:
    path = written.rstrip("\t")  # git ends a path with a space in it by a tab
    return "" if path.startswith('"') or path == "/dev/null" else path
