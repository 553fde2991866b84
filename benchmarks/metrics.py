"""Costs of stage 2 for a month of 1,000,000 commits, 100,000 pull requests and 300,000 reviews.

    uv run python -m benchmarks.metrics

Claims: at least 5 times faster than the same tables in pandas in the same run, under 2 GiB, and time within 12 times
for 10 times the data. Each measurement runs in a separate process, so that its peak memory is its own; both libraries
get the same rows, generated before the clock starts. `everything` is all of stage 2: the tables and every other metric.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.made_month import MONTH, made_month

SIZES = {"tenth": (100_000, 10_000, 30_000), "month": (1_000_000, 100_000, 300_000)}
GIB = 2**30


def main() -> None:
    """Measure in turn, each alone, and print the ratios."""
    parser = argparse.ArgumentParser(description="Metrics against pandas, memory and growth.")
    parser.add_argument("--only", nargs=2, metavar=("WHAT", "SIZE"), help="one measurement, as JSON")
    if only := parser.parse_args().only:
        sys.stdout.write(json.dumps(measure(*only)) + "\n")
        return
    polars, pandas = alone("tables", "month"), alone("pandas", "month")
    tenth, month = alone("everything", "tenth"), alone("everything", "month")
    if polars["commits"] != pandas["commits"] or polars["rows"] != pandas["rows"]:
        raise SystemExit(f"the two do not count the same: {polars} {pandas}")
    peaks = month["bytes"] / GIB, pandas["bytes"] / GIB
    print(
        f"tables: polars {polars['seconds']:.2f} s, pandas {pandas['seconds']:.2f} s; "
        f"ratio {pandas['seconds'] / polars['seconds']:.1f} (claim: at least 5)\n"
        f"peak memory of everything: {peaks[0]:.2f} GiB with the raw rows; ratio to 2 GiB {peaks[0] / 2:.2f} "
        f"(claim: under 1); pandas {peaks[1]:.2f} GiB\n"
        f"everything: {tenth['seconds']:.2f} s for a tenth, {month['seconds']:.2f} s for the month; "
        f"ratio {month['seconds'] / tenth['seconds']:.1f} (claim: at most 12)"
    )


def alone(what: str, size: str) -> dict[str, Any]:
    """Run one measurement in a separate process."""
    command = [sys.executable, "-m", "benchmarks.metrics", "--only", what, size]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def measure(what: str, size: str) -> dict[str, Any]:
    """Return seconds, peak bytes and the counts; the best of three if it is short."""
    raw = made_month(*SIZES[size])
    window = MONTH.window("UTC")
    if what == "pandas":
        from benchmarks.metrics_in_pandas import frames_of, tables

        frames = frames_of(raw)
        seconds, found = timed(lambda: tables(frames), 1)
        commits, rows = int(found["repositories"]["commits"].sum()), [len(found[name]) for name in COUNTED]
        rows += [int(count) for _, count in sorted(found["flow"].groupby("metric")["count"].sum().items())]
    elif what == "tables":
        from benchmarks.metrics_in_polars import tables as polars_tables

        seconds, found = timed(lambda: polars_tables(raw, MONTH), 2)
        commits, rows = int(found["repositories"]["commits"].sum()), [len(found[name]) for name in COUNTED]
        rows += [
            sum(int(one.value) for one in found["flow"] if one.metric == f"{name}_count" and one.scope != "all")
            for name in ("time_in_review", "time_to_first_review", "time_to_merge")
        ]
    else:
        from sparky_assets.metrics.compute import compute_metrics

        seconds, computed = timed(lambda: compute_metrics(raw, MONTH, window), 2)
        commits, rows = computed.metrics.value("commits"), [computed.repositories.height]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"seconds": seconds, "bytes": peak, "commits": commits, "rows": rows}


COUNTED = ("repositories", "contributors", "days", "changes")


def timed(work: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    """Return the shortest time, and the last result."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - started)
    return min(times), result


if __name__ == "__main__":
    main()
