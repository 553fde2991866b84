"""`sparky run` and `sparky publish`: one period through the Dagster assets, or its last step alone."""

import tempfile
from pathlib import Path

import click

from sparky_assets.cli.console import say
from sparky_assets.cli.making import NOUNS, UNTIL, choose, make, rehearse, say_publication, settings_of
from sparky_assets.periods import PeriodKind


@click.command()
@click.argument("kind", type=NOUNS)
@click.argument("period", required=False)
@click.option("--until", type=click.Choice(UNTIL), default="publication", show_default=True, help="Last stage to make.")
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
    settings = settings_of(config_file)
    chosen = choose(PeriodKind.from_noun(kind), period, settings)
    if not dry_run:
        make(settings, chosen, until)
        return
    if until != "publication":
        raise click.UsageError("--dry-run shows a publication; it does not go with --until.")
    # A rehearsal works on a store of its own, thrown away after: nothing that is kept is touched, not even a fetch.
    with tempfile.TemporaryDirectory(prefix="sparky-rehearsal-") as folder:
        from resources.docs_repository import Publisher

        publisher = Publisher(
            author_name=settings.publish.author_name, author_email=settings.publish.author_email, dry_run=True
        )
        rehearsal = rehearse(settings, Path(folder))
        make(rehearsal, chosen, until, {"publisher": publisher}, dagster_home=Path(folder) / "dagster")


@click.command()
@click.argument("kind", type=NOUNS)
@click.argument("period", required=False)
@click.option("--dry-run", is_flag=True, help="Show the diff; touch nothing. Exit code 3 when something would change.")
@click.pass_obj
def publish(config_file: str | None, kind: str, period: str | None, dry_run: bool) -> None:
    """Publish the digest that is in the store, without making it again.

    \b
    Examples:
      sparky publish week 2025-W46 --dry-run
      sparky publish week 2025-W46
    """
    from sparky_assets.cli.running import opened

    settings = settings_of(config_file)
    chosen = choose(PeriodKind.from_noun(kind), period, settings)
    if dry_run:
        from sparky_assets.definitions import build_resources
        from sparky_assets.publications.assets import publish_period

        resources = build_resources(settings)
        publisher = resources["publisher"].model_copy(update={"dry_run": True})
        ledger, diffs = publish_period(chosen, resources["storage"], publisher, settings)
        for place in ledger.places:
            say(f"{place.destination}: {place.repository}/{place.path}")
            say(diffs[place.destination] or "  no change")
        raise SystemExit(3 if any(diffs.values()) else 0)
    with opened(settings) as runs:
        say_publication(runs.one(chosen.kind.value, chosen, [f"{chosen.kind.value}/publication"]), chosen)
