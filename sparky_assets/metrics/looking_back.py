"""Read what earlier periods left in the store, and look back from one period at all of it."""

from collections.abc import Iterator

import polars as pl

from resources.storage import Storage
from sparky_assets.audience import Audience, shelf
from sparky_assets.metrics.acquaintance import LOOKED_AT, Acquaintance, Present, get_acquainted
from sparky_assets.metrics.catalogue import fact_of
from sparky_assets.metrics.compute import Computed
from sparky_assets.metrics.flow import Measured
from sparky_assets.metrics.models import CONTRIBUTOR_TABLE, WHOLE, Absence, Metrics
from sparky_assets.metrics.open_items import History, absent_open, complete_repositories, measure_open
from sparky_assets.metrics.trends import LookingBack, compare, like
from sparky_assets.periods import Period, PeriodKind, containing
from sparky_assets.raw.models import ISSUES, PULL_REQUESTS, REVIEWS
from sparky_assets.raw.window import RawWindow

PEOPLE = ("first_time_contributors", "returning_contributors", "newcomers_merged", "people_on_a_streak")
Memo = dict[Audience, dict[Period, Present]]
"""The people of periods read before in this run, as each audience knows them."""
TOO_SHORT = "unknown: too few earlier periods in a row were counted"


def look_back(
    storage: Storage,
    computed: Computed,
    raw: RawWindow,
    memo: Memo | None = None,
    audience: Audience = Audience.INTERNAL,
) -> LookingBack:
    """Everything about a period that needs earlier ones, as far as the store reaches.

    `memo` holds the people of periods read before: a range of days would read 400 tables for each of them again, which
    made a year's backfill quadratic.
    """
    metrics = computed.metrics
    period = metrics.period
    name = f"metrics/{shelf(period.kind.value, audience)}"
    counted = {one: storage.read_document(name, one.key, Metrics) for one in _counted(storage, name, period)}
    # A period that lacks days compares with nothing: less of it was seen, not less done.
    earlier = {} if metrics.missing_days else {one: has for one, has in counted.items() if not has.missing_days}
    seen = {} if memo is None else memo.setdefault(audience, {})
    known = get_acquainted(period, computed.contributors, list(_contributors(storage, name, period, seen)))
    on_github = raw.repositories.filter(source="github")["repository"].to_list()
    history = _history(storage, period, on_github) if on_github else None
    complete = [name for name in complete_repositories(history) if name in on_github] if history else []
    measured = [*_people(known), *(measure_open(history, complete, metrics.window.end) if history else ())]
    absent = [*absent_open(on_github, complete)]
    if known is None:
        absent.append(Absence(metrics=PEOPLE, scope=WHOLE, reason=TOO_SHORT))
    return LookingBack(
        period=period,
        previous=period.previous() if period.previous() in earlier else None,
        trends=compare(metrics, earlier),
        facts=tuple(sorted((fact_of(one) for one in measured), key=lambda fact: fact.key)),
        absent=tuple(absent),
        seen_since=known and known.since,
        first_time=known.first_time if known else (),
        returning=known.returning if known else (),
        streaks=known.streaks if known else (),
        newcomers_merged=known.newcomers_merged if known else (),
    )


def _counted(storage: Storage, name: str, period: Period) -> list[Period]:
    wanted = dict.fromkeys((period.previous(), *like(period)))
    missing = set(storage.missing(name, [one.key for one in wanted], "json"))
    return [one for one in wanted if one.key not in missing]


def _contributors(
    storage: Storage, metrics: str, period: Period, memo: dict[Period, Present]
) -> Iterator[tuple[Period, Present]]:
    """The people of the unbroken row of earlier periods, latest first."""
    name = f"{metrics}_{CONTRIBUTOR_TABLE.suffix}"
    there = set(storage.list_keys(name))
    one = period.previous()
    for _ in range(LOOKED_AT[period.kind]):
        if one.key not in there:
            return
        if one not in memo:
            memo[one] = Present.of(storage.read_table(name, one.key, CONTRIBUTOR_TABLE))
        yield one, memo[one]
        one = one.previous()


def _history(storage: Storage, period: Period, repositories: list[str]) -> History:
    """The events of some repositories in the unbroken row of days up to the end of the period."""
    there = set(storage.list_keys(PULL_REQUESTS.path)) & set(storage.list_keys(ISSUES.path))
    there &= set(storage.list_keys(REVIEWS.path))
    day = containing(PeriodKind.DAILY, period.days[-1].start)
    keys: list[str] = []
    while day.key in there:
        keys.append(day.key)
        day = day.previous()
    keys.reverse()
    tables = (storage.read_tables(table.path, keys, table) for table in (PULL_REQUESTS, ISSUES, REVIEWS))
    return History(*(table.filter(pl.col("repository").is_in(repositories)) for table in tables))


def _people(known: Acquaintance | None) -> Iterator[Measured]:
    if known:
        yield Measured("first_time_contributors", WHOLE, len(known.first_time))
        yield Measured("returning_contributors", WHOLE, len(known.returning))
        yield Measured("newcomers_merged", WHOLE, len(known.newcomers_merged))
        yield Measured("people_on_a_streak", WHOLE, len(known.streaks))
