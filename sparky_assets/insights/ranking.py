"""Which rows of a window can be told at all: of each repository the first in impact order. Polars, no evidence yet.

Evidence is made of what is kept here only: of each commit of a month of a million it took 53 s and 6 GB.
"""

from dataclasses import dataclass

import polars as pl

from sparky_assets.insights.brought import brought_commits
from sparky_assets.metrics.advisories import advisory_commits
from sparky_assets.metrics.changes import FILES, Theme, theme_expression
from sparky_assets.metrics.impact import KINDS, LOUD, MOST_LINES
from sparky_assets.raw.window import RawWindow

BUSY, KEPT_OF_BUSY, KEPT = 60, 300, 3
"""Of so many repositories so many rows, as a month of one repository needs for 2,000 words; of each other a few."""
REPOSITORY_AND_NUMBER = ["repository", "number"]


@dataclass(frozen=True)
class Work:
    """Rows of raw tables to make evidence of, and how many there are in all."""

    releases: pl.DataFrame
    pull_requests: pl.DataFrame
    """With `merge_files`: the files of the commit that merged it, where the window holds that; and `brought_lines`."""
    commits: pl.DataFrame
    """With the security `advisory` that each answers, or null."""
    records: int


def rank_work(raw: RawWindow) -> Work:
    """Releases, merged pull requests, and commits that none of them brought, each once."""
    brought = brought_commits(raw)
    merged = _with_lines(merged_once(raw), brought, raw.commits)
    singles = raw.commits.filter(~pl.col("is_merge"), pl.col("subject").fill_null("") != "")
    singles = singles.join(brought, on=["repository", "sha"], how="anti", maintain_order="left")
    advisories = advisory_commits(raw.commits)
    singles = singles.join(advisories, on=["repository", "sha"], how="left", maintain_order="left")
    tables = (raw.releases, merged, singles)
    keys = (_release_keys(raw.releases), _keys(merged, "title", "pull_request"), _keys(singles, "subject", "commit"))
    kept = _first_of_each(pl.concat(keys))
    releases, pull_requests, commits = (
        table[kept.filter(pl.col("kind") == KINDS.index(kind))["row"].sort()]
        for table, kind in zip(tables, ("release", "pull_request", "commit"), strict=True)
    )
    return Work(releases, pull_requests, commits, sum(table.height for table in tables))


def _with_lines(merged: pl.DataFrame, brought: pl.DataFrame, commits: pl.DataFrame) -> pl.DataFrame:
    """With `brought_lines`: lines changed by the commits of each pull request that the window holds.

    A merge commit has no lines of its own: a rewrite of a thousand would be told behind a typo. It is good enough for
    an order, and never stated: what was committed before the window is not in it.
    """
    lines = brought.join(
        commits.select("repository", "sha", lines=pl.col("insertions") + pl.col("deletions")), on=["repository", "sha"]
    )
    each = lines.drop_nulls("lines").group_by("repository", "commit").agg(brought_lines=pl.col("lines").sum())
    return merged.join(each, on=["repository", "commit"], how="left", maintain_order="left")


def merged_once(raw: RawWindow) -> pl.DataFrame:
    """The first merged event of each pull request, with the files of the commit that merged it."""
    merged = raw.pull_requests.filter(pl.col("event") == "merged").unique(
        REPOSITORY_AND_NUMBER, keep="first", maintain_order=True
    )
    files = raw.commits.join(merged, left_on=["repository", "sha"], right_on=["repository", "commit"], how="semi")
    return merged.join(
        files.select("repository", commit="sha", merge_files="files"),
        on=["repository", "commit"],
        how="left",
        maintain_order="left",
    )


def _keys(rows: pl.DataFrame, title: str, kind: str) -> pl.DataFrame:
    """What `metrics/impact.py` sorts by; theme_of of the kept rows decides in the end, by the same patterns."""
    files, at = ("merge_files", "at") if kind == "pull_request" else ("files", "committed_at")
    told = {"labels": pl.col("labels")} if kind == "pull_request" else {"advisory": pl.col("advisory")}
    theme = theme_expression(title, by_files=_proven_by(pl.col(files)), **told)
    is_bot = pl.col("author").struct.field("is_bot").fill_null(False)
    changed = pl.col("insertions") + pl.col("deletions")
    known = pl.coalesce(changed, "brought_lines") if kind == "pull_request" else changed
    lines = known.fill_null(0).clip(upper_bound=MOST_LINES)
    return (
        rows.with_row_index("row")
        .with_columns(is_bot=is_bot)
        .select("row", "repository", "is_bot", theme=theme, lines=lines, at=at, kind=_kind(kind))
        .select(
            "row",
            "repository",
            "kind",
            "at",
            last=(pl.col("theme") == Theme.DEPENDENCIES.value) | pl.col("is_bot"),
            later=pl.col("theme") != Theme.SECURITY.value,
            quiet=~pl.col("theme").is_in([theme.value for theme in LOUD]),
            less=-pl.col("lines").cast(pl.Int64),
        )
    )


def _release_keys(releases: pl.DataFrame) -> pl.DataFrame:
    told = {"last": pl.lit(False), "later": pl.lit(False), "quiet": pl.lit(False), "less": pl.lit(0, dtype=pl.Int64)}
    return releases.with_row_index("row").select("row", "repository", kind=_kind("release"), at="published_at", **told)


def _kind(kind: str) -> pl.Expr:
    return pl.lit(KINDS.index(kind), dtype=pl.Int8)


def _proven_by(files: pl.Expr) -> pl.Expr:
    paths = files.list.eval(pl.element().struct.field("path"))
    return pl.coalesce(
        pl.when(files.list.len() > 0, paths.list.eval(pl.element().str.contains(pattern)).list.all()).then(
            pl.lit(theme.value)
        )
        for theme, pattern in FILES
    )


def _first_of_each(keys: pl.DataFrame) -> pl.DataFrame:
    ranked = keys.sort("last", "later", "kind", "quiet", "less", "at", "row")
    busy = ranked["repository"].unique(maintain_order=True).head(BUSY)
    # Releases are told apart: a month of nightly tags must not take the room of the work in it.
    place = pl.int_range(pl.len()).over("repository", pl.col("kind") == KINDS.index("release"))
    most = pl.when(pl.col("repository").is_in(busy.implode())).then(KEPT_OF_BUSY).otherwise(KEPT)
    return ranked.filter(place < most)
