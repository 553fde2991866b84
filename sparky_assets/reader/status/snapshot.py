"""Snapshot of the pipeline's state: what exists, what is missing, what runs. Kept for a few seconds for all requests.

Public readers see public editions, and nothing of runs, daemons or addresses.
"""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from resources.checks import CheckResult
from resources.clock import Clock
from resources.errors import ResourceError, StorageError
from sparky_assets.orchestration.health import (
    COLLECT_STAGE,
    STAGE_FOLDERS,
    STAGES,
    StageState,
    StatusRow,
    build_grid,
    recent_periods,
)
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.publications.models import is_published
from sparky_assets.reader.library import DigestLibrary, parse_periods
from sparky_assets.reader.status.dagster_history import DagsterHistory, HealthPoller, RunHistory
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience, build_store_prefix

RECENT_PERIOD_COUNTS = {PeriodKind.DAILY: 14, PeriodKind.WEEKLY: 8, PeriodKind.MONTHLY: 6}
"""How many closed periods are looked at."""


PUBLIC_STAGES = ("metrics", "insights", "digest")


@dataclass(frozen=True)
class KindState:
    """One kind of period: its grid, and what was made last."""

    kind: PeriodKind
    last_closed: Period
    closes_next: datetime
    """When the period that runs now may be written: where schedules run, the first tick that asks for it."""
    rows: tuple[StatusRow, ...]
    held: Mapping[str, int]
    """How many periods each stage holds in all."""
    newest: Mapping[str, tuple[Period, datetime]]
    """The newest period of each stage, and when it was written."""

    @property
    def missing(self) -> list[Period]:
        """Closed periods that are not done, oldest first."""
        return [row.period for row in self.rows if not row.is_done]


@dataclass(frozen=True)
class StatusSnapshot:
    """Everything that the status page, the API and Prometheus tell."""

    at: datetime
    audience: Audience
    kinds: tuple[KindState, ...]
    history: RunHistory
    health: tuple[CheckResult, ...] = ()
    """How the language model and GitHub are; nothing where neither is used."""
    problem: str = ""
    version: str = field(default="", compare=False)

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that its grids have."""
        return STAGES if self.audience is Audience.INTERNAL else PUBLIC_STAGES


class StatusService:
    """Looks at most every `refresh_seconds`, however many ask."""

    def __init__(
        self, settings: Settings, library: DigestLibrary, history: DagsterHistory, clock: Clock, *,
        health: HealthPoller, now: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._health = health
        self._settings, self._library, self._history, self._clock, self._now = settings, library, history, clock, now
        self._cached_snapshots: dict[Audience, tuple[float, StatusSnapshot]] = {}
        self._snapshot_lock = threading.Lock()

    def snapshot(self, audience: Audience) -> StatusSnapshot:
        """Return the state as it was at most `refresh_seconds` ago."""
        with self._snapshot_lock:  # one looks, the others wait for what it finds
            cached = self._cached_snapshots.get(audience)
            if cached and self._now() - cached[0] < self._settings.reader.refresh_seconds:
                return cached[1]
            fresh = self._build_snapshot(audience)
            self._cached_snapshots[audience] = (self._now(), fresh)
            return fresh

    def _build_snapshot(self, audience: Audience) -> StatusSnapshot:
        is_inside = audience is Audience.INTERNAL
        history = self._history.load() if is_inside else RunHistory(is_readable=False)
        at = self._clock.now()
        kinds: tuple[KindState, ...] = ()
        problem = ""
        try:
            kinds = tuple(self._build_kind_state(kind, audience, history, at) for kind in PeriodKind)
        except ResourceError as error:
            problem = str(error) if is_inside else "the store cannot be read"
        snapshot = StatusSnapshot(at, audience, kinds, history, self._health.latest() if is_inside else (), problem)
        return replace(snapshot, version=_compute_version(snapshot))

    def _build_kind_state(self, kind: PeriodKind, audience: Audience, history: RunHistory, at: datetime) -> KindState:
        calendar = self._settings.calendar
        closed = calendar.last_closed(kind, at)
        stages = STAGES if audience is Audience.INTERNAL else PUBLIC_STAGES
        stamps = {
            stage: self._library.modified_times(f"{STAGE_FOLDERS[stage]}/{build_store_prefix(kind, audience)}", "json")
            for stage in stages
            if stage != COLLECT_STAGE
        }
        days = self._library.modified_times("raw/repositories", "parquet") if COLLECT_STAGE in stages else {}
        periods = [
            period
            for period in recent_periods(closed, RECENT_PERIOD_COUNTS[kind])
            if period.start >= self._settings.periods.start
        ]
        made: dict[tuple[PeriodKind, str], Set[str]] = {(kind, stage): times.keys() for stage, times in stamps.items()}
        if "publication" in stages:
            # As in `sparky status`: a publication that a destination refused is pending, and does not count.
            with_ledger = (period for period in periods if period.key in stamps["publication"])
            made[kind, "publication"] = {period.key for period in with_ledger if self._is_published(period)}
        rows = build_grid(periods, days.keys(), made, history.last_runs, stages)
        newest = {}
        for stage, times in stamps.items():
            if periods := parse_periods(kind, times):
                newest[stage] = (periods[-1], times[periods[-1].key][0])
        held = {stage: len(times) for stage, times in stamps.items()}
        return KindState(kind, closed, calendar.closes_at(closed.next()), tuple(rows), held, newest)

    def _is_published(self, period: Period) -> bool:
        try:
            return is_published(period, self._library.storage)
        except StorageError:  # the next publication writes a torn ledger again
            return False


def _compute_version(snapshot: StatusSnapshot) -> str:
    """Changes when anything that people see changes, and not with the time of the look."""
    state = to_status_json(snapshot)
    state.pop("at")
    for daemon in state["daemons"]:
        daemon.pop("last_seen")
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:16]


def to_status_json(snapshot: StatusSnapshot) -> dict[str, Any]:
    """Return the state for machines."""
    history = snapshot.history
    return {
        "at": snapshot.at.isoformat(),
        "problem": snapshot.problem or None,
        "periods": [
            {
                "kind": state.kind.noun,
                "last_closed": state.last_closed.label,
                "closes_next": state.closes_next.isoformat(),
                "missing": [period.label for period in state.missing],
                "held": dict(state.held),
                "newest": {
                    stage: {"period": period.label, "written": written.isoformat()}
                    for stage, (period, written) in state.newest.items()
                },
                "grid": [
                    {"period": row.period.label, "stages": {stage: cell.value for stage, cell in row.cells.items()}}
                    for row in state.rows
                ],
            }
            for state in snapshot.kinds
        ],
        "history": {"works": history.is_readable, "word": history.detail},
        "runs": [
            {
                "id": run.id, "job": run.job, "period": run.period.label if run.period else None, "status": run.status,
                "started": run.started.isoformat() if run.started else None, "seconds": run.seconds,
                "trigger": run.trigger, "reason": run.reason or None,
            }
            for run in history.runs[:20]
        ],
        "runs_by_status": dict(history.runs_by_status),
        "daemons": [
            {"name": daemon.name, "healthy": daemon.is_healthy,
             "last_seen": daemon.last_seen.isoformat() if daemon.last_seen else None}
            for daemon in history.daemons
        ],
        "failed_checks": list(history.failed_checks),
        "health": [{"what": check.name, "works": check.ok, "word": check.summary} for check in snapshot.health],
    }  # fmt: skip


def summarize_status(snapshot: StatusSnapshot) -> str:
    """One line for screen readers and chat: what is well, and what is not."""
    if snapshot.problem:
        return snapshot.problem
    failed = sum(
        cell is StageState.FAILED for state in snapshot.kinds for row in state.rows for cell in row.cells.values()
    )
    running = sum(run.is_running for run in snapshot.history.runs)
    missing = sum(len(state.missing) for state in snapshot.kinds)
    parts = []
    if running:
        parts.append(f"{running} {'run is' if running == 1 else 'runs are'} going on")
    if failed:
        parts.append(f"{failed} {'stage' if failed == 1 else 'stages'} failed")
    if missing:
        parts.append(f"{missing} closed {'period is' if missing == 1 else 'periods are'} not done")
    return f"{', '.join(parts).capitalize()}." if parts else "Every recent period is done."
