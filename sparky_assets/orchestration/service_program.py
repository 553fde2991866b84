"""Start one of Dagster's long-lived programs as Sparky runs it.

    python -m sparky_assets.orchestration.service_program code … | daemon … | webserver …

The arguments behind the name are Dagster's own. Logs follow `resources/service_logs.py`. The program that holds the
code also watches the database, since it knows the settings and there is one of it. The webserver asks a pooled
connection whether it lives before it uses it. With `--supervised` as first argument, only the code server tells that
the database is away.
"""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from resources.history_database import read_history_database, set_default_port
from resources.service_logs import install_log_rules
from resources.signals import end_on_termination

PROGRAM_NAMES = ("code", "daemon", "webserver")
SUPERVISED_OPTION = "--supervised"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a program until it ends."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    is_supervised = words[:1] == [SUPERVISED_OPTION]
    name, *rest = words[is_supervised:] or [""]
    if name not in PROGRAM_NAMES:
        raise SystemExit(f"service_program: {name!r} is none of {', '.join(PROGRAM_NAMES)}")
    end_on_termination()
    set_default_port(os.environ)
    # Where the code server watches the database, its watch alone reports it.
    install_log_rules(is_supervised=is_supervised or name == "code")
    if name == "code":
        start_database_watch()
        _run_code_server(rest)
    elif name == "daemon":
        _run_daemon(rest)
    else:
        ping_pooled_connections()
        _run_webserver(rest)


def start_database_watch() -> None:
    """Wait for the Postgres of the instance file and watch it; do nothing where the history is in SQLite.

    The code server would end without its database: restarted again and again, it would never tell people.
    """
    home = os.environ.get("DAGSTER_HOME", "")
    database = read_history_database(Path(home)) if home else None
    if database is None:
        return
    from sparky_assets.orchestration.database_watch import MARK_FILE, DatabaseWatch  # noqa: PLC0415
    from sparky_assets.orchestration.resources import build_alert_channels  # noqa: PLC0415 - after the log rules
    from sparky_assets.settings.load import load_settings  # noqa: PLC0415

    def say(line: str) -> None:
        # As Dagster's handlers write it, which do not exist before its programs run.
        sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S %z')} - dagster.sparky.database - WARNING - {line}\n")
        sys.stderr.flush()

    channels = build_alert_channels(load_settings()).channels
    watch = DatabaseWatch(database, channels, say=say, mark=Path(home) / MARK_FILE)
    watch.wait_for_answer()
    watch.start()


def ping_pooled_connections() -> None:
    """Make each connection prove that it lives before a page uses it.

    Dagster's webserver pools connections without SQLAlchemy's `pool_pre_ping`: after a restart of Postgres each pooled
    connection gave HTTP 500 once.
    """
    from sqlalchemy import event  # noqa: PLC0415
    from sqlalchemy.exc import DisconnectionError  # noqa: PLC0415
    from sqlalchemy.pool import Pool  # noqa: PLC0415

    @event.listens_for(Pool, "checkout")
    def ping(connection: Any, _record: Any, _proxy: Any) -> None:
        if not type(connection).__module__.startswith("psycopg2"):
            return
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            connection.rollback()
        except Exception as error:
            raise DisconnectionError from error  # the pool forgets it and opens another


def _run_code_server(arguments: Sequence[str]) -> None:
    from dagster._cli import create_dagster_cli  # noqa: PLC0415

    command: Any = create_dagster_cli
    command().main(args=["api", "grpc", *arguments], prog_name="dagster")


def _run_daemon(arguments: Sequence[str]) -> None:
    from dagster._daemon.cli import cli  # noqa: PLC0415

    from sparky_assets.orchestration.history_engines import keep_history_engines  # noqa: PLC0415

    # It plans every partition of a backfill: 4,400 events for a year of raw days and numbers, at 25 ms one by one.
    keep_history_engines()
    command: Any = cli
    command.main(args=["run", *arguments], prog_name="dagster-daemon", obj={})


def _run_webserver(arguments: Sequence[str]) -> None:
    from dagster_webserver.cli import cli  # noqa: PLC0415

    command: Any = cli
    command.main(args=list(arguments), prog_name="dagster-webserver", auto_envvar_prefix="DAGSTER_WEBSERVER")


if __name__ == "__main__":
    main()
