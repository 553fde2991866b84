"""The table of repositories: every volume metric of each one in which anything happened. Pure polars."""

import polars as pl

from sparky_assets.metrics.events import NOBODY, WROTE_CODE, Events
from sparky_assets.metrics.models import VOLUME
from sparky_assets.metrics.totals import GITHUB_ONLY

MAY_BE_UNKNOWN = ("insertions", "deletions", "changed_files")


def count_repositories(events: Events) -> pl.DataFrame:
    """REPOSITORY_TABLE of a window."""
    table = _commits(events)
    for part in (_people(events), _items(events), _distinct_files(events)):
        table = table.join(part, on="repository", how="full", coalesce=True)
    sources = events.repositories.select("repository", "source")
    table = table.join(sources, on="repository", how="left")
    missing = [name for name in VOLUME if name not in table.columns]
    table = table.with_columns(pl.lit(0).alias(name) for name in missing)
    no_commits = pl.col("commits").fill_null(0) == 0
    counts = [pl.col(name).fill_null(0) for name in VOLUME if name not in MAY_BE_UNKNOWN]
    lines = [pl.when(no_commits).then(0).otherwise(pl.col(name)).alias(name) for name in MAY_BE_UNKNOWN]
    on_github = pl.col("repository").is_in(events.on_github.implode())
    return (
        table.with_columns(*counts, *lines)
        .with_columns(pl.when(on_github).then(pl.col(name)).alias(name) for name in GITHUB_ONLY)
        .select("repository", "source", pl.col(VOLUME).cast(pl.Int64))
        .sort("repository")
    )


def _commits(events: Events) -> pl.DataFrame:
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


def _distinct_files(events: Events) -> pl.DataFrame:
    """A file changed by ten commits is one changed file; null where no commit names its files."""
    known = events.own.filter("names_files").select("repository").unique()
    touched = events.touched
    counted = (
        touched.touches.select("place", "spot")
        .unique()
        .group_by("place")
        .agg(pl.len().alias("changed_files"))
        .join(touched.places, on="place")
        .select("repository", "changed_files")
    )
    return known.join(counted, on="repository", how="left").with_columns(pl.col("changed_files").fill_null(0))


def _people(events: Events) -> pl.DataFrame:
    keys = events.roles.lazy().select("repository", "key", wrote=pl.col("role").is_in(WROTE_CODE))
    each = keys.filter(pl.col("key") != NOBODY).group_by("repository", "key").agg(pl.col("wrote").any())
    is_bot = pl.col("key").is_in(events.bots.implode())
    return (
        each.group_by("repository")
        .agg(
            people=(pl.col("wrote") & ~is_bot).sum(),
            active_people=(~is_bot).sum(),
            active_bots=is_bot.sum(),
        )
        .collect()
    )


def _items(events: Events) -> pl.DataFrame:
    frames = [
        events.pull_requests.select("repository", metric=pl.concat_str(pl.lit("pull_requests_"), "event")),
        events.issues.select("repository", metric=pl.concat_str(pl.lit("issues_"), "event")),
        events.reviews.select("repository", metric=pl.lit("reviews")),
        events.releases.select("repository", metric=pl.lit("releases")),
    ]
    counted = pl.concat(frames).filter(pl.col("metric").is_in(VOLUME)).group_by("repository", "metric").len("count")
    if counted.is_empty():
        return counted.select("repository")
    return counted.pivot(on="metric", index="repository", values="count")
