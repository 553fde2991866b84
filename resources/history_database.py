"""The database of Dagster's history: where the instance file says it is, whether it answers, and who locks it."""

import os
import re
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from resources.errors import HistoryConfigurationError, HistoryUnavailableError

CONNECT_TIMEOUT_SECONDS = 3
DEFAULT_PORT = "5432"
PORT_VARIABLE = "DAGSTER_PG_PORT"
INSTANCE_FILE = "dagster.yaml"
MAX_REASON_LENGTH = 200
CONNECTION_ERROR_NAMES = frozenset({"OperationalError", "InterfaceError", "DagsterPostgresException"})
"""Classes of psycopg2, SQLAlchemy and dagster-postgres that say a connection failed or was lost."""


@dataclass(frozen=True)
class HistoryDatabase:
    """Address and credentials of the Postgres that holds Dagster's history."""

    host: str
    port: str
    user: str
    name: str
    password: str = field(repr=False)

    @property
    def address(self) -> str:
        """Host and port, for people."""
        return f"{self.host}:{self.port}"

    def check(self, timeout_seconds: int = CONNECT_TIMEOUT_SECONDS) -> None:
        """Open a connection and ask the simplest question.

        Raises:
            HistoryUnavailableError: with the address and the reason in one sentence.
        """
        # Imported late: a history in SQLite needs no driver.
        import psycopg2  # noqa: PLC0415

        try:
            connection = psycopg2.connect(
                host=self.host,
                port=self.port,
                user=self.user,
                password=self.password,
                dbname=self.name,
                connect_timeout=timeout_seconds,
            )
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT 1")
            finally:
                connection.close()
        except (psycopg2.Error, UnicodeDecodeError) as error:
            raise HistoryUnavailableError(
                f"cannot reach Postgres at {self.address}: {describe_connection_error(str(error))}. Runs wait for it; "
                "the store is not affected. See docs/runbooks/lost-database.md."
            ) from error


def read_history_database(
    home: Path, environment: Mapping[str, str] | None = None, *, file_name: str = INSTANCE_FILE
) -> HistoryDatabase | None:
    """Return the Postgres that the instance file of a Dagster home names; None where the history is in SQLite.

    Raises:
        HistoryConfigurationError: the file names variables that are not set.
    """
    try:
        document = yaml.safe_load((home / file_name).read_text())
        config = document["storage"]["postgres"]["postgres_db"]
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError):
        return None  # Dagster itself says what is wrong with the file
    if not isinstance(config, dict):
        return None
    variables = os.environ if environment is None else environment
    values = {
        "hostname": _resolve_value(config.get("hostname"), variables),
        "port": _resolve_value(config.get("port", DEFAULT_PORT), variables),
        "username": _resolve_value(config.get("username"), variables),
        "password": _resolve_value(config.get("password", ""), variables),
        "db_name": _resolve_value(config.get("db_name"), variables),
    }
    if missing := sorted(config[name]["env"] for name, value in values.items() if value is None and name in config):
        raise HistoryConfigurationError(
            f"not set: {', '.join(missing)}; {home / file_name} finds Postgres by it. In a shell beside a service, "
            "load the service's environment file first: set -a; . /etc/sparky/sparky.env; set +a."
        )
    return HistoryDatabase(
        host=values["hostname"] or "",
        port=values["port"] or DEFAULT_PORT,
        user=values["username"] or "",
        name=values["db_name"] or "",
        password=values["password"] or "",
    )


def set_default_port(environment: MutableMapping[str, str]) -> None:
    """Set the port of Postgres where a host is named without one: Dagster's instance file knows no default."""
    if environment.get("DAGSTER_PG_HOST"):
        environment.setdefault(PORT_VARIABLE, DEFAULT_PORT)


def describe_connection_error(text: str) -> str:
    """Return the reason of a failed connection: the last part of the driver's first line, without its prefixes.

    A server with several addresses gives one line each, and the first is as good as the others.
    """
    first_line = text.strip().partition("\n")[0]
    reason = first_line.rpartition(" failed: ")[2].removeprefix("FATAL:").strip().rstrip(".")
    return reason[:MAX_REASON_LENGTH] or "no reason was given"


def is_connection_failure(error: BaseException | None) -> bool:
    """Return whether an error, or one that it was raised from, says that the connection to the database failed."""
    seen = 0
    while error is not None and seen < 20:
        if type(error).__name__ in CONNECTION_ERROR_NAMES:
            return True
        error, seen = error.__cause__ or error.__context__, seen + 1
    return False


def find_lock_holders(folder: Path) -> tuple[str, ...]:
    """Return the other processes of this user that hold a lock on a file below a folder: `process 12 (sparky up)`."""
    try:
        locks = Path("/proc/locks").read_text()
        inodes = {path.stat().st_ino for path in folder.rglob("*.db*") if path.is_file()}
    except OSError:
        return ()
    holders = dict.fromkeys(pid for pid, inode in _parse_locks(locks) if inode in inodes and pid != os.getpid())
    return tuple(f"process {pid} ({_read_command(pid)})" for pid in holders)


def _parse_locks(text: str) -> Iterator[tuple[int, int]]:
    """Process and inode of each line of /proc/locks: `1: POSIX  ADVISORY  WRITE 708 00:2c:1234 0 EOF`."""
    for match in re.finditer(r"^\d+: +(?:-> +)?\w+ +\w+ +WRITE +(\d+) +[0-9a-f]+:[0-9a-f]+:(\d+) ", text, re.MULTILINE):
        yield int(match[1]), int(match[2])


def _read_command(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return "it has ended"
    return " ".join(word for word in words if word)[:100] or "unnamed"


def _resolve_value(value: Any, variables: Mapping[str, str]) -> str | None:
    """Return a value of the instance file: itself, or the variable that it names. None where that is not set."""
    if isinstance(value, dict):
        name = value.get("env", "")
        default = DEFAULT_PORT if name == PORT_VARIABLE else None
        return variables.get(name) or default
    return "" if value is None else str(value)
