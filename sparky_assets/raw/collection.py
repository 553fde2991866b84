"""One collection pass: read every source for a window, give the raw tables of each day, keep what arrived late."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from resources.git import Repository
from resources.git_sources import GitSources, History, Unreadable
from resources.progress import report
from resources.storage import Storage, Stored
from sparky_assets.errors import DataError
from sparky_assets.periods import Period, Window
from sparky_assets.raw.days import join_late, split_by_day
from sparky_assets.raw.git_history import history_tables
from sparky_assets.raw.joining import news_of_repositories, with_stored_names, without_moved
from sparky_assets.raw.models import ISSUES, OPEN_ITEMS, REPOSITORIES, TABLES, Table
from sparky_assets.raw.people import People


@dataclass(frozen=True)
class StoredDay:
    """One table of one day as it lies in the store now; `added` counts the rows that came to those stored before."""

    frame: pl.DataFrame
    stored: Stored
    added: int = 0


@dataclass(frozen=True)
class Collected:
    """All rows of a window by asset name, and the repositories that could not be read."""

    tables: Mapping[str, pl.DataFrame]
    unreadable: tuple[Unreadable, ...]


def collect(sources: GitSources, window: Window, people: People, *, allow_partial: bool) -> Collected:
    """Read all repositories for a window.

    Raises:
        DataError: when one cannot be read and `allow_partial` is off. An error never looks like a quiet day.
    """
    repositories, unreadable = sources.open_all()
    if not sources.repositories:
        raise DataError("no repository is configured. Name some in [sources.git] repositories.")
    frames: dict[str, list[pl.DataFrame]] = {table.asset: [table.empty()] for table in TABLES}
    broken = []
    for result in sources.read_all(repositories, window.start, window.end):
        if isinstance(result, Unreadable):
            broken.append(result)
            continue
        for asset, frame in _tables_of(result, people, sources.visibility).items():
            frames[asset].append(frame)
    failed = (*unreadable, *broken)
    if failed and not (allow_partial and repositories):
        raise DataError("; ".join(f"{one.name}: {one.reason}" for one in failed))
    frames["repositories"].append(_unreadable_rows(failed, sources.visibility))
    return Collected({asset: pl.concat(parts) for asset, parts in frames.items()}, failed)


def store_days(
    collected: Collected, storage: Storage, days: Sequence[Period], timezone: str, now: datetime
) -> dict[str, dict[str, StoredDay]]:
    """Write each table of each day, joined with what was stored before; gives them by asset and partition key."""
    written: dict[str, dict[str, StoredDay]] = {table.asset: {} for table in TABLES}
    known = {table.asset: set(storage.list_keys(table.path)) for table in TABLES}
    cut = {table.asset: split_by_day(collected.tables[table.asset], table, days, timezone) for table in TABLES}
    for number, day in enumerate(days):
        report("store", number, len(days))
        fresh = {asset: frames[day.key] for asset, frames in cut.items()}
        before = {
            table.asset: storage.read_table(table.path, day.key, table)
            for table in TABLES
            if day.key in known[table.asset]
        }
        for table, frame in _together(before, fresh, now):
            stored = storage.write_table(table.path, day.key, frame, table)
            added = frame.height - before[table.asset].height if table.asset in before else 0
            written[table.asset][day.key] = StoredDay(frame, stored, added)
    report("store", len(days), len(days))
    return written


def _together(
    before: Mapping[str, pl.DataFrame], fresh: Mapping[str, pl.DataFrame], now: datetime
) -> Iterator[tuple[Table, pl.DataFrame]]:
    """What each table of one day holds now, by what was stored of it (nothing: the day is new) and what is read now."""
    stored_then = before.get(REPOSITORIES.asset)
    if stored_then is not None:
        fresh = with_stored_names(fresh, stored_then)
    listed = pl.Series(dtype=pl.String())
    for table in TABLES:
        stored, read = before.get(table.asset), fresh[table.asset]
        if stored is not None and table is REPOSITORIES:
            stored, read = _as_read_best(stored, news_of_repositories(fresh, stored))
        if stored is not None and table is ISSUES:
            read = without_moved(stored, read)
        if table is OPEN_ITEMS:
            read = read.filter(pl.col("repository").is_in(listed.implode()))
        frame = join_late(stored, read, table, now)
        if table is REPOSITORIES:
            listed = frame["repository"]
        yield table, frame


def _as_read_best(before: pl.DataFrame, fresh: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A repository that was read for a day stays read when it is gone later; an old failure goes when it is back."""
    before = before.filter(pl.col("status") != "unreadable")
    known = pl.col("repository").is_in(before["repository"].to_list())
    return before, fresh.filter(~(known & (pl.col("status") == "unreadable")))


def _tables_of(history: History, people: People, visibility: str) -> dict[str, pl.DataFrame]:
    repository = history.repository
    tables = history_tables(repository.name, history.commits, history.tags, people, visibility)
    return tables | {"repositories": _repository_row(repository, visibility)}


def _repository_row(repository: Repository, visibility: str) -> pl.DataFrame:
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


def _unreadable_rows(failed: Sequence[Unreadable], visibility: str) -> pl.DataFrame:
    rows = [
        {"repository": one.name, "source": "git", "visibility": visibility, "status": "unreadable", "note": one.reason}
        for one in failed
    ]
    return pl.DataFrame(rows, schema=dict(REPOSITORIES.columns))
