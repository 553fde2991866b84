"""`sparky serve`: the reader in a browser, over the same store."""

import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sparky_assets.cli.console import say
from sparky_assets.cli.demo import SETTINGS_FILE

if TYPE_CHECKING:
    from sparky_assets.health import Health
    from sparky_assets.settings import Settings

GOODBYE_SECONDS = 3
"""Open status pages hold a connection each; they are cut after so long when the reader stops."""


@click.command(short_help="Read digests, evidence and statistics in a browser.")
@click.option("--home", type=click.Path(path_type=Path), help="The home of a demo, to read that.")
@click.option("--host", help="Address to listen on.  [default: reader.host]")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port; 0 takes any free one.  [default: reader.port]")
@click.option("--access-log", is_flag=True, help="One line a request.")
@click.pass_obj
def serve(config_file: str | None, home: Path | None, host: str | None, port: int | None, access_log: bool) -> None:
    """Show digests, statistics and the pipeline's state in a browser; an API and metrics for machines. Read-only.

    \b
    Examples:
      sparky serve
      sparky serve --home .sparky/demo/httpx-1a2b3c4d --port 8001
    """
    import uvicorn

    from sparky_assets.reader.app import build_app
    from sparky_assets.settings_load import load_settings

    if home and (home / SETTINGS_FILE).exists():
        config_file = str(home / SETTINGS_FILE)
    settings = load_settings(config_file, {"home": home} if home else None)
    asked: dict[str, Any] = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = settings.model_copy(update={"reader": settings.reader.model_copy(update=asked)})
    # Where the history would lie; nothing is made here, for the home may be mounted read-only.
    history = Path(os.environ.get("DAGSTER_HOME") or settings.home / "dagster").absolute()
    app = build_app(settings, dagster_home=history, ask_health=partial(_health, settings))
    server = _Server(
        uvicorn.Config(
            app,
            host=settings.reader.host,
            port=settings.reader.port,
            log_level="info" if access_log else "warning",
            access_log=access_log,
            timeout_graceful_shutdown=GOODBYE_SECONDS,
            server_header=False,
            # The reader itself decides whom it believes: forwarded addresses are taken from nobody.
            proxy_headers=False,
        )
    )
    # uvicorn stops and then raises the signal again, which would end us with 143 instead of 0.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server.run()
    if not server.started:
        raise SystemExit(1)


def _health(settings: "Settings") -> list["Health"]:
    from sparky_assets.definitions import build_resources
    from sparky_assets.health import github_health, model_health

    return [*model_health(settings, build_resources(settings)["language_models"]), *github_health(settings)]


def _Server(config: Any) -> Any:  # noqa: N802 - a class, made when uvicorn is loaded
    import uvicorn

    class Server(uvicorn.Server):
        """Tells the address once it listens: with port 0 nobody else knows it."""

        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            for server in self.servers:
                for socket in server.sockets:
                    host, port = socket.getsockname()[:2]
                    say(f"http://{f'[{host}]' if ':' in host else host}:{port}/")

    return Server(config)
