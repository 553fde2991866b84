"""Cut collected events into days, and join a day with what was stored of it before. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl

from sparky_assets.periods import Period
from sparky_assets.raw.tables import TableSpec


def split_by_day(
    frame: pl.DataFrame, table: TableSpec, days: Sequence[Period], timezone: str
) -> dict[str, pl.DataFrame]:
    """The rows of each day by partition key; consecutive `days` in order. Rows outside them are dropped.

    The windows' own instants decide, so that days of 23 and 25 hours hold what their window says.
    """
    if table.time_column is None or not days:
        return {day.key: frame for day in days}
    starts = pl.Series([day.window(timezone).start for day in days], dtype=pl.Datetime("us", "UTC"))
    index = starts.search_sorted(frame[table.time_column], side="right").cast(pl.Int64) - 1
    inside = frame.with_columns(index.alias("_day")).filter(
        pl.col("_day") >= 0, pl.col(table.time_column) < days[-1].window(timezone).end
    )
    parts = {key[0]: part.drop("_day") for key, part in inside.partition_by("_day", as_dict=True).items()}
    empty = frame.clear()
    return {day.key: sort_unique(parts.get(number, empty), table) for number, day in enumerate(days)}


def merge_late_rows(
    stored: pl.DataFrame | None, fresh: pl.DataFrame, table: TableSpec, seen_at: datetime
) -> pl.DataFrame:
    """What a day holds now: everything stored stays, what is new is added and marked with the time it was first seen.

    A commit that a force push took away stays where it was told: a published day is not rewritten by a rebase.
    Nothing new gives back the stored rows, so that writing them again writes the same bytes.
    """
    if stored is None:
        return sort_unique(fresh, table)
    keys = list(table.key_columns)
    if table.time_column is None:
        return sort_unique(pl.concat([fresh, stored.join(fresh, on=keys, how="anti", nulls_equal=True)]), table)
    late = fresh.join(stored, on=keys, how="anti", nulls_equal=True).with_columns(
        pl.lit(seen_at.astimezone(UTC), dtype=pl.Datetime("us", "UTC")).alias("first_seen_at")
    )
    return sort_unique(pl.concat([stored, late]), table)


def sort_unique(frame: pl.DataFrame, table: TableSpec) -> pl.DataFrame:
    """The rows in the one order that a day is stored in, each event once."""
    keys = list(table.key_columns)
    order = [table.time_column, *keys] if table.time_column else keys
    return frame.unique(subset=keys, keep="first", maintain_order=True).sort(list(dict.fromkeys(order)))
