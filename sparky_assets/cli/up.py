"""`sparky up`: run the code server, the daemon, the reader and Dagster's interface as one service.

The supervisor starts the programs in order, restarts those that die, stops them together, and merges their logs. While
the database of the history is away, it serves the reader and waits.
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from resources.service_logs import RunOutputFilter
from sparky_assets.cli.console import output, strip_controls
from sparky_assets.cli.serve import (
    SERVICE_LOCK_FILE,
    build_dagster_environment,
    check_port_is_free,
    override_address,
)
from sparky_assets.errors import DataError
from sparky_assets.periods import PeriodKind, period_of_day
from sparky_assets.settings.schema import Settings

if TYPE_CHECKING:
    from sparky_assets.orchestration.database_watch import DatabaseWatch

INTERFACE_VARIABLE = "SPARKY_ALERTS__UI"
"""Tells the sensors the address of the links in their messages."""

LOOPBACK_ADDRESSES = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
"""Where this machine asks what listens on all its addresses."""

WORKSPACE_TEMPLATE = """load_from:
  - grpc_server:
      host: localhost
      socket: {socket}
      location_name: sparky
"""


@click.command(short_help="Run the newspaper, its schedules and Dagster's interface.")
@click.option("--host", help="Address to listen on.  [default: reader.host]")
@click.option("--port", type=click.IntRange(1, 65_535), help="Port to listen on.  [default: reader.port]")
@click.option("--no-ui", is_flag=True, help="Run schedules, sensors and runs without serving anything.")
@click.option("--read-only", is_flag=True, help="Make Dagster's interface read-only.")
@click.pass_obj
def up(config_file: str | None, host: str | None, port: int | None, no_ui: bool, read_only: bool) -> None:
    """Serve the newspaper and, below /dagster, Dagster's interface; run schedules, sensors and runs.

    A program that dies is restarted. While Postgres is away, the newspaper is served and the rest waits. Stop it with
    SIGTERM or Ctrl-C. Newspaper and interface are open without a login on 127.0.0.1 only; elsewhere they need the
    reader's token or proxy. One line says what comes next; `sparky -v up` prints everything.

    \b
    Examples:
      sparky up
      SPARKY_ENV=production sparky up --port 8080
    """
    from resources.history_database import read_history_database
    from sparky_assets.cli.dagster_runner import open_runner
    from sparky_assets.definitions import set_pool_limits
    from sparky_assets.orchestration.database_watch import MARK_FILE, DatabaseWatch
    from sparky_assets.orchestration.resources import build_alert_channels
    from sparky_assets.reader.auth import check_exposure
    from sparky_assets.settings.load import load_settings

    settings = override_address(load_settings(config_file), host, port, has_interface=not no_ui)
    environment = build_dagster_environment(settings, config_file)
    if not no_ui:
        environment.setdefault(INTERFACE_VARIABLE, settings.alerts.ui or format_interface_address(settings))
        check_exposure(settings.reader)
        check_port_is_free(settings.reader.host, settings.reader.port)
    home = Path(environment["DAGSTER_HOME"])
    lock = home / SERVICE_LOCK_FILE
    database = read_history_database(home)
    if database is not None:
        say = partial(write_log_line, "sparky")
        channels, mark = build_alert_channels(settings).channels, home / MARK_FILE
        watch = DatabaseWatch(database, channels, say=say, poll_seconds=START_POLL_SECONDS, mark=mark)
        reader = [] if no_ui else [_describe_web_server(settings, config_file)]
        if not wait_for_database(watch, reader, environment, lock):
            return
    # Creates the history if needed, and marks runs that were killed with the last service as failed.
    with open_runner(settings) as runs:
        set_pool_limits(runs.instance)
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
            programs.append(_describe_web_server(settings, config_file, workspace, read_only=read_only))
        supervise_programs(programs, environment, lock, announce=partial(describe_service, settings, no_ui))


def wait_for_database(
    watch: "DatabaseWatch", programs: Sequence["ServiceProgram"], environment: Mapping[str, str], lock: Path
) -> bool:
    """Run some programs until the database answers; return False when the service is to stop.

    Dagster's own programs end without their database. The watch says once a minute what is missing, and alerts.

    Args:
        watch: looks at the database; not started yet.
        programs: what works without it.
        environment: variables of the programs.
        lock: file that one supervisor at a time holds.
    """
    watch.look()
    if not watch.is_away:
        return True
    watch.start()
    try:
        return supervise_programs(programs, environment, lock, is_over=lambda: not watch.is_away)
    finally:
        watch.stop()


def _describe_web_server(
    settings: Settings, config_file: str | None, workspace: Path | None = None, *, read_only: bool = False
) -> "ServiceProgram":
    """Return the program that serves the reader; with a workspace, Dagster's interface too."""
    host, port = settings.reader.host, settings.reader.port
    command = [sys.executable, "-c", "from sparky_assets.cli import main; main()", "-q"]
    command += ["--config", str(Path(config_file).resolve())] if config_file else []
    command += ["serve", "--host", host, "--port", str(port)]
    command += ["--workspace", str(workspace)] if workspace else []
    command += ["--read-only"] if read_only else []
    return ServiceProgram("web", command, lambda: is_answering(host, port))


def format_interface_address(settings: Settings) -> str:
    """Return the address at which people reach Dagster's interface behind the reader, for links in alerts."""
    host = LOOPBACK_ADDRESSES.get(settings.reader.host, settings.reader.host)
    netloc = f"[{host}]" if ":" in host else host
    return f"{settings.reader.address or f'http://{netloc}:{settings.reader.port}'}/dagster"


def describe_service(settings: Settings, no_ui: bool, now: datetime | None = None) -> str:
    """Return where the service is read, and what comes next and when, in the organisation's timezone."""
    host, port = settings.reader.host, settings.reader.port
    address = "" if no_ui else f"newspaper http://{host}:{port}/ and Dagster http://{host}:{port}/dagster; "
    if not settings.schedules.enabled:
        return f"{address}schedules are off: set schedules.enabled = true, or switch them on in Dagster"
    calendar, now = settings.calendar, now or datetime.now(UTC)
    running = [period_of_day(kind, calendar.local_date(now)) for kind in PeriodKind]
    period = min((calendar.last_closed(period.kind, now).next() for period in running), key=calendar.closes_at)
    return f"{address}next: {period} at {calendar.format_instant(calendar.closes_at(period))}"


def is_answering(host: str, port: int) -> bool:
    """Return whether a program listens on a port; 0.0.0.0 and :: are asked by the loopback address."""
    try:
        with socket.create_connection((LOOPBACK_ADDRESSES.get(host, host), port), timeout=1):
            return True
    except OSError:
        return False


def is_listening(address: Path) -> bool:
    """Return whether a program listens on a socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        return client.connect_ex(str(address)) == 0


MIN_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 1.0, 60.0


STABLE_AFTER_SECONDS = 300.0
"""After this run time a death is not part of a series: the pause starts at its minimum again."""


GRACE_SECONDS = 30.0


START_POLL_SECONDS = 2.0
"""Pause between two looks at a database that is away when the service starts."""


POLL_SECONDS = 0.2


ANNOUNCE_SECONDS = 20.0
"""Pause between two looks at what comes next."""


ROUTINE_PATTERN = re.compile(
    r"(?<! dagster\.sparky\.runs) - (?:DEBUG|INFO) - (?!.*(?:Launched [1-9]|RUN_(?:START|SUCCESS|FAIL)))"
)
"""Lines that Dagster writes every few seconds while nothing happens."""


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
    programs: Sequence[ServiceProgram], environment: Mapping[str, str], lock: Path,
    *, ready_timeout_seconds: float = 300.0, announce: Callable[[], str] | None = None,
    is_over: Callable[[], bool] | None = None,
) -> bool:  # fmt: skip
    """Run the programs until SIGTERM, SIGINT or `is_over`; then stop them, the last started first.

    Return whether it ended because of `is_over`.

    Args:
        programs: in the order of their start.
        environment: variables of all programs.
        lock: file that one supervisor at a time holds.
        ready_timeout_seconds: how long each program may take to start.
        announce: what the service is about to do; printed at the start and whenever it changes.
        is_over: whether the programs are needed no longer.

    Raises:
        DataError: when another supervisor holds `lock`, or a program is not ready within the timeout.
    """
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataError(f"{lock}: another `sparky up` runs in this home. Stop it first.") from error
        children = [_ChildProcess(program, environment) for program in programs]
        with _note_stop_signals() as stop_requested:
            try:
                for child in children:
                    _start_and_wait(child, stop_requested, ready_timeout_seconds)
                return _watch_programs(children, stop_requested, announce, is_over)
            finally:
                for child in reversed(children):
                    child.stop()


@contextmanager
def _note_stop_signals() -> Iterator[threading.Event]:
    """Set the event at SIGTERM and SIGINT, which would end the process in the middle otherwise."""
    stop_requested = threading.Event()
    numbers = (signal.SIGTERM, signal.SIGINT)
    handlers = [signal.signal(number, lambda *_: stop_requested.set()) for number in numbers]
    try:
        yield stop_requested
    finally:
        for number, handler in zip(numbers, handlers, strict=True):
            signal.signal(number, handler)


def _watch_programs(
    children: Sequence[_ChildProcess], stop_requested: threading.Event,
    announce: Callable[[], str] | None, is_over: Callable[[], bool] | None,
) -> bool:  # fmt: skip
    """Restart programs that die and print what comes next, until a signal or `is_over`; return whether it is over."""
    announced, announce_at = "", 0.0
    while not stop_requested.wait(POLL_SECONDS):
        if is_over and is_over():
            return True
        for child in children:
            child.restart_if_dead()
        if announce and time.monotonic() >= announce_at:
            announce_at = time.monotonic() + ANNOUNCE_SECONDS
            if (text := announce()) != announced:
                write_log_line("sparky", text)
                announced = text
    return False


def write_log_line(name: str, line: str) -> None:
    """Write one line of the common log."""
    sys.stdout.write(f"{time.strftime('%Y-%m-%d %H:%M:%S%z')} {name:<9} {line}\n")
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
        text = strip_controls(ANSI_COLOR_PATTERN.sub("", line.decode("utf-8", "replace"))).rstrip()
        if not output.is_verbose and ROUTINE_PATTERN.search(text):
            continue
        shown = text if output.is_verbose else output_filter.shorten(text)
        if shown is not None:
            write_log_line(name, shown)


def _die_with_parent() -> None:
    # Without it a `sparky up` that gets SIGKILL leaves a daemon behind, and the next one starts a second.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
