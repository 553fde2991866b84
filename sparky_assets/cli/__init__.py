"""The command line: `sparky …`. Commands read their arguments, call what does the work, and show what came out.

Dagster takes 1.5 s to import, so a command imports it when it runs, not when `sparky --help` is asked for.
"""

import gc
import sys

import click

from sparky_assets.cli.backfill import backfill
from sparky_assets.cli.config import config
from sparky_assets.cli.demo import demo
from sparky_assets.cli.doctor import doctor, estimate
from sparky_assets.cli.preview import preview, templates
from sparky_assets.cli.publish import publish, unpublish
from sparky_assets.cli.run import run
from sparky_assets.cli.serve import serve, ui
from sparky_assets.cli.status import status
from sparky_assets.cli.up import up

CONTEXT_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class OrderedGroup(click.Group):
    """Commands in the order in which a person needs them, not by the alphabet."""

    def list_commands(self, _: click.Context) -> list[str]:
        """The names, as they were added."""
        return list(self.commands)


@click.group(cls=OrderedGroup, context_settings=CONTEXT_SETTINGS)
@click.option("--config", "config_file", metavar="FILE", help="Settings file instead of config/<SPARKY_ENV>.toml.")
@click.version_option(package_name="sparky", prog_name="sparky")
@click.pass_context
def cli(context: click.Context, config_file: str | None) -> None:
    """Sparky writes an engineering newspaper from what happened in your repositories.

    \b
    Start here:
      sparky demo                 the last closed day, week and month of this repository
      sparky doctor               do the settings in config/ work?
      sparky run week             the last closed week, from those settings
      sparky serve                read it in a browser
      sparky up                   all of it by itself, as a service
    """
    context.obj = config_file


for command in (
    demo, doctor, run, status, serve, ui, up, backfill, estimate, preview, publish, unpublish, templates, config,
):  # fmt: skip
    cli.add_command(command)


def main() -> None:
    """Entry point: expected errors become one sentence on standard error and exit code 1."""
    from resources.errors import ResourceError
    from sparky_assets.errors import DataError
    from sparky_assets.periods import PeriodError
    from sparky_assets.settings.load import ConfigurationError

    try:
        cli()
    except (ResourceError, DataError, PeriodError, ConfigurationError) as error:
        click.echo(f"sparky: {error}", err=True)
        sys.exit(1)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            sys.stderr.close()  # `sparky … | head`: nobody reads on
            sys.exit(141)
        click.echo(f"sparky: {error.filename or 'the disk'}: {error.strerror or error}.", err=True)
        sys.exit(1)
    finally:
        # Python searches every object for garbage once more before it exits: 0.7 s after Dagster, for nothing.
        gc.freeze()
