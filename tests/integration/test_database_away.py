"""`sparky status`, `run` and `up` while the Postgres of Dagster's history is away, and after it came back."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from resources.errors import HistoryUnavailableError
from sparky_assets.cli.dagster_runner import open_runner
from sparky_assets.cli.up import is_answering
from sparky_assets.periods import PeriodKind, parse_period
from sparky_assets.settings.load import load_settings
from tests.cli.command_line import Shell, settings_file
from tests.docs.pages import ROOT
from tests.factories.sample_repository import DAY
from tests.fakes.git_servers import free_port
from tests.fakes.postgres import PostgresServer, absence, postgres_server

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(absence()), reason=absence() or "none")]

AWAY = "Postgres at 127.0.0.1:{port}"


@pytest.fixture(scope="module")
def running_server() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture
def server(running_server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> PostgresServer:
    """Return a server that answers, whatever an earlier test did to it, and set the variables that name it."""
    if not (running_server.folder / "data/postmaster.pid").exists():
        running_server.start()
    for name, value in running_server.variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    return running_server


@pytest.fixture
def file(tmp_path: Path, newsroom_path: Path) -> Path:
    return settings_file(tmp_path, [newsroom_path])


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], file: Path) -> Shell:
    return Shell(monkeypatch, capsys, file.parent)


def test_status_and_run_of_a_database_that_went_away_say_one_sentence(
    server: PostgresServer, file: Path, shell: Shell
) -> None:
    assert shell("--config", file, "run", "day", DAY).code == 0
    server.stop()
    status = shell("--config", file, "status", "--local")
    reason = f"cannot reach {AWAY.format(port=server.port)}: Connection refused."
    assert f"WRONG history of runs: {reason}" in status.out
    assert DAY in status.out, "what the store holds is still shown"
    assert (status.code, status.err) == (3, "")
    run = shell("--config", file, "run", "day", DAY, "--force")
    assert run.code == 1
    (line,) = run.err.splitlines()
    assert line.startswith(f"sparky: {reason}")


def test_run_whose_database_goes_away_under_it_says_one_sentence(server: PostgresServer, file: Path) -> None:
    lost = pytest.raises(HistoryUnavailableError, match=r"was lost\. Try again when it is back")
    with lost, open_runner(load_settings(file)) as runs:
        server.stop()
        runs.run_partition("collect", parse_period(PeriodKind.DAILY, DAY))


def test_code_server_of_a_container_waits_for_its_database_and_says_so(server: PostgresServer, file: Path) -> None:
    """Regression: it ended after seconds, was started again, and its watch never lived long enough for an alert."""
    home, port, log = file.parent / "dagster", free_port(), file.parent / "log"
    home.mkdir()
    (home / "dagster.yaml").write_text((ROOT / "config/dagster-postgres.yaml").read_text())
    server.stop()
    command = [sys.executable, "-m", "sparky_assets.orchestration.service_program", "code", "--host", "127.0.0.1",
               "--port", str(port), "--module-name", "sparky_assets.definitions"]  # fmt: skip
    variables = {**os.environ, "DAGSTER_HOME": str(home), "SPARKY_CONFIG": str(file)}
    with log.open("w") as output:
        process = subprocess.Popen(command, env=variables, stdout=output, stderr=output, text=True)
    try:
        wait(process, log, lambda: "cannot reach" in log.read_text())
        assert not is_answering("127.0.0.1", port)
        server.start()
        wait(process, log, lambda: is_answering("127.0.0.1", port))
    finally:
        process.kill()
        process.wait()
    assert f"{AWAY.format(port=server.port)} is back after" in log.read_text()


def start_service(file: Path, port: int) -> "subprocess.Popen[str]":
    program = str(Path(sys.executable).with_name("sparky"))
    with (file.parent / "log").open("w") as log:
        command = [program, "--config", str(file), "up", "--port", str(port)]
        return subprocess.Popen(command, cwd=file.parent, stdout=log, stderr=log, text=True)


def test_service_whose_database_is_away_serves_the_reader_and_waits(server: PostgresServer, file: Path) -> None:
    server.stop()
    port, log = free_port(), file.parent / "log"
    process = start_service(file, port)
    try:
        wait(process, log, lambda: get_status(port, "/healthz") == 200)
        assert get_status(port, "/status") == 200
        assert f"cannot reach {AWAY.format(port=server.port)}: Connection refused." in log.read_text()
        assert "daemon" not in log.read_text()
        server.start()
        wait(process, log, lambda: "newspaper http" in log.read_text())
        assert f"{AWAY.format(port=server.port)} is back after" in log.read_text()
        assert get_status(port, "/dagster/runs") == 200
        server.stop()
        wait(process, log, lambda: log.read_text().count(f"cannot reach {AWAY.format(port=server.port)}") == 2)
        assert get_status(port, "/status") == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(120) == 0
    finally:
        process.kill()
        process.wait()
    text = log.read_text()
    assert "Traceback" not in text, text
    assert len(text.splitlines()) < 60, text


def wait(process: "subprocess.Popen[str]", log: Path, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 240
    while not holds():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.2)


def get_status(port: int, path: str) -> int:
    """Return the status of a page; 0 where nothing listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
