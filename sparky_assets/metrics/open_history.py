"""What is open in which repository: as the sweep listed it, else rebuilt from every stored day up to the end."""

import polars as pl

from resources.storage import Storage
from sparky_assets.audience import Audience
from sparky_assets.metrics.events import ON_GITHUB
from sparky_assets.metrics.open_items import History, complete_repositories, listed_items, open_items
from sparky_assets.periods import Period
from sparky_assets.raw.models import ISSUES, PULL_REQUESTS, REVIEWS
from sparky_assets.raw.window import RawWindow

EVENTS = (PULL_REQUESTS, ISSUES, REVIEWS)
NEEDED = ("repository", "number", "event", "at", "submitted_at", "opened_at", "is_draft", "visibility")
Days = dict[str, History]
"""Days read before in this run, by key, without their texts."""


def known_open_items(
    storage: Storage, period: Period, raw: RawWindow, audience: Audience, days: Days
) -> tuple[pl.DataFrame, list[str], list[str]]:
    """Open items, the repositories that could have any (on GitHub, not archived), and those of which it is known."""
    on_github = raw.repositories.filter(
        pl.col("source").is_in(ON_GITHUB), ~pl.col("is_archived").fill_null(value=False)
    )["repository"].to_list()
    listed = raw.open_items.filter(pl.col("repository").is_in(on_github))
    known = listed["repository"].to_list()
    items = listed_items(listed)
    if rest := sorted(set(on_github) - set(known)):
        history = _history(storage, period, rest, audience, days)
        complete = complete_repositories(history)
        items, known = pl.concat([items, open_items(history, complete)]), [*known, *complete]
    return items, on_github, sorted(known)


def _history(storage: Storage, period: Period, repositories: list[str], audience: Audience, days: Days) -> History:
    """The events of some repositories in the unbroken row of days up to the end of the period."""
    there = set.intersection(*(set(storage.list_keys(table.path)) for table in EVENTS))
    keys: list[str] = []
    day = period.days[-1]
    while day.key in there:
        keys.append(day.key)
        day = day.previous()
    seen = pl.col("repository").is_in(repositories)
    if audience is not Audience.INTERNAL:
        seen &= pl.col("visibility") == audience.value
    found = [NOTHING, *(_read(storage, key, days) for key in reversed(keys))]
    parts = ([getattr(one, table.asset) for one in found] for table in EVENTS)
    return History(*(pl.concat(frames).filter(seen) for frames in parts))


def _read(storage: Storage, key: str, days: Days) -> History:
    if key not in days:
        days[key] = _needed(*(storage.read_table(table.path, key, table) for table in EVENTS))
    return days[key]


def _needed(*tables: pl.DataFrame) -> History:
    return History(*(table.select(name for name in NEEDED if name in table.columns) for table in tables))


NOTHING = _needed(*(table.empty() for table in EVENTS))
