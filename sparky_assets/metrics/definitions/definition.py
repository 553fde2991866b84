"""What the definition of a metric consists of."""

from collections.abc import Iterator
from dataclasses import dataclass

from sparky_assets.metrics.models import SCOPE_ALL, MetricUnit
from sparky_assets.metrics.rounding import STATISTICS

SCOPE_REPOSITORY = "repository"


DEFAULT_SCOPES = (SCOPE_ALL, SCOPE_REPOSITORY)


RAW_COMMITS, RAW_PULL_REQUESTS, RAW_REVIEWS = ("raw/commits",), ("raw/pull_requests",), ("raw/reviews",)


RAW_ISSUES, RAW_RELEASES, RAW_REPOSITORIES = ("raw/issues",), ("raw/releases",), ("raw/repositories",)


RAW_CODE_TABLES = (*RAW_COMMITS, *RAW_PULL_REQUESTS, *RAW_RELEASES)


RAW_EVENT_TABLES = (*RAW_COMMITS, *RAW_PULL_REQUESTS, *RAW_REVIEWS, *RAW_ISSUES, *RAW_RELEASES)


@dataclass(frozen=True)
class MetricDefinition:
    """One metric. `name` is the name everywhere: in code, in a fact, in a table and in docs/metrics.md."""

    name: str
    sentence: str
    formula: str
    sources: tuple[str, ...]
    unit: MetricUnit = "count"
    exclusions: str = ""
    scopes: tuple[str, ...] = DEFAULT_SCOPES


STATISTIC_PHRASES = {
    "count": "How many",
    "mean": "Mean of the",
    "median": "Median of the",
    "p90": "90th percentile of the",
}


def define_statistics(
    name: str, duration: str, formula: str, exclusions: str, sources: tuple[str, ...]
) -> Iterator[MetricDefinition]:
    """The definitions of a duration: count, mean, median, p90."""
    for statistic in STATISTICS:
        unit: MetricUnit = "count" if statistic == "count" else "hours"
        sentence = (
            f"How many have a {duration}." if statistic == "count" else f"{STATISTIC_PHRASES[statistic]} {duration}."
        )
        yield MetricDefinition(f"{name}_{statistic}", sentence, formula, sources, unit, exclusions)
