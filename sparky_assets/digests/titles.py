"""What a text, and a change in it, is called. Titles and descriptions are as long as search engines and subjects of
mails show them, and never a cut sentence. Pure.

How a period is called in prose and in addresses. Month and day names do not follow the machine's locale.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal

from sparky_assets.insights.models import Evidence, Insight
from sparky_assets.metrics.models import SCOPE_ALL
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.text.clean import display_title
from sparky_assets.text.words import MONTH_NAMES, WEEKDAY_NAMES, join_words, pluralize

Language = Literal["en", "de"]


@dataclass(frozen=True)
class _CalendarWords:
    """The words of one language, and what stands behind the number of a day."""

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
    """`Wednesday, 12 November 2025`, `10–16 November 2025 (2025-W46)` or `November 2025`."""
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
    """`12 November 2025`."""
    words = CALENDAR_WORDS[language]
    return f"{day.day}{words.ordinal_suffix} {words.months[day.month - 1]} {day.year}"


def format_page_name(period: Period) -> str:
    """What a page is called in a destination: `2025-11-14`, `week-2025-46` or `november-2025`."""
    match period.kind:
        case PeriodKind.DAILY:
            return period.key
        case PeriodKind.WEEKLY:
            return f"week-{period.label.replace('W', '')}"
        case PeriodKind.MONTHLY:
            return f"{MONTH_NAMES[period.start.month - 1].lower()}-{period.start.year}"


def get_archive_day(period: Period) -> date:
    """A day of the year and month that a page lies in. A week lies where its Thursday does, as its ISO year says."""
    return period.start + timedelta(days=3) if period.kind is PeriodKind.WEEKLY else period.start


MAX_TITLE_LENGTH, MAX_DESCRIPTION_LENGTH = 60, 160
"""Characters that a search engine shows."""


_FULL_HASH = re.compile(r"\b([0-9a-f]{7})[0-9a-f]{33}\b")


def format_title(insight: Insight, language: Language) -> str:
    """`Acme: 10–16 November 2025 (2025-W46)`."""
    return f"{insight.organisation or 'Engineering'}: {format_period(insight.period, language)}"


def format_short_title(insight: Insight, language: Language) -> str:
    """What the period brought, in at most 60 characters: `Acme, 2025-W46: 13 merged pull requests and 1 release`."""
    name = insight.organisation or "Engineering"
    counts = list(_list_counts(insight))
    spelt = format_period(insight.period, language).partition(" (")[0]
    candidates = [
        f"{name}, {when}: {join_words(counts[:most])}"
        for when in (spelt, insight.period.label)
        for most in (2, 1)
        if counts[:most]
    ]
    candidates += [f"{name}, {spelt}", f"{name}, {insight.period.label}", spelt]
    return next(one for one in candidates if len(one) <= MAX_TITLE_LENGTH)


def format_description(insight: Insight) -> str:
    """The headline, or as many of its counts as 160 characters hold."""
    lead = insight.claims[0].text
    if len(lead) <= MAX_DESCRIPTION_LENGTH:
        return lead
    counts = list(_list_counts(insight))
    shorter = [f"{join_words(counts[:most])}." for most in range(len(counts), 0, -1)]
    return next((one for one in shorter if len(one) <= MAX_DESCRIPTION_LENGTH), "It was quiet.")


def format_brief_title(evidence: Evidence) -> str:
    """What a change is called where it is told by its title alone; a full hash says no more than its beginning."""
    return _FULL_HASH.sub(r"\1", display_title(evidence.title))


def _list_counts(insight: Insight) -> Iterator[str]:
    values = {
        fact.metric: int(fact.value) for fact in insight.facts if fact.scope == SCOPE_ALL and fact.unit == "count"
    }
    for metric, one, many in (
        ("pull_requests_merged", "merged pull request", "merged pull requests"),
        ("releases", "release", "releases"),
        ("commits", "commit", "commits"),
    ):
        if values.get(metric):
            yield pluralize(values[metric], one, many)
