"""`sparky backfill`: make every period in a range. Existing periods are skipped, so an interrupted one continues.

With `--background` the range becomes a backfill of Dagster, which the UI shows and can stop. It survives a power cut:
Dagster's history holds the request, and the daemon continues it.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from sparky_assets.cli.console import add_json_option, echo, echo_json, output, show_terminal_progress
from sparky_assets.cli.run import (
    PERIOD_NOUNS,
    STAGE_NAMES,
    check_period,
    echo_times,
    find_named_day,
    list_assets_until,
    load_command_settings,
)
from sparky_assets.periods import Period, PeriodKind, consecutive_ranges, parse_range, periods_between
from sparky_assets.settings.schema import Settings
from sparky_assets.store import metrics_path

if TYPE_CHECKING:
    from sparky_assets.cli.dagster_runner import JobRunner


@click.command(short_help="Make every period in a range of days.")
@click.argument("days", metavar="FIRST..LAST")
@click.option(
    "--until", type=click.Choice(STAGE_NAMES), default="digest", show_default=True, help="Last stage to make."
)
@click.option(
    "--kinds",
    metavar="KINDS",
    default="day,week,month",
    show_default=True,
    help="Kinds of period, separated by commas.",
)
@click.option("--force", is_flag=True, help="Make existing periods again.")
@click.option("--background", is_flag=True, help="Submit to the daemon of `sparky up` and return at once.")
@click.option("--all-destinations", is_flag=True, help="Publish at all destinations, not only on this machine.")
@add_json_option
@click.pass_obj
def backfill(  # noqa: PLR0917 - click passes them by name
    config_file: str | None, days: str, until: str, kinds: str, force: bool, background: bool, all_destinations: bool
) -> None:
    """Make every day, week and month that is completely inside a range of days.

    Existing periods are skipped, so run the same command again to continue an interrupted backfill. Nothing is
    published by default. With `--until publication` it is published on this machine only; add `--all-destinations` to
    publish it everywhere.

    \b
    Examples:
      sparky backfill 2025-10-01..yesterday
      sparky backfill 2025-01-01..2025-12-31 --until metrics
      sparky backfill 2025-11-01..2025-11-30 --until publication
      sparky backfill 2025-01-01..2025-12-31 --background
    """
    from sparky_assets.cli.dagster_runner import open_runner
    from sparky_assets.orchestration.run_tags import PUBLISH_ALL, PUBLISH_LOCAL, PUBLISH_TAG

    settings = load_command_settings(config_file)
    first, last = parse_range(_replace_named_days(days, settings))
    wanted = [PeriodKind.from_noun(noun) for noun in kinds.split(",") if noun in PERIOD_NOUNS.choices]
    if len(wanted) != len(kinds.split(",")):
        raise click.BadParameter(f"{kinds!r}: write day, week, month, separated by commas.", param_hint="--kinds")
    every_day = periods_between(PeriodKind.DAILY, first, last)
    check_period(every_day[0], settings)
    check_period(every_day[-1], settings)
    if background:
        with open_runner(settings) as runs:
            _submit_missing(
                runs, settings, (first, last), wanted, until, force=force, all_destinations=all_destinations
            )
        return
    with open_runner(settings) as runs, show_terminal_progress():
        echo(f"backfill {first}..{last}: {len(every_day)} days, until {until}")
        _collect_days(runs, settings, every_day, force=force, with_metrics=until != "collect")
        for kind in wanted:
            for chosen in periods_between(kind, first, last):
                stages = [
                    stage
                    for stage in list_assets_until(until, kind)
                    if force or not _is_materialized(runs, chosen, stage)
                ]
                if stages:
                    assets = [f"{kind.value}/{stage}" for stage in stages]
                    runs.run_partition(
                        kind.value, chosen, assets, {PUBLISH_TAG: PUBLISH_ALL if all_destinations else PUBLISH_LOCAL}
                    )
            echo(f"  {kind.value}: {len(periods_between(kind, first, last))} done")
    echo_times(runs.seconds_by_stage)
    if output.is_json:
        seconds = {stage: round(took, 3) for stage, took in runs.seconds_by_stage.items()}
        periods = {kind.noun: len(periods_between(kind, first, last)) for kind in wanted}
        echo_json({"first": first, "last": last, "until": until, "periods": periods, "seconds": seconds})


def _replace_named_days(text: str, settings: Settings) -> str:
    """Return a range with the dates of `today` and `yesterday` in place of the words."""
    ends = ((end, find_named_day(end, settings, datetime.now(UTC))) for end in text.split(".."))
    return "..".join(end if day is None else day.isoformat() for end, day in ends)


def _submit_missing(
    runner: "JobRunner",
    settings: Settings,
    date_range: tuple[date, date],
    kinds: Sequence[PeriodKind],
    until: str,
    *,
    force: bool,
    all_destinations: bool,
) -> None:
    from resources.storage import Storage
    from sparky_assets.cli.operations.backfill_submission import map_raw_assets, submit_backfill
    from sparky_assets.orchestration.partitions import COST_TAG, describe_cost
    from sparky_assets.raw.window import find_missing_days

    days = periods_between(PeriodKind.DAILY, *date_range)
    uncollected = set(find_missing_days(Storage(root=settings.store_root), days))
    todo = {**map_raw_assets([day for day in days if force or day.start in uncollected])}
    for kind in kinds:
        for stage in list_assets_until(until, kind):
            periods = [
                period
                for period in periods_between(kind, *date_range)
                if force or not _is_materialized(runner, period, stage)
            ]
            if periods:
                todo[f"{kind.value}/{stage}"] = periods
    if not todo:
        if output.is_json:
            echo_json({"backfill": None, "cost": "nothing to do"})
        echo(f"{days[0].key}..{days[-1].key}: nothing to do, all periods exist")
        return
    name = submit_backfill(runner, todo, settings, all_destinations=all_destinations)
    if output.is_json:
        echo_json({"backfill": name, "cost": describe_cost(todo, settings)})
    echo(f"backfill {name}: {describe_cost(todo, settings)} (tag {COST_TAG}); submitted to the daemon of `sparky up`")


def _collect_days(
    runner: "JobRunner", settings: Settings, days: Sequence[Period], *, force: bool, with_metrics: bool
) -> None:
    from resources.storage import Storage
    from sparky_assets.raw.window import find_missing_days

    storage = Storage(root=settings.store_root)
    uncounted = (
        set(storage.find_missing(metrics_path(PeriodKind.DAILY), [day.key for day in days], "json"))
        if with_metrics
        else set()
    )
    todo = set(find_missing_days(storage, days)) | {day.start for day in days if day.key in uncounted}
    wanted = [day.start for day in days if force or day.start in todo]
    for first, last in consecutive_ranges(wanted):
        runner.run_range("history" if with_metrics else "collect", periods_between(PeriodKind.DAILY, first, last))
    echo(f"  collected{' and measured' if with_metrics else ''}: {len(wanted)} days; {len(days) - len(wanted)} existed")


def _is_materialized(runner: "JobRunner", period: Period, stage: str) -> bool:
    from dagster import AssetKey, AssetRecordsFilter

    records = AssetRecordsFilter(AssetKey([period.kind.value, stage]), asset_partitions=[period.key])
    return bool(runner.instance.fetch_materializations(records, limit=1).records)
