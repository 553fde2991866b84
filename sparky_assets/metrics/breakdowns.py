"""The table of changes: volume by type of change and by language. Pure polars."""

import polars as pl

from sparky_assets.metrics.advisories import find_advisory_commits
from sparky_assets.metrics.classify import build_theme_expression
from sparky_assets.metrics.events import EventTables
from sparky_assets.metrics.models import CHANGE_TABLE
from sparky_assets.metrics.touched import find_themes_by_files


def classify_commits(events: EventTables) -> pl.DataFrame:
    """The commits of a window that are no merges, with the theme of each."""
    proven = find_themes_by_files(events.file_changes)
    own = events.own_commits.drop("body", "names_files")
    advisories = find_advisory_commits(events.commits)
    joined = own.join(proven, on="_commit", how="left", maintain_order="left")
    joined = joined.join(advisories, on=["repository", "sha"], how="left", maintain_order="left").drop("sha")
    theme = build_theme_expression("subject", by_files=pl.col("by_files"), advisory=pl.col("advisory"))
    return joined.with_columns(theme=theme).drop("by_files", "advisory")


def count_changes(events: EventTables, commits: pl.DataFrame) -> pl.DataFrame:
    """CHANGE_TABLE of a window; `commits` are those of `with_themes`."""
    by_type = commits.group_by(name="theme").agg(
        pl.len().alias("commits"), pl.col("insertions").sum(), pl.col("deletions").sum()
    )
    merged = classify_merged_pull_requests(events).group_by(name="theme").agg(pl.len().alias("pull_requests_merged"))
    types = by_type.join(merged, on="name", how="full", coalesce=True).with_columns(kind=pl.lit("type"))
    languages = _count_languages(events).with_columns(kind=pl.lit("language"), pull_requests_merged=pl.lit(None))
    columns = list(CHANGE_TABLE.columns)
    counts = columns[2:]
    return pl.concat(
        [
            types.with_columns(pl.col(counts).fill_null(0).cast(pl.Int64)).select(columns),
            languages.with_columns(pl.col(counts).cast(pl.Int64)).select(columns),
        ]
    ).sort("kind", "name")


def classify_merged_pull_requests(events: EventTables) -> pl.DataFrame:
    """Merged pull requests with the theme of each, by title and labels."""
    merged = events.pull_requests.filter(pl.col("event") == "merged")
    flat = merged.with_columns(is_bot=pl.col("author").struct.field("is_bot").fill_null(False))
    return flat.with_columns(theme=build_theme_expression("title", labels=pl.col("labels")))


def _count_languages(events: EventTables) -> pl.DataFrame:
    """A commit counts for each language that it touches; lines count once. Only where files are known."""
    named = events.file_changes.touches.join(
        events.file_changes.paths.select("path_id", name="language"), on="path_id", how="left"
    )
    lines = named.group_by("name").agg(pl.col("insertions").sum(), pl.col("deletions").sum())
    commits = named.select("name", "_commit").unique().group_by("name").agg(pl.len().alias("commits"))
    return commits.join(lines, on="name")
