"""Read what earlier periods left in the store, and look back from one period at all of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from resources.storage import Storage
from sparky_assets.audience import Audience, shelf
from sparky_assets.metrics.acquaintance import LOOKED_AT, Acquaintance, Present, get_acquainted
from sparky_assets.metrics.catalogue import fact_of
from sparky_assets.metrics.compute import Computed
from sparky_assets.metrics.flow import Measured
from sparky_assets.metrics.models import CONTRIBUTOR_TABLE, WHOLE, Absence, Fact, Metrics
from sparky_assets.metrics.open_history import Days, known_open_items
from sparky_assets.metrics.open_items import absent_open, measure_open
from sparky_assets.metrics.trends import LookingBack, compare, compare_repositories, like
from sparky_assets.periods import Period
from sparky_assets.raw.window import RawWindow

PEOPLE = ("first_time_contributors", "returning_contributors", "newcomers_merged", "people_on_a_streak")
TOO_SHORT = "unknown: too few earlier periods in a row were counted"


@dataclass
class Memo:
    """What was read before in a run over many periods: the people of periods as each audience knows them, and days.

    A range of days would read 400 tables for each of them again, which made a year's backfill quadratic.
    """

    present: dict[Audience, dict[Period, Present]] = field(default_factory=dict)
    days: Days = field(default_factory=dict)


def look_back(
    storage: Storage,
    computed: Computed,
    raw: RawWindow,
    memo: Memo | None = None,
    audience: Audience = Audience.INTERNAL,
) -> LookingBack:
    """Everything about a period that needs earlier ones, as far as the store reaches."""
    memo = memo or Memo()
    metrics = computed.metrics
    period = metrics.period
    name = f"metrics/{shelf(period.kind.value, audience)}"
    counted = {one: _all_facts(storage, name, one) for one in _counted(storage, name, period)}
    # A period that lacks days compares with nothing: less of it was seen, not less done.
    earlier = {} if metrics.missing_days else {one: has for one, has in counted.items() if not has.missing_days}
    seen = memo.present.setdefault(audience, {})
    known = get_acquainted(period, computed.contributors, list(_contributors(storage, name, period, seen)))
    items, on_github, told = known_open_items(storage, period, raw, audience, memo.days)
    measured = [*_people(known), *measure_open(items, on_github, told, metrics.window.end)]
    absent = [*absent_open(on_github, told)]
    if known is None:
        absent.append(Absence(metrics=PEOPLE, scope=WHOLE, reason=TOO_SHORT))
    facts = tuple(sorted((fact_of(one) for one in measured), key=lambda fact: fact.key))
    return LookingBack(
        period=period,
        previous=period.previous() if period.previous() in earlier else None,
        trends=compare(_with(metrics, facts), earlier),
        repository_trends=compare_repositories(metrics, earlier),
        facts=facts,
        absent=tuple(absent),
        seen_since=known and known.since,
        first_time=known.first_time if known else (),
        returning=known.returning if known else (),
        streaks=known.streaks if known else (),
        newcomers_merged=known.newcomers_merged if known else (),
    )


def _all_facts(storage: Storage, name: str, period: Period) -> Metrics:
    """An earlier period as it was counted, with what was found out then by looking back."""
    metrics, trends = storage.read_document(name, period.key, Metrics), f"{name}_trends"
    if not storage.has(trends, period.key, "json"):
        return metrics
    return _with(metrics, storage.read_document(trends, period.key, LookingBack).facts)


def _with(metrics: Metrics, facts: tuple[Fact, ...]) -> Metrics:
    return metrics.model_copy(update={"facts": (*metrics.facts, *facts)})


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


def _people(known: Acquaintance | None) -> Iterator[Measured]:
    if known:
        yield Measured("first_time_contributors", WHOLE, len(known.first_time))
        yield Measured("returning_contributors", WHOLE, len(known.returning))
        yield Measured("newcomers_merged", WHOLE, len(known.newcomers_merged))
        yield Measured("people_on_a_streak", WHOLE, len(known.streaks))
