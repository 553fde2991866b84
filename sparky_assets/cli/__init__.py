"""The command line: `sparky …`. Commands parse arguments, call the packages that do the work, and print results.

The module of a command is imported when the command is looked up: `sparky --version` loads click and nothing else. A
command imports Dagster, which takes 1.1 s, when it runs.
"""

import gc
import sys
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from resources.signals import end_on_termination
from sparky_assets.cli.exit_codes import EXIT_CODE_MEANINGS, ExitCode

if TYPE_CHECKING:
    from sparky_assets.cli.console import ColorChoice

CONTEXT_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

GUIDE = "\nOptions and examples: sparky COMMAND --help. The manual page: sparky man. The guide: docs/cli.md\n"

COMMAND_SECTIONS: Mapping[str, Mapping[str, str]] = {
    "Begin": {"demo": "demo", "init": "init", "doctor": "doctor", "estimate": "doctor"},
    "Make": {"run": "run", "backfill": "backfill", "preview": "preview", "templates": "preview"},
    "Publish": {"publish": "publish", "unpublish": "publish"},
    "Read and run": {
        "serve": "serve",
        "up": "up",
        "service": "operations.service",
        "alerts": "operations.alerts",
        "status": "status",
        "stories": "stories",
        "evidence": "stories",
        "model-check": "doctor",
        "ui": "serve",
    },
    "Help": {"config": "config", "completion": "manual", "man": "manual"},
}
"""The module of each command, as `sparky --help` groups them, those that a new user needs first."""


class LazyCommands(MutableMapping[str, click.Command]):
    """Commands by name; the module of a command is imported at the first look at it."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        self._modules = dict(modules)
        self._loaded: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._loaded:
            module = import_module(f"{__name__}.{self._modules[name]}")
            self._loaded[name] = getattr(module, name.replace("-", "_"))
        return self._loaded[name]

    def __setitem__(self, name: str, command: click.Command) -> None:
        self._modules.setdefault(name, "")
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._modules[name]
        self._loaded.pop(name, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)

    def __contains__(self, name: object) -> bool:
        return name in self._modules


class SectionedGroup(click.Group):
    """A group that lists its commands in sections, and the exit codes after them."""

    def list_commands(self, _: click.Context) -> list[str]:
        """Return the names in the order of the sections."""
        return list(self.commands)

    def invoke(self, context: click.Context) -> Any:
        """Run the command; Ctrl-C and a closed pipe end it with codes of their own, which click would make 1."""
        try:
            return super().invoke(context)
        except BrokenPipeError:
            from sparky_assets.cli.console import end_on_broken_pipe

            end_on_broken_pipe()
        except KeyboardInterrupt:
            click.echo("sparky: interrupted.", err=True)
            sys.exit(ExitCode.INTERRUPTED)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one list of commands a section."""
        width = max(map(len, self.commands))
        for section, modules in COMMAND_SECTIONS.items():
            with formatter.section(section):
                rows = [(f"{name:<{width}}", self.commands[name].get_short_help_str(90)) for name in modules]
                formatter.write_dl(rows)

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the exit codes and where the documentation is."""
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code.value), meaning) for code, meaning in EXIT_CODE_MEANINGS.items()])
        formatter.write(GUIDE)


@click.group(
    cls=SectionedGroup,
    commands=LazyCommands({name: module for section in COMMAND_SECTIONS.values() for name, module in section.items()}),
    context_settings=CONTEXT_SETTINGS,
)
@click.option("--config", "config_file", metavar="FILE",
              help="Settings file.  [default: sparky.toml, config/<SPARKY_ENV>.toml]")  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Print results and errors only.")
@click.option("-v", "--verbose", is_flag=True, help="Print every line of the services, and tracebacks.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True,
              help="Colours; NO_COLOR turns them off too.")  # fmt: skip
@click.version_option(None, "-V", "--version", package_name="sparky", prog_name="sparky")
@click.pass_context
def cli(context: click.Context, config_file: str | None, *, quiet: bool, verbose: bool, color: "ColorChoice") -> None:
    """Write daily, weekly and monthly digests of what happened in your repositories.

    \b
    Start here:
      sparky demo                 the newspaper of a sample organisation, without settings
      sparky init                 ask for your repositories, and write sparky.toml
      sparky run week             make and publish the last closed week
      sparky serve                read the digests in a browser
      sparky up                   run everything as a service, by schedule
    """
    from sparky_assets.cli.console import configure_output

    configure_output(is_quiet=quiet, is_verbose=verbose, color=color)
    context.obj = config_file


MIN_ALLOCATIONS_PER_COLLECTION = 50_000
"""Objects that are made before Python looks for garbage. After each 700, its default, it takes a tenth of a start."""


def main() -> None:
    """Run the command line. An expected error becomes one sentence on standard error; see `ExitCode`."""
    end_on_termination()
    gc.set_threshold(MIN_ALLOCATIONS_PER_COLLECTION)
    try:
        cli()
    except OSError as error:
        _fail(f"{error.filename or 'the disk'}: {error.strerror or error}.")
    except Exception as error:
        if not _is_expected(error):
            raise
        _fail(str(error), _get_exit_code(error))
    finally:
        # The last garbage collection at exit takes 0.7 s after an import of Dagster and frees nothing of use.
        gc.freeze()


def _is_expected(error: Exception) -> bool:
    """Return whether the message of an error is written for people. Imported late: without an error not needed."""
    from resources.errors import ResourceError
    from sparky_assets.errors import DataError
    from sparky_assets.periods import PeriodError
    from sparky_assets.settings.load import ConfigurationError

    return isinstance(error, ResourceError | DataError | PeriodError | ConfigurationError)


def _get_exit_code(error: Exception) -> ExitCode:
    """Return the exit code of an expected error: a text of the command line that is no period is wrong usage."""
    from sparky_assets.periods import PeriodError

    return ExitCode.USAGE if isinstance(error, PeriodError) else ExitCode.FAILED


def _fail(message: str, code: ExitCode = ExitCode.FAILED) -> None:
    from sparky_assets.cli.console import output, strip_controls

    if output.is_verbose:
        traceback.print_exc()
    click.echo(f"sparky: {strip_controls(message)}", err=True)
    sys.exit(code)
