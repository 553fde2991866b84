"""What a run costs as a Job, and what each process holds in memory: the numbers behind k8s/'s requests and limits.

    uv run python -m benchmarks.cluster [DAYS]

Needs Postgres and kubectl. The Job's command runs as a local process, so what Kubernetes adds (scheduling, starting a
container) is not in it. Claim: a Job adds at most 10 s to a run, and no process at rest holds more than its request.
"""

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pytest

from benchmarks.git_log import made_repository
from tests.k8s.cluster import Cluster, opened
from tests.k8s.rendered import ROOT
from tests.k8s.server import serving

DAYS = 30
REST_SECONDS = 40
REQUESTS = {"code server": 384, "webserver": 256, "daemon": 256, "reader": 256, "run": 512, "backfill": 1024}
"""MiB that the manifests ask for."""


def main() -> None:
    """Measure a run, a backfill, and the services at rest."""
    days = int(sys.argv[1]) if len(sys.argv) > 1 else DAYS
    with tempfile.TemporaryDirectory() as folder, serving() as postgres, pytest.MonkeyPatch.context() as patch:
        postgres.run("createdb", "dagster")
        repository = made_repository(Path(folder))
        (Path(folder) / "cluster").mkdir()
        with opened(Path(folder) / "cluster", postgres, repository, patch) as cluster:
            measure_run(cluster)
            say("backfill", most_of(cluster, "history", days), f"{days} days in one run, at most")
            for name, held in at_rest(cluster):
                say(name, held, f"after {REST_SECONDS} s at rest")


def say(name: str, held: float, when: str) -> None:
    """One line: what it held, and how that compares with what the manifests ask for."""
    wanted = REQUESTS[name]
    print(f"{name}: {held:.0f} MiB {when}, {held / wanted:.2f} of the {wanted} MiB that it asks for")


def measure_run(cluster: Cluster) -> None:
    """One day as a Job: seconds in all, and seconds of its steps."""
    day = str(date.today() - timedelta(days=3))
    started = time.perf_counter()
    run = cluster.run("daily", day)
    whole = time.perf_counter() - started
    assert run.status is dg.DagsterRunStatus.SUCCESS, cluster.kubelet.printed(f"dagster-run-{run.run_id}")
    steps = cluster.instance.get_run_step_stats(run.run_id)
    working = sum((step.end_time or 0) - (step.start_time or 0) for step in steps)
    print(f"a day as a Job: {whole:.1f} s, {working:.1f} s of them in its steps, start and end {whole - working:.1f} s")


def most_of(cluster: Cluster, job: str, days: int) -> float:
    """MiB that a run over many days held at most."""
    last = date.today() - timedelta(days=3)
    ends = (str(last - timedelta(days=days - 1)), str(last))
    run = cluster.submitted_range(job, *ends)
    cluster.launch(run)
    process = cluster.kubelet.processes[f"dagster-run-{run.run_id}"]
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert cluster.again(run).status is dg.DagsterRunStatus.SUCCESS, cluster.kubelet.printed(
        f"dagster-run-{run.run_id}"
    )
    return usage.ru_maxrss / 1024


def at_rest(cluster: Cluster) -> Iterator[tuple[str, float]]:
    """MiB that each service holds, with its children, after it has stood still for a while."""
    home = cluster.kubelet.folder
    workspace = home / "workspace.yaml"
    workspace.write_text("load_from:\n  - grpc_server: {host: 127.0.0.1, port: 4477, location_name: sparky}\n")
    code = ["dagster", "code-server", "start", "--host", "127.0.0.1", "--port", "4477"]
    commands = {
        "code server": [*code, "--module-name", "sparky_assets.definitions", "--location-name", "sparky"],
        "webserver": ["dagster-webserver", "--host", "127.0.0.1", "--port", "3477", "--workspace", str(workspace)],
        "daemon": ["dagster-daemon", "run", "--workspace", str(workspace)],
    }
    if (ROOT / "sparky_assets/reader").exists():
        commands["reader"] = ["sparky", "serve", "--host", "127.0.0.1", "--port", "8477"]
    with running(cluster, commands) as processes:
        until_answers("http://127.0.0.1:3477/server_info")
        time.sleep(REST_SECONDS)
        for name, process in processes.items():
            assert process.poll() is None, f"{name} ended: {(home / f'{name}.log').read_text()[-2000:]}"
            yield name, sum(held(pid) for pid in with_children(process.pid))


@contextmanager
def running(cluster: Cluster, commands: dict[str, list[str]]) -> Iterator[dict[str, "subprocess.Popen[bytes]"]]:
    """Start all; end all."""
    home = cluster.kubelet.folder
    # SPARKY_CONFIG and Postgres' variables are in our environment already.
    environment = {**os.environ, **cluster.kubelet.more, "DAGSTER_HOME": str(home)}
    environment |= {"SPARKY_SCHEDULES__ENABLED": "false"}
    processes = {}
    try:
        for name, command in commands.items():
            program = str(Path(sys.executable).with_name(command[0]))
            log = (home / f"{name}.log").open("wb")
            processes[name] = subprocess.Popen([program, *command[1:]], env=environment, stdout=log, stderr=log)
        yield processes
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            process.wait(timeout=60)


def until_answers(address: str) -> None:
    """Wait until a service answers."""
    for _ in range(240):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit(f"{address}: does not answer")


def with_children(pid: int) -> list[int]:
    """A process and all below it."""
    below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in below for one in with_children(int(child)))]


def held(pid: int) -> float:
    """MiB of a process, shared pages counted by their share."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


if __name__ == "__main__":
    main()
