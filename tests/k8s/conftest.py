"""One Postgres for all tests of this folder, and a cluster for each test that uses it."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.k8s.cluster import Cluster, opened
from tests.k8s.server import Server, serving
from tools import cluster_config


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture(scope="session")
def tables(postgres_server: Server) -> str:
    """Return a database after the Job `migrate`. Creating its tables takes seconds, copying it none."""
    postgres_server.run("createdb", "migrated")
    variables = {**os.environ, **postgres_server.variables("migrated"), "RUN_IMAGE": "none"}
    with tempfile.TemporaryDirectory() as home:
        instance = (cluster_config.ROOT / "config/dagster-postgres.yaml").read_text()
        (Path(home) / "dagster.yaml").write_text(instance)
        command: list[str | Path] = [Path(sys.executable).with_name("dagster"), "instance", "migrate"]
        subprocess.run(command, env={**variables, "DAGSTER_HOME": home}, check=True, capture_output=True)
    return "migrated"


@pytest.fixture
def postgres(postgres_server: Server, tables: str) -> Iterator[Server]:
    """Return a database with the name that the cluster uses, and Dagster's empty tables."""
    postgres_server.run("createdb", f"--template={tables}", "dagster")
    yield postgres_server
    postgres_server.run("dropdb", "--force", "dagster")


@pytest.fixture
def cluster(
    tmp_path: Path, postgres: Server, newsroom_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cluster]:
    with opened(tmp_path, postgres, newsroom_path, monkeypatch) as one:
        yield one
