"""Overhead of a daily run over the whole graph beyond its own work, start-up included.

    uv run python -m benchmarks.daily_run

Claim: at most 3 seconds. Its own work is the time inside the functions that the assets call (collect, count, choose,
render, commit) for the same day, without any import; the rest of `sparky run day` is overhead.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.git_log import made_repository
from sparky_assets.digests.assets import write_products
from sparky_assets.digests.models import list_products
from sparky_assets.insights.assets import write_insight
from sparky_assets.metrics.assets import compute_period
from sparky_assets.orchestration.resources import build_resources
from sparky_assets.periods import Period, PeriodKind, parse_period
from sparky_assets.publications.publish import publish_period
from sparky_assets.raw.collect import collect_git
from sparky_assets.raw.people import PersonFactory
from sparky_assets.raw.stored_days import store_days
from sparky_assets.settings.load import load_settings
from sparky_assets.settings.schema import Settings

ROUNDS = 3


def main() -> None:
    """Measure both in turn, best of three."""
    with tempfile.TemporaryDirectory() as folder:
        repository = made_repository(Path(folder))
        own, run = [], []
        for number in range(ROUNDS):
            day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - (number + 20) * 86400))
            git = {"repositories": [str(repository)]}
            own.append(own_work(load_settings(None, {"home": f"{folder}/own", "sources": {"git": git}}), day))
            variables = {
                "SPARKY_SOURCES__GIT__REPOSITORIES": json.dumps([str(repository)]),
                "SPARKY_HOME": f"{folder}/run",
            }
            program = str(Path(sys.executable).with_name("sparky"))
            run.append(took([program, "run", "day", day], {**os.environ, **variables}))
        print(
            f"own work {min(own):.2f} s, sparky run day {min(run):.2f} s, added {min(run) - min(own):.2f} s; "
            f"ratio {min(run) / min(own):.1f}"
        )


def own_work(settings: Settings, day: str) -> float:
    """Return the seconds inside the functions that the assets of one day call."""
    resources = build_resources(settings)
    period: Period = parse_period(PeriodKind.DAILY, day)
    started = time.perf_counter()
    collected = collect_git(resources["git"], period.window("UTC"), PersonFactory(b"", ()), allow_partial=False)
    store_days(collected, resources["storage"], [period], "UTC", datetime.now(UTC))
    compute_period(period, resources["storage"], "UTC")
    write_insight(period, resources["storage"], settings, resources["language_models"])
    write_products(list_products(period.kind), period, resources["storage"], settings)
    publish_period(period, resources["storage"], resources["publisher"], settings)
    return time.perf_counter() - started


def took(arguments: list[str], environment: dict[str, str]) -> float:
    """Return the seconds of one whole process."""
    started = time.perf_counter()
    subprocess.run(arguments, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
