"""Periods in prose and in page names. Pure.

Month and weekday names follow `digests.language`, not the machine's locale.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal

from sparky_assets.periods import MONTH_NAMES, WEEKDAY_NAMES, Period, PeriodKind, format_date, format_dates

Language = Literal["en", "de"]


@dataclass(frozen=True)
class _CalendarWords:
    """Month and weekday names of a language, and what follows the number of a day."""

    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    ordinal_suffix: str


CALENDAR_WORDS: Mapping[Language, _CalendarWords] = MappingProxyType(
    {
        "en": _CalendarWords(MONTH_NAMES, WEEKDAY_NAMES, ""),
        "de": _CalendarWords(
            ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
             "November", "Dezember"),
            ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
            ".",
        ),
    }
)  # fmt: skip


def format_period(period: Period, language: Language = "en") -> str:
    """Format a period for prose: `Wednesday, November 12, 2025`, `November 10–16, 2025 (2025-W46)`, `November 2025`."""
    if language == "en":
        return f"{format_dates(period)} ({period.label})" if period.kind is PeriodKind.WEEKLY else format_dates(period)
    words = CALENDAR_WORDS[language]
    first, last = period.start, period.end - timedelta(days=1)
    match period.kind:
        case PeriodKind.DAILY:
            return f"{words.weekdays[first.weekday()]}, {format_day(first, language)}"
        case PeriodKind.WEEKLY:
            start = f"{first.day}{words.ordinal_suffix}"
            if first.month != last.month:
                start += f" {words.months[first.month - 1]}"
            if first.year != last.year:
                start += f" {first.year}"
            dash = "–" if first.month == last.month else " – "
            return f"{start}{dash}{format_day(last, language)} ({period.label})"
        case PeriodKind.MONTHLY:
            return f"{words.months[first.month - 1]} {first.year}"


def format_day(day: date, language: Language = "en") -> str:
    """Format a day: `November 12, 2025`, in German `12. November 2025`."""
    if language == "en":
        return format_date(day)
    words = CALENDAR_WORDS[language]
    return f"{day.day}{words.ordinal_suffix} {words.months[day.month - 1]} {day.year}"


def format_page_name(period: Period) -> str:
    """Format the name of a period's page in a destination: `2025-11-14`, `week-2025-46` or `november-2025`."""
    match period.kind:
        case PeriodKind.DAILY:
            return period.key
        case PeriodKind.WEEKLY:
            return f"week-{period.label.replace('W', '')}"
        case PeriodKind.MONTHLY:
            return f"{MONTH_NAMES[period.start.month - 1].lower()}-{period.start.year}"


def get_archive_day(period: Period) -> date:
    """Return a day of the year and month that a page is archived under. A week belongs to its Thursday, as in ISO."""
    return period.start + timedelta(days=3) if period.kind is PeriodKind.WEEKLY else period.start
