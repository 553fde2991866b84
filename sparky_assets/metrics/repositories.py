"""The table of repositories: every volume metric of each one in which anything happened. Pure polars."""

import polars as pl

from sparky_assets.metrics.events import CODE_ROLES, GHOST_KEY, EventTables
from sparky_assets.metrics.models import VOLUME_COLUMNS
from sparky_assets.metrics.volume import GITHUB_ONLY_METRICS

NULLABLE_METRICS = ("insertions", "deletions", "changed_files")


def count_repositories(events: EventTables) -> pl.DataFrame:
    """REPOSITORY_TABLE of a window."""
    table = _count_commits(events)
    for part in (_count_people(events), _count_items(events), _count_repository_files(events)):
        table = table.join(part, on="repository", how="full", coalesce=True)
    sources = events.repositories.select("repository", "source")
    table = table.join(sources, on="repository", how="left")
    missing = [name for name in VOLUME_COLUMNS if name not in table.columns]
    table = table.with_columns(pl.lit(0).alias(name) for name in missing)
    no_commits = pl.col("commits").fill_null(0) == 0
    counts = [pl.col(name).fill_null(0) for name in VOLUME_COLUMNS if name not in NULLABLE_METRICS]
    lines = [pl.when(no_commits).then(0).otherwise(pl.col(name)).alias(name) for name in NULLABLE_METRICS]
    on_github = pl.col("repository").is_in(events.github_repositories.implode())
    return (
        table.with_columns(*counts, *lines)
        .with_columns(pl.when(on_github).then(pl.col(name)).alias(name) for name in GITHUB_ONLY_METRICS)
        .select("repository", "source", pl.col(VOLUME_COLUMNS).cast(pl.Int64))
        .sort("repository")
    )


def _count_commits(events: EventTables) -> pl.DataFrame:
    own = ~pl.col("is_merge")

    def known_sum(name: str) -> pl.Expr:
        known = pl.col(name).filter(own)
        return pl.when(known.count() > 0).then(known.sum()).alias(name)

    return events.commits.group_by("repository").agg(
        own.sum().alias("commits"),
        pl.col("is_merge").sum().alias("merge_commits"),
        (own & pl.col("is_bot")).sum().alias("bot_commits"),
        pl.col("insertions").filter(own).null_count().alias("commits_without_statistics"),
        known_sum("insertions"),
        known_sum("deletions"),
    )


def _count_repository_files(events: EventTables) -> pl.DataFrame:
    """A file changed by ten commits is one changed file; null where no commit names its files."""
    known = events.own_commits.filter("names_files").select("repository").unique()
    touched = events.file_changes
    counted = (
        touched.touches.select("repository_id", "path_id")
        .unique()
        .group_by("repository_id")
        .agg(pl.len().alias("changed_files"))
        .join(touched.repositories, on="repository_id")
        .select("repository", "changed_files")
    )
    return known.join(counted, on="repository", how="left").with_columns(pl.col("changed_files").fill_null(0))


def _count_people(events: EventTables) -> pl.DataFrame:
    keys = events.roles.lazy().select("repository", "key", wrote=pl.col("role").is_in(CODE_ROLES))
    each = keys.filter(pl.col("key") != GHOST_KEY).group_by("repository", "key").agg(pl.col("wrote").any())
    is_bot = pl.col("key").is_in(events.bot_keys.implode())
    return (
        each.group_by("repository")
        .agg(
            people=(pl.col("wrote") & ~is_bot).sum(),
            active_people=(~is_bot).sum(),
            active_bots=is_bot.sum(),
        )
        .collect()
    )


def _count_items(events: EventTables) -> pl.DataFrame:
    frames = [
        events.pull_requests.select("repository", metric=pl.concat_str(pl.lit("pull_requests_"), "event")),
        events.issues.select("repository", metric=pl.concat_str(pl.lit("issues_"), "event")),
        events.reviews.select("repository", metric=pl.lit("reviews")),
        events.releases.select("repository", metric=pl.lit("releases")),
    ]
    counted = (
        pl.concat(frames).filter(pl.col("metric").is_in(VOLUME_COLUMNS)).group_by("repository", "metric").len("count")
    )
    if counted.is_empty():
        return counted.select("repository")
    return counted.pivot(on="metric", index="repository", values="count")
