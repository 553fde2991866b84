"""`sparky serve`: the reader in a browser. `sparky ui`: Dagster's interface on the history of the command line."""

import fcntl
import os
import signal
import socket
import sys
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sparky_assets.cli.console import echo_result
from sparky_assets.cli.demo import load_home_settings
from sparky_assets.cli.exit_codes import ExitCode
from sparky_assets.settings.schema import Settings

if TYPE_CHECKING:
    from resources.checks import CheckResult
    from sparky_assets.reader.app import DrainMiddleware


SERVICE_LOCK_FILE = "up.lock"
"""File in the folder of the history that `sparky up` holds locked."""

SHUTDOWN_TIMEOUT_SECONDS = 3
"""Each open status page holds a connection; it is closed after this time when the reader stops."""


@click.command(short_help="Read digests, evidence and statistics in a browser.")
@click.option("--home", type=click.Path(path_type=Path), help="Home folder of a demo, to read its digests.")
@click.option("--host", help="Address to listen on.  [default: reader.host]")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port; 0 takes any free one.  [default: reader.port]")
@click.option("--access-log", is_flag=True, help="Log one line per request.")
@click.option("--drain", type=click.FloatRange(0, 600), default=0.0, metavar="SECONDS",
              help="After SIGTERM, keep answering for this time while /readyz returns 503.")  # fmt: skip
@click.option("--workspace", type=click.Path(path_type=Path), hidden=True, help="Serve Dagster's interface too.")
@click.option("--read-only", is_flag=True, hidden=True, help="Make Dagster's interface read-only.")
@click.pass_obj
def serve(
    config_file: str | None, home: Path | None, host: str | None, port: int | None, *, access_log: bool, drain: float,
    workspace: Path | None, read_only: bool,
) -> None:  # fmt: skip
    """Serve digests, statistics and the status of the pipeline to a browser, with an API and Prometheus metrics.

    Read-only: the server never writes to the store.

    \b
    Examples:
      sparky serve
      sparky serve --home .sparky/demo/httpx-1a2b3c4d --port 8001
    """

    from sparky_assets.reader.app import DrainMiddleware, build_app

    settings, _ = load_home_settings(home, config_file)
    settings = override_address(settings, host, port, has_interface=workspace is not None)
    check_port_is_free(settings.reader.host, settings.reader.port)
    # The history is not created here: the home may be mounted read-only.
    history = Path(os.environ.get("DAGSTER_HOME") or settings.home / "dagster").absolute()
    app: Any = build_app(settings, dagster_home=history, check_health=partial(_check_services, settings))
    with ExitStack() as stack:
        if workspace:
            from sparky_assets.cli.operations.dagster_interface import InterfaceRouter, open_interface

            interface = stack.enter_context(open_interface(workspace, is_read_only=read_only))
            app = InterfaceRouter(app, interface, settings.reader, app.state.reader.access_policy)
        _run_server(DrainMiddleware(app), settings, drain, access_log=access_log)


def override_address(settings: Settings, host: str | None, port: int | None, *, has_interface: bool) -> Settings:
    """Return the settings with the address of the command line, and with links to the interface behind it."""
    asked: dict[str, Any] = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    if has_interface and not settings.reader.dagster_url:
        asked["dagster_url"] = "/dagster"
    return settings.model_copy(update={"reader": settings.reader.model_copy(update=asked)})


def check_port_is_free(host: str, port: int) -> None:
    """Check that a port is free.

    Raises:
        DataError: with the port and the reason.
    """
    from sparky_assets.errors import DataError

    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = error.strerror or os.strerror(error.errno or 0)
            raise DataError(f"{host}:{port}: {reason}. Choose another with --port.") from error


def check_no_service_runs(history: Path) -> None:
    """Check that no `sparky up` runs on a history: Dagster allows one daemon, and a second disturbs the first.

    Raises:
        DataError: with where to see the interface instead.
    """
    from sparky_assets.errors import DataError

    lock = history / SERVICE_LOCK_FILE
    if not lock.exists():
        return
    with lock.open("rb") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataError(f"{lock}: `sparky up` runs in this home and serves the interface at /dagster.") from error


def _run_server(app: "DrainMiddleware", settings: Settings, drain: float, *, access_log: bool) -> None:
    import uvicorn

    server = _build_server(
        uvicorn.Config(
            app,
            host=settings.reader.host,
            port=settings.reader.port,
            log_level="info" if access_log else "warning",
            access_log=access_log,
            timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_SECONDS,
            server_header=False,
            # The reader decides which proxies to trust; uvicorn must not rewrite addresses.
            proxy_headers=False,
        ),
        app,
        drain,
    )
    # uvicorn raises the signal again after it stopped; the exit code would be 143 instead of 0.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server.run()
    if not server.started:
        raise SystemExit(ExitCode.FAILED)


def _check_services(settings: "Settings") -> list["CheckResult"]:
    from sparky_assets.orchestration.health import check_github, check_models
    from sparky_assets.orchestration.resources import build_language_models

    return [*check_models(settings, build_language_models(settings)), *check_github(settings)]


def _build_server(config: Any, app: "DrainMiddleware", drain: float) -> Any:
    import uvicorn

    class Server(uvicorn.Server):
        """Prints its address when it listens (needed with port 0), and drains before it stops."""

        ends_at: float | None = None

        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            for server in self.servers:
                for listener in server.sockets:
                    host, port = listener.getsockname()[:2]
                    echo_result(f"http://{f'[{host}]' if ':' in host else host}:{port}/")

        def handle_exit(self, sig: int, frame: Any) -> None:
            if sig == signal.SIGTERM and drain and self.ends_at is None:
                app.start_draining()
                self.ends_at = time.monotonic() + drain
            else:
                super().handle_exit(sig, frame)

        async def on_tick(self, counter: int) -> bool:
            self.should_exit |= self.ends_at is not None and time.monotonic() >= self.ends_at
            return await super().on_tick(counter)

    return Server(config)


@click.command(short_help="Serve Dagster's interface.")
@click.option("--home", type=click.Path(path_type=Path), help="Home folder of a demo, to see its runs.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=3000, show_default=True, help="Port to listen on.")
@click.pass_obj
def ui(config_file: str | None, home: Path | None, host: str, port: int) -> None:
    """Serve Dagster's interface: the asset graph, partitions, runs and schedules. Schedules run while it is open.

    \b
    Examples:
      sparky ui
      sparky ui --home .sparky/demo/httpx-1a2b3c4d --port 3001
    """
    from resources.history_database import read_history_database

    settings, config_file = load_home_settings(home, config_file)
    environment = build_dagster_environment(settings, config_file)
    if (database := read_history_database(Path(environment["DAGSTER_HOME"]))) is not None:
        database.check()  # Dagster would print 200 lines
    check_port_is_free(host, port)
    check_no_service_runs(Path(environment["DAGSTER_HOME"]))
    environment.setdefault("SPARKY_ALERTS__UI", settings.alerts.ui or f"http://{host}:{port}")
    arguments = ["dagster", "dev", "-m", "sparky_assets.definitions", "-h", host, "-p", str(port)]
    os.execvpe(sys.executable, [sys.executable, "-m", *arguments], environment)  # noqa: S606 - our own interpreter


def build_dagster_environment(settings: Settings, config_file: str | None) -> dict[str, str]:
    """Return the environment in which Dagster's programs find the history and the settings."""
    from sparky_assets.cli.dagster_runner import ensure_dagster_home

    environment = {
        **os.environ,
        "DAGSTER_HOME": str(ensure_dagster_home(settings)),
        "SPARKY_HOME": str(settings.home.resolve()),
    }
    if config_file:
        environment["SPARKY_CONFIG"] = str(Path(config_file).resolve())
    return environment
