"""Staleness in Dagster's interface: fresh after a range, stale after one of its days changed."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest

from sparky_assets.cli.dagster_runner import ensure_dagster_home
from sparky_assets.definitions import build_defs
from sparky_assets.settings.schema import Settings
from tests.factories import sample_repository
from tests.factories.git_repositories import at
from tests.factories.sample_repository import DAY, WEEK, run_job, settings_for


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(tmp_path / "home", [sample_repository.build(tmp_path / "newsroom")])


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(ensure_dagster_home(settings))) as instance:
        yield instance


def status(settings: Settings, instance: dg.DagsterInstance, asset: str, key: str) -> str:
    graph = build_defs(settings).resolve_asset_graph()
    resolver = CachingStaleStatusResolver(instance, graph, LoadingContextForTest(instance))
    return str(resolver.get_status(dg.AssetKey.from_user_string(asset), key).value)


def test_assets_of_a_range_are_fresh_until_one_of_its_days_changes(
    settings: Settings, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    assert run_job(settings, "history", "2025-11-10", "2025-11-16", instance=instance).success
    assert run_job(settings, "weekly", WEEK, instance=instance).success
    for asset, key in (("raw/commits", DAY), ("daily/metrics", DAY), ("weekly/metrics", WEEK),
                       ("weekly/publication", WEEK)):  # fmt: skip
        assert status(settings, instance, asset, key) == "FRESH", asset
    late = sample_repository.history()
    late.commit("fix: found in a drawer", at("2025-11-12T16:00"), {"late.py": "late\n"})
    late.at_path(tmp_path / "late", origin=sample_repository.ORIGIN)
    changed = settings.model_copy(update={"sources": settings_for(settings.home, [tmp_path / "late"]).sources})
    assert run_job(changed, "collect", DAY, instance=instance).success
    assert status(settings, instance, "daily/metrics", DAY) == "STALE"
    assert status(settings, instance, "daily/metrics", "2025-11-13") == "FRESH"
    assert status(settings, instance, "weekly/metrics", WEEK) == "STALE"
