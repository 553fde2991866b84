"""Count a window: per repository, per contributor, and as facts. Pure polars; docs/metrics.md defines each number."""

from collections.abc import Iterator

import polars as pl

from sparky_assets.metrics.models import CONTRIBUTOR_TABLE, REPOSITORY_TABLE, WHOLE, Fact, Metrics, Unit
from sparky_assets.periods import Period, Window
from sparky_assets.raw.models import PERSON
from sparky_assets.raw.window import RawWindow

SOURCES: dict[str, tuple[Unit, tuple[str, ...]]] = {
    "commits": ("count", ("raw/commits",)),
    "merge_commits": ("count", ("raw/commits",)),
    "bot_commits": ("count", ("raw/commits",)),
    "insertions": ("lines", ("raw/commits",)),
    "deletions": ("lines", ("raw/commits",)),
    "changed_files": ("files", ("raw/commits",)),
    "pull_requests_merged": ("count", ("raw/pull_requests",)),
    "releases": ("count", ("raw/releases",)),
    "people": ("count", ("raw/commits",)),
}
"""Unit and source of every metric that exists for the whole and for a repository."""


def count_repositories(raw: RawWindow) -> pl.DataFrame:
    """One row a repository with anything to count, in REPOSITORY_TABLE's columns.

    `commits` leaves merge commits out; they bring no lines of their own, so lines count each change once.
    """
    own = ~pl.col("is_merge")
    commits = raw.commits.group_by("repository").agg(
        commits=own.sum(),
        merge_commits=pl.col("is_merge").sum(),
        bot_commits=(own & pl.col("author").struct.field("is_bot")).sum(),
        insertions=pl.col("insertions").filter(own).sum(),
        deletions=pl.col("deletions").filter(own).sum(),
        # A file changed by ten commits is one changed file.
        changed_files=pl.col("files").filter(own).list.explode().struct.field("path").drop_nulls().n_unique(),
    )
    people = authorship(raw).filter(~pl.col("is_bot")).group_by("repository").agg(people=pl.col("key").n_unique())
    merged = _merged(raw).group_by("repository").agg(pull_requests_merged=pl.len())
    releases = raw.releases.group_by("repository").agg(releases=pl.len())
    joined = commits
    for part in (people, merged, releases):
        joined = joined.join(part, on="repository", how="full", coalesce=True)
    counts = [column for column in REPOSITORY_TABLE.columns if column != "repository"]
    return (
        joined.with_columns(pl.col(counts).fill_null(0).cast(pl.Int64))
        .select(REPOSITORY_TABLE.columns.keys())
        .sort("repository")
    )


def count_contributors(raw: RawWindow) -> pl.DataFrame:
    """One row a person or bot: what they wrote, co-wrote and merged where. A person's name is the one seen last."""
    written = authorship(raw)
    merged = (
        _merged(raw)
        .filter(pl.col("author").is_not_null())
        .select("repository", pl.col("author").struct.unnest())
        .select("repository", "key", "name", "login", "is_bot", role=pl.lit("merged"))
    )
    return (
        pl.concat([written, merged])
        .group_by("key")
        .agg(
            pl.col("name", "login", "is_bot").last(),
            commits=(pl.col("role") == "author").sum().cast(pl.Int64),
            co_authored=(pl.col("role") == "co_author").sum().cast(pl.Int64),
            pull_requests_merged=(pl.col("role") == "merged").sum().cast(pl.Int64),
            repositories=pl.col("repository").unique().sort(),
        )
        .select(CONTRIBUTOR_TABLE.columns.keys())
        .sort("key")
    )


def compute_metrics(raw: RawWindow, period: Period, window: Window, repositories: pl.DataFrame) -> Metrics:
    """The facts of a period from its raw rows and its table of repositories."""
    unreadable = raw.repositories.filter(pl.col("status") == "unreadable")["repository"].to_list()
    facts = tuple(sorted(_facts(raw, repositories), key=lambda fact: fact.key))
    return Metrics(period=period, window=window, facts=facts, unreadable=tuple(unreadable))


def authorship(raw: RawWindow) -> pl.DataFrame:
    """One row for each author and co-author of each commit that is no merge: repository, person and role."""
    own = raw.commits.filter(~pl.col("is_merge"))
    authors = own.select("repository", pl.col("author").struct.unnest(), role=pl.lit("author"))
    together = own.select("repository", "co_authors").explode("co_authors", empty_as_null=False)
    co_authors = together.filter(pl.col("co_authors").is_not_null()).select(
        "repository", pl.col("co_authors").cast(PERSON).struct.unnest(), role=pl.lit("co_author")
    )
    columns = ["repository", "key", "name", "login", "is_bot", "role"]
    return pl.concat([authors.select(columns), co_authors.select(columns)])


def _merged(raw: RawWindow) -> pl.DataFrame:
    """Each merged pull request once, however many commits name it (a cherry-pick carries the subject along)."""
    return raw.pull_requests.filter(pl.col("event") == "merged").unique(
        ["repository", "number"], keep="first", maintain_order=True
    )


def _facts(raw: RawWindow, repositories: pl.DataFrame) -> Iterator[Fact]:
    for row in repositories.iter_rows(named=True):
        for metric, (unit, sources) in SOURCES.items():
            yield Fact(
                metric=metric, scope=f"repository:{row['repository']}", value=row[metric], unit=unit, sources=sources
            )
    for metric, (unit, sources) in SOURCES.items():
        if metric != "people":  # one person in two repositories is one person
            yield Fact(metric=metric, scope=WHOLE, value=int(repositories[metric].sum()), unit=unit, sources=sources)
    people = authorship(raw).filter(~pl.col("is_bot"))["key"].n_unique()
    yield Fact(metric="people", scope=WHOLE, value=people, unit="count", sources=("raw/commits",))
    active = repositories.filter(pl.col("commits") + pl.col("pull_requests_merged") + pl.col("releases") > 0).height
    everything = ("raw/commits", "raw/pull_requests", "raw/releases")
    yield Fact(metric="active_repositories", scope=WHOLE, value=active, unit="count", sources=everything)
    yield Fact(
        metric="repositories", scope=WHOLE, value=raw.repositories.height, unit="count", sources=("raw/repositories",)
    )
    unknown = raw.commits.filter(~pl.col("is_merge"), pl.col("insertions").is_null()).height
    yield Fact(metric="commits_without_statistics", scope=WHOLE, value=unknown, unit="count", sources=("raw/commits",))
