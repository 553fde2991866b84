"""The JSON that tells of digests: lists, texts with what their sentences stand on, search and feeds."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from sparky_assets.reader.api_models import FactOut, PeriodNoun, PeriodOut, ResponseModel


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
    """A sentence and what it stands on."""

    id: str
    section: str
    repository: str | None
    text: str
    origin: str
    evidence: list[str]
    facts: list[str]
    is_told: bool = Field(description="Whether the digest says it; the insight holds more than there is room for.")


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
