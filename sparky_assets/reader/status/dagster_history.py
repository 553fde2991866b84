"""Dagster's history for the reader: runs, failed checks, daemons, numbers of assets; and polling of health.

Read-only, with few queries. A copied store without Dagster's database has no history, which is no error. The health of
the language model and of GitHub is checked in the background once a minute, never while a page waits.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
from dagster import DagsterRunStatus

from resources.checks import CheckResult
from resources.history_database import read_history_database, set_default_port
from sparky_assets.digests.assets import GROUNDED_CHECK as DIGEST_CHECK
from sparky_assets.insights.assets import GROUNDED_CHECK as INSIGHTS_CHECK
from sparky_assets.metrics.assets import TOTALS_CHECK as METRICS_CHECK
from sparky_assets.orchestration.failures import failure_cause
from sparky_assets.orchestration.health import LastRun
from sparky_assets.orchestration.partitions import parse_partition_key
from sparky_assets.orchestration.run_tags import PARTITION_TAG, PERIOD_TAG, UNFINISHED_STATUSES, get_trigger
from sparky_assets.periods import Period, PeriodError, PeriodKind

DATABASE_TIMEOUT_SECONDS = 2


MAX_RUNS = 60
"""Runs looked at for the grid; the page shows fewer. A day has four or five."""


COUNTED_STATUSES = (
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.SUCCESS,
    DagsterRunStatus.FAILURE,
    DagsterRunStatus.CANCELED,
)


STAGE_CHECKS = {"metrics": METRICS_CHECK, "insights": INSIGHTS_CHECK, "digest": DIGEST_CHECK}


log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunSummary:
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
class DaemonStatus:
    """One of Dagster's daemons."""

    name: str
    is_healthy: bool
    last_seen: datetime | None


@dataclass(frozen=True)
class RunHistory:
    """Snapshot of Dagster's history. `is_readable` is False if it cannot be read, with the reason in `detail`."""

    is_readable: bool = True
    detail: str = ""
    runs: tuple[RunSummary, ...] = ()
    runs_by_status: Mapping[str, int] = field(default_factory=dict)
    daemons: tuple[DaemonStatus, ...] = ()
    failed_checks: tuple[str, ...] = ()
    asset_numbers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Numbers in the latest materialisation of an asset, by its key: `daily/insights` → `{"calls": 3}`."""

    @property
    def last_runs(self) -> dict[Period, LastRun]:
        """The last run for each period."""
        runs: dict[Period, LastRun] = {}
        for run in self.runs:
            if run.period:
                runs.setdefault(run.period, LastRun(run.is_running, run.has_failed))
        return runs


class DagsterHistory:
    """Looks into the instance of a home; opened at the first look and kept."""

    def __init__(self, home: Path | None, instance: dg.DagsterInstance | None = None) -> None:
        self._home, self._instance = home, instance
        self._reasons_by_run: dict[str, str] = {}
        self._logged_error = ""

    def load(self) -> RunHistory:
        """One look; never raises: a page about digests must not fall with Dagster's database."""
        if self._instance is None and not (self._home and (self._home / "dagster.yaml").exists()):
            return RunHistory(is_readable=False, detail="no run was made from here yet")
        try:
            self._check_database()
            if self._instance is None:
                self._instance = dg.DagsterInstance.from_config(str(self._home))
            history = self._load_history(self._instance)
        except Exception as error:  # noqa: BLE001 - SQLAlchemy, Postgres, gRPC: any error is reported and stops nothing
            # Dagster's own messages have a traceback's length; the first line names the reason.
            reason = str(error).strip().partition("\n")[0]
            if reason != self._logged_error:  # each look would say it again
                log.warning("the history of runs cannot be read: %s", reason)
            self._logged_error = reason
            return RunHistory(is_readable=False, detail="the history of runs cannot be read; see the reader's log")
        if self._logged_error:
            log.warning("the history of runs can be read again")
            self._logged_error = ""
        return history

    def _check_database(self) -> None:
        """Ask Postgres first: Dagster tries for seconds, in which a page waits."""
        if self._home is not None:
            set_default_port(os.environ)
            if database := read_history_database(self._home):
                database.check(timeout_seconds=DATABASE_TIMEOUT_SECONDS)

    def _load_history(self, instance: dg.DagsterInstance) -> RunHistory:
        records = instance.get_run_records(limit=MAX_RUNS)
        return RunHistory(
            runs=tuple(self._summarize_run(instance, record) for record in records),
            runs_by_status={
                status.value.lower(): instance.get_runs_count(dg.RunsFilter(statuses=[status]))
                for status in COUNTED_STATUSES
            },
            daemons=tuple(_list_daemons(instance)),
            failed_checks=tuple(_list_failed_checks(instance)),
            asset_numbers={
                key: numbers for key in _list_reporting_assets() if (numbers := _read_asset_numbers(instance, key))
            },
        )

    def _summarize_run(self, instance: dg.DagsterInstance, record: dg.RunRecord) -> RunSummary:
        run = record.dagster_run
        started = record.start_time
        ended = record.end_time
        has_failed = run.status is DagsterRunStatus.FAILURE
        return RunSummary(
            id=run.run_id,
            job=run.job_name.strip("_").lower(),
            period=_find_run_period(run.tags, run.job_name),
            status=run.status.value.lower(),
            is_running=run.status in UNFINISHED_STATUSES,
            has_failed=has_failed,
            started=datetime.fromtimestamp(started, UTC) if started else None,
            seconds=ended - started if started and ended else None,
            trigger=get_trigger(run.tags),
            reason=self._find_failure_reason(instance, run.run_id) if has_failed else "",
        )

    def _find_failure_reason(self, instance: dg.DagsterInstance, run_id: str) -> str:
        """Why a run failed: asked once, for it does not change."""
        if run_id not in self._reasons_by_run:
            self._reasons_by_run[run_id] = " ".join(failure_cause(instance, run_id).split())[:300]
        return self._reasons_by_run[run_id]


def _find_run_period(tags: Mapping[str, str], job: str) -> Period | None:
    """Return what a run is for: our own tag (`weekly/2025-11-10`), else its partition and job."""
    kind, _, key = tags.get(PERIOD_TAG, "").partition("/")
    if not key:
        kind, key = job, tags.get(PARTITION_TAG, "")
    if kind in {"collect", "history"}:
        kind = PeriodKind.DAILY.value
    try:
        return parse_partition_key(PeriodKind(kind), key.partition("..")[0]) if key and ".." not in key else None
    except (ValueError, PeriodError):
        return None


def _list_daemons(instance: dg.DagsterInstance) -> list[DaemonStatus]:
    daemons = []
    for name, status in instance.get_daemon_statuses().items():
        if status.required:
            beat = status.last_heartbeat
            at = datetime.fromtimestamp(beat.timestamp, UTC) if beat else None
            daemons.append(DaemonStatus(name.lower().replace("_", " "), bool(status.healthy), at))
    return sorted(daemons, key=lambda daemon: daemon.name)


def _list_failed_checks(instance: dg.DagsterInstance) -> list[str]:
    keys = [
        dg.AssetCheckKey(dg.AssetKey([kind.value, stage]), name)
        for kind in PeriodKind
        for stage, name in STAGE_CHECKS.items()
    ]
    latest = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    failed = []
    for key, record in latest.items():
        evaluation = record.event.dagster_event if record.event else None
        data: Any = evaluation.event_specific_data if evaluation else None
        if data is not None and not getattr(data, "passed", True):
            failed.append(f"{key.asset_key.to_user_string()}: {key.name.replace('_', ' ')}")
    return sorted(failed)


def _list_reporting_assets() -> list[str]:
    return ["raw/repositories", *(f"{kind.value}/insights" for kind in PeriodKind)]


def _read_asset_numbers(instance: dg.DagsterInstance, key: str) -> dict[str, float]:
    event = instance.get_latest_materialization_event(dg.AssetKey.from_user_string(key))
    made = event.asset_materialization if event else None
    numbers = {}
    for name, value in (made.metadata if made else {}).items():
        if isinstance(value.value, (int, float)) and not isinstance(value.value, bool):
            numbers[name] = float(value.value)
    return numbers


HEALTH_INTERVAL_SECONDS = 60.0


class HealthPoller:
    """Keeps the last answers; a look starts asking again when they are older than a minute."""

    def __init__(
        self, check: Callable[[], Iterable[CheckResult]] | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._check, self._now = check, now
        self._results: tuple[CheckResult, ...] = ()
        self._checked_at: float | None = None
        self._lock = threading.Lock()
        self.thread: threading.Thread | None = None

    def latest(self) -> tuple[CheckResult, ...]:
        """Return what was answered last; nothing before the first answer."""
        with self._lock:
            is_old = self._checked_at is None or self._now() - self._checked_at >= HEALTH_INTERVAL_SECONDS
            if self._check is not None and is_old:
                self._checked_at = self._now()
                # A daemon: a server that never answers must not keep the reader from ending.
                self.thread = threading.Thread(target=self._refresh, daemon=True)
                self.thread.start()
        return self._results

    def _refresh(self) -> None:
        try:
            self._results = tuple(self._check() if self._check else ())
        except Exception as error:  # noqa: BLE001 - whatever it is: a page about digests must not fall with it
            log.warning("the health of model and GitHub cannot be asked: %s", error)
            self._results = (CheckResult("model and GitHub", False, "could not be asked; the reader's log says why"),)
