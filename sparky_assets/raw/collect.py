"""One collection pass: read git and GitHub for a window, then store each day with what arrived late.

A source that fails stops the run or is recorded in the tables, so that an error never looks like a quiet day. How rows
are built and merged belongs to `git_rows.py`, `github/rows.py` and `merge.py`.
"""

import contextlib
import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from resources.errors import OutdatedTableError
from resources.git.log import GitTag
from resources.git.notes.documents import DocumentSearch
from resources.git.releases import TagContents, read_release_contents
from resources.git.repository import GitRepository
from resources.git.sources import GitSources, ReadFailure, RepositoryHistory
from resources.progress import report_progress
from resources.storage import Storage, StoredFile
from sparky_assets.errors import DataError
from sparky_assets.periods import Period, PeriodKind, TimeWindow
from sparky_assets.raw.git_rows import build_git_tables, select_release_tags, to_instant
from sparky_assets.raw.merge import (
    MissingRepositories,
    apply_stored_names,
    drop_found_notes,
    drop_pointers,
    drop_transferred_issues,
    drop_transferred_responses,
    find_missing_repositories,
    is_access_lost,
    merge_late_rows,
    merge_sources,
    new_repository_rows,
    number_days,
    select_day,
)
from sparky_assets.raw.notes.areas import build_area_rows
from sparky_assets.raw.notes.contents import (
    build_breaking_rows,
    build_contents_rows,
    build_landing_rows,
    build_last_release_rows,
)
from sparky_assets.raw.notes.diffs import build_diff_rows, build_repair_rows
from sparky_assets.raw.notes.documented import build_documented_rows
from sparky_assets.raw.notes.releases import build_note_rows
from sparky_assets.raw.people import PersonFactory
from sparky_assets.raw.shared_history import CloneLandings, drop_repeated_history, find_other_landings
from sparky_assets.raw.tables import (
    COMMITS,
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
from sparky_assets.raw.window import read_newest_repositories
from sparky_assets.settings.schema import Settings
from sparky_assets.text.versions import ReleaseTagRule, list_earlier_releases

if TYPE_CHECKING:
    from sparky_assets.raw.github.collect import GitHubTables

MAX_LISTED_FAILURES = 20

MISSING_NOTE = "is not listed by GitHub any more: it was deleted or moved, or the token lost access"


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


@dataclass(frozen=True)
class SourceResult:
    """All rows of a window, what reading them cost, and what to call once they are stored."""

    collected: CollectedTables
    cost: Mapping[str, Any]
    finish: Callable[[], None]


def collect_git(
    sources: GitSources, window: TimeWindow, people: PersonFactory, *, allow_partial: bool
) -> CollectedTables:
    """Read all local repositories for a window.

    Raises:
        DataError: when no repository is configured, or one cannot be read and `allow_partial` is off.
    """
    repositories, open_failures = sources.open_all()
    if not sources.repositories:
        raise DataError("no repository is configured. Name some in [sources.git] repositories.")
    frames: dict[str, list[pl.DataFrame]] = {table.asset: [table.make_empty()] for table in TABLES}
    read_failures = []
    rule = ReleaseTagRule(tuple(sources.release_tags), tuple(sources.ignored_tags))
    clones: list[CloneLandings] = []
    for result in sources.read_all(repositories, window.start, window.end):
        if isinstance(result, ReadFailure):
            read_failures.append(result)
            continue
        clones.append(CloneLandings(result.repository, result.landing_index, {commit.sha for commit in result.commits}))
        for asset, frame in _build_repository_tables(result, people, sources.visibility, rule, window).items():
            frames[asset].append(frame)
    failures = (*open_failures, *read_failures)
    if failures and not (allow_partial and repositories):
        raise DataError("; ".join(f"{failure.name}: {failure.reason}" for failure in failures))
    frames[REPOSITORIES.asset].append(_build_failure_rows(failures, sources.visibility))
    tables = {asset: pl.concat(parts) for asset, parts in frames.items()}
    return CollectedTables(drop_repeated_history(tables, find_other_landings(clones)), failures)


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

    A repository that was read for a day stays read when it disappears later. A stored failure goes when it can be read.
    """
    is_unreadable = pl.col("status") == "unreadable"
    readable_rows = stored_rows.filter(~is_unreadable)
    was_read = pl.col("repository").is_in(readable_rows["repository"].to_list())
    return readable_rows, fresh_rows.filter(~(was_read & is_unreadable))


def _build_repository_tables(
    history: RepositoryHistory, people: PersonFactory, visibility: str, rule: ReleaseTagRule, window: TimeWindow
) -> dict[str, pl.DataFrame]:
    repository = history.repository
    releases = {tag.name: tag for tag in select_release_tags(history.tags, rule)}
    released = {name for name, tag in releases.items() if to_instant(tag.tagged_at) in window}
    contents = dict(_read_contents(repository, releases, released))
    tables = build_git_tables(
        repository.name,
        history.commits,
        history.tags,
        people,
        visibility,
        tag_rule=rule,
        contents=contents,
    )
    search = DocumentSearch(repository, window.end)
    notes = build_note_rows(history.notes, repository.name, visibility, search.find, search.find_guides)
    noted = set(notes.filter(kind="release")["tag"])
    return tables | {
        NOTES.asset: pl.concat(
            [
                notes,
                build_diff_rows(history.diffs, repository.name, visibility),
                build_contents_rows(history.tags, contents, repository.name, visibility),
                build_breaking_rows(history.tags, contents, repository.name, visibility),
                build_landing_rows(history.tags, contents, noted, repository.name, visibility),
                build_last_release_rows(releases.values(), released, repository.name, visibility),
                build_repair_rows(repository, history.commits, visibility),
                build_documented_rows(repository, history.commits, visibility),
                build_area_rows(repository, history.commits, visibility),
            ]
        ),
        REPOSITORIES.asset: _build_repository_row(repository, visibility),
    }


def _read_contents(
    repository: GitRepository, releases: Mapping[str, GitTag], released: Collection[str]
) -> Iterator[tuple[str, TagContents]]:
    """Yield (tag, contents) of the releases of the window, whose names are `released`."""
    for name, tag in releases.items():
        if name in released:
            earlier_tags = [releases[other] for other in list_earlier_releases(name, releases)]
            if contents := read_release_contents(repository, tag, earlier_tags):
                yield name, contents


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
        {
            "repository": failure.name,
            "source": "git",
            "visibility": visibility,
            "status": "unreadable",
            "note": failure.reason,
        }
        for failure in read_failures
    ]
    return pl.DataFrame(rows, schema=dict(REPOSITORIES.columns))


def read_sources(
    settings: Settings, git: GitSources, storage: Storage, window: TimeWindow, *, people: PersonFactory, now: datetime
) -> SourceResult:
    """Collect from git, GitHub or both.

    Raises:
        DataError: when a repository cannot be read, or too many are missing, and `allow_partial` is off.
        ResourceError: when a source cannot be reached at all.
    """
    allow_partial = settings.collection.allow_partial
    if settings.sources.source == "git":
        return SourceResult(collect_git(git, window, people, allow_partial=allow_partial), {}, lambda: None)
    # Imported late: the client and its signatures cost 0.2 s, which a run over git alone does not need.
    from sparky_assets.raw.github.collect import collect_github  # noqa: PLC0415

    github_settings = settings.sources.github
    if not github_settings.owners:
        raise DataError("no organisation is configured. Name one in [sources.github] organisations or users.")
    collected = collect_github(settings, storage, window, people=people, now=now)
    missing = _find_missing(collected, _read_latest_repositories(storage), github_settings.owners)
    failures = dict(collected.problems)
    if is_access_lost(len(missing.names), missing.expected_count):
        failures = {**dict.fromkeys(missing.names, MISSING_NOTE), **failures}
    if failures and not allow_partial:
        collected.discard()
        raise DataError(_format_failures(failures))
    for name in missing.names:
        logging.getLogger("sparky").warning("%s %s. Its earlier days stay.", name, MISSING_NOTE)
    # The open items of a repository that was not read to the end are unknown.
    open_items = collected.tables[OPEN_ITEMS.asset].filter(~pl.col("repository").is_in(list(failures)))
    repositories = _mark_failures(collected.tables[REPOSITORIES.asset], failures)
    repositories = _add_missing(repositories, [name for name in missing.names if name not in failures])
    tables = {**collected.tables, REPOSITORIES.asset: repositories, OPEN_ITEMS.asset: open_items}
    read_failures = tuple(ReadFailure(name, reason) for name, reason in failures.items())
    if settings.sources.source == "both" and git.repositories:
        local = collect_git(git, window, people, allow_partial=allow_partial)
        tables = merge_sources(local.tables, tables)
        # A clone shows its late commits on the day on which they land.
        in_clone = tables[REPOSITORIES.asset].filter(source="both")["repository"]
        is_late = (pl.col("landed_at") < window.start) & pl.col("repository").is_in(in_clone.implode())
        tables[COMMITS.asset] = tables[COMMITS.asset].filter(~is_late)
        read_failures += local.read_failures
    tables = drop_repeated_history(tables)
    cost = collected.describe_cost() | ({"github_missing": ", ".join(missing.names)} if missing.names else {})
    return SourceResult(CollectedTables(tables, read_failures), cost, lambda: collected.finish(storage))


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


def _find_missing(
    github_tables: "GitHubTables", stored_repositories: pl.DataFrame | None, owners: tuple[str, ...]
) -> MissingRepositories:
    if stored_repositories is None:
        return MissingRepositories((), 0)
    return find_missing_repositories(stored_repositories, github_tables.tables[REPOSITORIES.asset], owners)


def _add_missing(repositories: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Add a row for each repository that GitHub does not list any more. The next day does not expect it."""
    rows = [
        {"repository": name, "source": "github", "visibility": "private", "status": "missing", "note": MISSING_NOTE}
        for name in names
    ]
    return pl.concat([repositories, pl.DataFrame(rows, schema=dict(REPOSITORIES.columns))])


def _format_failures(failures: Mapping[str, str]) -> str:
    messages = [f"{name}: {reason}" for name, reason in sorted(failures.items())]
    if len(messages) > MAX_LISTED_FAILURES:
        messages[MAX_LISTED_FAILURES:] = [f"and {len(messages) - MAX_LISTED_FAILURES} more"]
    return (
        f"{'; '.join(messages)}. Check the token's permissions with `sparky doctor`. "
        "To store the days without these repositories, set collection.allow_partial."
    )


def _mark_failures(repositories: pl.DataFrame, failures: Mapping[str, str]) -> pl.DataFrame:
    """Mark the repositories that could not be read; those that were not listed get a row too."""
    listed_names = set(repositories["repository"])
    rows = [
        {"repository": name, "source": "github", "visibility": "private", "status": "unreadable", "note": reason}
        for name, reason in failures.items()
        if name not in listed_names
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


def _read_latest_repositories(storage: Storage) -> pl.DataFrame | None:
    """Return the newest stored list of repositories; None if there is none, or an earlier version wrote it."""
    try:
        return read_newest_repositories(storage)
    except OutdatedTableError:
        return None
