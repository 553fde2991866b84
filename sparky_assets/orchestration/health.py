"""Stages × periods: what is made, half made, being made, failed or missing. `sparky status` and the reader share it.

What does not belong here: listing the store, asking Dagster, and how a grid looks.

Whether what makes things is alive: daemons, the language model, GitHub; and which checks failed last.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import dagster as dg
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._daemon.controller import get_daemon_statuses

from resources.errors import ResourceError
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.settings.schema import Settings

COLLECT_STAGE = "collect"


STAGES = (COLLECT_STAGE, "metrics", "insights", "digest", "publication")
"""Stages in the order in which they are made; the first is the raw days of the window."""


STAGE_FOLDERS = {"metrics": "metrics", "insights": "insights", "digest": "digests", "publication": "publications"}
"""The folder of each stage in the store; see `store.py`."""


class StageState(StrEnum):
    """What is known of one stage of one period."""

    MADE = "made"
    PARTIAL = "partial"
    """Some days of the window are there, not all."""
    RUNNING = "running"
    FAILED = "failed"
    MISSING = "missing"


@dataclass(frozen=True)
class LastRun:
    """The last run for a period: whether it goes on, and whether it failed."""

    is_running: bool
    has_failed: bool


@dataclass(frozen=True)
class StatusRow:
    """One period and the cells of its stages in their order."""

    period: Period
    cells: Mapping[str, StageState]

    @property
    def is_done(self) -> bool:
        """Whether every stage is made."""
        return all(cell is StageState.MADE for cell in self.cells.values())


def build_grid(
    periods: Sequence[Period],
    collected_days: AbstractSet[str],
    made_keys: Mapping[tuple[PeriodKind, str], AbstractSet[str]],
    last_runs: Mapping[Period, LastRun] | None = None,
    stages: Sequence[str] = STAGES,
) -> list[StatusRow]:
    """The rows of periods in the order given.

    `days` are the keys of the raw days that are there, `made` the keys of each kind's stages, `tried` the last runs.
    A stage that is there is made, whatever a later run did. Of those that lack, the first is the one that failed.
    """
    rows = []
    for period in periods:
        run = (last_runs or {}).get(period)
        cells: dict[str, StageState] = {}
        for stage in stages:
            cell = (
                _compute_collect_state(period, collected_days)
                if stage == COLLECT_STAGE
                else _get_stage_state(period, stage, made_keys)
            )
            if cell is not StageState.MADE and run and run.is_running:
                cell = StageState.RUNNING
            elif cell is not StageState.MADE and run and run.has_failed and StageState.FAILED not in cells.values():
                cell = StageState.FAILED
            cells[stage] = cell
        rows.append(StatusRow(period, cells))
    return rows


def recent_periods(newest: Period, count: int, earliest: datetime | None = None) -> list[Period]:
    """The last closed period and those before it, oldest first; none that begins before `first`."""
    found = [newest]
    while len(found) < count:
        found.append(found[-1].previous())
    return [period for period in reversed(found) if earliest is None or period.start >= earliest.date()]


def _compute_collect_state(period: Period, collected_days: AbstractSet[str]) -> StageState:
    there = sum(day.key in collected_days for day in period.days)
    if there == len(period.days):
        return StageState.MADE
    return StageState.PARTIAL if there else StageState.MISSING


def _get_stage_state(
    period: Period, stage: str, made_keys: Mapping[tuple[PeriodKind, str], AbstractSet[str]]
) -> StageState:
    return StageState.MADE if period.key in made_keys.get((period.kind, stage), frozenset()) else StageState.MISSING


@dataclass(frozen=True)
class CheckResult:
    """One thing, whether it works, and a word about it."""

    what: str
    works: bool
    word: str


def unhealthy_daemons(instance: dg.DagsterInstance) -> list[str]:
    """The daemons that have not been heard of lately."""
    statuses = get_daemon_statuses(instance, instance.get_required_daemon_types())
    return sorted(name.lower() for name, status in statuses.items() if not status.healthy)


def list_failed_checks(instance: dg.DagsterInstance, graph: Any) -> list[str]:
    """The checks whose latest evaluation failed, as `daily/metrics: nothing_is_missing`."""
    latest = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(graph.asset_check_keys))
    return sorted(
        f"{key.asset_key.to_user_string()}: {key.name}"
        for key, record in latest.items()
        if record.status is AssetCheckExecutionRecordStatus.FAILED
    )


def check_models(settings: Settings, models: Any) -> Iterator[CheckResult]:
    """Each model of the settings; nothing where rules write everything."""
    for name in sorted({settings.language_model.get_model_name(kind) for kind in ("daily", "weekly", "monthly")}):
        model = models.connect(name)
        if model is None:
            return
        health = model.check_health()
        model.close()
        yield CheckResult(f"language model {name}", health.ok, "; ".join((health.detail, *health.warnings)))


def check_github(settings: Settings) -> Iterator[CheckResult]:
    """Each organisation of the settings, as the token sees it; nothing where GitHub is not read."""
    # Imported here: the client and its signatures cost 0.2 s, which a status over git alone need not wait for.
    from sparky_assets.raw.github.collect import open_github  # noqa: PLC0415
    from sparky_assets.raw.github.diagnostics import diagnose_github  # noqa: PLC0415

    source = settings.sources.github
    for owner in source.owners if settings.sources.source != "git" else ():
        try:
            with open_github(source, owner) as github:
                for finding in diagnose_github(github, owner):
                    yield CheckResult(f"GitHub, {finding.name}", finding.ok, finding.detail)
        except ResourceError as error:
            yield CheckResult(f"GitHub, {owner}", False, str(error))
