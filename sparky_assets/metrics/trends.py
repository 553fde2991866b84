"""Trends: a period against the period before and against the usual range of comparable periods. Pure.

Trends are stored apart from the window's own numbers, since they change when earlier periods are counted again. Each
trend lists the periods that it was computed from. A short history gives no usual range.

A word that judges is printed only where its definition holds:

* **usual**: a range over at least `MIN_TRAILING_VALUES` earlier values of the same metric.
* **quiet**: commits and merged pull requests are both at most `MAX_QUIET_SHARE` of their medians over at least as many
  earlier periods. That a text is short makes no period quiet.
* **first**, **new**: said of a commit only where the whole history of its repository is known
  (`is_first_contribution`). A person whom the store has not seen before is not new by that.
* **after** N: news only where the number changed.
* **most**: of one thing that has more than every other.
* **only**: is not printed. It says that there should have been more.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

import polars as pl

from sparky_assets.metrics.models import (
    SCOPE_ALL,
    VOLUME_COLUMNS,
    Fact,
    Metrics,
    MetricValue,
    MissingMetric,
)
from sparky_assets.metrics.rounding import HUNDREDTH, compute_quartiles
from sparky_assets.periods import Period, PeriodKind, period_of_day
from sparky_assets.store import StoredModel

MIN_TRAILING_VALUES = 8
"""With fewer earlier values there is no usual range."""

MAX_QUIET_SHARE = Decimal("0.5")
"""A quiet period has at most this share of what is usual."""

QUIET_METRICS = ("commits", "pull_requests_merged")

TRAILING_PERIODS = {PeriodKind.DAILY: 8, PeriodKind.WEEKLY: 8, PeriodKind.MONTHLY: 12}

FENCE_FACTOR = Decimal("1.5")

MIN_SPREAD_RATIO = Decimal("0.1")
"""Some weeks are almost equal: a range narrower than a tenth of the median would flag every other week."""

MAX_TREND_REPOSITORIES = 20
"""The most active repositories have their own trends: with all of 3,000 the document would be too long to read."""

REPOSITORY_TREND_METRICS = (
    "commits", "people", "pull_requests_opened", "pull_requests_merged", "reviews", "issues_opened", "issues_closed",
    "releases", "time_to_first_review_median", "time_to_merge_median", "review_coverage",
)  # fmt: skip

ACTIVITY_METRICS = (
    "commits",
    "pull_requests_opened",
    "pull_requests_merged",
    "reviews",
    "issues_opened",
    "issues_closed",
)

SUMMED_METRICS = frozenset(VOLUME_COLUMNS) - {"changed_files", "people", "active_people", "active_bots"}
"""Metrics whose total is the sum over repositories."""

REPOSITORY_PREFIX = "repository:"

ValuesByMetric = dict[tuple[str, str], MetricValue]
"""Values by (scope, metric)."""


class MetricTrend(StoredModel):
    """A metric of all repositories or of one, compared with earlier periods."""

    metric: str
    scope: str = SCOPE_ALL
    value: MetricValue
    previous: MetricValue | None
    """Value in the period before; None if that period was not counted or lacks the metric."""
    median: Decimal | None = None
    spread: Decimal | None = None
    """Distance between the quartiles of the trailing periods."""
    usual: tuple[Decimal, Decimal] | None = None
    """Tukey's fences, never below 0: quartiles widened by 1.5 times the spread, the spread at least a tenth of the
    median and at least 1."""
    standing: Literal["above", "below", "usual"] | None = None
    periods: tuple[Period, ...] = ()
    """The trailing periods of the usual range, latest first."""
    values: tuple[MetricValue, ...] = ()
    """Value of the metric in each of `periods`."""


class ContributorRef(StoredModel):
    """A contributor in the lookback, credited by name. Lists are sorted by key."""

    key: str
    name: str
    login: str | None
    periods: int | None = None
    """Consecutive active periods; only for a streak."""


class Lookback(StoredModel):
    """The part of a period's metrics that depends on earlier periods."""

    period: Period
    previous: Period | None
    """The period before; None if it was not counted."""
    trends: tuple[MetricTrend, ...]
    """Trends of all repositories together."""
    repository_trends: tuple[MetricTrend, ...] = ()
    """Trends of the most active repositories, by name."""
    lost: tuple[str, ...] = ()
    """Repositories that the period before could read and this one cannot see any more."""
    facts: tuple[Fact, ...] = ()
    absent: tuple[MissingMetric, ...] = ()
    seen_since: Period | None = None
    """The first of the consecutive earlier periods that contributors are compared with."""
    first_time: tuple[ContributorRef, ...] = ()
    returning: tuple[ContributorRef, ...] = ()
    streaks: tuple[ContributorRef, ...] = ()
    newcomers_merged: tuple[ContributorRef, ...] = ()


def count_by_day(days: pl.DataFrame, metric: str = "commits") -> dict[date, int]:
    """Return the values of one metric by day; `days` has the columns of DAY_TABLE, and a null counts as 0."""
    return {date.fromisoformat(day): count or 0 for day, count in days.select("day", metric).iter_rows()}


def comparable_periods(period: Period) -> tuple[Period, ...]:
    """Return the trailing periods that a period is compared with, latest first.

    A day is compared with the same weekday of eight weeks: against all days every Saturday would be unusual.
    """
    if period.kind is PeriodKind.DAILY:
        weeks = [period_of_day(PeriodKind.WEEKLY, period.start)]
        for _ in range(TRAILING_PERIODS[period.kind]):
            weeks.append(weeks[-1].previous())
        return tuple(week.days[period.start.weekday()] for week in weeks[1:])
    periods = [period.previous()]
    while len(periods) < TRAILING_PERIODS[period.kind]:
        periods.append(periods[-1].previous())
    return tuple(periods)


def compare_metrics(metrics: Metrics, earlier: Mapping[Period, Metrics]) -> tuple[MetricTrend, ...]:
    """Return the trend of every metric of all repositories together; `earlier` holds the counted periods.

    Compared are only repositories that both periods could read: see `_collect_comparable_values`.
    """
    return _build_trends(metrics, earlier, lambda counted: _collect_comparable_values(counted, metrics))


def compare_repositories(metrics: Metrics, earlier: Mapping[Period, Metrics]) -> tuple[MetricTrend, ...]:
    """Return the trends of the most active repositories.

    An earlier period without a repository does not count as 0: the repository may not have been read then.
    """
    scopes = frozenset(find_most_active(metrics))

    def collect_repository_values(counted: Metrics) -> ValuesByMetric:
        return {
            (fact.scope, fact.metric): fact.value
            for fact in counted.facts
            if fact.scope in scopes and fact.metric in REPOSITORY_TREND_METRICS
        }

    return _build_trends(metrics, earlier, collect_repository_values)


def find_most_active(metrics: Metrics) -> list[str]:
    """Return the scopes of the most active repositories; equal ones are ordered by name."""
    activity: Counter[str] = Counter()
    for fact in metrics.facts:
        if fact.metric in ACTIVITY_METRICS and fact.scope.startswith("repository:"):
            activity[fact.scope] += int(fact.value)
    return sorted(activity, key=lambda scope: (-activity[scope], scope))[:MAX_TREND_REPOSITORIES]


def _build_trends(
    metrics: Metrics, earlier: Mapping[Period, Metrics], collect_values: Callable[[Metrics], ValuesByMetric]
) -> tuple[MetricTrend, ...]:
    previous_metrics = earlier.get(metrics.period.previous())
    previous = collect_values(previous_metrics) if previous_metrics else {}
    trailing = [
        (period, collect_values(earlier[period])) for period in comparable_periods(metrics.period) if period in earlier
    ]
    return tuple(
        _build_trend(
            key, value, previous.get(key), [(period, values[key]) for period, values in trailing if key in values]
        )
        for key, value in sorted(collect_values(metrics).items())
        if previous or trailing
    )


def _collect_comparable_values(counted: Metrics, metrics: Metrics) -> ValuesByMetric:
    """Return the values of a period for the comparison with the present one.

    What repositories did that only one of the two periods could read is no change. Of a repository that was lost since,
    counts are subtracted; another metric that such a repository has a part in is left out.
    """
    values = _collect_total_values(counted)
    if not counted.repositories or not metrics.repositories:
        return values
    lost = set(counted.repositories) - set(metrics.repositories)
    gained = set(metrics.repositories) - set(counted.repositories)
    for fact in metrics.facts:
        if fact.value and fact.scope.removeprefix(REPOSITORY_PREFIX) in gained:
            values.pop((SCOPE_ALL, fact.metric), None)
    for fact in counted.facts:
        key = (SCOPE_ALL, fact.metric)
        if fact.value and key in values and fact.scope.removeprefix(REPOSITORY_PREFIX) in lost:
            if fact.metric in SUMMED_METRICS:
                values[key] -= fact.value
            else:
                values.pop(key)
    if lost or gained:
        values.pop((SCOPE_ALL, "repositories"), None)
        values.pop((SCOPE_ALL, "active_repositories"), None)
    return values


def find_lost_repositories(metrics: Metrics, previous: Metrics | None) -> tuple[str, ...]:
    """Return the repositories that the period before could read and that this one neither reads nor reports."""
    if previous is None or not metrics.repositories:
        return ()
    return tuple(sorted(set(previous.repositories) - set(metrics.repositories) - set(metrics.unreadable)))


def _collect_total_values(metrics: Metrics) -> ValuesByMetric:
    # An hour or a weekday is not a quantity that can rise.
    clock_units = {"hour of day", "weekday"}
    return {
        (SCOPE_ALL, fact.metric): fact.value
        for fact in metrics.facts
        if fact.scope == SCOPE_ALL and fact.unit not in clock_units
    }


def _build_trend(
    key: tuple[str, str],
    value: MetricValue,
    previous: MetricValue | None,
    trailing: Sequence[tuple[Period, MetricValue]],
) -> MetricTrend:
    scope, metric = key
    if len(trailing) < MIN_TRAILING_VALUES:
        return MetricTrend(metric=metric, scope=scope, value=value, previous=previous)
    low, median, high = compute_quartiles([Decimal(earlier_value) for _, earlier_value in trailing])
    spread = high - low
    fence = FENCE_FACTOR * max(spread, MIN_SPREAD_RATIO * median, Decimal(1))
    usual = (max(Decimal(0), low - fence).quantize(HUNDREDTH), (high + fence).quantize(HUNDREDTH))
    standing: Literal["above", "below", "usual"] = (
        "above" if value > usual[1] else "below" if value < usual[0] else "usual"
    )
    return MetricTrend(
        metric=metric,
        scope=scope,
        value=value,
        previous=previous,
        median=median.quantize(HUNDREDTH),
        spread=spread.quantize(HUNDREDTH),
        usual=usual,
        standing=standing,
        periods=tuple(period for period, _ in trailing),
        values=tuple(value for _, value in trailing),
    )


def is_news(value: MetricValue, previous: MetricValue | None) -> bool:
    """Return True if a number differs from the one of the period before."""
    return previous is not None and value != previous


def is_quiet(trends: Iterable[MetricTrend]) -> bool:
    """Return True if a period is quiet by the definition above."""
    by_metric = {trend.metric: trend for trend in trends}
    measured = [by_metric[metric] for metric in QUIET_METRICS if metric in by_metric]
    medians = [trend.median for trend in measured]
    if not measured or None in medians or not any(medians) or "commits" not in by_metric:
        return False
    return all(
        trend.median is not None and trend.value <= MAX_QUIET_SHARE * trend.median
        for trend in measured
        if trend.median or trend.value
    )
