"""Types of the metrics stage: facts, missing metrics with reasons, and the stored tables.

Computing and the definitions of metrics do not belong here; the definitions are in `definitions.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

import polars as pl

from sparky_assets.periods import Period, TimeWindow
from sparky_assets.store import CompactModel, StoredModel, compact_dataclass

MetricUnit = Literal[
    "count", "lines", "files", "hours", "percent", "per week", "hour of day", "weekday", "periods", "comments"
]


MetricValue = int | Decimal
"""A count is an int. Everything else is a Decimal with the fixed places of its unit, stored as JSON text (`"12.50"`):
it prints as it is stored, and no binary fraction can differ between two machines."""


SCOPE_ALL = "all"
"""The scope of a fact about everything. Others name a kind and a thing: `repository:owner/name`, `language:Python`."""


# A month of 3,000 repositories has 160,000 facts: as models they took 180 MB.
@compact_dataclass
class Fact(CompactModel):
    """A number that may be printed: what it counts, of what, and the raw tables it was counted from."""

    metric: str
    scope: str
    value: MetricValue
    unit: MetricUnit
    sources: tuple[str, ...]

    @property
    def key(self) -> str:
        """What a claim cites it by: `commits@all`."""
        return f"{self.metric}@{self.scope}"


class MissingMetric(StoredModel):
    """Metrics that are unknown for a scope, with the reason. Never written as 0, since they were not counted."""

    metrics: tuple[str, ...]
    scope: str
    reason: str


class Metrics(StoredModel):
    """The facts of one period from its own raw days, and the repositories that could not be read for it."""

    period: Period
    window: TimeWindow
    facts: tuple[Fact, ...]
    absent: tuple[MissingMetric, ...] = ()
    unreadable: tuple[str, ...] = ()
    missing_days: tuple[date, ...] = ()
    """Days of the period that were never collected, and that it was counted without by request."""
    repositories: tuple[str, ...] = ()
    """Repositories that were read. Two periods are compared over those that both could read."""

    def find_value(self, metric: str, scope: str = SCOPE_ALL) -> MetricValue | None:
        """Return the value of a fact, None where it was not measured."""
        return next((fact.value for fact in self.facts if fact.metric == metric and fact.scope == scope), None)

    def get_value(self, metric: str, scope: str = SCOPE_ALL) -> MetricValue:
        """Return the value of a fact, 0 where there is none of it."""
        return self.find_value(metric, scope) or 0


@dataclass(frozen=True)
class MetricTableSpec:
    """A table of stage 2; its `columns` are numbers beside what they are counted for."""

    suffix: str
    columns: Mapping[str, pl.DataType]
    version: int = 1

    @property
    def name(self) -> str:
        """The name that is written into the file."""
        return f"metrics/{self.suffix}@{self.version}"


def _make_table(
    suffix: str, text_columns: tuple[str, ...], count_columns: tuple[str, ...], version: int = 1
) -> MetricTableSpec:
    columns: dict[str, pl.DataType] = dict.fromkeys(text_columns, pl.String())
    return MetricTableSpec(suffix, MappingProxyType(columns | dict.fromkeys(count_columns, pl.Int64())), version)


VOLUME_COLUMNS = (
    "commits", "merge_commits", "bot_commits", "insertions", "deletions", "changed_files", "commits_without_statistics",
    "pull_requests_opened", "pull_requests_merged", "pull_requests_closed", "pull_requests_reopened", "reviews",
    "issues_opened", "issues_closed", "issues_reopened", "releases", "people", "active_people", "active_bots",
)  # fmt: skip
"""The columns of a repository and of a day, in the order that they are shown."""

REPOSITORY_TABLE = _make_table("repositories", ("repository", "source"), VOLUME_COLUMNS, version=2)
"""One row a repository in which anything happened. Null: its source cannot tell."""


DAY_TABLE = _make_table("days", ("day",), VOLUME_COLUMNS)
"""One row a day of the period, quiet ones too."""


CHANGE_TABLE = _make_table("changes", ("kind", "name"), ("commits", "insertions", "deletions", "pull_requests_merged"))
"""One row a type of change or a language (`kind` says which)."""


CONTRIBUTION_COLUMNS = (
    "commits", "merge_commits", "co_authored", "insertions", "deletions", "pull_requests_opened",
    "pull_requests_merged", "pull_requests_closed", "pull_requests_reopened", "reviews", "issues_opened",
    "issues_closed", "issues_reopened", "releases",
)  # fmt: skip


CONTRIBUTOR_TABLE = MetricTableSpec(
    "contributors",
    MappingProxyType(
        {
            "key": pl.String(),
            "name": pl.String(),
            "login": pl.String(),
            "is_bot": pl.Boolean(),
            **dict.fromkeys(CONTRIBUTION_COLUMNS, pl.Int64()),
            "repositories": pl.List(pl.String()),
        }
    ),
    version=2,
)
"""One row a person or bot, by key and never by volume: contributions are credited, not ranked."""


METRIC_TABLES = (REPOSITORY_TABLE, CONTRIBUTOR_TABLE, DAY_TABLE, CHANGE_TABLE)
