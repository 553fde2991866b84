"""The table of changes: volume by type of change and by language. Pure polars."""

import polars as pl

from sparky_assets.metrics.changes import theme_expression
from sparky_assets.metrics.events import Events
from sparky_assets.metrics.languages import language_expression
from sparky_assets.metrics.models import CHANGE_TABLE


def with_themes(events: Events) -> pl.DataFrame:
    """The commits of a window that are no merges, with the theme of each."""
    paths = pl.col("files").list.eval(pl.element().struct.field("path"))
    return events.own.with_columns(theme=theme_expression("subject", paths=paths))


def count_changes(events: Events, commits: pl.DataFrame) -> pl.DataFrame:
    """CHANGE_TABLE of a window; `commits` are those of `with_themes`."""
    by_type = commits.group_by(name="theme").agg(
        pl.len().alias("commits"), pl.col("insertions").sum(), pl.col("deletions").sum()
    )
    merged = merged_with_themes(events).group_by(name="theme").agg(pl.len().alias("pull_requests_merged"))
    types = by_type.join(merged, on="name", how="full", coalesce=True).with_columns(kind=pl.lit("type"))
    languages = _languages(commits).with_columns(kind=pl.lit("language"), pull_requests_merged=pl.lit(None))
    columns = list(CHANGE_TABLE.columns)
    counts = columns[2:]
    return pl.concat(
        [
            types.with_columns(pl.col(counts).fill_null(0).cast(pl.Int64)).select(columns),
            languages.with_columns(pl.col(counts).cast(pl.Int64)).select(columns),
        ]
    ).sort("kind", "name")


def merged_with_themes(events: Events) -> pl.DataFrame:
    """Merged pull requests with the theme of each, by title and labels."""
    merged = events.pull_requests.filter(pl.col("event") == "merged")
    flat = merged.with_columns(is_bot=pl.col("author").struct.field("is_bot").fill_null(False))
    return flat.with_columns(theme=theme_expression("title", labels=pl.col("labels")))


def _languages(commits: pl.DataFrame) -> pl.DataFrame:
    """A commit counts for each language that it touches; lines count once. Only where files are known."""
    known = commits.filter(pl.col("files").is_not_null()).select(_commit=pl.int_range(pl.len()), files="files")
    files = known.explode("files").filter(pl.col("files").is_not_null()).unnest("files")
    named = files.with_columns(name=language_expression(pl.col("path")))
    return named.group_by("name").agg(
        pl.col("_commit").n_unique().alias("commits"), pl.col("insertions").sum(), pl.col("deletions").sum()
    )
