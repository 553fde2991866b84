"""Output of the command line: progress bars on a terminal, plain lines in a pipe."""

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from resources.checks import CheckResult
from resources.progress import LOG_EVERY_SECONDS, use_progress

PIPE_WIDTH_COLUMNS = 140
"""Width of a table in a pipe: wide enough that no cell is wrapped."""

console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else PIPE_WIDTH_COLUMNS)


def echo(text: str = "", style: str | None = None) -> None:
    """Print one line to standard output, styled on a terminal only. Markup in `text` is printed as it is."""
    console.print(text, style=style, markup=False)


def strip_markdown(markdown: str) -> str:
    """Return a line of Markdown for a terminal: the text of links, code without backticks."""
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown).replace("`", "")


class _ProgressBars:
    """Progress bars, one a task; removed when the block ends."""

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
    """Progress as lines: one after five seconds of a task, and one every five seconds after that."""

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
    """Show the progress that the block reports."""
    if not sys.stdout.isatty():
        with use_progress(_ProgressLines()):
            yield
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress, use_progress(_ProgressBars(progress)):
        yield


def format_check(result: CheckResult) -> str:
    """Return a check as one line: `ok    git: 2.39.5`, or `WRONG git: …`."""
    return f"{'ok   ' if result.ok else 'WRONG'} {result.name}: {result.summary}"
