"""The estimate of a backfill is within a fifth of its actual cost."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.storage import Storage
from sparky_assets.periods import Period, PeriodKind, TimeWindow
from sparky_assets.raw.estimate import (
    ChangeCounts,
    RepositoryActivity,
    count_activity,
    estimate_backfill,
    list_sweep_windows,
)
from sparky_assets.raw.github.batching import QueryRunner
from sparky_assets.raw.stored_days import CollectedTables, store_days
from tests.fakes.github import serving
from tests.fakes.github_collection import client, collect_from
from tests.fakes.github_organisation import make_world
from tests.fakes.github_world import DAY, Deployment, day, days_before
from tests.strategies.effort import list_in_full_run

TODAY = day("2026-11-20")
NOW = TODAY + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("repositories", "days", "days_ago", "has_previews"),
    [(60, 30, 0, False), *list_in_full_run((60, 75, 0, False)), (200, 7, 20, False), (60, 30, 0, True)],
)
def test_estimate_is_within_a_fifth_of_the_actual_cost(
    tmp_path: Path, repositories: int, days: int, days_ago: int, has_previews: bool
) -> None:
    world = make_world(repositories, NOW, days=days + days_ago + 3)
    if has_previews:  # 40 deployments a day in each tenth repository, and discussions are collected
        for repo in world.repositories[::10]:
            times = range(world.now - (days + 3) * DAY, world.now, DAY // 40)
            repo.deployments = [
                Deployment(f"DE_{repo.number}_{at}", at, "Preview", "c" * 40, world.users[0], [("SUCCESS", at + 60)])
                for at in times
            ]
    end = days_before(TODAY, days_ago)
    windows = list_sweep_windows(days_before(end, days).date(), days_before(end, 1).date(), "UTC")
    requests = points = 0
    with serving(world) as fake:
        with client(fake) as github:
            asking = QueryRunner(github, TimeWindow(windows[0].start, end, "UTC"), lists_discussions=has_previews)
            activity = count_activity(asking, "acme")
            assert github.usage.points <= 2 * (2 * repositories / 50 + 2) + has_previews * repositories / 50
        said = estimate_backfill(activity, windows, days, NOW, seconds_per_request=1.0)
        for window in windows:
            outcome = collect_from(fake, window.start, window.end, with_discussions=has_previews)
            requests, points = requests + outcome.usage.requests, points + outcome.usage.points
            count = (window.end - window.start).days
            kept = [Period(PeriodKind.DAILY, (window.start + timedelta(days=number)).date()) for number in range(count)]
            store_days(CollectedTables(outcome.tables, ()), Storage(root=str(tmp_path)), kept, "UTC", NOW)
    disk = sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file())
    assert said.run_count == len(windows)
    assert said.request_count == pytest.approx(requests, rel=0.2)
    assert said.point_count == pytest.approx(points, rel=0.2)
    assert said.disk_bytes == pytest.approx(disk, rel=0.2)
    assert said.minutes == pytest.approx(requests / 60, rel=0.2)


def test_estimate_without_the_permission_counts_everything_else() -> None:
    world = make_world(60, NOW, days=10)
    window = TimeWindow(days_before(TODAY, 7), TODAY, "UTC")
    with serving(world) as fake, client(fake) as github:
        whole = count_activity(QueryRunner(github, window), "acme")
        world.refused = frozenset({"deployments"})
        partial = count_activity(QueryRunner(github, window), "acme")
    assert any(repository.deployments for repository in whole)
    assert partial == [replace(repository, deployments=None) for repository in whole]


def test_points_beyond_the_hourly_allowance_add_waiting_time() -> None:
    activity = [RepositoryActivity(NOW, 4_000, ChangeCounts((), 0), ChangeCounts((), 0))] * 1000
    window = TimeWindow(days_before(TODAY, 30), TODAY, "UTC")
    free = estimate_backfill(activity, [window], 30, NOW, seconds_per_request=1.0, points_per_hour=None)
    limited = estimate_backfill(activity, [window], 30, NOW, seconds_per_request=1.0, points_per_hour=5_000)
    assert limited.minutes - free.minutes == pytest.approx(60 * (free.point_count // 5_000))
    assert free.point_count > 5_000


@given(
    st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)), max_size=50),
    st.integers(0, 1000),
    st.integers(0, 10**7),
)
def test_guess_is_between_the_shown_and_the_total_count(seconds: list[tuple[int, int]], more: int, since: int) -> None:
    newest = sorted(
        ((NOW - timedelta(seconds=a + b), NOW - timedelta(seconds=a)) for a, b in seconds), key=lambda one: one[1]
    )[::-1]
    changes = ChangeCounts(tuple(newest), len(newest) + more)
    start = NOW - timedelta(seconds=since)
    guess = changes.count_updated(start, NOW, NOW)
    assert sum(updated >= start and created < NOW for created, updated in newest) <= guess <= changes.total_count
