"""The schedules: run requests, reasons to wait, and the results of runs."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from sparky_assets.cli.dagster_runner import ensure_dagster_home
from sparky_assets.definitions import build_defs
from sparky_assets.raw.tables import TABLES
from sparky_assets.settings.schema import Settings
from tests.factories.sample_repository import run_job, settings_for, store_of
from tests.schedules.sensor_ticks import perform, reason, tick

THURSDAY = "2025-11-13T00:10:05+00:00"
MONDAY, MONDAY_EVENING = "2025-11-17T00:10:05+00:00", "2025-11-17T20:10:05+00:00"
SCHEDULES = {"daily", "gap_filler", "sweep", "weekly", "monthly"}


@pytest.fixture
def settings(tmp_path: Path, newsroom_path: Path) -> Settings:
    return settings_for(tmp_path / "home", [newsroom_path], schedules={"catch_up_days": 7})


@pytest.fixture
def instance(settings: Settings, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    home = ensure_dagster_home(settings, tmp_path / "dagster")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance


def lose(settings: Settings, day: str) -> None:
    """Delete a day, as if it was never collected."""
    for table in TABLES:
        Path(store_of(settings).build_path(table.path, day, "parquet")).unlink()


@pytest.mark.parametrize("enabled", [True, False])
def test_schedules_run_from_the_start_where_the_settings_say_so(enabled: bool) -> None:
    schedules = build_defs(Settings(schedules={"enabled": enabled})).get_repository_def().schedule_defs
    assert {one.name for one in schedules} == SCHEDULES
    assert {one.default_status is dg.DefaultScheduleStatus.RUNNING for one in schedules} == {enabled}


@pytest.mark.parametrize("timezone", ["UTC", "America/Santiago", "Australia/Lord_Howe"])
def test_schedules_tick_in_the_timezone_of_the_organisation(timezone: str) -> None:
    schedules = build_defs(Settings(organisation={"timezone": timezone})).get_repository_def().schedule_defs
    assert {one.execution_timezone for one in schedules} == {timezone}


@pytest.mark.parametrize("grace_minutes", [10, 0, 90])
def test_every_schedule_ticks_hourly_when_a_day_is_closed(grace_minutes: int) -> None:
    """Regression: weeks and months ticked once a day, so that one repaired at 01:15 came at 06:10."""
    settings = Settings(periods={"grace_minutes": grace_minutes})
    schedules = build_defs(settings).get_repository_def().schedule_defs
    assert {one.name: one.cron_schedule for one in schedules} == dict.fromkeys(
        SCHEDULES, f"{grace_minutes % 60} * * * *"
    )


def test_last_closed_day_is_requested_once(settings: Settings, instance: dg.DagsterInstance) -> None:
    (request,) = tick(settings, "daily", instance, THURSDAY).run_requests
    assert (request.partition_key, request.run_key) == ("2025-11-12", "daily|2025-11-12|1")
    tags = ("sparky/period", "sparky/trigger", "sparky/version")
    assert [request.tags[name] for name in tags] == ["daily/2025-11-12", "schedule", "0.1.0"]
    assert perform(settings, "daily", request, instance, THURSDAY).success
    assert reason(settings, "daily", instance, "2025-11-13T01:10:05+00:00") == "day 2025-11-12 is published"


@pytest.mark.slow
def test_gap_filler_requests_missing_days_oldest_first_after_downtime(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    run_job(settings, "daily", "2025-11-09", instance=instance)
    requests = tick(settings, "gap_filler", instance, THURSDAY).run_requests
    assert [one.partition_key for one in requests] == ["2025-11-06", "2025-11-07", "2025-11-08", "2025-11-10",
                                                       "2025-11-11"]  # fmt: skip
    for request in requests:
        assert perform(settings, "daily", request, instance, THURSDAY).success
    assert "is missing" in reason(settings, "gap_filler", instance, THURSDAY)


def test_failed_day_is_requested_under_a_new_key_after_a_pause(
    settings: Settings, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    now = datetime.now(UTC)  # the history of runs has the time of this machine
    (request,) = tick(settings, "daily", instance, now.isoformat()).run_requests
    broken = settings_for(tmp_path / "home", [tmp_path / "gone"])
    assert not perform(broken, "daily", request, instance, now.isoformat()).success
    assert "failed 1 time; the next try is after" in reason(settings, "daily", instance, now.isoformat())
    tomorrow = (now + timedelta(days=1)).isoformat()
    again = tick(settings, "gap_filler", instance, tomorrow).run_requests[-1]
    assert (again.partition_key, again.run_key) == (request.partition_key, f"daily|{request.partition_key}|2")


def test_week_waits_for_its_days_and_their_sweep_and_is_requested_once(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    assert reason(settings, "weekly", instance, MONDAY) == (
        "week 2025-W46 waits for all of its days: none was collected"
    )
    run_job(settings, "collect", "2025-11-10", "2025-11-15", instance=instance)
    assert reason(settings, "weekly", instance, MONDAY) == "week 2025-W46 waits for 2025-11-16"
    sweep = tick(settings, "sweep", instance, MONDAY).run_requests[0]
    assert sweep.run_key == "sweep|weekly|2025-11-10|1"
    assert (sweep.tags["sparky/sweep"], sweep.tags["sparky/period"]) == (
        "weekly/2025-11-10", "daily/2025-11-10..2025-11-16",
    )  # fmt: skip
    assert perform(settings, "collect", sweep, instance, MONDAY).success
    (request,) = tick(settings, "weekly", instance, MONDAY).run_requests
    assert (request.partition_key, request.run_key, request.run_config) == (
        "2025-11-10", "weekly|2025-11-10|1", {},
    )  # fmt: skip
    assert perform(settings, "weekly", request, instance, MONDAY).success
    assert reason(settings, "weekly", instance, MONDAY) == "week 2025-W46 is published"
    assert reason(settings, "sweep", instance, MONDAY) == "week 2025-W46 is published"


def test_last_tick_writes_a_week_that_names_its_missing_days(settings: Settings, instance: dg.DagsterInstance) -> None:
    run_job(settings, "collect", "2025-11-10", "2025-11-16", instance=instance)
    lose(settings, "2025-11-14")
    assert "waits for 2025-11-14" in reason(settings, "weekly", instance, MONDAY)
    request = tick(settings, "weekly", instance, MONDAY_EVENING).run_requests[0]
    assert perform(settings, "weekly", request, instance, MONDAY_EVENING).success
    digest = store_of(settings).read_text("digests/weekly", "2025-11-10")
    assert "1 day was not collected, and their events are missing here: 2025-11-14 (of 7 days)." in digest
    assert "say how to print" not in digest.lower()


def test_week_without_its_last_day_can_be_written_too(settings: Settings, instance: dg.DagsterInstance) -> None:
    run_job(settings, "collect", "2025-11-10", "2025-11-15", instance=instance)
    request = tick(settings, "weekly", instance, MONDAY_EVENING).run_requests[0]
    assert perform(settings, "weekly", request, instance, MONDAY_EVENING).success
    assert "missing here: 2025-11-16" in store_of(settings).read_text("digests/weekly", "2025-11-10")


def test_rewritten_week_with_all_its_days_names_no_missing_day(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    run_job(settings, "collect", "2025-11-10", "2025-11-15", instance=instance)
    request = tick(settings, "weekly", instance, MONDAY_EVENING).run_requests[0]
    perform(settings, "weekly", request, instance, MONDAY_EVENING)
    run_job(settings, "collect", "2025-11-16", instance=instance)
    assert run_job(settings, "weekly", "2025-11-10", instance=instance).success
    assert "missing here" not in store_of(settings).read_text("digests/weekly", "2025-11-10")


def test_week_with_a_gap_stays_unwritten_without_publish_incomplete(
    settings: Settings, instance: dg.DagsterInstance
) -> None:
    strict = settings.model_copy(
        update={"schedules": settings.schedules.model_copy(update={"publish_incomplete": False})}
    )
    run_job(strict, "collect", "2025-11-10", "2025-11-15", instance=instance)
    assert "waits for 2025-11-16" in reason(strict, "weekly", instance, MONDAY_EVENING)
