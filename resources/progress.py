"""How long work tells a person how far it is. The command line puts a bar here; elsewhere it becomes log lines."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

LOG_EVERY_SECONDS = 5.0


class Progress(Protocol):
    """Called often with the work's name, the units done and the units in all (None: not known yet)."""

    def __call__(self, what: str, done: float, total: float | None) -> None:
        """Show that `done` of `total` units of `what` are done."""
        ...


class LogProgress:
    """One log line a piece of work every five seconds, and none for work that is done sooner."""

    def __init__(self) -> None:
        self._started: dict[str, float] = {}

    def __call__(self, what: str, done: float, total: float | None) -> None:
        """Log it when the last line about `what` is five seconds old."""
        now = time.monotonic()
        if now - self._started.setdefault(what, now) >= LOG_EVERY_SECONDS:
            self._started[what] = now
            logging.getLogger("sparky").info("%s: %d%s", what, done, f" of {total:.0f}" if total else "")


_current: ContextVar[Progress] = ContextVar("progress", default=LogProgress())  # noqa: B039 - holds no data worth isolating


def report(what: str, done: float, total: float | None = None) -> None:
    """Tell whoever listens how far `what` is."""
    _current.get()(what, done, total)


@contextmanager
def shown_by(progress: Progress) -> Iterator[None]:
    """Send the reports of this block to `progress`."""
    token = _current.set(progress)
    try:
        yield
    finally:
        _current.reset(token)
