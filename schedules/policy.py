"""Whether a period is asked for now, and if not, why. Pure: the calendar, what is known of a period, and nothing else.

Every decision can be taken again at any tick: what is done is seen in the store, what was tried in the history of runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import dagster as dg
from dagster import DagsterRunStatus

from resources.storage import Storage
from sparky_assets.orchestration.run_tags import PERIOD_TAG, SWEEP_TAG, UNFINISHED_STATUSES, format_periods
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.publications.models import is_published
from sparky_assets.raw.window import find_missing_days

MAX_RETRY_PAUSE = timedelta(hours=24)


TICK_TOLERANCE = timedelta(minutes=30)
"""Ticks come hourly and a run fails minutes after one: without it each pause would last an hour longer than it says."""


@dataclass(frozen=True)
class RunAttempts:
    """What became of the runs for one period so far."""

    is_running: bool = False
    has_succeeded: bool = False
    was_stopped: bool = False
    failed_count: int = 0
    last_failed_at: datetime | None = None


@dataclass(frozen=True)
class PeriodState:
    """What is known of a period that is closed."""

    is_published: bool
    attempts: RunAttempts = RunAttempts()
    sweep_attempts: RunAttempts = RunAttempts()
    missing_days: tuple[date, ...] = ()


@dataclass(frozen=True)
class WaitPolicy:
    """How long a week or month waits for its days, and what happens then."""

    max_wait: timedelta
    publish_incomplete: bool


@dataclass(frozen=True)
class RequestRun:
    """Ask for a run. `run_key` is the same however often the same try is asked for."""

    period: Period
    run_key: str
    missing_days: tuple[date, ...] = ()


@dataclass(frozen=True)
class SkipPeriod:
    """Ask for nothing, for a reason."""

    reason: str


def decide_day(day: Period, state: PeriodState, now: datetime) -> RequestRun | SkipPeriod:
    """A day is asked for until it is published."""
    return _skip_if_published(day, state) or _decide_attempt(day, "daily", state.attempts, now)


def decide_recollection(period: Period, state: PeriodState, now: datetime) -> RequestRun | SkipPeriod:
    """The days of a week or month are read once more before it is written: commits land days after their date."""
    if done := _skip_if_published(period, state):
        return done
    if state.sweep_attempts.has_succeeded:
        return SkipPeriod(f"the days of {period} were read once more")
    return _decide_attempt(period, f"sweep|{period.kind.value}", state.sweep_attempts, now)


def decide_period(
    period: Period, state: PeriodState, now: datetime, timezone: str, policy: WaitPolicy
) -> RequestRun | SkipPeriod:
    """A week or month is asked for once its days are there and were read once more, or when patience ends."""
    if done := _skip_if_published(period, state):
        return done
    is_over = now >= period.window(timezone).end + policy.max_wait
    if waits := _describe_wait(period, state, is_over=is_over, publish_incomplete=policy.publish_incomplete):
        return SkipPeriod(f"{period} waits for {waits}")
    step = _decide_attempt(period, period.kind.value, state.attempts, now)
    return RequestRun(step.period, step.run_key, state.missing_days) if isinstance(step, RequestRun) else step


def _describe_wait(period: Period, state: PeriodState, *, is_over: bool, publish_incomplete: bool) -> str:
    named = ", ".join(str(day) for day in state.missing_days)
    if len(state.missing_days) == len(period.days):
        return "all of its days: none was collected"
    if state.missing_days and not (is_over and publish_incomplete):
        return named
    if not state.sweep_attempts.has_succeeded and not is_over:
        return "its days to be read once more"
    return ""


def _skip_if_published(period: Period, state: PeriodState) -> SkipPeriod | None:
    return SkipPeriod(f"{period} is published") if state.is_published else None


def _decide_attempt(period: Period, key_prefix: str, attempts: RunAttempts, now: datetime) -> RequestRun | SkipPeriod:
    """Ask again after 1, 2, 4, 8, 16 hours and then daily: an outage of any length ends by itself."""
    if attempts.is_running:
        return SkipPeriod(f"{period} is being made")
    if attempts.was_stopped:
        return SkipPeriod(f"{period} was stopped by a person; start it again in the UI")
    if attempts.last_failed_at is not None:
        pause = min(timedelta(hours=2 ** min(attempts.failed_count - 1, 10)), MAX_RETRY_PAUSE)
        if now < attempts.last_failed_at + pause - TICK_TOLERANCE:
            return SkipPeriod(
                f"{period} failed {attempts.failed_count} time{'s' if attempts.failed_count > 1 else ''}; "
                f"the next try is after {attempts.last_failed_at + pause - TICK_TOLERANCE:%Y-%m-%d %H:%M} UTC"
            )
    return RequestRun(period, f"{key_prefix}|{period.key}|{attempts.failed_count + 1}")


def skip_reason(skips: Sequence[SkipPeriod]) -> str:
    """Return the reasons of a tick that asks for nothing."""
    return "; ".join(dict.fromkeys(wait.reason for wait in skips)) or "nothing has closed yet"


MAX_RUNS_PER_PERIOD = 100


class PeriodStateReader:
    """Answers for one tick."""

    def __init__(self, storage: Storage, instance: dg.DagsterInstance) -> None:
        self._storage, self._instance = storage, instance

    def is_published(self, period: Period) -> bool:
        """Return whether a period is at every destination that was to get it, by the ledger of the store."""
        return is_published(period, self._storage)

    def read_state(self, period: Period) -> PeriodState:
        """Return what a decision about a period needs; of a published one no runs are looked up."""
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
