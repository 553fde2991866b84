"""A year of days through Dagster: by the command line, by the daemon, and without it; then the year's texts.

    uv run python -m benchmarks.backfill [DAYS] [--only plain,command,texts,daemon]

Claims on two quiet cores: raw days and their numbers of a year by the command line in at most 100 s, by the daemon in
at most 240 s; the digests and publications of its days, weeks and months in at most 10 minutes. `plain` is the same
days by the functions that the assets call. Seconds of both cores are printed too: the elapsed time holds for a quiet
machine only. `daemon` is `sparky backfill --background` at a running `sparky up`, from the request to the last run.
"""

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg

from benchmarks.git_log import COMMITS_MADE, made_repository
from benchmarks.service import SPARKY, service
from sparky_assets.metrics.assets import compute_period
from sparky_assets.metrics.lookback import LookbackCache
from sparky_assets.orchestration.resources import build_resources
from sparky_assets.periods import PeriodKind, TimeWindow, periods_between
from sparky_assets.raw.collect import collect_git
from sparky_assets.raw.people import PersonFactory
from sparky_assets.raw.stored_days import store_days
from sparky_assets.settings.load import load_settings

DAYS = 365
MAX_SECONDS = {"command": 100, "texts": 600, "daemon": 240}
PARTS = ("plain", *MAX_SECONDS)


def main() -> None:
    """Measure each part and print it with its ratio to the plain functions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("days", type=int, nargs="?", default=DAYS)
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {', '.join(PARTS)}; texts needs command")
    chosen = parser.parse_args()
    parts = chosen.only.split(",")
    last = datetime.now(UTC).date() - timedelta(days=2)
    first = last - timedelta(days=chosen.days - 1)
    print(f"{first}..{last}: {chosen.days} days, {COMMITS_MADE:,} commits a year")
    with tempfile.TemporaryDirectory() as folder:
        repository = made_repository(Path(folder))
        plain = measure_plain(Path(folder) / "plain", repository, first, last) if "plain" in parts else 0.0
        variables = {
            "SPARKY_SOURCES__GIT__REPOSITORIES": json.dumps([str(repository)]),
            "SPARKY_HOME": f"{folder}/home",
            "SPARKY_PERIODS__START": f"{first}",
        }
        for part in (part for part in ("command", "texts") if part in parts):
            print_part(part, *run_backfill(part, first, last, variables), plain)
        if "daemon" in parts:
            settings = (
                f'home = "{{home}}"\n[periods]\nstart = {first}\n[sources.git]\nrepositories = ["{repository}"]\n'
            )
            print_part("daemon", *run_by_daemon(settings, first, last), plain)


def print_part(part: str, seconds: float, note: str, plain: float) -> None:
    """Print the elapsed seconds of a part, with its limit and its ratio to the plain functions."""
    ratio = f", {seconds / plain:.2f} times the plain functions" if plain and part != "texts" else ""
    print(f"{part}: {seconds:.1f} s (at most {MAX_SECONDS[part]} for a year){ratio}; {note}", flush=True)


def measure_plain(home: Path, repository: Path, first: date, last: date) -> float:
    """Return and print the seconds to collect in one pass and count each day, without Dagster."""
    settings = load_settings(None, {"home": home, "sources": {"git": {"repositories": [str(repository)]}}})
    resources = build_resources(settings)
    days = periods_between(PeriodKind.DAILY, first, last)
    started, cpu_started = time.perf_counter(), measure_cpu_seconds()
    window = TimeWindow(days[0].window("UTC").start, days[-1].window("UTC").end, "UTC")
    collected = collect_git(resources["git"], window, PersonFactory(b"", ()), allow_partial=False)
    store_days(collected, resources["storage"], days, "UTC", datetime.now(UTC))
    collected_after = time.perf_counter() - started
    cache = LookbackCache()
    for day in days:
        compute_period(day, resources["storage"], "UTC", cache)
    seconds = time.perf_counter() - started
    cpu_seconds = measure_cpu_seconds() - cpu_started
    print(f"plain: {seconds:.1f} s, {collected_after:.1f} s of it collecting; {cpu_seconds:.1f} s of both cores")
    return seconds


def measure_cpu_seconds() -> float:
    """Return the processor seconds of this process and of the children that ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def run_backfill(part: str, first: date, last: date, variables: dict[str, str]) -> tuple[float, str]:
    """Return the seconds of `sparky backfill` (`command`: days and numbers; `texts`: the rest), and a note."""
    options = ["--until", "metrics", "--kinds", "day"] if part == "command" else ["--until", "publication"]
    started, cpu_started = time.perf_counter(), measure_cpu_seconds()
    command = [SPARKY, "backfill", f"{first}..{last}", *options]
    done = subprocess.run(command, env={**os.environ, **variables}, check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - started
    return seconds, f"{measure_cpu_seconds() - cpu_started:.1f} s of both cores; {done.stdout.splitlines()[-1].strip()}"


def run_by_daemon(settings: str, first: date, last: date) -> tuple[float, str]:
    """Return the seconds from the request of a backfill to the end of its last run, and a note."""
    with service(settings) as running:
        running.start()
        command = [SPARKY, "--config", str(running.settings), "backfill", f"{first}..{last}", "--until", "metrics",
                   "--kinds", "day", "--background", "--json"]  # fmt: skip
        requested = time.time()
        submitted = subprocess.run(command, check=True, capture_output=True, text=True)
        backfill_id = json.loads(submitted.stdout)["backfill"]
        status = running.wait_for_backfill(backfill_id)
        with dg.DagsterInstance.from_config(str(running.folder / "home/dagster")) as instance:
            records = instance.get_run_records(dg.RunsFilter(tags={"dagster/backfill": backfill_id}))
            times = [(record.start_time or 0, record.end_time or 0) for record in records]
            failed = sum(not record.dagster_run.is_success for record in records)
    seconds = max(end for _, end in times) - requested
    first_start = min(start for start, _ in times) - requested
    in_runs = sum(end - start for start, end in times)
    return seconds, (
        f"{status.lower()}, {len(times)} runs, {failed} failed; the first began after {first_start:.1f} s, "
        f"{in_runs:.1f} s in runs"
    )


if __name__ == "__main__":
    main()
