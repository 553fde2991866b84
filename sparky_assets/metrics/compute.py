"""A window's own numbers, all of them, from its raw rows alone: the one function that stage 2 calls."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from sparky_assets.metrics.breakdowns import count_changes, merged_with_themes, with_themes
from sparky_assets.metrics.catalogue import fact_of
from sparky_assets.metrics.chains import measure_chains
from sparky_assets.metrics.contributors import count_contributors
from sparky_assets.metrics.dora import measure_deployments
from sparky_assets.metrics.events import Events, read_events
from sparky_assets.metrics.flow import Measured, measure_flow
from sparky_assets.metrics.measurable import absences
from sparky_assets.metrics.models import VOLUME, WHOLE, Metrics
from sparky_assets.metrics.patterns import measure_patterns
from sparky_assets.metrics.repositories import count_repositories
from sparky_assets.metrics.topics import measure_topics
from sparky_assets.metrics.totals import count_days, count_totals
from sparky_assets.periods import Period, Window
from sparky_assets.raw.window import RawWindow


@dataclass(frozen=True)
class Computed:
    """The facts of a period and its four tables."""

    metrics: Metrics
    repositories: pl.DataFrame
    contributors: pl.DataFrame
    days: pl.DataFrame
    changes: pl.DataFrame


def compute_metrics(raw: RawWindow, period: Period, window: Window) -> Computed:
    """Count, measure, and say what could not be measured."""
    events = read_events(raw)
    commits = with_themes(events)
    repositories, changes = count_repositories(events), count_changes(events, commits)
    measured = [
        *_totals(events, repositories),
        *_rows(repositories),
        *_changes(changes),
        *measure_flow(events),
        *measure_deployments(events, len(period.days)),
        *measure_patterns(events, commits, window.timezone),
        *measure_chains(events),
        *measure_topics(commits, merged_with_themes(events)),
    ]
    facts = sorted((fact_of(one) for one in measured), key=lambda fact: fact.key)
    unreadable = raw.repositories.filter(pl.col("status") == "unreadable")["repository"].sort().to_list()
    return Computed(
        Metrics(
            period=period,
            window=window,
            facts=tuple(facts),
            absent=tuple(absences(events, facts)),
            unreadable=tuple(unreadable),
        ),
        repositories,
        count_contributors(events),
        count_days(events, period, window.timezone),
        changes,
    )


def _totals(events: Events, repositories: pl.DataFrame) -> Iterator[Measured]:
    for metric, value in count_totals(events).items():
        if value is not None:
            yield Measured(metric, WHOLE, value)
    moved = pl.sum_horizontal("commits", "merge_commits", "pull_requests_merged", "releases") > 0
    yield Measured("active_repositories", WHOLE, repositories.filter(moved).height)
    yield Measured("repositories", WHOLE, events.repositories.height)


def _rows(repositories: pl.DataFrame) -> Iterator[Measured]:
    for row in repositories.iter_rows(named=True):
        scope = f"repository:{row['repository']}"
        yield from (Measured(name, scope, row[name]) for name in VOLUME if row[name] is not None)


def _changes(changes: pl.DataFrame) -> Iterator[Measured]:
    for row in changes.iter_rows(named=True):
        names = ("commits", "insertions", "deletions", "pull_requests_merged")
        scope = f"{row['kind']}:{row['name']}"
        yield from (Measured(name, scope, row[name]) for name in names if row[name] is not None)
