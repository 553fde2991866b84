"""The JSON that the API answers with. Its own types: what the store holds may change, this may only grow."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["day", "week", "month"]


class Out(BaseModel):
    """Something that is answered."""

    model_config = ConfigDict(frozen=True)


class Problem(Out):
    """Why a request was not answered (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


class PeriodOut(Out):
    """A day, ISO week or month."""

    kind: Kind
    label: str = Field(examples=["2025-W46"])
    first_day: date
    last_day: date


class DigestSummary(Out):
    """A digest in a list."""

    period: PeriodOut
    title: str
    headline: str
    words: int
    is_quiet: bool
    edition: int
    page: str
    self: str


class DigestPage(Out):
    """Some digests, newest first."""

    items: list[DigestSummary]
    next: str | None = Field(description="Address of the digests before these; null at the end.")


class Picture(Out):
    """A picture of a digest."""

    name: str
    alt: str
    url: str


class SentenceOut(Out):
    """A sentence of the text and the claims that it is made from."""

    html: str
    claim: str | None = Field(description="The first of them; null for a label, or what the paper says of itself.")
    claims: list[str]


class DigestOut(DigestSummary):
    """A digest whole."""

    markdown: str
    html: str
    sentences: list[SentenceOut]
    corrections: list[str]
    pictures: list[Picture]
    texts: list[str] = Field(description="Addresses of other texts of the period: blog post, posts, mail.")


class EvidenceOut(Out):
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


class FactOut(Out):
    """A number that is cited. Counts are JSON numbers; other values are exact decimals as text."""

    key: str
    metric: str
    scope: str
    value: int | Decimal
    unit: str
    sources: list[str]


class ClaimOut(Out):
    """A sentence and what it stands on."""

    id: str
    section: str
    repository: str | None
    text: str
    origin: str
    evidence: list[str]
    facts: list[str]
    is_told: bool = Field(description="Whether the digest says it; the insight holds more than there is room for.")


class InsightOut(Out):
    """Everything that the digest of a period could say."""

    period: PeriodOut
    organisation: str
    mode: str
    model: str | None
    records: int
    claims: list[ClaimOut]
    evidence: list[EvidenceOut]
    facts: list[FactOut]


class TrendOut(Out):
    """A number against earlier periods."""

    metric: str
    value: int | Decimal
    previous: int | Decimal | None
    usual_from: Decimal | None
    usual_to: Decimal | None
    standing: str | None


class MetricsOut(Out):
    """The numbers of a period."""

    period: PeriodOut
    facts: list[FactOut]
    absent: list["AbsentOut"]
    trends: list[TrendOut]


class AbsentOut(Out):
    """Metrics that could not be told, and why."""

    metrics: list[str]
    scope: str
    reason: str


class PointOut(Out):
    """A value of a history; null where it was not told."""

    period: str
    value: int | Decimal | None


class HistoryOut(Out):
    """A metric over periods, oldest first."""

    metric: str
    scope: str
    unit: str
    about: str
    points: list[PointOut]


class RepositoryOut(Out):
    """What happened in a repository in a period."""

    name: str
    page: str
    self: str
    counts: dict[str, int | None]


class RepositoriesOut(Out):
    """Repositories of a period, the busiest first."""

    period: PeriodOut | None
    items: list[RepositoryOut]


class PeriodCounts(Out):
    """The counts of one period."""

    period: str
    counts: dict[str, int | None]


class RepositoryHistoryOut(Out):
    """One repository over periods, oldest first."""

    name: str
    kind: Kind
    periods: list[PeriodCounts]


class PersonOut(Out):
    """What somebody contributed in a period. Never an e-mail address; people are in the order of their names."""

    key: str
    name: str
    login: str | None
    is_bot: bool
    page: str
    self: str
    counts: dict[str, int]
    repositories: list[str]


class PeopleOut(Out):
    """People of a period."""

    period: PeriodOut | None
    items: list[PersonOut]


class PersonHistoryOut(Out):
    """One person over periods, oldest first."""

    key: str
    name: str
    login: str | None
    is_bot: bool
    kind: Kind
    repositories: list[str]
    totals: dict[str, int]
    periods: list[PeriodCounts]


class HitOut(Out):
    """A digest that holds the words."""

    period: PeriodOut
    title: str
    snippet: str
    page: str
    self: str


class SearchOut(Out):
    """Digests that hold all words, best first."""

    query: str
    count: int
    items: list[HitOut]


class FeedOut(Out):
    """A feed."""

    kind: Kind
    format: Literal["atom", "json"]
    url: str


class FeedsOut(Out):
    """All feeds."""

    items: list[FeedOut]
