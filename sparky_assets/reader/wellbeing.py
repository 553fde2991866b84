"""How the language model and GitHub are: asked in the background once a minute, never while a page waits.

What is asked comes from `health.py`; who asks is put together by the command line.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable

from sparky_assets.health import Health

SECONDS = 60.0
log = logging.getLogger(__name__)


class HealthDesk:
    """Keeps the last answers; a look starts asking again when they are older than a minute."""

    def __init__(
        self, ask: Callable[[], Iterable[Health]] | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask, self._now = ask, now
        self._kept: tuple[Health, ...] = ()
        self._asked_at: float | None = None
        self._lock = threading.Lock()
        self.asking: threading.Thread | None = None

    def look(self) -> tuple[Health, ...]:
        """What was answered last; nothing before the first answer."""
        with self._lock:
            is_old = self._asked_at is None or self._now() - self._asked_at >= SECONDS
            if self._ask is not None and is_old:
                self._asked_at = self._now()
                # A daemon: a server that never answers must not keep the reader from ending.
                self.asking = threading.Thread(target=self._refresh, daemon=True)
                self.asking.start()
        return self._kept

    def _refresh(self) -> None:
        try:
            self._kept = tuple(self._ask() if self._ask else ())
        except Exception as error:  # noqa: BLE001 - whatever it is: a page about digests must not fall with it
            log.warning("the health of model and GitHub cannot be asked: %s", error)
            self._kept = (Health("model and GitHub", False, "could not be asked; the reader's log says why"),)
