"""365 daily partitions of raw and metrics through Dagster, against the same days without it.

    uv run python -m benchmarks.backfill [DAYS]

Claim: a year in at most 3 minutes on 2 cores. Printed: minutes for the year, and how many times the plain functions.
"""

import json
import os
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.daily_run import took
from benchmarks.git_log import made_repository
from sparky_assets.metrics.assets import compute_period
from sparky_assets.metrics.lookback import LookbackCache
from sparky_assets.orchestration.resources import build_resources
from sparky_assets.periods import PeriodKind, TimeWindow, periods_between
from sparky_assets.raw.collect import collect_git, store_days
from sparky_assets.raw.people import PersonFactory
from sparky_assets.settings.load import load_settings

DAYS = 365


def main() -> None:
    """Measure the plain functions, then the backfill."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DAYS
    last = datetime.now(UTC).date() - timedelta(days=2)
    first = last - timedelta(days=count - 1)
    with tempfile.TemporaryDirectory() as folder:
        repository = made_repository(Path(folder))
        plain = plain_functions(Path(folder) / "plain", repository, first, last)
        variables = {
            "SPARKY_SOURCES__GIT__REPOSITORIES": json.dumps([str(repository)]),
            "SPARKY_HOME": f"{folder}/home",
            "SPARKY_PERIODS__START": f"{first}",
        }
        program = str(Path(sys.executable).with_name("sparky"))
        command = [program, "backfill", f"{first}..{last}", "--until", "metrics", "--kinds", "day"]
        through_dagster = took(command, {**os.environ, **variables})
    print(
        f"{count} days: plain functions {plain:.1f} s, sparky backfill {through_dagster:.1f} s "
        f"({through_dagster / 60:.1f} minutes), ratio {through_dagster / plain:.1f}"
    )


def plain_functions(home: Path, repository: Path, first: date, last: date) -> float:
    """Return the seconds to collect in one pass and count each day, without Dagster."""
    settings = load_settings(None, {"home": home, "sources": {"git": {"repositories": [str(repository)]}}})
    resources = build_resources(settings)
    days = periods_between(PeriodKind.DAILY, first, last)
    started = time.perf_counter()
    window = TimeWindow(days[0].window("UTC").start, days[-1].window("UTC").end, "UTC")
    collected = collect_git(resources["git"], window, PersonFactory(b"", ()), allow_partial=False)
    store_days(collected, resources["storage"], days, "UTC", datetime.now(UTC))
    memo = LookbackCache()
    for day in days:
        compute_period(day, resources["storage"], "UTC", memo)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
