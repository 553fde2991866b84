"""Cut collected events into days, and join a day with what was stored of it before. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl

from sparky_assets.periods import Period
from sparky_assets.raw.models import Table


def split_by_day(frame: pl.DataFrame, table: Table, days: Sequence[Period], timezone: str) -> dict[str, pl.DataFrame]:
    """The rows of each day by partition key; consecutive `days` in order. Rows outside them are dropped.

    The windows' own instants decide, so that days of 23 and 25 hours hold what their window says.
    """
    if table.at is None or not days:
        return {day.key: frame for day in days}
    starts = pl.Series([day.window(timezone).start for day in days], dtype=pl.Datetime("us", "UTC"))
    index = starts.search_sorted(frame[table.at], side="right").cast(pl.Int64) - 1
    inside = frame.with_columns(index.alias("_day")).filter(
        pl.col("_day") >= 0, pl.col(table.at) < days[-1].window(timezone).end
    )
    parts = {key[0]: part.drop("_day") for key, part in inside.partition_by("_day", as_dict=True).items()}
    empty = frame.clear()
    return {day.key: in_order(parts.get(number, empty), table) for number, day in enumerate(days)}


def join_late(stored: pl.DataFrame | None, fresh: pl.DataFrame, table: Table, seen_at: datetime) -> pl.DataFrame:
    """What a day holds now: everything stored stays, what is new is added and marked with the time it was first seen.

    A commit that a force push took away stays where it was told: a published day is not rewritten by a rebase.
    Nothing new gives back the stored rows, so that writing them again writes the same bytes.
    """
    if stored is None:
        return in_order(fresh, table)
    keys = list(table.identity)
    if table.at is None:
        return in_order(pl.concat([fresh, stored.join(fresh, on=keys, how="anti", nulls_equal=True)]), table)
    late = fresh.join(stored, on=keys, how="anti", nulls_equal=True).with_columns(
        pl.lit(seen_at.astimezone(UTC), dtype=pl.Datetime("us", "UTC")).alias("first_seen_at")
    )
    return in_order(pl.concat([stored, late]), table)


def in_order(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """The rows in the one order that a day is stored in, each event once."""
    keys = list(table.identity)
    order = [table.at, *keys] if table.at else keys
    return frame.unique(subset=keys, keep="first", maintain_order=True).sort(list(dict.fromkeys(order)))
