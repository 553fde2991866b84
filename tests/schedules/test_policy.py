"""The decision to request a period: every timezone, every hour, after any failures."""

import itertools
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from schedules.policy import (
    PeriodState,
    RequestRun,
    RunAttempts,
    SkipPeriod,
    WaitPolicy,
    decide_day,
    decide_period,
    decide_recollection,
)
from sparky_assets.periods import Calendar, Period, PeriodKind
from tests.strategies.calendar import instants, kinds, timezones

SETTLE = timedelta(minutes=10)
PATIENCE = WaitPolicy(timedelta(hours=20), publish_incomplete=True)
DAY = Period(PeriodKind.DAILY, date(2025, 11, 12))
WEEK = Period(PeriodKind.WEEKLY, date(2025, 11, 10))
MONDAY = datetime(2025, 11, 17, 0, 10, tzinfo=UTC)
SWEPT = RunAttempts(has_succeeded=True)


def looked_at(kind: PeriodKind, now: datetime, timezone: str, days: int = 14) -> list[Period]:
    start = date(1970, 1, 1)
    return list(Calendar(timezone, SETTLE).recently_closed(kind, now, catch_up=timedelta(days=days), first_day=start))


@given(instants, timezones, kinds, st.integers(1, 62))
def test_only_closed_periods_are_checked_and_the_last_one_always(
    now: datetime, timezone: str, kind: PeriodKind, days: int
) -> None:
    found = looked_at(kind, now, timezone, days)
    assert found[0] == Calendar(timezone, SETTLE).last_closed(kind, now)
    assert all(Calendar(timezone, SETTLE).is_closed(one, now) for one in found)
    assert all(later.previous() == earlier for later, earlier in itertools.pairwise(found))
    assert all(one.window(timezone).end >= now - timedelta(days=days) for one in found[1:])


def test_days_within_the_catch_up_time_are_checked_to_the_minute() -> None:
    def days(hours: int, first: date) -> list[int]:
        lately = Calendar("UTC", SETTLE).recently_closed(
            PeriodKind.DAILY, MONDAY, catch_up=timedelta(hours=hours, minutes=10), first_day=first
        )
        return [period.start.day for period in lately]

    assert days(48, date(1970, 1, 1)) == [16, 15, 14]
    assert days(47, date(1970, 1, 1)) == [16, 15]
    assert days(48, date(2025, 11, 15)) == [16, 15]
    assert days(48, date(2025, 11, 17)) == []


@given(instants, timezones)
def test_hourly_ticks_request_each_day_once_within_an_hour_of_its_end(now: datetime, timezone: str) -> None:
    """Ten days of ticks, also over clock changes: a day is published as soon as it was requested."""
    published: dict[Period, datetime] = {}
    start = now
    for hour in range(240):
        now = start + timedelta(hours=hour)
        step = decide_day(day := looked_at(PeriodKind.DAILY, now, timezone)[0], PeriodState(day in published), now)
        if isinstance(step, RequestRun):
            assert step.period not in published
            published[step.period] = now
    days = sorted(published)
    assert all(after == before.next() for before, after in itertools.pairwise(days))
    assert len(days) >= 10
    for day in days[1:]:
        closed = day.window(timezone).end + SETTLE
        assert closed <= published[day] < closed + timedelta(hours=1)


def test_day_is_requested_until_published_and_never_beside_its_own_run() -> None:
    assert decide_day(DAY, PeriodState(False), MONDAY) == RequestRun(DAY, "daily|2025-11-12|1")
    assert decide_day(DAY, PeriodState(True), MONDAY) == SkipPeriod("day 2025-11-12 is published")
    assert decide_day(DAY, PeriodState(False, RunAttempts(is_running=True)), MONDAY) == SkipPeriod(
        "day 2025-11-12 is being made"
    )


def test_canceled_run_is_not_started_again() -> None:
    step = decide_day(DAY, PeriodState(False, RunAttempts(was_stopped=True)), MONDAY)
    assert isinstance(step, SkipPeriod)
    assert "stopped by a person" in step.reason


def test_failed_day_is_retried_with_growing_pauses_without_end() -> None:
    tries, now, asked = RunAttempts(), MONDAY, []
    for hour in range(24 * 5):
        now = MONDAY + timedelta(hours=hour)
        if isinstance(decide_day(DAY, PeriodState(False, tries), now), RequestRun):
            asked.append(hour)
            tries = RunAttempts(failed_count=tries.failed_count + 1, last_failed_at=now + timedelta(minutes=7))
    assert asked == [0, 1, 3, 7, 15, 31, 55, 79, 103]


def test_skip_message_of_a_failed_day_names_its_next_attempt() -> None:
    tries = RunAttempts(failed_count=2, last_failed_at=MONDAY)
    step = decide_day(DAY, PeriodState(False, tries), MONDAY + timedelta(minutes=20))
    assert step == SkipPeriod("day 2025-11-12 failed 2 times; the next try is after 2025-11-17 01:40 UTC")


def test_week_waits_for_its_missing_days_by_name() -> None:
    known = PeriodState(False, missing_days=(date(2025, 11, 12), date(2025, 11, 16)))
    assert decide_period(WEEK, known, MONDAY, "UTC", PATIENCE) == SkipPeriod(
        "week 2025-W46 waits for 2025-11-12, 2025-11-16"
    )


def test_week_waits_until_its_days_were_collected_again() -> None:
    assert isinstance(decide_period(WEEK, PeriodState(False), MONDAY, "UTC", PATIENCE), SkipPeriod)
    assert isinstance(decide_recollection(WEEK, PeriodState(False), MONDAY), RequestRun)
    swept = PeriodState(False, sweep_attempts=SWEPT)
    assert decide_period(WEEK, swept, MONDAY, "UTC", PATIENCE) == RequestRun(WEEK, "weekly|2025-11-10|1")
    assert isinstance(decide_recollection(WEEK, swept, MONDAY), SkipPeriod)


def test_incomplete_week_after_max_wait_follows_the_setting() -> None:
    missing = (date(2025, 11, 12),)
    late, known = MONDAY + timedelta(hours=20), PeriodState(False, missing_days=missing)
    assert decide_period(WEEK, known, late, "UTC", PATIENCE) == RequestRun(WEEK, "weekly|2025-11-10|1", missing)
    strict = WaitPolicy(timedelta(hours=20), publish_incomplete=False)
    assert decide_period(WEEK, known, late, "UTC", strict) == SkipPeriod("week 2025-W46 waits for 2025-11-12")


def test_week_that_cannot_be_collected_again_is_written_after_max_wait() -> None:
    step = decide_period(
        WEEK,
        PeriodState(False, sweep_attempts=RunAttempts(failed_count=5)),
        MONDAY + timedelta(hours=20),
        "UTC",
        PATIENCE,
    )
    assert step == RequestRun(WEEK, "weekly|2025-11-10|1")


def test_week_without_any_day_is_never_written() -> None:
    nothing = PeriodState(False, missing_days=tuple(day.start for day in WEEK.days))
    step = decide_period(WEEK, nothing, MONDAY + timedelta(days=9), "UTC", PATIENCE)
    assert step == SkipPeriod("week 2025-W46 waits for all of its days: none was collected")


@given(instants, timezones, kinds, st.integers(0, 7), st.tuples(st.booleans(), st.booleans()))
def test_window_has_no_gap_before_max_wait_and_run_keys_are_unique(
    now: datetime, timezone: str, kind: PeriodKind, gaps: int, told: tuple[bool, bool]
) -> None:
    swept, with_gaps = told
    period = Calendar(timezone, SETTLE).last_closed(kind, now)
    missing = tuple(day.start for day in period.days[:gaps])
    known = PeriodState(
        False,
        RunAttempts(failed_count=1, last_failed_at=now - timedelta(hours=9)),
        SWEPT if swept else RunAttempts(),
        missing,
    )
    step = decide_period(period, known, now, timezone, WaitPolicy(timedelta(hours=20), with_gaps))
    if isinstance(step, RequestRun):
        assert step.run_key == f"{kind.value}|{period.key}|2"
        assert step.missing_days == missing
        assert not missing or (with_gaps and now >= period.window(timezone).end + timedelta(hours=20))
