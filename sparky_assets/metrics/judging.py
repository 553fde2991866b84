"""Words that judge, each with its definition and number. Pure.

A word is printed only where its definition holds:

* **usual**: a range over at least `MIN_USUAL_VALUES` earlier values of the same metric.
* **quiet**: commits and merged pull requests are both at most `MAX_QUIET_SHARE` of their medians over at least as many
  earlier periods. That a text is short makes no period quiet.
* **first**, **new**: said of a commit only where the whole history of its repository is known
  (`is_first_contribution`). That the store has not seen somebody before makes nobody new.
* **after** N: news only where the number changed.
* **most**: of one thing that has more than every other.
* **only**: is not printed. It says that there should have been more.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from sparky_assets.metrics.models import MetricValue
from sparky_assets.metrics.trends import MIN_TRAILING_VALUES, MetricTrend

MIN_USUAL_VALUES = MIN_TRAILING_VALUES
"""With fewer earlier values nothing is called usual."""

MAX_QUIET_SHARE = Decimal("0.5")
"""A quiet period has at most this share of what is usual."""

QUIET_METRICS = ("commits", "pull_requests_merged")


def is_news(value: MetricValue, previous: MetricValue | None) -> bool:
    """Return True if a number differs from the one of the period before."""
    return previous is not None and value != previous


def is_quiet(trends: Iterable[MetricTrend]) -> bool:
    """Return True if a period is quiet by the definition of this module."""
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


def find_single_most(counts: Mapping[str, int]) -> str | None:
    """Return the name with more than every other; None where two share the highest count, or there is none."""
    highest = max(counts.values(), default=0)
    names = [name for name, count in counts.items() if count == highest]
    return names[0] if len(names) == 1 and highest > 0 else None
