"""The whole graph from GitHub: a day and a week from collected events to a publication, and the output of the runs."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import SecretStr

from sparky_assets.settings.schema import GitHubSettings, PeopleSettings, PeriodsSettings, Settings, SourcesSettings
from tests.factories.sample_repository import failure_of, run_job
from tests.fakes.github import TOKEN, FakeGitHub, serving
from tests.fakes.github_organisation import make_world
from tests.fakes.github_world import DAY, day

# A Friday, so that the ISO week before it is closed.
NOW = day("2026-11-20") + timedelta(hours=1)


def settings_of(fake: FakeGitHub, home: Path) -> Settings:
    github = GitHubSettings.model_validate(
        {"organisations": ["acme"], "api": fake.address, "token": SecretStr(TOKEN), "lookback_days": 3}
    )
    return Settings(
        home=home,
        periods=PeriodsSettings(start=date(2026, 11, 1)),
        sources=SourcesSettings(source="github", github=github),
        people=PeopleSettings(salt=SecretStr("pepper")),
    )


def run(settings: Settings, job: str, first: str, last: str | None = None, now: str = NOW.isoformat()) -> Any:
    return run_job(settings, job, first, last, now=now)


def metadata(result: Any, asset: str, key: str) -> dict[str, Any]:
    for event in result.all_events:
        if (
            event.is_step_materialization
            and event.asset_key == dg.AssetKey(asset.split("/"))
            and event.partition == key
        ):
            found = event.step_materialization_data.materialization.metadata
            return {name: value.value for name, value in found.items()}
    raise AssertionError(f"{asset} {key} was not made")


def test_day_is_published_from_github_events(tmp_path: Path) -> None:
    with serving(make_world(35, NOW, days=9)) as fake:
        result = run(settings_of(fake, tmp_path), "daily", "2026-11-19")
        assert result.success
        told = metadata(result, "raw/commits", "2026-11-19")
    assert told["github_requests"] == fake.requests
    assert told["github_points"] == fake.points
    assert 5000 - fake.points <= told["github_points_left"] < 5000
    assert told["days_swept"] == 1
    assert list(tmp_path.glob("publications/**/*.md"))


def test_week_is_published_from_its_days(tmp_path: Path) -> None:
    with serving(make_world(35, NOW, days=16)) as fake:
        settings = settings_of(fake, tmp_path)
        assert run(settings, "collect", "2026-11-09", "2026-11-15").success
        asked = fake.requests
        history = run(settings, "history", "2026-11-09", "2026-11-15")
        assert history.success
        assert run(settings, "weekly", "2026-11-09").success
    assert asked < 20
    assert list(tmp_path.glob("publications/**/*.md"))


def test_daily_run_reports_rows_added_to_earlier_days(tmp_path: Path) -> None:
    world = make_world(35, NOW - timedelta(days=1), days=9)
    repo = next(one for one in world.repositories if one.commits and not one.parent)
    late = repo.commits[-1]
    for one in repo.commits:
        one.landed = min(one.landed, world.now)
    late.committed, late.landed = world.now - 2 * DAY, world.now + DAY // 2
    with serving(world) as fake:
        settings = settings_of(fake, tmp_path)
        days_before = (NOW - timedelta(days=1)).isoformat()
        assert run(settings, "collect", "2026-11-14", "2026-11-18", now=days_before).success
        world.now += DAY
        result = run(settings, "collect", "2026-11-19")
        assert result.success
        told = metadata(result, "raw/commits", "2026-11-19")
    assert told["days_swept"] == 1
    assert "2026-11-17: " in told["added_late"]
    assert "commits" in told["added_late"]


def test_missing_permission_fails_the_partition_with_the_name(tmp_path: Path) -> None:
    world = make_world(35, NOW, days=5)
    closed = next(one for one in world.repositories if one.commits and one.commits[-1].landed > world.now - DAY)
    closed.is_forbidden = True
    with serving(world) as fake:
        result = run(settings_of(fake, tmp_path), "collect", "2026-11-19")
    assert closed.full_name in failure_of(result)
