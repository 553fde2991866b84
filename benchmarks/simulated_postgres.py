"""A Postgres for the soak that stops and comes back with its data."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.postgres import absence, program

PASSWORD = "pepper"


@dataclass
class SimulatedPostgres:
    """A server in its own folder. As root it runs as an unprivileged user, because Postgres refuses root."""

    folder: Path
    port: int

    @property
    def variables(self) -> dict[str, str]:
        """Return the variables by which Dagster's instance file finds it."""
        return {
            "DAGSTER_PG_HOST": "127.0.0.1",
            "DAGSTER_PG_PORT": str(self.port),
            "DAGSTER_PG_USER": "sparky",
            "DAGSTER_PG_PASSWORD": PASSWORD,
            "DAGSTER_PG_DB": "postgres",
        }

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        self.run(
            "pg_ctl", "-D", str(self.folder / "data"), "-o", options, "-l", str(self.folder / "log"), "-w", "start"
        )

    def stop(self) -> None:
        """Stop it at once, as a crash does."""
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def run(self, name: str, *arguments: str) -> None:
        """Run one of Postgres' programs as its user."""
        nobody = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []} if nobody else {}
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        subprocess.run(
            [program(name) or name, *arguments], cwd=self.folder, env=environment, check=True, timeout=600,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **who,
        )  # type: ignore[call-overload]  # fmt: skip


@contextmanager
def simulated_postgres() -> Iterator[SimulatedPostgres | None]:
    """Start a server; yield None if no Postgres is installed."""
    if absence():
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="sparky-soak-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
    (folder / "password").write_text(f"{PASSWORD}\n")
    (folder / "password").chmod(0o644)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = SimulatedPostgres(folder, free.getsockname()[1])
    try:
        server.run("initdb", "-D", str(folder / "data"), "-U", "sparky", "--pwfile", str(folder / "password"),
                   "-A", "scram-sha-256", "--no-sync")  # fmt: skip
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
