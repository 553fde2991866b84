"""API operations on numbers: metrics, histories, repositories, people, and the state of the pipeline."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import Field

from sparky_assets.metrics.catalog import METRICS_BY_NAME
from sparky_assets.metrics.models import CONTRIBUTION_COLUMNS, SCOPE_ALL, VOLUME_COLUMNS
from sparky_assets.metrics.trends import MetricTrend
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.reader.api import models as out
from sparky_assets.reader.api.models import to_fact_out, to_period_out
from sparky_assets.reader.api.operations import (
    API_PREFIX,
    ApiError,
    ApiRequest,
    CurrentRequest,
    LatestQuery,
    PeriodInPath,
    QueryParams,
    require_period,
    router,
)
from sparky_assets.reader.formatting import person_url, repository_url
from sparky_assets.reader.pages import statistics
from sparky_assets.reader.status.snapshot import to_status_json


class PeriodQuery(LatestQuery):
    """One period, or the newest."""

    period: str | None = Field(None, max_length=20, description="Label like 2025-W46; the newest that was counted.")


class HistoryQuery(LatestQuery):
    """A history of which kind and scope."""

    scope: str = Field(SCOPE_ALL, max_length=200, description="`all`, or a thing like `repository:owner/name`.")
    limit: int = Field(30, ge=1, le=400, description="How many periods at most.")


class MetricsQuery(QueryParams):
    """Which facts."""

    scope: str | None = Field(None, max_length=200, description="Only facts of this scope, like `all`.")
    metric: str | None = Field(None, max_length=100, description="Only facts of this metric.")


@router.get("/metrics/{kind}/{label}", summary="Numbers of a period")
def metrics_of(
    request: CurrentRequest, period: PeriodInPath, query: Annotated[MetricsQuery, Query()]
) -> out.MetricsOut:
    """Return the metrics of a period, what could not be measured, and trends."""
    metrics = request.reader.library.load_metrics(period, request.audience)
    if metrics is None:
        raise ApiError(404, f"The {period} was not counted.")
    back = request.reader.library.load_lookback(period, request.audience)
    wanted = [
        fact for fact in metrics.facts if query.scope in {None, fact.scope} and query.metric in {None, fact.metric}
    ]
    return out.MetricsOut(
        period=to_period_out(period),
        facts=[to_fact_out(fact) for fact in wanted],
        absent=[
            out.AbsentOut(metrics=list(missing.metrics), scope=missing.scope, reason=missing.reason)
            for missing in metrics.absent
        ],
        trends=[
            _to_trend_out(trend) for trend in (back.trends if back else ()) if query.metric in {None, trend.metric}
        ],
    )


@router.get("/history/{metric}", summary="A number over time")
def metric_history(
    request: CurrentRequest,
    name: Annotated[str, Path(alias="metric", min_length=1, description="Name of a metric, like `commits`.")],
    query: Annotated[HistoryQuery, Query()],
) -> out.HistoryOut:
    """Return one metric over periods."""
    if name not in METRICS_BY_NAME:
        raise ApiError(404, "There is no such metric; docs/metrics.md lists them.")
    kind = PeriodKind.from_noun(query.kind)
    counted = request.reader.library.periods_with_metrics(kind, request.audience)
    points = (
        statistics.load_metric_history(
            request.reader.library, request.audience, counted[-1], name, scope=query.scope, count=query.limit
        )
        if counted
        else []
    )
    return out.HistoryOut(
        metric=name, scope=query.scope, unit=METRICS_BY_NAME[name].unit, about=METRICS_BY_NAME[name].sentence,
        points=[out.PointOut(period=point.period.label, value=point.value) for point in points],
    )  # fmt: skip


@router.get("/repositories", summary="Repositories of a period")
def list_repositories(request: CurrentRequest, query: Annotated[PeriodQuery, Query()]) -> out.RepositoriesOut:
    """Return the repositories in which anything happened in a period."""
    period = _resolve_period(request, query)
    rows = statistics.load_repository_rows(request.reader.library, request.audience, period) if period else []
    items = [
        out.RepositoryOut(
            name=row["repository"],
            page=repository_url(row["repository"]),
            self=f"{API_PREFIX}/repositories/{repository_url(row['repository']).removeprefix('/repository/')}?kind={query.kind}",
            counts={name: row[name] for name in VOLUME_COLUMNS},
        )
        for row in rows
    ]
    return out.RepositoriesOut(period=to_period_out(period) if period else None, items=items)


@router.get("/repositories/{owner}/{name}", summary="One repository")
def one_repository(
    request: CurrentRequest,
    owner: Annotated[str, Path(min_length=1, description="Its owner.")],
    name: Annotated[str, Path(min_length=1, description="Its name.")],
    query: Annotated[PeriodQuery, Query()],
) -> out.RepositoryHistoryOut:
    """Return one repository over periods."""
    full_name, last = f"{owner}/{name}", _resolve_period(request, query)
    library = request.reader.library
    history = statistics.load_repository_history(library, request.audience, full_name, last) if last else []
    if not history:
        raise ApiError(404, "No period that was counted knows this repository.")
    periods = [
        out.PeriodCounts(period=period.label, counts={column: row[column] for column in VOLUME_COLUMNS})
        for period, row in history
    ]
    return out.RepositoryHistoryOut(name=full_name, kind=query.kind, periods=periods)


@router.get("/people", summary="People of a period")
def list_people(request: CurrentRequest, query: Annotated[PeriodQuery, Query()]) -> out.PeopleOut:
    """Return the people who contributed in a period, in the order of names."""
    period = _resolve_period(request, query)
    rows = statistics.load_contributor_rows(request.reader.library, request.audience, period) if period else []
    items = [
        out.PersonOut(
            key=row["key"],
            name=row["name"],
            login=row["login"],
            is_bot=row["is_bot"],
            page=person_url(row["key"]),
            self=f"{API_PREFIX}/people/{person_url(row['key']).removeprefix('/person/')}?kind={query.kind}",
            counts={name: row[name] or 0 for name in CONTRIBUTION_COLUMNS},
            repositories=list(row["repositories"] or ()),
        )
        for row in rows
    ]
    return out.PeopleOut(period=to_period_out(period) if period else None, items=items)


@router.get("/people/{key}", summary="One person")
def one_person(
    request: CurrentRequest,
    key: Annotated[str, Path(min_length=1, description="The person's key, as lists give it.")],
    query: Annotated[PeriodQuery, Query()],
) -> out.PersonHistoryOut:
    """Return one person over periods."""
    last = _resolve_period(request, query)
    person = statistics.load_person_history(request.reader.library, request.audience, key, last) if last else None
    if person is None:
        raise ApiError(404, "No period that was counted knows this person.")
    return out.PersonHistoryOut(
        key=person.key, name=person.name, login=person.login, is_bot=person.is_bot, kind=query.kind,
        repositories=list(person.repositories), totals=dict(person.totals),
        periods=[
            out.PeriodCounts(period=period.label, counts={column: row[column] for column in CONTRIBUTION_COLUMNS})
            for period, row in person.history
        ],
    )  # fmt: skip


@router.get("/status", summary="State of the pipeline")
def pipeline_status(request: CurrentRequest) -> out.StatusOut:
    """Return which periods are made, which are missing, and what runs."""
    return out.StatusOut.model_validate(to_status_json(request.reader.status.snapshot(request.audience)))


def _resolve_period(request: ApiRequest, query: PeriodQuery) -> Period | None:
    """Return the requested period, else the newest that was counted."""
    kind = PeriodKind.from_noun(query.kind)
    if query.period is not None:
        return require_period(kind, query.period)
    return next(reversed(request.reader.library.periods_with_metrics(kind, request.audience)), None)


def _to_trend_out(trend: MetricTrend) -> out.TrendOut:
    low, high = trend.usual or (None, None)
    return out.TrendOut(
        metric=trend.metric,
        value=trend.value,
        previous=trend.previous,
        usual_from=low,
        usual_to=high,
        standing=trend.standing,
    )
