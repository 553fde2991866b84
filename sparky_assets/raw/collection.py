"""One collection pass: read every source for a window, give the raw tables of each day, keep what arrived late."""

from collections.abc import Mapping, Sequence
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
from sparky_assets.raw.models import REPOSITORIES, TABLES
from sparky_assets.raw.people import People


@dataclass(frozen=True)
class StoredDay:
    """One table of one day as it lies in the store now."""

    frame: pl.DataFrame
    stored: Stored


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
    written: dict[str, dict[str, StoredDay]] = {}
    for number, table in enumerate(TABLES):
        report("store", number, len(TABLES))
        written[table.asset] = {}
        known = set(storage.list_keys(table.path))
        for key, fresh in split_by_day(collected.tables[table.asset], table, days, timezone).items():
            before = storage.read_table(table.path, key, table) if key in known else None
            if before is not None and table is REPOSITORIES:
                frame = join_late(*_as_read_best(before, fresh), table, now)
            else:
                frame = join_late(before, fresh, table, now)
            written[table.asset][key] = StoredDay(frame, storage.write_table(table.path, key, frame, table))
    report("store", len(TABLES), len(TABLES))
    return written


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
