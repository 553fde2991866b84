"""Errors of Dagster's history as one sentence."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy.exc

from sparky_assets.cli.dagster_runner import open_runner
from sparky_assets.errors import DataError
from sparky_assets.settings.schema import Settings
from tests.resources.test_history_database import LOCKER


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def fail_with(settings: Settings, reason: str) -> str:
    """Let SQLite fail while the history is open, as it does after a minute of waiting; return the sentence."""
    error = sqlalchemy.exc.OperationalError("UPDATE", {}, sqlite3.OperationalError(reason))
    with pytest.raises(DataError) as caught, open_runner(settings):
        raise error
    return str(caught.value)


def test_locked_history_names_the_process_that_holds_it(settings: Settings) -> None:
    """Regression: it asked whether the disk was full."""
    held = settings.home / "dagster/held.db"
    with open_runner(settings):
        sqlite3.connect(held).execute("CREATE TABLE runs (id INTEGER)").connection.close()
    with subprocess.Popen([sys.executable, "-c", LOCKER, str(held)], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == b"locked\n"
            said = fail_with(settings, "database is locked")
        finally:
            process.kill()
    assert said.startswith(f"{settings.home}/dagster: Dagster's history cannot be read or written: database is locked.")
    assert f"It is locked by process {process.pid} ({sys.executable} -c" in said
    assert said.endswith("end that process if it hangs. The store is not affected.")


def test_lock_that_is_gone_and_a_read_only_history_are_named(settings: Settings) -> None:
    assert "It is locked by another process, which holds it no more." in fail_with(settings, "database is locked")
    said = fail_with(settings, "attempt to write a readonly database")
    assert "readonly database. It is read-only: run as the user that owns it. The store" in said
