"""A period against earlier ones: the one before it, and the usual range of those that are like it. Pure.

Kept apart from the window's own numbers: what is said here changes when earlier periods are counted again, and each
comparison names the periods that it stands on. Where history is too short nothing is said.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Literal

from sparky_assets.metrics.exact import HUNDREDTH, quartiles
from sparky_assets.metrics.models import WHOLE, Absence, Fact, Metrics, Model, Number
from sparky_assets.periods import Period, PeriodKind, containing

LEAST = 4
"""Fewer earlier values have no usual range."""
TRAILING = {PeriodKind.DAILY: 4, PeriodKind.WEEKLY: 4, PeriodKind.MONTHLY: 6}
FENCE = Decimal("1.5")
LEAST_SPREAD = Decimal("0.1")
"""A quarter of weeks are all but equal: a range narrower than a tenth of the median would flag every other one."""


MOST_REPOSITORIES = 20
"""So many have trends of their own, the most active of the period: 3000 would fill a document that nobody reads."""
OF_A_REPOSITORY = (
    "commits", "people", "pull_requests_opened", "pull_requests_merged", "reviews", "issues_opened", "issues_closed",
    "releases", "time_to_first_review_median", "time_to_merge_median", "review_coverage",
)  # fmt: skip
ACTIVITY = ("commits", "pull_requests_opened", "pull_requests_merged", "reviews", "issues_opened", "issues_closed")


class Trend(Model):
    """One metric of the whole, or of a repository, against earlier periods."""

    metric: str
    scope: str = WHOLE
    value: Number
    previous: Number | None
    """In the period just before; None where that was not counted, or could not tell."""
    median: Decimal | None = None
    spread: Decimal | None = None
    """Distance between the quartiles of the trailing periods."""
    usual: tuple[Decimal, Decimal] | None = None
    """Tukey's fences, never below 0: quartiles widened by 1.5 times the spread, the spread at least a tenth of the
    median and at least 1."""
    standing: Literal["above", "below", "usual"] | None = None
    periods: tuple[Period, ...] = ()
    """The trailing periods that the usual range stands on, latest first."""
    values: tuple[Number, ...] = ()
    """What the metric was in each of them."""


class PersonSeen(Model):
    """Someone of whom looking back tells something. Credited by name, in the order of keys."""

    key: str
    name: str
    login: str | None
    periods: int | None = None
    """Of a streak: how many periods in a row."""


class LookingBack(Model):
    """Everything about a period that needs earlier ones."""

    period: Period
    previous: Period | None
    """The period before, where it was counted."""
    trends: tuple[Trend, ...]
    """Of the whole."""
    repository_trends: tuple[Trend, ...] = ()
    """Of the most active repositories, by name."""
    facts: tuple[Fact, ...] = ()
    absent: tuple[Absence, ...] = ()
    seen_since: Period | None = None
    """The first of the unbroken row of earlier periods in which people were looked for."""
    first_time: tuple[PersonSeen, ...] = ()
    returning: tuple[PersonSeen, ...] = ()
    streaks: tuple[PersonSeen, ...] = ()
    newcomers_merged: tuple[PersonSeen, ...] = ()


def like(period: Period) -> tuple[Period, ...]:
    """The trailing periods that a period is compared with, latest first.

    A day is compared with the same weekday of four weeks: against all days every Saturday would be unusual.
    """
    if period.kind is PeriodKind.DAILY:
        weeks = [containing(PeriodKind.WEEKLY, period.start)]
        for _ in range(TRAILING[period.kind]):
            weeks.append(weeks[-1].previous())
        return tuple(week.days[period.start.weekday()] for week in weeks[1:])
    found = [period.previous()]
    while len(found) < TRAILING[period.kind]:
        found.append(found[-1].previous())
    return tuple(found)


def compare(metrics: Metrics, earlier: Mapping[Period, Metrics]) -> tuple[Trend, ...]:
    """The trend of every metric of the whole; `earlier` are the periods that were counted."""
    return _compared(metrics, earlier, _whole)


def compare_repositories(metrics: Metrics, earlier: Mapping[Period, Metrics]) -> tuple[Trend, ...]:
    """The trends of the most active repositories. One that an earlier period does not tell of was not quiet then: it
    may not have been read."""
    scopes = frozenset(most_active(metrics))

    def of_them(one: Metrics) -> Values:
        return {
            (fact.scope, fact.metric): fact.value
            for fact in one.facts
            if fact.scope in scopes and fact.metric in OF_A_REPOSITORY
        }

    return _compared(metrics, earlier, of_them)


def most_active(metrics: Metrics) -> list[str]:
    """The scopes of the repositories in which most happened; of equals the first by name."""
    activity: Counter[str] = Counter()
    for fact in metrics.facts:
        if fact.metric in ACTIVITY and fact.scope.startswith("repository:"):
            activity[fact.scope] += int(fact.value)
    return sorted(activity, key=lambda scope: (-activity[scope], scope))[:MOST_REPOSITORIES]


Values = dict[tuple[str, str], Number]
"""(scope, metric) → value."""


def _compared(
    metrics: Metrics, earlier: Mapping[Period, Metrics], values_of: Callable[[Metrics], Values]
) -> tuple[Trend, ...]:
    before = earlier.get(metrics.period.previous())
    previous = values_of(before) if before else {}
    trailing = [(period, values_of(earlier[period])) for period in like(metrics.period) if period in earlier]
    return tuple(
        _trend(key, value, previous.get(key), [(period, values[key]) for period, values in trailing if key in values])
        for key, value in sorted(values_of(metrics).items())
        if previous or trailing
    )


def _whole(metrics: Metrics) -> Values:
    # An hour or a weekday is no quantity that could rise.
    clocks = {"hour of day", "weekday"}
    return {
        (WHOLE, fact.metric): fact.value for fact in metrics.facts if fact.scope == WHOLE and fact.unit not in clocks
    }


def _trend(
    key: tuple[str, str], value: Number, previous: Number | None, trailing: Sequence[tuple[Period, Number]]
) -> Trend:
    scope, metric = key
    if len(trailing) < LEAST:
        return Trend(metric=metric, scope=scope, value=value, previous=previous)
    low, median, high = quartiles([Decimal(one) for _, one in trailing])
    spread = high - low
    fence = FENCE * max(spread, LEAST_SPREAD * median, Decimal(1))
    usual = (max(Decimal(0), low - fence).quantize(HUNDREDTH), (high + fence).quantize(HUNDREDTH))
    standing: Literal["above", "below", "usual"] = (
        "above" if value > usual[1] else "below" if value < usual[0] else "usual"
    )
    return Trend(
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
