"""The watch over the history database: one log line a minute, one alert after a while, one when it is back."""

import logging
import socket
from functools import partial
from pathlib import Path

import pytest

from resources.channels.alerts import Alert
from resources.errors import HistoryUnavailableError, PostNetworkError
from resources.history_database import CONNECT_TIMEOUT_SECONDS, HistoryDatabase
from sparky_assets.orchestration.database_watch import (
    ALERT_AFTER_SECONDS,
    POLL_SECONDS,
    DatabaseOutage,
    DatabaseWatch,
    OutageReport,
)

ADDRESS = "db.example:5432"


def live_through(outage: DatabaseOutage, seconds: int, *, is_away: bool, began: int = 0) -> list[OutageReport]:
    """Return the messages of each check during so many seconds."""
    times = range(began, began + seconds, int(POLL_SECONDS))
    looks = [outage.note_failure("cannot reach it", at) if is_away else outage.note_answer(at) for at in times]
    return [report for report in looks if report.line or report.alert]


def test_database_that_answers_gives_no_message() -> None:
    assert live_through(DatabaseOutage(ADDRESS), 3600, is_away=False) == []


def test_outage_is_one_line_a_minute_and_one_alert() -> None:
    outage = DatabaseOutage(ADDRESS)
    said = live_through(outage, 600, is_away=True)
    assert len([report for report in said if report.line]) == 10
    (alert,) = [report.alert for report in said if report.alert]
    assert alert.subject == "Sparky: the database is away"
    outage.was_alerted = True
    (back,) = live_through(outage, 60, is_away=False, began=600)
    assert back.line == f"Postgres at {ADDRESS} is back after 10 min; what was missed is made up for"
    assert back.alert
    assert back.alert.subject == "Sparky: the database is back"


def test_short_restart_of_the_database_sends_no_alert() -> None:
    outage = DatabaseOutage(ADDRESS)
    said = live_through(outage, int(ALERT_AFTER_SECONDS) - 10, is_away=True)
    back = live_through(outage, 60, is_away=False, began=int(ALERT_AFTER_SECONDS) - 10)
    assert not [report for report in (*said, *back) if report.alert]
    assert len(back) == 1


def test_each_outage_has_its_own_alert() -> None:
    outage = DatabaseOutage(ADDRESS)
    keys = set()
    for began in (0, 1000, 2000):
        said = live_through(outage, 300, is_away=True, began=began)
        keys |= {report.alert.key for report in said if report.alert}
        live_through(outage, 60, is_away=False, began=began + 300)
    assert len(keys) == 3


def test_failed_channel_is_retried_until_the_alert_is_delivered(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    now, sent, is_broken = [0.0], list[Alert](), [True]

    def send(alert: Alert) -> None:
        if is_broken[0]:
            raise PostNetworkError("no network.")
        sent.append(alert)

    database = HistoryDatabase("127.0.0.1", port, "sparky", "dagster", "pepper")
    watch = DatabaseWatch(database, {"slack": send}, now=lambda: now[0])
    with caplog.at_level(logging.WARNING, logger="dagster.sparky.database"):
        for second in range(0, 360, 10):
            now[0] = float(second)
            is_broken[0] = second < 300
            watch.look()
    assert [alert.subject for alert in sent] == ["Sparky: the database is away"]
    lines = [record.getMessage() for record in caplog.records if "Postgres" in record.getMessage()]
    assert len(lines) == 6


class SwitchedDatabase(HistoryDatabase):
    """A database that a test takes away and brings back."""

    is_away = True

    def check(self, timeout_seconds: int = CONNECT_TIMEOUT_SECONDS) -> None:
        if self.is_away:
            raise HistoryUnavailableError(f"cannot reach {self.address}")


def watch_outage(*, ends_at: int, channel_works_from: int) -> dict[str, list[str]]:
    """Return the subjects that a broken channel and a working one got in ten minutes with one outage."""
    now = [0.0]
    sent: dict[str, list[str]] = {"slack": [], "mail": []}

    def send(name: str, alert: Alert) -> None:
        if name == "slack" and now[0] < channel_works_from:
            raise PostNetworkError("no network.")
        sent[name].append(alert.subject)

    database = SwitchedDatabase("db.example", "5432", "sparky", "dagster", "pepper")
    watch = DatabaseWatch(database, {name: partial(send, name) for name in sent}, now=lambda: now[0])
    for second in range(0, 600, 10):
        now[0] = float(second)
        database.is_away = second < ends_at
        watch.look()
    return sent


def test_outage_that_outlives_a_process_is_reported_once(tmp_path: Path) -> None:
    """Regression: a code server that was restarted without its database ended in seconds, and people heard nothing."""
    now, sent, lines = [0.0], list[str](), list[str]()
    database = SwitchedDatabase("db.example", "5432", "sparky", "dagster", "pepper")

    def look_for(seconds: int) -> None:
        """Look as a new process does."""
        channels = {"slack": lambda alert: sent.append(alert.subject)}
        watch = DatabaseWatch(database, channels, now=lambda: now[0], say=lines.append, mark=tmp_path / "mark")
        for _ in range(0, seconds, 10):
            watch.look()
            now[0] += 10

    look_for(100)
    look_for(180)
    assert sent == ["Sparky: the database is away"]
    look_for(180)
    assert len(sent) == 1
    database.is_away = False
    look_for(20)
    assert sent == ["Sparky: the database is away", "Sparky: the database is back"]
    assert lines[-1].endswith("what was missed is made up for")
    database.is_away = True
    look_for(180)
    assert len(sent) == 3, "the next outage is reported again"


def test_alert_of_an_outage_that_is_over_is_not_sent_late() -> None:
    away, back = "Sparky: the database is away", "Sparky: the database is back"
    assert watch_outage(ends_at=300, channel_works_from=400) == {"slack": [], "mail": [away, back]}


def test_channel_that_works_again_during_an_outage_gets_both_alerts() -> None:
    sent = watch_outage(ends_at=300, channel_works_from=200)
    assert sent["slack"] == sent["mail"] == ["Sparky: the database is away", "Sparky: the database is back"]
