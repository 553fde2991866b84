"""Dagster's partitions equal the calendar (same keys, same windows, only whole periods), and the cost of a backfill."""

from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest

from sparky_assets.cli.dagster_runner import open_runner
from sparky_assets.cli.operations.backfill_submission import map_raw_assets, submit_backfill
from sparky_assets.orchestration.partitions import (
    COST_TAG,
    build_partitions,
    describe_backfill_cost,
    describe_cost,
    find_first_period,
    parse_partition_key,
)
from sparky_assets.periods import Calendar, Period, PeriodError, PeriodKind, periods_between
from sparky_assets.settings.schema import OrganisationSettings, PeriodsSettings, Settings
from sparky_assets.settings.services import LanguageModelSettings
from tests.factories.sample_repository import settings_for
from tests.strategies.calendar import AWKWARD_TIMEZONES

DAILY, WEEKLY, MONTHLY = PeriodKind.DAILY, PeriodKind.WEEKLY, PeriodKind.MONTHLY
NOW = datetime(2026, 2, 11, 12, tzinfo=UTC)


def settings_of(timezone: str = "UTC", start: date = date(2025, 1, 1)) -> Settings:
    return Settings(organisation=OrganisationSettings(timezone=timezone), periods=PeriodsSettings(start=start))


def calendar(kind: PeriodKind, settings: Settings) -> list[Period]:
    """Return all periods from the first day of the settings to the last that is closed at NOW."""
    last = settings.calendar.last_closed(kind, NOW)
    found = [find_first_period(kind, settings.periods.start)]
    while found[-1] < last:
        found.append(found[-1].next())
    return found


@pytest.mark.parametrize("kind", PeriodKind)
@pytest.mark.parametrize("timezone", AWKWARD_TIMEZONES)
def test_dagster_knows_the_same_keys_as_the_calendar(kind: PeriodKind, timezone: str) -> None:
    settings = settings_of(timezone)
    keys = build_partitions(kind, settings).get_partition_keys(current_time=NOW)
    assert keys == [period.key for period in calendar(kind, settings)]


@pytest.mark.parametrize("kind", PeriodKind)
@pytest.mark.parametrize("timezone", AWKWARD_TIMEZONES)
def test_dagster_shows_the_same_window_as_the_calendar(kind: PeriodKind, timezone: str) -> None:
    settings = settings_of(timezone, date(2025, 3, 1))
    partitions = build_partitions(kind, settings)
    for period in calendar(kind, settings):
        shown, ours = partitions.time_window_for_partition_key(period.key), period.window(timezone)
        assert (shown.start.timestamp(), shown.end.timestamp()) == (ours.start.timestamp(), ours.end.timestamp())


def test_weekly_partitions_are_mondays() -> None:
    keys = build_partitions(WEEKLY, settings_of()).get_partition_keys(current_time=NOW)
    assert {date.fromisoformat(key).weekday() for key in keys} == {0}


def test_week_or_month_that_began_before_the_first_day_is_left_out() -> None:
    settings = settings_of(start=date(2025, 1, 15))
    first = {kind: build_partitions(kind, settings).get_partition_keys(current_time=NOW)[0] for kind in PeriodKind}
    assert first == {DAILY: "2025-01-15", WEEKLY: "2025-01-20", MONTHLY: "2025-02-01"}


def test_week_or_month_that_begins_on_the_first_day_is_kept() -> None:
    assert find_first_period(WEEKLY, date(2025, 1, 6)).key == "2025-01-06"
    assert find_first_period(MONTHLY, date(2025, 1, 1)).key == "2025-01-01"


def test_open_period_is_no_partition_yet() -> None:
    for kind in PeriodKind:
        keys = build_partitions(kind, settings_of()).get_partition_keys(current_time=NOW)
        assert keys[-1] == Calendar("UTC", settings_of().periods.grace).last_closed(kind, NOW).key


@pytest.mark.parametrize("kind", PeriodKind)
def test_partition_key_gives_back_its_period(kind: PeriodKind) -> None:
    for period in calendar(kind, settings_of()):
        assert parse_partition_key(kind, period.key) == period


@pytest.mark.parametrize(
    ("kind", "key", "holder"),
    [(WEEKLY, "2025-11-12", "2025-11-10"), (MONTHLY, "2025-11-12", "2025-11-01"), (WEEKLY, "2025-W46", "2025-11-10")],
)
def test_key_that_is_no_first_day_is_refused_with_the_right_key(kind: PeriodKind, key: str, holder: str) -> None:
    with pytest.raises(PeriodError, match=f"'{key}' is not a {kind.value} partition.*'{holder}'"):
        parse_partition_key(kind, key)


def test_key_that_is_no_date_is_refused() -> None:
    with pytest.raises(PeriodError, match="'last' is not a day"):
        parse_partition_key(DAILY, "last")


DAYS = periods_between(PeriodKind.DAILY, date(2025, 10, 27), date(2025, 12, 5))
TEXTS = {f"daily/{stage}": DAYS[:3] for stage in ("insights", "digest", "publication")}


def test_ranges_are_one_sweep_for_31_days_and_a_gap_begins_another() -> None:
    assert describe_cost(map_raw_assets(DAYS), Settings()) == "40 days in 2 sweeps; nothing to write"
    assert describe_cost(map_raw_assets([DAYS[0], *DAYS[2:4]]), Settings()) == "3 days in 2 sweeps; nothing to write"
    assert describe_cost(map_raw_assets(DAYS[:1]), Settings()) == "1 day in 1 sweep; nothing to write"


def test_all_stages_of_a_period_are_one_run() -> None:
    assert describe_cost(TEXTS, Settings()) == "no day to collect; 3 periods to write, a run each"


def test_cost_of_a_model_is_reported_as_its_maximum() -> None:
    settings = Settings(language_model=LanguageModelSettings(backend="ollama", deadline_minutes=10))
    assert describe_cost(TEXTS, settings).endswith("; 3 of them by ollama, at most 30 minutes of it")


def test_run_of_a_backfill_from_the_interface_shows_its_cost(tmp_path: Path, newsroom_path: Path) -> None:
    settings = settings_for(tmp_path / "home", [newsroom_path])
    with open_runner(settings) as runs:
        name = submit_backfill(runs, map_raw_assets(DAYS[:4]), settings, all_destinations=False)
        assert describe_backfill_cost(runs.instance, name, settings) == "4 days in 1 sweep; nothing to write"
        assert not describe_backfill_cost(runs.instance, "unknown", settings)
        job = runs.definitions.resolve_job_def("collect")
        # The interface gives a run none of Sparky's tags, only the name of its backfill.
        assert job.execute_in_process(
            instance=runs.instance, partition_key=DAYS[0].key, tags={"dagster/backfill": name}
        ).success
        (run,) = runs.instance.get_runs(dg.RunsFilter(tags={"dagster/backfill": name}))
        assert run.tags[COST_TAG] == "4 days in 1 sweep; nothing to write"
