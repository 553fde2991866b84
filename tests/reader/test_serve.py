"""`sparky serve` as a person and a cluster start it: the address, the exposure check, and the exit code."""

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from sparky_assets.settings.schema import Settings
from tests.cli.command_line import Shell, settings_file


def test_serve_prints_its_address_answers_and_ends_with_0(printed: Settings, tmp_path: Path) -> None:
    file = settings_file(tmp_path, [], f'[storage]\nroot = "{printed.store_root}"\n')
    program = str(Path(sys.executable).with_name("sparky"))
    command = [program, "--config", str(file), "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ}) as process:
        assert process.stdout
        address = process.stdout.readline().strip()
        with urllib.request.urlopen(f"{address}week/2025-W46", timeout=60) as answer:
            page = answer.read()
        with urllib.request.urlopen(f"{address}status/events", timeout=60) as stream:
            assert stream.readline().startswith(b"retry:")
            process.send_signal(signal.SIGTERM)  # while the port is in use
            assert process.wait(60) == 0
    assert b"Stop the presses twice" in page  # checked here: a failure above would wait for the process forever
    assert not (tmp_path / "home").exists()  # nothing was made


@pytest.fixture
def sparky(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Shell:
    return Shell(monkeypatch, capsys, tmp_path / "here")


def test_serve_refuses_internal_editions_on_a_network(sparky: Shell) -> None:
    said = sparky("--config", settings_file(sparky.folder, []), "serve", "--host", "0.0.0.0")
    assert said.code == 1
    assert "reader.host = '0.0.0.0' can be reached from other machines" in said.err
    assert "SPARKY_READER__TOKEN" in said.err
