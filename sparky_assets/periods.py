"""The calendar: days, ISO weeks and months, and the windows of time they cover. Pure; it never reads a clock.

Dagster's partitions and the contents of a period belong elsewhere.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

MIN_YEAR = 1970
MAX_YEAR = 2105
"""A year outside these limits is a typing error: git and GitHub have no earlier events."""


MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

WEEKDAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class PeriodError(ValueError):
    """A text that is not a valid period, or a period that cannot be written yet."""


class PeriodKind(StrEnum):
    """The length of a period. Asset keys begin with the value: `daily/metrics`."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"

    @property
    def noun(self) -> str:
        """Return `day`, `week` or `month`, as prose and the command line use it."""
        return {"daily": "day", "weekly": "week", "monthly": "month"}[self.value]

    @classmethod
    def from_noun(cls, noun: str) -> "PeriodKind":
        """Return the kind for `day`, `week` or `month`.

        Raises:
            PeriodError: for any other noun.
        """
        for kind in cls:
            if kind.noun == noun:
                return kind
        raise PeriodError(f"{noun!r} is not a kind of period; write day, week or month.")


@dataclass(frozen=True, order=True)
class TimeWindow:
    """A half-open interval `[start, end)` of UTC instants, with the timezone in which it is shown."""

    start: datetime
    end: datetime
    timezone: str

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    def __str__(self) -> str:
        zone = ZoneInfo(self.timezone)
        first, last = (moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") for moment in (self.start, self.end))
        return f"{first} to {last} ({self.timezone})"


@dataclass(frozen=True, order=True)
class Period:
    """One day, ISO week or month, named by its first day.

    `Period(PeriodKind.WEEKLY, date(2025, 11, 10)).label == "2025-W46"`
    """

    kind: PeriodKind
    start: date

    def __post_init__(self) -> None:
        if self.start != _find_first_day(self.kind, self.start):
            raise PeriodError(f"a {self.kind.noun} cannot start on {self.start}")

    @property
    def key(self) -> str:
        """Return the partition key: the ISO date of the first day (of a week: its Monday)."""
        return self.start.isoformat()

    @cached_property
    def end(self) -> date:
        """Return the first day after the period."""
        match self.kind:
            case PeriodKind.DAILY:
                return self.start + timedelta(days=1)
            case PeriodKind.WEEKLY:
                return self.start + timedelta(days=7)
            case PeriodKind.MONTHLY:
                return (self.start + timedelta(days=31)).replace(day=1)

    @property
    def label(self) -> str:
        """Return `2025-11-12`, `2025-W46` or `2025-11`. A week has its ISO year: 2024-12-30 is in 2025-W01."""
        match self.kind:
            case PeriodKind.DAILY:
                return self.key
            case PeriodKind.WEEKLY:
                year, week, _ = self.start.isocalendar()
                return f"{year:04d}-W{week:02d}"
            case PeriodKind.MONTHLY:
                return f"{self.start:%Y-%m}"

    @property
    def days(self) -> tuple["Period", ...]:
        """Return the days of the period: 1, 7 or 28 to 31."""
        count = (self.end - self.start).days
        return tuple(Period(PeriodKind.DAILY, self.start + timedelta(days=offset)) for offset in range(count))

    def previous(self) -> "Period":
        """Return the preceding period of the same kind."""
        return period_of_day(self.kind, self.start - timedelta(days=1))

    def next(self) -> "Period":
        """Return the following period of the same kind."""
        return period_of_day(self.kind, self.end)

    def window(self, timezone: str) -> TimeWindow:
        """Return the instants that the period covers in a timezone. A day with a clock change has 23 or 25 hours."""
        return TimeWindow(_compute_midnight(self.start, timezone), _compute_midnight(self.end, timezone), timezone)

    def __str__(self) -> str:
        return f"{self.kind.noun} {self.label}"


def period_of_day(kind: PeriodKind, day: date) -> Period:
    """Return the period of a kind that contains a day."""
    return Period(kind, _find_first_day(kind, day))


@dataclass(frozen=True)
class Calendar:
    """The timezone of an organisation and the grace period after which a period counts as closed."""

    timezone: str
    grace: timedelta

    def window(self, period: Period) -> TimeWindow:
        """Return the instants that a period covers."""
        return period.window(self.timezone)

    def local_date(self, instant: datetime) -> date:
        """Return the date of an instant in the organisation's timezone."""
        return instant.astimezone(ZoneInfo(self.timezone)).date()

    def format_instant(self, instant: datetime) -> str:
        """Return an instant in the organisation's timezone, as `2025-11-17 00:10 CET`."""
        return f"{instant.astimezone(ZoneInfo(self.timezone)):%Y-%m-%d %H:%M %Z}"

    def closes_at(self, period: Period) -> datetime:
        """Return the instant from which a period counts as closed: its end plus the grace period."""
        return self.window(period).end + self.grace

    def is_closed(self, period: Period, now: datetime) -> bool:
        """Return whether a period ended long enough ago for its last events to have reached their sources."""
        return now >= self.closes_at(period)

    def last_closed(self, kind: PeriodKind, now: datetime) -> Period:
        """Return the latest period of a kind that is closed at `now`."""
        # The windows decide, not the local date: where clocks go back at 00:01, the previous date begins again.
        period = period_of_day(kind, self.local_date(now))
        while not self.is_closed(period, now):
            period = period.previous()
        return period

    def recently_closed(
        self, kind: PeriodKind, now: datetime, *, catch_up: timedelta, first_day: date
    ) -> Iterator[Period]:
        """Yield the last closed period of a kind and those before it that ended within `catch_up`, newest first."""
        newest = period = self.last_closed(kind, now)
        while period.start >= first_day and (period == newest or self.window(period).end >= now - catch_up):
            yield period
            period = period.previous()


def format_dates(period: Period) -> str:
    """Return the days of a period as a person reads them.

    `Wednesday, November 12, 2025`, `November 10–16, 2025`, `September 29 – October 5, 2025`, `November 2025`.
    """
    first, last = period.start, period.end - timedelta(days=1)
    month = MONTH_NAMES[first.month - 1]
    if period.kind is PeriodKind.MONTHLY:
        return f"{month} {first.year}"
    if period.kind is PeriodKind.DAILY:
        return f"{WEEKDAY_NAMES[first.weekday()]}, {format_date(first)}"
    if first.month == last.month:
        return f"{month} {first.day}–{last.day}, {last.year}"
    since = f"{month} {first.day}" if first.year == last.year else format_date(first)
    return f"{since} – {format_date(last)}"


def format_date(day: date) -> str:
    """Return a day as a person reads it: `November 12, 2025`."""
    return f"{MONTH_NAMES[day.month - 1]} {day.day}, {day.year}"


def parse_period(kind: PeriodKind, text: str) -> Period:
    """Parse a period: `2025-11-12` for any kind, `2025-W46` for a week, `2025-11` for a month.

    A date selects the period that contains it, so a partition key and any day of a week are both valid.

    Raises:
        PeriodError: if the text is not a period of the kind. The message shows an example.
    """
    examples = {PeriodKind.DAILY: "2025-11-12", PeriodKind.WEEKLY: "2025-W46", PeriodKind.MONTHLY: "2025-11"}
    try:
        if kind is PeriodKind.WEEKLY and (week := re.fullmatch(r"(\d{4})-?W(\d{2})", text, re.ASCII)):
            return _check_year(Period(kind, date.fromisocalendar(int(week[1]), int(week[2]), 1)))
        if kind is PeriodKind.MONTHLY and (month := re.fullmatch(r"(\d{4})-(\d{2})", text, re.ASCII)):
            return _check_year(Period(kind, date(int(month[1]), int(month[2]), 1)))
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return _check_year(period_of_day(kind, date.fromisoformat(text)))
    except ValueError as error:
        raise PeriodError(f"{text!r} is not a {kind.noun}: {error}. Write it like {examples[kind]}.") from error
    raise PeriodError(f"{text!r} is not a {kind.noun}. Write it like {examples[kind]}.")


def parse_range(text: str) -> tuple[date, date]:
    """Parse `2025-10-01..2025-11-15` (both days included) or one day into the first and the last day.

    Raises:
        PeriodError: if the text is not a range, or the range ends before it starts.
    """
    first, dots, last = text.partition("..")
    start = parse_period(PeriodKind.DAILY, first.strip()).start
    end = parse_period(PeriodKind.DAILY, last.strip()).start if dots else start
    if end < start:
        raise PeriodError(f"the range {text} ends before it starts. Write the earlier day first.")
    return start, end


def periods_between(kind: PeriodKind, first: date, last: date) -> tuple[Period, ...]:
    """Return the periods of a kind that are completely within a range of days, both ends included."""
    period = period_of_day(kind, first)
    if period.start < first:
        period = period.next()
    periods = []
    while period.end <= last + timedelta(days=1):
        periods.append(period)
        period = period.next()
    return tuple(periods)


def consecutive_ranges(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Yield (first, last) of each run of consecutive days, in order. One collection pass covers one run."""
    run: list[date] = []
    for day in sorted(set(days)):
        if run and day != run[-1] + timedelta(days=1):
            yield run[0], run[-1]
            run = []
        run.append(day)
    if run:
        yield run[0], run[-1]


def _find_first_day(kind: PeriodKind, day: date) -> date:
    match kind:
        case PeriodKind.DAILY:
            return day
        case PeriodKind.WEEKLY:
            return day - timedelta(days=day.weekday())
        case PeriodKind.MONTHLY:
            return day.replace(day=1)


def _compute_midnight(day: date, timezone: str) -> datetime:
    # fold=0: where clocks skip midnight (Cairo, Santiago), the day begins at the instant of the change, so that
    # there is no gap between neighbouring windows.
    return datetime.combine(day, time(), ZoneInfo(timezone)).astimezone(UTC)


def _check_year(period: Period) -> Period:
    if not MIN_YEAR <= period.start.year <= MAX_YEAR:
        raise ValueError(f"the year must be between {MIN_YEAR} and {MAX_YEAR}")
    return period
