"""Sensors that alert people: failed runs, failed checks and overdue periods, and a heartbeat.

`incidents.py` decides what is reported once and when. This module reads Dagster's history and sends.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster import DagsterEventType, DagsterRunStatus
from dagster._core.errors import DagsterRunNotFoundError

from resources.channels.alerts import AlertChannels
from resources.clock import Clock
from resources.errors import ResourceError
from resources.storage import Storage
from schedules.incidents import Incident, IncidentLog, group_by_reason
from schedules.policy import PeriodStateReader
from sparky_assets.orchestration.failures import failure_cause
from sparky_assets.orchestration.health import unhealthy_daemons
from sparky_assets.orchestration.run_tags import (
    BACKFILL_TAG,
    PARTITION_TAG,
    PERIOD_TAG,
    RANGE_END_TAG,
    RANGE_START_TAG,
    SWEEP_TAG,
    clear_dead_runs,
    format_periods,
)
from sparky_assets.periods import Period, PeriodKind, parse_period
from sparky_assets.settings.schema import Settings

SENSOR_INTERVAL_SECONDS = 60

log = logging.getLogger("dagster.sparky.runs")
"""Says in the service's log which runs succeeded; those that failed say so themselves."""


def build_heartbeat_sensor(settings: Settings) -> dg.SensorDefinition:
    """Return the sensor that sends a heartbeat and marks runs of killed processes as failed."""

    @dg.sensor(
        name="heartbeat",
        minimum_interval_seconds=SENSOR_INTERVAL_SECONDS,
        default_status=get_sensor_status(settings),
        description="Touches a file and requests a URL every minute while every daemon is healthy, so that an external "
        "monitor notices when this machine cannot send alerts. Marks runs whose process was killed as failed.",
    )
    def beat(context: dg.SensorEvaluationContext, notifications: dg.ResourceParam[AlertChannels]) -> dg.SkipReason:
        instance = context.instance
        dead = clear_dead_runs(instance)
        buried = f"; {len(dead)} runs of killed processes are marked as failed" if dead else ""
        if ill := unhealthy_daemons(instance):
            return dg.SkipReason(f"no heartbeat: not healthy: {', '.join(ill)}{buried}")
        try:
            notifications.send_heartbeat()
        except ResourceError as error:
            return dg.SkipReason(f"no heartbeat: {error}{buried}")
        return dg.SkipReason(f"alive{buried}")

    return beat


def get_sensor_status(settings: Settings) -> dg.DefaultSensorStatus:
    """Return whether sensors run before a person switched them in the UI."""
    return dg.DefaultSensorStatus.RUNNING if settings.schedules.enabled else dg.DefaultSensorStatus.STOPPED


POLL_OVERLAP = timedelta(minutes=2)
"""Looked at again each time: a run's end is written by its own process, and may be seen after a later one."""


ENDED_STATUSES = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE]


MAX_RUNS_PER_TICK = 500


WILL_RETRY_TAG = "dagster/will_retry"


COMPLETENESS_EVENTS = {
    DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
    DagsterEventType.ASSET_MATERIALIZATION,
    DagsterEventType.ASSET_CHECK_EVALUATION,
    DagsterEventType.STEP_FAILURE,
}


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
        """The key of what has to succeed before a failure of this run is resolved."""
        return f"{self.job}|{self.subject}"

    def resolves(self, member: str) -> bool:
        """Return whether a success of this run makes good what failed: the same period, by the same job or by hand.

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


def is_complete(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Whether a failed run left nothing to do: all that it and its retries were to make is made, and no check failed.

    When Postgres restarts while a run ends, Dagster fails the run, retries it, and fails the retry too, since no step
    is left. No person has to act on it.
    """
    try:
        group = instance.get_run_group(run_id)
    except DagsterRunNotFoundError:  # a person deleted it
        return False
    run_ids = [run.run_id for run in group[1]] if group else [run_id]
    planned: set[tuple[str, str | None]] = set()
    made: set[tuple[str, str | None]] = set()
    for member in run_ids:
        for entry in instance.all_logs(member, of_type=COMPLETENESS_EVENTS):
            event = entry.dagster_event
            if event is None:
                continue
            if event.event_type is DagsterEventType.STEP_FAILURE and member == run_id:
                return False
            if event.event_type is DagsterEventType.ASSET_CHECK_EVALUATION:
                check = event.asset_check_evaluation_data
                if not check.passed and check.severity is dg.AssetCheckSeverity.ERROR:
                    return False
            elif event.asset_key is not None:
                key = (event.asset_key.to_user_string(), event.partition)
                (planned if event.event_type is DagsterEventType.ASSET_MATERIALIZATION_PLANNED else made).add(key)
    return bool(planned) and planned <= made


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


QUALITY_INTERVAL_SECONDS = 300


def build_alert_sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """Return the three alert sensors. They run from the start if schedules do."""
    return [build_failure_sensor(settings), build_quality_sensor(settings), build_heartbeat_sensor(settings)]


def build_failure_sensor(settings: Settings) -> dg.SensorDefinition:
    """Return the sensor that reports failed runs of any origin, and when they are resolved."""

    @dg.sensor(
        name="failure_alerts",
        minimum_interval_seconds=SENSOR_INTERVAL_SECONDS,
        default_status=get_sensor_status(settings),
        description="Reports failed runs of any origin by Slack and e-mail, once each; a backfill is one message "
        "however many of its runs fail. Reports once when the failure is resolved.",
    )
    def watch(
        context: dg.SensorEvaluationContext,
        notifications: dg.ResourceParam[AlertChannels],
        clock: dg.ResourceParam[Clock],
    ) -> dg.SkipReason:
        now = clock.now()
        ledger = IncidentLog.from_cursor(context.cursor, now)
        broken: list[str] = []
        resolved: list[Incident] = []
        for run in collect_ended_runs(context.instance, ledger):
            if run.succeeded:
                log.info("%s: run %s of %s succeeded", run.subject, run.run_id[:8], run.job)
            if run.succeeded or is_complete(context.instance, run.run_id):
                resolved += ledger.resolve(replace(run, succeeded=True).resolves)
            elif not run.will_retry:
                broken += filter(None, [_open_failure_incident(context.instance, ledger, run, settings)])
        return _finish_tick(context, ledger, (broken, resolved), notifications, now)

    return watch


def build_quality_sensor(settings: Settings) -> dg.SensorDefinition:
    """Return the sensor that reports failed non-blocking checks, incomplete periods and overdue periods."""

    @dg.sensor(
        name="quality_alerts",
        minimum_interval_seconds=QUALITY_INTERVAL_SECONDS,
        default_status=get_sensor_status(settings),
        description="Reports failed data-quality checks, periods written without some of their days or "
        f"repositories, and periods not published {settings.alerts.overdue_hours} hours after their end.",
    )
    def watch(
        context: dg.SensorEvaluationContext,
        storage: dg.ResourceParam[Storage],
        notifications: dg.ResourceParam[AlertChannels],
        clock: dg.ResourceParam[Clock],
    ) -> dg.SkipReason:
        now = clock.now()
        ledger = IncidentLog.from_cursor(context.cursor, now)
        knowledge = PeriodStateReader(storage, context.instance)
        broken: list[str] = []
        resolved = ledger.resolve(lambda member: _is_member_published(member, knowledge))
        for period in find_overdue_periods(settings, knowledge, ledger.began, now):
            key = f"overdue|{format_periods([period])}"
            incident = Incident(
                what=f"{period} is not published",
                why=f"{settings.alerts.overdue_hours} hours are over; the schedule's ticks say what it waits for",
                link=settings.build_interface_link(f"/assets/{period.kind.value}/publication?partition={period.key}"),
                since=period.window(settings.organisation.timezone).end,
            )
            broken += filter(None, [ledger.open_incident(key, key, incident)])
        for run in collect_ended_runs(context.instance, ledger):
            for key, member, incident, passed in _list_check_incidents(context.instance, run, settings):
                if passed:
                    resolved += ledger.resolve(member.__eq__)
                else:
                    broken += filter(None, [ledger.open_incident(key, member, incident)])
        return _finish_tick(context, ledger, (broken, resolved), notifications, now)

    return watch


def find_overdue_periods(
    settings: Settings, state_reader: PeriodStateReader, watched_since: datetime, now: datetime
) -> Iterator[Period]:
    """Periods that should be published by now. What ended before anybody watched counts from then on."""
    calendar = settings.calendar
    for kind in PeriodKind:
        for period in calendar.recently_closed(
            kind,
            now,
            catch_up=timedelta(days=settings.schedules.catch_up_days),
            first_day=settings.periods.start,
        ):
            counted_from = max(calendar.window(period).end, watched_since)
            if now > counted_from + settings.alerts.overdue_after and not state_reader.is_published(period):
                yield period


def _open_failure_incident(
    instance: dg.DagsterInstance, incident_log: IncidentLog, run: FinishedRun, settings: Settings
) -> str | None:
    job = "" if run.job == ANY_JOB else f"{run.job} "
    what = f"backfill {run.backfill_id}: runs failed" if run.backfill_id else f"{job}run of {run.subject} failed"
    link = settings.build_interface_link(f"/runs/b/{run.backfill_id}" if run.backfill_id else f"/runs/{run.run_id}")
    key = f"backfill|{run.backfill_id}" if run.backfill_id else f"run|{run.member}"
    if key in incident_log.open:
        return incident_log.open_incident(key, run.member, incident_log.open[key])
    return incident_log.open_incident(
        key, run.member, Incident(what=what, why=failure_cause(instance, run.run_id), link=link, since=run.ended_at)
    )


def _list_check_incidents(
    instance: dg.DagsterInstance, run: FinishedRun, settings: Settings
) -> Iterator[tuple[str, str, Incident, bool]]:
    for check in find_warning_checks(instance, run.run_id):
        asset = check.asset_key.to_user_string()
        member = f"check|{asset}|{check.check_name}|{run.subject}"
        key = f"{member.rpartition('|')[0]}|backfill {run.backfill_id}" if run.backfill_id else member
        examples = check.metadata.get("examples")
        incident = Incident(
            what=f"check {check.check_name} of {asset} failed for {run.subject}",
            why=group_by_reason(_list_examples(str(examples.value))) if examples else "see it in the UI",
            link=settings.build_interface_link(f"/assets/{asset}?view=checks"),
            since=run.ended_at,
        )
        yield key, member, incident, check.passed


def _list_examples(markdown: str) -> list[str]:
    """Return the items of a check's list of problems."""
    return [line.removeprefix("- ") for line in markdown.splitlines() if line.strip()]


def _finish_tick(
    context: dg.SensorEvaluationContext,
    incident_log: IncidentLog,
    changes: tuple[list[str], list[Incident]],
    notifications: AlertChannels,
    now: datetime,
) -> dg.SkipReason:
    """Queue and deliver messages, store the cursor, and return the state as the tick's message."""
    channels = notifications.channels
    incident_log.queue_messages(*changes, channels, now)
    errors = incident_log.deliver(channels, now)
    incident_log.prune(now)
    context.update_cursor(incident_log.model_dump_json())
    open_now = "; ".join(incident.what for incident in list(incident_log.open.values())[:5]) or "no failures"
    failed = f"not delivered: {'; '.join(errors)}. " if errors else ""
    no_channel = "" if channels else "No channel is configured: set alerts.slack_webhook or alerts.email_to. "
    return dg.SkipReason(f"{failed}{no_channel}{len(incident_log.open)} open: {open_now}")


def _is_member_published(member: str, state_reader: PeriodStateReader) -> bool:
    what, _, name = member.partition("|")
    if what != "overdue":
        return False
    kind, _, key = name.partition("/")
    return state_reader.is_published(parse_period(PeriodKind(kind), key))
