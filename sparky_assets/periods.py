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

FIRST_YEAR, LAST_YEAR = 1970, 2105
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
class Window:
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
        if self.start != _first_day(self.kind, self.start):
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
        return containing(self.kind, self.start - timedelta(days=1))

    def next(self) -> "Period":
        """The period of the same kind just after this one."""
        return containing(self.kind, self.end)

    def window(self, timezone: str) -> Window:
        """The instants that it covers where people live by `timezone`; a day at a clock change has 23 or 25 hours."""
        return Window(_midnight(self.start, timezone), _midnight(self.end, timezone), timezone)

    def is_closed(self, now: datetime, timezone: str, settle: timedelta) -> bool:
        """Whether it has ended, and long enough ago for the last events to have reached their sources."""
        return now >= self.window(timezone).end + settle

    def __str__(self) -> str:
        return f"{self.kind.noun} {self.label}"


def containing(kind: PeriodKind, day: date) -> Period:
    """The period of a kind that holds a day."""
    return Period(kind, _first_day(kind, day))


def last_closed(kind: PeriodKind, now: datetime, timezone: str, settle: timedelta) -> Period:
    """The latest period of a kind that is over and settled at `now`."""
    # The windows decide, not the date on the clock: where clocks go back at 00:01 it is yesterday once more.
    period = containing(kind, now.astimezone(ZoneInfo(timezone)).date())
    while not period.is_closed(now, timezone, settle):
        period = period.previous()
    return period


def closed_lately(
    kind: PeriodKind, now: datetime, timezone: str, settle: timedelta, *, catch_up: timedelta, first: date
) -> Iterator[Period]:
    """The last closed period of a kind and those before it that ended within `catch_up`, newest first."""
    period = last_closed(kind, now, timezone, settle)
    newest = period
    while period.start >= first and (period == newest or period.window(timezone).end >= now - catch_up):
        yield period
        period = period.previous()


def parse(kind: PeriodKind, text: str) -> Period:
    """Read a period as people write it: `2025-11-12` for any kind, `2025-W46` for a week, `2025-11` for a month.

    A date names the period that holds it, so that a partition key and any day inside a week are both understood.

    Raises:
        PeriodError: when the text is no such period; the message shows what would be.
    """
    examples = {PeriodKind.DAILY: "2025-11-12", PeriodKind.WEEKLY: "2025-W46", PeriodKind.MONTHLY: "2025-11"}
    try:
        if kind is PeriodKind.WEEKLY and (week := re.fullmatch(r"(\d{4})-?W(\d{2})", text, re.ASCII)):
            return _in_range(Period(kind, date.fromisocalendar(int(week[1]), int(week[2]), 1)))
        if kind is PeriodKind.MONTHLY and (month := re.fullmatch(r"(\d{4})-(\d{2})", text, re.ASCII)):
            return _in_range(Period(kind, date(int(month[1]), int(month[2]), 1)))
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return _in_range(containing(kind, date.fromisoformat(text)))
    except ValueError as error:
        raise PeriodError(f"{text!r} is not a {kind.noun}: {error}. Write it like {examples[kind]}.") from error
    raise PeriodError(f"{text!r} is not a {kind.noun}. Write it like {examples[kind]}.")


def parse_range(text: str) -> tuple[date, date]:
    """Read `2025-10-01..2025-11-15` (both days included) or one day.

    Raises:
        PeriodError: when it is no range, or ends before it starts.
    """
    first, dots, last = text.partition("..")
    start = parse(PeriodKind.DAILY, first.strip()).start
    end = parse(PeriodKind.DAILY, last.strip()).start if dots else start
    if end < start:
        raise PeriodError(f"the range {text} ends before it starts. Write the earlier day first.")
    return start, end


def within(kind: PeriodKind, first: date, last: date) -> tuple[Period, ...]:
    """The periods of a kind that lie wholly between two days, both included."""
    period = containing(kind, first)
    if period.start < first:
        period = period.next()
    found = []
    while period.end <= last + timedelta(days=1):
        found.append(period)
        period = period.next()
    return tuple(found)


def runs_of_days(days: Iterable[date]) -> Iterator[tuple[date, date]]:
    """Group days into runs of consecutive ones, as (first, last), in order: one collection pass serves each."""
    run: list[date] = []
    for day in sorted(set(days)):
        if run and day != run[-1] + timedelta(days=1):
            yield run[0], run[-1]
            run = []
        run.append(day)
    if run:
        yield run[0], run[-1]


def _first_day(kind: PeriodKind, day: date) -> date:
    match kind:
        case PeriodKind.DAILY:
            return day
        case PeriodKind.WEEKLY:
            return day - timedelta(days=day.weekday())
        case PeriodKind.MONTHLY:
            return day.replace(day=1)


def _midnight(day: date, timezone: str) -> datetime:
    # fold=0: where clocks skip midnight (Cairo, Santiago), the day begins at the instant of the change, so that
    # neighbouring windows still meet without a gap.
    return datetime.combine(day, time(), ZoneInfo(timezone)).astimezone(UTC)


def _in_range(period: Period) -> Period:
    if not FIRST_YEAR <= period.start.year <= LAST_YEAR:
        raise ValueError(f"the year must lie between {FIRST_YEAR} and {LAST_YEAR}")
    return period
