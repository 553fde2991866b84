"""`sparky serve`: the reader in a browser, over the same store.

`sparky ui`: Dagster's own interface on the same history that the command line writes.
"""

import os
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sparky_assets.cli.console import echo
from sparky_assets.cli.demo import load_home_settings
from sparky_assets.settings.schema import Settings

if TYPE_CHECKING:
    from sparky_assets.orchestration.health import CheckResult
    from sparky_assets.reader.app import DrainMiddleware


SHUTDOWN_TIMEOUT_SECONDS = 3
"""Open status pages hold a connection each; they are cut after so long when the reader stops."""


@click.command(short_help="Read digests, evidence and statistics in a browser.")
@click.option("--home", type=click.Path(path_type=Path), help="The home of a demo, to read that.")
@click.option("--host", help="Address to listen on.  [default: reader.host]")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port; 0 takes any free one.  [default: reader.port]")
@click.option("--access-log", is_flag=True, help="One line a request.")
@click.option("--drain", type=click.FloatRange(0, 600), default=0.0, metavar="SECONDS",
              help="After SIGTERM, answer on for so long while /readyz says 503 and a proxy turns away.")  # fmt: skip
@click.pass_obj
def serve(
    config_file: str | None, home: Path | None, host: str | None, port: int | None, *, access_log: bool, drain: float
) -> None:
    """Show digests, statistics and the pipeline's state in a browser; an API and metrics for machines. Read-only.

    \b
    Examples:
      sparky serve
      sparky serve --home .sparky/demo/httpx-1a2b3c4d --port 8001
    """
    import uvicorn

    from sparky_assets.reader.app import DrainMiddleware, build_app

    settings, _ = load_home_settings(home, config_file)
    asked: dict[str, Any] = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = settings.model_copy(update={"reader": settings.reader.model_copy(update=asked)})
    # Where the history would lie; nothing is made here, for the home may be mounted read-only.
    history = Path(os.environ.get("DAGSTER_HOME") or settings.home / "dagster").absolute()
    app = DrainMiddleware(build_app(settings, dagster_home=history, check_health=partial(_check_services, settings)))
    server = _build_server(
        uvicorn.Config(
            app,
            host=settings.reader.host,
            port=settings.reader.port,
            log_level="info" if access_log else "warning",
            access_log=access_log,
            timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_SECONDS,
            server_header=False,
            # The reader itself decides whom it believes: forwarded addresses are taken from nobody.
            proxy_headers=False,
        ),
        app,
        drain,
    )
    # uvicorn stops and then raises the signal again, which would end us with 143 instead of 0.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server.run()
    if not server.started:
        raise SystemExit(1)


def _check_services(settings: "Settings") -> list["CheckResult"]:
    from sparky_assets.definitions import build_resources
    from sparky_assets.orchestration.health import check_github, check_models

    return [*check_models(settings, build_resources(settings)["language_models"]), *check_github(settings)]


def _build_server(config: Any, app: "DrainMiddleware", drain: float) -> Any:
    import uvicorn

    class Server(uvicorn.Server):
        """Tells the address once it listens: with port 0 nobody else knows it. Drains before it stops."""

        ends_at: float | None = None

        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            for server in self.servers:
                for socket in server.sockets:
                    host, port = socket.getsockname()[:2]
                    echo(f"http://{f'[{host}]' if ':' in host else host}:{port}/")

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


@click.command(short_help="Dagster's interface on the same history.")
@click.option("--home", type=click.Path(path_type=Path), help="The home of a demo, to look at that.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=3000, show_default=True)
@click.pass_obj
def ui(config_file: str | None, home: Path | None, host: str, port: int) -> None:
    """Open Dagster's interface: the asset graph, partitions, runs, schedules. Its daemon runs while it is open.

    \b
    Examples:
      sparky ui
      sparky ui --home .sparky/demo/httpx-1a2b3c4d --port 3001
    """
    settings, config_file = load_home_settings(home, config_file)
    environment = build_dagster_environment(settings, config_file)
    arguments = ["dagster", "dev", "-m", "sparky_assets.definitions", "-h", host, "-p", str(port)]
    os.execvpe(sys.executable, [sys.executable, "-m", *arguments], environment)  # noqa: S606 - our own interpreter


def build_dagster_environment(settings: Settings, config_file: str | None) -> dict[str, str]:
    """The environment in which Dagster's own programs find our history and settings."""
    from sparky_assets.cli.dagster_runner import ensure_dagster_home

    environment = {
        **os.environ,
        "DAGSTER_HOME": str(ensure_dagster_home(settings)),
        "SPARKY_HOME": str(settings.home.resolve()),
    }
    if config_file:
        environment["SPARKY_CONFIG"] = str(Path(config_file).resolve())
    return environment
