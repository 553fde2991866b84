"""Disk of a year of 300 repositories by stage, and what larger files would save.

    uv run python -m benchmarks.disk [--repositories 300] [--active 60]

A generated month goes through all stages as a run does: its 31 days, its 4 whole weeks, and itself, each with a commit.
A year is 365 days, 52 weeks, and 12 months of the same. Bytes are those of the files, and those of their blocks on
disk. Compaction: the days of each raw table as one file a month, in bytes and in processor seconds to read the month.
"""

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import polars as pl

from benchmarks.growth import MONTH, make_month
from sparky_assets.digests.assets import write_products
from sparky_assets.digests.models import list_products
from sparky_assets.insights.assets import write_insight
from sparky_assets.metrics.assets import compute_period
from sparky_assets.metrics.lookback import LookbackCache
from sparky_assets.orchestration.resources import build_resources
from sparky_assets.periods import PeriodKind, periods_between
from sparky_assets.publications.publish import publish_period
from sparky_assets.raw.stored_days import store_days
from sparky_assets.raw.tables import TABLES
from sparky_assets.settings.load import load_settings

PERIODS_OF_YEAR = {PeriodKind.DAILY: 365, PeriodKind.WEEKLY: 52, PeriodKind.MONTHLY: 12}
ROUNDS = 5
MIB = 1 << 20


def main() -> None:
    """Write the month, and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repositories", type=int, default=300)
    parser.add_argument("--active", type=int, default=60, help="repositories that see five commits on a day")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        settings = load_settings(None, {"home": home})
        resources = build_resources(settings)
        storage = resources["storage"]
        store_days(make_month(given.repositories, given.active), storage, MONTH.days, "UTC", datetime.now(UTC))
        scales = {}
        cache = LookbackCache()
        for kind in PeriodKind:
            periods = periods_between(kind, MONTH.days[0].start, MONTH.days[-1].start)
            scales[kind.value] = PERIODS_OF_YEAR[kind] / len(periods)
            for period in periods:
                compute_period(period, storage, "UTC", cache)
                write_insight(period, storage, settings, resources["language_models"])
                write_products(list_products(kind), period, storage, settings)
                publish_period(period, storage, resources["publisher"], settings)
        print(
            f"a year of {given.repositories} repositories, {given.active} of them active on a day with 5 commits each"
        )
        print_stages(home, scales)
        print_compaction(storage.root)


def print_stages(home: Path, scales: dict[str, float]) -> None:
    """Print files and bytes of each folder of the store, and of the published pages, for a year."""
    totals: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    store = home / "store"
    seen: set[int] = set()
    for file in (file for file in sorted(store.rglob("*"), reverse=True) if file.is_file()):
        if file.stat().st_ino in seen:
            continue  # a hard link: the insight of a digest is that of stage 3
        seen.add(file.stat().st_ino)
        stage, name = file.relative_to(store).parts[:2]
        kind = next((kind for kind in scales if name.startswith(kind)), PeriodKind.DAILY.value)
        add_file(totals[stage], file, scales[kind])
    for file in (file for file in (home / "publications").rglob("*") if file.is_file()):
        # Pages and commits of 31 days, 4 weeks and a month; a year has about 12 times as many.
        add_file(totals["publications (repository)"], file, 12)
    for stage, (files, size, blocks) in sorted(totals.items()):
        print(f"  {stage:<26} {files:>7,.0f} files {size / MIB:>7.1f} MiB, {blocks / MIB:>7.1f} MiB on disk")
    files, size, blocks = (sum(column) for column in zip(*totals.values(), strict=True))
    print(f"  {'all':<26} {files:>7,.0f} files {size / MIB:>7.1f} MiB, {blocks / MIB:>7.1f} MiB on disk")


def add_file(total: list[float], file: Path, scale: float) -> None:
    """Add a file, its bytes, and the bytes of its blocks to a total."""
    status = file.stat()
    for column, value in enumerate((1, status.st_size, status.st_blocks * 512)):
        total[column] += value * scale


def print_compaction(root: str) -> None:
    """Print what a file a month instead of one a day would save for raw tables."""
    daily = [sorted(Path(root, table.path).glob("*.parquet")) for table in TABLES]
    days = [file for files in daily for file in files]
    with tempfile.TemporaryDirectory() as folder:
        months = [Path(folder, f"{number}.parquet") for number, _ in enumerate(daily)]
        for files, month in zip(daily, months, strict=True):
            pl.concat([pl.read_parquet(file) for file in files]).write_parquet(month, compression="zstd")
        for what, files in (("a file a day", days), ("a file a month", months)):
            size = sum(file.stat().st_size for file in files)
            blocks = sum(file.stat().st_blocks * 512 for file in files)
            seconds = measure_best(partial(read_all, files))
            print(
                f"  raw month, {what:<15} {len(files):>5} files {size / MIB:>6.2f} MiB, {blocks / MIB:>6.2f} MiB on "
                f"disk, {seconds:.3f} s to read"
            )


def read_all(files: Iterable[Path]) -> None:
    """Read all of the files."""
    for file in files:
        pl.read_parquet(file)


def measure_best(work: Callable[[], None]) -> float:
    """Return the fewest processor seconds of some rounds."""
    durations = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        durations.append(time.process_time() - started)
    return min(durations)


if __name__ == "__main__":
    main()
