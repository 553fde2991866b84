"""What must hold of a raw day before metrics may read it. Pure: each check gives the problems it found, in words."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import polars as pl

from sparky_assets.errors import DataError
from sparky_assets.periods import Period, Window
from sparky_assets.raw.models import Table


def require_closed(period: Period, now: datetime, timezone: str, settle: timedelta) -> None:
    """Refuse a period that has not ended, or ended too recently for the last events to have arrived.

    Raises:
        DataError: with the time from which it can be made.
    """
    if not period.is_closed(now, timezone, settle):
        opens = period.window(timezone).end + settle
        raise DataError(f"{period} is not closed yet; it can be written from {opens:%Y-%m-%d %H:%M} UTC on.")


def outside_their_day(frame: pl.DataFrame, table: Table, window: Window) -> Iterator[str]:
    """Rows whose instant lies outside the day that they are stored in."""
    at = pl.col(table.at or "")
    for row in frame.filter((at < window.start) | (at >= window.end)).iter_rows(named=True):
        yield f"{row['repository']} {row[table.identity[1]]}: {row[table.at or '']} lies outside {window}"


def unread_repositories(frame: pl.DataFrame) -> Iterator[str]:
    """Repositories that could not be read."""
    for row in frame.filter(pl.col("status") == "unreadable").iter_rows(named=True):
        yield f"{row['repository']}: {row['note']}"
