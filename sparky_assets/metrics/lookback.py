"""Read what earlier periods left in the store, and look back from one period at all of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from resources.storage import Storage
from sparky_assets.metrics.acquaintance import (
    MAX_HISTORY_PERIODS,
    ContributorHistory,
    PeriodContributors,
    compare_contributors,
)
from sparky_assets.metrics.catalog import to_fact
from sparky_assets.metrics.compute import PeriodMetrics
from sparky_assets.metrics.flow import Measurement
from sparky_assets.metrics.models import CONTRIBUTOR_TABLE, SCOPE_ALL, Fact, Metrics, MissingMetric
from sparky_assets.metrics.open_history import HistoryByDay, load_open_items
from sparky_assets.metrics.open_items import find_missing_open_metrics, measure_open_items
from sparky_assets.metrics.trends import Lookback, comparable_periods, compare_metrics, compare_repositories
from sparky_assets.periods import Period
from sparky_assets.raw.window import RawWindow
from sparky_assets.store import Audience, build_store_prefix

PEOPLE_METRICS = ("first_time_contributors", "returning_contributors", "newcomers_merged", "people_on_a_streak")


SHORT_HISTORY_REASON = "unknown: too few earlier periods in a row were counted"


@dataclass
class LookbackCache:
    """What was read before in a run over many periods: the people of periods as each audience knows them, and days.

    A range of days would read 400 tables for each of them again, which made a year's backfill quadratic.
    """

    contributors: dict[Audience, dict[Period, PeriodContributors]] = field(default_factory=dict)
    histories: HistoryByDay = field(default_factory=dict)


def build_lookback(
    storage: Storage,
    computed: PeriodMetrics,
    raw_window: RawWindow,
    cache: LookbackCache | None = None,
    audience: Audience = Audience.INTERNAL,
) -> Lookback:
    """Everything about a period that needs earlier ones, as far as the store reaches."""
    cache = cache or LookbackCache()
    metrics = computed.metrics
    period = metrics.period
    name = f"metrics/{build_store_prefix(period.kind.value, audience)}"
    counted = {one: _load_metrics(storage, name, one) for one in _list_counted_periods(storage, name, period)}
    # A period that lacks days compares with nothing: less of it was seen, not less done.
    earlier = {} if metrics.missing_days else {one: has for one, has in counted.items() if not has.missing_days}
    seen = cache.contributors.setdefault(audience, {})
    known = compare_contributors(period, computed.contributors, list(_load_contributors(storage, name, period, seen)))
    items, on_github, told = load_open_items(storage, period, raw_window, audience, cache.histories)
    measured = [*_measure_people(known), *measure_open_items(items, on_github, told, metrics.window.end)]
    absent = [*find_missing_open_metrics(on_github, told)]
    if known is None:
        absent.append(MissingMetric(metrics=PEOPLE_METRICS, scope=SCOPE_ALL, reason=SHORT_HISTORY_REASON))
    facts = tuple(sorted((to_fact(one) for one in measured), key=lambda fact: fact.key))
    return Lookback(
        period=period,
        previous=period.previous() if period.previous() in earlier else None,
        trends=compare_metrics(_add_facts(metrics, facts), earlier),
        repository_trends=compare_repositories(metrics, earlier),
        facts=facts,
        absent=tuple(absent),
        seen_since=known and known.since,
        first_time=known.first_time if known else (),
        returning=known.returning if known else (),
        streaks=known.streaks if known else (),
        newcomers_merged=known.newcomers_merged if known else (),
    )


def _load_metrics(storage: Storage, name: str, period: Period) -> Metrics:
    """An earlier period as it was counted, with what was found out then by looking back."""
    metrics, trends = storage.read_document(name, period.key, Metrics), f"{name}_trends"
    if not storage.has(trends, period.key, "json"):
        return metrics
    return _add_facts(metrics, storage.read_document(trends, period.key, Lookback).facts)


def _add_facts(metrics: Metrics, facts: tuple[Fact, ...]) -> Metrics:
    return metrics.model_copy(update={"facts": (*metrics.facts, *facts)})


def _list_counted_periods(storage: Storage, name: str, period: Period) -> list[Period]:
    wanted = dict.fromkeys((period.previous(), *comparable_periods(period)))
    missing = set(storage.find_missing(name, [one.key for one in wanted], "json"))
    return [one for one in wanted if one.key not in missing]


def _load_contributors(
    storage: Storage, path: str, period: Period, cache: dict[Period, PeriodContributors]
) -> Iterator[tuple[Period, PeriodContributors]]:
    """The people of the unbroken row of earlier periods, latest first."""
    name = f"{path}_{CONTRIBUTOR_TABLE.suffix}"
    there = set(storage.list_keys(name))
    one = period.previous()
    for _ in range(MAX_HISTORY_PERIODS[period.kind]):
        if one.key not in there:
            return
        if one not in cache:
            cache[one] = PeriodContributors.from_table(storage.read_table(name, one.key, CONTRIBUTOR_TABLE))
        yield one, cache[one]
        one = one.previous()


def _measure_people(history: ContributorHistory | None) -> Iterator[Measurement]:
    if history:
        yield Measurement("first_time_contributors", SCOPE_ALL, len(history.first_time))
        yield Measurement("returning_contributors", SCOPE_ALL, len(history.returning))
        yield Measurement("newcomers_merged", SCOPE_ALL, len(history.newcomers_merged))
        yield Measurement("people_on_a_streak", SCOPE_ALL, len(history.streaks))
