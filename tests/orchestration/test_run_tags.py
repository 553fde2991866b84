"""Tags of runs, and the status of runs whose process was killed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from sparky_assets.cli.dagster_runner import ensure_dagster_home
from sparky_assets.orchestration.run_tags import (
    PROCESS_TAG,
    clear_dead_runs,
    format_periods,
    get_process_name,
    get_trigger,
    missing_tags,
    publish_scope,
)
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.settings.schema import Settings
from tests.factories.git_repositories import History, at, break_object
from tests.factories.sample_repository import DAY, run_job, settings_for

WEEK = Period(PeriodKind.WEEKLY, date(2025, 11, 10))


@pytest.fixture
def settings(tmp_path: Path, newsroom_path: Path) -> Settings:
    return settings_for(tmp_path / "home", [newsroom_path])


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(ensure_dagster_home(settings))) as instance:
        yield instance


@pytest.mark.parametrize(
    ("tags", "trigger", "local"),
    [
        ({}, "manual", False),
        ({"dagster/schedule_name": "daily"}, "schedule", False),
        ({"dagster/backfill": "abc"}, "backfill", True),
        ({"dagster/backfill": "abc", "sparky/publish": "all"}, "backfill", False),
        ({"sparky/publish": "local"}, "manual", True),
        ({"sparky/trigger": "cli", "dagster/backfill": "abc"}, "cli", True),
        ({"sparky/trigger": "backfill"}, "backfill", True),
        ({"sparky/publish": "mistyped"}, "manual", True),
    ],
)
def test_tags_name_the_caller_and_the_publish_scope(tags: dict[str, str], trigger: str, local: bool) -> None:
    assert get_trigger(tags) == trigger
    assert publish_scope(tags) == ("local" if local else "all")


def test_existing_tags_stay_except_for_those_of_a_dead_process() -> None:
    told = missing_tags({"sparky/period": "weekly/2025-11-03", PROCESS_TAG: "other/1/2"}, [WEEK])
    assert "sparky/period" not in told
    assert told[PROCESS_TAG] == get_process_name()


def test_one_period_and_a_range_are_named() -> None:
    assert format_periods([WEEK]) == "weekly/2025-11-10"
    assert format_periods(WEEK.days) == "daily/2025-11-10..2025-11-16"


def test_run_without_tags_is_tagged_by_its_first_asset(settings: Settings, instance: dg.DagsterInstance) -> None:
    assert run_job(settings, "collect", DAY, "2025-11-14", instance=instance).success
    (run,) = instance.get_runs()
    said = {name: value for name, value in run.tags.items() if name.startswith("sparky/") or name == PROCESS_TAG}
    assert said.pop(PROCESS_TAG).endswith(get_process_name())
    assert said == {"sparky/period": "daily/2025-11-12..2025-11-14", "sparky/trigger": "manual",
                    "sparky/version": "0.1.0", "sparky/publish": "all"}  # fmt: skip


def test_unreadable_repository_of_a_day_fails_only_a_check(
    settings: Settings, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    sources = {"git": {"repositories": [*settings.sources.git.repositories, str(tmp_path / "gone")]}}
    partial = settings_for(settings.home, [], sources=sources, collection={"allow_partial": True})
    result = run_job(partial, "daily", DAY, instance=instance)
    assert result.success
    (failed,) = [one for one in result.get_asset_check_evaluations() if not one.passed]
    assert (failed.check_name, failed.severity) == ("nothing_is_missing", dg.AssetCheckSeverity.WARN)
    assert "could not be read" in str(failed.metadata["examples"].value)


def test_repository_that_lacks_objects_is_named_by_check_and_text(
    settings: Settings, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    history = History()
    history.commit("Begin", at("2025-11-10T08:00"), {"pier.py": "gauge = 1\n"})
    history.commit("Mend the gauge", at("2025-11-12T08:00"), {"pier.py": "gauge = 2\n"})
    clone = history.at_path(tmp_path / "pier")
    break_object(clone, "HEAD:pier.py")
    sources = {"git": {"repositories": [*settings.sources.git.repositories, str(clone)]}}
    damaged = settings_for(settings.home, [], sources=sources)
    result = run_job(damaged, "daily", DAY, instance=instance)
    assert result.success
    (failed,) = [one for one in result.get_asset_check_evaluations() if not one.passed]
    assert (failed.check_name, failed.severity) == ("nothing_is_missing", dg.AssetCheckSeverity.WARN)
    assert "pier could not be read whole" in str(failed.metadata["examples"].value)
    texts = [path.read_text() for path in (settings.home / "store" / "digests").rglob("*.md")]
    assert any("pier could not be read whole: lines, files, notes or diffs of some changes" in text for text in texts)


def test_only_a_run_of_a_dead_local_process_is_marked_failed(settings: Settings, instance: dg.DagsterInstance) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    host = get_process_name().partition("/")[0]
    dead = f"{host}/{ended.pid}/1"
    tags = {"dead": dead, "alive": get_process_name(), "elsewhere": f"pod-7/{os.getpid()}/1", "again": dead}
    runs: dict[str, str] = {}
    for name, process in tags.items():
        run = instance.create_run_for_job(
            job_def=dg.GraphDefinition(name="empty").to_job(),
            tags={PROCESS_TAG: process},
            parent_run_id=runs.get("dead") if name == "again" else None,
            root_run_id=runs.get("dead") if name == "again" else None,
        )
        instance.report_dagster_event(dg.DagsterEvent("PIPELINE_START", "empty", message="started"), run_id=run.run_id)
        runs[name] = run.run_id
    assert clear_dead_runs(instance) == [runs["dead"]]
    statuses = {name: instance.get_run_by_id(run_id).status.value for name, run_id in runs.items()}  # type: ignore[union-attr]
    assert statuses == {"dead": "FAILURE", "alive": "STARTED", "elsewhere": "STARTED", "again": "STARTED"}
