"""What changed against earlier periods: numbers of the whole beside the period before and beside what is usual. Pure.

A day is compared with what is usual on its weekday only: that a Monday has more than the Sunday before is no news.
"""

import math
from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from sparky_assets.insights.claims.drafts import ClaimDraft, count_fact, make_claim
from sparky_assets.insights.sentences import pluralize
from sparky_assets.metrics.models import SCOPE_ALL, Fact, Metrics, MetricValue
from sparky_assets.metrics.trends import Lookback, MetricTrend
from sparky_assets.periods import PeriodKind

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


MAX_COMPARISONS = {PeriodKind.DAILY: 3, PeriodKind.WEEKLY: 5, PeriodKind.MONTHLY: 6}


MIN_MOVE_SIGMAS = 1.0
"""88 commits after 87 is no change: counts of independent events differ by the root of their sum."""


COMPARED_METRICS = {
    "commits": ("commit", "commits"),
    "people": ("person who committed", "people who committed"),
    "active_repositories": ("active repository", "active repositories"),
    "pull_requests_opened": ("opened pull request", "opened pull requests"),
    "pull_requests_merged": ("merged pull request", "merged pull requests"),
    "reviews": ("review", "reviews"),
    "issues_opened": ("opened issue", "opened issues"),
    "issues_closed": ("closed issue", "closed issues"),
    "releases": ("release", "releases"),
}
"""Counts that readers ask for, as one and as many are called; in this order where they stand out alike."""


def compare_periods(metrics: Metrics, lookback: Lookback) -> Iterator[ClaimDraft]:
    """What stands out of the usual first, then what moved most since the period before."""
    kind = metrics.period.kind
    trends = {trend.metric: trend for trend in lookback.trends}
    telling = [trends[name] for name in COMPARED_METRICS if name in trends and _is_notable(trends[name], kind)]
    telling.sort(key=lambda trend: (trend.standing not in {"above", "below"}, -_compute_move(trend)))
    own = {fact.key: fact for fact in metrics.facts}
    for trend in telling[: MAX_COMPARISONS[kind]]:
        yield _build_comparison(trend, own[f"{trend.metric}@{SCOPE_ALL}"], kind, lookback)


def build_usual_range(trend: MetricTrend, *sources: str) -> tuple[Fact, Fact]:
    """The bounds of what is usual, rounded inwards to whole counts: a count above the range is above them still."""
    low, high = trend.usual or (Decimal(0), Decimal(0))
    bounds: tuple[MetricValue, MetricValue] = low, high
    if isinstance(trend.value, int):
        bounds = int(low.to_integral_value(ROUND_CEILING)), int(high.to_integral_value(ROUND_FLOOR))
    first, last = (
        count_fact(f"{trend.metric}_{end}", "usual", bound, *sources)
        for end, bound in zip(("from", "to"), bounds, strict=True)
    )
    return first, last


def _is_notable(trend: MetricTrend, kind: PeriodKind) -> bool:
    return trend.standing in {"above", "below"} or (
        kind is not PeriodKind.DAILY and _compute_move(trend) >= MIN_MOVE_SIGMAS
    )


def _compute_move(trend: MetricTrend) -> float:
    """How far a count moved since the period before, in units of what chance alone moves counts of this size by."""
    if trend.previous is None or trend.previous == trend.value:
        return 0.0
    now, before = float(trend.value), float(trend.previous)
    return abs(now - before) / math.sqrt(now + before)


def _build_comparison(trend: MetricTrend, fact: Fact, kind: PeriodKind, lookback: Lookback) -> ClaimDraft:
    source = f"metrics/{kind.value}_trends"
    facts = [fact]
    text = pluralize(trend.value, *COMPARED_METRICS[trend.metric])
    if trend.previous is not None and kind is not PeriodKind.DAILY:
        before = count_fact(trend.metric, f"period:{lookback.period.previous().label}", trend.previous, source)
        facts.append(before)
        text += f", after {before.value:,} in the {kind.noun} before"
    if trend.standing in {"above", "below"}:
        low, high = build_usual_range(trend, source)
        facts += [low, high]
        when = f" on {_format_weekday(lookback)}" if kind is PeriodKind.DAILY else ""
        text += f"; {low.value:,} to {high.value:,} are usual{when}"
    return make_claim("comparison", trend.metric, f"{text}.", facts=facts)


def _format_weekday(lookback: Lookback) -> str:
    return f"{WEEKDAYS[lookback.period.start.weekday()]}s"
