"""`sparky ui`: Dagster's own interface on the same history that the command line writes."""

import os
import sys
from pathlib import Path

import click

from sparky_assets.cli.home import load_home_settings
from sparky_assets.settings.schema import Settings


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
