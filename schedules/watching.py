"""Which runs have ended since the last look, and what each says about itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster import DagsterEventType, DagsterRunStatus

from schedules.incidents import IncidentLog
from sparky_assets.orchestration.run_tags import (
    BACKFILL_TAG,
    PARTITION_TAG,
    PERIOD_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
    SWEEP_TAG,
)

POLL_OVERLAP = timedelta(minutes=2)
"""Looked at again each time: a run's end is written by its own process, and may be seen after a later one."""


ENDED_STATUSES = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE]


MAX_RUNS_PER_TICK = 500


WILL_RETRY_TAG = "dagster/will_retry"


COLLECT_JOB = "collect"


ANY_JOB = "__ASSET_JOB"
"""The job of runs that people start from assets in the UI."""


@dataclass(frozen=True)
class FinishedRun:
    """A run that has ended."""

    run_id: str
    job: str
    subject: str
    """The period that it is for; of a sweep, the week or month whose days it read once more."""
    backfill_id: str
    succeeded: bool
    will_retry: bool
    ended_at: datetime

    @property
    def member(self) -> str:
        """What has to succeed before a failure of this run is made good."""
        return f"{self.job}|{self.subject}"

    def resolves(self, member: str) -> bool:
        """Whether a success of this run makes good what failed: the same period, by the same job or by hand.

        Any job comes after collecting: a week that was written without its sweep needs that sweep no more.
        """
        job, _, subject = member.partition("|")
        by_hand = ANY_JOB in {job, self.job}
        return self.succeeded and subject == self.subject and (job in {self.job, COLLECT_JOB} or by_hand)


def collect_ended_runs(instance: dg.DagsterInstance, incident_log: IncidentLog) -> Iterator[FinishedRun]:
    """The runs that ended since the ledger's last look, in the order of their ends; the ledger notes them as seen."""
    since = incident_log.seen_until - POLL_OVERLAP
    wanted = dg.RunsFilter(statuses=ENDED_STATUSES, updated_after=since)
    records = instance.get_run_records(wanted, limit=MAX_RUNS_PER_TICK, order_by="update_timestamp", ascending=True)
    ended = []
    for record in records:
        run, updated = record.dagster_run, record.update_timestamp.replace(tzinfo=UTC)
        incident_log.seen_until = max(incident_log.seen_until, updated)
        if run.run_id in incident_log.seen:
            continue
        incident_log.seen[run.run_id] = updated
        ended.append(_parse_finished_run(record))
    incident_log.seen = {
        run_id: at for run_id, at in incident_log.seen.items() if at > incident_log.seen_until - 2 * POLL_OVERLAP
    }
    yield from sorted((run for run in ended if run.ended_at >= incident_log.began), key=lambda run: run.ended_at)


def find_warning_checks(instance: dg.DagsterInstance, run_id: str) -> Iterator[dg.AssetCheckEvaluation]:
    """The checks of a run, failed or not, that stop nothing."""
    for entry in instance.all_logs(run_id, of_type={DagsterEventType.ASSET_CHECK_EVALUATION}):
        event = entry.dagster_event
        if event is not None and event.asset_check_evaluation_data.severity is dg.AssetCheckSeverity.WARN:
            yield event.asset_check_evaluation_data


def _parse_finished_run(record: dg.RunRecord) -> FinishedRun:
    run = record.dagster_run
    tags = run.tags
    partition = tags.get(PARTITION_TAG) or "..".join(filter(None, (tags.get(RANGE_START_TAG), tags.get(RANGE_END_TAG))))
    end = record.end_time
    return FinishedRun(
        run_id=run.run_id,
        job=run.job_name,
        subject=tags.get(SWEEP_TAG) or tags.get(PERIOD_TAG) or partition or run.run_id[:8],
        backfill_id=tags.get(BACKFILL_TAG, ""),
        succeeded=run.status is DagsterRunStatus.SUCCESS,
        will_retry=tags.get(WILL_RETRY_TAG) == "true",
        ended_at=datetime.fromtimestamp(end, UTC) if end else record.update_timestamp.replace(tzinfo=UTC),
    )
