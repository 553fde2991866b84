"""What is known of a period: from the store (what is there) and from the history of runs (what was tried)."""

from datetime import UTC, datetime

import dagster as dg
from dagster import DagsterRunStatus

from resources.storage import Storage
from schedules.decisions import Known, Tries
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.publications.publishing import is_published
from sparky_assets.raw.window import missing_days
from sparky_assets.runs import PERIOD, SWEEP, UNFINISHED, name_of

MOST_RUNS = 100


class Knowledge:
    """Answers for one tick."""

    def __init__(self, storage: Storage, instance: dg.DagsterInstance) -> None:
        self._storage, self._instance = storage, instance

    def is_published(self, period: Period) -> bool:
        """Whether it is at every destination that was to get it, by the ledger of the store."""
        return is_published(period, self._storage)

    def of(self, period: Period) -> Known:
        """All that a decision needs; the rest is not looked up for what is published."""
        if self.is_published(period):
            return Known(is_published=True)
        tries = self._tries(period.kind.value, PERIOD, period)
        if period.kind is PeriodKind.DAILY:
            return Known(False, tries)
        missing = tuple(missing_days(self._storage, period.days))
        return Known(False, tries, self._tries("collect", SWEEP, period), missing)

    def _tries(self, job: str, tag: str, period: Period) -> Tries:
        wanted = dg.RunsFilter(job_name=job, tags={tag: name_of([period])})
        records = self._instance.get_run_records(wanted, limit=MOST_RUNS)
        # Newest first. A run that somebody stopped, and then started again, is not stopped.
        statuses = [record.dagster_run.status for record in records]
        failed = [record for record in records if record.dagster_run.status is DagsterRunStatus.FAILURE]
        ends = [record.end_time or record.update_timestamp.timestamp() for record in failed]
        return Tries(
            is_running=any(status in UNFINISHED for status in statuses),
            has_succeeded=DagsterRunStatus.SUCCESS in statuses,
            was_stopped=bool(statuses) and statuses[0] is DagsterRunStatus.CANCELED,
            failed=len(failed),
            last_failed_at=datetime.fromtimestamp(max(ends), UTC) if ends else None,
        )
