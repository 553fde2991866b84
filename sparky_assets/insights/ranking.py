"""Impact order: rank the finished work of a window and select the rows that evidence is built from.

The order is documented, deterministic and needs no model. Each rule decides only between rows that the earlier rules
leave equal:

1. work of people before dependency updates and the work of bots,
2. releases and security fixes before all other work,
3. releases, merged pull requests, issues, then commits without a pull request,
4. features, performance and fixes before the other themes,
5. larger changes first. Lines count up to 1,000: beyond that the code is generated or moved. A merge is as large as the
   commits that it brought.
6. earlier work first, then by key, so that equal rows never change places.

The order applies to pieces of work and never to people. `ImpactKey` is the only list of these rules: the polars sort
and the Python key both use it.

Rows are selected in polars before evidence is built: one `Evidence` per commit of a month with a million commits took
53 s and 6 GB.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import polars as pl

from sparky_assets.metrics.classify import THEME_PATH_PATTERNS, ChangeTheme, build_theme_expression
from sparky_assets.raw.commit_graph import commits_by_pull_request, find_advisory_commits
from sparky_assets.raw.window import RawWindow

IMPACT_KINDS = ("release", "pull_request", "issue", "commit")

HIGHLIGHT_THEMES = (ChangeTheme.SECURITY, ChangeTheme.FEATURE, ChangeTheme.PERFORMANCE, ChangeTheme.FIX)

MAX_IMPACT_LINES = 1000

MAX_BUSY_REPOSITORIES, MAX_ROWS_PER_BUSY_REPOSITORY, MAX_ROWS_PER_OTHER_REPOSITORY = 60, 300, 3
"""A month of one repository needs 300 rows for 2,000 words; each repository beyond the busiest 60 gets three."""

PULL_REQUEST_KEY = ["repository", "number"]


class ImpactKey(NamedTuple):
    """The sort keys of a piece of work, in order; the smallest comes first.

    The fields are also the names of the sort columns in polars.
    """

    is_noise: bool
    not_urgent: bool
    kind: int
    low_interest: bool
    negative_lines: int
    at: datetime


@dataclass(frozen=True)
class RankedRows:
    """Rows of raw tables to build evidence from, and the number of rows before the selection."""

    releases: pl.DataFrame
    pull_requests: pl.DataFrame
    """With `theme`, `brought_lines` and `merge_files`: the files of the merge commit where the window holds it."""
    commits: pl.DataFrame
    """With `theme` and the security `advisory` that each commit answers, or null."""
    record_count: int


def is_urgent(kind: str, theme: ChangeTheme) -> bool:
    """Return whether a piece of work comes before the other work of people: a release or a security fix."""
    return kind == "release" or theme is ChangeTheme.SECURITY


def compute_impact_key(
    *, kind: str, theme: ChangeTheme, is_bot: bool, changed_lines: int | None, at: datetime
) -> ImpactKey:
    """Return the sort key of one piece of work. Callers break ties by the key of the evidence."""
    return ImpactKey(
        is_noise=theme is ChangeTheme.DEPENDENCIES or is_bot,
        not_urgent=not is_urgent(kind, theme),
        kind=IMPACT_KINDS.index(kind),
        low_interest=theme not in HIGHLIGHT_THEMES,
        negative_lines=-min(changed_lines or 0, MAX_IMPACT_LINES),
        at=at,
    )


def build_impact_columns(kind: str, *, at_column: str) -> list[pl.Expr]:
    """Return the columns of `ImpactKey` for rows of one kind that have `theme`, `is_bot` and `changed_lines`."""
    theme = pl.col("theme")
    urgent = pl.lit(True) if kind == "release" else theme == ChangeTheme.SECURITY.value
    lines = pl.col("changed_lines").fill_null(0).cast(pl.Int64).clip(upper_bound=MAX_IMPACT_LINES)
    key = {
        "is_noise": (theme == ChangeTheme.DEPENDENCIES.value) | pl.col("is_bot"),
        "not_urgent": ~urgent,
        "kind": pl.lit(IMPACT_KINDS.index(kind), dtype=pl.Int8),
        "low_interest": ~theme.is_in([highlight.value for highlight in HIGHLIGHT_THEMES]),
        "negative_lines": -lines,
        "at": pl.col(at_column),
    }
    return [key[name].alias(name) for name in ImpactKey._fields]


def rank_rows(window: RawWindow) -> RankedRows:
    """Select the first rows of each repository in impact order.

    Covers releases, merged pull requests, and commits that no pull request brought. Each piece of work occurs once.
    """
    brought = commits_by_pull_request(window)
    merged = _add_brought_lines(find_first_merge_events(window), brought, window.commits)
    single_commits = window.commits.filter(~pl.col("is_merge"), pl.col("subject").fill_null("") != "")
    single_commits = single_commits.join(brought, on=["repository", "sha"], how="anti", maintain_order="left")
    advisories = find_advisory_commits(window.commits)
    single_commits = single_commits.join(advisories, on=["repository", "sha"], how="left", maintain_order="left")
    tables = {"release": window.releases, "pull_request": merged, "commit": single_commits}
    keys = pl.concat(
        [
            _build_release_keys(window.releases),
            _build_pull_request_keys(merged),
            _build_commit_keys(single_commits),
        ]
    )
    selected = _limit_per_repository(keys)
    releases, pull_requests, commits = (
        _select_rows(table, selected.filter(pl.col("kind") == IMPACT_KINDS.index(kind)))
        for kind, table in tables.items()
    )
    return RankedRows(releases, pull_requests, commits, sum(table.height for table in tables.values()))


def find_first_merge_events(window: RawWindow) -> pl.DataFrame:
    """Return the first merged event of each pull request, with the files of the commit that merged it."""
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


def _add_brought_lines(merged: pl.DataFrame, brought: pl.DataFrame, commits: pl.DataFrame) -> pl.DataFrame:
    """Add `brought_lines`: the lines changed by the commits of each pull request that the window holds.

    A merge commit has no lines of its own, so a rewrite of a thousand lines would rank behind a typo. The number only
    orders and is never printed: commits made before the window are missing from it.
    """
    lines = brought.join(
        commits.select("repository", "sha", lines=pl.col("insertions") + pl.col("deletions")), on=["repository", "sha"]
    )
    totals = lines.drop_nulls("lines").group_by("repository", "commit").agg(brought_lines=pl.col("lines").sum())
    return merged.join(totals, on=["repository", "commit"], how="left", maintain_order="left")


def _build_pull_request_keys(merged: pl.DataFrame) -> pl.DataFrame:
    theme = build_theme_expression(
        "title", by_files=_match_theme_by_files(pl.col("merge_files")), labels=pl.col("labels")
    )
    changed_lines = pl.coalesce(pl.col("insertions") + pl.col("deletions"), "brought_lines")
    return _build_change_keys(merged, "pull_request", theme, changed_lines, at_column="at")


def _build_commit_keys(commits: pl.DataFrame) -> pl.DataFrame:
    theme = build_theme_expression(
        "subject", by_files=_match_theme_by_files(pl.col("files")), advisory=pl.col("advisory")
    )
    changed_lines = pl.col("insertions") + pl.col("deletions")
    return _build_change_keys(commits, "commit", theme, changed_lines, at_column="landed_at")


def _build_change_keys(
    rows: pl.DataFrame, kind: str, theme: pl.Expr, changed_lines: pl.Expr, *, at_column: str
) -> pl.DataFrame:
    is_bot = pl.col("author").struct.field("is_bot").fill_null(False)
    # The expression of the theme reads `is_bot`, so that column comes first.
    columns = rows.with_row_index("row").with_columns(is_bot=is_bot, changed_lines=changed_lines)
    return columns.with_columns(theme=theme).select(
        "row", "repository", "theme", *build_impact_columns(kind, at_column=at_column)
    )


def _build_release_keys(releases: pl.DataFrame) -> pl.DataFrame:
    rows = releases.with_row_index("row").with_columns(
        theme=pl.lit(ChangeTheme.FEATURE.value), is_bot=pl.lit(False), changed_lines=pl.lit(0, dtype=pl.Int64)
    )
    return rows.select("row", "repository", "theme", *build_impact_columns("release", at_column="published_at"))


def _match_theme_by_files(files: pl.Expr) -> pl.Expr:
    """Return the theme that all paths of a change agree on, or null."""
    paths = files.list.eval(pl.element().struct.field("path"))
    return pl.coalesce(
        pl.when(files.list.len() > 0, paths.list.eval(pl.element().str.contains(pattern)).list.all()).then(
            pl.lit(theme.value)
        )
        for theme, pattern in THEME_PATH_PATTERNS
    )


def _limit_per_repository(keys: pl.DataFrame) -> pl.DataFrame:
    ranked = keys.sort(*ImpactKey._fields, "row")
    busy = ranked["repository"].unique(maintain_order=True).head(MAX_BUSY_REPOSITORIES)
    # Releases have a limit of their own: a month of nightly tags must not displace the other work.
    position = pl.int_range(pl.len()).over("repository", pl.col("kind") == IMPACT_KINDS.index("release"))
    limit = (
        pl.when(pl.col("repository").is_in(busy.implode()))
        .then(MAX_ROWS_PER_BUSY_REPOSITORY)
        .otherwise(MAX_ROWS_PER_OTHER_REPOSITORY)
    )
    return ranked.filter(position < limit)


def _select_rows(table: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Return the selected rows in the order of the table, with the theme that ranked them."""
    selected = keys.sort("row")
    return table[selected["row"]].with_columns(theme=selected["theme"])
