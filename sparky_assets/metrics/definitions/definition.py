"""What the definition of a metric consists of."""

from collections.abc import Iterator
from dataclasses import dataclass

from sparky_assets.metrics.exact import STATISTICS
from sparky_assets.metrics.models import WHOLE, Unit

REPOSITORY = "repository"
BOTH = (WHOLE, REPOSITORY)
COMMITS, PULLS, REVIEWS = ("raw/commits",), ("raw/pull_requests",), ("raw/reviews",)
ISSUES, RELEASES, REPOSITORIES = ("raw/issues",), ("raw/releases",), ("raw/repositories",)
CODE = (*COMMITS, *PULLS, *RELEASES)
EVERYTHING = (*COMMITS, *PULLS, *REVIEWS, *ISSUES, *RELEASES)


@dataclass(frozen=True)
class Metric:
    """One metric. `name` is the name everywhere: in code, in a fact, in a table and in docs/metrics.md."""

    name: str
    sentence: str
    formula: str
    sources: tuple[str, ...]
    unit: Unit = "count"
    excludes: str = ""
    scopes: tuple[str, ...] = BOTH


HOW = {"count": "How many", "mean": "Mean of the", "median": "Median of the", "p90": "90th percentile of the"}


def statistics(name: str, what: str, formula: str, excludes: str, sources: tuple[str, ...]) -> Iterator[Metric]:
    """The definitions of a duration: count, mean, median, p90."""
    for statistic in STATISTICS:
        unit: Unit = "count" if statistic == "count" else "hours"
        sentence = f"How many have a {what}." if statistic == "count" else f"{HOW[statistic]} {what}."
        yield Metric(f"{name}_{statistic}", sentence, formula, sources, unit, excludes)
