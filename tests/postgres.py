"""A Postgres of a test's own: made in a folder, on a port of loopback, gone afterwards. Needs Debian's package."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

USER = "sparky"


@dataclass(frozen=True)
class Server:
    """Where it listens, and the password of its one user."""

    port: int
    password: str
    programs: Path

    def variables(self, database: str = "dagster") -> dict[str, str]:
        """What config/dagster-postgres.yaml asks for."""
        return {
            "DAGSTER_PG_HOST": "127.0.0.1",
            "DAGSTER_PG_PORT": str(self.port),
            "DAGSTER_PG_USER": USER,
            "DAGSTER_PG_PASSWORD": self.password,
            "DAGSTER_PG_DB": database,
        }

    def run(self, program: str, *arguments: str, more: Mapping[str, str] | None = None) -> str:
        """A program of Postgres as a client of this server; gives what it prints."""
        environment = {**os.environ, "PGHOST": "127.0.0.1", "PGPORT": str(self.port), "PGUSER": USER}
        environment |= {"PGPASSWORD": self.password, **(more or {})}
        command = [str(self.programs / program), *arguments]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def programs() -> Path:
    """The folder of initdb and its kin, newest version first; without one the test is skipped."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda path: int(path.parts[-3])).parent
    if path := shutil.which("initdb"):
        return Path(path).resolve().parent
    pytest.skip("Postgres is not installed (Debian: postgresql)")


@contextmanager
def serving() -> Iterator[Server]:
    """Start one. It refuses root, so root starts it as the user `postgres`."""
    binaries, password = programs(), secrets.token_hex(12)
    as_user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="sparky-postgres-"))
    try:
        (folder / "password").write_text(password)
        if as_user:
            owner = pwd.getpwnam(as_user)
            for path in (folder, folder / "password"):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        data, port = folder / "data", _free_port()
        make = ["initdb", f"--pgdata={data}", f"--username={USER}", f"--pwfile={folder}/password"]
        make += ["--auth=scram-sha-256", "--no-sync", "--encoding=UTF8", "--no-locale"]
        subprocess.run([binaries / make[0], *make[1:]], check=True, capture_output=True, user=as_user, cwd=folder)
        options = ["-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder, "-F"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [binaries / "postgres", *options], user=as_user, stdout=log, stderr=log, cwd=folder
            )
        try:
            server = Server(port, password, binaries)
            _wait(server, process, folder / "log")
            yield server
        finally:
            process.terminate()
            process.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _wait(server: Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(300):
        ready = subprocess.run(
            [server.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(server.port)], check=False
        )
        if ready.returncode == 0:
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"Postgres did not start: {log.read_text()}")
