"""What Dagster remembers: runs, failed checks, daemons, and the numbers that assets tell. Read-only, and a few queries.

An installation without history (a store that was copied) is no error: then nothing is told of runs.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
from dagster import DagsterRunStatus

from sparky_assets.causes import cause_of
from sparky_assets.digests.assets import CHECK as DIGEST_CHECK
from sparky_assets.insights.assets import CHECK as INSIGHTS_CHECK
from sparky_assets.metrics.assets import CHECK as METRICS_CHECK
from sparky_assets.partitions import period_of
from sparky_assets.periods import Period, PeriodError, PeriodKind
from sparky_assets.runs import PARTITION, PERIOD, UNFINISHED, trigger_of
from sparky_assets.stage_grid import Tried

LATEST_RUNS = 60
"""Runs looked at for the grid; the page shows fewer. A day has four or five."""
COUNTED = (DagsterRunStatus.QUEUED, DagsterRunStatus.STARTED, DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE,
           DagsterRunStatus.CANCELED)  # fmt: skip
CHECKS = {"metrics": METRICS_CHECK, "insights": INSIGHTS_CHECK, "digest": DIGEST_CHECK}
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunSeen:
    """One run as a page tells it."""

    id: str
    job: str
    period: Period | None
    status: str
    is_running: bool
    has_failed: bool
    started: datetime | None
    seconds: float | None
    trigger: str
    reason: str = ""


@dataclass(frozen=True)
class DaemonSeen:
    """One of Dagster's daemons."""

    name: str
    is_healthy: bool
    last_seen: datetime | None


@dataclass(frozen=True)
class History:
    """One look at everything; `works` is False where it cannot be read, with the reason in `word`."""

    works: bool = True
    word: str = ""
    runs: tuple[RunSeen, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    daemons: tuple[DaemonSeen, ...] = ()
    failed_checks: tuple[str, ...] = ()
    told: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Numbers in the latest materialisation of an asset, by its key: `daily/insights` → `{"calls": 3}`."""

    @property
    def tried(self) -> dict[Period, Tried]:
        """The last run for each period."""
        found: dict[Period, Tried] = {}
        for run in self.runs:
            if run.period:
                found.setdefault(run.period, Tried(run.is_running, run.has_failed))
        return found


class HistoryDesk:
    """Looks into the instance of a home; opened at the first look and kept."""

    def __init__(self, home: Path | None, instance: dg.DagsterInstance | None = None) -> None:
        self._home, self._instance = home, instance
        self._reasons: dict[str, str] = {}

    def look(self) -> History:
        """One look; never raises: a page about digests must not fall with Dagster's database."""
        if self._instance is None and not (self._home and (self._home / "dagster.yaml").exists()):
            return History(works=False, word="no run was made from here yet")
        try:
            if self._instance is None:
                self._instance = dg.DagsterInstance.from_config(str(self._home))
            return self._read(self._instance)
        except Exception as error:  # noqa: BLE001 - SQLAlchemy, Postgres, gRPC: whatever it is, it is told and no more
            log.warning("the history of runs cannot be read: %s", error)
            return History(works=False, word="the history of runs cannot be read; the log says why")

    def _read(self, instance: dg.DagsterInstance) -> History:
        records = instance.get_run_records(limit=LATEST_RUNS)
        return History(
            runs=tuple(self._run(instance, record) for record in records),
            counts={
                status.value.lower(): instance.get_runs_count(dg.RunsFilter(statuses=[status])) for status in COUNTED
            },
            daemons=tuple(_daemons(instance)),
            failed_checks=tuple(_failed_checks(instance)),
            told={key: numbers for key in _telling() if (numbers := _numbers(instance, key))},
        )

    def _run(self, instance: dg.DagsterInstance, record: dg.RunRecord) -> RunSeen:
        run = record.dagster_run
        started = record.start_time
        ended = record.end_time
        has_failed = run.status is DagsterRunStatus.FAILURE
        return RunSeen(
            id=run.run_id,
            job=run.job_name.strip("_").lower(),
            period=_period(run.tags, run.job_name),
            status=run.status.value.lower(),
            is_running=run.status in UNFINISHED,
            has_failed=has_failed,
            started=datetime.fromtimestamp(started, UTC) if started else None,
            seconds=ended - started if started and ended else None,
            trigger=trigger_of(run.tags),
            reason=self._reason(instance, run.run_id) if has_failed else "",
        )

    def _reason(self, instance: dg.DagsterInstance, run_id: str) -> str:
        """Why a run failed: asked once, for it does not change."""
        if run_id not in self._reasons:
            self._reasons[run_id] = " ".join(cause_of(instance, run_id).split())[:300]
        return self._reasons[run_id]


def _period(tags: Mapping[str, str], job: str) -> Period | None:
    """What a run is for: our own tag (`weekly/2025-11-10`), else its partition and job."""
    kind, _, key = tags.get(PERIOD, "").partition("/")
    if not key:
        kind, key = job, tags.get(PARTITION, "")
    if kind in {"collect", "history"}:
        kind = PeriodKind.DAILY.value
    try:
        return period_of(PeriodKind(kind), key.partition("..")[0]) if key and ".." not in key else None
    except (ValueError, PeriodError):
        return None


def _daemons(instance: dg.DagsterInstance) -> list[DaemonSeen]:
    found = []
    for name, status in instance.get_daemon_statuses().items():
        if status.required:
            beat = status.last_heartbeat
            at = datetime.fromtimestamp(beat.timestamp, UTC) if beat else None
            found.append(DaemonSeen(name.lower().replace("_", " "), bool(status.healthy), at))
    return sorted(found, key=lambda one: one.name)


def _failed_checks(instance: dg.DagsterInstance) -> list[str]:
    keys = [
        dg.AssetCheckKey(dg.AssetKey([kind.value, stage]), name)
        for kind in PeriodKind
        for stage, name in CHECKS.items()
    ]
    latest = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    failed = []
    for key, record in latest.items():
        evaluation = record.event.dagster_event if record.event else None
        data: Any = evaluation.event_specific_data if evaluation else None
        if data is not None and not getattr(data, "passed", True):
            failed.append(f"{key.asset_key.to_user_string()}: {key.name.replace('_', ' ')}")
    return sorted(failed)


def _telling() -> list[str]:
    return ["raw/repositories", *(f"{kind.value}/insights" for kind in PeriodKind)]


def _numbers(instance: dg.DagsterInstance, key: str) -> dict[str, float]:
    event = instance.get_latest_materialization_event(dg.AssetKey.from_user_string(key))
    made = event.asset_materialization if event else None
    numbers = {}
    for name, value in (made.metadata if made else {}).items():
        if isinstance(value.value, (int, float)) and not isinstance(value.value, bool):
            numbers[name] = float(value.value)
    return numbers
