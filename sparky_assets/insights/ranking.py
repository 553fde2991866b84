"""Which rows of a window can be told at all: of each repository the first in impact order. Polars, no evidence yet.

Evidence is made of what is kept here only: of each commit of a month of a million it took 53 s and 6 GB.

The order in which later stages choose stories. Documented, deterministic, no model.

Work comes in this order, each rule deciding only what those before it left equal:

1. people's work before dependency updates and the work of bots,
2. releases and security fixes before all other work,
3. releases, merged pull requests, issues, commits that no pull request brought,
4. features, speed and fixes before the other themes,
5. larger changes first, up to 1,000 lines, since beyond that it is generated or moved code; a merge is as large as
   the commits that it brought,
6. the earlier first, then by key, so that equals never change places.

It orders pieces of work and never people.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from sparky_assets.metrics.classify import THEME_PATH_PATTERNS, ChangeTheme, build_theme_expression
from sparky_assets.raw.commit_graph import commits_by_pull_request, find_advisory_commits
from sparky_assets.raw.window import RawWindow

IMPACT_KINDS = ("release", "pull_request", "issue", "commit")


HIGHLIGHT_THEMES = (ChangeTheme.SECURITY, ChangeTheme.FEATURE, ChangeTheme.PERFORMANCE, ChangeTheme.FIX)


MAX_IMPACT_LINES = 1000


def is_urgent(kind: str, theme: ChangeTheme) -> bool:
    """Whether it is told before the other work of people."""
    return kind == "release" or theme is ChangeTheme.SECURITY


def compute_impact_key(
    *, kind: str, theme: ChangeTheme, is_bot: bool, changed_lines: int | None, at: datetime, key: str
) -> tuple[Any, ...]:
    """What to sort a piece of work by; the smallest comes first."""
    return (
        theme is ChangeTheme.DEPENDENCIES or is_bot,
        not is_urgent(kind, theme),
        IMPACT_KINDS.index(kind),
        theme not in HIGHLIGHT_THEMES,
        -min(changed_lines or 0, MAX_IMPACT_LINES),
        at,
        key,
    )


MAX_BUSY_REPOSITORIES, MAX_ROWS_PER_BUSY_REPOSITORY, MAX_ROWS_PER_OTHER_REPOSITORY = 60, 300, 3
"""Of so many repositories so many rows, as a month of one repository needs for 2,000 words; of each other a few."""


PULL_REQUEST_KEY = ["repository", "number"]


@dataclass(frozen=True)
class RankedRows:
    """Rows of raw tables to make evidence of, and how many there are in all."""

    releases: pl.DataFrame
    pull_requests: pl.DataFrame
    """With `merge_files`: the files of the commit that merged it, where the window holds that; and `brought_lines`."""
    commits: pl.DataFrame
    """With the security `advisory` that each answers, or null."""
    record_count: int


def rank_rows(window: RawWindow) -> RankedRows:
    """Releases, merged pull requests, and commits that none of them brought, each once."""
    brought = commits_by_pull_request(window)
    merged = _add_brought_lines(first_merge_events(window), brought, window.commits)
    singles = window.commits.filter(~pl.col("is_merge"), pl.col("subject").fill_null("") != "")
    singles = singles.join(brought, on=["repository", "sha"], how="anti", maintain_order="left")
    advisories = find_advisory_commits(window.commits)
    singles = singles.join(advisories, on=["repository", "sha"], how="left", maintain_order="left")
    tables = (window.releases, merged, singles)
    keys = (
        _build_release_keys(window.releases),
        _build_change_keys(merged, "title", "pull_request"),
        _build_change_keys(singles, "subject", "commit"),
    )
    kept = _limit_per_repository(pl.concat(keys))
    releases, pull_requests, commits = (
        table[kept.filter(pl.col("kind") == IMPACT_KINDS.index(kind))["row"].sort()]
        for table, kind in zip(tables, ("release", "pull_request", "commit"), strict=True)
    )
    return RankedRows(releases, pull_requests, commits, sum(table.height for table in tables))


def _add_brought_lines(merged: pl.DataFrame, brought: pl.DataFrame, commits: pl.DataFrame) -> pl.DataFrame:
    """With `brought_lines`: lines changed by the commits of each pull request that the window holds.

    A merge commit has no lines of its own: a rewrite of a thousand would be told behind a typo. It is good enough for
    an order, and never stated: what was committed before the window is not in it.
    """
    lines = brought.join(
        commits.select("repository", "sha", lines=pl.col("insertions") + pl.col("deletions")), on=["repository", "sha"]
    )
    each = lines.drop_nulls("lines").group_by("repository", "commit").agg(brought_lines=pl.col("lines").sum())
    return merged.join(each, on=["repository", "commit"], how="left", maintain_order="left")


def first_merge_events(window: RawWindow) -> pl.DataFrame:
    """The first merged event of each pull request, with the files of the commit that merged it."""
    merged = window.pull_requests.filter(pl.col("event") == "merged").unique(
        PULL_REQUEST_KEY, keep="first", maintain_order=True
    )
    files = window.commits.join(merged, left_on=["repository", "sha"], right_on=["repository", "commit"], how="semi")
    return merged.join(
        files.select("repository", commit="sha", merge_files="files"),
        on=["repository", "commit"],
        how="left",
        maintain_order="left",
    )


def _build_change_keys(rows: pl.DataFrame, title_column: str, kind: str) -> pl.DataFrame:
    """What `metrics/impact.py` sorts by; theme_of of the kept rows decides in the end, by the same patterns."""
    files, at = ("merge_files", "at") if kind == "pull_request" else ("files", "committed_at")
    told = {"labels": pl.col("labels")} if kind == "pull_request" else {"advisory": pl.col("advisory")}
    theme = build_theme_expression(title_column, by_files=_match_theme_by_files(pl.col(files)), **told)
    is_bot = pl.col("author").struct.field("is_bot").fill_null(False)
    changed = pl.col("insertions") + pl.col("deletions")
    known = pl.coalesce(changed, "brought_lines") if kind == "pull_request" else changed
    lines = known.fill_null(0).clip(upper_bound=MAX_IMPACT_LINES)
    return (
        rows.with_row_index("row")
        .with_columns(is_bot=is_bot)
        .select("row", "repository", "is_bot", theme=theme, lines=lines, at=at, kind=_to_kind_index(kind))
        .select(
            "row",
            "repository",
            "kind",
            "at",
            last=(pl.col("theme") == ChangeTheme.DEPENDENCIES.value) | pl.col("is_bot"),
            later=pl.col("theme") != ChangeTheme.SECURITY.value,
            quiet=~pl.col("theme").is_in([theme.value for theme in HIGHLIGHT_THEMES]),
            less=-pl.col("lines").cast(pl.Int64),
        )
    )


def _build_release_keys(releases: pl.DataFrame) -> pl.DataFrame:
    told = {"last": pl.lit(False), "later": pl.lit(False), "quiet": pl.lit(False), "less": pl.lit(0, dtype=pl.Int64)}
    return releases.with_row_index("row").select(
        "row", "repository", kind=_to_kind_index("release"), at="published_at", **told
    )


def _to_kind_index(kind: str) -> pl.Expr:
    return pl.lit(IMPACT_KINDS.index(kind), dtype=pl.Int8)


def _match_theme_by_files(files: pl.Expr) -> pl.Expr:
    paths = files.list.eval(pl.element().struct.field("path"))
    return pl.coalesce(
        pl.when(files.list.len() > 0, paths.list.eval(pl.element().str.contains(pattern)).list.all()).then(
            pl.lit(theme.value)
        )
        for theme, pattern in THEME_PATH_PATTERNS
    )


def _limit_per_repository(keys: pl.DataFrame) -> pl.DataFrame:
    ranked = keys.sort("last", "later", "kind", "quiet", "less", "at", "row")
    busy = ranked["repository"].unique(maintain_order=True).head(MAX_BUSY_REPOSITORIES)
    # Releases are told apart: a month of nightly tags must not take the room of the work in it.
    place = pl.int_range(pl.len()).over("repository", pl.col("kind") == IMPACT_KINDS.index("release"))
    most = (
        pl.when(pl.col("repository").is_in(busy.implode()))
        .then(MAX_ROWS_PER_BUSY_REPOSITORY)
        .otherwise(MAX_ROWS_PER_OTHER_REPOSITORY)
    )
    return ranked.filter(place < most)
