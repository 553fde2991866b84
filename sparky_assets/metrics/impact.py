"""The order in which later stages choose stories, and what is told once. Documented, deterministic, no model.

Work comes in this order, each rule deciding only what those before it left equal:

1. people's work before dependency updates and the work of bots,
2. releases, merged pull requests, issues, commits that no pull request brought,
3. security, features, speed and fixes before the other themes,
4. larger changes first, up to 1,000 lines, since beyond that it is generated or moved code,
5. the earlier first, then by key, so that equals never change places.

It orders pieces of work and never people.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from sparky_assets.metrics.changes import Theme
from sparky_assets.raw.window import RawWindow

KINDS = ("release", "pull_request", "issue", "commit")
LOUD = (Theme.SECURITY, Theme.FEATURE, Theme.PERFORMANCE, Theme.FIX)
MOST_LINES = 1000
Commits = Mapping[tuple[str, str], Mapping[str, Any]]
"""Rows of raw/commits by repository and sha."""


def impact_key(
    *, kind: str, theme: Theme, is_bot: bool, changed_lines: int | None, at: datetime, key: str
) -> tuple[Any, ...]:
    """What to sort a piece of work by; the smallest comes first."""
    return (
        theme is Theme.DEPENDENCIES or is_bot,
        KINDS.index(kind),
        theme not in LOUD,
        -min(changed_lines or 0, MOST_LINES),
        at,
        key,
    )


def told_commits(raw: RawWindow, commits: Commits) -> set[tuple[Any, ...]]:
    """The commits that a merged pull request tells already: its squash or merge commit, and those that it brought."""
    merged = raw.pull_requests.filter(pl.col("event") == "merged")
    told = set(merged.select("repository", "commit").iter_rows())
    return told | _merged_side(told, commits)


def _merged_side(told: set[tuple[Any, ...]], commits: Commits) -> set[tuple[str, str]]:
    """The commits reachable from the second parents of told merges, as far as the window holds them."""
    reached: set[tuple[str, str]] = set()
    mainline = _first_parents(commits)
    for repository, sha in told:
        row = commits.get((repository, sha))
        waiting = list(row["parents"][1:]) if row else []
        while waiting:
            key = (repository, waiting.pop())
            if key in commits and key not in reached and key not in mainline:
                reached.add(key)
                waiting.extend(commits[key]["parents"])
    return reached


def _first_parents(commits: Commits) -> set[tuple[str, str]]:
    """The commits on the main line: those that no other commit of the window has as a later parent, and their line."""
    children = {(repository, parent) for (repository, _), row in commits.items() for parent in row["parents"]}
    line: set[tuple[str, str]] = set()
    for tip in commits.keys() - children:
        at: tuple[str, str] | None = tip
        while at is not None and at in commits and at not in line:
            line.add(at)
            parents = commits[at]["parents"]
            at = (at[0], parents[0]) if parents else None
    return line
