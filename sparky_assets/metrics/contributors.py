"""The table of contributors: what each person or bot wrote, opened, merged, reviewed and released. Pure polars.

Rows are in the order of keys. Nothing here ranks, scores or compares people.
"""

import polars as pl

from sparky_assets.metrics.events import EventTables
from sparky_assets.metrics.models import CONTRIBUTION_COLUMNS, CONTRIBUTOR_TABLE


def count_contributors(events: EventTables) -> pl.DataFrame:
    """CONTRIBUTOR_TABLE of a window. A person's name is the one seen last; the key joins all spellings."""
    spellings = (
        events.roles.lazy()
        .group_by("key", "repository", "role", "name", "login")
        .agg(pl.len().alias("count"), pl.col("at").max())
        .collect()
    )
    counts = spellings.group_by("key", "role").agg(pl.col("count").sum())
    table = (
        spellings.sort("at", "name", "login")
        .group_by("key")
        .agg(
            pl.col("name").drop_nulls().last(),
            pl.col("login").drop_nulls().last(),
            repositories=pl.col("repository").unique().sort(),
        )
    )
    if not counts.is_empty():
        wide = counts.with_columns(pl.col("role").cast(pl.String)).pivot(on="role", index="key", values="count")
        table = table.join(wide, on="key", how="left")
    lines = events.own_commits.group_by("key").agg(pl.col("insertions").sum(), pl.col("deletions").sum())
    table = table.join(lines, on="key", how="left")
    missing = [name for name in CONTRIBUTION_COLUMNS if name not in table.columns]
    return (
        table.with_columns(
            *(pl.lit(0, dtype=pl.Int64).alias(name) for name in missing),
            pl.col("name").fill_null(pl.col("key")),
            is_bot=pl.col("key").is_in(events.bot_keys.implode()),
        )
        .with_columns(pl.col(CONTRIBUTION_COLUMNS).fill_null(0).cast(pl.Int64))
        .select(CONTRIBUTOR_TABLE.columns.keys())
        .sort("key")
    )
