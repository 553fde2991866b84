"""The schedules: days, the gaps behind them, one more look at the days of a week or month, weeks and months.

They tick often and ask for little: each tick decides anew from what is there (`decisions.py`), so that a clock change,
a missed tick or a machine that was off for a week needs no care of its own.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import dagster as dg

from resources.clock import Clock
from resources.storage import Storage
from schedules.decisions import Ask, Patience, Wait, day_step, in_words, sweep_step, window_step
from schedules.knowledge import Knowledge
from sparky_assets.periods import Period, PeriodKind, closed_lately
from sparky_assets.runs import RANGE_END, RANGE_START, SWEEP, name_of, tags_of
from sparky_assets.settings import Settings

LONG_KINDS = (PeriodKind.WEEKLY, PeriodKind.MONTHLY)
Step = Ask | Wait


def period_schedules(settings: Settings) -> list[dg.ScheduleDefinition]:
    """All schedules, running from the start where the settings say so."""
    return [
        daily_schedule(settings),
        gap_filler(settings),
        sweep_schedule(settings),
        *(window_schedule(kind, settings) for kind in LONG_KINDS),
    ]


def daily_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Asks for the last closed day."""

    def steps(known: Knowledge, now: datetime) -> list[Step]:
        return [day_step(day, known.of(day), now) for day in _closed(settings, now, PeriodKind.DAILY)[:1]]

    description = (
        "Makes the last closed day, minutes after its end. Ticks hourly, so that a missed tick costs an hour; a failed "
        "day is tried again after 1, 2, 4, 8, 16 hours, then daily."
    )
    return _schedule("daily", settings, steps, job="daily", description=description)


def gap_filler(settings: Settings) -> dg.ScheduleDefinition:
    """Asks for earlier days that are not published."""

    def steps(known: Knowledge, now: datetime) -> list[Step]:
        earlier = _closed(settings, now, PeriodKind.DAILY)[1:]
        missing = [day for day in reversed(earlier) if not known.is_published(day)]
        none = Wait(f"none of the {len(earlier)} days before the last closed one is missing")
        return [day_step(day, known.of(day), now) for day in missing] or [none]

    description = (
        f"Makes days of the last {settings.schedules.catch_up_days} that are missing: after a time when nothing ran, "
        "or where a day failed."
    )
    return _schedule("gap_filler", settings, steps, job="daily", description=description)


def sweep_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Asks for the days of a closed week or month once more, before it is written."""

    def steps(known: Knowledge, now: datetime) -> list[Step]:
        periods = [period for kind in LONG_KINDS for period in _closed(settings, now, kind)]
        return [sweep_step(period, known.of(period), now) for period in periods]

    description = (
        "Reads the days of a closed week or month once more before it is written: commits land days after their date. "
        "Days that were never collected are collected by it too."
    )
    return _schedule("sweep", settings, steps, job="collect", description=description)


def window_schedule(kind: PeriodKind, settings: Settings) -> dg.ScheduleDefinition:
    """Asks for a closed week or month once its days are there."""
    patience = Patience(settings.schedules.patience, settings.schedules.with_gaps)
    timezone = settings.organisation.timezone

    def steps(known: Knowledge, now: datetime) -> list[Step]:
        periods = _closed(settings, now, kind)
        return [window_step(period, known.of(period), now, timezone, patience) for period in periods]

    ending = "is then written with the gap stated" if patience.with_gaps else "stays unwritten then"
    description = (
        f"Makes the last closed {kind.noun}. Ticks hourly on its day and skips, naming the missing days, until all are "
        f"there; one that waited {settings.schedules.patience_hours} hours {ending}."
    )
    return _schedule(
        kind.value, settings, steps, job=kind.value, description=description, cron=hourly_on_its_day(kind, settings)
    )


def _schedule(
    name: str,
    settings: Settings,
    steps: Callable[[Knowledge, datetime], Sequence[Step]],
    *,
    job: str,
    description: str,
    cron: str | Sequence[str] = "",
) -> dg.ScheduleDefinition:
    """A schedule that requests what the steps of a tick ask for, or skips with what they wait for."""

    @dg.schedule(
        name=name,
        job_name=job,
        cron_schedule=cron or hourly(settings),
        execution_timezone=settings.organisation.timezone,
        default_status=status_of(settings),
        description=description,
    )
    def tick(
        context: dg.ScheduleEvaluationContext, storage: Storage, clock: Clock
    ) -> list[dg.RunRequest] | dg.SkipReason:
        return _requests(steps(Knowledge(storage, context.instance), clock.now()))

    return tick


def hourly(settings: Settings) -> str:
    """Every hour, at the minute from which a day that ended on the hour counts as closed."""
    return f"{settings.periods.settle_minutes % 60} * * * *"


def hourly_on_its_day(kind: PeriodKind, settings: Settings) -> Sequence[str]:
    """Hourly on the day after a week or month, and once on each other day for what was missed."""
    minute = settings.periods.settle_minutes % 60
    if kind is PeriodKind.WEEKLY:
        return [f"{minute} * * * 1", f"{minute} 6 * * 0,2-6"]
    return [f"{minute} * 1 * *", f"{minute} 6 2-31 * *"]


def status_of(settings: Settings) -> dg.DefaultScheduleStatus:
    """Whether schedules run before anybody switched them in the UI."""
    return dg.DefaultScheduleStatus.RUNNING if settings.schedules.enabled else dg.DefaultScheduleStatus.STOPPED


def _closed(settings: Settings, now: datetime, kind: PeriodKind) -> list[Period]:
    """Periods to look at, newest first."""
    return list(
        closed_lately(
            kind,
            now,
            settings.organisation.timezone,
            settings.periods.settle,
            catch_up=timedelta(days=settings.schedules.catch_up_days),
            first=settings.periods.start,
        )
    )


def _requests(steps: Sequence[Step]) -> list[dg.RunRequest] | dg.SkipReason:
    asked = [_request(step) for step in steps if isinstance(step, Ask)]
    return asked or dg.SkipReason(in_words([step for step in steps if isinstance(step, Wait)]))


def _request(ask: Ask) -> dg.RunRequest:
    period = ask.period
    if ask.run_key.startswith("sweep|"):
        ends = {RANGE_START: period.days[0].key, RANGE_END: period.days[-1].key}
        tags = tags_of(period.days, "schedule") | {SWEEP: name_of([period])}
        return dg.RunRequest(run_key=ask.run_key, tags=ends | tags)
    config = {"ops": {f"{period.kind.value}_metrics": {"config": {"with_gaps": True}}}} if ask.with_gaps else {}
    return dg.RunRequest(
        run_key=ask.run_key, partition_key=period.key, run_config=config, tags=tags_of([period], "schedule")
    )
