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
    compute_duration_statistics,
    compute_percent,
    compute_ratio,
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


def _measure_releases(scope: str, release_contents: Sequence[ReleaseContents], day_count: int) -> Iterator[Measurement]:
    yield Measurement("deployment_frequency", scope, compute_ratio(7 * len(release_contents), day_count, HUNDREDTH))
    lead_times = [seconds for release in release_contents for seconds in release.lead_times]
    yield from _measure_hours("lead_time_for_changes", scope, lead_times)
    by_repository: dict[str, list[ReleaseContents]] = {}
    followers: list[tuple[ReleaseContents | None, ReleaseContents]] = []
    for release in release_contents:
        earlier = by_repository.setdefault(release.repository, [])
        previous = find_previous_release(release, earlier)
        if previous is not None or release.previous_tag is not None:
            followers.append((previous, release))
        earlier.append(release)
    failed = [(previous, release) for previous, release in followers if release.repairs(previous)]
    if followers:
        yield Measurement("change_failure_rate", scope, compute_percent(len(failed), len(followers)))
    restored = [int((release.at - previous.at).total_seconds()) for previous, release in failed if previous is not None]
    yield from _measure_hours("time_to_restore", scope, restored)


def _measure_hours(metric: str, scope: str, seconds: list[int]) -> Iterator[Measurement]:
    if seconds:
        numbers = to_hour_statistics(compute_duration_statistics(pl.DataFrame({"seconds": seconds})).row(0, named=True))
        yield from (Measurement(f"{metric}_{name}", scope, numbers[name]) for name in STATISTICS)


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
