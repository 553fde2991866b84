"""Read every source that the settings name, as one set of tables. An error never looks like a quiet day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from resources.git.sources import GitSources, ReadFailure
from resources.storage import Storage
from sparky_assets.errors import DataError
from sparky_assets.periods import Period, PeriodKind, TimeWindow
from sparky_assets.raw.collect import CollectedTables, collect_git
from sparky_assets.raw.merge import find_missing_repositories, merge_sources
from sparky_assets.raw.people import PersonFactory
from sparky_assets.raw.tables import OPEN_ITEMS, REPOSITORIES
from sparky_assets.settings.schema import Settings

if TYPE_CHECKING:
    from sparky_assets.raw.github.collect import GitHubTables


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
