"""Kept engines of Dagster's history: one for each database, and every connection is closed."""

from pathlib import Path
from typing import Any

import dagster as dg
from sqlalchemy.pool import NullPool

from sparky_assets.orchestration.history_engines import keep_history_engines


def load_engine_maker() -> Any:
    from dagster._core.storage.event_log.sqlite import sqlite_event_log

    keep_history_engines()
    return vars(sqlite_event_log)["create_engine"]


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
    load_engine_maker()
    with dg.DagsterInstance.local_temp(str(tmp_path)) as writer, dg.DagsterInstance.local_temp(str(tmp_path)) as reader:
        for day in ("2025-11-03", "2025-11-04"):
            writer.report_runless_asset_event(dg.AssetMaterialization("thing", partition=day))
            latest = reader.get_latest_materialization_event(dg.AssetKey("thing"))
            assert latest is not None
            assert latest.asset_materialization is not None
            assert latest.asset_materialization.partition == day
        open_files = [file.resolve().name for file in Path("/proc/self/fd").iterdir() if file.exists()]
        assert not any(name.endswith(".db") for name in open_files)
