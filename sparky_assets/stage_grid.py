"""Stages × periods: what is made, half made, being made, failed or missing. `sparky status` and the reader share it.

What does not belong here: listing the store, asking Dagster, and how a grid looks.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sparky_assets.periods import Period, PeriodKind

COLLECT = "collect"
STAGES = (COLLECT, "metrics", "insights", "digest", "publication")
"""In the order that they are made; the first stands for the raw days of the window."""
FOLDERS = {"metrics": "metrics", "insights": "insights", "digest": "digests", "publication": "publications"}
"""Where the store keeps the document of a stage: `<folder>/<shelf>/<key>.json`."""


class Cell(StrEnum):
    """What is known of one stage of one period."""

    MADE = "made"
    PARTIAL = "partial"
    """Some days of the window are there, not all."""
    RUNNING = "running"
    FAILED = "failed"
    MISSING = "missing"


@dataclass(frozen=True)
class Tried:
    """The last run for a period: whether it goes on, and whether it failed."""

    is_running: bool
    has_failed: bool


@dataclass(frozen=True)
class Row:
    """One period and the cells of its stages in their order."""

    period: Period
    cells: Mapping[str, Cell]

    @property
    def is_done(self) -> bool:
        """Whether every stage is made."""
        return all(cell is Cell.MADE for cell in self.cells.values())


def grid_of(
    periods: Sequence[Period],
    days: AbstractSet[str],
    made: Mapping[tuple[PeriodKind, str], AbstractSet[str]],
    tried: Mapping[Period, Tried] | None = None,
    stages: Sequence[str] = STAGES,
) -> list[Row]:
    """The rows of periods in the order given.

    `days` are the keys of the raw days that are there, `made` the keys of each kind's stages, `tried` the last runs.
    A stage that is there is made, whatever a later run did. Of those that lack, the first is the one that failed.
    """
    rows = []
    for period in periods:
        run = (tried or {}).get(period)
        cells: dict[str, Cell] = {}
        for stage in stages:
            cell = _collected(period, days) if stage == COLLECT else _stage(period, stage, made)
            if cell is not Cell.MADE and run and run.is_running:
                cell = Cell.RUNNING
            elif cell is not Cell.MADE and run and run.has_failed and Cell.FAILED not in cells.values():
                cell = Cell.FAILED
            cells[stage] = cell
        rows.append(Row(period, cells))
    return rows


def recent(closed: Period, count: int, first: datetime | None = None) -> list[Period]:
    """The last closed period and those before it, oldest first; none that begins before `first`."""
    found = [closed]
    while len(found) < count:
        found.append(found[-1].previous())
    return [period for period in reversed(found) if first is None or period.start >= first.date()]


def _collected(period: Period, days: AbstractSet[str]) -> Cell:
    there = sum(day.key in days for day in period.days)
    if there == len(period.days):
        return Cell.MADE
    return Cell.PARTIAL if there else Cell.MISSING


def _stage(period: Period, stage: str, made: Mapping[tuple[PeriodKind, str], AbstractSet[str]]) -> Cell:
    return Cell.MADE if period.key in made.get((period.kind, stage), frozenset()) else Cell.MISSING
