"""`sparky up`: the webserver, the daemon and the code server as one service."""

import os
import socket
import sys
import tempfile
from pathlib import Path

import click

from sparky_assets.cli.ui import build_dagster_environment
from sparky_assets.settings.schema import Settings

WORKSPACE_TEMPLATE = """load_from:
  - grpc_server:
      host: localhost
      socket: {socket}
      location_name: sparky
"""


@click.command(short_help="Schedules, runs and the interface as one service.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where the interface listens.")
@click.option("--port", default=3000, show_default=True)
@click.option("--no-ui", is_flag=True, help="Without the interface: schedules, sensors and runs alone.")
@click.option("--read-only", is_flag=True, help="An interface that can look and not touch.")
@click.pass_obj
def up(config_file: str | None, host: str, port: int, no_ui: bool, read_only: bool) -> None:
    """Run everything as a service: schedules, sensors, runs and the interface, restarted when they die.

    Ends with SIGTERM or Ctrl-C. The interface asks for no password: leave it on 127.0.0.1, or put a proxy before it.

    \b
    Examples:
      SPARKY_ENV=production sparky up
      sparky up --no-ui
    """
    from sparky_assets.cli.dagster_runner import open_runner
    from sparky_assets.cli.supervisor import ServiceProgram, supervise_programs
    from sparky_assets.pools import set_pool_limits
    from sparky_assets.settings.load import load_settings

    settings = load_settings(config_file)
    environment = build_dagster_environment(settings, config_file)
    if not no_ui:
        check_port_is_free(host, port)
    # The history is there and readable, and runs that were killed with the last service are marked so.
    with open_runner(settings) as runs:
        set_pool_limits(runs.instance)
    home = Path(environment["DAGSTER_HOME"])
    with tempfile.TemporaryDirectory(prefix="sparky-") as folder:  # a socket's path holds 107 characters
        address, workspace = Path(folder) / "code.sock", Path(folder) / "workspace.yaml"
        workspace.write_text(WORKSPACE_TEMPLATE.format(socket=address))
        dagster = [sys.executable, "-m", "dagster"]
        programs = [
            ServiceProgram(
                "code",
                [*dagster, "api", "grpc", "-m", "sparky_assets.definitions", "-s", str(address),
                 "--location-name", "sparky", "--use-python-environment-entry-point"],
                lambda: is_listening(address),
            ),
            ServiceProgram("daemon", [sys.executable, "-m", "dagster._daemon", "run", "-w", str(workspace)]),
        ]  # fmt: skip
        if not no_ui:
            interface = [sys.executable, "-m", "dagster_webserver", "-w", str(workspace), "-h", host, "-p", str(port)]
            programs.append(ServiceProgram("ui", [*interface, *(["--read-only"] if read_only else [])]))
            click.echo(f"interface: http://{host}:{port}")
        warn_if_schedules_off(settings)
        supervise_programs(programs, environment, home / "up.lock")


def warn_if_schedules_off(settings: Settings) -> None:
    """A service without schedules is rarely meant."""
    if not settings.schedules.enabled:
        click.echo("schedules are off: set schedules.enabled, or switch them on in the interface", err=True)


def is_listening(address: Path) -> bool:
    """Whether somebody listens on a socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        return client.connect_ex(str(address)) == 0


def check_port_is_free(host: str, port: int) -> None:
    """Refuse a port that another program has.

    Raises:
        DataError: with the port.
    """
    from sparky_assets.errors import DataError

    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = error.strerror or os.strerror(error.errno or 0)
            raise DataError(f"{host}:{port}: {reason}. Choose another with --port.") from error
