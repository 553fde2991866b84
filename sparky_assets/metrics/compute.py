"""Compute all metrics of a window from its raw rows, and list what could not be measured and why. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import polars as pl

from sparky_assets.metrics.catalog import to_fact
from sparky_assets.metrics.definitions import CHECK_METRICS
from sparky_assets.metrics.delivery.default_branches import measure_default_branches
from sparky_assets.metrics.delivery.dora import measure_deployments
from sparky_assets.metrics.delivery.repairs import measure_repair_chains
from sparky_assets.metrics.events import GITHUB_SOURCES, EventTables, build_events
from sparky_assets.metrics.flow import MIN_EVENTS_OF_DAY, Measurement, measure_flow
from sparky_assets.metrics.models import SCOPE_ALL, VOLUME_COLUMNS, Fact, Metrics, MissingMetric
from sparky_assets.metrics.patterns import measure_patterns, measure_topics
from sparky_assets.metrics.rounding import STATISTICS
from sparky_assets.metrics.volume import (
    GITHUB_ONLY_METRICS,
    classify_commits,
    classify_merged_pull_requests,
    count_changes,
    count_contributors,
    count_days,
    count_repositories,
    count_totals,
)
from sparky_assets.periods import Period, PeriodKind, TimeWindow
from sparky_assets.raw.window import RawWindow

LINE_METRICS = ("insertions", "deletions")

FILE_METRICS = ("changed_files", "commits_touching")

GIT_ONLY_REASON = "read from git alone, which knows no opened pull request, no review, no comment and no issue"

NO_CHECKS_REASON = "not measurable here: no commit of a default branch has checks, or only GitHub knows them"

UNREADABLE_REASON = "could not be read"

NO_RESPONSES_REASON = (
    "some of its days were collected by an earlier version, which read no comments; "
    "`sparky backfill … --until collect --force` collects them again"
)


@dataclass(frozen=True)
class PeriodMetrics:
    """The facts of a period and its four tables."""

    metrics: Metrics
    repositories: pl.DataFrame
    contributors: pl.DataFrame
    days: pl.DataFrame
    changes: pl.DataFrame


def _expand_statistics(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}_{statistic}" for name in names for statistic in STATISTICS)


METRICS_NEEDING_RESPONSES = _expand_statistics("time_to_first_response", "issue_time_to_first_response")

METRICS_NEEDING_GITHUB = (
    *GITHUB_ONLY_METRICS,
    *_expand_statistics(
        "time_to_first_review",
        "time_to_merge",
        "time_in_review",
        "time_in_draft",
        "issue_time_to_close",
        "comments_per_pull_request",
    ),
    *METRICS_NEEDING_RESPONSES,
    "review_coverage",
    "pull_requests_awaiting_review",
)

METRICS_NEEDING_RELEASES = (
    "deployment_frequency",
    *_expand_statistics("lead_time_for_changes"),
    "change_failure_rate",
    *_expand_statistics("time_to_restore"),
)


def find_missing_metrics(events: EventTables, facts: Sequence[Fact]) -> Iterator[MissingMetric]:
    """Yield the metrics that a reader could expect and that are not among the facts, with the reason."""
    present = {(fact.metric, fact.scope) for fact in facts}
    repositories = events.repositories.sort("repository")
    if events.github_repositories.is_empty():
        yield MissingMetric(
            metrics=METRICS_NEEDING_GITHUB, scope=SCOPE_ALL, reason=f"not measurable here: {GIT_ONLY_REASON}"
        )
    elif events.responses is None:
        yield MissingMetric(metrics=METRICS_NEEDING_RESPONSES, scope=SCOPE_ALL, reason=NO_RESPONSES_REASON)
    # By repository only if another one has the metrics: 300 equal entries would say nothing more.
    for name, source, status in repositories.select("repository", "source", "status").iter_rows():
        if status == "unreadable":
            yield MissingMetric(metrics=METRICS_NEEDING_GITHUB, scope=f"repository:{name}", reason=UNREADABLE_REASON)
        elif source not in GITHUB_SOURCES and not events.github_repositories.is_empty():
            yield MissingMetric(metrics=METRICS_NEEDING_GITHUB, scope=f"repository:{name}", reason=GIT_ONLY_REASON)
    yield from _find_missing_lines(events)
    if ("default_branch_red_hours", SCOPE_ALL) not in present:
        names = tuple(metric.name for metric in CHECK_METRICS)
        yield MissingMetric(metrics=names, scope=SCOPE_ALL, reason=NO_CHECKS_REASON)
    for scope in (SCOPE_ALL, *_list_release_scopes(facts)):
        if missing := tuple(name for name in METRICS_NEEDING_RELEASES if (name, scope) not in present):
            yield MissingMetric(metrics=missing, scope=scope, reason=_explain_missing_deployments(missing))


def _find_missing_lines(events: EventTables) -> Iterator[MissingMetric]:
    """Yield the repositories with commits whose lines or files are unknown, and all together if none is known."""
    if events.own_commits.height and not events.own_commits["names_files"].any():
        yield MissingMetric(metrics=FILE_METRICS, scope=SCOPE_ALL, reason="no source of the window names the files")
    if events.own_commits.height and not events.own_commits["insertions"].count():
        yield MissingMetric(metrics=LINE_METRICS, scope=SCOPE_ALL, reason="no commit of the window carries statistics")
    own = events.own_commits.group_by("repository").agg(
        lines=pl.col("insertions").count() > 0, files=pl.col("names_files").any()
    )
    for name, lines, files in own.sort("repository").iter_rows():
        scope = f"repository:{name}"
        if not lines:
            yield MissingMetric(metrics=LINE_METRICS, scope=scope, reason="its commits carry no statistics")
        if not files:
            yield MissingMetric(metrics=FILE_METRICS, scope=scope, reason="its source does not name the files")


def _list_release_scopes(facts: Sequence[Fact]) -> list[str]:
    return [fact.scope for fact in facts if fact.metric == "deployment_frequency" and fact.scope != SCOPE_ALL]


def _explain_missing_deployments(missing: Sequence[str]) -> str:
    if "deployment_frequency" in missing:
        return (
            "not measurable here: no release that is no pre-release was published in the window, and nothing was "
            "deployed to production"
        )
    reasons = []
    if "lead_time_for_changes_count" in missing:
        reasons.append("of no release are all commits known, since some lie before the window")
    if "change_failure_rate" in missing:
        reasons.append("no release was followed by another, and nothing was deployed to production")
    if "time_to_restore_count" in missing:
        reasons.append("no delivery is known to have been repaired")
    return f"not measurable here: {', '.join(reasons)}"


def compute_metrics(raw_window: RawWindow, period: Period, window: TimeWindow) -> PeriodMetrics:
    """Return the facts and tables of a period, with the metrics that could not be measured."""
    events = build_events(raw_window)
    commits = classify_commits(events)
    repositories, changes = count_repositories(events), count_changes(events, commits)
    # Before the facts: of a month of 3,000 repositories both are large, and the days need memory while they are cut.
    contributors, days = count_contributors(events), count_days(events, period, window.timezone)
    measurements = chain(
        _measure_totals(events, repositories),
        _measure_repositories(repositories),
        _measure_changes(changes),
        measure_flow(events, MIN_EVENTS_OF_DAY if period.kind is PeriodKind.DAILY else 1),
        measure_deployments(events, len(period.days)),
        measure_default_branches(events, window),
        measure_patterns(events, commits, window.timezone),
        measure_repair_chains(events),
        measure_topics(commits, classify_merged_pull_requests(events)),
    )
    facts = sorted((to_fact(measurement) for measurement in measurements), key=lambda fact: fact.key)
    is_unreadable = (pl.col("status") == "unreadable").fill_null(value=False)
    unreadable = raw_window.repositories.filter(is_unreadable)["repository"].sort().to_list()
    is_missing = (pl.col("status") == "missing").fill_null(value=False)
    read = raw_window.repositories.filter(~is_unreadable, ~is_missing)["repository"].sort().to_list()
    return PeriodMetrics(
        Metrics(
            period=period,
            window=window,
            facts=tuple(facts),
            absent=tuple(find_missing_metrics(events, facts)),
            unreadable=tuple(unreadable),
            repositories=tuple(read),
        ),
        repositories,
        contributors,
        days,
        changes,
    )


def _measure_totals(events: EventTables, repositories: pl.DataFrame) -> Iterator[Measurement]:
    for metric, value in count_totals(events).items():
        if value is not None:
            yield Measurement(metric, SCOPE_ALL, value)
    is_active = pl.sum_horizontal("commits", "merge_commits", "pull_requests_merged", "releases") > 0
    yield Measurement("active_repositories", SCOPE_ALL, repositories.filter(is_active).height)
    yield Measurement("repositories", SCOPE_ALL, events.repositories.height)


def _measure_repositories(repositories: pl.DataFrame) -> Iterator[Measurement]:
    for row in repositories.iter_rows(named=True):
        scope = f"repository:{row['repository']}"
        yield from (Measurement(name, scope, row[name]) for name in VOLUME_COLUMNS if row[name] is not None)


def _measure_changes(changes: pl.DataFrame) -> Iterator[Measurement]:
    for row in changes.iter_rows(named=True):
        names = ("commits", "insertions", "deletions", "pull_requests_merged")
        scope = f"{row['kind']}:{row['name']}"
        yield from (Measurement(name, scope, row[name]) for name in names if row[name] is not None)
