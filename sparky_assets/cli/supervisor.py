"""Keep some programs running as one service: started in order, restarted when they die, ended together, one log."""

import ctypes
import fcntl
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sparky_assets.errors import DataError

MIN_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 1.0, 60.0


STABLE_AFTER_SECONDS = 300.0
"""A program that ran so long starts again at once: its next death is no part of a row of them."""


GRACE_SECONDS = 30.0


POLL_SECONDS = 0.2


PR_SET_PDEATHSIG = 1


ANSI_COLOR_PATTERN = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class ServiceProgram:
    """One program: its name in the log, how to start it, and what tells that it is ready (None: nothing)."""

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
            start_new_session=True,  # Ctrl-C reaches us alone; we end them in order
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - the one way; nothing of ours holds a lock here
        )
        write_log_line(self.program.name, f"started, process {self.process.pid}")
        assert self.process.stdout is not None
        threading.Thread(target=_copy_output, args=(self.program.name, self.process.stdout), daemon=True).start()

    def restart_if_dead(self) -> None:
        """Start it again when it has died, after a pause that doubles while it keeps dying."""
        now = time.monotonic()
        if self.process is not None and (code := self.process.poll()) is not None:
            if now - self.started_at > STABLE_AFTER_SECONDS:
                self.pause_seconds = MIN_PAUSE_SECONDS
            write_log_line(self.program.name, f"ended with code {code}; starts again in {self.pause_seconds:.0f} s")
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
            write_log_line(self.program.name, f"did not end within {GRACE_SECONDS:.0f} s; killed")
        with suppress(ProcessLookupError):  # whatever it left behind
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        write_log_line(self.program.name, "ended")


def supervise_programs(
    programs: Sequence[ServiceProgram], environment: Mapping[str, str], lock: Path, ready_timeout_seconds: float = 300.0
) -> None:
    """Run the programs until SIGTERM or SIGINT; then end them, the last started first.

    Raises:
        DataError: when another supervisor holds `lock`, or a program is not ready within `patience` seconds.
    """
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DataError(f"{lock}: another `sparky up` runs on this home. End it first.") from error
        asked = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: asked.set())
        children = [_ChildProcess(program, environment) for program in programs]
        try:
            for child in children:
                _start_and_wait(child, asked, ready_timeout_seconds)
            while not asked.wait(POLL_SECONDS):
                for child in children:
                    child.restart_if_dead()
        finally:
            for child in reversed(children):
                child.stop()


def write_log_line(name: str, line: str) -> None:
    """One line of the one log."""
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
            raise DataError(
                f"{child.program.name}: not ready after {ready_timeout_seconds:.0f} s; the log above says why."
            )


def _copy_output(name: str, stream: IO[bytes]) -> None:
    for line in stream:
        write_log_line(name, ANSI_COLOR_PATTERN.sub("", line.decode("utf-8", "replace")).rstrip())


def _die_with_parent() -> None:
    # Without it a `sparky up` that is killed outright leaves a daemon behind, and the next one starts a second.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
