"""One collection pass: read every source for a window, give the raw tables of each day, keep what arrived late.

Read every source that the settings name, as one set of tables. An error never looks like a quiet day.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from resources.git.repository import GitRepository
from resources.git.sources import GitSources, ReadFailure, RepositoryHistory
from resources.runtime import report_progress
from resources.storage import Storage, StoredFile
from sparky_assets.errors import DataError
from sparky_assets.periods import Period, PeriodKind, TimeWindow
from sparky_assets.raw.git_rows import build_git_tables
from sparky_assets.raw.merge import (
    apply_stored_names,
    drop_transferred_issues,
    find_missing_repositories,
    merge_late_rows,
    merge_sources,
    new_repository_rows,
    split_by_day,
)
from sparky_assets.raw.people import PersonFactory
from sparky_assets.raw.tables import ISSUES, OPEN_ITEMS, REPOSITORIES, TABLES, TableSpec
from sparky_assets.settings.schema import Settings

if TYPE_CHECKING:
    from sparky_assets.raw.github.collect import GitHubTables


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


MAX_LISTED_FAILURES = 20


@dataclass(frozen=True)
class SourceResult:
    """All rows of a window, what reading them cost, and what to do once they are stored."""

    collected: CollectedTables
    cost: Mapping[str, Any]
    finish: Callable[[], None]


def read_sources(
    settings: Settings, git: GitSources, storage: Storage, window: TimeWindow, *, people: PersonFactory, now: datetime
) -> SourceResult:
    """Collect from git, GitHub or both.

    Raises:
        DataError: when a repository cannot be read, or too many are gone, and `allow_partial` is off.
        ResourceError: when a source cannot be reached at all.
    """
    allow_partial = settings.collection.allow_partial
    if settings.sources.source == "git":
        return SourceResult(collect_git(git, window, people, allow_partial=allow_partial), {}, lambda: None)
    # Imported here: the client and its signatures cost 0.2 s, which a run over git alone need not wait for.
    from sparky_assets.raw.github.collect import collect_github  # noqa: PLC0415

    github_settings = settings.sources.github
    if not github_settings.owners:
        raise DataError("no organisation is configured. Name one in [sources.github] organisations or users.")
    found = collect_github(settings, storage, window, people=people, now=now)
    failed = _find_failures(found, _load_latest_repositories(storage), github_settings.owners)
    if failed and not allow_partial:
        raise DataError(_format_failures(failed))
    # Of a repository that was not read to the end nobody knows what is open.
    known = found.tables[OPEN_ITEMS.asset].filter(~pl.col("repository").is_in(list(failed)))
    repositories = _mark_failures(found.tables[REPOSITORIES.asset], failed)
    tables = {**found.tables, REPOSITORIES.asset: repositories, OPEN_ITEMS.asset: known}
    unreadable = tuple(ReadFailure(name, reason) for name, reason in failed.items())
    if settings.sources.source == "both" and git.repositories:
        local = collect_git(git, window, people, allow_partial=allow_partial)
        tables = merge_sources(local.tables, tables)
        unreadable += local.read_failures
    usage = found.usage
    cost = {
        "github_requests": usage.requests,
        "github_points": usage.points,
        "github_waited_seconds": usage.waited_seconds,
        # An Enterprise Server may set no limit, and then tells none.
        **({} if usage.remaining is None else {"github_points_left": usage.remaining}),
    }
    return SourceResult(CollectedTables(tables, unreadable), cost, lambda: found.finish(storage))


def select_days_to_sweep(
    days: Sequence[Period], stored_keys: Sequence[str], newest_closed_day: Period, lookback_days: int
) -> tuple[Period, ...]:
    """The days of a run, with the `count` before them where they end with the newest closed day and are stored already.

    A commit may land days after its date. A backfill of long past days has nothing late to find.
    """
    if days[-1] != newest_closed_day:
        return tuple(days)
    keys = set(stored_keys)
    first: date = days[0].start
    earlier = [Period(PeriodKind.DAILY, first - timedelta(days=number)) for number in range(1, lookback_days + 1)]
    kept = []
    for day in earlier:
        if day.key not in keys:
            break  # days are read as one window: a gap ends it
        kept.append(day)
    return (*reversed(kept), *days)


def _find_failures(
    github_tables: "GitHubTables", stored_repositories: pl.DataFrame | None, owners: tuple[str, ...]
) -> dict[str, str]:
    failed = dict(github_tables.problems)
    if stored_repositories is not None:
        for name in find_missing_repositories(stored_repositories, github_tables.tables[REPOSITORIES.asset], owners):
            failed.setdefault(name, "was shown before and is not any more")
    return failed


def _format_failures(failures: Mapping[str, str]) -> str:
    named = [f"{name}: {reason}" for name, reason in sorted(failures.items())]
    more = f"; and {len(named) - MAX_LISTED_FAILURES} more" if len(named) > MAX_LISTED_FAILURES else ""
    return (
        "; ".join(named[:MAX_LISTED_FAILURES])
        + more
        + ". Check the token's permissions with `sparky doctor`; to store the days "
        "without them, set collection.allow_partial."
    )


def _mark_failures(repositories: pl.DataFrame, failures: Mapping[str, str]) -> pl.DataFrame:
    """The repositories with those that could not be read marked, also those that were not even listed."""
    known = set(repositories["repository"])
    rows = [
        {"repository": name, "source": "github", "visibility": "private", "status": "unreadable", "note": reason}
        for name, reason in failures.items()
        if name not in known
    ]
    is_failed = pl.col("repository").is_in(list(failures))
    note = pl.col("repository").replace_strict(
        list(failures), list(failures.values()), default=None, return_dtype=pl.String
    )
    marked = repositories.with_columns(
        pl.when(is_failed).then(pl.lit("unreadable")).otherwise(pl.col("status")).alias("status"),
        pl.when(is_failed).then(note).otherwise(pl.col("note")).alias("note"),
    )
    return pl.concat([marked, pl.DataFrame(rows, schema=dict(REPOSITORIES.columns))])


def _load_latest_repositories(storage: Storage) -> pl.DataFrame | None:
    keys = storage.list_keys(REPOSITORIES.path)
    return storage.read_table(REPOSITORIES.path, keys[-1], REPOSITORIES) if keys else None
