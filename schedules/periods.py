"""The schedules: days, missing days, the days of a week or month once more, weeks and months.

They tick often and request little: each tick decides from the state of the store (`policy.py`), so that a clock change,
a missed tick or a machine that was off for a week is no special case.

The freshness policies, by which the UI shows a late publication, are here too. Alerts ask the store instead
(`alerts.py`): a backfill of last year makes an asset look fresh, and does not make yesterday's digest.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import dagster as dg

from resources.clock import Clock
from resources.storage import Storage
from schedules.policy import (
    PeriodStateReader,
    RequestRun,
    SkipPeriod,
    WaitPolicy,
    decide_day,
    decide_period,
    decide_recollection,
    skip_reason,
)
from sparky_assets.orchestration.run_tags import (
    RANGE_END_TAG,
    RANGE_START_TAG,
    SWEEP_TAG,
    build_run_tags,
    format_periods,
)
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.settings.schema import Settings

LONG_KINDS = (PeriodKind.WEEKLY, PeriodKind.MONTHLY)


PeriodDecision = RequestRun | SkipPeriod


def build_period_schedules(settings: Settings) -> list[dg.ScheduleDefinition]:
    """Return all schedules; they run from the start where the settings say so."""
    return [
        build_daily_schedule(settings),
        build_gap_filler(settings),
        build_sweep_schedule(settings),
        *(build_window_schedule(kind, settings) for kind in LONG_KINDS),
    ]


def build_daily_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Return the schedule that requests the last closed day."""

    def steps(states: PeriodStateReader, now: datetime) -> list[PeriodDecision]:
        return [
            decide_day(day, states.read_state(day), now)
            for day in _list_closed_periods(settings, now, PeriodKind.DAILY)[:1]
        ]

    description = (
        "Makes the last closed day, minutes after its end. Ticks hourly, so that a missed tick costs an hour; a failed "
        "day is tried again after 1, 2, 4, 8, 16 hours, then daily."
    )
    return _build_schedule("daily", settings, steps, job="daily", description=description)


def build_gap_filler(settings: Settings) -> dg.ScheduleDefinition:
    """Return the schedule that requests earlier days that are not published."""

    def steps(states: PeriodStateReader, now: datetime) -> list[PeriodDecision]:
        earlier = _list_closed_periods(settings, now, PeriodKind.DAILY)[1:]
        missing = [day for day in reversed(earlier) if not states.is_published(day)]
        none = SkipPeriod(f"none of the {len(earlier)} days before the last closed one is missing")
        return [decide_day(day, states.read_state(day), now) for day in missing] or [none]

    description = (
        f"Makes days of the last {settings.schedules.catch_up_days} that are missing: after a time when nothing ran, "
        "or where a day failed."
    )
    return _build_schedule("gap_filler", settings, steps, job="daily", description=description)


def build_sweep_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Return the schedule that requests the days of a closed week or month once more, before it is written."""

    def steps(states: PeriodStateReader, now: datetime) -> list[PeriodDecision]:
        periods = [period for kind in LONG_KINDS for period in _list_closed_periods(settings, now, kind)]
        return [decide_recollection(period, states.read_state(period), now) for period in periods]

    description = (
        "Reads the days of a closed week or month once more before it is written: commits land days after their date. "
        "Days that were never collected are collected by it too."
    )
    return _build_schedule("sweep", settings, steps, job="collect", description=description)


def build_window_schedule(kind: PeriodKind, settings: Settings) -> dg.ScheduleDefinition:
    """Return the schedule that requests a closed week or month once its days are there."""
    wait_policy = WaitPolicy(settings.schedules.max_wait, settings.schedules.publish_incomplete)
    timezone = settings.organisation.timezone

    def steps(states: PeriodStateReader, now: datetime) -> list[PeriodDecision]:
        periods = _list_closed_periods(settings, now, kind)
        return [decide_period(period, states.read_state(period), now, timezone, wait_policy) for period in periods]

    ending = "is then written with the gap stated" if wait_policy.publish_incomplete else "stays unwritten then"
    description = (
        f"Makes the last closed {kind.noun}. Ticks hourly and skips, naming the missing days, until all are there, so "
        "that one whose days were completed at noon is made at one; one that waited "
        f"{settings.schedules.max_wait_hours} hours {ending}."
    )
    return _build_schedule(kind.value, settings, steps, job=kind.value, description=description)


def _build_schedule(
    name: str,
    settings: Settings,
    decide: Callable[[PeriodStateReader, datetime], Sequence[PeriodDecision]],
    *,
    job: str,
    description: str,
) -> dg.ScheduleDefinition:
    """Return a schedule whose tick requests what `decide` returns, or skips with what that waits for."""

    @dg.schedule(
        name=name,
        job_name=job,
        cron_schedule=build_hourly_cron(settings),
        execution_timezone=settings.organisation.timezone,
        default_status=get_schedule_status(settings),
        description=description,
    )
    def tick(
        context: dg.ScheduleEvaluationContext, storage: dg.ResourceParam[Storage], clock: dg.ResourceParam[Clock]
    ) -> list[dg.RunRequest] | dg.SkipReason:
        return _build_run_requests(decide(PeriodStateReader(storage, context.instance), clock.now()))

    return tick


def build_hourly_cron(settings: Settings) -> str:
    """Return a cron line: every hour, at the minute from which a day that ended on the hour counts as closed."""
    return f"{settings.periods.grace_minutes % 60} * * * *"


def get_schedule_status(settings: Settings) -> dg.DefaultScheduleStatus:
    """Return whether schedules run before a person switched them in the UI."""
    return dg.DefaultScheduleStatus.RUNNING if settings.schedules.enabled else dg.DefaultScheduleStatus.STOPPED


def _list_closed_periods(settings: Settings, now: datetime, kind: PeriodKind) -> list[Period]:
    """Return the closed periods to look at, newest first."""
    return list(
        settings.calendar.recently_closed(
            kind,
            now,
            catch_up=timedelta(days=settings.schedules.catch_up_days),
            first_day=settings.periods.start,
        )
    )


def _build_run_requests(decisions: Sequence[PeriodDecision]) -> list[dg.RunRequest] | dg.SkipReason:
    asked = [_build_run_request(step) for step in decisions if isinstance(step, RequestRun)]
    return asked or dg.SkipReason(skip_reason([step for step in decisions if isinstance(step, SkipPeriod)]))


def _build_run_request(request: RequestRun) -> dg.RunRequest:
    period = request.period
    if request.run_key.startswith("sweep|"):
        ends = {RANGE_START_TAG: period.days[0].key, RANGE_END_TAG: period.days[-1].key}
        tags = build_run_tags(period.days, "schedule") | {SWEEP_TAG: format_periods([period])}
        return dg.RunRequest(run_key=request.run_key, tags=ends | tags)
    config = {"ops": {f"{period.kind.value}_metrics": {"config": {"with_gaps": True}}}} if request.missing_days else {}
    return dg.RunRequest(
        run_key=request.run_key, partition_key=period.key, run_config=config, tags=build_run_tags([period], "schedule")
    )


DAYS_PER_PERIOD = {PeriodKind.DAILY: 1, PeriodKind.WEEKLY: 7, PeriodKind.MONTHLY: 31}
"""Days from one publication of a kind to the next."""


def add_freshness_policies(assets: Sequence[Any], settings: Settings) -> list[Any]:
    """Return the assets, publications with a freshness policy. Where nothing runs by itself nothing is late."""
    if not settings.schedules.enabled:
        return list(assets)
    return list(dg.map_asset_specs(lambda spec: _add_freshness_policy(spec, settings), assets))


def _add_freshness_policy(spec: dg.AssetSpec, settings: Settings) -> dg.AssetSpec:
    kind, _, stage = spec.key.to_user_string().partition("/")
    if stage != "publication":
        return spec
    window = timedelta(days=DAYS_PER_PERIOD[PeriodKind(kind)]) + settings.alerts.overdue_after
    return spec.replace_attributes(freshness_policy=dg.FreshnessPolicy.time_window(fail_window=window))
