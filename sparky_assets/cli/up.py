"""`sparky up`: run the code server, the daemon and the UI as one service.

The supervisor starts the programs in order, restarts those that die, stops them together, and merges their logs.
"""

import ctypes
import fcntl
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import click

from resources.service_logs import RunOutputFilter
from sparky_assets.cli.serve import build_dagster_environment
from sparky_assets.errors import DataError
from sparky_assets.settings.schema import Settings

WORKSPACE_TEMPLATE = """load_from:
  - grpc_server:
      host: localhost
      socket: {socket}
      location_name: sparky
"""


@click.command(short_help="Run schedules, runs and the UI as one service.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of the UI.")
@click.option("--port", default=3000, show_default=True, help="Port of the UI.")
@click.option("--no-ui", is_flag=True, help="Run schedules, sensors and runs without the UI.")
@click.option("--read-only", is_flag=True, help="Make the UI read-only.")
@click.pass_obj
def up(config_file: str | None, host: str, port: int, no_ui: bool, read_only: bool) -> None:
    """Run schedules, sensors, runs and the UI as a service. A program that dies is restarted.

    Stop it with SIGTERM or Ctrl-C. The UI has no login: keep it on 127.0.0.1, or put a proxy with a login before it.

    \b
    Examples:
      SPARKY_ENV=production sparky up
      sparky up --no-ui
    """
    from sparky_assets.cli.dagster_runner import open_runner
    from sparky_assets.definitions import set_pool_limits
    from sparky_assets.settings.load import load_settings

    settings = load_settings(config_file)
    environment = build_dagster_environment(settings, config_file)
    if not no_ui:
        check_port_is_free(host, port)
    # Creates the history if needed, and marks runs that were killed with the last service as failed.
    with open_runner(settings) as runs:
        set_pool_limits(runs.instance)
    home = Path(environment["DAGSTER_HOME"])
    with tempfile.TemporaryDirectory(prefix="sparky-") as folder:  # a socket's path has at most 107 characters
        address, workspace = Path(folder) / "code.sock", Path(folder) / "workspace.yaml"
        workspace.write_text(WORKSPACE_TEMPLATE.format(socket=address))
        program = [sys.executable, "-m", "sparky_assets.orchestration.service_program", "--supervised"]
        programs = [
            ServiceProgram(
                "code",
                [*program, "code", "-m", "sparky_assets.definitions", "-s", str(address),
                 "--location-name", "sparky", "--use-python-environment-entry-point"],
                lambda: is_listening(address),
            ),
            ServiceProgram("daemon", [*program, "daemon", "-w", str(workspace)]),
        ]  # fmt: skip
        if not no_ui:
            interface = [*program, "webserver", "-w", str(workspace), "-h", host, "-p", str(port)]
            programs.append(ServiceProgram("ui", [*interface, *(["--read-only"] if read_only else [])]))
            click.echo(f"UI: http://{host}:{port}")
        warn_if_schedules_off(settings)
        supervise_programs(programs, environment, home / "up.lock")


def warn_if_schedules_off(settings: Settings) -> None:
    """Warn when schedules are off: a service without them is rarely intended."""
    if not settings.schedules.enabled:
        click.echo("schedules are off: set schedules.enabled, or switch them on in the UI", err=True)


def is_listening(address: Path) -> bool:
    """Whether a program listens on a socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        return client.connect_ex(str(address)) == 0


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


MIN_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 1.0, 60.0


STABLE_AFTER_SECONDS = 300.0
"""After this run time a death is not part of a series: the pause starts at its minimum again."""


GRACE_SECONDS = 30.0


POLL_SECONDS = 0.2


PR_SET_PDEATHSIG = 1


ANSI_COLOR_PATTERN = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class ServiceProgram:
    """One program: its name in the log, its command line, and a test of readiness (None: ready at once)."""

    name: str
    arguments: Sequence[str]
    is_ready: Callable[[], bool] | None = None


class _ChildProcess:
    def __init__(self, program: ServiceProgram, environment: Mapping[str, str]) -> None:
        self.program, self._environment = program, environment
        self.pause_seconds, self.restart_at, self.started_at = MIN_PAUSE_SECONDS, 0.0, 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            self.program.arguments,
            env=dict(self._environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches only this process, which stops them in order
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - no other way; no lock is held here
        )
        write_log_line(self.program.name, f"started, process {self.process.pid}")
        assert self.process.stdout is not None
        threading.Thread(target=_copy_output, args=(self.program.name, self.process.stdout), daemon=True).start()

    def restart_if_dead(self) -> None:
        """Restart the program if it died, after a pause that doubles with each death."""
        now = time.monotonic()
        if self.process is not None and (code := self.process.poll()) is not None:
            if now - self.started_at > STABLE_AFTER_SECONDS:
                self.pause_seconds = MIN_PAUSE_SECONDS
            write_log_line(self.program.name, f"ended with code {code}; restarts in {self.pause_seconds:.0f} s")
            self.process, self.restart_at = None, now + self.pause_seconds
            self.pause_seconds = min(self.pause_seconds * 2, MAX_PAUSE_SECONDS)
        if self.process is None and now >= self.restart_at:
            self.start()

    def stop(self) -> None:
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            self.process.terminate()
        try:
            self.process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            write_log_line(self.program.name, f"did not stop within {GRACE_SECONDS:.0f} s; killed")
        with suppress(ProcessLookupError):  # its children
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        write_log_line(self.program.name, "ended")


def supervise_programs(
    programs: Sequence[ServiceProgram], environment: Mapping[str, str], lock: Path, ready_timeout_seconds: float = 300.0
) -> None:
    """Run the programs until SIGTERM or SIGINT; then stop them, the last started first.

    Raises:
        DataError: when another supervisor holds `lock`, or a program is not ready within the timeout.
    """
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataError(f"{lock}: another `sparky up` runs in this home. Stop it first.") from error
        stop_requested = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop_requested.set())
        children = [_ChildProcess(program, environment) for program in programs]
        try:
            for child in children:
                _start_and_wait(child, stop_requested, ready_timeout_seconds)
            while not stop_requested.wait(POLL_SECONDS):
                for child in children:
                    child.restart_if_dead()
        finally:
            for child in reversed(children):
                child.stop()


def write_log_line(name: str, line: str) -> None:
    """Write one line of the common log."""
    sys.stdout.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {name:<9} {line}\n")
    sys.stdout.flush()


def _start_and_wait(child: _ChildProcess, stop_requested: threading.Event, ready_timeout_seconds: float) -> None:
    deadline = time.monotonic() + ready_timeout_seconds
    child.start()
    while child.program.is_ready and not child.program.is_ready():
        if stop_requested.wait(POLL_SECONDS):
            return
        child.restart_if_dead()
        if time.monotonic() > deadline:
            raise DataError(f"{child.program.name}: not ready after {ready_timeout_seconds:.0f} s; see the log above.")


def _copy_output(name: str, stream: IO[bytes]) -> None:
    output_filter = RunOutputFilter()
    for line in stream:
        text = ANSI_COLOR_PATTERN.sub("", line.decode("utf-8", "replace")).rstrip()
        if (shown := output_filter.shorten(text)) is not None:
            write_log_line(name, shown)


def _die_with_parent() -> None:
    # Without it a `sparky up` that gets SIGKILL leaves a daemon behind, and the next one starts a second.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
