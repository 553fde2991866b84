"""What is known of a period: from the store (what is there) and from the history of runs (what was tried)."""

from datetime import UTC, datetime

import dagster as dg
from dagster import DagsterRunStatus

from resources.storage import Storage
from schedules.policy import PeriodState, RunAttempts
from sparky_assets.orchestration.run_tags import PERIOD_TAG, SWEEP_TAG, UNFINISHED_STATUSES, format_periods
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.publications.publish import is_published
from sparky_assets.raw.window import find_missing_days

MAX_RUNS_PER_PERIOD = 100


class PeriodStateReader:
    """Answers for one tick."""

    def __init__(self, storage: Storage, instance: dg.DagsterInstance) -> None:
        self._storage, self._instance = storage, instance

    def is_published(self, period: Period) -> bool:
        """Whether it is at every destination that was to get it, by the ledger of the store."""
        return is_published(period, self._storage)

    def read_state(self, period: Period) -> PeriodState:
        """All that a decision needs; the rest is not looked up for what is published."""
        if self.is_published(period):
            return PeriodState(is_published=True)
        tries = self._read_attempts(period.kind.value, PERIOD_TAG, period)
        if period.kind is PeriodKind.DAILY:
            return PeriodState(False, tries)
        missing = tuple(find_missing_days(self._storage, period.days))
        return PeriodState(False, tries, self._read_attempts("collect", SWEEP_TAG, period), missing)

    def _read_attempts(self, job: str, tag: str, period: Period) -> RunAttempts:
        wanted = dg.RunsFilter(job_name=job, tags={tag: format_periods([period])})
        records = self._instance.get_run_records(wanted, limit=MAX_RUNS_PER_PERIOD)
        # Newest first. A run that somebody stopped, and then started again, is not stopped.
        statuses = [record.dagster_run.status for record in records]
        failed = [record for record in records if record.dagster_run.status is DagsterRunStatus.FAILURE]
        ends = [record.end_time or record.update_timestamp.timestamp() for record in failed]
        return RunAttempts(
            is_running=any(status in UNFINISHED_STATUSES for status in statuses),
            has_succeeded=DagsterRunStatus.SUCCESS in statuses,
            was_stopped=bool(statuses) and statuses[0] is DagsterRunStatus.CANCELED,
            failed_count=len(failed),
            last_failed_at=datetime.fromtimestamp(max(ends), UTC) if ends else None,
        )
