"""What must hold of a raw day before metrics may read it. Pure: each check gives the problems it found, in words."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import polars as pl

from sparky_assets.errors import DataError
from sparky_assets.periods import Period, TimeWindow
from sparky_assets.raw.tables import TableSpec


def require_closed(period: Period, now: datetime, timezone: str, grace: timedelta) -> None:
    """Refuse a period that has not ended, or ended too recently for the last events to have arrived.

    Raises:
        DataError: with the time from which it can be made.
    """
    if not period.is_closed(now, timezone, grace):
        opens = period.window(timezone).end + grace
        raise DataError(f"{period} is not closed yet; it can be written from {opens:%Y-%m-%d %H:%M} UTC on.")


def find_rows_outside_day(frame: pl.DataFrame, table: TableSpec, window: TimeWindow) -> Iterator[str]:
    """Rows whose instant lies outside the day that they are stored in."""
    at = pl.col(table.time_column or "")
    for row in frame.filter((at < window.start) | (at >= window.end)).iter_rows(named=True):
        yield f"{row['repository']} {row[table.key_columns[1]]}: {row[table.time_column or '']} lies outside {window}"


def find_unread_repositories(frame: pl.DataFrame) -> Iterator[str]:
    """Repositories that could not be read."""
    for row in frame.filter(pl.col("status") == "unreadable").iter_rows(named=True):
        yield f"{row['repository']}: {row['note']}"
