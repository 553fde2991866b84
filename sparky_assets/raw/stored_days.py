"""Store the days of a window: merge each with what is stored, write it, and find stored days to read again.

How rows are merged belongs to `merge.py`.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from resources.errors import OutdatedTableError
from resources.git.sources import ReadFailure
from resources.progress import report_progress
from resources.storage import Storage, StoredFile
from sparky_assets.periods import Period, PeriodKind, TimeWindow
from sparky_assets.raw.merge import (
    apply_stored_names,
    drop_found_notes,
    drop_pointers,
    drop_transferred_issues,
    drop_transferred_responses,
    merge_late_rows,
    new_repository_rows,
    number_days,
    select_day,
)
from sparky_assets.raw.tables import (
    COMMITS,
    DAMAGED_STATUS,
    ISSUES,
    NOTES,
    NOTES_MISSING,
    OPEN_ITEMS,
    PULL_REQUESTS,
    REPOSITORIES,
    RESPONSES,
    TABLES,
    TableSpec,
)
from sparky_assets.settings.schema import Settings


@dataclass(frozen=True)
class StoredDay:
    """One table of one day as it is stored now. `added_rows` counts the rows added to a day that was stored before."""

    frame: pl.DataFrame
    stored_file: StoredFile
    added_rows: int = 0


@dataclass(frozen=True)
class CollectedTables:
    """All rows of a window by asset name, and the repositories that could not be read."""

    tables: Mapping[str, pl.DataFrame]
    read_failures: tuple[ReadFailure, ...]


def store_days(
    collected: CollectedTables, storage: Storage, days: Sequence[Period], timezone: str, seen_at: datetime
) -> dict[str, dict[str, StoredDay]]:
    """Merge each table of each day with what is stored, write it, and return the stored days.

    Args and errors are those of `iterate_stored_days`, which holds one day at a time.

    Returns:
        The stored days by asset name and partition key.
    """
    stored_days: dict[str, dict[str, StoredDay]] = {table.asset: {} for table in TABLES}
    for table, key, stored_day in iterate_stored_days(collected, storage, days, timezone, seen_at):
        stored_days[table.asset][key] = stored_day
    return stored_days


def iterate_stored_days(
    collected: CollectedTables, storage: Storage, days: Sequence[Period], timezone: str, seen_at: datetime
) -> Iterator[tuple[TableSpec, str, StoredDay]]:
    """Merge each table of each day with what is stored, write it, and yield it with its partition key.

    Args:
        collected: all rows of a window.
        storage: the store.
        days: the days of the window, consecutive and in order.
        timezone: the timezone in which the days begin.
        seen_at: the value of `first_seen_at` in rows that are added to a stored day.

    Yields:
        Table, partition key and stored day; at the end the earlier days to which late commits were added.
    """
    stored_keys = {table.asset: set(storage.list_keys(table.path)) for table in TABLES}
    # The rows of a day are selected when its turn comes: a month of 3,000 repositories is held once.
    numbers = {table.asset: number_days(collected.tables[table.asset], table, days, timezone) for table in TABLES}
    for number, day in enumerate(days):
        report_progress("store", number, len(days))
        fresh = {
            table.asset: select_day(collected.tables[table.asset], table, numbers[table.asset], number)
            for table in TABLES
        }
        stored = _read_stored_day(storage, [table for table in TABLES if day.key in stored_keys[table.asset]], day.key)
        for table, frame in _merge_stored_tables(stored, fresh, seen_at):
            stored_file = storage.write_table(table.path, day.key, frame, table)
            added_rows = frame.height - stored[table.asset].height if table.asset in stored else 0
            yield table, day.key, StoredDay(frame, stored_file, added_rows)
    for key, stored_day in _store_late_commits(collected, storage, days[0].window(timezone), seen_at).items():
        yield COMMITS, key, stored_day
    report_progress("store", len(days), len(days))


def _store_late_commits(
    collected: CollectedTables, storage: Storage, first_day: TimeWindow, seen_at: datetime
) -> dict[str, StoredDay]:
    """Add the commits that landed before the first day to their days, where these are stored, and return the days.

    These are commits that were pushed days after their date: a daily run finds them though it reads one day.
    """
    late_commits = collected.tables[COMMITS.asset].filter(pl.col("landed_at") < first_day.start)
    local_date = pl.col("landed_at").dt.convert_time_zone(first_day.timezone).dt.date()
    stored_days = {}
    for (landed_on,), commits in late_commits.group_by(local_date.alias("landed_on")):
        key = str(landed_on)
        if not storage.has(COMMITS.path, key, "parquet") or not storage.has(REPOSITORIES.path, key, "parquet"):
            continue
        stored = _read_stored_day(storage, [REPOSITORIES, COMMITS], key)
        if len(stored) < 2:
            continue  # of an earlier version of Sparky: it is made again as a whole
        fresh = apply_stored_names({**collected.tables, COMMITS.asset: commits}, stored[REPOSITORIES.asset])
        frame = merge_late_rows(stored[COMMITS.asset], fresh[COMMITS.asset], COMMITS, seen_at)
        added_rows = frame.height - stored[COMMITS.asset].height
        if added_rows:
            stored_file = storage.write_table(COMMITS.path, key, frame, COMMITS)
            stored_days[key] = StoredDay(frame, stored_file, added_rows)
    return stored_days


def _read_stored_day(storage: Storage, tables: Sequence[TableSpec], key: str) -> dict[str, pl.DataFrame]:
    """Read the stored tables of a day. A table of another version of Sparky is made again as a whole.

    So are the pull requests that the commits of such a day named.
    """
    stored = {}
    for table in tables:
        with contextlib.suppress(OutdatedTableError):
            stored[table.asset] = storage.read_table(table.path, key, table)
    pull_requests = stored.get(PULL_REQUESTS.asset)
    if pull_requests is not None and COMMITS in tables and COMMITS.asset not in stored:
        stored[PULL_REQUESTS.asset] = pull_requests.filter(~pl.col("is_derived"))
    return stored


def _merge_stored_tables(
    stored_tables: Mapping[str, pl.DataFrame], fresh_tables: Mapping[str, pl.DataFrame], seen_at: datetime
) -> Iterator[tuple[TableSpec, pl.DataFrame]]:
    """Yield each table of one day, merged from the stored tables (empty for a new day) and the fresh ones."""
    stored_repositories = stored_tables.get(REPOSITORIES.asset)
    if stored_repositories is not None:
        fresh_tables = apply_stored_names(fresh_tables, stored_repositories)
    repository_names = pl.Series(dtype=pl.String())
    for table in TABLES:
        stored = stored_tables.get(table.asset)
        fresh = fresh_tables[table.asset]
        if stored is not None and table is REPOSITORIES:
            stored = drop_found_notes(stored, fresh)
            stored, fresh = _drop_stale_failures(stored, new_repository_rows(fresh_tables, stored))
        if stored is not None and table is NOTES:
            stored = drop_pointers(stored, fresh)
        if stored is not None and table is ISSUES:
            fresh = drop_transferred_issues(stored, fresh)
        if stored is not None and table is RESPONSES:
            fresh = drop_transferred_responses(stored, fresh)
        if table is OPEN_ITEMS:
            fresh = fresh.filter(pl.col("repository").is_in(repository_names.implode()))
        frame = merge_late_rows(stored, fresh, table, seen_at)
        if table is REPOSITORIES:
            repository_names = frame["repository"]
        yield table, frame


def _drop_stale_failures(stored_rows: pl.DataFrame, fresh_rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Drop stored failures, and fresh failures of repositories that are stored as read.

    A repository that was read for a day stays read when it disappears later, or when its clone loses objects. A stored
    failure goes when it can be read.
    """
    is_unreadable, is_damaged = pl.col("status") == "unreadable", pl.col("status") == DAMAGED_STATUS
    readable_rows = stored_rows.filter(~is_unreadable)
    was_read = pl.col("repository").is_in(readable_rows["repository"].to_list())
    was_whole = pl.col("repository").is_in(readable_rows.filter(~is_damaged)["repository"].to_list())
    return readable_rows, fresh_rows.filter(~(was_read & is_unreadable), ~(was_whole & is_damaged))


def find_lookback_days(settings: Settings, storage: Storage, days: Sequence[Period], now: datetime) -> int:
    """Return how many stored days before a run are read again at most.

    None of them where the heads of an earlier sweep are known, because late commits are found from there; but days of
    which a repository or its notes could not be read, and those of an earlier version of Sparky, are read again.
    """
    if settings.sources.source == "git":
        return 0
    from sparky_assets.raw.github.collect import load_known_heads  # noqa: PLC0415

    timezone = settings.organisation.timezone
    window = TimeWindow(days[0].window(timezone).start, days[-1].window(timezone).end, timezone)
    lookback_days = settings.sources.github.lookback_days
    if load_known_heads(storage, window, now) is None:
        return lookback_days
    for number in range(lookback_days, 0, -1):
        key = (days[0].start - timedelta(days=number)).isoformat()
        if storage.has(REPOSITORIES.path, key, "parquet") and _must_read_again(storage, key):
            return number
    return 0


def _must_read_again(storage: Storage, key: str) -> bool:
    """Return whether a stored day lacks a repository of GitHub or its notes, or is of an earlier version of Sparky."""
    try:
        repositories = storage.read_table(REPOSITORIES.path, key, REPOSITORIES)
    except OutdatedTableError:
        return True
    is_unread = (pl.col("status") == "unreadable") | pl.col("note").str.starts_with(NOTES_MISSING)
    return not repositories.filter(is_unread, pl.col("source") != "git").is_empty()


def select_days_to_sweep(
    days: Sequence[Period], stored_keys: Sequence[str], newest_closed_day: Period, lookback_days: int
) -> tuple[Period, ...]:
    """Return the days of a run, preceded by stored days if they end with the newest closed day.

    GitHub may show an event late. A backfill of days long past finds nothing late. A clone shows all at once: what
    reaches its default branch later lands on a later day.

    Args:
        days: the requested days in order.
        stored_keys: partition keys of the days in the store.
        newest_closed_day: the latest day that is over.
        lookback_days: how many days before the run are read again at most.
    """
    if days[-1] != newest_closed_day:
        return tuple(days)
    keys = set(stored_keys)
    first: date = days[0].start
    earlier_days: list[Period] = []
    for number in range(1, lookback_days + 1):
        day = Period(PeriodKind.DAILY, first - timedelta(days=number))
        if day.key not in keys:
            break  # days are read as one window, so a gap ends it
        earlier_days.append(day)
    return (*reversed(earlier_days), *days)
