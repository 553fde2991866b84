"""Diffs without context lines: parse what `git diff -U0` and `git log -p -U0` print, and compare two texts likewise."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

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
        if place:
            # Inside of a hunk a removed `-- comment` looks like the `--- a/path` of a head.
            mark = line[:1]
            if mark == "+":
                added.append(line[1:].rstrip("\r"))
                continue
            if mark == "-":
                removed.append(line[1:].rstrip("\r"))
                continue
            if mark == "\\":
                continue
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


# --- The difference of two texts

MIN_NEW_SHARE = 0.4
"""Share of the words of added lines that the lines before them have not, from which they say something new."""


def are_reworded(removed: Sequence[str], added: Sequence[str]) -> bool:
    """Return whether added lines say again what the removed ones said: filled at another column, or in other words."""
    words = Counter(word for line in added for word in line.split())
    new = words - Counter(word for line in removed for word in line.split())
    return bool(removed) and new.total() < MIN_NEW_SHARE * words.total()


MAX_COMPARED_LINES = 1_000
"""Changed lines of a text that are compared one by one. The time grows with their square; more of them are one run."""


class AddedRun(NamedTuple):
    """Adjacent lines that a text has more: the number of the first, from 1, the lines, and what they replace."""

    first_line: int
    lines: tuple[str, ...]
    removed_count: int
    is_reworded: bool


def list_added_runs(before: str, after: str) -> Iterator[AddedRun]:
    """Yield the runs of lines that `after` has and `before` has not, in order.

    What both begin with is left out first, so that a run of which two places are possible is the later one, as in git.
    """
    old, new = _split_lines(before), _split_lines(after)
    shorter = min(len(old), len(new))
    start = next((number for number in range(shorter) if old[number] != new[number]), shorter)
    most = shorter - start
    end = next((number for number in range(most) if old[-1 - number] != new[-1 - number]), most)
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    if max(len(old), len(new)) > MAX_COMPARED_LINES:
        yield from _make_run(start, new, old)
        return
    for kind, old_first, old_last, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind in {"insert", "replace"}:
            yield from _make_run(start + first, new[first:last], old[old_first:old_last])


def _make_run(first: int, lines: Sequence[str], removed: Sequence[str]) -> Iterator[AddedRun]:
    if lines:
        # As in a diff of git, the ends of lines of Windows are left out.
        added = tuple(line.removesuffix("\n").rstrip("\r") for line in lines)
        yield AddedRun(first + 1, added, len(removed), are_reworded(removed, added))


def _split_lines(text: str) -> list[str]:
    # Of lines that differ only in their ends git says that they changed.
    *lines, last = text.split("\n")
    return [f"{line}\n" for line in lines] + ([last] if last else [])
