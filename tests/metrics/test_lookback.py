"""Metrics over earlier periods: computed with the periods that they use, or missing if the history is too short."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparky_assets.metrics.flow import Measurement
from sparky_assets.metrics.lookback import (
    FIRST_CONTRIBUTION_COLUMN,
    PeriodContributors,
    compare_contributors,
    find_first_contributors,
)
from sparky_assets.metrics.models import CONTRIBUTOR_TABLE, Fact, Metrics
from sparky_assets.metrics.open_items import (
    EventHistory,
    measure_open_items,
    rebuild_open_items,
    repositories_with_full_history,
)
from sparky_assets.metrics.trends import (
    MIN_TRAILING_VALUES,
    MetricTrend,
    comparable_periods,
    compare_metrics,
    compare_repositories,
    find_lost_repositories,
)
from sparky_assets.periods import Period, PeriodKind, parse_period
from sparky_assets.raw.tables import ISSUES, PULL_REQUESTS, REVIEWS, TABLES, TableSpec
from sparky_assets.raw.window import RawWindow

WEEK = Period(PeriodKind.WEEKLY, date(2025, 11, 10))


def counted(period: Period, commits: int | Decimal) -> Metrics:
    fact = Fact(metric="commits", scope="all", value=commits, unit="count", sources=("raw/commits",))
    return Metrics(period=period, window=period.window("UTC"), facts=(fact,))


def trend(now: int, *earlier: int | None) -> MetricTrend:
    """Return the trend of a week's commits; earlier weeks latest first, None if one was not counted."""
    history = {
        period: counted(period, value)
        for period, value in zip(comparable_periods(WEEK), earlier, strict=False)
        if value is not None
    }
    found = compare_metrics(counted(WEEK, now), history)
    return found[0] if found else MetricTrend(metric="commits", value=now, previous=None)


def test_week_is_compared_with_the_eight_before_it() -> None:
    assert [period.label for period in comparable_periods(WEEK)] == [f"2025-W{number}" for number in range(45, 37, -1)]


def test_day_is_compared_with_the_same_weekday_of_eight_weeks() -> None:
    days = comparable_periods(parse_period(PeriodKind.DAILY, "2025-11-15"))
    assert [day.key for day in days][:3] == ["2025-11-08", "2025-11-01", "2025-10-25"]
    assert len(days) == MIN_TRAILING_VALUES


def test_month_is_compared_with_the_twelve_before_it() -> None:
    months = comparable_periods(parse_period(PeriodKind.MONTHLY, "2025-03"))
    assert [month.label for month in months][:3] == ["2025-02", "2025-01", "2024-12"]
    assert len(months) == 12


@pytest.mark.parametrize(("now", "standing"), [(82, "below"), (83, "usual"), (117, "usual"), (118, "above")])
def test_value_outside_the_fences_is_flagged(now: int, standing: str) -> None:
    found = trend(now, 110, 100, 90, 100, 110, 100, 90, 100)
    assert (found.median, found.spread) == (Decimal(100), Decimal(5))
    assert found.usual == (Decimal("82.50"), Decimal("117.50"))
    assert (found.previous, len(found.periods), found.standing) == (110, MIN_TRAILING_VALUES, standing)


def test_equal_weeks_do_not_make_every_other_week_unusual() -> None:
    assert trend(11, *[10] * 8).standing == "usual"
    assert trend(12, *[10] * 8).standing == "above"
    assert trend(1, *[0] * 8).standing == "usual"


@pytest.mark.parametrize("earlier", [(), (5,), (5, 5, 5, 5), (5,) * 7, (5, None, *[5] * 6), (None, *[5] * 7)])
def test_range_is_missing_if_history_is_too_short(earlier: tuple[int | None, ...]) -> None:
    found = trend(500, *earlier)
    assert (found.standing, found.usual, found.median) == (None, None, None)
    assert found.previous == (earlier[0] if earlier else None)


def test_missing_metric_of_an_earlier_period_is_not_zero() -> None:
    silent = {
        period: Metrics(period=period, window=period.window("UTC"), facts=()) for period in comparable_periods(WEEK)
    }
    (found,) = compare_metrics(counted(WEEK, 7), silent)
    assert (found.previous, found.standing) == (None, None)


def of_repositories(period: Period, **commits: int) -> Metrics:
    facts = [
        Fact(metric="commits", scope=f"repository:a/{name}", value=value, unit="count", sources=("raw/commits",))
        for name, value in commits.items()
    ]
    return Metrics(period=period, window=period.window("UTC"), facts=tuple(facts))


def test_repository_is_compared_with_its_own_past_only() -> None:
    earlier = {period: of_repositories(period, old=10) for period in comparable_periods(WEEK)}
    found = {one.scope: one for one in compare_repositories(of_repositories(WEEK, old=40, new=3), earlier)}
    old, new = found["repository:a/old"], found["repository:a/new"]
    assert (old.standing, old.previous, old.values) == ("above", 10, (10,) * MIN_TRAILING_VALUES)
    assert (new.standing, new.previous, new.values) == (None, None, ())


def test_of_three_thousand_repositories_the_most_active_have_trends() -> None:
    many = {f"r{number:04}": number for number in range(3000)}
    found = compare_repositories(of_repositories(WEEK, **many), {WEEK.previous(): of_repositories(WEEK, **many)})
    assert [one.scope for one in found] == [f"repository:a/r{number}" for number in range(2980, 3000)]


def read(period: Period, **commits: int) -> Metrics:
    """Return a period that read some repositories, with the commits of each."""
    parts = of_repositories(period, **commits)
    whole = counted(period, sum(commits.values()))
    return whole.model_copy(
        update={
            "facts": (*whole.facts, *parts.facts),
            "repositories": tuple(f"a/{name}" for name in sorted(commits)),
        }
    )


def test_commits_of_a_lost_repository_are_no_decrease() -> None:
    earlier = {period: read(period, kept=5, lost=90) for period in comparable_periods(WEEK)}
    now = read(WEEK, kept=5)
    (found,) = compare_metrics(now, earlier)
    assert (found.value, found.previous, found.standing) == (5, 5, "usual")
    assert find_lost_repositories(now, earlier[WEEK.previous()]) == ("a/lost",)
    assert find_lost_repositories(now.model_copy(update={"unreadable": ("a/lost",)}), earlier[WEEK.previous()]) == ()


def test_number_with_a_part_of_a_new_repository_is_not_compared() -> None:
    earlier = {period: read(period, kept=5) for period in comparable_periods(WEEK)}
    (found,) = compare_metrics(read(WEEK, kept=5, new=90), earlier)
    assert (found.value, found.previous, found.standing) == (95, None, None)
    (silent,) = compare_metrics(read(WEEK, kept=5, new=0), earlier)
    assert (silent.previous, silent.standing) == (5, "usual")


def commits_frame(*rows: tuple[str, bool | None]) -> pl.DataFrame:
    persons = [{"key": key, "name": key, "login": None, "is_bot": False} for key, _ in rows]
    return pl.DataFrame(
        {"author": persons, "is_merge": [False] * len(rows), FIRST_CONTRIBUTION_COLUMN: [first for _, first in rows]},
        schema_overrides={FIRST_CONTRIBUTION_COLUMN: pl.Boolean},
    )


def window_of(commits: pl.DataFrame) -> RawWindow:
    return replace(RawWindow(**{table.asset: table.make_empty() for table in TABLES}), commits=commits)


def test_first_contribution_needs_the_whole_history() -> None:
    table = people("ada", "bob", "droid", bots=("droid",))
    found = find_first_contributors(window_of(commits_frame(("ada", True), ("bob", False), ("droid", True))), table)
    assert found is not None and [one.key for one in found] == ["ada"]
    assert find_first_contributors(window_of(commits_frame(("ada", True), ("bob", None))), table) is None
    without = commits_frame(("ada", True)).drop(FIRST_CONTRIBUTION_COLUMN)
    assert find_first_contributors(window_of(without), table) is None


def people(*keys: str, merged: tuple[str, ...] = (), bots: tuple[str, ...] = ()) -> pl.DataFrame:
    rows = [
        dict.fromkeys(CONTRIBUTOR_TABLE.columns)
        | {"key": key, "name": key.title(), "is_bot": key in bots, "pull_requests_merged": int(key in merged)}
        for key in keys
    ]
    return pl.DataFrame(rows, schema=dict(CONTRIBUTOR_TABLE.columns))


def weeks_before(*tables: pl.DataFrame) -> list[tuple[Period, PeriodContributors]]:
    period, found = WEEK, []
    for table in tables:
        period = period.previous()
        found.append((period, PeriodContributors.from_table(table)))
    return found


def test_people_are_marked_as_back_on_a_streak_or_first_merged() -> None:
    earlier = weeks_before(*[people("ada", "bob")] * 8, people("ada", "cyd", merged=("ada",)))
    now = people("ada", "bob", "cyd", "dee", "droid", "ghost", merged=("ada", "bob", "droid"), bots=("droid",))
    found = compare_contributors(WEEK, now, earlier)
    assert found is not None
    assert [one.key for one in found.returning] == ["cyd"]
    assert [(one.key, one.periods) for one in found.streaks] == [("ada", 10), ("bob", 9)]
    assert [one.key for one in found.newcomers_merged] == ["bob"]
    assert found.since == earlier[-1][0]


def test_no_person_is_new_in_a_young_store() -> None:
    assert compare_contributors(WEEK, people("ada"), weeks_before(*[people("bob")] * 7)) is None


def measured(told: EventHistory) -> Iterator[Measurement]:
    return measure_open_items(rebuild_open_items(told, ["acme/anvil"]), ["acme/anvil"], ["acme/anvil"], END)


START = datetime(2025, 11, 1, tzinfo=UTC)
END = START + timedelta(days=40)


def rows(table: TableSpec, given_rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([dict.fromkeys(table.columns) | row for row in given_rows], schema=dict(table.columns))


def history(pulls: list[dict[str, Any]], issues: list[dict[str, Any]], reviews: list[dict[str, Any]]) -> EventHistory:
    return EventHistory(rows(PULL_REQUESTS, pulls), rows(ISSUES, issues), rows(REVIEWS, reviews))


def event(number: int, kind: str, day: float, opened: float = 0.0, repository: str = "acme/anvil") -> dict[str, Any]:
    return {"repository": repository, "number": number, "event": kind, "at": START + timedelta(days=day),
            "opened_at": START + timedelta(days=opened)}  # fmt: skip


def test_open_items_have_an_age_and_untouched_ones_are_stale() -> None:
    told = history(
        [
            event(1, "opened", 0),
            event(1, "merged", 1),
            event(3, "opened", 2),
            event(5, "opened", 3),
            event(6, "opened", 4),
        ],
        [
            event(2, "opened", 10, 10),
            event(4, "opened", 20, 20),
            event(4, "closed", 21, 20),
            event(4, "reopened", 22, 20),
        ],
        [{"repository": "acme/anvil", "number": 5, "id": "r", "submitted_at": START + timedelta(days=39)}],
    )
    assert repositories_with_full_history(told) == ["acme/anvil"]
    found = {(one.metric, one.scope): one.value for one in measured(told)}
    assert found["pull_requests_open", "all"] == 3
    assert found["pull_requests_stale", "all"] == 2
    assert found["issues_open", "repository:acme/anvil"] == 2
    assert found["issue_age_median", "all"] == Decimal("600.00")


def test_repository_without_its_first_item_has_unknown_open_items() -> None:
    told = history([event(7, "opened", 0)], [], [])
    assert repositories_with_full_history(told) == []
    assert list(measure_open_items(rebuild_open_items(told, []), ["acme/anvil"], [], END)) == []


@settings(max_examples=80)
@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["pull", "issue"]), st.booleans()), max_size=25))
def test_open_items_equal_a_replay_of_the_events(moves: list[tuple[int, str, bool]]) -> None:
    state: dict[tuple[str, int], str] = {}
    told: dict[str, list[dict[str, Any]]] = {"pull": [], "issue": []}
    for day, (half, kind, flag) in enumerate(moves):
        number = 2 * half - (kind == "pull")
        before = state.get((kind, number))
        if before in {None, "closed"}:
            after = "opened" if before is None else "reopened"
        else:
            after = "merged" if kind == "pull" and flag else "closed"
        if before != "merged":
            state[kind, number] = after
            told[kind].append(event(number, after, day, day))
    found = rebuild_open_items(history(told["pull"], told["issue"], []), ["acme/anvil"])
    names = {"pull": "pull_request", "issue": "issue"}
    expected = {(names[kind], number) for (kind, number), last in state.items() if last in {"opened", "reopened"}}
    assert set(found.select("kind", "number").iter_rows()) == expected
