"""Pages of statistics: a period, a repository, a person; and their histories, which the API uses too.

Everything is read from the stored metrics, the same numbers that digests print. Nothing is computed here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sparky_assets.metrics.catalog import METRICS_BY_NAME
from sparky_assets.metrics.models import (
    CHANGE_TABLE,
    CONTRIBUTION_COLUMNS,
    CONTRIBUTOR_TABLE,
    DAY_TABLE,
    REPOSITORY_TABLE,
    SCOPE_ALL,
    VOLUME_COLUMNS,
    Metrics,
    MetricTableSpec,
    MetricValue,
)
from sparky_assets.metrics.trends import Lookback
from sparky_assets.periods import Period, PeriodKind, period_of_day
from sparky_assets.reader.formatting import format_value, metric_label, person_url, repository_url
from sparky_assets.reader.library import DigestLibrary
from sparky_assets.reader.pages import svg as figures
from sparky_assets.reader.pages.common import kind_from_path, period_from_path, previous_and_next, render_page
from sparky_assets.reader.responses import ReaderContext, get_audience, get_reader
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
    """A sentence of a digest about a repository."""

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
    """Return the days of a year up to `last`, from the largest periods that hold them: a dozen tables, not hundreds."""
    first = last - timedelta(days=CALENDAR_DAYS - 1)
    counts: dict[date, int | None] = {}
    for kind in (PeriodKind.MONTHLY, PeriodKind.WEEKLY, PeriodKind.DAILY):
        for period in library.periods_with_metrics(kind, audience):
            lacking = [day.start for day in period.days if day.start not in counts and first <= day.start <= last]
            table = library.load_table(period, audience, DAY_TABLE) if lacking else None
            if table is not None:
                values = dict(table.select("day", metric).iter_rows())
                counts.update({day: values.get(day.isoformat()) for day in lacking})
    return {day: counts.get(day) for day in (first + timedelta(days=number) for number in range(CALENDAR_DAYS))}


def load_metric_history(
    library: DigestLibrary,
    audience: Audience,
    last: Period,
    metric: str,
    *,
    scope: str = SCOPE_ALL,
    count: int | None = None,
) -> list[HistoryPoint]:
    """Return a metric of the counted periods up to `last`, oldest first."""
    points = []
    for period in _select_periods(library.periods_with_metrics(last.kind, audience), last, count):
        metrics = library.load_metrics(period, audience)
        points.append(HistoryPoint(period, metrics.find_value(metric, scope) if metrics else None))
    return points


def load_rows(library: DigestLibrary, audience: Audience, period: Period, table: MetricTableSpec) -> list[TableRow]:
    """Return the rows of a table of one period; none where it is not there."""
    frame = library.load_table(period, audience, table)
    return list(frame.iter_rows(named=True)) if frame is not None else []


def load_repository_rows(library: DigestLibrary, audience: Audience, period: Period) -> list[TableRow]:
    """Return the repositories in which anything happened, the busiest first."""
    rows = load_rows(library, audience, period, REPOSITORY_TABLE)
    return sorted(rows, key=lambda row: (-(row["commits"] or 0), row["repository"]))


def load_contributor_rows(library: DigestLibrary, audience: Audience, period: Period) -> list[TableRow]:
    """Who did anything, by name: contributions are credited, not ranked."""
    rows = load_rows(library, audience, period, CONTRIBUTOR_TABLE)
    return sorted(rows, key=lambda row: (row["is_bot"], str(row["name"]).casefold(), row["key"]))


def load_change_rows(library: DigestLibrary, audience: Audience, period: Period, kind: str) -> list[TableRow]:
    """Commits by type of change or by language, most first."""
    rows = [row for row in load_rows(library, audience, period, CHANGE_TABLE) if row["kind"] == kind]
    return sorted(rows, key=lambda row: (-(row["commits"] or 0), row["name"]))


def load_repository_history(
    library: DigestLibrary, audience: Audience, name: str, last: Period
) -> list[tuple[Period, TableRow]]:
    """Return what happened in one repository, period by period up to `last`; periods without it are left out."""
    return _load_matching_rows(library, audience, last, REPOSITORY_TABLE, where=("repository", name))


def load_person_history(library: DigestLibrary, audience: Audience, key: str, last: Period) -> PersonHistory | None:
    """Return a person by key, over the periods up to `last`; None where none of them knows that key."""
    history = _load_matching_rows(library, audience, last, CONTRIBUTOR_TABLE, where=("key", key))
    if not history:
        return None
    newest = history[-1][1]
    totals = {name: sum(row[name] or 0 for _, row in history) for name in CONTRIBUTION_COLUMNS}
    places = sorted({place for _, row in history for place in row["repositories"] or ()})
    return PersonHistory(
        key, newest["name"], newest["login"], newest["is_bot"], tuple(history),
        {name: value for name, value in totals.items() if value}, tuple(places),
    )  # fmt: skip


def load_stories(library: DigestLibrary, audience: Audience, name: str, last: Period) -> list[RepositoryStory]:
    """Return recent sentences of digests about a repository, newest first."""
    stories: list[RepositoryStory] = []
    for period in reversed(_select_periods(library.list_periods(last.kind, audience), last, None)):
        insight = library.load_insight(period, audience)
        for claim in insight.claims if insight else ():
            if claim.repository == name and claim.section in {"change", "release", "highlight"} and insight:
                links = tuple((item.reference, item.url) for item in insight.get_cited_evidence(claim))
                stories.append(RepositoryStory(period, claim.text, links))
        if len(stories) >= MAX_STORIES:
            break
    return stories[:MAX_STORIES]


def _load_matching_rows(
    library: DigestLibrary, audience: Audience, last: Period, table: MetricTableSpec, *, where: tuple[str, str]
) -> list[tuple[Period, TableRow]]:
    column, value = where
    matches: list[tuple[Period, TableRow]] = []
    for period in _select_periods(library.periods_with_metrics(last.kind, audience), last, None):
        frame = library.load_table(period, audience, table)
        if frame is not None:
            matches += [(period, row) for row in frame.filter(pl.col(column) == value).iter_rows(named=True)]
    return matches


def _select_periods(periods: Sequence[Period], last: Period, count: int | None) -> list[Period]:
    return [period for period in periods if period <= last][-(count or MAX_HISTORY_PERIODS[last.kind]) :]


TILE_METRICS = (
    "commits",
    "people",
    "pull_requests_merged",
    "reviews",
    "issues_closed",
    "releases",
    "active_repositories",
    "changed_files",
)


FLOW_LABELS = {
    "time_to_first_response": "First response", "time_to_first_review": "First review", "time_in_review": "In review",
    "time_to_merge": "To merge", "issue_time_to_first_response": "Issue to first response",
    "issue_time_to_close": "Issue to close", "lead_time_for_changes": "Commit to release",
}  # fmt: skip


MAX_BARS, MAX_PERIOD_OPTIONS, MAX_ROWS = 15, 120, 200


@dataclass(frozen=True)
class MetricTile:
    """A number of the period, and how it was before."""

    label: str
    value: str
    change: str
    about: str


@dataclass(frozen=True)
class TrendRow:
    """A number against earlier periods, in words."""

    label: str
    about: str
    value: str
    previous: str
    usual: str
    standing: str


def redirect_to_latest_statistics(request: Request) -> Response:
    """`/statistics` leads to the newest week that was counted, else month or day; a picked period to its page."""
    reader, audience = get_reader(request), get_audience(request)
    kinds = [PeriodKind.WEEKLY, PeriodKind.MONTHLY, PeriodKind.DAILY]
    if "kind" in request.path_params:
        kinds = [kind_from_path(request)]
        if picked := request.query_params.get("period"):
            request.path_params["label"] = picked
            return RedirectResponse(_statistics_url(period_from_path(request)), 303)
    for kind in kinds:
        if counted := reader.library.periods_with_metrics(kind, audience):
            return RedirectResponse(_statistics_url(counted[-1]), 307)
    return render_page(request, "empty.html.j2", {})


def show_period_statistics(request: Request) -> Response:
    """Everything that was counted of a period."""
    reader, audience, period = get_reader(request), get_audience(request), period_from_path(request)
    if _statistics_url(period) != request.url.path:
        return RedirectResponse(_statistics_url(period), 308)
    metrics = reader.library.load_metrics(period, audience)
    if metrics is None:
        raise HTTPException(404, f"The {period} was not counted.")
    library = reader.library
    back = library.load_lookback(period, audience)
    counted = library.periods_with_metrics(period.kind, audience)
    before, after = previous_and_next(counted, period)
    repositories = load_repository_rows(library, audience, period)
    values = {
        "period": period,
        "before": before,
        "after": after,
        "address": _statistics_url,
        "picked": counted[: -MAX_PERIOD_OPTIONS - 1 : -1],
        "tiles": list(_build_tiles(metrics, back)),
        "trends": list(_build_trend_rows(back)),
        "history": _build_history_figure(reader, audience, period),
        "calendar": _build_calendar_figure(reader, audience, period),
        "repositories": repositories[:MAX_ROWS],
        "columns": _select_nonempty_columns(repositories, VOLUME_COLUMNS)[:7],
        "repository_figure": figures.draw_horizontal_bars(
            [(row["repository"], row["commits"] or 0) for row in repositories if row["commits"]][:MAX_BARS],
            "Commits by repository",
        ),
        "people": load_contributor_rows(library, audience, period)[: MAX_ROWS * 3],
        "languages": load_change_rows(library, audience, period, "language")[:MAX_BARS],
        "flow": _build_flow_figure(metrics),
        "absent": metrics.absent,
        "back": back,
        "has_digest": library.load_card(period, audience) is not None,
    }
    return render_page(request, "statistics.html.j2", values)


def show_repository(request: Request) -> Response:
    """Show one repository: its counts by period, and sentences of digests about it."""
    reader, audience = get_reader(request), get_audience(request)
    name = request.path_params["name"]
    kind, last = _find_latest_period(request, reader, audience)
    history = load_repository_history(reader.library, audience, name, last) if last else []
    if last is None or not history:
        raise HTTPException(404, f"No {kind.noun} that was counted knows this repository.")
    by_period = {period: row["commits"] for period, row in history}
    counted = [
        period for period in reader.library.periods_with_metrics(kind, audience) if history[0][0] <= period <= last
    ]
    values = {
        "name": name, "kind": kind, "address": repository_url(name), "found": history[::-1],
        "columns": _select_nonempty_columns([row for _, row in history], VOLUME_COLUMNS)[:8],
        "figure": figures.draw_bars([(period.label, by_period.get(period, 0)) for period in counted],
                               f"Commits in {name} by {kind.noun}"),
        "stories": load_stories(reader.library, audience, name, last),
    }  # fmt: skip
    return render_page(request, "repository.html.j2", values)


def show_person(request: Request) -> Response:
    """One person: what they are credited with, week by week."""
    reader, audience = get_reader(request), get_audience(request)
    kind, last = _find_latest_period(request, reader, audience)
    person = load_person_history(reader.library, audience, request.path_params["key"], last) if last else None
    if person is None:
        raise HTTPException(404, f"No {kind.noun} that was counted knows this person.")
    rows = [row for _, row in person.history]
    values = {"someone": person, "kind": kind, "address": person_url(person.key),
              "columns": _select_nonempty_columns(rows, CONTRIBUTION_COLUMNS)[:8]}  # fmt: skip
    return render_page(request, "person.html.j2", values)


def _find_latest_period(
    request: Request, reader: ReaderContext, audience: Audience
) -> tuple[PeriodKind, Period | None]:
    """Return the kind of the query parameter `by` (weeks by default), and its newest period with metrics."""
    wanted = request.query_params.get("by", "")
    kind = next((candidate for candidate in PeriodKind if candidate.noun == wanted), PeriodKind.WEEKLY)
    counted = reader.library.periods_with_metrics(kind, audience)
    return kind, counted[-1] if counted else None


def _statistics_url(period: Period) -> str:
    return f"/statistics/{period.kind.noun}/{period.label}"


def _build_tiles(metrics: Metrics, lookback: Lookback | None) -> Any:
    earlier = {trend.metric: trend.previous for trend in lookback.trends} if lookback else {}
    for name in TILE_METRICS:
        value = metrics.find_value(name)
        if value is not None:
            previous = earlier.get(name)
            change = f"{previous:,} the {metrics.period.kind.noun} before" if previous is not None else ""
            yield MetricTile(metric_label(name), f"{value:,}", change, METRICS_BY_NAME[name].sentence)


def _build_trend_rows(lookback: Lookback | None) -> Any:
    for trend in lookback.trends if lookback else ():
        metric = METRICS_BY_NAME.get(trend.metric)
        if metric is None:
            continue

        def shown(value: MetricValue | None, unit: Any = metric.unit) -> str:
            return format_value(value, unit) if value is not None else "–"

        usual = f"{shown(trend.usual[0])} to {shown(trend.usual[1])}" if trend.usual else "–"
        yield TrendRow(metric_label(trend.metric), metric.sentence, shown(trend.value), shown(trend.previous), usual,
                       trend.standing or "")  # fmt: skip


def _build_history_figure(reader: ReaderContext, audience: Audience, period: Period) -> Any:
    points = load_metric_history(reader.library, audience, period, "commits")
    pairs = [(point.period.label, point.value) for point in points]
    return {
        "figure": figures.draw_bars(pairs, f"Commits by {period.kind.noun} up to {period.label}"),
        "rows": pairs[::-1],
    }


def _build_calendar_figure(reader: ReaderContext, audience: Audience, period: Period) -> Any:
    counts = load_daily_counts(
        reader.library, audience, period_of_day(PeriodKind.WEEKLY, period.days[-1].start).days[-1].start
    )
    linked = frozenset(day.start for day in reader.library.list_periods(PeriodKind.DAILY, audience))
    return {"figure": figures.draw_calendar(counts, linked, "commits"), "rows": figures.sum_by_month(counts)}


def _build_flow_figure(metrics: Metrics) -> Any:
    rows = []
    for name, words in FLOW_LABELS.items():
        median, p90 = metrics.find_value(f"{name}_median"), metrics.find_value(f"{name}_p90")
        if median is not None and p90 is not None:
            rows.append((words, Decimal(median), Decimal(p90), int(metrics.get_value(f"{name}_count"))))
    durations = [(words, median, p90) for words, median, p90, _ in rows]
    return {"figure": figures.draw_durations(durations, "Durations, median and 90th percentile"), "rows": rows}


def _select_nonempty_columns(rows: Sequence[TableRow], names: Sequence[str]) -> list[str]:
    """Columns in which anything stands."""
    return [name for name in names if any(row[name] for row in rows)]
