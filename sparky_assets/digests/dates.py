"""How a period is called in prose and in addresses. Month and day names do not follow the machine's locale."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal

from sparky_assets.periods import Period, PeriodKind

Language = Literal["en", "de"]
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class _Calendar:
    """The words of one language, and what stands behind the number of a day."""

    months: tuple[str, ...]
    days: tuple[str, ...]
    ordinal: str


CALENDARS: Mapping[Language, _Calendar] = MappingProxyType(
    {
        "en": _Calendar(MONTHS, DAYS, ""),
        "de": _Calendar(
            ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
             "November", "Dezember"),
            ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
            ".",
        ),
    }
)  # fmt: skip


def spoken(period: Period, language: Language = "en") -> str:
    """`Wednesday, 12 November 2025`, `10–16 November 2025 (2025-W46)` or `November 2025`."""
    words = CALENDARS[language]
    first, last = period.start, period.end - timedelta(days=1)
    match period.kind:
        case PeriodKind.DAILY:
            return f"{words.days[first.weekday()]}, {spoken_day(first, language)}"
        case PeriodKind.WEEKLY:
            start = f"{first.day}{words.ordinal}"
            if first.month != last.month:
                start += f" {words.months[first.month - 1]}"
            if first.year != last.year:
                start += f" {first.year}"
            dash = "–" if first.month == last.month else " – "
            return f"{start}{dash}{spoken_day(last, language)} ({period.label})"
        case PeriodKind.MONTHLY:
            return f"{words.months[first.month - 1]} {first.year}"


def spoken_day(day: date, language: Language = "en") -> str:
    """`12 November 2025`."""
    words = CALENDARS[language]
    return f"{day.day}{words.ordinal} {words.months[day.month - 1]} {day.year}"


def page_name(period: Period) -> str:
    """What a page is called in a destination: `2025-11-14`, `week-2025-46` or `november-2025`."""
    match period.kind:
        case PeriodKind.DAILY:
            return period.key
        case PeriodKind.WEEKLY:
            return f"week-{period.label.replace('W', '')}"
        case PeriodKind.MONTHLY:
            return f"{MONTHS[period.start.month - 1].lower()}-{period.start.year}"


def shelf_of(period: Period) -> date:
    """A day of the year and month that a page lies in. A week lies where its Thursday does, as its ISO year says."""
    return period.start + timedelta(days=3) if period.kind is PeriodKind.WEEKLY else period.start
