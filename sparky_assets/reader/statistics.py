"""Numbers over time for pages and API: by day, by period, by repository, by person. Reads metrics, computes none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import polars as pl

from sparky_assets.audience import Audience
from sparky_assets.metrics.models import (
    CHANGE_TABLE,
    CONTRIBUTIONS,
    CONTRIBUTOR_TABLE,
    DAY_TABLE,
    REPOSITORY_TABLE,
    WHOLE,
    MetricTable,
    Number,
)
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.reader.library import Library

LOOK_BACK = {PeriodKind.DAILY: 30, PeriodKind.WEEKLY: 26, PeriodKind.MONTHLY: 24}
"""Periods that a history shows."""
YEAR = 53 * 7
"""Days of the calendar: a year, and the week that it began in."""
MOST_STORIES = 30
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Point:
    """One value of a history; None where the period was not counted or cannot tell."""

    period: Period
    value: Number | None


@dataclass(frozen=True)
class Story:
    """A sentence that some digest told of a repository."""

    period: Period
    text: str
    links: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True)
class Someone:
    """A person or bot over several periods."""

    key: str
    name: str
    login: str | None
    is_bot: bool
    history: tuple[tuple[Period, Row], ...]
    totals: Mapping[str, int]
    repositories: tuple[str, ...] = field(default=())


def counts_by_day(library: Library, audience: Audience, last: date, metric: str = "commits") -> dict[date, int | None]:
    """The days of a year up to `last`, from the largest periods that hold them: a dozen tables, not hundreds."""
    first = last - timedelta(days=YEAR - 1)
    found: dict[date, int | None] = {}
    for kind in (PeriodKind.MONTHLY, PeriodKind.WEEKLY, PeriodKind.DAILY):
        for period in library.counted(kind, audience):
            lacking = [day.start for day in period.days if day.start not in found and first <= day.start <= last]
            table = library.table(period, audience, DAY_TABLE) if lacking else None
            if table is not None:
                values = dict(table.select("day", metric).iter_rows())
                found.update({day: values.get(day.isoformat()) for day in lacking})
    return {day: found.get(day) for day in (first + timedelta(days=number) for number in range(YEAR))}


def history(
    library: Library, audience: Audience, last: Period, metric: str, *, scope: str = WHOLE, count: int | None = None
) -> list[Point]:
    """A metric of the counted periods up to `last`, oldest first."""
    points = []
    for period in _up_to(library.counted(last.kind, audience), last, count):
        metrics = library.metrics(period, audience)
        points.append(Point(period, metrics.find(metric, scope) if metrics else None))
    return points


def rows(library: Library, audience: Audience, period: Period, table: MetricTable) -> list[Row]:
    """The rows of a table of one period; none where it is not there."""
    frame = library.table(period, audience, table)
    return list(frame.iter_rows(named=True)) if frame is not None else []


def repositories(library: Library, audience: Audience, period: Period) -> list[Row]:
    """The repositories in which anything happened, the busiest first."""
    found = rows(library, audience, period, REPOSITORY_TABLE)
    return sorted(found, key=lambda row: (-(row["commits"] or 0), row["repository"]))


def people(library: Library, audience: Audience, period: Period) -> list[Row]:
    """Who did anything, by name: contributions are credited, not ranked."""
    found = rows(library, audience, period, CONTRIBUTOR_TABLE)
    return sorted(found, key=lambda row: (row["is_bot"], str(row["name"]).casefold(), row["key"]))


def changes(library: Library, audience: Audience, period: Period, kind: str) -> list[Row]:
    """Commits by type of change or by language, most first."""
    found = [row for row in rows(library, audience, period, CHANGE_TABLE) if row["kind"] == kind]
    return sorted(found, key=lambda row: (-(row["commits"] or 0), row["name"]))


def repository_history(library: Library, audience: Audience, name: str, last: Period) -> list[tuple[Period, Row]]:
    """What happened in one repository, period by period up to `last`; periods without it are left out."""
    return _with(library, audience, last, REPOSITORY_TABLE, where=("repository", name))


def someone(library: Library, audience: Audience, key: str, last: Period) -> Someone | None:
    """A person by key, over the periods up to `last`; None where none of them knows that key."""
    found = _with(library, audience, last, CONTRIBUTOR_TABLE, where=("key", key))
    if not found:
        return None
    newest = found[-1][1]
    totals = {name: sum(row[name] or 0 for _, row in found) for name in CONTRIBUTIONS}
    places = sorted({place for _, row in found for place in row["repositories"] or ()})
    return Someone(
        key, newest["name"], newest["login"], newest["is_bot"], tuple(found),
        {name: value for name, value in totals.items() if value}, tuple(places),
    )  # fmt: skip


def stories(library: Library, audience: Audience, name: str, last: Period) -> list[Story]:
    """What digests told of a repository lately, newest first."""
    told: list[Story] = []
    for period in reversed(_up_to(library.periods(last.kind, audience), last, None)):
        insight = library.insight(period, audience)
        for claim in insight.claims if insight else ():
            if claim.repository == name and claim.section in {"change", "release", "highlight"} and insight:
                links = tuple((item.reference, item.url) for item in insight.cited(claim))
                told.append(Story(period, claim.text, links))
        if len(told) >= MOST_STORIES:
            break
    return told[:MOST_STORIES]


def _with(
    library: Library, audience: Audience, last: Period, table: MetricTable, *, where: tuple[str, str]
) -> list[tuple[Period, Row]]:
    column, value = where
    found: list[tuple[Period, Row]] = []
    for period in _up_to(library.counted(last.kind, audience), last, None):
        frame = library.table(period, audience, table)
        if frame is not None:
            found += [(period, row) for row in frame.filter(pl.col(column) == value).iter_rows(named=True)]
    return found


def _up_to(periods: Sequence[Period], last: Period, count: int | None) -> list[Period]:
    return [period for period in periods if period <= last][-(count or LOOK_BACK[last.kind]) :]
