"""Fixtures that call the command line: in this process where possible, as a separate process where that matters."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sparky_assets.cli import cli, main

type_call = Callable[..., Result]


@pytest.fixture
def sparky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type_call:
    """Call `sparky …` in this process, in an empty folder with its own home; expected errors become output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPARKY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SPARKY_PEOPLE__SALT", "pepper")

    def call(*arguments: str, **variables: str) -> Result:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return CliRunner().invoke(cli, list(arguments))

    return call


def as_process(*arguments: str, cwd: Path, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Call `sparky …` as a separate process."""
    program = str(Path(sys.executable).with_name("sparky"))
    environment = {**os.environ, **variables}
    return subprocess.run(
        [program, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=600, check=False
    )


__all__ = ["as_process", "main"]
