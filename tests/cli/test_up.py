"""`sparky up` as a service: it answers, restarts what dies, goes on after a power cut, and ends when it is told to."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pytest

from benchmarks.service import SPARKY, Service, environment, service

FIRST = date(2025, 10, 27)
DAYS = [(FIRST + timedelta(days=number)).isoformat() for number in range(40)]
SETTINGS = """home = "{home}"
[periods]
start = 2025-10-27
[people]
[sources.git]
repositories = ["NEWSROOM"]
"""


@pytest.fixture
def running(newsroom_path: Path, tmp_path: Path) -> Iterator[Service]:
    with service(SETTINGS.replace("NEWSROOM", str(newsroom_path)), tmp_path) as running:
        yield running


def until(holds: Callable[[], bool], what: str, running: Service) -> None:
    deadline = time.monotonic() + 240
    while not holds():
        assert time.monotonic() < deadline, f"{what}\n{running.log.read_text()[-3000:]}"
        time.sleep(0.2)


def programs(running: Service) -> dict[str, int]:
    """The process of each program, as the log of the service last told it."""
    started = [line.split() for line in running.log.read_text().splitlines() if " started, process " in line]
    return {words[2]: int(words[-1]) for words in started}


def has_started_run(running: Service) -> bool:
    with dg.DagsterInstance.from_config(str(running.folder / "home/dagster")) as instance:
        runs = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        return any("sparky/process" in run.tags for run in runs)


def test_a_service_from_its_start_over_a_power_cut_to_its_end(running: Service) -> None:
    running.start()
    second = subprocess.run(
        [SPARKY, "--config", str(running.settings), "up", "--no-ui"],
        capture_output=True, text=True, timeout=120, env=environment(), check=False,
    )  # fmt: skip
    assert second.returncode == 1
    assert "another `sparky up` runs on this home" in second.stderr

    daemon = programs(running)["daemon"]
    os.kill(daemon, signal.SIGKILL)
    until(lambda: programs(running)["daemon"] != daemon, "the daemon was not started again", running)
    assert "daemon    ended with code -9; starts again in 1 s" in running.log.read_text()

    backfill = running.backfill([["raw", "commits"], *OTHER_TABLES, ["daily", "metrics"]], DAYS)
    until(lambda: has_started_run(running), "no run of the backfill started", running)
    running.kill()  # the power is cut in the middle of a range
    before = set(programs(running).values())
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in before), "a program outlived the service", running)
    running.start()
    assert running.wait_for_backfill(backfill, 400) in {"COMPLETED_SUCCESS", "COMPLETED_FAILED"}
    again = running.backfill([["raw", "commits"], *OTHER_TABLES, ["daily", "metrics"]], missing(running))
    assert running.wait_for_backfill(again, 400) == "COMPLETED_SUCCESS" if missing(running) else True
    assert missing(running) == []

    last = set(programs(running).values())
    assert running.stop() == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in last)


def missing(running: Service) -> list[str]:
    store = running.folder / "home/store/metrics/daily"
    return [day for day in DAYS if not (store / f"{day}.json").exists()]


OTHER_TABLES = [["raw", name] for name in ("repositories", "pull_requests", "reviews", "issues", "releases")]


def test_a_taken_port_is_named(tmp_path: Path, newsroom_path: Path, running: Service) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", running.port))
        taken.listen()
        command = [SPARKY, "--config", str(running.settings), "up", "--port", str(running.port)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment(), check=False)
    assert result.returncode == 1
    assert f"127.0.0.1:{running.port}: Address already in use. Choose another with --port." in result.stderr
