"""`sparky completion` and `sparky man`: what a shell and `man` need, generated from the commands."""

import datetime
import inspect
import re
from collections.abc import Iterator

import click

from sparky_assets.cli.exit_codes import EXIT_CODE_MEANINGS

SHELLS = ("bash", "zsh", "fish")

COMPLETION_VARIABLE = "_SPARKY_COMPLETE"


@click.command(short_help="Print a completion script for a shell.")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes commands, options and their values.

    \b
    Examples:
      sparky completion bash > ~/.local/share/bash-completion/completions/sparky
      sparky completion zsh > ~/.zfunc/_sparky
      sparky completion fish > ~/.config/fish/completions/sparky.fish
    """
    from click.shell_completion import get_completion_class

    completer = get_completion_class(shell)
    assert completer is not None  # click has a class for each of SHELLS
    program = completer(context.find_root().command, {}, "sparky", COMPLETION_VARIABLE)
    # source() would start bash to ask its version, which fails where only another shell is installed.
    click.echo(program.source_template % program.source_vars())


@click.command(short_help="Print the manual page.")
@click.pass_context
def man(context: click.Context) -> None:
    """Print the manual page of all commands.

    \b
    Examples:
      sparky man | man -l -
      sparky man > ~/.local/share/man/man1/sparky.1
    """
    root = context.find_root().command
    assert isinstance(root, click.Group)
    click.echo("\n".join(build_manual(root)))


def build_manual(root: click.Group) -> Iterator[str]:
    """Yield the lines of the manual page in roff."""
    from importlib.metadata import version

    today = datetime.datetime.now(datetime.UTC).date()
    yield f'.TH SPARKY 1 "{today}" "sparky {version("sparky")}" "User Commands"'
    yield from (".SH NAME", "sparky \\- daily, weekly and monthly digests of what happened in your repositories")
    yield from (".SH SYNOPSIS", ".B sparky", "[OPTIONS] COMMAND [ARGS]...", ".SH DESCRIPTION")
    yield from _format_help(root)
    yield from (".SH OPTIONS", *_format_options(root, "sparky"), ".SH COMMANDS")
    for name, command in root.commands.items():
        yield from _format_command(f"sparky {name}", command)
    yield ".SH EXIT STATUS"
    for code, meaning in EXIT_CODE_MEANINGS.items():
        yield from (".TP", f".B {code.value}", escape_roff(meaning))
    yield from (".SH FILES", ".TP", ".I sparky.toml", "Settings; written by sparky init.")


def _format_command(path: str, command: click.Command) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(click.Context(command)))
    yield from (f".SS {escape_roff(f'{path} {usage}')}",)
    yield from _format_help(command)
    yield from _format_options(command, path)
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from _format_command(f"{path} {name}", inner)


def _format_help(command: click.Command) -> Iterator[str]:
    # Docstrings are indented up to Python 3.12; click dedents them only where it prints a help page.
    for number, paragraph in enumerate(re.split(r"\n\s*\n", inspect.cleandoc(command.help or ""))):
        if number:
            yield ".PP"
        if paragraph.startswith("\b\n"):
            yield from (".nf", *map(escape_roff, paragraph.splitlines()[1:]), ".fi")
        else:
            yield from map(escape_roff, paragraph.splitlines())


def _format_options(command: click.Command, path: str) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    for parameter in command.params:
        record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
        if record:
            yield from (".TP", f".B {escape_roff(record[0])}", escape_roff(record[1]))


def escape_roff(text: str) -> str:
    """Return a text that roff prints as it is."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text
