"""Overhead of Dagster's daemon, queue and interface over Sparky's own work, measured on the running service.

    python -m benchmarks.orchestration --days 365 --partitions 1000

* A day through the daemon: from the request to the end of the run, less the time inside assets.
* A backfill of raw days and their numbers by the daemon, and how many runs it takes.
* The asset page of an asset with many partitions, in Chromium: from the address to its list of partitions.
* Runs of the daemon and of the command line at once: how often "database is locked" is logged.
"""

import argparse
import subprocess
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg

from benchmarks.chromium import CHROMIUM, browser
from benchmarks.git_log import made_repository
from benchmarks.service import SPARKY, Service, environment, service
from sparky_assets.cli.dagster_runner import open_runner
from sparky_assets.raw.tables import TABLES
from sparky_assets.settings.load import load_settings

RAW = [["raw", table.asset] for table in TABLES]
OVERLAPPING = 6


def main() -> None:
    """Measure all four."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--partitions", type=int, default=1000)
    chosen = parser.parse_args()
    first = date.today() - timedelta(days=max(chosen.days, chosen.partitions) + 2)
    with tempfile.TemporaryDirectory(prefix="sparky-orchestration-") as folder:
        repository = made_repository(Path(folder))
        settings = f'home = "{{home}}"\n[periods]\nstart = {first}\n[sources.git]\nrepositories = ["{repository}"]\n'
        with service(settings) as running:
            # SQLite is created once, before several processes open it at a time.
            with open_runner(load_settings(running.settings)):
                pass
            print(f"service answers after       {running.start():6.1f} s")
            days = [(date.today() - timedelta(days=number)).isoformat() for number in range(chosen.days, 0, -1)]
            one_day(running, days[-1])
            backfill(running, days)
            overlapping(running, days[-OVERLAPPING * 2 :])
            page_of_many(running, chosen.partitions)
            print(f"database is locked          {locked(running):6d} times")


def one_day(running: Service, day: str) -> None:
    """Return the seconds of a day by the daemon, less the work inside its assets."""
    run_id = running.launch("daily", day)
    with dg.DagsterInstance.from_config(str(home_of(running))) as instance:
        while not (record := instance.get_run_records(dg.RunsFilter(run_ids=[run_id]))[0]).dagster_run.is_finished:
            time.sleep(0.5)
        assert record.dagster_run.is_success, f"see {running.log}"
        steps = instance.get_run_step_stats(record.dagster_run.run_id)
        work = sum((step.end_time or 0) - (step.start_time or 0) for step in steps)
        asked = record.create_timestamp.replace(tzinfo=UTC).timestamp()
        whole, inside = (record.end_time or 0) - asked, (record.end_time or 0) - (record.start_time or 0)
    print(f"a day by the daemon         {whole:6.1f} s, of which {work:.1f} s in assets, {inside - work:.1f} s in the "
          f"run beside them, {whole - inside:.1f} s in queue and start")  # fmt: skip


def backfill(running: Service, days: list[str]) -> None:
    """Backfill raw days and their numbers."""
    began = time.monotonic()
    backfill_id = running.backfill([*RAW, ["daily", "metrics"]], days)
    status = running.wait_for_backfill(backfill_id)
    with dg.DagsterInstance.from_config(str(home_of(running))) as instance:
        runs = instance.get_runs_count(dg.RunsFilter(tags={"dagster/backfill": backfill_id}))
    print(f"backfill of {len(days):4d} days       {time.monotonic() - began:6.1f} s in {runs} runs: {status.lower()}")


def overlapping(running: Service, days: list[str]) -> None:
    """Run half of some days by the daemon and the other half by the command line, all at once."""
    half = len(days) // 2
    began = time.monotonic()
    ids = [running.backfill([["daily", "insights"], ["daily", "digest"]], [day]) for day in days[:half]]
    command = [SPARKY, "--config", str(running.settings), "run", "day"]
    processes = [
        subprocess.Popen(
            [*command, day], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for day in days[half:]
    ]
    said = [process.communicate()[0] for process in processes]
    failed = [text for process, text in zip(processes, said, strict=True) if process.returncode]
    statuses = {running.wait_for_backfill(one) for one in ids}
    with running.log.open("a") as log:
        log.writelines(said)
    print(f"{len(days)} overlapping runs          {time.monotonic() - began:6.1f} s: {', '.join(statuses).lower()} "
          f"by the daemon, {len(failed)} of {len(processes)} failed by the command line")  # fmt: skip


def page_of_many(running: Service, partitions: int) -> None:
    """Measure the asset page in Chromium."""
    with dg.DagsterInstance.from_config(str(home_of(running))) as instance:
        for number in range(partitions):
            day = (date.today() - timedelta(days=number + 1)).isoformat()
            instance.report_runless_asset_event(
                dg.AssetMaterialization(["daily", "publication"], partition=day, metadata={"period": day})
            )
    if CHROMIUM is None:
        print("no chromium here: the asset page was not measured")
        return
    with browser() as page:
        for name in ("first", "second"):
            page.open("about:blank")
            began = time.monotonic()
            page.open(f"{running.url}/assets/daily/publication?view=partitions")
            page.wait_for(f"Materialized ({partitions})", 120)
            seconds = time.monotonic() - began
            print(f"{partitions} partitions in Chromium  {seconds:6.1f} s ({name} visit)")


def locked(running: Service) -> int:
    """Count the lines of all logs that report a locked database."""
    return running.log.read_text(errors="replace").count("database is locked")


def home_of(running: Service) -> Path:
    """Return the DAGSTER_HOME of the service."""
    return running.folder / "home/dagster"


if __name__ == "__main__":
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    main()
