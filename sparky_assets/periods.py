"""The calendar: days, ISO weeks and months, and the windows of time they cover. Pure; it never reads a clock.

What does not belong here: Dagster's partitions (`partitions.py`) and anything that knows what a period holds.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

MIN_YEAR, MAX_YEAR = 1970, 2105
"""Outside these a period is a typing error, not a wish. git and GitHub hold no earlier event."""


class PeriodError(ValueError):
    """A period that cannot be read from the text given, or cannot be written yet."""


class PeriodKind(StrEnum):
    """How long a period is. The value names the stage packages and asset keys: `daily/metrics`."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"

    @property
    def noun(self) -> str:
        """`day`, `week` or `month`, as people say it and the command line takes it."""
        return {"daily": "day", "weekly": "week", "monthly": "month"}[self.value]

    @classmethod
    def from_noun(cls, noun: str) -> "PeriodKind":
        """The kind that `day`, `week` or `month` names.

        Raises:
            PeriodError: when it is another word.
        """
        for kind in cls:
            if kind.noun == noun:
                return kind
        raise PeriodError(f"{noun!r} is not a kind of period; write day, week or month.")


@dataclass(frozen=True, order=True)
class TimeWindow:
    """A half-open stretch of time `[start, end)` between two UTC instants, with the timezone that people read it in."""

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
        """The partition key: the ISO date of the first day. For a week that is its Monday."""
        return self.start.isoformat()

    @cached_property
    def end(self) -> date:
        """The first day after the period."""
        match self.kind:
            case PeriodKind.DAILY:
                return self.start + timedelta(days=1)
            case PeriodKind.WEEKLY:
                return self.start + timedelta(days=7)
            case PeriodKind.MONTHLY:
                return (self.start + timedelta(days=31)).replace(day=1)

    @property
    def label(self) -> str:
        """`2025-11-12`, `2025-W46` or `2025-11`. A week's year is its ISO year: 2024-12-30 is in 2025-W01."""
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
        """The daily periods that it consists of: 1, 7 or 28 to 31."""
        count = (self.end - self.start).days
        return tuple(Period(PeriodKind.DAILY, self.start + timedelta(days=i)) for i in range(count))

    def previous(self) -> "Period":
        """The period of the same kind just before this one."""
        return period_of_day(self.kind, self.start - timedelta(days=1))

    def next(self) -> "Period":
        """The period of the same kind just after this one."""
        return period_of_day(self.kind, self.end)

    def window(self, timezone: str) -> TimeWindow:
        """The instants that it covers where people live by `timezone`; a day at a clock change has 23 or 25 hours."""
        return TimeWindow(_compute_midnight(self.start, timezone), _compute_midnight(self.end, timezone), timezone)

    def __str__(self) -> str:
        return f"{self.kind.noun} {self.label}"


def period_of_day(kind: PeriodKind, day: date) -> Period:
    """The period of a kind that holds a day."""
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

    def closes_at(self, period: Period) -> datetime:
        """Return the instant from which a period counts as closed: its end plus the grace period."""
        return self.window(period).end + self.grace

    def is_closed(self, period: Period, now: datetime) -> bool:
        """Return whether a period ended long enough ago for its last events to have reached their sources."""
        return now >= self.closes_at(period)

    def last_closed(self, kind: PeriodKind, now: datetime) -> Period:
        """Return the latest period of a kind that is closed at `now`."""
        # The windows decide, not the date on the clock: where clocks go back at 00:01 it is yesterday once more.
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


def parse_period(kind: PeriodKind, text: str) -> Period:
    """Read a period as people write it: `2025-11-12` for any kind, `2025-W46` for a week, `2025-11` for a month.

    A date names the period that holds it, so that a partition key and any day inside a week are both understood.

    Raises:
        PeriodError: when the text is no such period; the message shows what would be.
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
    """Read `2025-10-01..2025-11-15` (both days included) or one day.

    Raises:
        PeriodError: when it is no range, or ends before it starts.
    """
    first, dots, last = text.partition("..")
    start = parse_period(PeriodKind.DAILY, first.strip()).start
    end = parse_period(PeriodKind.DAILY, last.strip()).start if dots else start
    if end < start:
        raise PeriodError(f"the range {text} ends before it starts. Write the earlier day first.")
    return start, end


def periods_between(kind: PeriodKind, first: date, last: date) -> tuple[Period, ...]:
    """The periods of a kind that lie wholly between two days, both included."""
    period = period_of_day(kind, first)
    if period.start < first:
        period = period.next()
    found = []
    while period.end <= last + timedelta(days=1):
        found.append(period)
        period = period.next()
    return tuple(found)


def consecutive_ranges(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Group days into runs of consecutive ones, as (first, last), in order: one collection pass serves each."""
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
    # neighbouring windows still meet without a gap.
    return datetime.combine(day, time(), ZoneInfo(timezone)).astimezone(UTC)


def _check_year(period: Period) -> Period:
    if not MIN_YEAR <= period.start.year <= MAX_YEAR:
        raise ValueError(f"the year must lie between {MIN_YEAR} and {MAX_YEAR}")
    return period
