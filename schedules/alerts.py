"""The sensors that tell people: one for every failed run, one for quality and lateness.

What is told once and when is in `incidents.py`; that all is alive is said by `heartbeat.py`.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import dagster as dg

from resources.clock import Clock
from resources.notifications import Notifications, one_line
from resources.storage import Storage
from schedules.heartbeat import EVERY_SECONDS, heartbeat, status_of
from schedules.incidents import Incident, Ledger
from schedules.knowledge import Knowledge
from schedules.watching import ANY_JOB, Ended, failed_checks, newly_ended
from sparky_assets.causes import cause_of
from sparky_assets.periods import Period, PeriodKind, closed_lately, parse
from sparky_assets.runs import name_of
from sparky_assets.settings import Settings

QUALITY_EVERY_SECONDS = 300


def alert_sensors(settings: Settings) -> list[dg.SensorDefinition]:
    """All three, running from the start where schedules do."""
    return [failure_alerts(settings), quality_alerts(settings), heartbeat(settings)]


def failure_alerts(settings: Settings) -> dg.SensorDefinition:
    """Tells of every run that failed, whoever started it, and when it is made good."""

    @dg.sensor(
        name="failure_alerts",
        minimum_interval_seconds=EVERY_SECONDS,
        default_status=status_of(settings),
        description="Tells of failed runs of any origin by Slack and e-mail, once each; a backfill is one message "
        "however many of its runs fail. Tells once when what failed is made good.",
    )
    def watch(
        context: dg.SensorEvaluationContext, notifications: dg.ResourceParam[Notifications], clock: Clock
    ) -> dg.SkipReason:
        now = clock.now()
        ledger = Ledger.read(context.cursor, now)
        broken: list[str] = []
        mended: list[Incident] = []
        for run in newly_ended(context.instance, ledger):
            if run.succeeded:
                mended += ledger.mends(run.mends)
            elif not run.will_retry:
                broken += filter(None, [_failed(context.instance, ledger, run, settings)])
        return _close(context, ledger, (broken, mended), notifications, now)

    return watch


def quality_alerts(settings: Settings) -> dg.SensorDefinition:
    """Tells of failed checks that stop nothing, partial data among them, and of periods that are late."""

    @dg.sensor(
        name="quality_alerts",
        minimum_interval_seconds=QUALITY_EVERY_SECONDS,
        default_status=status_of(settings),
        description="Tells of failed data-quality checks, of periods written without some of their days or "
        f"repositories, and of periods not published {settings.alerts.overdue_hours} hours after their end.",
    )
    def watch(
        context: dg.SensorEvaluationContext,
        storage: Storage,
        notifications: dg.ResourceParam[Notifications],
        clock: Clock,
    ) -> dg.SkipReason:
        now = clock.now()
        ledger = Ledger.read(context.cursor, now)
        knowledge = Knowledge(storage, context.instance)
        broken: list[str] = []
        mended = ledger.mends(lambda member: _is_published(member, knowledge))
        for period in overdue(settings, knowledge, ledger.began, now):
            key = f"overdue|{name_of([period])}"
            incident = Incident(
                what=f"{period} is not published",
                why=f"{settings.alerts.overdue_hours} hours are over; the schedule's ticks say what it waits for",
                link=f"{settings.alerts.ui}/assets/{period.kind.value}/publication?partition={period.key}",
                since=period.window(settings.organisation.timezone).end,
            )
            broken += filter(None, [ledger.breaks(key, key, incident)])
        for run in newly_ended(context.instance, ledger):
            for key, member, incident, passed in _checked(context.instance, run, settings):
                if passed:
                    mended += ledger.mends(member.__eq__)
                else:
                    broken += filter(None, [ledger.breaks(key, member, incident)])
        return _close(context, ledger, (broken, mended), notifications, now)

    return watch


def overdue(settings: Settings, knowledge: Knowledge, began: datetime, now: datetime) -> Iterator[Period]:
    """Periods that should be published by now. What ended before anybody watched counts from then on."""
    timezone = settings.organisation.timezone
    for kind in PeriodKind:
        for period in closed_lately(
            kind,
            now,
            timezone,
            settings.periods.settle,
            catch_up=timedelta(days=settings.schedules.catch_up_days),
            first=settings.periods.start,
        ):
            counted_from = max(period.window(timezone).end, began)
            if now > counted_from + settings.alerts.overdue and not knowledge.is_published(period):
                yield period


def _failed(instance: dg.DagsterInstance, ledger: Ledger, run: Ended, settings: Settings) -> str | None:
    job = "" if run.job == ANY_JOB else f"{run.job} "
    what = f"backfill {run.backfill}: runs failed" if run.backfill else f"{job}run of {run.subject} failed"
    link = f"{settings.alerts.ui}/runs/{f'b/{run.backfill}' if run.backfill else run.run_id}"
    key = f"backfill|{run.backfill}" if run.backfill else f"run|{run.member}"
    if key in ledger.open:
        return ledger.breaks(key, run.member, ledger.open[key])
    return ledger.breaks(
        key, run.member, Incident(what=what, why=cause_of(instance, run.run_id), link=link, since=run.at)
    )


def _checked(instance: dg.DagsterInstance, run: Ended, settings: Settings) -> Iterator[tuple[str, str, Incident, bool]]:
    for check in failed_checks(instance, run.run_id):
        asset = check.asset_key.to_user_string()
        member = f"check|{asset}|{check.check_name}|{run.subject}"
        key = f"{member.rpartition('|')[0]}|backfill {run.backfill}" if run.backfill else member
        examples = check.metadata.get("examples")
        incident = Incident(
            what=f"check {check.check_name} of {asset} failed for {run.subject}",
            why=one_line(str(examples.value).replace("- ", "")) if examples else "see it in the UI",
            link=f"{settings.alerts.ui}/assets/{asset}?view=checks",
            since=run.at,
        )
        yield key, member, incident, check.passed


def _close(
    context: dg.SensorEvaluationContext,
    ledger: Ledger,
    news: tuple[list[str], list[Incident]],
    notifications: Notifications,
    now: datetime,
) -> dg.SkipReason:
    """Tell what is new, deliver what waits, remember, and say in the tick how things stand."""
    channels = notifications.channels
    ledger.tell(*news, channels, now)
    wrong = ledger.deliver(channels, now)
    ledger.forget(now)
    context.update_cursor(ledger.model_dump_json())
    open_now = "; ".join(incident.what for incident in list(ledger.open.values())[:5]) or "nothing is broken"
    told = f"not delivered: {'; '.join(wrong)}. " if wrong else ""
    nobody = "" if channels else "Nobody is told: set alerts.slack_webhook or alerts.email_to. "
    return dg.SkipReason(f"{told}{nobody}{len(ledger.open)} open: {open_now}")


def _is_published(member: str, knowledge: Knowledge) -> bool:
    what, _, name = member.partition("|")
    if what != "overdue":
        return False
    kind, _, key = name.partition("/")
    return knowledge.is_published(parse(PeriodKind(kind), key))
