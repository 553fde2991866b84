"""DORA metrics, and chains of reverts and fix-ups. Pure.

A release that is no pre-release counts as a deployment. The commits between two releases come from the commit graph,
not from dates: a fix on an older branch is not in the newest release. Commits from before the window are left out,
since they are not in its raw days.

A chain has only links that a commit names itself: `This reverts commit <sha>`, `Fixes: <sha>`, `fixup! <subject>`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

import polars as pl

from sparky_assets.metrics.events import EventTables
from sparky_assets.metrics.flow import Measurement
from sparky_assets.metrics.models import SCOPE_ALL
from sparky_assets.metrics.rounding import (
    HUNDREDTH,
    STATISTICS,
    compute_duration_statistics,
    compute_percent,
    compute_ratio,
    to_hour_statistics,
)

REPAIR_PATTERN = re.compile(r"^(?:hotfix|rollback)\b|^(?:revert\b|Revert \")", re.IGNORECASE)
"""Subjects of commits that revert or fix a release."""

REVERT_PATTERN = r"^(?:Revert \"|revert(?:\([^)]*\))?!?:\s)"

REVERTED_COMMIT_PATTERN = r"This reverts commit ([0-9a-f]{7,40})"

FIXED_COMMIT_PATTERN = r"(?m)^Fixes: ?([0-9a-f]{7,40})\b"

FIXUP_PATTERN = r"^(?:fixup|squash|amend)! (.+)$"


class CommitNode(NamedTuple):
    """A commit of the graph: its parents, time, subject, and whether it is a merge."""

    parents: list[str] | None
    at: datetime
    subject: str | None
    is_merge: bool


@dataclass(frozen=True)
class ReleaseContents:
    """One release with the commits of the window that no earlier release contains."""

    repository: str
    at: datetime
    commits: tuple[tuple[datetime, str], ...]
    """Commit time and subject of each."""

    @property
    def is_repair(self) -> bool:
        """Return whether the release contains a hotfix, a rollback or a revert."""
        return any(REPAIR_PATTERN.search(subject) for _, subject in self.commits)


def measure_deployments(events: EventTables, day_count: int) -> Iterator[Measurement]:
    """Yield the four DORA metrics of all repositories and of each one with a release; none without releases."""
    all_releases = releases_with_commits(events)
    if not all_releases:
        return
    yield from _measure_releases(SCOPE_ALL, all_releases, day_count)
    by_repository: dict[str, list[ReleaseContents]] = {}
    for release in all_releases:
        by_repository.setdefault(release.repository, []).append(release)
    for name, releases in by_repository.items():
        yield from _measure_releases(f"repository:{name}", releases, day_count)


def releases_with_commits(events: EventTables) -> list[ReleaseContents]:
    """Return the releases of the window without pre-releases, sorted by repository and time."""
    releases = events.releases.filter(~pl.col("is_prerelease").fill_null(False)).sort("repository", "at", "tag")
    commits = events.commits.filter(pl.col("repository").is_in(releases["repository"].unique().implode()))
    graphs = {
        key[0]: {
            row[0]: CommitNode(*row[1:])
            for row in part.select("sha", "parents", "at", "subject", "is_merge").iter_rows()
        }
        for key, part in commits.partition_by("repository", as_dict=True).items()
    }
    released: dict[str, set[str]] = {}
    contents = []
    for name, at, tip in releases.select("repository", "at", "commit").iter_rows():
        new = _take_new_commits(graphs.get(name, {}), tip, released.setdefault(name, set()))
        own = tuple((node.at, node.subject or "") for node in new if not node.is_merge)
        contents.append(ReleaseContents(name, at, own))
    return contents


def _take_new_commits(graph: Mapping[str, CommitNode], tip: str | None, released: set[str]) -> list[CommitNode]:
    """Return the commits reachable from a tip that are not in `released`, and add them to it."""
    new_commits: list[CommitNode] = []
    pending = [tip]
    while pending:
        sha = pending.pop()
        if sha in released or sha is None or sha not in graph:
            continue
        released.add(sha)
        new_commits.append(graph[sha])
        pending.extend(graph[sha].parents or ())
    return new_commits


def _measure_releases(scope: str, release_contents: Sequence[ReleaseContents], day_count: int) -> Iterator[Measurement]:
    yield Measurement("deployment_frequency", scope, compute_ratio(7 * len(release_contents), day_count, HUNDREDTH))
    lead_times = [
        max(0, int((release.at - at).total_seconds())) for release in release_contents for at, _ in release.commits
    ]
    if lead_times:
        numbers = to_hour_statistics(
            compute_duration_statistics(pl.DataFrame({"seconds": lead_times})).row(0, named=True)
        )
        yield from (Measurement(f"lead_time_for_changes_{name}", scope, numbers[name]) for name in STATISTICS)
    by_repository: dict[str, list[ReleaseContents]] = {}
    for release in release_contents:
        by_repository.setdefault(release.repository, []).append(release)
    pairs = [pair for releases in by_repository.values() for pair in pairwise(releases)]
    failed = [(before, after) for before, after in pairs if after.is_repair]
    if pairs:
        # The last release of each repository does not count: the release after it is outside the window.
        yield Measurement("change_failure_rate", scope, compute_percent(len(failed), len(pairs)))
    if failed:
        times = [int((after.at - before.at).total_seconds()) for before, after in failed]
        numbers = to_hour_statistics(compute_duration_statistics(pl.DataFrame({"seconds": times})).row(0, named=True))
        yield from (Measurement(f"time_to_restore_{name}", scope, numbers[name]) for name in STATISTICS)


def measure_repair_chains(events: EventTables) -> Iterator[Measurement]:
    """Yield the reverts and fix-ups of all repositories and of each one, and the longest chain."""
    repairs = find_repairs(events.own_commits)
    for metric in ("reverts", "fix_ups"):
        yield Measurement(metric, SCOPE_ALL, int(repairs[metric].sum()))
    by_repository = repairs.group_by("repository").agg(pl.col("reverts", "fix_ups").sum()).sort("repository")
    for repository, reverts, fix_ups in by_repository.iter_rows():
        yield Measurement("reverts", f"repository:{repository}", reverts)
        yield Measurement("fix_ups", f"repository:{repository}", fix_ups)
    lengths = sorted(len(chain) for chain in build_repair_chains(events.own_commits, repairs))
    yield Measurement("repair_chains", SCOPE_ALL, len(lengths))
    if lengths:
        yield Measurement("longest_repair_chain", SCOPE_ALL, max(lengths))


def find_repairs(own_commits: pl.DataFrame) -> pl.DataFrame:
    """Return the commits that name another commit which they revert or fix.

    Args:
        own_commits: commits with repository, sha, subject and body.
    """
    subject, body = pl.col("subject").fill_null(""), pl.col("body").fill_null("")
    target = pl.coalesce(body.str.extract(REVERTED_COMMIT_PATTERN, 1), body.str.extract(FIXED_COMMIT_PATTERN, 1))
    marked = own_commits.select(
        "repository",
        "sha",
        target=target,
        wanted=subject.str.extract(FIXUP_PATTERN, 1),
        reverts=subject.str.contains(REVERT_PATTERN) | body.str.contains(REVERTED_COMMIT_PATTERN),
        fix_ups=body.str.contains(FIXED_COMMIT_PATTERN) | subject.str.contains(FIXUP_PATTERN),
    )
    return marked.filter(pl.col("reverts") | pl.col("fix_ups"))


def build_repair_chains(own_commits: pl.DataFrame, repairs: pl.DataFrame) -> list[set[tuple[str, str]]]:
    """Return each chain as (repository, sha) of its commits. A link whose target is outside the window is left out."""
    if repairs.is_empty():
        return []
    # Index only commits that are named: a month of a million commits has a few thousand links.
    prefixes, subjects = repairs["target"].drop_nulls().str.slice(0, 7), repairs["wanted"].drop_nulls()
    candidates = own_commits.filter(
        pl.col("sha").str.slice(0, 7).is_in(prefixes.implode()) | pl.col("subject").is_in(subjects.implode())
    )
    by_prefix: dict[tuple[str, str], str] = {}
    by_subject: dict[tuple[str, str], str] = {}
    for repository, sha, subject in candidates.sort("at", "sha").select("repository", "sha", "subject").iter_rows():
        by_prefix[repository, sha[:7]] = sha
        by_subject.setdefault((repository, subject), sha)
    chains: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for repository, sha, target, wanted in repairs.select("repository", "sha", "target", "wanted").iter_rows():
        repaired = by_prefix.get((repository, target[:7])) if target else by_subject.get((repository, wanted))
        if repaired and repaired != sha and repaired.startswith(target or ""):
            ends = ((repository, sha), (repository, repaired))
            joined = chains.get(ends[0], {ends[0]}) | chains.get(ends[1], {ends[1]})
            chains |= dict.fromkeys(joined, joined)
    return list({id(chain): chain for chain in chains.values()}.values())
