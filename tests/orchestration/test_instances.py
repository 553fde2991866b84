"""The instance files with real databases: SQLite and Postgres hold the same history of the same runs."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage

from sparky_assets.cli.dagster_runner import ensure_dagster_home
from sparky_assets.definitions import MAX_RUNS_PER_POOL, build_defs, set_pool_limits
from sparky_assets.settings.schema import Settings
from sparky_assets.settings.services import LanguageModelSettings
from tests.factories.sample_repository import DAY, WEEK, run_job, settings_for
from tests.fakes.postgres import absence, postgres
from tests.schedules.sensor_ticks import tick

pytestmark = pytest.mark.slow


MONDAY = "2025-11-17T00:10:05+00:00"


@pytest.fixture
def settings(tmp_path: Path, newsroom_path: Path) -> Settings:
    return settings_for(tmp_path / "home", [newsroom_path], schedules={"catch_up_days": 7})


@pytest.fixture(params=["sqlite", "postgres"])
def home(request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a DAGSTER_HOME as `sparky` creates it."""
    if request.param == "sqlite":
        yield ensure_dagster_home(settings)
        return
    if absence():
        pytest.skip(absence())
    with postgres() as variables:
        monkeypatch.setenv("DAGSTER_PG_PORT", variables.pop("PORT"))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield ensure_dagster_home(settings)


def test_history_of_a_week_is_stored_and_migrated(home: Path, settings: Settings) -> None:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert isinstance(instance.event_log_storage, SqlEventLogStorage)
        assert run_job(settings, "history", "2025-11-10", "2025-11-16", instance=instance).success
        sweep = tick(settings, "sweep", instance, MONDAY).run_requests[0]
        assert sweep.tags["sparky/sweep"] == "weekly/2025-11-10"
        assert run_job(settings, "weekly", WEEK, instance=instance).success
    environment = {**os.environ, "DAGSTER_HOME": str(home)}
    migrate = [sys.executable, "-m", "dagster", "instance", "migrate"]
    done = subprocess.run(migrate, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    with dg.DagsterInstance.from_config(str(home)) as instance:
        kept = "Postgres" if "postgres" in (home / "dagster.yaml").read_text().split("nux:")[0] else "Sqlite"
        assert type(instance.event_log_storage).__name__.endswith("EventLogStorage")
        assert kept in type(instance.run_storage).__name__ or kept in type(instance.event_log_storage).__name__
        assert {run.tags["sparky/period"] for run in instance.get_runs()} == {
            "daily/2025-11-10..2025-11-16", "weekly/2025-11-10",
        }  # fmt: skip
        days = instance.get_materialized_partitions(dg.AssetKey(["raw", "commits"]))
        assert len(days) == 7
        assert DAY in days
        assert limits(instance)["github"] == 1


def test_pool_limits_exist_before_the_first_run_and_keep_manual_changes(home: Path) -> None:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        instance.event_log_storage.set_concurrency_slots("llm", 3)
        assert set_pool_limits(instance) == ["github", "git_push"]
        assert limits(instance) == {"github": 1, "llm": 3, "git_push": 1}
        assert set_pool_limits(instance) == []


def test_every_pool_of_an_asset_is_configured(settings: Settings) -> None:
    with_model = settings.model_copy(update={"language_model": LanguageModelSettings(backend="ollama")})
    graph = build_defs(with_model).resolve_asset_graph()
    assert {pool for key in graph.get_all_asset_keys() for pool in (graph.get(key).pools or ())} == set(
        MAX_RUNS_PER_POOL
    )


def limits(instance: dg.DagsterInstance) -> dict[str, int]:
    return {pool.name: pool.limit for pool in instance.event_log_storage.get_pool_limits()}
