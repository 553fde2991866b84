"""Lookback: compare a period with earlier periods in the store, and find first-time and returning contributors.

Contributors are credited by name, never ranked. If too few consecutive earlier periods are stored, the result is empty:
on the first day of a store everyone would be a newcomer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from resources.storage import Storage
from sparky_assets.metrics.catalog import to_fact
from sparky_assets.metrics.compute import PeriodMetrics
from sparky_assets.metrics.flow import Measurement
from sparky_assets.metrics.models import CONTRIBUTOR_TABLE, SCOPE_ALL, Fact, Metrics, MissingMetric
from sparky_assets.metrics.open_items import (
    HistoryByDay,
    find_missing_open_metrics,
    load_open_items,
    measure_open_items,
)
from sparky_assets.metrics.trends import (
    ContributorRef,
    Lookback,
    comparable_periods,
    compare_metrics,
    compare_repositories,
    find_lost_repositories,
)
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.raw.people import GHOST_KEY
from sparky_assets.raw.window import RawWindow
from sparky_assets.store import Audience, metrics_path

MIN_HISTORY_PERIODS = {PeriodKind.DAILY: 28, PeriodKind.WEEKLY: 8, PeriodKind.MONTHLY: 3}
"""Consecutive earlier periods that must be stored. A person who was inactive in as many of them is returning."""

MAX_HISTORY_PERIODS = {PeriodKind.DAILY: 400, PeriodKind.WEEKLY: 104, PeriodKind.MONTHLY: 36}
"""Limit of the lookback: a streak of a year is long enough, and each period is one file to read."""

MIN_STREAK_PERIODS = 4

PEOPLE_METRICS = ("returning_contributors", "newcomers_merged", "people_on_a_streak")

UNKNOWN_FIRST_REASON = "unknown: the whole history of every repository with commits was not at hand"

SHORT_HISTORY_REASON = "unknown: too few earlier periods in a row were counted"


@dataclass(frozen=True)
class PeriodContributors:
    """The people of one earlier period: everyone who was active, and those with a merged pull request."""

    active_keys: frozenset[str]
    merged_keys: frozenset[str]

    @classmethod
    def from_table(cls, contributors: pl.DataFrame) -> "PeriodContributors":
        """Return the people of a CONTRIBUTOR_TABLE, without bots."""
        people = _select_people(contributors)
        merged = people.filter(pl.col("pull_requests_merged") > 0)
        return cls(frozenset(people["key"].to_list()), frozenset(merged["key"].to_list()))


@dataclass(frozen=True)
class ContributorHistory:
    """The people of a period compared with earlier periods."""

    since: Period
    returning: tuple[ContributorRef, ...]
    streaks: tuple[ContributorRef, ...]
    newcomers_merged: tuple[ContributorRef, ...]


@dataclass
class LookbackCache:
    """What a run over many periods keeps: contributors by audience and period, and events by day, that it has read.

    Without the cache each day of a range reads 400 tables again, which made a year's backfill quadratic.
    """

    contributors: dict[Audience, dict[Period, PeriodContributors]] = field(default_factory=dict)
    histories: HistoryByDay = field(default_factory=dict)
    recounted_commits: dict[Audience, int] = field(default_factory=dict)
    """The most commits of a window that the run counted twice."""


def compare_contributors(
    period: Period, contributors: pl.DataFrame, earlier: Sequence[tuple[Period, PeriodContributors]]
) -> ContributorHistory | None:
    """Compare the people of a period with those of earlier periods.

    Returns:
        The comparison, or None if there are fewer earlier periods than `MIN_HISTORY_PERIODS`.

    Args:
        period: the period to describe.
        contributors: CONTRIBUTOR_TABLE of the period.
        earlier: consecutive earlier periods, latest first.
    """
    min_periods = MIN_HISTORY_PERIODS[period.kind]
    if len(earlier) < min_periods:
        return None
    active_by_period = [people.active_keys for _, people in earlier]
    active_before = set().union(*active_by_period)
    merged_before = set().union(*(people.merged_keys for _, people in earlier))
    recently_active = set().union(*active_by_period[:min_periods])
    people = {row["key"]: row for row in _select_people(contributors).iter_rows(named=True)}
    merged = {key for key, row in people.items() if row["pull_requests_merged"]}
    streaks = {key: _count_streak(key, active_by_period) for key in people}

    def build_refs(keys: set[str]) -> tuple[ContributorRef, ...]:
        return tuple(_to_contributor_ref(people[key]) for key in sorted(keys))

    return ContributorHistory(
        since=earlier[-1][0],
        returning=build_refs((people.keys() & active_before) - recently_active),
        streaks=tuple(
            _to_contributor_ref(people[key], length)
            for key, length in sorted(streaks.items())
            if length >= MIN_STREAK_PERIODS
        ),
        newcomers_merged=build_refs(merged - merged_before),
    )


def _select_people(contributors: pl.DataFrame) -> pl.DataFrame:
    return contributors.filter(~pl.col("is_bot"), pl.col("key") != GHOST_KEY)


def _count_streak(key: str, earlier_keys: Sequence[frozenset[str]]) -> int:
    """Return the number of consecutive active periods up to and including this one."""
    return 1 + next((number for number, keys in enumerate(earlier_keys) if key not in keys), len(earlier_keys))


def _to_contributor_ref(row: dict[str, object], periods: int | None = None) -> ContributorRef:
    return ContributorRef(
        key=str(row["key"]), name=str(row["name"]), login=row["login"] and str(row["login"]), periods=periods
    )


def build_lookback(
    storage: Storage,
    computed: PeriodMetrics,
    raw_window: RawWindow,
    cache: LookbackCache | None = None,
    audience: Audience = Audience.INTERNAL,
) -> Lookback:
    """Return the part of a period's metrics that depends on earlier periods, as far as the store has them."""
    cache = cache or LookbackCache()
    metrics = computed.metrics
    period = metrics.period
    name = metrics_path(period.kind, audience)
    counted = {
        counted_period: _load_metrics(storage, name, counted_period)
        for counted_period in _list_counted_periods(storage, name, period)
    }
    # A period with missing days is not compared: its low numbers show missing data, not less work.
    earlier = (
        {}
        if metrics.missing_days
        else {earlier_period: past for earlier_period, past in counted.items() if not past.missing_days}
    )
    cached_contributors = cache.contributors.setdefault(audience, {})
    earlier_contributors = list(_load_contributors(storage, name, period, cached_contributors))
    history = compare_contributors(period, computed.contributors, earlier_contributors)
    first_time = find_first_contributors(raw_window, computed.contributors)
    items, github_repositories, known_repositories = load_open_items(
        storage, period, raw_window, audience, cache.histories
    )
    measured = [
        *_measure_people(history, first_time),
        *measure_open_items(items, github_repositories, known_repositories, metrics.window.end),
    ]
    absent = [*find_missing_open_metrics(github_repositories, known_repositories)]
    if history is None:
        absent.append(MissingMetric(metrics=PEOPLE_METRICS, scope=SCOPE_ALL, reason=SHORT_HISTORY_REASON))
    if first_time is None:
        first_metrics = ("first_time_contributors",)
        absent.append(MissingMetric(metrics=first_metrics, scope=SCOPE_ALL, reason=UNKNOWN_FIRST_REASON))
    facts = tuple(sorted((to_fact(measurement) for measurement in measured), key=lambda fact: fact.key))
    return Lookback(
        period=period,
        previous=period.previous() if period.previous() in earlier else None,
        trends=compare_metrics(_add_facts(metrics, facts), earlier),
        repository_trends=compare_repositories(metrics, earlier),
        lost=find_lost_repositories(metrics, counted.get(period.previous())),
        facts=facts,
        absent=tuple(absent),
        seen_since=history and history.since,
        first_time=first_time or (),
        returning=history.returning if history else (),
        streaks=history.streaks if history else (),
        newcomers_merged=history.newcomers_merged if history else (),
    )


def _load_metrics(storage: Storage, name: str, period: Period) -> Metrics:
    """Return the stored metrics of an earlier period, with the facts of its own lookback."""
    metrics, trends = storage.read_document(name, period.key, Metrics), f"{name}_trends"
    if not storage.has(trends, period.key, "json"):
        return metrics
    return _add_facts(metrics, storage.read_document(trends, period.key, Lookback).facts)


def _add_facts(metrics: Metrics, facts: tuple[Fact, ...]) -> Metrics:
    return metrics.model_copy(update={"facts": (*metrics.facts, *facts)})


def _list_counted_periods(storage: Storage, name: str, period: Period) -> list[Period]:
    candidates = dict.fromkeys((period.previous(), *comparable_periods(period)))
    missing = set(storage.find_missing(name, [candidate.key for candidate in candidates], "json"))
    return [candidate for candidate in candidates if candidate.key not in missing]


def _load_contributors(
    storage: Storage, path: str, period: Period, cache: dict[Period, PeriodContributors]
) -> Iterator[tuple[Period, PeriodContributors]]:
    """Yield the people of consecutive earlier periods, latest first, up to the first gap in the store."""
    name = f"{path}_{CONTRIBUTOR_TABLE.suffix}"
    stored_keys = set(storage.list_keys(name))
    earlier = period.previous()
    for _ in range(MAX_HISTORY_PERIODS[period.kind]):
        if earlier.key not in stored_keys:
            return
        if earlier not in cache:
            cache[earlier] = PeriodContributors.from_table(storage.read_table(name, earlier.key, CONTRIBUTOR_TABLE))
        yield earlier, cache[earlier]
        earlier = earlier.previous()


def find_first_contributors(raw_window: RawWindow, contributors: pl.DataFrame) -> tuple[ContributorRef, ...] | None:
    """Return the people whose first commit in a repository is of this period, by its whole history.

    None where the whole history of a repository with commits is not known: "first" since the store began is not first.
    """
    commits = raw_window.commits
    if FIRST_CONTRIBUTION_COLUMN not in commits.columns:
        return None
    own = commits.filter(~pl.col("is_merge"))
    if own[FIRST_CONTRIBUTION_COLUMN].null_count():
        return None
    keys = own.filter(FIRST_CONTRIBUTION_COLUMN)["author"].struct.field("key").unique()
    people = _select_people(contributors).filter(pl.col("key").is_in(keys.implode())).sort("key")
    return tuple(_to_contributor_ref(row) for row in people.iter_rows(named=True))


FIRST_CONTRIBUTION_COLUMN = "is_first_contribution"
"""Column of COMMITS: no earlier commit in the whole history has this author or co-author; null where unknown."""


def _measure_people(
    history: ContributorHistory | None, first_time: tuple[ContributorRef, ...] | None
) -> Iterator[Measurement]:
    if first_time is not None:
        yield Measurement("first_time_contributors", SCOPE_ALL, len(first_time))
    if history:
        yield Measurement("returning_contributors", SCOPE_ALL, len(history.returning))
        yield Measurement("newcomers_merged", SCOPE_ALL, len(history.newcomers_merged))
        yield Measurement("people_on_a_streak", SCOPE_ALL, len(history.streaks))
