"""Dagster's partitions, the check that a period is closed, and the cost of a backfill.

The calendar itself is in `periods.py`. The cost (days, sweeps, runs, periods for the model) is a tag of a backfill that
`sparky backfill --background` submits, and a tag of the runs of a backfill that was started in the UI: Dagster has no
hook before their first run.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from sparky_assets.errors import DataError
from sparky_assets.periods import Calendar, Period, PeriodError, PeriodKind, parse_period, period_of_day
from sparky_assets.settings.schema import Settings

if TYPE_CHECKING:
    import dagster as dg

MAX_DAYS_PER_SWEEP = 31
"""Days that one pass over the sources reads at most: their events are in memory at once."""

MAX_DAYS_PER_GIT_RUN = 366
"""Days of clones that one run of the daemon makes at most, in several sweeps: between two runs it waits 7 seconds."""


def build_partitions(kind: PeriodKind, settings: Settings) -> "dg.TimeWindowPartitionsDefinition":
    """Return the partitions of a kind: keys are ISO dates of first days, in the organisation's timezone.

    A first week or month that began before `periods.start` is left out: its days would not all exist.
    """
    # Imported late: commands that only read the store check a period without Dagster.
    import dagster as dg  # noqa: PLC0415

    timezone = settings.organisation.timezone
    first = find_first_period(kind, settings.periods.start).key
    match kind:
        case PeriodKind.DAILY:
            return dg.DailyPartitionsDefinition(start_date=first, timezone=timezone)
        case PeriodKind.WEEKLY:
            # day_offset=1 is Monday; Dagster's own weeks begin on Sunday.
            return dg.WeeklyPartitionsDefinition(start_date=first, timezone=timezone, day_offset=1)
        case PeriodKind.MONTHLY:
            return dg.MonthlyPartitionsDefinition(start_date=first, timezone=timezone)


def find_max_days_per_run(settings: Settings) -> int:
    """Return how many days of raw tables and their numbers one run makes at most.

    A failed run begins again. Clones are read again in seconds, but GitHub must not be asked for a year again.
    """
    return MAX_DAYS_PER_GIT_RUN if settings.sources.source == "git" else MAX_DAYS_PER_SWEEP


def find_first_period(kind: PeriodKind, start: date) -> Period:
    """Return the first period of a kind that lies wholly on or after a day."""
    period = period_of_day(kind, start)
    return period if period.start >= start else period.next()


def parse_partition_key(kind: PeriodKind, partition_key: str) -> Period:
    """Return the period that a partition key names.

    Raises:
        PeriodError: when the key is not the first day of such a period.
    """
    period = parse_period(kind, partition_key)
    if period.key != partition_key:
        raise PeriodError(
            f"{partition_key!r} is not a {kind.value} partition; the one that holds it is {period.key!r}."
        )
    return period


COST_TAG = "sparky/cost"


PeriodsByAsset = Mapping[str, Sequence[Period]]
"""The periods to make, in order, by asset."""


def describe_cost(periods_by_asset: PeriodsByAsset, settings: Settings) -> str:
    """Return the cost of a backfill in one line."""
    days = len(periods_by_asset.get("raw/commits", ()))
    ranges = sum(
        math.ceil(len(row) / MAX_DAYS_PER_SWEEP) for row in consecutive_periods(periods_by_asset.get("raw/commits", ()))
    )
    # The stages of one period are made in one run.
    written_assets = [periods for asset, periods in periods_by_asset.items() if not _is_made_in_ranges(asset)]
    singles = len({period for periods in written_assets for period in periods})
    worded = sum(len(periods) for asset, periods in periods_by_asset.items() if asset.endswith("/insights"))
    parts = [f"{_format_count(days, 'day')} in {_format_count(ranges, 'sweep')}" if days else "no day to collect"]
    parts.append(f"{_format_count(singles, 'period')} to write, a run each" if singles else "nothing to write")
    if settings.language_model.backend != "none" and worded:
        parts.append(f"{worded} of them by {settings.language_model.backend}, at most "
                     f"{worded * settings.language_model.deadline_minutes:,.0f} minutes of it")  # fmt: skip
    if settings.sources.source != "git" and days:
        parts.append("GitHub: ask `sparky estimate`")
    return "; ".join(parts)


def describe_backfill_cost(instance: "dg.DagsterInstance", backfill_id: str, settings: Settings) -> str:
    """Return what a backfill of the history takes in all; empty where it names no periods of assets."""
    backfill = instance.get_backfill(backfill_id)
    data = backfill.asset_backfill_data if backfill else None
    if data is None:
        return ""
    wanted = {}
    for key, subset in data.target_subset.partitions_subsets_by_asset_key.items():
        kind = PeriodKind.DAILY if key.path[0] == "raw" else PeriodKind(key.path[0])
        wanted[key.to_user_string()] = [
            parse_partition_key(kind, partition) for partition in subset.get_partition_keys()
        ]
    return describe_cost(wanted, settings)


def consecutive_periods(periods: Sequence[Period]) -> list[list[Period]]:
    """Unbroken rows of periods."""
    rows: list[list[Period]] = []
    for period in sorted(periods):
        if rows and rows[-1][-1].next() == period:
            rows[-1].append(period)
        else:
            rows.append([period])
    return rows


def _is_made_in_ranges(asset: str) -> bool:
    return asset.startswith("raw/") or asset.endswith("/metrics")


def _format_count(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count} {noun}s"


def require_closed(period: Period, now: datetime, calendar: Calendar) -> None:
    """Refuse a period that has not ended, or ended too recently for the last events to have arrived.

    Raises:
        DataError: with the time from which it can be made.
    """
    if not calendar.is_closed(period, now):
        opens = calendar.format_instant(calendar.closes_at(period))
        raise DataError(f"{period} is not closed yet; it can be written from {opens} on.")
