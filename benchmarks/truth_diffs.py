"""Recount with plain `git` what digests print of diffs: changed lines, and minimums at the ends of a window.

Shares no code with the product: lines and values are looked up in the files themselves.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from benchmarks.truth_clones import Clone, PlainCommit

CHANGED_LINE = re.compile(r"In `([^`]+)`, `([^`]+)` became `([^`]+)`")
RAISED_MINIMUM = re.compile(r"`([^`]+)` in `([^`]+)` rose from `([^`]+)` to `([^`]+)`")


FIX_IN = re.compile(r"\*\*((?:CVE|GHSA)-[\w-]+):\*\*.*?The fix is in ((?:\[[^\]]+\]\([^)]+\)|[^.“”\[])+)\.", re.DOTALL)
RELEASE_PAGE = re.compile(r"/(?:releases/tag|-/tags|src/tag)/([^?#)]+)\)")


class DiffResult(NamedTuple):
    """Whether a printed statement about a diff holds; None if no clone can tell."""

    ok: bool | None
    detail: str


def check_diffs(
    block: str,
    linked: Sequence[tuple[Clone, PlainCommit]],
    clones: Sequence[Clone],
    window: tuple[datetime, datetime] | None,
) -> Iterator[DiffResult]:
    """Yield a result for each changed line and each raised minimum that a block states.

    Args:
        block: a paragraph or list item.
        linked: the commits that it links.
        clones: all clones.
        window: the window of the text; None if it is unknown, and minimums cannot be judged.
    """
    text = re.sub(r"[\u200b\u2060]", "", block)
    for match in CHANGED_LINE.finditer(text):
        path, old, new = match.groups()
        ok = any(_changes_line(clone, commit, path, old, new) for clone, commit in linked) if linked else None
        yield DiffResult(ok, match[0])
    for match in RAISED_MINIMUM.finditer(text):
        key, path, old, new = match.groups()
        owners = list({clone.name: clone for clone, _ in linked}.values()) or list(clones)
        ok = any(_is_minimum(clone, window, path, key, old, new) for clone in owners) if window else None
        yield DiffResult(ok, match[0])


def check_fixes(block: str, clones: Sequence[Clone]) -> Iterator[DiffResult]:
    """Yield a result for each release that a block says to hold the fix of an advisory: a commit in it names the id."""
    for match in FIX_IN.finditer(re.sub(r"[\u200b\u2060]", "", block)):
        advisory = match[1]
        for tag in RELEASE_PAGE.findall(match[2]):
            owners = [clone for clone in clones if tag in clone.tags]
            grep = ("log", "--format=%H", "-i", f"--grep={advisory}", "-1")
            ok = any(clone.git(*grep, clone.tags[tag], check=False).strip() for clone in owners) if owners else None
            yield DiffResult(ok, f"{advisory} in {tag}")


def _changes_line(clone: Clone, commit: PlainCommit, path: str, old: str, new: str) -> bool:
    """Return True if a commit removes one line from a file and adds another one in its place."""
    diff = clone.git("show", "--format=", "-m", "--first-parent", "-U0", commit.sha, "--", path, check=False)
    pairs = re.findall(r"^@@[^\n]*\n-([^\n]*)\n(?:\\[^\n]*\n)?\+([^\n]*)(?:\n(?![+-])|\Z)", diff, re.MULTILINE)
    return any(removed.strip() == old and added.strip() == new for removed, added in pairs)


def _is_minimum(  # noqa: PLR0917 - one statement
    clone: Clone, window: tuple[datetime, datetime], path: str, key: str, old: str, new: str
) -> bool:
    """Return True if a file has the old value before a window and the new, higher one at its end."""
    start, end = (instant.timestamp() for instant in window)
    before = next((commit.sha for commit in clone.first_parents if commit.committed_at < start), None)
    after = next((commit.sha for commit in clone.first_parents if commit.committed_at < end), None)
    if before is None or after is None:
        return False
    lines = [clone.git("show", f"{sha}:{path}", check=False).splitlines() for sha in (before, after)]
    holds = [
        any(key in " ".join(line.split()) and value in line for line in part)
        for part, value in zip(lines, (old, new), strict=True)
    ]
    return all(holds) and _read_lowest(new) > _read_lowest(old)


def _read_lowest(value: str) -> tuple[int, ...]:
    """Return the lowest version that a value names, with upper bounds left out."""
    bounds = [part for part in re.split(r"\|\||,", value) if not part.strip().startswith("<")]
    versions = [tuple(map(int, re.findall(r"\d+", part.partition("-")[0]))) for part in bounds]
    return min((*version, 0, 0, 0)[:4] for version in versions)
