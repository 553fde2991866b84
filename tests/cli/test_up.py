"""`sparky up` as a service: start, restart of programs, recovery after a power cut, and shutdown."""

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
from sparky_assets.orchestration.run_tags import PROCESS_TAG
from tests.fakes.git_servers import free_port

pytestmark = pytest.mark.slow


FIRST = date(2025, 10, 27)
DAYS = [(FIRST + timedelta(days=number)).isoformat() for number in range(40)]
COST = "40 days in 2 sweeps; nothing to write"
SETTINGS = """home = "{home}"
[periods]
start = 2025-10-27
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
    """Return the process of each program, as last named in the log of the service."""
    started = [line.split() for line in running.log.read_text().splitlines() if " started, process " in line]
    return {words[2]: int(words[-1]) for words in started}


def sparky(running: Service, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [SPARKY, "--config", str(running.settings), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment(), check=False)


def has_started_run(instance: dg.DagsterInstance) -> bool:
    runs = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
    return any(PROCESS_TAG in run.tags for run in runs)


def test_service_starts_recovers_from_a_power_cut_and_stops(running: Service) -> None:
    running.start()
    second = sparky(running, "up", "--no-ui")
    assert second.returncode == 1
    assert "another `sparky up` runs in this home" in second.stderr
    # Regression: a second daemon started on the same history, and both reported the other every minute.
    interface = sparky(running, "ui", "--port", str(free_port()))
    assert interface.returncode == 1
    assert "`sparky up` runs in this home and serves the interface at /dagster" in interface.stderr

    daemon = programs(running)["daemon"]
    os.kill(daemon, signal.SIGKILL)
    until(lambda: programs(running)["daemon"] != daemon, "the daemon was not started again", running)
    assert "daemon    ended with code -9; restarts in 1 s" in running.log.read_text()

    command = ["backfill", f"{DAYS[0]}..{DAYS[-1]}", "--background", "--kinds", "day", "--until", "metrics"]
    handed = sparky(running, *command).stdout
    assert f"{COST} (tag sparky/cost)" in handed
    with dg.DagsterInstance.from_config(str(running.folder / "home/dagster")) as instance:
        until(lambda: has_started_run(instance), "no run of the backfill started", running)
    running.kill()  # the power is cut in the middle of a range
    before = set(programs(running).values())
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in before), "a program outlived the service", running)
    running.start()
    assert running.wait_for_backfill(handed.split()[1].rstrip(":"), 600) == "COMPLETED_SUCCESS"
    assert missing(running) == []
    assert "nothing to do, all periods exist" in sparky(running, *command).stdout
    with dg.DagsterInstance.from_config(str(running.folder / "home/dagster")) as instance:
        told = [run.tags for run in instance.get_runs()]
    assert {(tags["sparky/publish"], tags["sparky/cost"]) for tags in told} == {("local", COST)}

    assert " - DEBUG - " not in running.log.read_text()
    last = set(programs(running).values())
    assert running.stop() == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in last)


def missing(running: Service) -> list[str]:
    store = running.folder / "home/store/metrics/daily"
    return [day for day in DAYS if not (store / f"{day}.json").exists()]


def test_port_in_use_is_named(tmp_path: Path, newsroom_path: Path, running: Service) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", running.port))
        taken.listen()
        for command in ("up", "ui", "serve"):
            result = sparky(running, command, "--port", str(running.port))
            assert result.returncode == 1
            assert f"127.0.0.1:{running.port}: Address already in use. Choose another with --port." in result.stderr
