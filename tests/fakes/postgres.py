"""A real Postgres for a test: in its own folder, on a free port, as an unprivileged user."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def program(name: str) -> str | None:
    """Return the path of a Postgres program; Debian keeps them outside PATH."""
    beside = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(beside[-1]) if beside else None)


def absence() -> str:
    """Return why no Postgres can be started here; empty when one can."""
    missing = [name for name in ("initdb", "pg_ctl") if program(name) is None]
    return f"no Postgres on this machine ({', '.join(missing)}); apt-get install postgresql" if missing else ""


@contextmanager
def postgres() -> Iterator[dict[str, str]]:
    """Start a server; yield the variables by which Dagster finds it."""
    # It refuses to run as root, and other users cannot enter pytest's folders.
    nobody = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    who = {"user": nobody.pw_uid, "group": nobody.pw_gid} if nobody else {}
    folder = Path(tempfile.mkdtemp(prefix="sparky-postgres-"))
    if nobody:
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}

    def run(*arguments: str) -> None:
        subprocess.run(
            arguments, cwd=folder, env=environment, check=True, timeout=600, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **who,
        )  # type: ignore[call-overload]  # fmt: skip

    initdb, control = program("initdb"), program("pg_ctl")
    assert initdb
    assert control
    (folder / "password").write_text("pepper\n")
    (folder / "password").chmod(0o644)
    try:
        run(initdb, "-D", str(folder / "data"), "-U", "sparky", "--pwfile", str(folder / "password"),
            "-A", "scram-sha-256", "--no-sync")  # fmt: skip
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        run(control, "-D", str(folder / "data"), "-o", options, "-l", str(folder / "log"), "-w", "start")
        try:
            yield {
                "DAGSTER_PG_HOST": "127.0.0.1", "DAGSTER_PG_USER": "sparky", "DAGSTER_PG_PASSWORD": "pepper",
                "DAGSTER_PG_DB": "postgres", "PORT": str(port),
            }  # fmt: skip
        finally:
            run(control, "-D", str(folder / "data"), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
