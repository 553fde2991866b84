"""What stage 2 gives: facts (numbers that may be printed) and two tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict

from sparky_assets.periods import Period, Window

Unit = Literal["count", "lines", "files"]
WHOLE = "all"
"""The scope of a fact about everything; other scopes are `repository:owner/name`."""


class Model(BaseModel):
    """Frozen, and without unknown fields: what is stored is what this version wrote."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Fact(Model):
    """A number that may be printed: what it counts, of what, and the raw tables it was counted from."""

    metric: str
    scope: str
    value: int
    unit: Unit
    sources: tuple[str, ...]

    @property
    def key(self) -> str:
        """What a claim cites it by: `commits@all`."""
        return f"{self.metric}@{self.scope}"


class Metrics(Model):
    """The facts of one period, and the repositories that could not be read for it."""

    period: Period
    window: Window
    facts: tuple[Fact, ...]
    unreadable: tuple[str, ...] = ()

    def value(self, metric: str, scope: str = WHOLE) -> int:
        """The value of a fact, 0 where there is none of it."""
        return next((fact.value for fact in self.facts if fact.metric == metric and fact.scope == scope), 0)


@dataclass(frozen=True)
class MetricTable:
    """A table of stage 2; its `columns` are counts beside what they are counted for."""

    suffix: str
    columns: Mapping[str, pl.DataType]
    version: int = 1

    @property
    def name(self) -> str:
        """The name that is written into the file."""
        return f"metrics/{self.suffix}@{self.version}"


REPOSITORY_TABLE = MetricTable(
    "repositories",
    MappingProxyType(
        {
            "repository": pl.String(),
            "commits": pl.Int64(),
            "merge_commits": pl.Int64(),
            "bot_commits": pl.Int64(),
            "insertions": pl.Int64(),
            "deletions": pl.Int64(),
            "changed_files": pl.Int64(),
            "pull_requests_merged": pl.Int64(),
            "releases": pl.Int64(),
            "people": pl.Int64(),
        }
    ),
)
CONTRIBUTOR_TABLE = MetricTable(
    "contributors",
    MappingProxyType(
        {
            "key": pl.String(),
            "name": pl.String(),
            "login": pl.String(),
            "is_bot": pl.Boolean(),
            "commits": pl.Int64(),
            "co_authored": pl.Int64(),
            "pull_requests_merged": pl.Int64(),
            "repositories": pl.List(pl.String()),
        }
    ),
)
