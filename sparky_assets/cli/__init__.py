"""The command line: `sparky …`. Commands parse arguments, call the packages that do the work, and print results.

Dagster takes 1.5 s to import, so a command imports it when it runs; `sparky --help` does not.
"""

import gc
import sys
import traceback
from typing import Any

import click

from sparky_assets.cli.backfill import backfill
from sparky_assets.cli.config import config
from sparky_assets.cli.console import ColorChoice, configure_output, output, strip_controls
from sparky_assets.cli.demo import demo
from sparky_assets.cli.doctor import doctor, estimate, model_check
from sparky_assets.cli.exit_codes import EXIT_CODE_MEANINGS, ExitCode
from sparky_assets.cli.init import init
from sparky_assets.cli.manual import completion, man
from sparky_assets.cli.operations.alerts import alerts
from sparky_assets.cli.operations.service import service
from sparky_assets.cli.preview import preview, templates
from sparky_assets.cli.publish import publish, unpublish
from sparky_assets.cli.run import run
from sparky_assets.cli.serve import serve, ui
from sparky_assets.cli.status import status
from sparky_assets.cli.stories import evidence, stories
from sparky_assets.cli.up import up

CONTEXT_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

GUIDE = "\nOptions and examples: sparky COMMAND --help. The manual page: sparky man. The guide: docs/cli.md\n"

COMMAND_SECTIONS = {
    "Begin": (demo, init, doctor, estimate),
    "Make": (run, backfill, preview, templates),
    "Publish": (publish, unpublish),
    "Read and run": (serve, up, service, alerts, status, stories, evidence, model_check, ui),
    "Help": (config, completion, man),
}
"""Commands as `sparky --help` groups them, those that a new user needs first."""


class SectionedGroup(click.Group):
    """A group that lists its commands in sections, and the exit codes after them."""

    def list_commands(self, _: click.Context) -> list[str]:
        """Return the names in the order of the sections."""
        return list(self.commands)

    def invoke(self, context: click.Context) -> Any:
        """Run the command; Ctrl-C ends it with a code of its own."""
        try:
            return super().invoke(context)
        except KeyboardInterrupt:
            click.echo("sparky: interrupted.", err=True)
            sys.exit(ExitCode.INTERRUPTED)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one list of commands a section."""
        width = max(map(len, self.commands))
        for section, commands in COMMAND_SECTIONS.items():
            with formatter.section(section):
                rows = [(f"{command.name:<{width}}", command.get_short_help_str(90)) for command in commands]
                formatter.write_dl(rows)

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the exit codes and where the documentation is."""
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code.value), meaning) for code, meaning in EXIT_CODE_MEANINGS.items()])
        formatter.write(GUIDE)


@click.group(cls=SectionedGroup, context_settings=CONTEXT_SETTINGS)
@click.option("--config", "config_file", metavar="FILE",
              help="Settings file.  [default: sparky.toml, config/<SPARKY_ENV>.toml]")  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Print results and errors only.")
@click.option("-v", "--verbose", is_flag=True, help="Print every line of the services, and tracebacks.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True,
              help="Colour and bold type; NO_COLOR turns them off too.")  # fmt: skip
@click.version_option(None, "-V", "--version", package_name="sparky", prog_name="sparky")
@click.pass_context
def cli(context: click.Context, config_file: str | None, *, quiet: bool, verbose: bool, color: ColorChoice) -> None:
    """Write daily, weekly and monthly digests of what happened in your repositories.

    \b
    Start here:
      sparky demo                 the newspaper of a sample organisation, without settings
      sparky init                 ask for your repositories, and write sparky.toml
      sparky run week             make and publish the last closed week
      sparky serve                read the digests in a browser
      sparky up                   run everything as a service, by schedule
    """
    configure_output(is_quiet=quiet, is_verbose=verbose, color=color)
    context.obj = config_file


for section_commands in COMMAND_SECTIONS.values():
    for section_command in section_commands:
        cli.add_command(section_command)


def main() -> None:
    """Run the command line. An expected error becomes one sentence on standard error; see `ExitCode`."""
    from resources.errors import ResourceError
    from sparky_assets.errors import DataError
    from sparky_assets.periods import PeriodError
    from sparky_assets.settings.load import ConfigurationError

    try:
        cli()
    except (ResourceError, DataError, PeriodError, ConfigurationError) as error:
        _fail(str(error))
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            sys.stderr.close()  # `sparky … | head` closed the pipe
            sys.exit(ExitCode.BROKEN_PIPE)
        _fail(f"{error.filename or 'the disk'}: {error.strerror or error}.")
    finally:
        # The last garbage collection at exit takes 0.7 s after an import of Dagster and frees nothing of use.
        gc.freeze()


def _fail(message: str) -> None:
    if output.is_verbose:
        traceback.print_exc()
    click.echo(f"sparky: {strip_controls(message)}", err=True)
    sys.exit(ExitCode.FAILED)
