"""Days without 24 hours, and hours in local time."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from sparky_assets.metrics.checks import check_week_totals
from sparky_assets.metrics.compute import PeriodMetrics, compute_metrics
from sparky_assets.periods import Period, PeriodKind
from tests.strategies.organisation import Organisation

NAME = "acme/anvil"
ADA = {"key": "ada", "name": "Ada", "login": "ada", "is_bot": False}


def commits_every_half_hour(period: Period, timezone: str) -> tuple[Organisation, int]:
    window = period.window(timezone)
    count = int((window.end - window.start) / timedelta(minutes=30))
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in ("pull_requests", "reviews", "issues", "releases")}
    rows["repositories"] = [{"repository": NAME, "source": "git", "status": "ok"}]
    rows["commits"] = [
        {"repository": NAME, "sha": f"{number:040x}", "landed_at": window.start + number * timedelta(minutes=30),
         "author": ADA, "subject": "x", "body": "", "parents": [], "is_merge": False, "insertions": 1, "deletions": 0,
         "files": [{"path": f"{number}.py", "insertions": 1, "deletions": 0}]}
        for number in range(count)
    ]  # fmt: skip
    return Organisation(period, timezone, rows), count


def computed(period: Period, timezone: str) -> PeriodMetrics:
    made, count = commits_every_half_hour(period, timezone)
    found = compute_metrics(made.raw(), period, made.window)
    assert found.metrics.get_value("commits") == count
    assert list(check_week_totals(found.metrics, found.days)) == []
    return found


@pytest.mark.parametrize(
    ("timezone", "monday", "long"),
    [
        ("Europe/Berlin", date(2025, 10, 20), {"2025-10-26": 50}),
        ("Europe/Berlin", date(2025, 3, 24), {"2025-03-30": 46}),
        ("Australia/Lord_Howe", date(2025, 3, 31), {"2025-04-06": 49}),
        ("America/Santiago", date(2025, 9, 1), {"2025-09-07": 46}),
        ("America/Havana", date(2025, 10, 27), {"2025-11-02": 50}),
    ],
)
def test_day_holds_the_events_of_its_window(timezone: str, monday: date, long: dict[str, int]) -> None:
    days = computed(Period(PeriodKind.WEEKLY, monday), timezone).days
    expected = {(monday + timedelta(days=number)).isoformat(): 48 for number in range(7)} | long
    assert dict(days.select("day", "commits").iter_rows()) == expected
    assert days["changed_files"].to_list() == days["commits"].to_list()


def test_hour_that_happens_twice_is_twice_as_busy() -> None:
    metrics = computed(Period(PeriodKind.DAILY, date(2025, 10, 26)), "Europe/Berlin").metrics
    assert metrics.find_value("commits_by_people", "hour:02") == 4
    assert metrics.find_value("busiest_hour") == 2
    spring = computed(Period(PeriodKind.DAILY, date(2025, 3, 30)), "Europe/Berlin").metrics
    assert spring.find_value("commits_by_people", "hour:02") is None


def test_hours_and_weekdays_are_those_of_the_organisation() -> None:
    period = Period(PeriodKind.WEEKLY, date(2025, 11, 10))
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in ("pull_requests", "reviews", "issues", "releases")}
    rows["repositories"] = [{"repository": NAME, "source": "git", "status": "ok"}]
    at = datetime(2025, 11, 11, 15, 30, tzinfo=UTC)
    rows["commits"] = [{"repository": NAME, "sha": "a", "landed_at": at, "author": ADA, "subject": "x", "body": "",
                        "parents": [], "is_merge": False}]  # fmt: skip
    made = Organisation(period, "Asia/Tokyo", rows)
    metrics = compute_metrics(made.raw(), period, made.window).metrics
    assert (metrics.find_value("busiest_hour"), metrics.find_value("busiest_weekday")) == (0, 3)
    assert metrics.find_value("commits_by_people", "weekday:Wednesday") == 1


def test_month_of_days_includes_quiet_days() -> None:
    days = computed(Period(PeriodKind.MONTHLY, date(2024, 2, 1)), "Pacific/Apia").days
    assert days.height == 29
    assert days["reviews"].null_count() == 29
