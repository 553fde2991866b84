"""How the command line shows work: a bar on a terminal, plain lines in a pipe."""

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from resources.runtime import LOG_EVERY_SECONDS, use_progress

PIPE_WIDTH_COLUMNS = 140
"""Columns of a table that nobody sees on a terminal: wide enough that no cell is wrapped."""

console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else PIPE_WIDTH_COLUMNS)


def echo(text: str = "", style: str | None = None) -> None:
    """One line to standard output; styled on a terminal only. Markup in `text` is shown, not obeyed."""
    console.print(text, style=style, markup=False)


def strip_markdown(markdown: str) -> str:
    """A line of Markdown as a terminal shows it: links by their words, code without its marks."""
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown).replace("`", "")


class _ProgressBars:
    """One bar for each piece of work, gone when the block ends."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, task: str, done: float, total: float | None) -> None:
        if task not in self._tasks:
            self._tasks[task] = self._progress.add_task(task[:60].replace("[", "("), total=total)
        self._progress.update(self._tasks[task], completed=done, total=total)
        if total is not None and done >= total:
            self._progress.update(self._tasks[task], visible=False)


class _ProgressLines:
    """A line when a piece of work takes longer than five seconds, and every five seconds of it."""

    def __init__(self) -> None:
        self._last_shown: dict[str, float] = {}

    def __call__(self, task: str, done: float, total: float | None) -> None:
        now = time.monotonic()
        if total is not None and done >= total:
            self._last_shown.pop(task, None)
        elif now - self._last_shown.setdefault(task, now) >= LOG_EVERY_SECONDS:
            self._last_shown[task] = now
            echo(f"  {task}: {done:.0f}{f' of {total:.0f}' if total else ''}")


@contextmanager
def show_terminal_progress() -> Iterator[None]:
    """Show what the work in this block reports."""
    if not sys.stdout.isatty():
        with use_progress(_ProgressLines()):
            yield
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress, use_progress(_ProgressBars(progress)):
        yield
