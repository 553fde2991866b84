"""A window's own numbers, all of them, from its raw rows alone: the one function that stage 2 calls."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from sparky_assets.metrics.breakdowns import classify_commits, classify_merged_pull_requests, count_changes
from sparky_assets.metrics.catalog import to_fact
from sparky_assets.metrics.chains import measure_repair_chains
from sparky_assets.metrics.contributors import count_contributors
from sparky_assets.metrics.delivery import measure_deployments
from sparky_assets.metrics.events import EventTables, build_events
from sparky_assets.metrics.flow import Measurement, measure_flow
from sparky_assets.metrics.measurable import find_missing_metrics
from sparky_assets.metrics.models import SCOPE_ALL, VOLUME_COLUMNS, Metrics
from sparky_assets.metrics.patterns import measure_patterns
from sparky_assets.metrics.repositories import count_repositories
from sparky_assets.metrics.topics import measure_topics
from sparky_assets.metrics.volume import count_days, count_totals
from sparky_assets.periods import Period, TimeWindow
from sparky_assets.raw.window import RawWindow


@dataclass(frozen=True)
class PeriodMetrics:
    """The facts of a period and its four tables."""

    metrics: Metrics
    repositories: pl.DataFrame
    contributors: pl.DataFrame
    days: pl.DataFrame
    changes: pl.DataFrame


def compute_metrics(raw_window: RawWindow, period: Period, window: TimeWindow) -> PeriodMetrics:
    """Count, measure, and say what could not be measured."""
    events = build_events(raw_window)
    commits = classify_commits(events)
    repositories, changes = count_repositories(events), count_changes(events, commits)
    measured = [
        *_measure_totals(events, repositories),
        *_measure_repositories(repositories),
        *_measure_changes(changes),
        *measure_flow(events),
        *measure_deployments(events, len(period.days)),
        *measure_patterns(events, commits, window.timezone),
        *measure_repair_chains(events),
        *measure_topics(commits, classify_merged_pull_requests(events)),
    ]
    facts = sorted((to_fact(one) for one in measured), key=lambda fact: fact.key)
    unreadable = raw_window.repositories.filter(pl.col("status") == "unreadable")["repository"].sort().to_list()
    return PeriodMetrics(
        Metrics(
            period=period,
            window=window,
            facts=tuple(facts),
            absent=tuple(find_missing_metrics(events, facts)),
            unreadable=tuple(unreadable),
        ),
        repositories,
        count_contributors(events),
        count_days(events, period, window.timezone),
        changes,
    )


def _measure_totals(events: EventTables, repositories: pl.DataFrame) -> Iterator[Measurement]:
    for metric, value in count_totals(events).items():
        if value is not None:
            yield Measurement(metric, SCOPE_ALL, value)
    moved = pl.sum_horizontal("commits", "merge_commits", "pull_requests_merged", "releases") > 0
    yield Measurement("active_repositories", SCOPE_ALL, repositories.filter(moved).height)
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
