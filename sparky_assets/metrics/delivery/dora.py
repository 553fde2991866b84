"""DORA metrics: what was delivered, how often it failed, and how long changes and repairs took. Pure.

A release that is no pre-release counts as a deployment. The commits between two releases come from the commit graph,
not from dates: a fix on an older branch is not in the newest release. A release is compared with the release before it
of the same package and line: `pkg-b@1.0.1` repairs nothing of `pkg-a`, and v1.9.1 repairs v1.9.0, not v2.0.

The lead time of a release covers all commits that it is the first to hold, whenever they were made. A release of which
some lie before the window, unknown to its rows, is left out: the known ones would make every lead time too short.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import polars as pl

from sparky_assets.metrics.classify import ChangeTheme, classify_change
from sparky_assets.metrics.delivery.repairs import (
    PULL_REQUEST_NUMBER,
    REVERTED_COMMIT_PATTERN,
    is_revert,
    strip_undo_prefix,
)
from sparky_assets.metrics.events import EventTables
from sparky_assets.metrics.flow import Measurement
from sparky_assets.metrics.models import SCOPE_ALL
from sparky_assets.metrics.rounding import (
    HUNDREDTH,
    STATISTICS,
    compute_percent,
    compute_ratio,
    compute_statistics,
    to_hour_statistics,
)

REPAIR_PATTERN = re.compile(
    r"^hotfix(?:\([^)]*\))?!?:"
    r"|^hotfix\b(?! (?:branch|button|command|docs?|label|mode|option|process|support|workflow))"
    r"|^rollback(?:\([^)]*\))?!?:|^(?:rollback|roll(?:ed)? back) (?:\"|to\b|of\b|the\b|from\b|v?\d)",
    re.IGNORECASE,
)
"""Subjects of commits that repair a release without being a revert. "Rollback support for migrations" is a feature."""

MAX_PATCH_REPAIR = timedelta(hours=24)
"""A patch release with a fix that follows its release within this time is a repair."""

_DOTTED_VERSION = re.compile(r"v?(\d{1,18}(?:[._]\d{1,18})+)(?![\w.+-]*[@/])")

_PLAIN_VERSION = re.compile(r"v?(\d{1,18})(?:[+.-][^/@]*)?$")


class CommitNode(NamedTuple):
    """A commit of the graph."""

    sha: str
    parents: list[str] | None
    at: datetime
    subject: str | None
    body: str | None
    is_merge: bool


@dataclass(frozen=True)
class ReleaseContents:
    """One release with the commits of the window that no earlier release contains, without merges.

    Attributes:
        package: the tag without its version; empty for `v1.2.3`.
        version: the numbers of the tag's version; empty where it has none.
        is_complete: whether these are all commits that the release is the first to hold.
        previous_tag: the release before it as the source names it, in the window or not; None where it names none.
        commit_times: when all its commits were committed, as the source knows; None where it does not.
    """

    repository: str
    tag: str
    at: datetime
    commits: tuple[CommitNode, ...]
    package: str = ""
    version: tuple[int, ...] = ()
    is_complete: bool = False
    previous_tag: str | None = None
    commit_times: tuple[datetime, ...] | None = None

    @property
    def lead_times(self) -> list[int]:
        """Seconds from each commit to the release; empty where not all commits are known."""
        times = self.commit_times
        if times is None:
            times = tuple(commit.at for commit in self.commits) if self.is_complete else ()
        return [max(0, int((self.at - committed_at).total_seconds())) for committed_at in times]

    @property
    def takes_back(self) -> bool:
        """Return whether it contains a hotfix, a rollback, or a revert of something that was released before."""
        return any(
            REPAIR_PATTERN.search(commit.subject or "") or self._reverts_released_work(commit)
            for commit in self.commits
        )

    def _reverts_released_work(self, commit: CommitNode) -> bool:
        subject, body = commit.subject or "", commit.body or ""
        if not is_revert(subject):
            return False
        target = re.search(REVERTED_COMMIT_PATTERN, body)
        if target and any(other.sha.startswith(target[1]) for other in self.commits):
            return False
        title = strip_undo_prefix(subject)
        return all(PULL_REQUEST_NUMBER.sub("", other.subject or "") != title for other in self.commits)

    def repairs(self, previous: "ReleaseContents | None") -> bool:
        """Return whether it repairs the release before it.

        That is one that takes something back, or a patch release with a fix soon after.
        """
        if self.takes_back:
            return True
        if previous is None or self.at - previous.at > MAX_PATCH_REPAIR:
            return False
        is_patch = len(self.version) > 2 and self.version[:2] == previous.version[:2]
        themes = {classify_change(commit.subject or "") for commit in self.commits}
        return is_patch and bool(themes & {ChangeTheme.FIX, ChangeTheme.SECURITY})


def split_tag(tag: str) -> tuple[str, tuple[int, ...]]:
    """Return the package and the version numbers of a tag: `pkg-a@1.0.2` is ("pkg-a", (1, 0, 2))."""
    match = _DOTTED_VERSION.search(tag) or _PLAIN_VERSION.search(tag)
    if match is None:
        return tag, ()
    numbers = tuple(int(number) for number in re.split(r"[._]", match[1]))
    return tag[: match.start()].rstrip("@/_-"), numbers


class ProductionDeployment(NamedTuple):
    """A deployment to production that ended."""

    at: datetime
    environment: str
    commit: str | None
    has_succeeded: bool


def list_deployments(events: EventTables) -> dict[str, list[ProductionDeployment]]:
    """Return the deployments to production of each repository that has some, in the order in which they ended."""
    rows = events.deployments.sort("repository", "at", "id").select(
        "repository", "at", pl.col("environment").fill_null(""), "commit", pl.col("state") == "success"
    )
    deployments: dict[str, list[ProductionDeployment]] = {}
    for name, *values in rows.iter_rows():
        deployments.setdefault(name, []).append(ProductionDeployment(*values))
    return deployments


def find_failed_deployments(
    deployments: Sequence[ProductionDeployment],
) -> list[tuple[ProductionDeployment, ProductionDeployment | None]]:
    """Return the deployments that failed, each with the next success in its environment; None where there is none.

    A deployment that succeeded has failed too if the next one brings back a commit that was deployed before it.

    Args:
        deployments: those of one repository, in order.
    """
    failed: list[tuple[ProductionDeployment, ProductionDeployment | None]] = []
    for environment in dict.fromkeys(deployment.environment for deployment in deployments):
        current: ProductionDeployment | None = None
        deployed: set[str] = set()
        waiting: list[ProductionDeployment] = []
        for deployment in deployments:
            if deployment.environment != environment:
                continue
            if not deployment.has_succeeded:
                waiting.append(deployment)
                continue
            failed += [(earlier, deployment) for earlier in waiting]
            waiting = []
            if current and deployment.commit != current.commit and deployment.commit in deployed:
                failed.append((current, deployment))
            current = deployment
            deployed |= {deployment.commit} if deployment.commit else set()
        failed += [(earlier, None) for earlier in waiting]
    return failed


def measure_deployments(events: EventTables, day_count: int) -> Iterator[Measurement]:
    """Yield the four DORA metrics of all repositories and of each one with a delivery; none without any.

    Deliveries are the deployments to production; of repositories without any, the releases.
    """
    releases: dict[str, list[ReleaseContents]] = {}
    for release in releases_with_commits(events):
        releases.setdefault(release.repository, []).append(release)
    deployments = list_deployments(events)
    names = sorted({*releases, *deployments})
    scopes = [(SCOPE_ALL, names), *((f"repository:{name}", [name]) for name in names)] if names else []
    for scope, members in scopes:
        yield from _measure_deliveries(
            scope,
            [deployments[name] for name in members if name in deployments],
            [releases[name] for name in members if name in releases and name not in deployments],
            day_count,
        )
        lead_times = [
            seconds for name in members for release in releases.get(name, ()) for seconds in release.lead_times
        ]
        yield from _measure_hours("lead_time_for_changes", scope, lead_times)


def _measure_deliveries(
    scope: str,
    deployment_lists: Sequence[Sequence[ProductionDeployment]],
    release_lists: Sequence[Sequence[ReleaseContents]],
    day_count: int,
) -> Iterator[Measurement]:
    """Yield the metrics of deliveries, given by repository."""
    delivered = sum(deployment.has_succeeded for deployments in deployment_lists for deployment in deployments)
    delivered += sum(map(len, release_lists))
    yield Measurement("deployment_frequency", scope, compute_ratio(7 * delivered, day_count, HUNDREDTH))
    judged = sum(map(len, deployment_lists))
    failed_count = 0
    restored: list[int] = []
    for deployments in deployment_lists:
        failed = find_failed_deployments(deployments)
        failed_count += len(failed)
        restored += [int((repair.at - deployment.at).total_seconds()) for deployment, repair in failed if repair]
    for releases in release_lists:
        followers, repaired = _find_repaired_releases(releases)
        judged += followers
        failed_count += len(repaired)
        restored += [
            int((release.at - previous.at).total_seconds()) for previous, release in repaired if previous is not None
        ]
    if judged:
        yield Measurement("change_failure_rate", scope, compute_percent(failed_count, judged))
    yield from _measure_hours("time_to_restore", scope, restored)


def releases_with_commits(events: EventTables) -> list[ReleaseContents]:
    """Return the releases of the window without pre-releases, sorted by repository and time."""
    releases = events.releases.filter(~pl.col("is_prerelease").fill_null(False)).sort("repository", "at", "tag")
    commits = events.commits.filter(pl.col("repository").is_in(releases["repository"].unique().implode()))
    graphs = {
        key[0]: {
            row[0]: CommitNode(*row)
            for row in part.select(
                "sha", "parents", pl.coalesce("committed_at", "at"), "subject", "body", "is_merge"
            ).iter_rows()
        }
        for key, part in commits.partition_by("repository", as_dict=True).items()
    }
    released: dict[str, set[str]] = {}
    contents = []
    rows = releases.select("repository", "at", "tag", "commit", "previous_tag", "commit_times")
    for name, at, tag, tip, previous_tag, commit_times in rows.iter_rows():
        new, is_complete = _take_new_commits(graphs.get(name, {}), tip, released.setdefault(name, set()))
        own = tuple(node for node in new if not node.is_merge)
        times = None if commit_times is None else tuple(commit_times)
        contents.append(ReleaseContents(name, tag, at, own, *split_tag(tag), is_complete, previous_tag, times))
    return contents


def _take_new_commits(
    graph: Mapping[str, CommitNode], tip: str | None, released: set[str]
) -> tuple[list[CommitNode], bool]:
    """Return the commits reachable from a tip that are not in `released`, and add them to it.

    The second value says whether they are all: none has a parent that the graph does not know.
    """
    new_commits: list[CommitNode] = []
    is_closed = tip is not None
    pending = [tip]
    while pending:
        sha = pending.pop()
        if sha is None or sha in released:
            continue
        if sha not in graph:
            is_closed = False
            continue
        released.add(sha)
        new_commits.append(graph[sha])
        pending.extend(graph[sha].parents or ())
    return new_commits, is_closed


def find_previous_release(release: ReleaseContents, earlier: Sequence[ReleaseContents]) -> ReleaseContents | None:
    """Return the release of the same package before it: the one its source names, else the next lower version.

    Args:
        release: a release.
        earlier: releases of the same repository that were published before it, in order of time.
    """
    same_package = [other for other in earlier if other.package == release.package]
    if release.previous_tag is not None:
        return next((other for other in same_package if other.tag == release.previous_tag), None)
    lower = [other for other in same_package if other.version < release.version]
    return max(lower, key=lambda other: (other.version, other.at), default=None)


def _find_repaired_releases(
    releases: Sequence[ReleaseContents],
) -> tuple[int, list[tuple[ReleaseContents | None, ReleaseContents]]]:
    """Return how many releases of a repository have one before them, and those that repair it, with the repaired one.

    The repaired release is None where it lies before the window.
    """
    followers: list[tuple[ReleaseContents | None, ReleaseContents]] = []
    for number, release in enumerate(releases):
        previous = find_previous_release(release, releases[:number])
        if previous is not None or release.previous_tag is not None:
            followers.append((previous, release))
    return len(followers), [(previous, release) for previous, release in followers if release.repairs(previous)]


def _measure_hours(metric: str, scope: str, seconds: list[int]) -> Iterator[Measurement]:
    if seconds:
        numbers = to_hour_statistics(compute_statistics(pl.DataFrame({"seconds": seconds})).row(0, named=True))
        yield from (Measurement(f"{metric}_{name}", scope, numbers[name]) for name in STATISTICS)
