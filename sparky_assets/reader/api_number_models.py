"""The JSON that tells numbers: of a period, over time, of repositories and of people."""

from decimal import Decimal

from sparky_assets.reader.api_models import FactOut, PeriodNoun, PeriodOut, ResponseModel


class TrendOut(ResponseModel):
    """A number against earlier periods."""

    metric: str
    value: int | Decimal
    previous: int | Decimal | None
    usual_from: Decimal | None
    usual_to: Decimal | None
    standing: str | None


class AbsentOut(ResponseModel):
    """Metrics that could not be told, and why."""

    metrics: list[str]
    scope: str
    reason: str


class MetricsOut(ResponseModel):
    """The numbers of a period."""

    period: PeriodOut
    facts: list[FactOut]
    absent: list[AbsentOut]
    trends: list[TrendOut]


class PointOut(ResponseModel):
    """A value of a history; null where it was not told."""

    period: str
    value: int | Decimal | None


class HistoryOut(ResponseModel):
    """A metric over periods, oldest first."""

    metric: str
    scope: str
    unit: str
    about: str
    points: list[PointOut]


class PeriodCounts(ResponseModel):
    """The counts of one period."""

    period: str
    counts: dict[str, int | None]


class RepositoryOut(ResponseModel):
    """What happened in a repository in a period."""

    name: str
    page: str
    self: str
    counts: dict[str, int | None]


class RepositoriesOut(ResponseModel):
    """Repositories of a period, the busiest first."""

    period: PeriodOut | None
    items: list[RepositoryOut]


class RepositoryHistoryOut(ResponseModel):
    """One repository over periods, oldest first."""

    name: str
    kind: PeriodNoun
    periods: list[PeriodCounts]


class PersonOut(ResponseModel):
    """What somebody contributed in a period. Never an e-mail address; people are in the order of their names."""

    key: str
    name: str
    login: str | None
    is_bot: bool
    page: str
    self: str
    counts: dict[str, int]
    repositories: list[str]


class PeopleOut(ResponseModel):
    """People of a period."""

    period: PeriodOut | None
    items: list[PersonOut]


class PersonHistoryOut(ResponseModel):
    """One person over periods, oldest first."""

    key: str
    name: str
    login: str | None
    is_bot: bool
    kind: PeriodNoun
    repositories: list[str]
    totals: dict[str, int]
    periods: list[PeriodCounts]
