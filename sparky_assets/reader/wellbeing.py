"""How the language model and GitHub are: asked in the background once a minute, never while a page waits.

What is asked comes from `health.py`; who asks is put together by the command line.
"""

import threading
import time
from collections.abc import Callable, Iterable

from sparky_assets.health import CheckResult
from sparky_assets.reader.status.dagster_history import log

HEALTH_INTERVAL_SECONDS = 60.0


class HealthPoller:
    """Keeps the last answers; a look starts asking again when they are older than a minute."""

    def __init__(
        self, check: Callable[[], Iterable[CheckResult]] | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._check, self._now = check, now
        self._results: tuple[CheckResult, ...] = ()
        self._checked_at: float | None = None
        self._lock = threading.Lock()
        self.thread: threading.Thread | None = None

    def latest(self) -> tuple[CheckResult, ...]:
        """What was answered last; nothing before the first answer."""
        with self._lock:
            is_old = self._checked_at is None or self._now() - self._checked_at >= HEALTH_INTERVAL_SECONDS
            if self._check is not None and is_old:
                self._checked_at = self._now()
                # A daemon: a server that never answers must not keep the reader from ending.
                self.thread = threading.Thread(target=self._refresh, daemon=True)
                self.thread.start()
        return self._results

    def _refresh(self) -> None:
        try:
            self._results = tuple(self._check() if self._check else ())
        except Exception as error:  # noqa: BLE001 - whatever it is: a page about digests must not fall with it
            log.warning("the health of model and GitHub cannot be asked: %s", error)
            self._results = (CheckResult("model and GitHub", False, "could not be asked; the reader's log says why"),)
