"""Titles and descriptions of texts, and periods in prose and in page names. Pure.

Titles and descriptions fit what search engines and mail subjects show, and are never cut in the middle of a sentence.
Month and weekday names follow `digests.language`, not the machine's locale.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal

from sparky_assets.insights.models import Evidence, Insight
from sparky_assets.metrics.models import SCOPE_ALL
from sparky_assets.periods import MONTH_NAMES, WEEKDAY_NAMES, Period, PeriodKind
from sparky_assets.text.clean import display_title
from sparky_assets.text.words import join_words, pluralize

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
    """Format a period for prose: `Wednesday, 12 November 2025`, `10–16 November 2025 (2025-W46)`, `November 2025`."""
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
    """Format a day: `12 November 2025`."""
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


MAX_TITLE_LENGTH, MAX_DESCRIPTION_LENGTH = 60, 160
"""Characters that a search engine shows."""

_FULL_HASH = re.compile(r"\b([0-9a-f]{7})[0-9a-f]{33}\b")


def format_title(insight: Insight, language: Language) -> str:
    """Format the title of a digest: `Acme: 10–16 November 2025 (2025-W46)`."""
    return f"{insight.organisation or 'Engineering'}: {format_period(insight.period, language)}"


def format_short_title(insight: Insight, language: Language) -> str:
    """Format a title of at most 60 characters: `Acme, 2025-W46: 13 merged pull requests and 1 release`."""
    name = insight.organisation or "Engineering"
    counts = list(_list_counts(insight))
    period = format_period(insight.period, language).partition(" (")[0]
    candidates = [
        f"{name}, {label}: {join_words(counts[:max_counts])}"
        for label in (period, insight.period.label)
        for max_counts in (2, 1)
        if counts
    ]
    candidates += [f"{name}, {period}", f"{name}, {insight.period.label}", period]
    return next(title for title in candidates if len(title) <= MAX_TITLE_LENGTH)


def format_description(insight: Insight) -> str:
    """Return the headline, or as many of its counts as fit into 160 characters."""
    headline = insight.claims[0].text
    if len(headline) <= MAX_DESCRIPTION_LENGTH:
        return headline
    counts = list(_list_counts(insight))
    candidates = [f"{join_words(counts[:max_counts])}." for max_counts in range(len(counts), 0, -1)]
    return next((text for text in candidates if len(text) <= MAX_DESCRIPTION_LENGTH), "It was quiet.")


def format_brief_title(evidence: Evidence) -> str:
    """Format the title of a change that is listed without a sentence; full commit hashes are shortened."""
    return _FULL_HASH.sub(r"\1", display_title(evidence.title))


def _list_counts(insight: Insight) -> Iterator[str]:
    values = {
        fact.metric: int(fact.value) for fact in insight.facts if fact.scope == SCOPE_ALL and fact.unit == "count"
    }
    for metric, singular, plural in (
        ("pull_requests_merged", "merged pull request", "merged pull requests"),
        ("releases", "release", "releases"),
        ("commits", "commit", "commits"),
    ):
        if values.get(metric):
            yield pluralize(values[metric], singular, plural)
