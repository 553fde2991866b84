"""Join what git and GitHub tell of the same repositories, and today's names with those stored before. Pure.

Cut collected events into days, and join a day with what was stored of it before. Pure.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import polars as pl

from sparky_assets.periods import Period
from sparky_assets.raw.tables import (
    COMMITS,
    ISSUES,
    OPEN_ITEMS,
    PULL_REQUESTS,
    RELEASES,
    REPOSITORIES,
    TABLES,
    TableSpec,
)


def split_by_day(
    frame: pl.DataFrame, table: TableSpec, days: Sequence[Period], timezone: str
) -> dict[str, pl.DataFrame]:
    """The rows of each day by partition key; consecutive `days` in order. Rows outside them are dropped.

    The windows' own instants decide, so that days of 23 and 25 hours hold what their window says.
    """
    if table.time_column is None or not days:
        return {day.key: frame for day in days}
    starts = pl.Series([day.window(timezone).start for day in days], dtype=pl.Datetime("us", "UTC"))
    index = starts.search_sorted(frame[table.time_column], side="right").cast(pl.Int64) - 1
    inside = frame.with_columns(index.alias("_day")).filter(
        pl.col("_day") >= 0, pl.col(table.time_column) < days[-1].window(timezone).end
    )
    parts = {key[0]: part.drop("_day") for key, part in inside.partition_by("_day", as_dict=True).items()}
    empty = frame.clear()
    return {day.key: sort_unique(parts.get(number, empty), table) for number, day in enumerate(days)}


def merge_late_rows(
    stored: pl.DataFrame | None, fresh: pl.DataFrame, table: TableSpec, seen_at: datetime
) -> pl.DataFrame:
    """What a day holds now: everything stored stays, what is new is added and marked with the time it was first seen.

    A commit that a force push took away stays where it was told: a published day is not rewritten by a rebase.
    Nothing new gives back the stored rows, so that writing them again writes the same bytes.
    """
    if stored is None:
        return sort_unique(fresh, table)
    keys = list(table.key_columns)
    if table.time_column is None:
        return sort_unique(pl.concat([fresh, stored.join(fresh, on=keys, how="anti", nulls_equal=True)]), table)
    late = fresh.join(stored, on=keys, how="anti", nulls_equal=True).with_columns(
        pl.lit(seen_at.astimezone(UTC), dtype=pl.Datetime("us", "UTC")).alias("first_seen_at")
    )
    return sort_unique(pl.concat([stored, late]), table)


def sort_unique(frame: pl.DataFrame, table: TableSpec) -> pl.DataFrame:
    """The rows in the one order that a day is stored in, each event once."""
    keys = list(table.key_columns)
    order = [table.time_column, *keys] if table.time_column else keys
    return frame.unique(subset=keys, keep="first", maintain_order=True).sort(list(dict.fromkeys(order)))


PERSON_COLUMNS = ("author", "committer", "co_authors")


MAX_MISSING_SHARE = 0.1
"""More of yesterday's repositories than this gone since: rather a permission that was lost than a spring clean."""

TableFrames = Mapping[str, pl.DataFrame]


def merge_sources(git_tables: TableFrames, github_tables: TableFrames) -> dict[str, pl.DataFrame]:
    """One set of tables from both sources.

    A commit that both have keeps git's lines and files and GitHub's accounts. What git only implies (a merge subject, a
    tag) gives way to what GitHub knows. A repository's name and visibility are GitHub's.
    """
    known = github_tables[REPOSITORIES.asset]
    spelling = {name.lower(): name for name in known["repository"]}
    visibility = dict(known.select("repository", "visibility").iter_rows())
    renamed = {asset: _apply_github_names(frame, spelling, visibility) for asset, frame in git_tables.items()}
    covered = pl.col("repository").is_in(list(visibility))
    tables = {}
    for table in TABLES:
        ours, theirs = renamed[table.asset], github_tables[table.asset]
        if table in (PULL_REQUESTS, RELEASES):
            ours = ours.filter(~(covered & pl.col("is_derived")))
        if table is COMMITS:
            ours, theirs = _merge_commits(ours, theirs)
        if table is REPOSITORIES:
            both = ours.filter(covered)["repository"].to_list()
            source = pl.when(pl.col("repository").is_in(both)).then(pl.lit("both")).otherwise(pl.col("source"))
            ours, theirs = ours.filter(~covered), theirs.with_columns(source.alias("source"))
        tables[table.asset] = pl.concat([ours, theirs])
    return tables


def apply_stored_names(tables: TableFrames, stored: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The tables with the names that repositories had when their day was stored.

    A renamed or moved repository is the same by its id. Under its new name every event of a stored day would look new.
    """
    before = dict(stored.filter(pl.col("id").is_not_null()).select("id", "repository").iter_rows())
    today = tables[REPOSITORIES.asset].filter(pl.col("id").is_not_null()).select("id", "repository").iter_rows()
    renamed = {name: before[key] for key, name in today if before.get(key, name) != name}
    if not renamed:
        return dict(tables)
    return {
        asset: frame.with_columns(pl.col("repository").replace(list(renamed), list(renamed.values())))
        for asset, frame in tables.items()
    }


def new_repository_rows(tables: TableFrames, stored: pl.DataFrame) -> pl.DataFrame:
    """The REPOSITORIES rows of a day swept again that say something about that day.

    What GitHub shows is how a repository is now, not how it was then: a stored row stays, unless the repository could
    not be read then; and one that was not stored joins only when something of that day is told of it.
    """
    fresh = tables[REPOSITORIES.asset]
    states = {REPOSITORIES.asset, OPEN_ITEMS.asset}
    told = {name for asset, frame in tables.items() if asset not in states for name in frame["repository"]}
    settled = stored.filter(pl.col("status") != "unreadable")["repository"].to_list()
    unread = stored.filter(pl.col("status") == "unreadable")["repository"].to_list()
    name = pl.col("repository")
    is_news = ~name.is_in(settled) & (name.is_in(list(told)) | name.is_in(unread))
    return fresh.filter((pl.col("source") == "git") | is_news)


def drop_transferred_issues(stored: pl.DataFrame, fresh: pl.DataFrame) -> pl.DataFrame:
    """The ISSUES rows of a day swept again, without those stored under the place that their issue was moved from.

    GitHub gives a transferred issue a new number in its new repository and forgets the old one, but not when it was
    opened, closed and reopened. Told again there, it would count twice.
    """
    place = ["repository", "number"]
    same = ["event", "at", "opened_at", "title"]
    left_behind = stored.join(fresh, on=place, how="anti")
    arrived = fresh.join(stored, on=place, how="anti")
    moved = arrived.join(left_behind, on=same, how="semi", nulls_equal=True)
    return fresh.join(moved, on=list(ISSUES.key_columns), how="anti", nulls_equal=True)


def find_missing_repositories(stored: pl.DataFrame, current: pl.DataFrame, owners: tuple[str, ...]) -> list[str]:
    """Names of the repositories that GitHub showed before and does not show now, when they are suspiciously many."""
    prefixes = tuple(f"{owner.lower()}/" for owner in owners)
    readable = stored.filter(pl.col("id").is_not_null(), pl.col("status") != "unreadable")
    names = {
        key: name for key, name in readable.select("id", "repository").iter_rows() if name.lower().startswith(prefixes)
    }
    gone = names.keys() - set(current["id"].drop_nulls())
    return sorted(names[key] for key in gone) if len(gone) > len(names) * MAX_MISSING_SHARE else []


def _apply_github_names(
    frame: pl.DataFrame, name_by_lowercase: Mapping[str, str], visibility_by_name: Mapping[str, str]
) -> pl.DataFrame:
    name = pl.col("repository")
    spelled = name.str.to_lowercase().replace_strict(
        list(name_by_lowercase), list(name_by_lowercase.values()), default=None
    )
    return frame.with_columns(pl.coalesce(spelled.cast(pl.String), name).alias("repository")).with_columns(
        pl.coalesce(
            name.replace_strict(list(visibility_by_name), list(visibility_by_name.values()), default=None).cast(
                pl.String
            ),
            pl.col("visibility"),
        ).alias("visibility")
    )


def _merge_commits(git_commits: pl.DataFrame, github_commits: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    keys = list(COMMITS.key_columns)
    known = github_commits.select(*keys, *(pl.col(name).alias(f"_{name}") for name in PERSON_COLUMNS))
    merged = git_commits.join(known, on=keys, how="left", maintain_order="left")
    better = merged.with_columns(
        pl.when(pl.col(f"_{name}").is_not_null()).then(pl.col(f"_{name}")).otherwise(pl.col(name)).alias(name)
        for name in PERSON_COLUMNS
    ).select(git_commits.columns)
    return better, github_commits.join(git_commits, on=keys, how="anti")
