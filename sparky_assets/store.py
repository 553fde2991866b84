"""Layout of the store: audiences, and the path of everything that Sparky keeps.

A path is a folder below the store's root; the file in it is named after the key of its period (`2025-11-10`). Each
audience has its own prefix: `daily` for internal readers, `daily_public` for the public. docs/store.md lists all
paths with their format, writer and readers.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, Self, TypeVar, cast, dataclass_transform

from pydantic import BaseModel, ConfigDict, Field
from pydantic.dataclasses import dataclass

from sparky_assets.periods import PeriodKind

DIGEST_PART = "digest"
"""The part of a period's texts that has no suffix in its path."""
IDENTITY_REGISTRY_PATH = "raw/people"
KNOWN_HEADS_PATH = "raw/heads"
MODEL_ANSWERS_PATH, MODEL_INFO_PATH, MODEL_CHECKS_PATH = "insights/answers", "insights/models", "insights/model_checks"
"""Cached answers of language models, what is known of the models that gave them, and what `model-check` measured."""
TRENDS_TABLE = "trends"

Model = TypeVar("Model")


class Audience(StrEnum):
    """Who reads an edition.

    A public edition is made from public rows alone (`RawWindow.for_audience`), so that no total reveals a private
    repository.
    """

    INTERNAL = "internal"
    PUBLIC = "public"


_NO_FIELDS: set[str] = set()


class StoredModel(BaseModel):
    """Base of every document in the store: immutable, and without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def model_post_init(self, context: Any, /) -> None:
        """Share the set of given fields, which nothing reads: for 20 names it takes more memory than the values."""
        object.__setattr__(self, "__pydantic_fields_set__", _NO_FIELDS)


class CompactModel:
    """Base of the models of which a document holds a hundred thousand; each is a `compact_dataclass`.

    Such an object takes a quarter of the memory of a `StoredModel`. Its JSON and its validation are the same.
    """

    __slots__ = ()

    def model_copy(self, *, update: Mapping[str, Any]) -> Self:
        """Return a copy with other values of some fields, as `BaseModel.model_copy` does."""
        return replace(self, **update)  # type: ignore[type-var]


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(Field,))
def compact_dataclass(cls: type[Model]) -> type[Model]:
    """Return a class as a validated dataclass with slots: immutable, and without unknown fields."""
    make = dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
    return cast("type[Model]", make(cls))


def build_store_prefix(kind: PeriodKind, audience: Audience) -> str:
    """Return the store prefix of a kind of period for an audience: `daily`, or `daily_public`."""
    return kind.value if audience is Audience.INTERNAL else f"{kind.value}_{audience.value}"


def raw_path(table: str) -> str:
    """Return the path of the days of a raw table."""
    return f"raw/{table}"


def metrics_path(kind: PeriodKind, audience: Audience = Audience.INTERNAL, table: str = "") -> str:
    """Return the path of the metrics of a kind of period, or of one of their tables."""
    return _join_part(f"metrics/{build_store_prefix(kind, audience)}", table)


def insights_path(kind: PeriodKind, audience: Audience = Audience.INTERNAL) -> str:
    """Return the path of the insights of a kind of period."""
    return f"insights/{build_store_prefix(kind, audience)}"


def digest_path(kind: PeriodKind, audience: Audience = Audience.INTERNAL, part: str = DIGEST_PART) -> str:
    """Return the path of a product or picture of a kind of period; the digest itself by default."""
    return _join_part(f"digests/{build_store_prefix(kind, audience)}", "" if part == DIGEST_PART else part)


def publications_path(kind: PeriodKind) -> str:
    """Return the path of the ledgers of a kind of period. One ledger holds all audiences."""
    return f"publications/{kind.value}"


def _join_part(path: str, part: str) -> str:
    return f"{path}_{part}" if part else path
