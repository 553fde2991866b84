"""Dagster's history in SQLite: connections that stay open, and events of a range written together.

Dagster opens and closes a connection for each event, with a new SQLAlchemy engine. Closing the last connection copies
the log of SQLite into the database and waits for the disk: 25 to 50 ms an event, and a month of raw tables has 500 of
them. With one open connection for each database, and the events of an asset in one transaction, it is 1 ms.

A commit waits for the disk no more (`synchronous = NORMAL`): a process that is killed loses nothing, a power failure
may lose the last events of the history. The store does not depend on them.
"""

import atexit
import os
import sys
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from importlib import import_module
from threading import Lock
from typing import Any

STORAGE_MODULES = (
    "dagster._core.storage.event_log.sqlite.sqlite_event_log",
    "dagster._core.storage.runs.sqlite.sqlite_run_storage",
)

MAX_KEPT_ENGINES = 16
"""Each run has a database of its own, beside the index and the runs."""

BATCH_SIZE_VARIABLE = "DAGSTER_EVENT_BATCH_SIZE"
"""Read by Dagster: how many events of one asset are written together, or of one plan. Unset: none."""

MAX_EVENTS_PER_BATCH = 1000


def keep_history_engines() -> None:
    """Make Dagster's SQLite storage keep its connections, and write events in batches, as its Postgres storage does."""
    os.environ.setdefault(BATCH_SIZE_VARIABLE, str(MAX_EVENTS_PER_BATCH))
    for name in STORAGE_MODULES:
        module: Any = import_module(name)
        make_engine = getattr(module, "create_engine", None)
        if make_engine is not None and not isinstance(make_engine, EngineKeeper):
            module.create_engine = EngineKeeper(make_engine)
            if hasattr(module, "SqliteEventLogStorage"):
                module.SqliteEventLogStorage.store_event_batch = store_event_batch
                _keep_migrations()


def close_history_engines() -> None:
    """Close every kept connection; what needs one later opens it again."""
    for name in STORAGE_MODULES:
        keeper = getattr(sys.modules.get(name), "create_engine", None)
        if isinstance(keeper, EngineKeeper):
            keeper.close()


class EngineKeeper:
    """Replacement of `create_engine` of SQLAlchemy: one engine for each address, which keeps a connection open."""

    def __init__(self, make_engine: Any) -> None:
        self._make_engine = make_engine
        self._engines: OrderedDict[Any, Any] = OrderedDict()
        self._lock = Lock()
        atexit.register(self.close)
        os.register_at_fork(after_in_child=self._forget)

    def __call__(self, address: str, *, connect_args: Mapping[str, Any] | None = None, **options: Any) -> Any:
        """Return the engine for an address, made at the first call."""
        key = (address, tuple(sorted((connect_args or {}).items())), tuple(sorted(options.items())))
        with self._lock:
            if key not in self._engines:
                self._engines[key] = self._make(address, dict(connect_args or {}), options)
            self._engines.move_to_end(key)
            while len(self._engines) > MAX_KEPT_ENGINES:
                _close_engine(self._engines.popitem(last=False)[1])
            return self._engines[key]

    def close(self) -> None:
        """Close the kept connections, and forget their engines."""
        with self._lock:
            while self._engines:
                _close_engine(self._engines.popitem()[1])

    def _forget(self) -> None:
        # A connection of SQLite must not be used on the other side of a fork, and closing it there ends locks here.
        self._lock = Lock()
        engines, self._engines = self._engines, OrderedDict()
        for engine in engines.values():
            type(engine).dispose(engine, close=False)

    def _make(self, address: str, arguments: dict[str, Any], options: Mapping[str, Any]) -> Any:
        from sqlalchemy import event  # noqa: PLC0415
        from sqlalchemy.pool import QueuePool  # noqa: PLC0415

        engine = self._make_engine(
            address,
            **{**options, "poolclass": QueuePool, "pool_size": 1, "max_overflow": -1},
            connect_args={**arguments, "check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare_connection)
        event.listen(engine, "checkout", _check_file)
        engine.dispose = _keep_open  # Dagster disposes of an engine after each use
        return engine


def store_event_batch(storage: Any, events: Sequence[Any]) -> None:
    """Write events of one run to its database in one transaction, and to the index in another.

    It replaces the method of a storage in SQLite, which writes them one by one. As with Postgres, only the last event
    of an asset updates the table of assets.
    """
    from dagster._core.events import ASSET_EVENTS  # noqa: PLC0415
    from dagster._core.storage.event_log.schema import SqlEventLogStorageTable  # noqa: PLC0415

    asset_events = [event for event in events if event.dagster_event_type in ASSET_EVENTS]
    if len({event.run_id for event in events}) != 1 or not asset_events:
        for event in events:
            storage.store_event(event)
        return
    rows = [storage._event_to_row(event) for event in asset_events]
    insert = SqlEventLogStorageTable.insert()
    if storage.is_run_sharded:
        with storage.run_connection(asset_events[0].run_id) as connection:
            connection.execute(insert, rows)
    with storage.index_transaction() as connection:
        event_ids = [connection.execute(insert, row).inserted_primary_key[0] for row in rows]
        storage._store_asset_event_tags(connection, asset_events, event_ids)
        last_events = {
            event.get_dagster_event().asset_key: (event, event_id)
            for event, event_id in zip(asset_events, event_ids, strict=True)
        }
        for event, event_id in last_events.values():
            storage._store_asset_event(connection, event, event_id)
    for event in events:
        if event.dagster_event_type not in ASSET_EVENTS:
            storage.store_event(event)


def _keep_migrations() -> None:
    """Make Alembic read the migrations of a storage once, not twice for each new database: 0.1 s a run."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    load_scripts, scripts_by_location = ScriptDirectory.from_config, {}

    def load_once(config: Any) -> Any:
        location = config.get_main_option("script_location")
        if location not in scripts_by_location:
            scripts_by_location[location] = load_scripts(config)
        return scripts_by_location[location]

    ScriptDirectory.from_config = load_once  # type: ignore[method-assign]


def _close_engine(engine: Any) -> None:
    type(engine).dispose(engine)


def _keep_open(*_: Any, **__: Any) -> None:
    """Replace the `dispose` of a kept engine."""


def _prepare_connection(connection: Any, record: Any) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")
    record.info["file"] = _identify_file(connection)


def _check_file(connection: Any, record: Any, _: Any) -> None:
    from sqlalchemy.exc import DisconnectionError  # noqa: PLC0415

    if record.info["file"] != _identify_file(connection):
        raise DisconnectionError("the database was deleted or replaced")


def _identify_file(connection: Any) -> tuple[int, int] | None:
    """Return device and inode of a connection's database; None where it is gone."""
    path = connection.execute("PRAGMA database_list").fetchone()[2]
    try:
        status = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return status.st_dev, status.st_ino
