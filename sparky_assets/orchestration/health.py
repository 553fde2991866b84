"""State of the pipeline for `sparky status`, `sparky doctor` and the reader.

The grid of stages and periods (made, partial, running, failed, missing), the health of daemons, language models and
GitHub, and the checks that failed last. Listing the store and drawing the grid belong to the callers.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from resources.channels.alerts import AlertChannels
from resources.checks import CheckResult
from resources.errors import ResourceError
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.settings.schema import Settings

if TYPE_CHECKING:
    import dagster as dg

    from resources.storage import Storage

COLLECT_STAGE = "collect"


STAGES = (COLLECT_STAGE, "metrics", "insights", "digest", "publication")
"""Stages in the order in which they are made; the first is the raw days of the window."""


STAGE_FOLDERS = {"metrics": "metrics", "insights": "insights", "digest": "digests", "publication": "publications"}
"""The folder of each stage in the store; see `store.py`."""


class StageState(StrEnum):
    """State of one stage of one period."""

    MADE = "made"
    PARTIAL = "partial"
    """Some days of the window are stored, not all."""
    RUNNING = "running"
    FAILED = "failed"
    MISSING = "missing"


@dataclass(frozen=True)
class LastRun:
    """Whether the last run for a period is still running, and whether it failed."""

    is_running: bool
    has_failed: bool


@dataclass(frozen=True)
class StatusRow:
    """A period and the states of its stages, in the order of the stages."""

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
    """Return one row per period, in the order of `periods`.

    A stored stage counts as made, whatever a later run did. If the last run failed, the first missing stage is the one
    that failed.

    Args:
        periods: the periods to show.
        collected_days: keys of the raw days in the store.
        made_keys: keys of the stored periods, by kind and stage.
        last_runs: the last run of each period, where there is one.
        stages: the stages to show.
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
    """Return the last `count` periods up to `newest`, oldest first, without those that begin before `earliest`."""
    periods = [newest]
    while len(periods) < count:
        periods.append(periods[-1].previous())
    return [period for period in reversed(periods) if earliest is None or period.start >= earliest.date()]


def _compute_collect_state(period: Period, collected_days: AbstractSet[str]) -> StageState:
    stored_count = sum(day.key in collected_days for day in period.days)
    if stored_count == len(period.days):
        return StageState.MADE
    return StageState.PARTIAL if stored_count else StageState.MISSING


def _get_stage_state(
    period: Period, stage: str, made_keys: Mapping[tuple[PeriodKind, str], AbstractSet[str]]
) -> StageState:
    return StageState.MADE if period.key in made_keys.get((period.kind, stage), frozenset()) else StageState.MISSING


def unhealthy_daemons(instance: "dg.DagsterInstance") -> list[str]:
    """Return the names of the required daemons without a recent heartbeat."""
    # Imported late: it loads SQLAlchemy and Alembic, which is a third of the time that the definitions take to load.
    from dagster._daemon.controller import get_daemon_statuses  # noqa: PLC0415

    statuses = get_daemon_statuses(instance, instance.get_required_daemon_types())
    return sorted(name.lower() for name, status in statuses.items() if not status.healthy)


def has_daemon_history(instance: "dg.DagsterInstance") -> bool:
    """Return whether any daemon ever sent a heartbeat: before the first `sparky up` none did."""
    return not instance.is_ephemeral and bool(instance.get_daemon_heartbeats())


def list_failed_checks(instance: "dg.DagsterInstance", graph: Any) -> list[str]:
    """Return the checks whose latest evaluation failed, as `daily/metrics: nothing_is_missing`."""
    from dagster._core.storage.asset_check_execution_record import (  # noqa: PLC0415 - as above
        AssetCheckExecutionRecordStatus,
    )

    latest = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(graph.asset_check_keys))
    return sorted(
        f"{key.asset_key.to_user_string()}: {key.name}"
        for key, record in latest.items()
        if record.status is AssetCheckExecutionRecordStatus.FAILED
    )


def check_models(settings: Settings, models: Any, *, storage: "Storage | None" = None) -> Iterator[CheckResult]:
    """Check each model of the settings; yield nothing if no model is configured.

    Args:
        storage: ask each model that is there one constrained question, which can take as long as loading it, and
            compare it with the rules by the last `sparky model-check` in this store.
    """
    for name in sorted({settings.language_model.get_model_name(kind) for kind in ("daily", "weekly", "monthly")}):
        model = models.connect(name)
        if model is None:
            return
        try:
            health = model.check_health()
            yield replace(health, name=f"language model {name}")
            if storage is not None and health.ok:
                # Imported late: the documents' parser costs 0.5 s, and `sparky status` asks no question.
                from sparky_assets.insights.llm import evaluation  # noqa: PLC0415

                yield evaluation.try_constrained_question(model, name)
                yield evaluation.compare_with_rules(storage, model.identify())
        finally:
            model.close()


def check_alerts(settings: Settings, channels: AlertChannels) -> Iterator[CheckResult]:
    """Check the channels of alerts without sending anything: the mail server takes the login, the webhook is set."""
    for name in channels.channels:
        try:
            if name == "e-mail" and channels.smtp_client is not None:
                channels.smtp_client.check_login()
        except ResourceError as error:
            yield CheckResult(f"alerts by {name}", False, str(error))
        else:
            yield CheckResult(f"alerts by {name}", True, "set; sparky alerts test sends one")
    if not channels.channels and settings.schedules.enabled:
        advice = "failures reach no person; set alerts.slack_webhook or alerts.email_to"
        yield CheckResult("alerts", True, "no channel is configured", (advice,))


def check_github(settings: Settings) -> Iterator[CheckResult]:
    """Check each organisation of the settings with its token; yield nothing if GitHub is not a source."""
    if settings.sources.source == "git":
        return
    # Imported late: the client and its signatures cost 0.2 s, which a status over git alone does not need.
    from sparky_assets.raw.github.collect import diagnose_github, open_github  # noqa: PLC0415

    source = settings.sources.github
    for owner in source.owners:
        try:
            with open_github(source, owner) as github:
                for check in diagnose_github(github, owner):
                    yield replace(check, name=f"GitHub, {check.name}")
        except ResourceError as error:
            yield CheckResult(f"GitHub, {owner}", False, str(error))
