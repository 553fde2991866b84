"""What all JSON of the API is made from. Its own types: what the store holds may change, this may only grow.

The answers themselves: `api_digest_models.py`, `api_number_models.py`, `api_status_models.py`.
"""

from datetime import date
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
    """A period as JSON tells it."""
    last = period.days[-1].start
    return PeriodOut.model_validate(
        {"kind": period.kind.noun, "label": period.label, "first_day": period.start, "last_day": last}
    )


def to_fact_out(fact: Fact) -> FactOut:
    """A number as JSON tells it."""
    return FactOut(
        key=fact.key, metric=fact.metric, scope=fact.scope, value=fact.value, unit=fact.unit, sources=list(fact.sources)
    )
