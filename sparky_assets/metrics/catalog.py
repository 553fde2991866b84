"""Registry of all metrics, in families.

A fact needs a definition in this registry. Computing belongs in `compute.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sparky_assets.metrics.definitions import (
    CHECK_METRICS,
    DEPLOYMENT_METRICS,
    FLOW_METRICS,
    LOOKBACK_METRICS,
    PATTERN_METRICS,
    VOLUME_METRICS,
    MetricDefinition,
)
from sparky_assets.metrics.flow import MIN_EVENTS_OF_DAY, Measurement
from sparky_assets.metrics.models import Fact


@dataclass(frozen=True)
class MetricFamily:
    """Metrics of one subject, with a sentence on what they share."""

    title: str
    description: str
    metrics: tuple[MetricDefinition, ...]


METRIC_FAMILIES = (
    MetricFamily(
        "Volume",
        "How much happened. Events of the window's raw days, each once; bots are counted separately.",
        VOLUME_METRICS,
    ),
    MetricFamily(
        "Flow",
        "How work moves, as github-community-projects/issue-metrics defines it: drafts, bots and answers to oneself "
        "are left out. A pull request is **ready** from its first `ready_for_review` event on, else from its opening; "
        "one that is a draft after its last event of the window is left out. A duration belongs to the period in "
        "which it ends (the review, the merge, the closing), whenever it began. It is wall-clock time: nights and "
        f"weekends count. A day with fewer than {MIN_EVENTS_OF_DAY} ended events has their number, and neither "
        "durations nor shares. Of events at one instant the closing is the last.",
        FLOW_METRICS,
    ),
    MetricFamily(
        "Deployments (DORA)",
        "A delivery is a deployment to production (`sources.github.production_environments`); of a repository without "
        "any in the window, a release that is no pre-release. Where a window has neither, all four are absent.",
        DEPLOYMENT_METRICS,
    ),
    MetricFamily(
        "Checks",
        "Whether the default branch was red, by the state that GitHub gave for the checks of its commits when the day "
        "was read. A run that was repeated until it passed has passed. Where no commit has checks, all are absent.",
        CHECK_METRICS,
    ),
    MetricFamily(
        "Patterns", "When and where work happens. Bots and dependency updates are noise here.", PATTERN_METRICS
    ),
    MetricFamily(
        "Looking back",
        "Stored apart from a window's own numbers, in `metrics/<kind>_trends`, with the earlier periods that they use.",
        LOOKBACK_METRICS,
    ),
)


METRICS_BY_NAME: Mapping[str, MetricDefinition] = MappingProxyType(
    {metric.name: metric for family in METRIC_FAMILIES for metric in family.metrics}
)


def to_fact(measurement: Measurement) -> Fact:
    """Return the fact of a measurement, with the unit and sources that its definition names."""
    metric = METRICS_BY_NAME[measurement.metric]
    return Fact(
        metric=metric.name, scope=measurement.scope, value=measurement.value, unit=metric.unit, sources=metric.sources
    )
