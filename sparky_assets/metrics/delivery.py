"""DORA metrics, and chains of reverts and fix-ups. Pure.

A release that is no pre-release counts as a deployment. The commits between two releases come from the commit graph,
not from dates: a fix on an older branch is not in the newest release. A release is compared with the release before it
of the same package and line: `pkg-b@1.0.1` repairs nothing of `pkg-a`, and v1.9.1 repairs v1.9.0, not v2.0.

The lead time of a release covers all commits that it is the first to hold, whenever they were made. A release of which
some lie before the window, unknown to its rows, is left out: the known ones would make every lead time too short.

A chain has only links that a commit names itself: `This reverts commit <sha>`, `Fixes: <sha>`, `fixup! <subject>`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import polars as pl

from sparky_assets.metrics.classify import ChangeTheme, classify_change
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
    to_hours,
)
from sparky_assets.periods import TimeWindow

REPAIR_PATTERN = re.compile(
    r"^hotfix(?:\([^)]*\))?!?:"
    r"|^hotfix\b(?! (?:branch|button|command|docs?|label|mode|option|process|support|workflow))"
    r"|^rollback(?:\([^)]*\))?!?:|^(?:rollback|roll(?:ed)? back) (?:\"|to\b|of\b|the\b|from\b|v?\d)",
    re.IGNORECASE,
)
"""Subjects of commits that repair a release without being a revert. "Rollback support for migrations" is a feature."""

MAX_PATCH_REPAIR = timedelta(hours=24)
"""A patch release with a fix that follows its release within this time is a repair."""

UNDO_PREFIX_PATTERN = r"^((?:Revert \"|Reapply \"|(?i:revert)(?:\([^)]{0,60}\))?!?:\s{1,3}){1,9})"
"""The prefixes of a subject that takes something back, or brings it back: `Revert "Revert "Add x""`."""

REVERTED_COMMIT_PATTERN = r"This reverts commit ([0-9a-f]{7,40})"

FIXED_COMMIT_PATTERN = r"(?m)^Fixes: ?([0-9a-f]{7,40})\b"

FIXUP_PATTERN = r"^(?:fixup|squash|amend)! (.+)$"

_UNDO_PREFIX = re.compile(UNDO_PREFIX_PATTERN)

_DOTTED_VERSION = re.compile(r"v?(\d{1,18}(?:[._]\d{1,18})+)(?![\w.+-]*[@/])")

_PLAIN_VERSION = re.compile(r"v?(\d{1,18})(?:[+.-][^/@]*)?$")

_PULL_REQUEST_NUMBER = re.compile(r" \(#\d{1,9}\)$")


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
        return all(_PULL_REQUEST_NUMBER.sub("", other.subject or "") != title for other in self.commits)

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


def count_undo_steps(subject: str) -> int:
    """Return how often a subject says that it reverts; a `Reapply` is two steps. Odd: it takes something back."""
    match = _UNDO_PREFIX.match(subject)
    prefix = match[1].lower() if match else ""
    return prefix.count("revert") + 2 * prefix.count("reapply")


def is_revert(subject: str) -> bool:
    """Return True for a subject that takes a change back; a revert of a revert brings it back."""
    return count_undo_steps(subject) % 2 == 1


def strip_undo_prefix(subject: str) -> str:
    """Return the title that a revert quotes, without its own pull request number."""
    title = _PULL_REQUEST_NUMBER.sub("", subject)
    match = _UNDO_PREFIX.match(title)
    if match is None:
        return title
    quotes = match[1].count('"')
    rest = title[match.end() :]
    for _ in range(quotes):
        rest = rest.removesuffix('"')
    return _PULL_REQUEST_NUMBER.sub("", rest)


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


PASSED_STATES, FAILED_STATES = ("success",), ("failure", "error")
"""States of finished checks. Pending ones say nothing about a branch."""


@dataclass
class BranchChecks:
    """What the checks of a default branch said in a window: seconds red, turns to red, commits checked and failed."""

    red_seconds: int = 0
    red_count: int = 0
    checked_count: int = 0
    failed_count: int = 0

    def __add__(self, other: "BranchChecks") -> "BranchChecks":
        """Return what two branches had together."""
        return BranchChecks(
            self.red_seconds + other.red_seconds,
            self.red_count + other.red_count,
            self.checked_count + other.checked_count,
            self.failed_count + other.failed_count,
        )


def count_branch_checks(events: EventTables, window: TimeWindow) -> dict[str, BranchChecks]:
    """Return what the checks of each default branch said, for the repositories where any are known.

    A branch is red from the landing of a commit whose checks failed to the landing of the next one whose checks passed.
    Where nothing landed in the window, the checks of the head hold for all of it.
    """
    line = events.commits.filter(pl.col("landed_by") == pl.col("sha"))
    known_states = pl.Series([*PASSED_STATES, *FAILED_STATES]).implode()
    checked = line.filter(pl.col("ci_state").is_in(known_states)).sort("repository", "at", "sha")
    checks: dict[str, BranchChecks] = {}
    red_since: dict[str, datetime] = {}
    rows = checked.select("repository", "at", pl.col("ci_state").is_in(pl.Series(FAILED_STATES).implode()))
    for name, at, has_failed in rows.iter_rows():
        branch = checks.setdefault(name, BranchChecks())
        branch.checked_count += 1
        branch.failed_count += has_failed
        if has_failed and name not in red_since:
            branch.red_count += 1
            red_since[name] = at
        elif not has_failed and name in red_since:
            branch.red_seconds += int((at - red_since.pop(name)).total_seconds())
    for name, since in red_since.items():
        checks[name].red_seconds += int((window.end - since).total_seconds())
    unchanged = events.repositories.filter(
        pl.col("head_at") < window.start,
        pl.col("head_ci_state").is_in(known_states),
        ~pl.col("repository").is_in(line["repository"].unique().implode()),
    )
    for name, state in unchanged.select("repository", "head_ci_state").iter_rows():
        whole = int((window.end - window.start).total_seconds())
        checks[name] = BranchChecks(red_seconds=whole if state in FAILED_STATES else 0)
    return checks


def measure_default_branches(events: EventTables, window: TimeWindow) -> Iterator[Measurement]:
    """Yield how long default branches were red: all together, and each one that was red or got commits."""
    checks = count_branch_checks(events, window)
    if not checks:
        return
    total = sum(checks.values(), start=BranchChecks())
    noticed = {f"repository:{name}": branch for name, branch in sorted(checks.items())}
    for scope, branch in {SCOPE_ALL: total, **noticed}.items():
        if scope != SCOPE_ALL and not (branch.checked_count or branch.red_seconds):
            continue
        yield Measurement("default_branch_red_hours", scope, to_hours(branch.red_seconds))
        yield Measurement("default_branch_red_count", scope, branch.red_count)
        if branch.checked_count:
            yield Measurement("check_failure_rate", scope, compute_percent(branch.failed_count, branch.checked_count))


REPAIR_METRICS = ("reverts", "reapplied_commits", "fix_ups")


def measure_repair_chains(events: EventTables) -> Iterator[Measurement]:
    """Yield the reverts and fix-ups of all repositories and of each one, and the longest chain."""
    repairs = find_repairs(events.own_commits)
    for metric in REPAIR_METRICS:
        yield Measurement(metric, SCOPE_ALL, int(repairs[metric].sum()))
    by_repository = repairs.group_by("repository").agg(pl.col(REPAIR_METRICS).sum()).sort("repository")
    for repository, *counts in by_repository.iter_rows():
        for metric, count in zip(REPAIR_METRICS, counts, strict=True):
            yield Measurement(metric, f"repository:{repository}", count)
    lengths = sorted(len(chain) for chain in build_repair_chains(events.own_commits, repairs))
    yield Measurement("repair_chains", SCOPE_ALL, len(lengths))
    if lengths:
        yield Measurement("longest_repair_chain", SCOPE_ALL, max(lengths))


def find_repairs(own_commits: pl.DataFrame) -> pl.DataFrame:
    """Return the commits that name another commit which they revert, bring back or fix.

    A commit whose subject takes back a revert (`Reapply "…"`, `Revert "Revert "…""`) is in `reapplied_commits` and is
    no revert, although git writes `This reverts commit` into its body too.

    Args:
        own_commits: commits with repository, sha, subject and body.
    """
    subject, body = pl.col("subject").fill_null(""), pl.col("body").fill_null("")
    target = pl.coalesce(body.str.extract(REVERTED_COMMIT_PATTERN, 1), body.str.extract(FIXED_COMMIT_PATTERN, 1))
    prefix = subject.str.extract(UNDO_PREFIX_PATTERN, 1).fill_null("").str.to_lowercase()
    steps = prefix.str.count_matches("revert", literal=True) + 2 * prefix.str.count_matches("reapply", literal=True)
    says_nothing = (steps == 0) & body.str.contains(REVERTED_COMMIT_PATTERN)
    marked = own_commits.select(
        "repository",
        "sha",
        target=target,
        wanted=subject.str.extract(FIXUP_PATTERN, 1),
        reverts=(steps % 2 == 1) | says_nothing,
        reapplied_commits=(steps > 0) & (steps % 2 == 0),
        fix_ups=body.str.contains(FIXED_COMMIT_PATTERN) | subject.str.contains(FIXUP_PATTERN),
    )
    return marked.filter(pl.any_horizontal(REPAIR_METRICS))


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
