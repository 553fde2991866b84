"""What is open in which repository: as the sweep listed it, else rebuilt from every stored day up to the end."""

import polars as pl

from resources.storage import Storage
from sparky_assets.metrics.events import GITHUB_SOURCES
from sparky_assets.metrics.open_items import (
    EventHistory,
    rebuild_open_items,
    repositories_with_full_history,
    unpack_listed_items,
)
from sparky_assets.periods import Period
from sparky_assets.raw.tables import ISSUES, PULL_REQUESTS, REVIEWS
from sparky_assets.raw.window import RawWindow
from sparky_assets.store import Audience

HISTORY_TABLES = (PULL_REQUESTS, ISSUES, REVIEWS)


HISTORY_COLUMNS = ("repository", "number", "event", "at", "submitted_at", "opened_at", "is_draft", "visibility")


HistoryByDay = dict[str, EventHistory]
"""Days read before in this run, by key, without their texts."""


def load_open_items(
    storage: Storage, period: Period, raw_window: RawWindow, audience: Audience, histories: HistoryByDay
) -> tuple[pl.DataFrame, list[str], list[str]]:
    """Open items, the repositories that could have any (on GitHub, not archived), and those of which it is known."""
    on_github = raw_window.repositories.filter(
        pl.col("source").is_in(GITHUB_SOURCES), ~pl.col("is_archived").fill_null(value=False)
    )["repository"].to_list()
    listed = raw_window.open_items.filter(pl.col("repository").is_in(on_github))
    known = listed["repository"].to_list()
    items = unpack_listed_items(listed)
    if rest := sorted(set(on_github) - set(known)):
        history = _load_history(storage, period, rest, audience, histories)
        complete = repositories_with_full_history(history)
        items, known = pl.concat([items, rebuild_open_items(history, complete)]), [*known, *complete]
    return items, on_github, sorted(known)


def _load_history(
    storage: Storage, period: Period, repositories: list[str], audience: Audience, histories: HistoryByDay
) -> EventHistory:
    """The events of some repositories in the unbroken row of days up to the end of the period."""
    there = set.intersection(*(set(storage.list_keys(table.path)) for table in HISTORY_TABLES))
    keys: list[str] = []
    day = period.days[-1]
    while day.key in there:
        keys.append(day.key)
        day = day.previous()
    seen = pl.col("repository").is_in(repositories)
    if audience is not Audience.INTERNAL:
        seen &= pl.col("visibility") == audience.value
    found = [EMPTY_HISTORY, *(_read_day(storage, key, histories) for key in reversed(keys))]
    parts = ([getattr(one, table.asset) for one in found] for table in HISTORY_TABLES)
    return EventHistory(*(pl.concat(frames).filter(seen) for frames in parts))


def _read_day(storage: Storage, key: str, histories: HistoryByDay) -> EventHistory:
    if key not in histories:
        histories[key] = _to_history(*(storage.read_table(table.path, key, table) for table in HISTORY_TABLES))
    return histories[key]


def _to_history(*tables: pl.DataFrame) -> EventHistory:
    return EventHistory(*(table.select(name for name in HISTORY_COLUMNS if name in table.columns) for table in tables))


EMPTY_HISTORY = _to_history(*(table.make_empty() for table in HISTORY_TABLES))
