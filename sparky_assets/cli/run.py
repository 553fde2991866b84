"""`sparky run`, `sparky backfill`, `sparky publish`: make periods through the Dagster assets."""

import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sparky_assets.cli.console import plain, say, shown_progress
from sparky_assets.periods import Period, PeriodKind, last_closed, parse, parse_range, runs_of_days, within
from sparky_assets.settings import Settings

if TYPE_CHECKING:
    from sparky_assets.cli.running import Runs

NOUNS = click.Choice([kind.noun for kind in PeriodKind])
UNTIL = ("collect", "metrics", "insights", "digest", "publication")


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
    settings = _settings(config_file)
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
@click.argument("days", metavar="FIRST..LAST")
@click.option("--until", type=click.Choice(UNTIL), default="digest", show_default=True, help="Last stage to make.")
@click.option("--kinds", default="day,week,month", show_default=True, help="Which kinds of period, by commas.")
@click.option("--again", is_flag=True, help="Make what is there already once more.")
@click.pass_obj
def backfill(config_file: str | None, days: str, until: str, kinds: str, again: bool) -> None:
    """Make every day, week and month that lies wholly in a range. History is not published unless you say so.

    What is there already is left alone, so that an interrupted backfill goes on where it stopped.

    \b
    Examples:
      sparky backfill 2025-10-01..2025-11-15
      sparky backfill 2025-01-01..2025-12-31 --until metrics
      sparky backfill 2025-11-01..2025-11-30 --until publication
    """
    from sparky_assets.cli.running import opened

    settings = _settings(config_file)
    first, last = parse_range(days)
    wanted = [PeriodKind.from_noun(noun) for noun in kinds.split(",") if noun in NOUNS.choices]
    if len(wanted) != len(kinds.split(",")):
        raise click.BadParameter(f"{kinds!r}: write day, week, month, separated by commas.", param_hint="--kinds")
    every_day = within(PeriodKind.DAILY, first, last)
    require(every_day[0], settings)
    require(every_day[-1], settings)
    with opened(settings) as runs, shown_progress():
        say(f"backfill {first} to {last}: {len(every_day)} days, until {until}")
        _collect(runs, settings, every_day, again=again, count=until != "collect")
        for kind in wanted:
            for chosen in within(kind, first, last):
                stages = [stage for stage in _stages(until) if again or not _has(runs, chosen, stage)]
                if stages:
                    runs.one(kind.value, chosen, [f"{kind.value}/{stage}" for stage in stages])
            say(f"  {kind.value}: {len(within(kind, first, last))} done")
    _say_times(runs.seconds)


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

    settings = _settings(config_file)
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
        _say_publication(runs.one(chosen.kind.value, chosen, [f"{chosen.kind.value}/publication"]), chosen)


def make(
    settings: Settings,
    chosen: Period,
    until: str,
    overrides: Mapping[str, Any] | None = None,
    dagster_home: Path | None = None,
) -> None:
    """Make one period up to a stage, and tell what came out."""
    from sparky_assets.cli.running import opened

    with opened(settings, overrides, dagster_home) as runs, shown_progress():
        say(f"{chosen}: {chosen.window(settings.organisation.timezone)}")
        if chosen.kind is PeriodKind.DAILY:
            assets = [f"raw/{table}" for table in _raw_tables()] + [f"daily/{stage}" for stage in _stages(until)]
            made = runs.one("daily", chosen, assets)
        else:
            # Its days are swept again before a week or month is written: commits land days after their date.
            runs.range("collect", chosen.days)
            stages = [f"{chosen.kind.value}/{stage}" for stage in _stages(until)]
            made = runs.one(chosen.kind.value, chosen, stages) if stages else {}
    _say_publication(made, chosen)
    _say_times(runs.seconds)


def choose(kind: PeriodKind, text: str | None, settings: Settings) -> Period:
    """The period that was asked for, or the last closed one.

    Raises:
        PeriodError, DataError: when it is no period, not closed yet, or before the first day that is known.
    """
    now = datetime.now(UTC)
    if text:
        period = parse(kind, text)
    else:
        period = last_closed(kind, now, settings.organisation.timezone, settings.periods.settle)
    require(period, settings)
    return period


def require(period: Period, settings: Settings) -> None:
    """Refuse a period that is not closed, or that has no partition.

    Raises:
        DataError: with the date from which it could be made, or the setting that excludes it.
    """
    from sparky_assets.errors import DataError
    from sparky_assets.raw.checks import require_closed

    if period.start < settings.periods.start:
        raise DataError(
            f"{period} begins before {settings.periods.start}, the first day that is known. "
            "Set periods.start to an earlier day."
        )
    require_closed(period, datetime.now(UTC), settings.organisation.timezone, settings.periods.settle)


def rehearse(settings: Settings, folder: Path) -> Settings:
    """The settings with a store of their own below `folder`; destinations and identities stay what they are."""
    from resources.salt import deployment_salt
    from sparky_assets.settings import Storage

    destinations = tuple(
        one.model_copy(update={"repository": str(settings.destination_path(one))})
        for one in settings.publish.destinations
    )
    salt_file = settings.home / "salt"
    changed: dict[str, Any] = {
        "storage": Storage(root=str(folder / "store")),
        "publish": settings.publish.model_copy(update={"destinations": destinations}),
    }
    if not salt_file.exists() and settings.people.salt is None:
        deployment_salt(folder / "salt")
        changed["home"] = folder
    return settings.model_copy(update=changed)


def _collect(runs: "Runs", settings: Settings, days: Sequence[Period], *, again: bool, count: bool) -> None:
    from resources.storage import Storage
    from sparky_assets.raw.window import missing_days

    storage = Storage(root=settings.store_root)
    uncounted = set(storage.missing("metrics/daily", [day.key for day in days], "json")) if count else set()
    todo = set(missing_days(storage, days)) | {day.start for day in days if day.key in uncounted}
    wanted = [day.start for day in days if again or day.start in todo]
    for first, last in runs_of_days(wanted):
        runs.range("history" if count else "collect", within(PeriodKind.DAILY, first, last))
    say(f"  collected{' and counted' if count else ''}: {len(wanted)} days, {len(days) - len(wanted)} were there")


def _has(runs: "Runs", period: Period, stage: str) -> bool:
    from dagster import AssetKey, AssetRecordsFilter

    records = AssetRecordsFilter(AssetKey([period.kind.value, stage]), asset_partitions=[period.key])
    return bool(runs.instance.fetch_materializations(records, limit=1).records)


def _stages(until: str) -> list[str]:
    return list(UNTIL[1 : UNTIL.index(until) + 1])


def _raw_tables() -> list[str]:
    from sparky_assets.raw.models import TABLES

    return [table.asset for table in TABLES]


def _say_publication(made: Mapping[str, Mapping[str, Any]], chosen: Period) -> None:
    digest = made.get(f"{chosen.kind.value}/digest")
    if digest:
        say(f"  {digest['headline'].value}")
        say(f"  digest: {digest['path'].value} ({digest['words'].value} words)")
    publication = made.get(f"{chosen.kind.value}/publication", {})
    rehearsal = bool(publication and publication["dry_run"].value)
    for name, value in publication.items():
        if name.endswith("_diff"):
            if rehearsal:
                say(str(value.value).removeprefix("```diff\n").removesuffix("\n```"))
        elif name not in {"period", "data", "dry_run"}:
            say(f"  {'dry run, ' if rehearsal else ''}{name}: {plain(str(value.value))}")


def _say_times(seconds: Mapping[str, float]) -> None:
    total = sum(seconds.values())
    say("  " + ", ".join(f"{stage} {took:.1f} s" for stage, took in seconds.items()) + f"; {total:.1f} s in all")


def _settings(config_file: str | None) -> Settings:
    from sparky_assets.settings_load import load_settings

    return load_settings(config_file)
