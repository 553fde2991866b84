"""Who is new, who is back, who keeps coming: the people of a period against those of earlier ones. Pure.

It credits by name and ranks nobody. Where the unbroken row of earlier periods is too short, nothing is said: on the
first day of a store everybody would be a newcomer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from sparky_assets.metrics.events import NOBODY
from sparky_assets.metrics.trends import PersonSeen
from sparky_assets.periods import Period, PeriodKind

LEAST_HISTORY = {PeriodKind.DAILY: 28, PeriodKind.WEEKLY: 8, PeriodKind.MONTHLY: 3}
"""So many earlier periods in a row must have been counted; who was away for as many is back."""
LOOKED_AT = {PeriodKind.DAILY: 400, PeriodKind.WEEKLY: 104, PeriodKind.MONTHLY: 36}
"""No further back: a streak of a year is long enough, and each period is one file to read."""
LEAST_STREAK = 4


@dataclass(frozen=True)
class Present:
    """The people of one earlier period: all that did anything, and those with a merged pull request."""

    everybody: frozenset[str]
    merged: frozenset[str]

    @classmethod
    def of(cls, contributors: pl.DataFrame) -> "Present":
        """Those of a table of contributors."""
        people = _people(contributors)
        merged = people.filter(pl.col("pull_requests_merged") > 0)
        return cls(frozenset(people["key"].to_list()), frozenset(merged["key"].to_list()))


@dataclass(frozen=True)
class Acquaintance:
    """What looking back tells of the people of a period."""

    since: Period
    first_time: tuple[PersonSeen, ...]
    returning: tuple[PersonSeen, ...]
    streaks: tuple[PersonSeen, ...]
    newcomers_merged: tuple[PersonSeen, ...]


def get_acquainted(
    period: Period, contributors: pl.DataFrame, earlier: Sequence[tuple[Period, Present]]
) -> Acquaintance | None:
    """The people of a period against `earlier` ones, an unbroken row, latest first; None where it is too short."""
    least = LEAST_HISTORY[period.kind]
    if len(earlier) < least:
        return None
    present = [one.everybody for _, one in earlier]
    seen = set().union(*present)
    merged_before = set().union(*(one.merged for _, one in earlier))
    recently = set().union(*present[:least])
    people = {row["key"]: row for row in _people(contributors).iter_rows(named=True)}
    merged = {key for key, row in people.items() if row["pull_requests_merged"]}
    streaks = {key: _streak(key, present) for key in people}

    def told(keys: set[str]) -> tuple[PersonSeen, ...]:
        return tuple(_person(people[key]) for key in sorted(keys))

    return Acquaintance(
        since=earlier[-1][0],
        first_time=told(people.keys() - seen),
        returning=told((people.keys() & seen) - recently),
        streaks=tuple(
            _person(people[key], length) for key, length in sorted(streaks.items()) if length >= LEAST_STREAK
        ),
        newcomers_merged=told(merged - merged_before),
    )


def _people(table: pl.DataFrame) -> pl.DataFrame:
    return table.filter(~pl.col("is_bot"), pl.col("key") != NOBODY)


def _streak(key: str, present: Sequence[frozenset[str]]) -> int:
    """How many periods in a row, this one counted, latest first."""
    return 1 + next((number for number, keys in enumerate(present) if key not in keys), len(present))


def _person(row: dict[str, object], periods: int | None = None) -> PersonSeen:
    return PersonSeen(
        key=str(row["key"]), name=str(row["name"]), login=row["login"] and str(row["login"]), periods=periods
    )
