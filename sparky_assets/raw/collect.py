"""One collection pass: read every source for a window, give the raw tables of each day, keep what arrived late."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from resources.git.repository import GitRepository
from resources.git.sources import GitSources, ReadFailure, RepositoryHistory
from resources.progress import report_progress
from resources.storage import Storage, StoredFile
from sparky_assets.errors import DataError
from sparky_assets.periods import Period, TimeWindow
from sparky_assets.raw.days import merge_late_rows, split_by_day
from sparky_assets.raw.git_rows import build_git_tables
from sparky_assets.raw.merge import apply_stored_names, drop_transferred_issues, new_repository_rows
from sparky_assets.raw.people import PersonFactory
from sparky_assets.raw.tables import ISSUES, OPEN_ITEMS, REPOSITORIES, TABLES, TableSpec


@dataclass(frozen=True)
class StoredDay:
    """One table of one day as it lies in the store now; `added` counts the rows that came to those stored before."""

    frame: pl.DataFrame
    stored_file: StoredFile
    added_rows: int = 0


@dataclass(frozen=True)
class CollectedTables:
    """All rows of a window by asset name, and the repositories that could not be read."""

    tables: Mapping[str, pl.DataFrame]
    read_failures: tuple[ReadFailure, ...]


def collect_git(
    sources: GitSources, window: TimeWindow, people: PersonFactory, *, allow_partial: bool
) -> CollectedTables:
    """Read all repositories for a window.

    Raises:
        DataError: when one cannot be read and `allow_partial` is off. An error never looks like a quiet day.
    """
    repositories, unreadable = sources.open_all()
    if not sources.repositories:
        raise DataError("no repository is configured. Name some in [sources.git] repositories.")
    frames: dict[str, list[pl.DataFrame]] = {table.asset: [table.make_empty()] for table in TABLES}
    broken = []
    for result in sources.read_all(repositories, window.start, window.end):
        if isinstance(result, ReadFailure):
            broken.append(result)
            continue
        for asset, frame in _build_repository_tables(result, people, sources.visibility).items():
            frames[asset].append(frame)
    failed = (*unreadable, *broken)
    if failed and not (allow_partial and repositories):
        raise DataError("; ".join(f"{one.name}: {one.reason}" for one in failed))
    frames["repositories"].append(_build_failure_rows(failed, sources.visibility))
    return CollectedTables({asset: pl.concat(parts) for asset, parts in frames.items()}, failed)


def store_days(
    collected: CollectedTables, storage: Storage, days: Sequence[Period], timezone: str, seen_at: datetime
) -> dict[str, dict[str, StoredDay]]:
    """Write each table of each day, joined with what was stored before; gives them by asset and partition key."""
    written: dict[str, dict[str, StoredDay]] = {table.asset: {} for table in TABLES}
    known = {table.asset: set(storage.list_keys(table.path)) for table in TABLES}
    cut = {table.asset: split_by_day(collected.tables[table.asset], table, days, timezone) for table in TABLES}
    for number, day in enumerate(days):
        report_progress("store", number, len(days))
        fresh = {asset: frames[day.key] for asset, frames in cut.items()}
        before = {
            table.asset: storage.read_table(table.path, day.key, table)
            for table in TABLES
            if day.key in known[table.asset]
        }
        for table, frame in _merge_stored_tables(before, fresh, seen_at):
            stored = storage.write_table(table.path, day.key, frame, table)
            added = frame.height - before[table.asset].height if table.asset in before else 0
            written[table.asset][day.key] = StoredDay(frame, stored, added)
    report_progress("store", len(days), len(days))
    return written


def _merge_stored_tables(
    stored_tables: Mapping[str, pl.DataFrame], fresh_tables: Mapping[str, pl.DataFrame], seen_at: datetime
) -> Iterator[tuple[TableSpec, pl.DataFrame]]:
    """What each table of one day holds now, by what was stored of it (nothing: the day is new) and what is read now."""
    stored_then = stored_tables.get(REPOSITORIES.asset)
    if stored_then is not None:
        fresh_tables = apply_stored_names(fresh_tables, stored_then)
    listed = pl.Series(dtype=pl.String())
    for table in TABLES:
        stored, read = stored_tables.get(table.asset), fresh_tables[table.asset]
        if stored is not None and table is REPOSITORIES:
            stored, read = _drop_stale_failures(stored, new_repository_rows(fresh_tables, stored))
        if stored is not None and table is ISSUES:
            read = drop_transferred_issues(stored, read)
        if table is OPEN_ITEMS:
            read = read.filter(pl.col("repository").is_in(listed.implode()))
        frame = merge_late_rows(stored, read, table, seen_at)
        if table is REPOSITORIES:
            listed = frame["repository"]
        yield table, frame


def _drop_stale_failures(stored_rows: pl.DataFrame, fresh_rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A repository that was read for a day stays read when it is gone later; an old failure goes when it is back."""
    stored_rows = stored_rows.filter(pl.col("status") != "unreadable")
    known = pl.col("repository").is_in(stored_rows["repository"].to_list())
    return stored_rows, fresh_rows.filter(~(known & (pl.col("status") == "unreadable")))


def _build_repository_tables(
    history: RepositoryHistory, people: PersonFactory, visibility: str
) -> dict[str, pl.DataFrame]:
    repository = history.repository
    tables = build_git_tables(repository.name, history.commits, history.tags, people, visibility)
    return tables | {"repositories": _build_repository_row(repository, visibility)}


def _build_repository_row(repository: GitRepository, visibility: str) -> pl.DataFrame:
    row = {
        "repository": repository.name,
        "url": repository.url,
        "source": "git",
        "visibility": visibility,
        "default_branch": repository.default_branch,
        "status": repository.status,
        "note": repository.note,
    }
    return pl.DataFrame([row], schema=dict(REPOSITORIES.columns))


def _build_failure_rows(read_failures: Sequence[ReadFailure], visibility: str) -> pl.DataFrame:
    rows = [
        {"repository": one.name, "source": "git", "visibility": visibility, "status": "unreadable", "note": one.reason}
        for one in read_failures
    ]
    return pl.DataFrame(rows, schema=dict(REPOSITORIES.columns))
