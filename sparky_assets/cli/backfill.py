"""`sparky backfill`: every period in a range, going on where it stopped."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from sparky_assets.cli.console import say, shown_progress
from sparky_assets.cli.making import NOUNS, UNTIL, require, say_times, settings_of, stages_until
from sparky_assets.periods import Period, PeriodKind, parse_range, runs_of_days, within
from sparky_assets.settings import Settings

if TYPE_CHECKING:
    from sparky_assets.cli.running import Runs


@click.command()
@click.argument("days", metavar="FIRST..LAST")
@click.option("--until", type=click.Choice(UNTIL), default="digest", show_default=True, help="Last stage to make.")
@click.option("--kinds", default="day,week,month", show_default=True, help="Which kinds of period, by commas.")
@click.option("--again", is_flag=True, help="Make what is there already once more.")
@click.option("--by-daemon", is_flag=True, help="Hand it over to the daemon of `sparky up` instead of waiting.")
@click.option("--everywhere", is_flag=True, help="Publish at every destination, not only on this machine.")
@click.pass_obj
def backfill(  # noqa: PLR0917 - click passes them by name
    config_file: str | None, days: str, until: str, kinds: str, again: bool, by_daemon: bool, everywhere: bool
) -> None:
    """Make every day, week and month that lies wholly in a range. History is not published unless you say so, and then
    on this machine alone unless you say `--everywhere`.

    What is there already is left alone, so that an interrupted backfill goes on where it stopped.

    \b
    Examples:
      sparky backfill 2025-10-01..2025-11-15
      sparky backfill 2025-01-01..2025-12-31 --until metrics
      sparky backfill 2025-11-01..2025-11-30 --until publication
      sparky backfill 2025-01-01..2025-12-31 --by-daemon
    """
    from sparky_assets.cli.running import opened
    from sparky_assets.runs import EVERYWHERE, LOCAL, PUBLISH

    settings = settings_of(config_file)
    first, last = parse_range(days)
    wanted = [PeriodKind.from_noun(noun) for noun in kinds.split(",") if noun in NOUNS.choices]
    if len(wanted) != len(kinds.split(",")):
        raise click.BadParameter(f"{kinds!r}: write day, week, month, separated by commas.", param_hint="--kinds")
    every_day = within(PeriodKind.DAILY, first, last)
    require(every_day[0], settings)
    require(every_day[-1], settings)
    if by_daemon:
        with opened(settings) as runs:
            _hand_over(runs, settings, (first, last), wanted, until, again=again, everywhere=everywhere)
        return
    with opened(settings) as runs, shown_progress():
        say(f"backfill {first} to {last}: {len(every_day)} days, until {until}")
        _collect(runs, settings, every_day, again=again, count=until != "collect")
        for kind in wanted:
            for chosen in within(kind, first, last):
                stages = [stage for stage in stages_until(until, kind) if again or not _has(runs, chosen, stage)]
                if stages:
                    assets = [f"{kind.value}/{stage}" for stage in stages]
                    runs.one(kind.value, chosen, assets, {PUBLISH: EVERYWHERE if everywhere else LOCAL})
            say(f"  {kind.value}: {len(within(kind, first, last))} done")
    say_times(runs.seconds)


def _hand_over(
    runs: "Runs",
    settings: Settings,
    ends: tuple[date, date],
    kinds: Sequence[PeriodKind],
    until: str,
    *,
    again: bool,
    everywhere: bool,
) -> None:
    from resources.storage import Storage
    from sparky_assets.cli.handing_over import hand_over, raw_assets_of
    from sparky_assets.costs import COST, cost_of
    from sparky_assets.raw.window import missing_days

    days = within(PeriodKind.DAILY, *ends)
    uncollected = set(missing_days(Storage(root=settings.store_root), days))
    todo = {**raw_assets_of([day for day in days if again or day.start in uncollected])}
    for kind in kinds:
        for stage in stages_until(until, kind):
            periods = [one for one in within(kind, *ends) if again or not _has(runs, one, stage)]
            if periods:
                todo[f"{kind.value}/{stage}"] = periods
    if not todo:
        say(f"{days[0].key} to {days[-1].key}: all of it is there")
        return
    name = hand_over(runs, todo, settings, everywhere=everywhere)
    say(f"backfill {name}: {cost_of(todo, settings)} (tag {COST}); the daemon of `sparky up` makes it")


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
