"""DORA metrics, and chains of reverts and fix-ups. Pure.

A release that is no pre-release counts as a deployment. The commits between two releases come from the commit graph,
not from dates: a fix on an older branch is not in the newest release. Commits from before the window are left out,
since they are not in its raw days.

A chain only has links that a commit itself names: `This reverts commit <sha>`, `Fixes: <sha>`, `fixup! <subject>`.
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
"""Subjects of commits that undo or mend what was shipped."""


class CommitNode(NamedTuple):
    """A commit as the walk over the graph needs it."""

    parents: list[str] | None
    at: datetime
    subject: str | None
    is_merge: bool


@dataclass(frozen=True)
class ReleaseContents:
    """One release with the commits that it was first to hold, as far as they are in the window."""

    repository: str
    at: datetime
    commits: tuple[tuple[datetime, str], ...]
    """When each was committed, and its subject."""

    @property
    def is_repair(self) -> bool:
        """Whether it ships a hotfix, a rollback or a revert."""
        return any(REPAIR_PATTERN.search(subject) for _, subject in self.commits)


def measure_deployments(events: EventTables, day_count: int) -> Iterator[Measurement]:
    """The four of the whole and of each repository with a release. Nothing where there is none."""
    shipped = releases_with_commits(events)
    if not shipped:
        return
    yield from _dora_metrics(SCOPE_ALL, shipped, day_count)
    by_repository: dict[str, list[ReleaseContents]] = {}
    for release in shipped:
        by_repository.setdefault(release.repository, []).append(release)
    for name, releases in by_repository.items():
        yield from _dora_metrics(f"repository:{name}", releases, day_count)


def releases_with_commits(events: EventTables) -> list[ReleaseContents]:
    """Each release of the window that is no pre-release, in order of repository and time."""
    releases = events.releases.filter(~pl.col("is_prerelease").fill_null(False)).sort("repository", "at", "tag")
    commits = events.commits.filter(pl.col("repository").is_in(releases["repository"].unique().implode()))
    graphs = {
        key[0]: {
            row[0]: CommitNode(*row[1:])
            for row in part.select("sha", "parents", "at", "subject", "is_merge").iter_rows()
        }
        for key, part in commits.partition_by("repository", as_dict=True).items()
    }
    held: dict[str, set[str]] = {}
    shipped = []
    for name, at, tip in releases.select("repository", "at", "commit").iter_rows():
        new = _take_new_commits(graphs.get(name, {}), tip, held.setdefault(name, set()))
        own = tuple((node.at, node.subject or "") for node in new if not node.is_merge)
        shipped.append(ReleaseContents(name, at, own))
    return shipped


def _take_new_commits(graph: Mapping[str, CommitNode], tip: str | None, released: set[str]) -> list[CommitNode]:
    """The commits reachable from a tip that no earlier release held; they are held from now on."""
    found: list[CommitNode] = []
    waiting = [tip]
    while waiting:
        sha = waiting.pop()
        if sha in released or sha is None or sha not in graph:
            continue
        released.add(sha)
        found.append(graph[sha])
        waiting.extend(graph[sha].parents or ())
    return found


def _dora_metrics(scope: str, release_contents: Sequence[ReleaseContents], day_count: int) -> Iterator[Measurement]:
    yield Measurement("deployment_frequency", scope, compute_ratio(7 * len(release_contents), day_count, HUNDREDTH))
    waits = [
        max(0, int((release.at - at).total_seconds())) for release in release_contents for at, _ in release.commits
    ]
    if waits:
        numbers = to_hour_statistics(compute_duration_statistics(pl.DataFrame({"seconds": waits})).row(0, named=True))
        yield from (Measurement(f"lead_time_for_changes_{name}", scope, numbers[name]) for name in STATISTICS)
    by_repository: dict[str, list[ReleaseContents]] = {}
    for release in release_contents:
        by_repository.setdefault(release.repository, []).append(release)
    pairs = [pair for releases in by_repository.values() for pair in pairwise(releases)]
    failed = [(before, after) for before, after in pairs if after.is_repair]
    if pairs:
        # The last release of each repository is not judged: its successor is outside the window.
        yield Measurement("change_failure_rate", scope, compute_percent(len(failed), len(pairs)))
    if failed:
        times = [int((after.at - before.at).total_seconds()) for before, after in failed]
        numbers = to_hour_statistics(compute_duration_statistics(pl.DataFrame({"seconds": times})).row(0, named=True))
        yield from (Measurement(f"time_to_restore_{name}", scope, numbers[name]) for name in STATISTICS)


REVERT_PATTERN = r"^(?:Revert \"|revert(?:\([^)]*\))?!?:\s)"


REVERTED_COMMIT_PATTERN = r"This reverts commit ([0-9a-f]{7,40})"


FIXED_COMMIT_PATTERN = r"(?m)^Fixes: ?([0-9a-f]{7,40})\b"


FIXUP_PATTERN = r"^(?:fixup|squash|amend)! (.+)$"


def measure_repair_chains(events: EventTables) -> Iterator[Measurement]:
    """Reverts and fix-ups of the whole and of each repository, and the longest chain."""
    marked = find_repairs(events.own_commits)
    for metric in ("reverts", "fix_ups"):
        yield Measurement(metric, SCOPE_ALL, int(marked[metric].sum()))
    each = marked.group_by("repository").agg(pl.col("reverts", "fix_ups").sum()).sort("repository")
    for repository, reverts, fix_ups in each.iter_rows():
        yield Measurement("reverts", f"repository:{repository}", reverts)
        yield Measurement("fix_ups", f"repository:{repository}", fix_ups)
    lengths = sorted(len(chain) for chain in build_repair_chains(events.own_commits, marked))
    yield Measurement("repair_chains", SCOPE_ALL, len(lengths))
    if lengths:
        yield Measurement("longest_repair_chain", SCOPE_ALL, max(lengths))


def find_repairs(own_commits: pl.DataFrame) -> pl.DataFrame:
    """The commits that say which other they undo or mend; `own` holds repository, sha, subject and body."""
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
    """The commits of each chain by repository and sha, of links whose target is in the window too."""
    if repairs.is_empty():
        return []
    # Only what some commit points at: a month of a million commits has a few thousand links.
    prefixes, subjects = repairs["target"].drop_nulls().str.slice(0, 7), repairs["wanted"].drop_nulls()
    here = own_commits.filter(
        pl.col("sha").str.slice(0, 7).is_in(prefixes.implode()) | pl.col("subject").is_in(subjects.implode())
    )
    by_prefix: dict[tuple[str, str], str] = {}
    by_subject: dict[tuple[str, str], str] = {}
    for repository, sha, subject in here.sort("at", "sha").select("repository", "sha", "subject").iter_rows():
        by_prefix[repository, sha[:7]] = sha
        by_subject.setdefault((repository, subject), sha)
    chains: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for repository, sha, target, wanted in repairs.select("repository", "sha", "target", "wanted").iter_rows():
        mended = by_prefix.get((repository, target[:7])) if target else by_subject.get((repository, wanted))
        if mended and mended != sha and mended.startswith(target or ""):
            ends = ((repository, sha), (repository, mended))
            joined = chains.get(ends[0], {ends[0]}) | chains.get(ends[1], {ends[1]})
            chains |= dict.fromkeys(joined, joined)
    return list({id(chain): chain for chain in chains.values()}.values())
