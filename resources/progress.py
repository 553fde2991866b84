"""Progress reports of the running process.

The command line shows progress as a bar; everywhere else it is logged. This module imports no Dagster: `sparky --help`
loads it.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

LOG_EVERY_SECONDS = 5.0


class ProgressCallback(Protocol):
    """Callback for progress: name of the task, units done, and units in total (None: not known yet)."""

    def __call__(self, task: str, done: float, total: float | None) -> None:
        """Show that `done` of `total` units of `task` are done."""
        ...


class LogProgress:
    """Log each task every five seconds. A task that ends sooner is not logged."""

    def __init__(self) -> None:
        self._started: dict[str, float] = {}

    def __call__(self, task: str, done: float, total: float | None) -> None:
        """Log the progress if the last line about `task` is five seconds old."""
        now = time.monotonic()
        if now - self._started.setdefault(task, now) >= LOG_EVERY_SECONDS:
            self._started[task] = now
            logging.getLogger("sparky").info("%s: %d%s", task, done, f" of {total:.0f}" if total else "")


_current_callback: ContextVar[ProgressCallback] = ContextVar("progress", default=LogProgress())  # noqa: B039 - holds no data worth isolating


def report_progress(task: str, done: float, total: float | None = None) -> None:
    """Report the progress of `task` to the current callback."""
    _current_callback.get()(task, done, total)


@contextmanager
def use_progress(callback: ProgressCallback) -> Iterator[None]:
    """Send the progress reports of a `with` block to `callback`."""
    token = _current_callback.set(callback)
    try:
        yield
    finally:
        _current_callback.reset(token)
