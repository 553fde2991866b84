"""Dagster's partitions agree with our calendar: same keys, same windows, no period that is not whole."""

from datetime import UTC, date, datetime

import pytest

from sparky_assets.orchestration.partitions import build_partitions, find_first_period, parse_partition_key
from sparky_assets.periods import Calendar, Period, PeriodError, PeriodKind
from sparky_assets.settings.schema import OrganisationSettings, PeriodsSettings, Settings
from tests.strategies.calendar import AWKWARD_TIMEZONES

DAILY, WEEKLY, MONTHLY = PeriodKind.DAILY, PeriodKind.WEEKLY, PeriodKind.MONTHLY
NOW = datetime(2026, 2, 11, 12, tzinfo=UTC)


def settings_of(timezone: str = "UTC", start: date = date(2025, 1, 1)) -> Settings:
    return Settings(organisation=OrganisationSettings(timezone=timezone), periods=PeriodsSettings(start=start))


def calendar(kind: PeriodKind, settings: Settings) -> list[Period]:
    """All periods from the first day of the settings to the last that is over at NOW."""
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


def test_a_week_or_month_that_began_before_the_first_day_is_left_out() -> None:
    settings = settings_of(start=date(2025, 1, 15))
    first = {kind: build_partitions(kind, settings).get_partition_keys(current_time=NOW)[0] for kind in PeriodKind}
    assert first == {DAILY: "2025-01-15", WEEKLY: "2025-01-20", MONTHLY: "2025-02-01"}


def test_a_week_or_month_that_begins_on_the_first_day_is_kept() -> None:
    assert find_first_period(WEEKLY, date(2025, 1, 6)).key == "2025-01-06"
    assert find_first_period(MONTHLY, date(2025, 1, 1)).key == "2025-01-01"


def test_the_open_period_is_no_partition_yet() -> None:
    for kind in PeriodKind:
        keys = build_partitions(kind, settings_of()).get_partition_keys(current_time=NOW)
        assert keys[-1] == Calendar("UTC", settings_of().periods.grace).last_closed(kind, NOW).key


@pytest.mark.parametrize("kind", PeriodKind)
def test_a_partition_key_gives_back_its_period(kind: PeriodKind) -> None:
    for period in calendar(kind, settings_of()):
        assert parse_partition_key(kind, period.key) == period


@pytest.mark.parametrize(
    ("kind", "key", "holder"),
    [(WEEKLY, "2025-11-12", "2025-11-10"), (MONTHLY, "2025-11-12", "2025-11-01"), (WEEKLY, "2025-W46", "2025-11-10")],
)
def test_a_key_that_is_not_a_first_day_is_refused_with_the_one_that_would_be_right(
    kind: PeriodKind, key: str, holder: str
) -> None:
    with pytest.raises(PeriodError, match=f"'{key}' is not a {kind.value} partition.*'{holder}'"):
        parse_partition_key(kind, key)


def test_a_key_that_is_no_date_is_refused() -> None:
    with pytest.raises(PeriodError, match="'last' is not a day"):
        parse_partition_key(DAILY, "last")
