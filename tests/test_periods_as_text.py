"""How people write a day, a week, a month and a range, and what is refused."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.periods import (
    PeriodError,
    PeriodKind,
    consecutive_ranges,
    parse_period,
    parse_range,
    period_of_day,
    periods_between,
)
from tests.strategies.calendar import days, kinds

DAILY, WEEKLY, MONTHLY = PeriodKind.DAILY, PeriodKind.WEEKLY, PeriodKind.MONTHLY


# --- How people write a period


@given(kinds, days)
def test_a_key_and_a_label_both_read_back_as_their_period(kind: PeriodKind, some_day: date) -> None:
    period = period_of_day(kind, some_day)
    assert parse_period(kind, period.key) == period
    assert parse_period(kind, period.label) == period


@given(kinds, days)
def test_any_day_of_a_period_names_it(kind: PeriodKind, some_day: date) -> None:
    assert parse_period(kind, some_day.isoformat()) == period_of_day(kind, some_day)


def test_a_week_may_be_written_without_its_hyphen() -> None:
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
def test_what_is_no_period_is_refused_with_the_text_the_reason_and_an_example(
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


def test_a_range_includes_both_its_days() -> None:
    assert parse_range("2025-10-01..2025-11-15") == (date(2025, 10, 1), date(2025, 11, 15))


def test_one_day_is_a_range_of_itself() -> None:
    assert parse_range("2025-10-01") == (date(2025, 10, 1), date(2025, 10, 1))


def test_a_range_may_have_spaces_around_its_dots() -> None:
    assert parse_range("2025-10-01 .. 2025-10-02") == (date(2025, 10, 1), date(2025, 10, 2))


def test_a_range_that_ends_before_it_starts_says_which_day_comes_first() -> None:
    with pytest.raises(
        PeriodError, match=r"2025-11-15\.\.2025-10-01 ends before it starts. Write the earlier day first"
    ):
        parse_range("2025-11-15..2025-10-01")


@pytest.mark.parametrize("text", ["", "..", "2025-10-01..", "..2025-10-01", "2025-10-01...2025-10-02", "a..b"])
def test_half_a_range_is_refused(text: str) -> None:
    with pytest.raises(PeriodError, match="is not a day"):
        parse_range(text)


@given(days, days)
def test_a_range_reads_back_as_its_two_days(one: date, other: date) -> None:
    first, last = min(one, other), max(one, other)
    assert parse_range(f"{first}..{last}") == (first, last)


def test_within_leaves_out_what_lies_partly_outside() -> None:
    first, last = date(2025, 10, 1), date(2025, 11, 15)
    assert [week.label for week in periods_between(WEEKLY, first, last)] == [
        f"2025-W{number}" for number in range(41, 46)
    ]
    assert [month.label for month in periods_between(MONTHLY, first, last)] == ["2025-10"]
    assert len(periods_between(DAILY, first, last)) == 46
    assert periods_between(MONTHLY, date(2025, 10, 2), date(2025, 11, 29)) == ()
    assert [week.label for week in periods_between(WEEKLY, date(2024, 12, 30), date(2025, 1, 5))] == ["2025-W01"]


@given(kinds, st.dates(date(2024, 1, 1), date(2026, 1, 1)), st.integers(-5, 100))
def test_within_finds_every_period_that_lies_wholly_inside(kind: PeriodKind, first: date, length: int) -> None:
    last = first + timedelta(days=length)
    candidates = {period_of_day(kind, first + timedelta(days=i)) for i in range(length + 1)}
    wholly_inside = sorted(one for one in candidates if first <= one.days[0].start and one.days[-1].start <= last)
    assert list(periods_between(kind, first, last)) == wholly_inside


def test_runs_of_days_are_grouped_in_order() -> None:
    scattered = [date(2025, 3, 1), date(2025, 1, 1), date(2025, 2, 28), date(2025, 1, 1), date(2025, 1, 3)]
    assert list(consecutive_ranges(scattered)) == [
        (date(2025, 1, 1), date(2025, 1, 1)),
        (date(2025, 1, 3), date(2025, 1, 3)),
        (date(2025, 2, 28), date(2025, 3, 1)),
    ]


@given(st.lists(st.dates(date(2025, 1, 1), date(2025, 3, 1)), max_size=40))
def test_runs_of_days_hold_exactly_the_days_given_and_never_touch(some_days: list[date]) -> None:
    runs = list(consecutive_ranges(some_days))
    covered = [first + timedelta(days=i) for first, last in runs for i in range((last - first).days + 1)]
    assert covered == sorted(set(some_days))
    assert all((later[0] - earlier[1]).days > 1 for earlier, later in itertools.pairwise(runs))
