"""The JSON that tells the pipeline's state."""

from datetime import datetime
from typing import Literal

from sparky_assets.reader.api_models import PeriodNoun, ResponseModel


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
    """The pipeline's state. The public sees its own shelves, and no runs."""

    at: datetime
    problem: str | None
    periods: list[KindStatus]
    history: HistoryState
    runs: list[RunOut]
    runs_by_status: dict[str, int]
    daemons: list[DaemonOut]
    failed_checks: list[str]
    health: list[HealthOut]
