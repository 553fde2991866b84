"""Watch the database of Dagster's history, and tell people when it goes away and comes back.

Sensors cannot: their ticks need the database. So the messages go straight to the channels, once each. The code server
watches, also before it serves, and `sparky up` before it starts its programs.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from resources.channels.alerts import Alert
from resources.errors import HistoryUnavailableError, ResourceError
from resources.history_database import HistoryDatabase

POLL_SECONDS = 10.0
ALERT_AFTER_SECONDS = 120.0
"""A restart of Postgres takes less; people hear only of what lasts longer."""
REPEAT_SECONDS = 60.0
"""The log says so once in this time while the database is away."""
ALERT_RETRY_SECONDS = 60.0
MARK_FILE = "database-away"
"""Name of the mark in Dagster's home."""

log = logging.getLogger("dagster.sparky.database")


@dataclass(frozen=True)
class OutageReport:
    """What one look at the database leads to: a line of the log and an alert; either may be empty."""

    line: str = ""
    alert: Alert | None = None


@dataclass
class DatabaseOutage:
    """State of the database as seen by consecutive looks. Times are seconds of one clock that never goes back."""

    address: str
    away_since: float | None = None
    last_line_at: float = 0.0
    is_alert_due: bool = True
    was_alerted: bool = False
    _number: int = field(default=0)

    def resume(self, away_since: float) -> None:
        """Continue an outage that an ended process reported to people."""
        self.away_since, self.is_alert_due, self.was_alerted = away_since, False, True

    def note_failure(self, reason: str, now: float) -> OutageReport:
        """Note that the database did not answer, and return what to say."""
        if self.away_since is None:
            self.away_since, self.last_line_at, self.is_alert_due = now, now, True
            self._number += 1
            return OutageReport(line=reason)
        minutes = (now - self.away_since) / 60
        line = ""
        if now - self.last_line_at >= REPEAT_SECONDS:
            self.last_line_at = now
            line = f"Postgres at {self.address} is away since {minutes:.0f} min"
        if self.is_alert_due and now - self.away_since >= ALERT_AFTER_SECONDS:
            self.is_alert_due = False
            return OutageReport(line, self._build_alert("away", "the database is away", reason))
        return OutageReport(line)

    def note_answer(self, now: float) -> OutageReport:
        """Note that the database answered, and return what to say."""
        if self.away_since is None:
            return OutageReport()
        seconds, self.away_since = now - self.away_since, None
        text = f"Postgres at {self.address} is back after {_format_seconds(seconds)}; what was missed is made up for"
        alert = self._build_alert("back", "the database is back", text) if self.was_alerted else None
        self.was_alerted = False
        return OutageReport(line=text, alert=alert)

    def _build_alert(self, kind: str, subject: str, text: str) -> Alert:
        return Alert(f"database|{kind}|{self._number}|{time.time():.0f}", f"Sparky: {subject}", ((text, ""),))


class DatabaseWatch:
    """Looks at the database again and again, in a thread that ends with the process.

    Args:
        database: the database.
        channels: functions that send an alert, by channel name.
        now: seconds of a clock that never goes back.
        say: prints a line.
        poll_seconds: pause between two looks.
        mark: file that exists while an outage is reported. The next process sends no second alert.
    """

    def __init__(
        self,
        database: HistoryDatabase,
        channels: Mapping[str, Callable[[Alert], None]],
        *,
        now: Callable[[], float] = time.monotonic,
        say: Callable[[str], None] = log.warning,
        poll_seconds: float = POLL_SECONDS,
        mark: Path | None = None,
    ) -> None:
        self._database, self._channels = database, channels
        self._now, self._say, self._poll_seconds, self._mark = now, say, poll_seconds, mark
        self._outage = DatabaseOutage(database.address)
        self._stop_requested = threading.Event()
        self._pending: dict[str, Alert] = {}
        self._alerted_channels: set[str] = set()
        self._retry_at = 0.0
        with suppress(OSError):
            if mark is not None:
                age = time.time() - mark.stat().st_mtime
                self._outage.resume(now() - max(age, 0.0) - ALERT_AFTER_SECONDS)
                self._alerted_channels = set(channels)

    @property
    def is_away(self) -> bool:
        """Whether the database did not answer at the last look."""
        return self._outage.away_since is not None

    def start(self) -> threading.Thread:
        """Start the thread."""
        thread = threading.Thread(target=self._run, name="database-watch", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """Ask the thread to end. What is not delivered yet is still sent while the process lives."""
        self._stop_requested.set()

    def wait_for_answer(self) -> None:
        """Look until the database answers."""
        self.look()
        while self.is_away:
            time.sleep(self._poll_seconds)
            self.look()

    def look(self) -> None:
        """Look once: write to the log, and send the alerts that are due. A channel that fails is tried again later."""
        try:
            self._database.check()
        except HistoryUnavailableError as error:
            report = self._outage.note_failure(str(error), self._now())
        else:
            report = self._outage.note_answer(self._now())
        if report.line:
            self._say(report.line)
        if report.line and not self.is_away:
            # A channel that did not get the first message gets none: it would say what is over.
            self._pending = dict.fromkeys(self._alerted_channels, report.alert) if report.alert else {}
            self._alerted_channels = set()
            self._retry_at = 0.0
            self._remember(is_reported=False)
        elif report.alert:
            self._pending = dict.fromkeys(self._channels, report.alert)
            self._retry_at = 0.0
        self._deliver()

    def _deliver(self) -> None:
        if not self._pending or self._now() < self._retry_at:
            return
        self._retry_at = self._now() + ALERT_RETRY_SECONDS
        for name, alert in list(self._pending.items()):
            try:
                self._channels[name](alert)
            except ResourceError as error:
                self._say(f"an alert by {name} was not delivered and is tried again: {error}")
            else:
                if self.is_away:
                    self._outage.was_alerted = True
                    self._alerted_channels.add(name)
                    self._remember(is_reported=True)
                del self._pending[name]

    def _remember(self, *, is_reported: bool) -> None:
        if self._mark is None:
            return
        with suppress(OSError):  # then a restart in an outage sends a second alert
            if is_reported:
                self._mark.touch()
            else:
                self._mark.unlink(missing_ok=True)

    def _run(self) -> None:
        while not self._stop_requested.wait(self._poll_seconds):
            try:
                self.look()
            except Exception:
                log.exception("the database cannot be watched")
        while self._pending:
            time.sleep(self._poll_seconds)
            self._deliver()


def _format_seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
