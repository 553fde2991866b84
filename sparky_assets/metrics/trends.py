"""Trends: a period against the period before and against the usual range of comparable periods. Pure.

Trends are stored apart from the window's own numbers, since they change when earlier periods are counted again. Each
trend lists the periods that it was computed from. A short history gives no usual range.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

import polars as pl

from sparky_assets.metrics.models import SCOPE_ALL, Fact, Metrics, MetricValue, MissingMetric
from sparky_assets.metrics.rounding import HUNDREDTH, compute_quartiles
from sparky_assets.periods import Period, PeriodKind, period_of_day
from sparky_assets.store import StoredModel

MIN_TRAILING_VALUES = 4
"""Fewer earlier values have no usual range."""


TRAILING_PERIODS = {PeriodKind.DAILY: 4, PeriodKind.WEEKLY: 4, PeriodKind.MONTHLY: 6}


FENCE_FACTOR = Decimal("1.5")


MIN_SPREAD_RATIO = Decimal("0.1")
"""A quarter of weeks are all but equal: a range narrower than a tenth of the median would flag every other one."""


MAX_TREND_REPOSITORIES = 20
"""So many have trends of their own, the most active of the period: 3000 would make a document too long to read."""


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


def count_by_day(days: pl.DataFrame, metric: str = "commits") -> dict[date, int]:
    """Return the values of one metric by day; `days` has the columns of DAY_TABLE, and a null counts as 0."""
    return {date.fromisoformat(day): count or 0 for day, count in days.select("day", metric).iter_rows()}


class MetricTrend(StoredModel):
    """One metric of the whole, or of a repository, against earlier periods."""

    metric: str
    scope: str = SCOPE_ALL
    value: MetricValue
    previous: MetricValue | None
    """In the period just before; None where that was not counted, or could not tell."""
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
    """What the metric was in each of them."""


class ContributorRef(StoredModel):
    """A contributor that the lookback names. Credited by name, in the order of keys."""

    key: str
    name: str
    login: str | None
    periods: int | None = None
    """Of a streak: how many periods in a row."""


class Lookback(StoredModel):
    """Everything about a period that needs earlier ones."""

    period: Period
    previous: Period | None
    """The period before, where it was counted."""
    trends: tuple[MetricTrend, ...]
    """Of the whole."""
    repository_trends: tuple[MetricTrend, ...] = ()
    """Of the most active repositories, by name."""
    facts: tuple[Fact, ...] = ()
    absent: tuple[MissingMetric, ...] = ()
    seen_since: Period | None = None
    """The first of the unbroken row of earlier periods in which people were looked for."""
    first_time: tuple[ContributorRef, ...] = ()
    returning: tuple[ContributorRef, ...] = ()
    streaks: tuple[ContributorRef, ...] = ()
    newcomers_merged: tuple[ContributorRef, ...] = ()


def comparable_periods(period: Period) -> tuple[Period, ...]:
    """The trailing periods that a period is compared with, latest first.

    A day is compared with the same weekday of four weeks: against all days every Saturday would be unusual.
    """
    if period.kind is PeriodKind.DAILY:
        weeks = [period_of_day(PeriodKind.WEEKLY, period.start)]
        for _ in range(TRAILING_PERIODS[period.kind]):
            weeks.append(weeks[-1].previous())
        return tuple(week.days[period.start.weekday()] for week in weeks[1:])
    found = [period.previous()]
    while len(found) < TRAILING_PERIODS[period.kind]:
        found.append(found[-1].previous())
    return tuple(found)


def compare_metrics(metrics: Metrics, earlier: Mapping[Period, Metrics]) -> tuple[MetricTrend, ...]:
    """The trend of every metric of the whole; `earlier` are the periods that were counted."""
    return _build_trends(metrics, earlier, _collect_total_values)


def compare_repositories(metrics: Metrics, earlier: Mapping[Period, Metrics]) -> tuple[MetricTrend, ...]:
    """The trends of the most active repositories. One that an earlier period does not tell of was not quiet then: it
    may not have been read."""
    scopes = frozenset(find_most_active(metrics))

    def of_them(one: Metrics) -> ValuesByMetric:
        return {
            (fact.scope, fact.metric): fact.value
            for fact in one.facts
            if fact.scope in scopes and fact.metric in REPOSITORY_TREND_METRICS
        }

    return _build_trends(metrics, earlier, of_them)


def find_most_active(metrics: Metrics) -> list[str]:
    """The scopes of the repositories in which most happened; of equals the first by name."""
    activity: Counter[str] = Counter()
    for fact in metrics.facts:
        if fact.metric in ACTIVITY_METRICS and fact.scope.startswith("repository:"):
            activity[fact.scope] += int(fact.value)
    return sorted(activity, key=lambda scope: (-activity[scope], scope))[:MAX_TREND_REPOSITORIES]


ValuesByMetric = dict[tuple[str, str], MetricValue]
"""(scope, metric) → value."""


def _build_trends(
    metrics: Metrics, earlier: Mapping[Period, Metrics], collect_values: Callable[[Metrics], ValuesByMetric]
) -> tuple[MetricTrend, ...]:
    before = earlier.get(metrics.period.previous())
    previous = collect_values(before) if before else {}
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


def _collect_total_values(metrics: Metrics) -> ValuesByMetric:
    # An hour or a weekday is no quantity that could rise.
    clocks = {"hour of day", "weekday"}
    return {
        (SCOPE_ALL, fact.metric): fact.value
        for fact in metrics.facts
        if fact.scope == SCOPE_ALL and fact.unit not in clocks
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
