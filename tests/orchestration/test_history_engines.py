"""Cached connections of Dagster's history: one engine per database, closed on request, events written in batches."""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from sqlalchemy.pool import NullPool

from sparky_assets.orchestration.history_engines import (
    BATCH_SIZE_VARIABLE,
    MAX_KEPT_ENGINES,
    close_history_engines,
    keep_history_engines,
)
from sparky_assets.orchestration.run_tags import RANGE_END_TAG, RANGE_START_TAG

DAYS = ("2025-11-03", "2025-11-04", "2025-11-05")


@pytest.fixture(autouse=True)
def close_engines() -> Iterator[None]:
    keep_history_engines()
    yield
    close_history_engines()


def load_engine_maker() -> Any:
    from dagster._core.storage.event_log.sqlite import sqlite_event_log

    return vars(sqlite_event_log)["create_engine"]


def count_rows(database: Path, table: str) -> int:
    """Count rows with a separate connection, as another process has it."""
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def list_open_databases(folder: Path) -> list[str]:
    files = [file.resolve() for file in Path("/proc/self/fd").iterdir() if file.exists()]
    return [file.name for file in files if file.is_relative_to(folder) and ".db" in file.name]


def build_range_job() -> Any:
    @dg.multi_asset(
        specs=[dg.AssetSpec("commits"), dg.AssetSpec("reviews")],
        check_specs=[dg.AssetCheckSpec("complete", asset="commits")],
        partitions_def=dg.DailyPartitionsDefinition(DAYS[0]),
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def write_tables() -> Iterator[dg.MaterializeResult[Any]]:
        passed = [dg.AssetCheckResult(passed=True, check_name="complete", asset_key="commits")]
        version = dg.DataVersion("1")
        yield dg.MaterializeResult(
            asset_key="commits", metadata={"rows": 3}, data_version=version, check_results=passed
        )
        yield dg.MaterializeResult(asset_key="reviews", metadata={"rows": 4}, data_version=version)

    return dg.Definitions(assets=[write_tables], jobs=[dg.define_asset_job("range")]).resolve_job_def("range")


def test_engine_of_a_database_is_made_once(tmp_path: Path) -> None:
    create_engine = load_engine_maker()
    first, second = (f"sqlite:///{tmp_path / name}.db" for name in ("first", "second"))
    engine = create_engine(first, poolclass=NullPool, connect_args={"timeout": 60})
    assert create_engine(first, poolclass=NullPool, connect_args={"timeout": 60}) is engine
    assert create_engine(second, poolclass=NullPool, connect_args={"timeout": 60}) is not engine
    assert create_engine(first, poolclass=NullPool) is not engine
    keep_history_engines()
    assert load_engine_maker() is create_engine


def test_another_process_sees_events_at_once(tmp_path: Path) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        for number, day in enumerate(DAYS, 1):
            instance.report_runless_asset_event(dg.AssetMaterialization("thing", partition=day))
            (index,) = tmp_path.rglob("index.db")
            assert count_rows(index, "event_logs") == number
        with closing(sqlite3.connect(index)) as other:
            other.execute("DELETE FROM event_logs WHERE partition = ?", DAYS[2:])
            other.commit()
        latest = instance.get_latest_materialization_event(dg.AssetKey("thing"))
        assert latest is not None
        assert instance.get_materialized_partitions(dg.AssetKey("thing")) == set(DAYS[:2])


def test_connections_stay_open_until_they_are_closed(tmp_path: Path) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        instance.report_runless_asset_event(dg.AssetMaterialization("thing", partition=DAYS[0]))
        assert "index.db" in list_open_databases(tmp_path)
        close_history_engines()
        assert list_open_databases(tmp_path) == []
        assert not list(tmp_path.rglob("*.db-wal")), "closing copies the log into the database"
        instance.report_runless_asset_event(dg.AssetMaterialization("thing", partition=DAYS[1]))
        assert instance.get_materialized_partitions(dg.AssetKey("thing")) == set(DAYS[:2])


def test_connections_of_many_runs_are_closed(tmp_path: Path) -> None:
    create_engine = load_engine_maker()
    for number in range(MAX_KEPT_ENGINES + 3):
        with create_engine(f"sqlite:///{tmp_path / str(number)}.db").connect() as connection:
            connection.exec_driver_sql("CREATE TABLE things (name)")
    assert len(list_open_databases(tmp_path)) == MAX_KEPT_ENGINES


def test_database_that_was_replaced_is_opened_again(tmp_path: Path) -> None:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        instance.report_runless_asset_event(dg.AssetMaterialization("thing", partition=DAYS[0]))
    shutil.rmtree(tmp_path)
    tmp_path.mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        instance.report_runless_asset_event(dg.AssetMaterialization("thing", partition=DAYS[1]))
        assert instance.get_materialized_partitions(dg.AssetKey("thing")) == {DAYS[1]}


def test_batches_leave_the_same_history_as_single_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def describe_history(name: str, size: int) -> dict[str, Any]:
        monkeypatch.setenv(BATCH_SIZE_VARIABLE, str(size))
        (tmp_path / name).mkdir()
        tags = {RANGE_START_TAG: DAYS[0], RANGE_END_TAG: DAYS[-1]}
        with dg.DagsterInstance.local_temp(str(tmp_path / name)) as instance:
            run_id = build_range_job().execute_in_process(instance=instance, tags=tags).run_id
            history: dict[str, Any] = {
                "events": Counter(
                    (entry.dagster_event_type, entry.dagster_event.asset_key, entry.dagster_event.partition)
                    for entry in instance.all_logs(run_id)
                    if entry.dagster_event and not entry.dagster_event.is_engine_event
                )
            }
            for key in (dg.AssetKey("commits"), dg.AssetKey("reviews")):
                latest = instance.get_latest_materialization_event(key)
                assert latest is not None
                assert latest.asset_materialization is not None
                history[key.to_user_string()] = (
                    instance.get_materialized_partitions(key),
                    latest.asset_materialization.partition,
                    [record.partition_key for record in instance.fetch_materializations(key, limit=10).records],
                )
            (index,) = (tmp_path / name).rglob("index.db")
            for table in ("event_logs", "asset_keys", "asset_event_tags", "asset_check_executions"):
                history[table] = count_rows(index, table)
        return history

    assert describe_history("batches", 1000) == describe_history("single", 0)
