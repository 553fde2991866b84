"""A real Postgres for a test or a benchmark: in its own folder, on a free port, as an unprivileged user."""

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

PASSWORD = "pepper"


def program(name: str) -> str | None:
    """Return the path of a Postgres program; Debian keeps them outside PATH."""
    beside = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(beside[-1]) if beside else None)


def absence() -> str:
    """Return why no Postgres can be started here; empty when one can."""
    missing = [name for name in ("initdb", "pg_ctl") if program(name) is None]
    return f"no Postgres on this machine ({', '.join(missing)}); apt-get install postgresql" if missing else ""


@dataclass
class PostgresServer:
    """A server in its own folder, which stops and comes back with its data. It refuses to run as root."""

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
        data, log = str(self.folder / "data"), str(self.folder / "log")
        self.run("pg_ctl", "-D", data, "-o", options, "-l", log, "-w", "start")

    def stop(self) -> None:
        """Stop it at once, as a crash does."""
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def run(self, name: str, *arguments: str) -> None:
        """Run one of Postgres' programs as its user."""
        # Other users cannot enter pytest's folders.
        nobody = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []} if nobody else {}
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        subprocess.run(
            [program(name) or name, *arguments], cwd=self.folder, env=environment, check=True, timeout=600,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **who,
        )  # type: ignore[call-overload]  # fmt: skip


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Start a server; at the end stop it, where it runs, and remove its folder."""
    folder = Path(tempfile.mkdtemp(prefix="sparky-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "nobody")
    (folder / "password").write_text(f"{PASSWORD}\n")
    (folder / "password").chmod(0o644)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        server = PostgresServer(folder, free.getsockname()[1])
    try:
        server.run("initdb", "-D", str(folder / "data"), "-U", "sparky", "--pwfile", str(folder / "password"),
                   "-A", "scram-sha-256", "--no-sync")  # fmt: skip
        server.start()
        yield server
    finally:
        if (folder / "data/postmaster.pid").exists():
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres() -> Iterator[dict[str, str]]:
    """Start a server; yield the variables by which Dagster finds it, its port as PORT."""
    with postgres_server() as server:
        variables = server.variables
        variables["PORT"] = variables.pop("DAGSTER_PG_PORT")
        yield variables
