"""Dagster's partitions, made from the settings. The calendar itself is in `periods.py`."""

from datetime import date

import dagster as dg

from sparky_assets.periods import Period, PeriodError, PeriodKind, parse_period, period_of_day
from sparky_assets.settings.schema import Settings

MAX_DAYS_PER_RUN = 31
"""Days that one run makes at most, of raw tables and their numbers."""


def build_partitions(kind: PeriodKind, settings: Settings) -> dg.TimeWindowPartitionsDefinition:
    """The partitions of a kind: keys are ISO dates of first days, in the organisation's timezone.

    A first week or month that began before `periods.start` is left out: its days would not all exist.
    """
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


def find_first_period(kind: PeriodKind, start: date) -> Period:
    """The first period of a kind that lies wholly on or after a day."""
    period = period_of_day(kind, start)
    return period if period.start >= start else period.next()


def parse_partition_key(kind: PeriodKind, partition_key: str) -> Period:
    """The period that a partition key names.

    Raises:
        PeriodError: when the key is not the first day of such a period.
    """
    period = parse_period(kind, partition_key)
    if period.key != partition_key:
        raise PeriodError(
            f"{partition_key!r} is not a {kind.value} partition; the one that holds it is {period.key!r}."
        )
    return period
