"""Numbers over time for pages and API: by day, by period, by repository, by person. Reads metrics, computes none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl

from sparky_assets.metrics.models import (
    CHANGE_TABLE,
    CONTRIBUTION_COLUMNS,
    CONTRIBUTOR_TABLE,
    DAY_TABLE,
    REPOSITORY_TABLE,
    SCOPE_ALL,
    MetricTableSpec,
    MetricValue,
)
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.reader.library import DigestLibrary
from sparky_assets.store import Audience

MAX_HISTORY_PERIODS = {PeriodKind.DAILY: 30, PeriodKind.WEEKLY: 26, PeriodKind.MONTHLY: 24}
"""Periods that a history shows."""


CALENDAR_DAYS = 53 * 7
"""Days of the calendar: a year, and the week that it began in."""


MAX_STORIES = 30


TableRow = Mapping[str, Any]


@dataclass(frozen=True)
class HistoryPoint:
    """One value of a history; None where the period was not counted or cannot tell."""

    period: Period
    value: MetricValue | None


@dataclass(frozen=True)
class RepositoryStory:
    """A sentence that some digest told of a repository."""

    period: Period
    text: str
    links: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True)
class PersonHistory:
    """A person or bot over several periods."""

    key: str
    name: str
    login: str | None
    is_bot: bool
    history: tuple[tuple[Period, TableRow], ...]
    totals: Mapping[str, int]
    repositories: tuple[str, ...] = field(default=())


def load_daily_counts(
    library: DigestLibrary, audience: Audience, last: date, metric: str = "commits"
) -> dict[date, int | None]:
    """The days of a year up to `last`, from the largest periods that hold them: a dozen tables, not hundreds."""
    first = last - timedelta(days=CALENDAR_DAYS - 1)
    found: dict[date, int | None] = {}
    for kind in (PeriodKind.MONTHLY, PeriodKind.WEEKLY, PeriodKind.DAILY):
        for period in library.periods_with_metrics(kind, audience):
            lacking = [day.start for day in period.days if day.start not in found and first <= day.start <= last]
            table = library.load_table(period, audience, DAY_TABLE) if lacking else None
            if table is not None:
                values = dict(table.select("day", metric).iter_rows())
                found.update({day: values.get(day.isoformat()) for day in lacking})
    return {day: found.get(day) for day in (first + timedelta(days=number) for number in range(CALENDAR_DAYS))}


def load_metric_history(
    library: DigestLibrary,
    audience: Audience,
    last: Period,
    metric: str,
    *,
    scope: str = SCOPE_ALL,
    count: int | None = None,
) -> list[HistoryPoint]:
    """A metric of the counted periods up to `last`, oldest first."""
    points = []
    for period in _select_periods(library.periods_with_metrics(last.kind, audience), last, count):
        metrics = library.load_metrics(period, audience)
        points.append(HistoryPoint(period, metrics.find_value(metric, scope) if metrics else None))
    return points


def load_rows(library: DigestLibrary, audience: Audience, period: Period, table: MetricTableSpec) -> list[TableRow]:
    """The rows of a table of one period; none where it is not there."""
    frame = library.load_table(period, audience, table)
    return list(frame.iter_rows(named=True)) if frame is not None else []


def load_repository_rows(library: DigestLibrary, audience: Audience, period: Period) -> list[TableRow]:
    """The repositories in which anything happened, the busiest first."""
    found = load_rows(library, audience, period, REPOSITORY_TABLE)
    return sorted(found, key=lambda row: (-(row["commits"] or 0), row["repository"]))


def load_contributor_rows(library: DigestLibrary, audience: Audience, period: Period) -> list[TableRow]:
    """Who did anything, by name: contributions are credited, not ranked."""
    found = load_rows(library, audience, period, CONTRIBUTOR_TABLE)
    return sorted(found, key=lambda row: (row["is_bot"], str(row["name"]).casefold(), row["key"]))


def load_change_rows(library: DigestLibrary, audience: Audience, period: Period, kind: str) -> list[TableRow]:
    """Commits by type of change or by language, most first."""
    found = [row for row in load_rows(library, audience, period, CHANGE_TABLE) if row["kind"] == kind]
    return sorted(found, key=lambda row: (-(row["commits"] or 0), row["name"]))


def load_repository_history(
    library: DigestLibrary, audience: Audience, name: str, last: Period
) -> list[tuple[Period, TableRow]]:
    """What happened in one repository, period by period up to `last`; periods without it are left out."""
    return _load_matching_rows(library, audience, last, REPOSITORY_TABLE, where=("repository", name))


def load_person_history(library: DigestLibrary, audience: Audience, key: str, last: Period) -> PersonHistory | None:
    """A person by key, over the periods up to `last`; None where none of them knows that key."""
    found = _load_matching_rows(library, audience, last, CONTRIBUTOR_TABLE, where=("key", key))
    if not found:
        return None
    newest = found[-1][1]
    totals = {name: sum(row[name] or 0 for _, row in found) for name in CONTRIBUTION_COLUMNS}
    places = sorted({place for _, row in found for place in row["repositories"] or ()})
    return PersonHistory(
        key, newest["name"], newest["login"], newest["is_bot"], tuple(found),
        {name: value for name, value in totals.items() if value}, tuple(places),
    )  # fmt: skip


def load_stories(library: DigestLibrary, audience: Audience, name: str, last: Period) -> list[RepositoryStory]:
    """What digests told of a repository lately, newest first."""
    told: list[RepositoryStory] = []
    for period in reversed(_select_periods(library.list_periods(last.kind, audience), last, None)):
        insight = library.load_insight(period, audience)
        for claim in insight.claims if insight else ():
            if claim.repository == name and claim.section in {"change", "release", "highlight"} and insight:
                links = tuple((item.reference, item.url) for item in insight.get_cited_evidence(claim))
                told.append(RepositoryStory(period, claim.text, links))
        if len(told) >= MAX_STORIES:
            break
    return told[:MAX_STORIES]


def _load_matching_rows(
    library: DigestLibrary, audience: Audience, last: Period, table: MetricTableSpec, *, where: tuple[str, str]
) -> list[tuple[Period, TableRow]]:
    column, value = where
    found: list[tuple[Period, TableRow]] = []
    for period in _select_periods(library.periods_with_metrics(last.kind, audience), last, None):
        frame = library.load_table(period, audience, table)
        if frame is not None:
            found += [(period, row) for row in frame.filter(pl.col(column) == value).iter_rows(named=True)]
    return found


def _select_periods(periods: Sequence[Period], last: Period, count: int | None) -> list[Period]:
    return [period for period in periods if period <= last][-(count or MAX_HISTORY_PERIODS[last.kind]) :]
