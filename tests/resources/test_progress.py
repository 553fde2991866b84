"""Progress reports reach a listener, or the log if there is none."""

import logging
from contextvars import copy_context
from threading import Thread

import pytest

from resources import progress
from resources.progress import LogProgress, report_progress, use_progress


def test_reports_reach_the_listener_of_the_block_and_no_longer() -> None:
    outer: list[tuple[str, float, float | None]] = []
    inner: list[tuple[str, float, float | None]] = []
    with use_progress(lambda *one: outer.append(one)):
        report_progress("clone", 1, 10)
        with use_progress(lambda *one: inner.append(one)):
            report_progress("clone", 2, 10)
        report_progress("clone", 3)
    report_progress("clone", 4)
    assert outer == [("clone", 1, 10), ("clone", 3, None)]
    assert inner == [("clone", 2, 10)]


def test_listener_is_removed_after_an_error_too() -> None:
    seen: list[str] = []
    with pytest.raises(RuntimeError), use_progress(lambda what, done, total: seen.append(what)):
        raise RuntimeError
    report_progress("after", 1)
    assert seen == []


def test_thread_reports_to_the_listener_of_its_starter() -> None:
    seen: list[str] = []
    with use_progress(lambda what, done, total: seen.append(what)):
        thread = Thread(target=copy_context().run, args=(report_progress, "in a thread", 1))
        thread.start()
        thread.join()
    assert seen == ["in a thread"]


def test_short_work_writes_no_log_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "sparky"), use_progress(LogProgress()):
        for done in range(100):
            report_progress("short", done, 100)
    assert caplog.messages == []


def test_long_work_writes_one_log_line_per_interval(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With an interval of zero any work is long.
    monkeypatch.setattr(progress, "LOG_EVERY_SECONDS", 0.0)
    with caplog.at_level(logging.INFO, "sparky"), use_progress(LogProgress()):
        report_progress("long", 3, 10)
        report_progress("long", 4)
    assert caplog.messages == ["long: 3 of 10", "long: 4"]
