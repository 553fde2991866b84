"""How time and memory grow with the repositories of an organisation, and with those that see changes on a day.

    uv run python -m benchmarks.growth                      # 30, 300, 3,000, 10,000 repositories; 1, 10, 50 active
    uv run python -m benchmarks.growth --stages 300 10      # one size, with the seconds of each stage

Each size runs in a process of its own: 31 generated days are stored as collecting does, each is counted, then the month
is counted, written, and published with a commit. An active repository has five squash commits a day. The exponent is
the slope of the logarithms: of the whole row, and of its last step, where constant costs (imports, the first commit)
weigh least. Claim: at most 1.1. Printed are processor seconds without imports, and the peak of the process.
"""

import argparse
import json
import math
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from benchmarks.made_stories import START, build_commit
from sparky_assets.digests.assets import write_products
from sparky_assets.digests.models import list_products
from sparky_assets.insights.assets import write_insight
from sparky_assets.metrics.assets import compute_period
from sparky_assets.metrics.lookback import LookbackCache
from sparky_assets.orchestration.resources import build_resources
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.publications.publish import publish_period
from sparky_assets.raw.git_rows import build_git_tables
from sparky_assets.raw.people import PersonFactory
from sparky_assets.raw.stored_days import CollectedTables, store_days
from sparky_assets.raw.tables import REPOSITORIES, TABLES
from sparky_assets.settings.load import load_settings

REPOSITORY_COUNTS, ACTIVE_COUNTS = (30, 300, 3_000, 10_000), (1, 10, 50)
USUAL_REPOSITORIES, USUAL_ACTIVE = 300, 10
COMMITS_A_DAY = 5
MONTH = Period(PeriodKind.MONTHLY, START.date())
MAX_EXPONENT = 1.1


def main() -> None:
    """Print both tables, or measure one size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stages", type=int, nargs=2, metavar=("REPOSITORIES", "ACTIVE"), help="one size, as JSON")
    if size := parser.parse_args().stages:
        print(json.dumps(measure_stages(*size)))
        return
    by_repositories = [measure_size(count, USUAL_ACTIVE) for count in REPOSITORY_COUNTS]
    print_exponents("repositories", REPOSITORY_COUNTS, by_repositories)
    by_active = [measure_size(USUAL_REPOSITORIES, count) for count in ACTIVE_COUNTS]
    print_exponents("active repositories", ACTIVE_COUNTS, by_active)


def measure_size(repositories: int, active: int) -> dict[str, float]:
    """Measure one size in a process of its own, and print its row."""
    command = [sys.executable, "-m", "benchmarks.growth", "--stages", str(repositories), str(active)]
    measured: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    memory = measured.pop("mib")
    stages = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in measured.items())
    total = sum(measured.values())
    print(
        f"{repositories:>6,} repositories, {active:>2} active: {total:6.1f} s ({stages}), {memory:.0f} MiB", flush=True
    )
    return {**measured, "all": total, "mib": memory}


def print_exponents(what: str, sizes: Sequence[int], rows: Sequence[dict[str, float]]) -> None:
    """Print the exponents of each column of a table."""
    parts = []
    for name in rows[0]:
        values = [max(row[name], 0.01) for row in rows]
        last = fit_exponent(sizes[-2:], values[-2:])
        mark = " NOT HELD" if max(last, fit_exponent(sizes, values)) > MAX_EXPONENT else ""
        parts.append(f"{name} {fit_exponent(sizes, values):.2f} (last step {last:.2f}){mark}")
    print(f"exponent over {what}: {', '.join(parts)}", flush=True)


def fit_exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Return the slope of a line through the logarithms, by least squares."""
    points = [(math.log(size), math.log(value)) for size, value in zip(sizes, values, strict=True)]
    mean_x, mean_y = (sum(point[axis] for point in points) / len(points) for axis in (0, 1))
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


def measure_stages(repositories: int, active: int) -> dict[str, float]:
    """Return the processor seconds of each stage, and the peak memory in MiB, of this process and its children."""
    seconds: dict[str, float] = {}

    @contextmanager
    def measure(stage: str) -> Iterator[None]:
        started = _read_cpu_seconds()
        yield
        seconds[stage] = _read_cpu_seconds() - started

    with tempfile.TemporaryDirectory() as home:
        settings = load_settings(None, {"home": Path(home)})
        resources = build_resources(settings)
        storage = resources["storage"]
        collected = make_month(repositories, active)
        with measure("store"):
            store_days(collected, storage, MONTH.days, "UTC", datetime.now(UTC))
        del collected
        with measure("metrics"):
            cache = LookbackCache()
            for day in MONTH.days:
                compute_period(day, storage, "UTC", cache)
            compute_period(MONTH, storage, "UTC")
        with measure("insights"):
            write_insight(MONTH, storage, settings, resources["language_models"])
        with measure("digests"):
            write_products(list_products(MONTH.kind), MONTH, storage, settings)
        with measure("publications"):
            publish_period(MONTH, storage, resources["publisher"], settings)
    return {**seconds, "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def make_month(repositories: int, active: int) -> CollectedTables:
    """Return generated rows of a month, in which so many repositories see five commits on each day."""
    chance = random.Random(7)
    commits: dict[int, list[tuple[int, int]]] = {}
    for day in range(len(MONTH.days)):
        for repository in chance.sample(range(repositories), active):
            for _ in range(COMMITS_A_DAY):
                at = int((START + timedelta(days=day)).timestamp()) + chance.randrange(86_400)
                commits.setdefault(repository, []).append((at, len(commits.get(repository, ())) + 1))
    people = PersonFactory(b"benchmark", ["*[bot]"])
    frames: dict[str, list[pl.DataFrame]] = {table.asset: [table.make_empty()] for table in TABLES}
    for repository, own in sorted(commits.items()):
        made = [build_commit(chance, repository, number, at) for at, number in own]
        for asset, frame in build_git_tables(f"acme/tool-{repository:05}", made, (), people, "public").items():
            frames[asset].append(frame)
    rows = {
        "repository": [f"acme/tool-{number:05}" for number in range(repositories)], "source": "git", "status": "ok",
        "visibility": "public", "default_branch": "main",
    }  # fmt: skip
    frames[REPOSITORIES.asset].append(pl.DataFrame(rows))
    return CollectedTables({asset: pl.concat(parts, how="diagonal") for asset, parts in frames.items()}, ())


def _read_cpu_seconds() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


if __name__ == "__main__":
    started = time.monotonic()
    main()
    print(f"{time.monotonic() - started:.0f} s", file=sys.stderr)
