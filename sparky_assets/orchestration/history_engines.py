"""Engines of Dagster's history in SQLite, kept instead of made again for every event.

Dagster makes a new SQLAlchemy engine for each connection, and with it a new cache of compiled statements: an event of
an asset took 23 ms of processor time, and a month of raw tables has 500 of them. With kept engines it takes 14 ms. Each
connection is still opened and closed by itself (`NullPool`), so that nothing is shared between processes or threads.
"""

import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

STORAGE_MODULES = (
    "dagster._core.storage.event_log.sqlite.sqlite_event_log",
    "dagster._core.storage.runs.sqlite.sqlite_run_storage",
)

MAX_KEPT_ENGINES = 32
"""Each run has a database of its own, beside the index and the runs."""


def keep_history_engines() -> None:
    """Make the SQLite storage of Dagster that is loaded keep its engines. Without it, or with another one, a no-op."""
    for name in STORAGE_MODULES:
        module = sys.modules.get(name)
        make_engine = getattr(module, "create_engine", None)
        if make_engine is not None and not isinstance(make_engine, EngineKeeper):
            module.create_engine = EngineKeeper(make_engine)  # type: ignore[union-attr]


class EngineKeeper:
    """Replacement of `create_engine` of SQLAlchemy: one engine for each address and set of options."""

    def __init__(self, make_engine: Any) -> None:
        self._make_engine = make_engine
        self._load = lru_cache(maxsize=MAX_KEPT_ENGINES)(self._make)

    def __call__(self, address: str, *, connect_args: Mapping[str, Any] | None = None, **options: Any) -> Any:
        """Return the engine for an address, made at the first call."""
        return self._load(address, tuple(sorted((connect_args or {}).items())), tuple(sorted(options.items())))

    def _make(self, address: str, arguments: tuple[Any, ...], options: tuple[Any, ...]) -> Any:
        return self._make_engine(address, **dict(options), **({"connect_args": dict(arguments)} if arguments else {}))
