"""One Postgres for all tests here, and a cluster for each that asks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.k8s.cluster import Cluster, opened
from tests.postgres import Server, serving


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def postgres(postgres_server: Server) -> Iterator[Server]:
    """An empty database of the name that the cluster uses."""
    postgres_server.run("createdb", "dagster")
    yield postgres_server
    postgres_server.run("dropdb", "--force", "dagster")


@pytest.fixture
def cluster(
    tmp_path: Path, postgres: Server, newsroom_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cluster]:
    with opened(tmp_path, postgres, newsroom_path, monkeypatch) as one:
        yield one
