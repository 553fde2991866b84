"""The functions of stage 2 that build the tables of `metrics_in_pandas.py`, and no others."""

from typing import Any

from sparky_assets.metrics.events import build_events
from sparky_assets.metrics.flow import measure_flow
from sparky_assets.metrics.volume import (
    classify_commits,
    count_changes,
    count_contributors,
    count_days,
    count_repositories,
)
from sparky_assets.periods import Period
from sparky_assets.raw.window import RawWindow


def tables(raw: RawWindow, period: Period) -> dict[str, Any]:
    """Repositories, contributors, days, changes and flow of a month, as stage 2 makes them."""
    events = build_events(raw)
    return {
        "repositories": count_repositories(events),
        "contributors": count_contributors(events),
        "days": count_days(events, period, "UTC"),
        "changes": count_changes(events, classify_commits(events)),
        "flow": list(measure_flow(events)),
    }
