"""Incidents of one reason are one message: three repositories of a day, three periods. Complete runs give none."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.channels.alerts import Alert
from schedules.alerts import is_complete
from schedules.incidents import Incident, IncidentLog, group_by_reason

NOW = datetime(2025, 11, 12, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (["2025-11-12: a: gone", "2025-11-12: b: gone", "2025-11-12: c: gone"], "2025-11-12: a, b, c: gone"),
        (["a: gone", "b: gone", "c: refused"], "a, b: gone; c: refused"),
        (["2025-11-11: a: gone", "2025-11-12: a: gone"], "2025-11-11, 2025-11-12: a: gone"),
        (["only one"], "only one"),
        ([], ""),
        (["a: x", "a: x"], "a: x"),
    ],
)
def test_problems_with_one_reason_share_it(lines: list[str], shown: str) -> None:
    assert group_by_reason(lines) == shown


@given(st.lists(st.text(max_size=80), max_size=30))
def test_any_group_is_one_bounded_line(lines: list[str]) -> None:
    text = group_by_reason(lines)
    assert len(text) <= 300
    assert "\n" not in text


def send_alerts(*incidents: Incident) -> list[Alert]:
    """Return the messages to one channel about incidents that began in one tick."""
    sent: list[Alert] = []
    log = IncidentLog.from_cursor(None, NOW)
    keys = [log.open_incident(incident.what, incident.what, incident) or "" for incident in incidents]
    log.queue_messages(keys, [], {"slack": sent.append}, NOW)
    log.deliver({"slack": sent.append}, NOW)
    return sent


def make_incident(what: str, why: str) -> Incident:
    return Incident(what=what, why=why, since=NOW)


def test_three_periods_that_fail_for_one_reason_are_one_line() -> None:
    reason = "publication of {}: github.example.com: cannot be reached"
    (alert,) = send_alerts(
        *(make_incident(f"run of {name} failed", reason.format(name)) for name in ("2025-11-12", "2025-W46", "2025-11"))
    )
    ((line, _),) = alert.lines
    assert line.count("cannot be reached") == 1
    assert "run of 2025-W46 failed" in line
    assert alert.subject == "Sparky: 3 failures"


def test_two_failures_or_other_reasons_keep_separate_lines() -> None:
    (alert,) = send_alerts(
        make_incident("a failed", "gone"), make_incident("b failed", "gone"), make_incident("c failed", "no")
    )
    assert len(alert.lines) == 3


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as opened:
        yield opened


def build_job(breaks_at: str) -> dg.Definitions:
    @dg.asset(key=["daily", "digest"])
    def digest() -> None:
        if breaks_at == "digest":
            raise dg.Failure("no digest")

    @dg.asset(key=["daily", "publication"], deps=[digest])
    def publication() -> None:
        if breaks_at == "publication":
            raise dg.Failure("no network")

    return dg.Definitions(
        [digest, publication], jobs=[dg.define_asset_job("daily", executor_def=dg.in_process_executor)]
    )


def run_job(instance: dg.DagsterInstance, breaks_at: str = "") -> dg.DagsterRun:
    result = build_job(breaks_at).resolve_job_def("daily").execute_in_process(instance=instance, raise_on_error=False)
    return result.dagster_run


def test_run_that_failed_after_all_stages_is_complete(instance: dg.DagsterInstance) -> None:
    """Postgres restarted while the run ended: everything was published, and the alert woke people."""
    run = run_job(instance)
    failed = instance.get_run_by_id(run.run_id)
    assert failed
    instance.report_run_failed(failed, "the database went away")
    assert is_complete(instance, run.run_id)


@pytest.mark.parametrize("breaks_at", ["", "publication"])
def test_retry_without_steps_alerts_only_if_something_is_missing(instance: dg.DagsterInstance, breaks_at: str) -> None:
    """Dagster retried the run that failed at its end: "No steps needed to be retried in the failed run"."""
    first = run_job(instance, breaks_at)
    if not breaks_at:
        failed = instance.get_run_by_id(first.run_id)
        assert failed
        instance.report_run_failed(failed, "the database went away")
    retry = instance.create_run_for_job(
        build_job("").resolve_job_def("daily"), root_run_id=first.run_id, parent_run_id=first.run_id
    )
    instance.report_run_failed(retry, "DagsterInvalidSubsetError: No steps needed to be retried in the failed run.")
    assert is_complete(instance, retry.run_id) is not bool(breaks_at)


@pytest.mark.parametrize("breaks_at", ["digest", "publication"])
def test_run_with_missing_stages_is_not_complete(instance: dg.DagsterInstance, breaks_at: str) -> None:
    assert not is_complete(instance, run_job(instance, breaks_at).run_id)


def test_run_that_planned_nothing_is_not_complete(instance: dg.DagsterInstance) -> None:
    assert not is_complete(instance, "00000000-0000-0000-0000-000000000000")


def test_single_overdue_period_says_since_when() -> None:
    (alert,) = send_alerts(make_incident("day 2025-11-12 is not published", "26 hours are over"))
    ((line, _),) = alert.lines
    assert line.startswith("day 2025-11-12 is not published since ")
    assert line.endswith("26 hours are over")
