"""`sparky run`: one period through the Dagster assets."""

import tempfile
from pathlib import Path

import click

from sparky_assets.cli.making import (
    PERIOD_NOUNS,
    STAGE_NAMES,
    dry_run_settings,
    load_command_settings,
    resolve_period,
    run_period,
)
from sparky_assets.periods import PeriodKind


@click.command()
@click.argument("kind", type=PERIOD_NOUNS)
@click.argument("period", required=False)
@click.option(
    "--until", type=click.Choice(STAGE_NAMES), default="publication", show_default=True, help="Last stage to make."
)
@click.option("--dry-run", is_flag=True, help="Show what would be committed; write nothing.")
@click.pass_obj
def run(config_file: str | None, kind: str, period: str | None, until: str, dry_run: bool) -> None:
    """Make one period: collect its days, count, write, publish.

    PERIOD is the last closed one when it is not given.

    \b
    Examples:
      sparky run day 2025-11-12
      sparky run week 2025-W46
      sparky run month 2025-11 --until digest
      sparky run week --dry-run
    """
    settings = load_command_settings(config_file)
    chosen = resolve_period(PeriodKind.from_noun(kind), period, settings)
    if not dry_run:
        run_period(settings, chosen, until)
        return
    if until != "publication":
        raise click.UsageError("--dry-run shows a publication; it does not go with --until.")
    # A rehearsal works on a store of its own, thrown away after: nothing that is kept is touched, not even a fetch.
    with tempfile.TemporaryDirectory(prefix="sparky-rehearsal-") as folder:
        from sparky_assets.definitions import build_publisher

        publisher = build_publisher(settings, dry_run=True)
        rehearsal = dry_run_settings(settings, Path(folder))
        run_period(rehearsal, chosen, until, {"publisher": publisher}, dagster_home=Path(folder) / "dagster")
