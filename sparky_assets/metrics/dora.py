"""DORA's four, where releases allow it. A release that is no pre-release stands for a deployment.

What changed between two releases is read from the commit graph, never from dates: a fix on an older branch is not in
the newest release. Commits from before the window are not its raw days, and are left out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

import polars as pl

from sparky_assets.metrics.events import Events
from sparky_assets.metrics.exact import HUNDREDTH, STATISTICS, duration_statistics, percent, ratio, statistics_of
from sparky_assets.metrics.flow import Measured
from sparky_assets.metrics.models import WHOLE

REPAIRS = re.compile(r"^(?:hotfix|rollback)\b|^(?:revert\b|Revert \")", re.IGNORECASE)
"""Subjects of commits that undo or mend what was shipped."""


class Node(NamedTuple):
    """A commit as the walk over the graph needs it."""

    parents: list[str] | None
    at: datetime
    subject: str | None
    is_merge: bool


@dataclass(frozen=True)
class Shipped:
    """One release with the commits that it was first to hold, as far as they lie in the window."""

    repository: str
    at: datetime
    commits: tuple[tuple[datetime, str], ...]
    """When each was committed, and its subject."""

    @property
    def is_repair(self) -> bool:
        """Whether it ships a hotfix, a rollback or a revert."""
        return any(REPAIRS.search(subject) for _, subject in self.commits)


def measure_deployments(events: Events, days: int) -> Iterator[Measured]:
    """The four of the whole and of each repository with a release. Nothing where there is none."""
    shipped = ship(events)
    if not shipped:
        return
    yield from _four(WHOLE, shipped, days)
    by_repository: dict[str, list[Shipped]] = {}
    for one in shipped:
        by_repository.setdefault(one.repository, []).append(one)
    for name, releases in by_repository.items():
        yield from _four(f"repository:{name}", releases, days)


def ship(events: Events) -> list[Shipped]:
    """Each release of the window that is no pre-release, in order of repository and time."""
    releases = events.releases.filter(~pl.col("is_prerelease").fill_null(False)).sort("repository", "at", "tag")
    commits = events.commits.filter(pl.col("repository").is_in(releases["repository"].unique().implode()))
    graphs = {
        key[0]: {
            row[0]: Node(*row[1:]) for row in part.select("sha", "parents", "at", "subject", "is_merge").iter_rows()
        }
        for key, part in commits.partition_by("repository", as_dict=True).items()
    }
    held: dict[str, set[str]] = {}
    shipped = []
    for name, at, tip in releases.select("repository", "at", "commit").iter_rows():
        new = _reach(graphs.get(name, {}), tip, held.setdefault(name, set()))
        own = tuple((node.at, node.subject or "") for node in new if not node.is_merge)
        shipped.append(Shipped(name, at, own))
    return shipped


def _reach(graph: Mapping[str, Node], tip: str | None, held: set[str]) -> list[Node]:
    """The commits reachable from a tip that no earlier release held; they are held from now on."""
    found: list[Node] = []
    waiting = [tip]
    while waiting:
        sha = waiting.pop()
        if sha in held or sha is None or sha not in graph:
            continue
        held.add(sha)
        found.append(graph[sha])
        waiting.extend(graph[sha].parents or ())
    return found


def _four(scope: str, shipped: Sequence[Shipped], days: int) -> Iterator[Measured]:
    yield Measured("deployment_frequency", scope, ratio(7 * len(shipped), days, HUNDREDTH))
    waits = [max(0, int((one.at - at).total_seconds())) for one in shipped for at, _ in one.commits]
    if waits:
        numbers = statistics_of(duration_statistics(pl.DataFrame({"seconds": waits})).row(0, named=True))
        yield from (Measured(f"lead_time_for_changes_{name}", scope, numbers[name]) for name in STATISTICS)
    by_repository: dict[str, list[Shipped]] = {}
    for one in shipped:
        by_repository.setdefault(one.repository, []).append(one)
    pairs = [pair for releases in by_repository.values() for pair in pairwise(releases)]
    failed = [(before, after) for before, after in pairs if after.is_repair]
    if pairs:
        # The last release of each repository is not judged: what followed it lies outside the window.
        yield Measured("change_failure_rate", scope, percent(len(failed), len(pairs)))
    if failed:
        times = [int((after.at - before.at).total_seconds()) for before, after in failed]
        numbers = statistics_of(duration_statistics(pl.DataFrame({"seconds": times})).row(0, named=True))
        yield from (Measured(f"time_to_restore_{name}", scope, numbers[name]) for name in STATISTICS)
