"""What the API answers of numbers: metrics, histories, repositories, people."""

from pydantic import Field

from sparky_assets.metrics.catalogue import METRICS
from sparky_assets.metrics.models import CONTRIBUTIONS, VOLUME, WHOLE
from sparky_assets.metrics.trends import Trend
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.reader import api_number_models as out
from sparky_assets.reader import statistics
from sparky_assets.reader.api_models import fact_out, period_out
from sparky_assets.reader.operations import PREFIX, Ask, LatestQuery, Query, Refused, period_in
from sparky_assets.reader.words import page_of_person, page_of_repository


class PeriodQuery(LatestQuery):
    """One period, or the newest."""

    period: str | None = Field(None, max_length=20, description="Label like 2025-W46; the newest that was counted.")


class HistoryQuery(LatestQuery):
    """A history of which kind and scope."""

    scope: str = Field(WHOLE, max_length=200, description="`all`, or a thing like `repository:owner/name`.")
    limit: int = Field(30, ge=1, le=400, description="How many periods at most.")


class MetricsQuery(Query):
    """Which facts."""

    scope: str | None = Field(None, max_length=200, description="Only facts of this scope, like `all`.")
    metric: str | None = Field(None, max_length=100, description="Only facts of this metric.")


def metrics_of(ask: Ask) -> out.MetricsOut:
    """The numbers of a period, what could not be told, and how it stands against earlier ones."""
    period, query = ask.period, ask.query
    metrics = ask.reader.library.metrics(period, ask.audience)
    if metrics is None:
        raise Refused(404, f"The {period} was not counted.")
    back = ask.reader.library.looking_back(period, ask.audience)
    wanted = [
        fact for fact in metrics.facts if query.scope in {None, fact.scope} and query.metric in {None, fact.metric}
    ]
    return out.MetricsOut(
        period=period_out(period),
        facts=[fact_out(fact) for fact in wanted],
        absent=[out.AbsentOut(metrics=list(one.metrics), scope=one.scope, reason=one.reason) for one in metrics.absent],
        trends=[_trend(one) for one in (back.trends if back else ()) if query.metric in {None, one.metric}],
    )


def metric_history(ask: Ask) -> out.HistoryOut:
    """One metric over periods."""
    name, query = ask.path["metric"], ask.query
    if name not in METRICS:
        raise Refused(404, "There is no such metric; docs/metrics.md lists them.")
    kind = PeriodKind.from_noun(query.kind)
    counted = ask.reader.library.counted(kind, ask.audience)
    points = (
        statistics.history(ask.reader.library, ask.audience, counted[-1], name, scope=query.scope, count=query.limit)
        if counted
        else []
    )
    return out.HistoryOut(
        metric=name, scope=query.scope, unit=METRICS[name].unit, about=METRICS[name].sentence,
        points=[out.PointOut(period=point.period.label, value=point.value) for point in points],
    )  # fmt: skip


def list_repositories(ask: Ask) -> out.RepositoriesOut:
    """Repositories in which anything happened in a period."""
    period = _counted(ask)
    rows = statistics.repositories(ask.reader.library, ask.audience, period) if period else []
    items = [
        out.RepositoryOut(
            name=row["repository"],
            page=page_of_repository(row["repository"]),
            self=f"{PREFIX}/repositories/{page_of_repository(row['repository']).removeprefix('/repository/')}?kind={ask.query.kind}",
            counts={name: row[name] for name in VOLUME},
        )
        for row in rows
    ]
    return out.RepositoriesOut(period=period_out(period) if period else None, items=items)


def one_repository(ask: Ask) -> out.RepositoryHistoryOut:
    """One repository over periods."""
    name = f"{ask.path['owner']}/{ask.path['name']}"
    last = _counted(ask)
    found = statistics.repository_history(ask.reader.library, ask.audience, name, last) if last else []
    if not found:
        raise Refused(404, "No period that was counted knows this repository.")
    periods = [out.PeriodCounts(period=period.label, counts={one: row[one] for one in VOLUME}) for period, row in found]
    return out.RepositoryHistoryOut(name=name, kind=ask.query.kind, periods=periods)


def list_people(ask: Ask) -> out.PeopleOut:
    """Who contributed in a period, in the order of names."""
    period = _counted(ask)
    rows = statistics.people(ask.reader.library, ask.audience, period) if period else []
    items = [
        out.PersonOut(
            key=row["key"], name=row["name"], login=row["login"], is_bot=row["is_bot"],
            page=page_of_person(row["key"]),
            self=f"{PREFIX}/people/{page_of_person(row['key']).removeprefix('/person/')}?kind={ask.query.kind}",
            counts={name: row[name] or 0 for name in CONTRIBUTIONS}, repositories=list(row["repositories"] or ()),
        )
        for row in rows
    ]  # fmt: skip
    return out.PeopleOut(period=period_out(period) if period else None, items=items)


def one_person(ask: Ask) -> out.PersonHistoryOut:
    """One person over periods."""
    last = _counted(ask)
    found = statistics.someone(ask.reader.library, ask.audience, ask.path["key"], last) if last else None
    if found is None:
        raise Refused(404, "No period that was counted knows this person.")
    return out.PersonHistoryOut(
        key=found.key, name=found.name, login=found.login, is_bot=found.is_bot, kind=ask.query.kind,
        repositories=list(found.repositories), totals=dict(found.totals),
        periods=[
            out.PeriodCounts(period=period.label, counts={one: row[one] for one in CONTRIBUTIONS})
            for period, row in found.history
        ],
    )  # fmt: skip


def _counted(ask: Ask) -> Period | None:
    """The period asked for, else the newest that was counted."""
    kind = PeriodKind.from_noun(ask.query.kind)
    if ask.query.period is not None:
        return period_in(kind, ask.query.period)
    return next(reversed(ask.reader.library.counted(kind, ask.audience)), None)


def _trend(one: Trend) -> out.TrendOut:
    low, high = one.usual or (None, None)
    return out.TrendOut(
        metric=one.metric, value=one.value, previous=one.previous, usual_from=low, usual_to=high, standing=one.standing
    )
