"""Which runs have ended since the last look, and what each says about itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster import DagsterEventType, DagsterRunStatus

from schedules.incidents import Ledger
from sparky_assets.runs import BACKFILL, PARTITION, PERIOD, RANGE_END, RANGE_START, SWEEP

OVERLAP = timedelta(minutes=2)
"""Looked at again each time: a run's end is written by its own process, and may be seen after a later one."""
ENDED = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE]
MOST_RUNS = 500
WILL_RETRY = "dagster/will_retry"
COLLECT = "collect"
ANY_JOB = "__ASSET_JOB"
"""The job of runs that people start from assets in the UI."""


@dataclass(frozen=True)
class Ended:
    """A run that has ended."""

    run_id: str
    job: str
    subject: str
    """The period that it is for; of a sweep, the week or month whose days it read once more."""
    backfill: str
    succeeded: bool
    will_retry: bool
    at: datetime

    @property
    def member(self) -> str:
        """What has to succeed before a failure of this run is made good."""
        return f"{self.job}|{self.subject}"

    def mends(self, member: str) -> bool:
        """Whether a success of this run makes good what failed: the same period, by the same job or by hand.

        Any job comes after collecting: a week that was written without its sweep needs that sweep no more.
        """
        job, _, subject = member.partition("|")
        by_hand = ANY_JOB in {job, self.job}
        return self.succeeded and subject == self.subject and (job in {self.job, COLLECT} or by_hand)


def newly_ended(instance: dg.DagsterInstance, ledger: Ledger) -> Iterator[Ended]:
    """The runs that ended since the ledger's last look, in the order of their ends; the ledger notes them as seen."""
    since = ledger.seen_until - OVERLAP
    wanted = dg.RunsFilter(statuses=ENDED, updated_after=since)
    records = instance.get_run_records(wanted, limit=MOST_RUNS, order_by="update_timestamp", ascending=True)
    ended = []
    for record in records:
        run, updated = record.dagster_run, record.update_timestamp.replace(tzinfo=UTC)
        ledger.seen_until = max(ledger.seen_until, updated)
        if run.run_id in ledger.seen:
            continue
        ledger.seen[run.run_id] = updated
        ended.append(_ended(record))
    ledger.seen = {run_id: at for run_id, at in ledger.seen.items() if at > ledger.seen_until - 2 * OVERLAP}
    yield from sorted((one for one in ended if one.at >= ledger.began), key=lambda one: one.at)


def failed_checks(instance: dg.DagsterInstance, run_id: str) -> Iterator[dg.AssetCheckEvaluation]:
    """The checks of a run, failed or not, that stop nothing."""
    for entry in instance.all_logs(run_id, of_type={DagsterEventType.ASSET_CHECK_EVALUATION}):
        event = entry.dagster_event
        if event is not None and event.asset_check_evaluation_data.severity is dg.AssetCheckSeverity.WARN:
            yield event.asset_check_evaluation_data


def _ended(record: dg.RunRecord) -> Ended:
    run = record.dagster_run
    tags = run.tags
    partition = tags.get(PARTITION) or "..".join(filter(None, (tags.get(RANGE_START), tags.get(RANGE_END))))
    end = record.end_time
    return Ended(
        run_id=run.run_id,
        job=run.job_name,
        subject=tags.get(SWEEP) or tags.get(PERIOD) or partition or run.run_id[:8],
        backfill=tags.get(BACKFILL, ""),
        succeeded=run.status is DagsterRunStatus.SUCCESS,
        will_retry=tags.get(WILL_RETRY) == "true",
        at=datetime.fromtimestamp(end, UTC) if end else record.update_timestamp.replace(tzinfo=UTC),
    )
