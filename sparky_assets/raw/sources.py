"""Read every source that the settings name, as one set of tables. An error never looks like a quiet day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from resources.git_sources import GitSources, Unreadable
from resources.storage import Storage
from sparky_assets.errors import DataError
from sparky_assets.periods import Period, PeriodKind, Window
from sparky_assets.raw.collection import Collected, collect
from sparky_assets.raw.joining import joined, vanished
from sparky_assets.raw.models import OPEN_ITEMS, REPOSITORIES
from sparky_assets.raw.people import People
from sparky_assets.settings import Settings

if TYPE_CHECKING:
    from sparky_assets.raw.github_collection import GitHubTables

MOST_NAMED = 20


@dataclass(frozen=True)
class Read:
    """All rows of a window, what reading them cost, and what to do once they are stored."""

    collected: Collected
    cost: Mapping[str, Any]
    settle: Callable[[], None]


def read_sources(
    settings: Settings, git: GitSources, storage: Storage, window: Window, *, people: People, now: datetime
) -> Read:
    """Collect from git, GitHub or both.

    Raises:
        DataError: when a repository cannot be read, or too many are gone, and `allow_partial` is off.
        ResourceError: when a source cannot be reached at all.
    """
    allow_partial = settings.collection.allow_partial
    if settings.sources.source == "git":
        return Read(collect(git, window, people, allow_partial=allow_partial), {}, lambda: None)
    # Imported here: the client and its signatures cost 0.2 s, which a run over git alone need not wait for.
    from sparky_assets.raw.github_collection import collect_github  # noqa: PLC0415

    github_settings = settings.sources.github
    if not github_settings.owners:
        raise DataError("no organisation is configured. Name one in [sources.github] organisations or users.")
    found = collect_github(settings, storage, window, people=people, now=now)
    failed = _failed(found, _latest_repositories(storage), github_settings.owners)
    if failed and not allow_partial:
        raise DataError(_refusal(failed))
    # Of a repository that was not read to the end nobody knows what is open.
    known = found.tables[OPEN_ITEMS.asset].filter(~pl.col("repository").is_in(list(failed)))
    repositories = _marked(found.tables[REPOSITORIES.asset], failed)
    tables = {**found.tables, REPOSITORIES.asset: repositories, OPEN_ITEMS.asset: known}
    unreadable = tuple(Unreadable(name, reason) for name, reason in failed.items())
    if settings.sources.source == "both" and git.repositories:
        local = collect(git, window, people, allow_partial=allow_partial)
        tables = joined(local.tables, tables)
        unreadable += local.unreadable
    usage = found.usage
    cost = {
        "github_requests": usage.requests,
        "github_points": usage.points,
        "github_waited_seconds": usage.waited_seconds,
        # An Enterprise Server may set no limit, and then tells none.
        **({} if usage.remaining is None else {"github_points_left": usage.remaining}),
    }
    return Read(Collected(tables, unreadable), cost, lambda: found.settle(storage))


def days_to_sweep(days: Sequence[Period], stored: Sequence[str], newest: Period, count: int) -> tuple[Period, ...]:
    """The days of a run, with the `count` before them where they end with the newest closed day and are stored already.

    A commit may land days after its date. A backfill of long past days has nothing late to find.
    """
    if days[-1] != newest:
        return tuple(days)
    keys = set(stored)
    first: date = days[0].start
    earlier = [Period(PeriodKind.DAILY, first - timedelta(days=number)) for number in range(1, count + 1)]
    kept = []
    for day in earlier:
        if day.key not in keys:
            break  # days are read as one window: a gap ends it
        kept.append(day)
    return (*reversed(kept), *days)


def _failed(found: "GitHubTables", before: pl.DataFrame | None, owners: tuple[str, ...]) -> dict[str, str]:
    failed = dict(found.problems)
    if before is not None:
        for name in vanished(before, found.tables[REPOSITORIES.asset], owners):
            failed.setdefault(name, "was shown before and is not any more")
    return failed


def _refusal(failed: Mapping[str, str]) -> str:
    named = [f"{name}: {reason}" for name, reason in sorted(failed.items())]
    more = f"; and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    return (
        "; ".join(named[:MOST_NAMED])
        + more
        + ". Check the token's permissions with `sparky doctor`; to store the days "
        "without them, set collection.allow_partial."
    )


def _marked(repositories: pl.DataFrame, failed: Mapping[str, str]) -> pl.DataFrame:
    """The repositories with those that could not be read marked, also those that were not even listed."""
    known = set(repositories["repository"])
    rows = [
        {"repository": name, "source": "github", "visibility": "private", "status": "unreadable", "note": reason}
        for name, reason in failed.items()
        if name not in known
    ]
    is_failed = pl.col("repository").is_in(list(failed))
    note = pl.col("repository").replace_strict(
        list(failed), list(failed.values()), default=None, return_dtype=pl.String
    )
    marked = repositories.with_columns(
        pl.when(is_failed).then(pl.lit("unreadable")).otherwise(pl.col("status")).alias("status"),
        pl.when(is_failed).then(note).otherwise(pl.col("note")).alias("note"),
    )
    return pl.concat([marked, pl.DataFrame(rows, schema=dict(REPOSITORIES.columns))])


def _latest_repositories(storage: Storage) -> pl.DataFrame | None:
    keys = storage.list_keys(REPOSITORIES.path)
    return storage.read_table(REPOSITORIES.path, keys[-1], REPOSITORIES) if keys else None
