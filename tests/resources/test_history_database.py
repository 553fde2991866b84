"""The database of Dagster's history: its address, one sentence when it is unreachable, and locks of a SQLite file."""

import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.errors import HistoryConfigurationError, HistoryUnavailableError
from resources.history_database import (
    HistoryDatabase,
    describe_connection_error,
    find_lock_holders,
    is_connection_failure,
    read_history_database,
    set_default_port,
)
from tests.fakes.postgres import absence, postgres
from tests.k8s.rendered import ROOT

VARIABLES = {
    "DAGSTER_PG_HOST": "db.example",
    "DAGSTER_PG_PORT": "6543",
    "DAGSTER_PG_USER": "sparky",
    "DAGSTER_PG_PASSWORD": "pepper",
    "DAGSTER_PG_DB": "dagster",
}


@pytest.fixture
def postgres_home(tmp_path: Path) -> Path:
    (tmp_path / "dagster.yaml").write_text((ROOT / "config/dagster-postgres.yaml").read_text())
    return tmp_path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_shipped_instance_file_names_host_and_port_by_variables(postgres_home: Path) -> None:
    database = read_history_database(postgres_home, VARIABLES)
    assert database == HistoryDatabase("db.example", "6543", "sparky", "dagster", "pepper")
    assert "pepper" not in repr(database)


def test_port_that_is_not_set_is_the_usual_one(postgres_home: Path) -> None:
    variables = {name: value for name, value in VARIABLES.items() if name != "DAGSTER_PG_PORT"}
    database = read_history_database(postgres_home, variables)
    assert database is not None
    assert database.port == "5432"
    set_default_port(variables)
    assert variables["DAGSTER_PG_PORT"] == "5432"


def test_missing_variables_are_named_in_one_sentence(postgres_home: Path) -> None:
    with pytest.raises(HistoryConfigurationError) as caught:
        read_history_database(postgres_home, {"DAGSTER_PG_HOST": "db.example", "DAGSTER_PG_USER": ""})
    assert "not set: DAGSTER_PG_DB, DAGSTER_PG_PASSWORD, DAGSTER_PG_USER" in str(caught.value)
    assert "sparky.env" in str(caught.value)


@given(st.text(max_size=300))
def test_instance_file_that_is_no_instance_file_names_no_database(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    home = tmp_path_factory.mktemp("home")
    (home / "dagster.yaml").write_text(text, errors="surrogateescape")
    assert read_history_database(home, {}) is None


def test_sqlite_needs_no_database_server(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_text((ROOT / "config/dagster.yaml").read_text())
    assert read_history_database(tmp_path, {}) is None


def test_server_that_is_away_is_one_sentence_with_its_address() -> None:
    port = free_port()
    database = HistoryDatabase("127.0.0.1", str(port), "sparky", "dagster", "pepper")
    with pytest.raises(HistoryUnavailableError) as caught:
        database.check(1)
    assert str(caught.value).startswith(f"cannot reach Postgres at 127.0.0.1:{port}: Connection refused.")
    assert "\n" not in str(caught.value)


def test_server_that_listens_and_says_nothing_is_given_up() -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        database = HistoryDatabase("127.0.0.1", str(mute.getsockname()[1]), "sparky", "dagster", "pepper")
        with pytest.raises(HistoryUnavailableError, match="timeout expired"):
            database.check(2)


@pytest.mark.slow
def test_real_server_answers_and_a_wrong_password_is_named() -> None:
    if absence():
        pytest.skip(absence())
    with postgres() as variables:
        port = variables["PORT"]
        HistoryDatabase("127.0.0.1", port, "sparky", "postgres", "pepper").check()
        with pytest.raises(HistoryUnavailableError, match="password authentication failed"):
            HistoryDatabase("127.0.0.1", port, "sparky", "postgres", "salt").check()


@given(st.text(max_size=500))
def test_reason_of_a_driver_is_one_bounded_line(text: str) -> None:
    reason = describe_connection_error(text)
    assert reason
    assert len(reason) <= 200
    assert "\n" not in reason


def test_connection_failure_is_seen_through_its_causes() -> None:
    class OperationalError(Exception):
        pass

    try:
        try:
            raise OperationalError("gone")
        except OperationalError as error:
            raise RuntimeError("a run failed") from error
    except RuntimeError as error:
        assert is_connection_failure(error)
    assert not is_connection_failure(ValueError("another"))
    assert not is_connection_failure(None)


LOCKER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1])
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
time.sleep(60)
"""


def test_holder_of_a_locked_file_is_named_with_its_command(tmp_path: Path) -> None:
    file = tmp_path / "history/runs.db"
    file.parent.mkdir()
    sqlite3.connect(file).execute("CREATE TABLE runs (id INTEGER)").connection.close()
    assert find_lock_holders(tmp_path) == ()
    with subprocess.Popen([sys.executable, "-c", LOCKER, str(file)], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout
            assert process.stdout.readline() == b"locked\n"
            (holder,) = find_lock_holders(tmp_path)
        finally:
            process.kill()
    assert holder.startswith(f"process {process.pid} (")
    assert "python" in holder
