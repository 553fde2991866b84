"""Costs of a run as a Job, and the memory of each process: the basis of the requests and limits in k8s/.

    uv run python -m benchmarks.cluster [DAYS]

Needs Postgres and kubectl. The Job's command runs as a local process, so the overhead of Kubernetes (scheduling,
starting a container) is not included. Claim: a Job adds at most 10 s to a run, no process at rest uses more than its
request, and none under a backfill more than half of its limit. It writes k8s/measured.json, which tests compare with
the manifests.
"""

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from pathlib import Path
from statistics import median

import dagster as dg
import pytest

from benchmarks.git_log import made_repository
from benchmarks.services import Services
from tests.k8s.cluster import Cluster, opened
from tests.k8s.rendered import ROOT
from tests.k8s.server import serving

DAYS = 30
RUNS = 3
REST_SECONDS = 40
MEASURED = ROOT / "k8s/measured.json"
"""MiB of each process: `rest`, `backfill` (at most)."""


def main() -> None:
    """Measure some runs, the services at rest, and all of them under a backfill."""
    days = int(sys.argv[1]) if len(sys.argv) > 1 else DAYS
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = stack.enter_context(serving())
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        postgres.run("createdb", "dagster")
        (folder / "cluster").mkdir()
        cluster = stack.enter_context(opened(folder / "cluster", postgres, made_repository(folder), patch))
        measure_runs(cluster)
        services = stack.enter_context(Services(cluster))
        time.sleep(REST_SECONDS)
        rest = services.held()
        under = under_a_backfill(cluster, services, days)
    measured = {name: {"rest": round(rest.get(name, 0)), "backfill": round(under[name])} for name in under}
    for name, numbers in measured.items():
        print(f"{name}: {numbers['rest'] or '-'} MiB at rest, at most {numbers['backfill']} under {days} days")
    if days == DAYS:
        MEASURED.write_text(json.dumps(measured, indent=1) + "\n")


def measure_runs(cluster: Cluster) -> None:
    """Run a day as a Job several times; return the total seconds, and those outside of its steps."""
    took, around = [], []
    for number in range(RUNS):
        started = time.perf_counter()
        run = cluster.run("daily", str(date.today() - timedelta(days=3 + number)))
        took.append(time.perf_counter() - started)
        assert run.status is dg.DagsterRunStatus.SUCCESS, cluster.kubelet.printed(f"dagster-run-{run.run_id}")
        steps = cluster.instance.get_run_step_stats(run.run_id)
        around.append(took[-1] - sum((step.end_time or 0) - (step.start_time or 0) for step in steps))
    print(f"a day as a Job, median of {RUNS}: {median(took):.1f} s, of them start and end {median(around):.1f} s")


def under_a_backfill(cluster: Cluster, services: Services, days: int) -> dict[str, float]:
    """Return the maximum MiB of each service and of the run while one run built many days."""
    last = date.today() - timedelta(days=3)
    run = cluster.submitted_range("history", str(last - timedelta(days=days - 1)), str(last))
    most: dict[str, float] = {}
    with sampling(services, most):
        started = time.perf_counter()
        cluster.launch(run)
        process = cluster.kubelet.processes[f"dagster-run-{run.run_id}"]
        _, status, usage = os.wait4(process.pid, 0)
        print(f"a backfill of {days} days as a Job: {time.perf_counter() - started:.1f} s")
    process.returncode = os.waitstatus_to_exitcode(status)
    printed = cluster.kubelet.printed(f"dagster-run-{run.run_id}")
    assert cluster.again(run).status is dg.DagsterRunStatus.SUCCESS, printed
    return most | {"backfill": usage.ru_maxrss / 1024}


@contextmanager
def sampling(services: Services, most: dict[str, float]) -> Iterator[None]:
    """Sample the memory of each service twice a second, and keep the maximum."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.5):
            for name, now in services.held().items():
                most[name] = max(most.get(name, 0), now)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


if __name__ == "__main__":
    main()
