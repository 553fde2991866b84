"""A real Postgres, and its programs as clients."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.postgres import absence, postgres, program

USER = "sparky"


@dataclass(frozen=True)
class Server:
    """Address and password of the server."""

    port: int
    password: str

    @property
    def programs(self) -> Path:
        """Return the folder of pg_dump and the other programs."""
        found = program("initdb")
        assert found
        return Path(found).resolve().parent

    def variables(self, database: str = "dagster") -> dict[str, str]:
        """Return the variables that config/dagster-postgres.yaml reads."""
        where = {"DAGSTER_PG_HOST": "127.0.0.1", "DAGSTER_PG_PORT": str(self.port), "DAGSTER_PG_USER": USER}
        return {**where, "DAGSTER_PG_PASSWORD": self.password, "DAGSTER_PG_DB": database}

    def run(self, name: str, *arguments: str) -> str:
        """Run a program of Postgres as a client of this server; return its output."""
        where = {"PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": USER, "PGPASSWORD": self.password}
        command = [str(self.programs / name), *arguments]
        done = subprocess.run(command, env={**os.environ, **where}, check=True, capture_output=True, text=True)
        return done.stdout


@contextmanager
def serving() -> Iterator[Server]:
    """Start a server; without Postgres on this machine the test is skipped."""
    if reason := absence():
        pytest.skip(reason)
    with postgres() as variables:
        yield Server(int(variables["PORT"]), variables["DAGSTER_PG_PASSWORD"])
