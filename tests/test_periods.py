"""The calendar: days, weeks and months, the time that they cover, and how people write them."""

import itertools
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sparky_assets.periods import (
    Calendar,
    Period,
    PeriodError,
    PeriodKind,
    TimeWindow,
    consecutive_ranges,
    parse_period,
    parse_range,
    period_of_day,
    periods_between,
)
from tests.strategies.calendar import AWKWARD_TIMEZONES, EVERY_TIMEZONE, days, instants, kinds, timezones

DAILY, WEEKLY, MONTHLY = PeriodKind.DAILY, PeriodKind.WEEKLY, PeriodKind.MONTHLY
SETTLE = timedelta(minutes=10)


def day(text: str) -> Period:
    return Period(DAILY, date.fromisoformat(text))


def hours(window: TimeWindow) -> float:
    return (window.end - window.start) / timedelta(hours=1)


# --- Periods


@given(days)
def test_week_starts_on_monday_and_has_seven_days(some_day: date) -> None:
    week = period_of_day(WEEKLY, some_day)
    assert week.start.weekday() == 0
    assert [one.start.weekday() for one in week.days] == [0, 1, 2, 3, 4, 5, 6]


@given(days)
def test_month_starts_on_the_first_and_has_all_days_of_its_number(some_day: date) -> None:
    month = period_of_day(MONTHLY, some_day)
    assert month.start == some_day.replace(day=1)
    assert {(one.start.year, one.start.month) for one in month.days} == {(some_day.year, some_day.month)}
    assert month.end.day == 1


@given(kinds, days)
def test_period_holds_the_day_it_was_asked_for(kind: PeriodKind, some_day: date) -> None:
    period = period_of_day(kind, some_day)
    assert period.start <= some_day < period.end
    assert period_of_day(DAILY, some_day) in period.days


@given(kinds, days)
def test_days_of_a_period_follow_one_another_from_its_start_to_its_end(kind: PeriodKind, some_day: date) -> None:
    period = period_of_day(kind, some_day)
    assert period.days[0].start == period.start
    assert period.days[-1].end == period.end
    assert all(one.end == other.start for one, other in zip(period.days, period.days[1:], strict=False))


@given(kinds, days)
def test_previous_and_next_undo_each_other_and_leave_no_day_out(kind: PeriodKind, some_day: date) -> None:
    period = period_of_day(kind, some_day)
    assert period.next().previous() == period == period.previous().next()
    assert period.next().start == period.end
    assert period.previous().end == period.start


@pytest.mark.parametrize(
    ("kind", "first"), [(WEEKLY, date(2025, 11, 11)), (WEEKLY, date(2025, 11, 9)), (MONTHLY, date(2025, 11, 2))]
)
def test_period_cannot_start_in_its_own_middle(kind: PeriodKind, first: date) -> None:
    with pytest.raises(PeriodError, match=f"a {kind.noun} cannot start on {first}"):
        Period(kind, first)


@pytest.mark.parametrize(("month", "length"), [("2024-02", 29), ("2025-02", 28), ("2100-02", 28), ("2025-12", 31)])
def test_month_has_as_many_days_as_its_calendar_says(month: str, length: int) -> None:
    assert len(parse_period(MONTHLY, month).days) == length


# --- Keys and labels


@pytest.mark.parametrize(
    ("monday", "label"),
    [
        ("2024-12-30", "2025-W01"),
        ("2025-11-10", "2025-W46"),
        ("2025-12-29", "2026-W01"),
        ("2026-12-28", "2026-W53"),
        ("2020-12-28", "2020-W53"),
        ("2021-01-04", "2021-W01"),
        ("2018-12-31", "2019-W01"),
    ],
)
def test_week_near_new_year_has_the_iso_year(monday: str, label: str) -> None:
    assert Period(WEEKLY, date.fromisoformat(monday)).label == label


@given(days)
def test_label_of_a_week_is_the_iso_week_of_each_of_its_days(some_day: date) -> None:
    week = period_of_day(WEEKLY, some_day)
    assert {f"{one.start.isocalendar().year}-W{one.start.isocalendar().week:02d}" for one in week.days} == {week.label}


def test_keys_are_first_days_and_labels_are_for_people() -> None:
    periods = [period_of_day(kind, date(2025, 11, 12)) for kind in PeriodKind]
    assert [period.key for period in periods] == ["2025-11-12", "2025-11-10", "2025-11-01"]
    assert [period.label for period in periods] == ["2025-11-12", "2025-W46", "2025-11"]
    assert [str(period) for period in periods] == ["day 2025-11-12", "week 2025-W46", "month 2025-11"]


def test_kind_is_known_by_the_noun_that_the_command_line_takes() -> None:
    assert [PeriodKind.from_noun(kind.noun) for kind in PeriodKind] == list(PeriodKind)
    assert [kind.noun for kind in PeriodKind] == ["day", "week", "month"]


def test_unknown_noun_is_refused_with_those_that_exist() -> None:
    with pytest.raises(PeriodError, match=r"'year'.*day, week or month"):
        PeriodKind.from_noun("year")


# --- Windows


@pytest.mark.parametrize("zone", EVERY_TIMEZONE)
def test_day_of_this_year_begins_and_ends_with_its_date_in_every_timezone(zone: str) -> None:
    one, local = day("2025-01-01"), ZoneInfo(zone)
    end_of_day_before = one.window(zone).start
    while one.start.year == 2025:
        window = one.window(zone)
        assert window.start == end_of_day_before, one
        assert window.start.astimezone(local).date() == one.start
        assert (window.end - timedelta(microseconds=1)).astimezone(local).date() == one.start
        one, end_of_day_before = one.next(), window.end


@given(timezones, instants)
@example("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC))
@example("America/St_Johns", datetime(2005, 10, 30, 2, 45, tzinfo=UTC))
def test_every_instant_is_in_exactly_one_day(zone: str, instant: datetime) -> None:
    middle = period_of_day(DAILY, instant.date())
    near = [middle.previous().previous(), middle.previous(), middle, middle.next(), middle.next().next()]
    assert sum(instant in one.window(zone) for one in near) == 1


@given(kinds, timezones, days)
@example(MONTHLY, "Pacific/Apia", date(2011, 12, 1))
@example(WEEKLY, "Africa/Cairo", date(2025, 4, 25))
def test_days_of_a_period_cover_its_window_without_gap_or_overlap(kind: PeriodKind, zone: str, some_day: date) -> None:
    period = period_of_day(kind, some_day)
    window, parts = period.window(zone), [one.window(zone) for one in period.days]
    assert window.start == parts[0].start
    assert window.end == parts[-1].end == period.next().window(zone).start
    assert all(one.end == other.start for one, other in itertools.pairwise(parts))
    assert all(one.start <= one.end for one in parts)


@given(timezones, days)
def test_window_of_a_day_is_given_in_utc(zone: str, some_day: date) -> None:
    window = period_of_day(DAILY, some_day).window(zone)
    assert (window.start.tzinfo, window.end.tzinfo, window.timezone) == (UTC, UTC, zone)


@pytest.mark.parametrize(
    ("zone", "some_day", "length"),
    [
        ("UTC", "2025-03-30", 24),
        ("Europe/Berlin", "2025-03-30", 23),
        ("Europe/Berlin", "2025-10-26", 25),
        ("America/New_York", "2025-11-02", 25),
        ("Australia/Lord_Howe", "2025-04-06", 24.5),
        ("America/Santiago", "2025-09-07", 23),
        ("America/Santiago", "2025-04-05", 25),
        ("Africa/Cairo", "2025-04-25", 23),
        ("America/Havana", "2025-11-02", 25),
        ("Pacific/Apia", "2011-12-29", 24),
        ("Pacific/Apia", "2011-12-30", 0),
        ("Pacific/Apia", "2011-12-31", 24),
    ],
)
def test_day_at_a_clock_change_is_as_long_as_the_clock_says(zone: str, some_day: str, length: float) -> None:
    assert hours(day(some_day).window(zone)) == length


def test_day_whose_midnight_is_skipped_begins_at_the_change() -> None:
    window = day("2025-09-07").window("America/Santiago")
    assert window.start == datetime(2025, 9, 7, 4, tzinfo=UTC)
    assert window.start.astimezone(ZoneInfo("America/Santiago")).hour == 1


def test_window_includes_its_start_and_excludes_its_end() -> None:
    window = day("2025-11-12").window("Europe/Berlin")
    assert window.start in window
    assert window.end - timedelta(microseconds=1) in window
    assert window.end not in window
    assert window.start - timedelta(microseconds=1) not in window


def test_window_is_shown_in_local_time() -> None:
    shown = str(parse_period(WEEKLY, "2025-W46").window("Europe/Berlin"))
    assert shown == "2025-11-10 00:00 to 2025-11-17 00:00 (Europe/Berlin)"


# --- Closed periods


@pytest.mark.parametrize("kind", PeriodKind)
def test_period_closes_only_after_the_grace_time(kind: PeriodKind) -> None:
    period = period_of_day(kind, date(2025, 11, 12))
    end = period.window("Europe/Berlin").end
    just_before = end + SETTLE - timedelta(microseconds=1)
    assert not Calendar("Europe/Berlin", SETTLE).is_closed(period, just_before)
    assert Calendar("Europe/Berlin", SETTLE).last_closed(kind, just_before) == period.previous()
    assert Calendar("Europe/Berlin", SETTLE).is_closed(period, end + SETTLE)
    assert Calendar("Europe/Berlin", SETTLE).last_closed(kind, end + SETTLE) == period


@given(kinds, instants, timezones, st.integers(0, 24 * 60))
@example(
    DAILY, datetime(2005, 10, 30, 2, 45, tzinfo=UTC), "America/St_Johns", 0
)  # back at 00:01: it is yesterday again
@example(DAILY, datetime(2011, 12, 30, 10, tzinfo=UTC), "Pacific/Apia", 0)  # the day that did not exist
@example(MONTHLY, datetime(2025, 9, 7, 4, 5, tzinfo=UTC), "America/Santiago", 10)
def test_last_closed_period_is_closed_and_the_one_after_it_is_not(
    kind: PeriodKind, now: datetime, zone: str, minutes: int
) -> None:
    settle = timedelta(minutes=minutes)
    period = Calendar(zone, settle).last_closed(kind, now)
    assert Calendar(zone, settle).is_closed(period, now)
    assert not Calendar(zone, settle).is_closed(period.next(), now)


@given(kinds, instants, timezones, st.sampled_from(AWKWARD_TIMEZONES))
@example(DAILY, datetime(2025, 4, 24, 22, 5, tzinfo=UTC), "Africa/Cairo", "Africa/Cairo")  # 01:05, after 00:00
def test_closed_periods_do_not_depend_on_the_timezone_of_the_clock(
    kind: PeriodKind, now: datetime, zone: str, clock: str
) -> None:
    elsewhere = now.astimezone(ZoneInfo(clock))
    assert Calendar(zone, SETTLE).last_closed(kind, elsewhere) == Calendar(zone, SETTLE).last_closed(kind, now)


def test_closed_periods_do_not_depend_on_the_timezone_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half past midnight on Kiritimati, where it is the day before yesterday on a machine 26 hours behind."""
    monkeypatch.setenv("TZ", "Etc/GMT+12")
    time.tzset()
    try:
        now = datetime(2025, 11, 12, 0, 30, tzinfo=ZoneInfo("Pacific/Kiritimati")).astimezone(UTC)
        assert Calendar("Pacific/Kiritimati", SETTLE).last_closed(DAILY, now) == day("2025-11-11")
        assert day("2025-11-11").window("Pacific/Kiritimati").start.isoformat() == "2025-11-10T10:00:00+00:00"
    finally:
        monkeypatch.undo()
        time.tzset()


DAILY, WEEKLY, MONTHLY = PeriodKind.DAILY, PeriodKind.WEEKLY, PeriodKind.MONTHLY


# --- Parsing


@given(kinds, days)
def test_key_and_a_label_both_read_back_as_their_period(kind: PeriodKind, some_day: date) -> None:
    period = period_of_day(kind, some_day)
    assert parse_period(kind, period.key) == period
    assert parse_period(kind, period.label) == period


@given(kinds, days)
def test_any_day_of_a_period_names_it(kind: PeriodKind, some_day: date) -> None:
    assert parse_period(kind, some_day.isoformat()) == period_of_day(kind, some_day)


def test_week_may_be_written_without_its_hyphen() -> None:
    assert parse_period(WEEKLY, "2025W46") == parse_period(WEEKLY, "2025-W46")


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        (DAILY, "yesterday", ""),
        (DAILY, "", ""),
        (DAILY, "2025-11", ""),
        (DAILY, "20251112", ""),
        (DAILY, "2025-11-12 ", ""),
        (DAILY, "2025-11-12\n", ""),
        (DAILY, "٢٠٢٥-١١-١٢", ""),
        (DAILY, "2025-02-30", "day is out of range for month"),
        (DAILY, "1969-12-31", "the year must be between 1970 and 2105"),
        (DAILY, "2106-01-01", "the year must be between 1970 and 2105"),
        (DAILY, "0000-01-01", "year"),
        (WEEKLY, "2025-W54", "Invalid week: 54"),
        (WEEKLY, "2025-W53", "Invalid week: 53"),
        (WEEKLY, "2025-W00", "Invalid week: 0"),
        (WEEKLY, "2025-W1", ""),
        (WEEKLY, "2025-11", ""),
        (WEEKLY, "٢٠٢٥-W٤٦", ""),
        (MONTHLY, "2025-13", "month must be in 1..12"),
        (MONTHLY, "2025-W46", ""),
        (MONTHLY, "٢٠٢٥-١١", ""),
    ],
)
def test_text_that_is_no_period_is_refused_with_the_reason_and_an_example(
    kind: PeriodKind, text: str, reason: str
) -> None:
    examples = {DAILY: "2025-11-12", WEEKLY: "2025-W46", MONTHLY: "2025-11"}
    with pytest.raises(PeriodError) as caught:
        parse_period(kind, text)
    message = str(caught.value)
    assert message.startswith(f"{text!r} is not a {kind.noun}")
    assert reason in message
    assert (": " in message) == bool(reason)
    assert message.endswith(f"Write it like {examples[kind]}.")


@given(kinds, st.text(max_size=12) | st.from_regex(r"[0-9]{4}-?[W0-9]?[0-9]{1,2}(-[0-9]{2})?", fullmatch=True))
def test_any_text_is_a_period_or_a_period_error(kind: PeriodKind, text: str) -> None:
    try:
        period = parse_period(kind, text)
    except PeriodError as error:
        assert repr(text) in str(error)
    else:
        assert 1970 <= period.start.year <= 2105
        assert parse_period(kind, period.key) == period


# --- Ranges


def test_range_includes_both_its_days() -> None:
    assert parse_range("2025-10-01..2025-11-15") == (date(2025, 10, 1), date(2025, 11, 15))


def test_one_day_is_a_range_of_itself() -> None:
    assert parse_range("2025-10-01") == (date(2025, 10, 1), date(2025, 10, 1))


def test_range_may_have_spaces_around_its_dots() -> None:
    assert parse_range("2025-10-01 .. 2025-10-02") == (date(2025, 10, 1), date(2025, 10, 2))


def test_range_that_ends_before_it_starts_says_which_day_comes_first() -> None:
    with pytest.raises(
        PeriodError, match=r"2025-11-15\.\.2025-10-01 ends before it starts. Write the earlier day first"
    ):
        parse_range("2025-11-15..2025-10-01")


@pytest.mark.parametrize("text", ["", "..", "2025-10-01..", "..2025-10-01", "2025-10-01...2025-10-02", "a..b"])
def test_half_a_range_is_refused(text: str) -> None:
    with pytest.raises(PeriodError, match="is not a day"):
        parse_range(text)


@given(days, days)
def test_range_reads_back_as_its_two_days(one: date, other: date) -> None:
    first, last = min(one, other), max(one, other)
    assert parse_range(f"{first}..{last}") == (first, last)


def test_periods_between_leaves_out_partly_covered_periods() -> None:
    first, last = date(2025, 10, 1), date(2025, 11, 15)
    assert [week.label for week in periods_between(WEEKLY, first, last)] == [
        f"2025-W{number}" for number in range(41, 46)
    ]
    assert [month.label for month in periods_between(MONTHLY, first, last)] == ["2025-10"]
    assert len(periods_between(DAILY, first, last)) == 46
    assert periods_between(MONTHLY, date(2025, 10, 2), date(2025, 11, 29)) == ()
    assert [week.label for week in periods_between(WEEKLY, date(2024, 12, 30), date(2025, 1, 5))] == ["2025-W01"]


@given(kinds, st.dates(date(2024, 1, 1), date(2026, 1, 1)), st.integers(-5, 100))
def test_periods_between_finds_every_wholly_covered_period(kind: PeriodKind, first: date, length: int) -> None:
    last = first + timedelta(days=length)
    candidates = {period_of_day(kind, first + timedelta(days=i)) for i in range(length + 1)}
    wholly_inside = sorted(one for one in candidates if first <= one.days[0].start and one.days[-1].start <= last)
    assert list(periods_between(kind, first, last)) == wholly_inside


def test_consecutive_days_are_grouped_in_order() -> None:
    scattered = [date(2025, 3, 1), date(2025, 1, 1), date(2025, 2, 28), date(2025, 1, 1), date(2025, 1, 3)]
    assert list(consecutive_ranges(scattered)) == [
        (date(2025, 1, 1), date(2025, 1, 1)),
        (date(2025, 1, 3), date(2025, 1, 3)),
        (date(2025, 2, 28), date(2025, 3, 1)),
    ]


@given(st.lists(st.dates(date(2025, 1, 1), date(2025, 3, 1)), max_size=40))
def test_consecutive_ranges_hold_exactly_the_days_and_never_touch(some_days: list[date]) -> None:
    runs = list(consecutive_ranges(some_days))
    covered = [first + timedelta(days=i) for first, last in runs for i in range((last - first).days + 1)]
    assert covered == sorted(set(some_days))
    assert all((later[0] - earlier[1]).days > 1 for earlier, later in itertools.pairwise(runs))
