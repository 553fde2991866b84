"""Merge raw tables: split a window by day, add late rows to stored days, join git with GitHub. Pure.

Reading the sources and writing the days belongs to `collect.py`.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import polars as pl

from sparky_assets.periods import Period
from sparky_assets.raw.tables import (
    COMMITS,
    DAMAGED_STATUS,
    ISSUES,
    LINE_COLUMNS,
    NOTES,
    NOTES_MISSING,
    OPEN_ITEMS,
    PULL_REQUESTS,
    RELEASES,
    REPOSITORIES,
    RESPONSES,
    TABLES,
    TableSpec,
)
from sparky_assets.text.references import points_elsewhere

PERSON_COLUMNS = ("author", "committer", "co_authors")

MAX_MISSING_SHARE = 0.1
"""If more of the stored repositories than this are gone, a lost permission is likelier than deleted repositories."""


class MissingRepositories(NamedTuple):
    """Names of repositories that are missing, and how many were expected."""

    names: tuple[str, ...]
    expected_count: int


TableFrames = Mapping[str, pl.DataFrame]
"""Tables by asset name."""


def split_by_day(
    frame: pl.DataFrame, table: TableSpec, days: Sequence[Period], timezone: str
) -> dict[str, pl.DataFrame]:
    """Return the rows of each day by partition key. Rows outside the days are dropped.

    The instants of the days' windows decide, so that days of 23 and 25 hours are cut correctly.

    Args:
        frame: rows of a window.
        table: the schema of the rows. A table of states is given to each day whole.
        days: consecutive days in order.
        timezone: the timezone in which the days begin.
    """
    numbers = number_days(frame, table, days, timezone)
    return {day.key: select_day(frame, table, numbers, number) for number, day in enumerate(days)}


def number_days(frame: pl.DataFrame, table: TableSpec, days: Sequence[Period], timezone: str) -> pl.Series | None:
    """Return the number of the day of each row, -1 for rows outside the days; None for a table of states."""
    if table.time_column is None or not days:
        return None
    starts = pl.Series([day.window(timezone).start for day in days], dtype=pl.Datetime("us", "UTC"))
    times = frame[table.time_column]
    numbers = starts.search_sorted(times, side="right").cast(pl.Int32) - 1
    return numbers.zip_with(times < days[-1].window(timezone).end, pl.Series([-1], dtype=pl.Int32))


def select_day(frame: pl.DataFrame, table: TableSpec, numbers: pl.Series | None, number: int) -> pl.DataFrame:
    """Return the rows of one day, in the order in which a day is stored; all rows of a table of states.

    Args:
        frame: rows of a window.
        table: the schema of the rows.
        numbers: the number of the day of each row.
        number: the number of the day.
    """
    if numbers is None or frame.is_empty():
        return frame
    return sort_unique(frame.filter(numbers == number), table)


def merge_late_rows(
    stored: pl.DataFrame | None, fresh: pl.DataFrame, table: TableSpec, seen_at: datetime
) -> pl.DataFrame:
    """Return the rows of a day: all stored rows, and the new rows marked with the time they were first seen.

    A commit that a force push removed stays: a rebase does not rewrite a published day. Without new rows the result
    equals the stored rows, so that writing them again writes the same bytes.

    Args:
        stored: rows of the day in the store, or None for a new day.
        fresh: rows of the day that were read now.
        table: the schema of the rows. In a table of states a fresh row replaces the stored one.
        seen_at: the value of `first_seen_at` in new rows.
    """
    if stored is None:
        return sort_unique(fresh, table)
    if fresh.is_empty():
        return sort_unique(stored, table)
    keys = list(table.key_columns)
    if table.time_column is None:
        return sort_unique(pl.concat([fresh, stored.join(fresh, on=keys, how="anti", nulls_equal=True)]), table)
    late = fresh.join(stored, on=keys, how="anti", nulls_equal=True).with_columns(
        pl.lit(seen_at.astimezone(UTC), dtype=pl.Datetime("us", "UTC")).alias("first_seen_at")
    )
    filled = _fill_lines(stored, fresh, table) if table in (COMMITS, PULL_REQUESTS) else stored
    return sort_unique(pl.concat([filled, late]), table)


def _fill_lines(stored: pl.DataFrame, fresh: pl.DataFrame, table: TableSpec) -> pl.DataFrame:
    """Return stored commits, or pull requests, with the lines and files that could not be read before.

    GitHub could not compute them, or the clone was shallow, partial, or lacked objects. Nothing else changes.
    """
    if not stored["insertions"].null_count():
        return stored
    keys, columns = list(table.key_columns), [*LINE_COLUMNS, *({"files"} & table.columns.keys())]
    is_known = pl.col("insertions").is_not_null()
    # The lines of a pull request that a commit names are those of the commit.
    counts = fresh.filter(is_known & pl.col("is_derived") if table is PULL_REQUESTS else is_known).unique(
        keys, keep="first"
    )
    counts = counts.select(*keys, *(pl.col(name).alias(f"_{name}") for name in columns))
    is_healed = pl.col("insertions").is_null() & pl.col("_insertions").is_not_null()
    return (
        stored.join(counts, on=keys, how="left", maintain_order="left", nulls_equal=True)
        .with_columns(pl.when(is_healed).then(f"_{name}").otherwise(name).alias(name) for name in columns)
        .select(stored.columns)
    )


def sort_unique(frame: pl.DataFrame, table: TableSpec) -> pl.DataFrame:
    """Return the rows in the order in which a day is stored, each event once."""
    if frame.height < 2:
        return frame
    keys = list(table.key_columns)
    order = [table.time_column, *table.order_columns, *keys] if table.time_column else keys
    return frame.unique(subset=keys, keep="first", maintain_order=True).sort(list(dict.fromkeys(order)))


def merge_sources(git_tables: TableFrames, github_tables: TableFrames) -> dict[str, pl.DataFrame]:
    """Return one set of tables from both sources.

    A commit of both sources keeps the lines and files of git, and the accounts and checks of GitHub. Rows derived from
    git (a merge subject, a tag) are dropped for repositories that GitHub covers. A repository's name and visibility are
    GitHub's.
    """
    github_repositories = github_tables[REPOSITORIES.asset]
    name_by_lowercase = {name.lower(): name for name in github_repositories["repository"]}
    visibility_by_name = dict(github_repositories.select("repository", "visibility").iter_rows())
    is_on_github = pl.col("repository").is_in(list(visibility_by_name))
    tables = {}
    for table in TABLES:
        git_rows = _apply_github_names(git_tables[table.asset], name_by_lowercase, visibility_by_name)
        github_rows = github_tables[table.asset]
        if table in (PULL_REQUESTS, RELEASES):
            git_rows = git_rows.filter(~(is_on_github & pl.col("is_derived")))
        if table is NOTES:
            git_rows, github_rows = _choose_release_notes(git_rows, github_rows)
        if table is COMMITS:
            git_rows, github_rows = _merge_commits(git_rows, github_rows)
        if table is REPOSITORIES:
            both = git_rows.filter(is_on_github)["repository"].to_list()
            source = pl.when(pl.col("repository").is_in(both)).then(pl.lit("both")).otherwise(pl.col("source"))
            damaged = dict(git_rows.filter(status=DAMAGED_STATUS).select("repository", "note").iter_rows())
            git_rows = git_rows.filter(~is_on_github)
            github_rows = _mark_damaged(github_rows.with_columns(source.alias("source")), damaged)
        tables[table.asset] = pl.concat([git_rows, github_rows])
    return tables


def _mark_damaged(repositories: pl.DataFrame, notes: Mapping[str, str]) -> pl.DataFrame:
    """Return REPOSITORIES rows that say which clones lack objects, with the note of each by its name."""
    name = pl.col("repository")
    is_damaged = name.is_in(list(notes)) & (pl.col("status") == "ok")
    note = name.replace_strict(list(notes), list(notes.values()), default=None, return_dtype=pl.String)
    return repositories.with_columns(
        pl.when(is_damaged).then(pl.lit(DAMAGED_STATUS)).otherwise("status").alias("status"),
        pl.when(is_damaged).then(note).otherwise("note").alias("note"),
    )


def _choose_release_notes(git_notes: pl.DataFrame, github_notes: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the notes of both sources with one text for each release.

    That is what its maintainers published, else what git has. A published text that only says where the notes are gives
    way to one of git that says more.
    """
    is_release = pl.col("kind") == "release"
    keys = ["repository", "tag"]
    github_notes = drop_pointers(github_notes, git_notes)
    # Lines that a change added are the same in both, but for the place of blank ones: those of the clone stay.
    is_change = pl.col("kind") == "change"
    change_keys = ["repository", "kind", "sha", "path"]
    repeated = github_notes.filter(is_change).join(git_notes.filter(is_change), on=change_keys, how="semi")
    github_notes = github_notes.join(repeated, on=list(NOTES.key_columns), how="anti", nulls_equal=True)
    published = github_notes.filter(is_release)
    others = git_notes.filter(is_release).join(published, on=keys, how="anti")
    return pl.concat([git_notes.filter(~is_release), others]), github_notes


def drop_pointers(notes: pl.DataFrame, other_notes: pl.DataFrame) -> pl.DataFrame:
    """Return NOTES rows without the releases that only say where their notes are, and of which others say more."""
    is_release = pl.col("kind") == "release"
    is_pointer = is_release & pl.col("text").map_elements(points_elsewhere, return_dtype=pl.Boolean)
    saying_more = other_notes.filter(is_release & ~is_pointer)
    pointers = notes.filter(is_pointer).join(saying_more, on=["repository", "tag"], how="semi")
    return notes.join(pointers, on=list(NOTES.key_columns), how="anti", nulls_equal=True)


def drop_found_notes(stored: pl.DataFrame, current: pl.DataFrame) -> pl.DataFrame:
    """Return stored REPOSITORIES rows without the mark of missing notes, where a new sweep has read them."""
    is_missing = pl.col("note").str.starts_with(NOTES_MISSING)
    if stored.filter(is_missing).is_empty():
        return stored
    read_now = current.filter(~is_missing).select("repository", pl.col("note").alias("_note"))
    note = pl.when(is_missing & pl.col("_note").is_not_null()).then("_note").otherwise("note")
    joined = stored.join(read_now, on="repository", how="left", maintain_order="left")
    return joined.with_columns(note.alias("note")).select(stored.columns)


def _apply_github_names(
    frame: pl.DataFrame, name_by_lowercase: Mapping[str, str], visibility_by_name: Mapping[str, str]
) -> pl.DataFrame:
    name = pl.col("repository")
    github_name = name.str.to_lowercase().replace_strict(
        list(name_by_lowercase), list(name_by_lowercase.values()), default=None
    )
    visibility = name.replace_strict(list(visibility_by_name), list(visibility_by_name.values()), default=None)
    return frame.with_columns(pl.coalesce(github_name.cast(pl.String), name).alias("repository")).with_columns(
        pl.coalesce(visibility.cast(pl.String), pl.col("visibility")).alias("visibility")
    )


def _merge_commits(git_commits: pl.DataFrame, github_commits: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the commits of git with GitHub's people and checks, and the commits that only GitHub has.

    Lines that a clone without their objects does not know are GitHub's.
    """
    keys = list(COMMITS.key_columns)
    columns = (*PERSON_COLUMNS, "ci_state")
    known = github_commits.select(*keys, *(pl.col(name).alias(f"_{name}") for name in (*columns, *LINE_COLUMNS)))
    joined = git_commits.join(known, on=keys, how="left", maintain_order="left")
    with_accounts = joined.with_columns(
        *(pl.coalesce(f"_{name}", name).alias(name) for name in columns),
        *(pl.coalesce(name, f"_{name}") for name in LINE_COLUMNS),
    ).select(git_commits.columns)
    return with_accounts, github_commits.join(git_commits, on=keys, how="anti")


def apply_stored_names(tables: TableFrames, stored: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return the tables with the names that repositories had when their day was stored.

    A renamed or moved repository keeps its id. Under its new name every event of a stored day would look new.

    Args:
        tables: tables of a day with today's names.
        stored: the REPOSITORIES rows of that day in the store.
    """
    has_id = pl.col("id").is_not_null()
    stored_names = dict(stored.filter(has_id).select("id", "repository").iter_rows())
    current_names = tables[REPOSITORIES.asset].filter(has_id).select("id", "repository").iter_rows()
    stored_by_current = {
        name: stored_names[repository_id]
        for repository_id, name in current_names
        if stored_names.get(repository_id, name) != name
    }
    if not stored_by_current:
        return dict(tables)
    stored_name = pl.col("repository").replace(list(stored_by_current), list(stored_by_current.values()))
    return {asset: frame.with_columns(stored_name) for asset, frame in tables.items()}


def new_repository_rows(tables: TableFrames, stored: pl.DataFrame) -> pl.DataFrame:
    """Return the REPOSITORIES rows of a day swept again that are valid for that day.

    GitHub reports a repository as it is now, not as it was on that day. So a stored row stays, unless the repository
    could not be read then, or not whole. A repository that was not stored is added only if it has an event on that day.
    """
    states = {REPOSITORIES.asset, OPEN_ITEMS.asset}
    names_with_events = {name for asset, frame in tables.items() if asset not in states for name in frame["repository"]}
    is_unreadable = pl.col("status").is_in(["unreadable", "missing", DAMAGED_STATUS])
    readable_names = stored.filter(~is_unreadable)["repository"].to_list()
    unreadable_names = stored.filter(is_unreadable)["repository"].to_list()
    name = pl.col("repository")
    is_new = ~name.is_in(readable_names) & (name.is_in(list(names_with_events)) | name.is_in(unreadable_names))
    return tables[REPOSITORIES.asset].filter((pl.col("source") == "git") | is_new)


def drop_transferred_issues(stored: pl.DataFrame, fresh: pl.DataFrame) -> pl.DataFrame:
    """Return the ISSUES rows of a day swept again, without the issues that are stored under an earlier repository.

    GitHub gives a transferred issue a new number in its new repository and forgets the old one. It keeps the times at
    which the issue was opened, closed and reopened, so without this the issue would count twice.
    """
    issue_columns = ["repository", "number"]
    content_columns = ["event", "at", "opened_at", "author_key"]
    author_key = pl.col("author").struct.field("key").alias("author_key")
    only_stored = stored.join(fresh, on=issue_columns, how="anti").with_columns(author_key)
    only_fresh = fresh.join(stored, on=issue_columns, how="anti").with_columns(author_key)
    # The title may have been changed on the way, but a stored issue with the same title is the one that moved: another
    # of the same author and second is an issue of its own.
    with_title = [*content_columns, "title"]
    moved = only_fresh.join(only_stored, on=with_title, how="semi", nulls_equal=True)
    left_stored = only_stored.join(only_fresh, on=with_title, how="anti", nulls_equal=True)
    left_fresh = only_fresh.join(only_stored, on=with_title, how="anti", nulls_equal=True)
    renamed = left_fresh.join(left_stored, on=content_columns, how="semi", nulls_equal=True)
    return fresh.join(pl.concat([moved, renamed]), on=list(ISSUES.key_columns), how="anti", nulls_equal=True)


def drop_transferred_responses(stored: pl.DataFrame, fresh: pl.DataFrame) -> pl.DataFrame:
    """Return the RESPONSES rows of a day swept again, without those stored under an issue's earlier repository."""
    keys = list(RESPONSES.key_columns)
    content_columns = ["is_pull_request", "at", "kind", "opened_at", "author_key"]
    author_key = pl.col("author").struct.field("key").alias("author_key")
    only_stored = stored.join(fresh, on=keys, how="anti").with_columns(author_key)
    only_fresh = fresh.join(stored, on=keys, how="anti").with_columns(author_key)
    moved = only_fresh.filter(~pl.col("is_pull_request")).join(only_stored, on=content_columns, how="semi")
    return fresh.join(moved, on=keys, how="anti")


def find_missing_repositories(
    stored: pl.DataFrame, current: pl.DataFrame, owners: tuple[str, ...]
) -> MissingRepositories:
    """Return the repositories that GitHub listed before and does not list now.

    Args:
        stored: the latest REPOSITORIES rows in the store.
        current: the REPOSITORIES rows that were read now.
        owners: the organisations and users that were read.
    """
    prefixes = tuple(f"{owner.lower()}/" for owner in owners)
    readable = stored.filter(pl.col("id").is_not_null(), ~pl.col("status").is_in(["unreadable", "missing"]))
    names = {
        repository_id: name
        for repository_id, name in readable.select("id", "repository").iter_rows()
        if name.lower().startswith(prefixes)
    }
    missing_ids = names.keys() - set(current["id"].drop_nulls())
    return MissingRepositories(tuple(sorted(names[repository_id] for repository_id in missing_ids)), len(names))


def is_access_lost(missing_count: int, expected_count: int) -> bool:
    """Return whether so many repositories are missing that a lost permission is likelier than deleted repositories.

    One repository is never a reason to stop, however few there are.
    """
    return missing_count > 1 and missing_count > expected_count * MAX_MISSING_SHARE
