"""Response models of the API: digests, sentences with their evidence, numbers, search, feeds and status.

All JSON of the API has these types, which are not those of the store: what the store holds may change, these may only
grow. `digests.py` and `numbers.py` fill them.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sparky_assets.metrics.models import Fact
from sparky_assets.periods import Period

PeriodNoun = Literal["day", "week", "month"]


class ResponseModel(BaseModel):
    """Something that is answered."""

    model_config = ConfigDict(frozen=True)


class ProblemDetails(ResponseModel):
    """Why a request was not answered (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


class PeriodOut(ResponseModel):
    """A day, ISO week or month."""

    kind: PeriodNoun
    label: str = Field(examples=["2025-W46"])
    first_day: date
    last_day: date


class FactOut(ResponseModel):
    """A number that is cited. Counts are JSON numbers; other values are exact decimals as text."""

    key: str
    metric: str
    scope: str
    value: int | Decimal
    unit: str
    sources: list[str]


def to_period_out(period: Period) -> PeriodOut:
    """Return a period for JSON."""
    last = period.days[-1].start
    return PeriodOut.model_validate(
        {"kind": period.kind.noun, "label": period.label, "first_day": period.start, "last_day": last}
    )


def to_fact_out(fact: Fact) -> FactOut:
    """Return a number for JSON."""
    return FactOut(
        key=fact.key, metric=fact.metric, scope=fact.scope, value=fact.value, unit=fact.unit, sources=list(fact.sources)
    )


class DigestSummary(ResponseModel):
    """A digest in a list."""

    period: PeriodOut
    title: str
    headline: str
    words: int
    is_quiet: bool
    edition: int
    page: str
    self: str


class DigestPage(ResponseModel):
    """Some digests, newest first."""

    items: list[DigestSummary]
    next: str | None = Field(description="Address of the digests before these; null at the end.")


class PictureOut(ResponseModel):
    """A picture of a digest."""

    name: str
    alt: str
    url: str


class SentenceOut(ResponseModel):
    """A sentence of the text, and the keys of the evidence that it rests on; none for a label."""

    html: str
    evidence: list[str]


class DigestOut(DigestSummary):
    """A digest whole."""

    markdown: str
    html: str
    sentences: list[SentenceOut]
    corrections: list[str]
    pictures: list[PictureOut]
    texts: list[str] = Field(description="Addresses of other texts of the period: blog post, posts, mail.")


class EvidenceOut(ResponseModel):
    """A record that is cited."""

    key: str
    kind: str
    repository: str
    reference: str
    url: str | None
    title: str
    author: str | None
    state: str
    at: datetime


class ClaimOut(ResponseModel):
    """A sentence and its evidence."""

    id: str
    section: str
    repository: str | None
    text: str
    origin: Literal["template"] = Field("template", description="Always `template`: no model words a sentence.")
    evidence: list[str]
    facts: list[str]
    is_told: bool = Field(description="Whether the digest prints its records.")


class InsightOut(ResponseModel):
    """Everything that the digest of a period could say."""

    period: PeriodOut
    organisation: str
    mode: str
    model: str | None
    records: int
    claims: list[ClaimOut]
    evidence: list[EvidenceOut]
    facts: list[FactOut]


class HitOut(ResponseModel):
    """A digest that holds the words."""

    period: PeriodOut
    title: str
    snippet: str
    page: str
    self: str


class SearchOut(ResponseModel):
    """Digests that hold all words, best first."""

    query: str
    count: int
    items: list[HitOut]


class FeedOut(ResponseModel):
    """A feed."""

    kind: PeriodNoun
    format: Literal["atom", "json"]
    url: str


class FeedsOut(ResponseModel):
    """All feeds."""

    items: list[FeedOut]


class TrendOut(ResponseModel):
    """A number against earlier periods."""

    metric: str
    value: int | Decimal
    previous: int | Decimal | None
    usual_from: Decimal | None
    usual_to: Decimal | None
    standing: str | None


class AbsentOut(ResponseModel):
    """Metrics that could not be measured, and why."""

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
    """A value of a history; null where it was not measured."""

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


class StageRow(ResponseModel):
    """The stages of one period."""

    period: str
    stages: dict[str, Literal["made", "partial", "running", "failed", "missing"]]


class NewestOut(ResponseModel):
    """The newest period of a stage."""

    period: str
    written: datetime


class KindStatus(ResponseModel):
    """The state of one kind of period."""

    kind: PeriodNoun
    last_closed: str
    closes_next: datetime
    missing: list[str]
    held: dict[str, int]
    newest: dict[str, NewestOut]
    grid: list[StageRow]


class RunOut(ResponseModel):
    """A run."""

    id: str
    job: str
    period: str | None
    status: str
    started: datetime | None
    seconds: float | None
    trigger: str
    reason: str | None


class DaemonOut(ResponseModel):
    """A daemon of Dagster."""

    name: str
    healthy: bool
    last_seen: datetime | None


class HistoryState(ResponseModel):
    """Whether the history of runs can be read."""

    works: bool
    word: str


class HealthOut(ResponseModel):
    """How something outside is: the language model, GitHub."""

    what: str
    works: bool
    word: str


class StatusOut(ResponseModel):
    """The state of the pipeline. Public readers see public editions and no runs."""

    at: datetime
    problem: str | None
    periods: list[KindStatus]
    history: HistoryState
    runs: list[RunOut]
    runs_by_status: dict[str, int]
    daemons: list[DaemonOut]
    failed_checks: list[str]
    health: list[HealthOut]
