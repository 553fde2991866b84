"""The command line: `sparky …`. Commands parse arguments, call the packages that do the work, and print results.

Dagster takes 1.5 s to import, so a command imports it when it runs; `sparky --help` does not.
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
from sparky_assets.cli.stories import evidence, stories
from sparky_assets.cli.up import up

CONTEXT_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class OrderedGroup(click.Group):
    """A group that lists its commands in the order they were added: first those that a new user needs."""

    def list_commands(self, _: click.Context) -> list[str]:
        """Return the names in the order they were added."""
        return list(self.commands)


@click.group(cls=OrderedGroup, context_settings=CONTEXT_SETTINGS)
@click.option("--config", "config_file", metavar="FILE", help="Settings file.  [default: config/<SPARKY_ENV>.toml]")
@click.version_option(package_name="sparky", prog_name="sparky")
@click.pass_context
def cli(context: click.Context, config_file: str | None) -> None:
    """Write daily, weekly and monthly digests of what happened in your repositories.

    \b
    Start here:
      sparky demo                 digests of the repository in this folder, without settings
      sparky doctor               check the settings in config/
      sparky run week             make and publish the last closed week
      sparky serve                read the digests in a browser
      sparky up                   run everything as a service, by schedule
    """
    context.obj = config_file


for command in (
    demo, doctor, run, status, stories, evidence, serve, ui, up, backfill, estimate, preview, publish, unpublish,
    templates, config,
):  # fmt: skip
    cli.add_command(command)


def main() -> None:
    """Run the command line. An expected error becomes one sentence on standard error and exit code 1."""
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
            sys.stderr.close()  # `sparky … | head` closed the pipe
            sys.exit(141)
        click.echo(f"sparky: {error.filename or 'the disk'}: {error.strerror or error}.", err=True)
        sys.exit(1)
    finally:
        # The last garbage collection at exit takes 0.7 s after an import of Dagster and frees nothing of use.
        gc.freeze()
