"""Output of the command line: lines and tables, JSON, progress, colour, and how much of it.

Text from repositories, GitHub and models is printed as it is: no markup, no emoji codes, no control characters.
"""

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from resources.checks import CheckResult
from resources.progress import LOG_EVERY_SECONDS, use_progress
from sparky_assets.cli.exit_codes import ExitCode

PIPE_WIDTH_COLUMNS = 140
"""Width of a table in a pipe: wide enough that no cell is wrapped."""

CONTROL_PATTERN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters that a terminal obeys: escape sequences, and changes of the direction of writing."""

ColorChoice = Literal["auto", "always", "never"]


@dataclass
class OutputOptions:
    """What is printed: `--quiet`, `--verbose`, `--color` and `--json` of the running command."""

    is_quiet: bool = False
    is_verbose: bool = False
    is_json: bool = False


output = OutputOptions()


def end_on_broken_pipe() -> NoReturn:
    """End the process with the code of a closed pipe; what is still buffered goes nowhere.

    Raises:
        SystemExit: always.
    """
    with suppress(OSError, ValueError):  # no file is behind the standard output of a test
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(ExitCode.BROKEN_PIPE)


class _TerminalConsole(Console):
    def on_broken_pipe(self) -> None:
        """End as every other command does: rich would end with 1."""
        end_on_broken_pipe()


def _build_console(color: ColorChoice = "auto") -> Console:
    # Without emoji=False a title's `:x:` would become a picture, also in the cells of tables.
    return _TerminalConsole(
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
        width=None if sys.stdout.isatty() else PIPE_WIDTH_COLUMNS,
        force_terminal=True if color == "always" else None,
        no_color=True if color == "never" else None,
    )


console = _build_console()


def configure_output(*, is_quiet: bool = False, is_verbose: bool = False, color: ColorChoice = "auto") -> None:
    """Set the output of the running command; what an earlier command in this process set is forgotten."""
    global console  # noqa: PLW0603 - one console for the process, as rich means it
    output.is_quiet, output.is_verbose, output.is_json = is_quiet, is_verbose, False
    console = _build_console(color)


def strip_controls(text: str) -> str:
    """Return a text without the characters that a terminal obeys; tabs and line ends stay."""
    return CONTROL_PATTERN.sub("", text)


def echo(text: str = "", style: str | None = None) -> None:
    """Print one line about the work, styled on a terminal only; nothing with `--quiet` or `--json`."""
    if not output.is_quiet and not output.is_json:
        echo_result(text, style)


def echo_result(text: str = "", style: str | None = None) -> None:
    """Print one line of what the command was asked for, also with `--quiet`; nothing with `--json`."""
    if not output.is_json:
        console.print(strip_controls(text), style=style)


def echo_table(table: Any) -> None:
    """Print a table of rich; its cells are foreign text like any other."""
    if not output.is_json:
        console.print(table)


def echo_json(value: Any) -> None:
    """Print what the command was asked for as JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def _set_json(_: click.Context, __: click.Parameter, value: bool) -> None:
    output.is_json = value


def add_json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--json` to a command, which then prints with `echo_json` and is otherwise silent."""
    option = click.option("--json", is_flag=True, expose_value=False, callback=_set_json, help="Print JSON.")
    return option(command)


def simplify_metadata(metadata: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return Dagster's metadata of assets as plain values for JSON."""
    return {
        asset: {name: getattr(value, "value", value) for name, value in values.items()}
        for asset, values in metadata.items()
    }


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
    if output.is_quiet or output.is_json:
        yield
        return
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
