"""Who is new, who is back, who keeps coming: the people of a period against those of earlier ones. Pure.

It credits by name and ranks nobody. Where the unbroken row of earlier periods is too short, nothing is said: on the
first day of a store everybody would be a newcomer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from sparky_assets.metrics.events import GHOST_KEY
from sparky_assets.metrics.trends import ContributorRef
from sparky_assets.periods import Period, PeriodKind

MIN_HISTORY_PERIODS = {PeriodKind.DAILY: 28, PeriodKind.WEEKLY: 8, PeriodKind.MONTHLY: 3}
"""So many earlier periods in a row must have been counted; who was away for as many is back."""


MAX_HISTORY_PERIODS = {PeriodKind.DAILY: 400, PeriodKind.WEEKLY: 104, PeriodKind.MONTHLY: 36}
"""No further back: a streak of a year is long enough, and each period is one file to read."""


MIN_STREAK_PERIODS = 4


@dataclass(frozen=True)
class PeriodContributors:
    """The people of one earlier period: all that did anything, and those with a merged pull request."""

    active_keys: frozenset[str]
    merged_keys: frozenset[str]

    @classmethod
    def from_table(cls, contributors: pl.DataFrame) -> "PeriodContributors":
        """Those of a table of contributors."""
        people = _select_people(contributors)
        merged = people.filter(pl.col("pull_requests_merged") > 0)
        return cls(frozenset(people["key"].to_list()), frozenset(merged["key"].to_list()))


@dataclass(frozen=True)
class ContributorHistory:
    """What looking back tells of the people of a period."""

    since: Period
    first_time: tuple[ContributorRef, ...]
    returning: tuple[ContributorRef, ...]
    streaks: tuple[ContributorRef, ...]
    newcomers_merged: tuple[ContributorRef, ...]


def compare_contributors(
    period: Period, contributors: pl.DataFrame, earlier: Sequence[tuple[Period, PeriodContributors]]
) -> ContributorHistory | None:
    """The people of a period against `earlier` ones, an unbroken row, latest first; None where it is too short."""
    least = MIN_HISTORY_PERIODS[period.kind]
    if len(earlier) < least:
        return None
    present = [one.active_keys for _, one in earlier]
    seen = set().union(*present)
    merged_before = set().union(*(one.merged_keys for _, one in earlier))
    recently = set().union(*present[:least])
    people = {row["key"]: row for row in _select_people(contributors).iter_rows(named=True)}
    merged = {key for key, row in people.items() if row["pull_requests_merged"]}
    streaks = {key: _count_streak(key, present) for key in people}

    def told(keys: set[str]) -> tuple[ContributorRef, ...]:
        return tuple(_to_contributor_ref(people[key]) for key in sorted(keys))

    return ContributorHistory(
        since=earlier[-1][0],
        first_time=told(people.keys() - seen),
        returning=told((people.keys() & seen) - recently),
        streaks=tuple(
            _to_contributor_ref(people[key], length)
            for key, length in sorted(streaks.items())
            if length >= MIN_STREAK_PERIODS
        ),
        newcomers_merged=told(merged - merged_before),
    )


def _select_people(contributors: pl.DataFrame) -> pl.DataFrame:
    return contributors.filter(~pl.col("is_bot"), pl.col("key") != GHOST_KEY)


def _count_streak(key: str, earlier_keys: Sequence[frozenset[str]]) -> int:
    """How many periods in a row, this one counted, latest first."""
    return 1 + next((number for number, keys in enumerate(earlier_keys) if key not in keys), len(earlier_keys))


def _to_contributor_ref(row: dict[str, object], periods: int | None = None) -> ContributorRef:
    return ContributorRef(
        key=str(row["key"]), name=str(row["name"]), login=row["login"] and str(row["login"]), periods=periods
    )
