"""Health, Prometheus metrics, and the status of runs."""

from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from starlette.testclient import TestClient

from resources.checks import CheckResult
from resources.clock import Clock
from schedules.periods import build_period_schedules
from sparky_assets.orchestration.health import LastRun, StageState, build_grid, recent_periods
from sparky_assets.periods import PeriodKind, parse_period
from sparky_assets.reader.app import build_app
from sparky_assets.reader.status.dagster_history import DagsterHistory, HealthPoller, RunHistory
from sparky_assets.reader.status.prometheus import ASSET_GAUGES, GAUGES
from sparky_assets.reader.status.snapshot import summarize_status
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience
from tests.factories import reader_store, sample_repository
from tests.factories.git_repositories import History, at, break_object
from tests.factories.sample_repository import run_job, settings_for
from tests.reader.conftest import TOKEN, reading

WEEK = reader_store.WEEK


def samples(client: TestClient) -> dict[tuple[str, ...], float]:
    """Return every sample by its name and label values, sorted by label name."""
    given = client.get("/metrics")
    assert given.status_code == 200
    families = text_string_to_metric_families(given.text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def test_health_is_open_and_minimal(printed: Settings) -> None:
    with reading(printed, token=SecretStr(TOKEN)) as client:
        assert client.get("/healthz").text == "ok\n"
        assert client.get("/readyz").text == "store: ok\nhistory of runs: not ok\n"
        assert client.get("/metrics").status_code == 401
    with reading(printed, audience=Audience.PUBLIC) as client:
        assert client.get("/metrics").status_code == 404
    for door in ({"audience": Audience.PUBLIC}, {"token": SecretStr(TOKEN)}):
        with reading(printed, open_metrics=True, **door) as client:
            assert client.get("/metrics").status_code == 200
    with reading(printed, open_metrics=True, token=SecretStr(TOKEN)) as client:
        assert client.get("/status").status_code == 401


def test_reader_is_not_ready_if_the_store_cannot_be_read(printed: Settings) -> None:
    broken = printed.model_copy(update={"storage": printed.storage.model_copy(update={"root": "/dev/null/store"})})
    with reading(broken) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/readyz").status_code == 503
        assert "cannot be listed" in client.get("/status").text
        assert samples(client)["sparky_store_readable",] == 0


def test_every_stage_has_metrics(inside: TestClient) -> None:
    found = samples(inside)
    assert found["sparky_periods", "daily", "digest"] == 3
    assert found["sparky_stage_recent_periods", "weekly", "publication", "missing"] > 0
    assert found["sparky_last_closed_done", "daily"] == 0
    assert found["sparky_insight_sentences", "template", "weekly"] > 10
    assert found["sparky_stage_last_success_timestamp_seconds", "weekly", "insights"] > 1.7e9


def test_metrics_equal_the_documented_list(inside: TestClient) -> None:
    told = {name for name, *_ in samples(inside)}
    assert told <= set(GAUGES)
    assert len(told) > 12
    assert set(ASSET_GAUGES.values()) <= set(GAUGES)
    described = Path("docs/reader.md").read_text(encoding="utf-8")
    assert [name for name in GAUGES if f"`{name}`" not in described] == []


def test_runs_checks_and_daemons_have_metrics(printed: Settings) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run_job(printed, "weekly", WEEK.key, instance=instance, selection=["weekly/metrics"])
        failed = run_job(printed, "weekly", "2025-11-17", instance=instance, selection=["weekly/insights"])
        assert not failed.success
        history = DagsterHistory(None, instance).load()
        assert [(run.period, run.has_failed) for run in history.runs] == [
            (parse_period(PeriodKind.WEEKLY, "2025-W47"), True), (WEEK, False),
        ]  # fmt: skip
        assert "2025-11-17" in history.runs[0].reason
        app = build_app(printed, Clock(fixed_time=sample_repository.NOW), instance=instance)
        with TestClient(app, base_url="http://localhost") as client:
            found = samples(client)
            text = client.get("/status").text
    assert found["sparky_runs", "failure"] == 1
    assert found["sparky_checks_failed",] == 0
    assert found["sparky_history_readable",] == 1
    assert "failure" in text
    assert "2025-W47" in text


def test_clone_that_lacks_objects_counts_as_unreadable(tmp_path: Path) -> None:
    history = History()
    for number in (1, 2):
        history.commit(f"Add gauge {number}", at(f"2025-11-1{number}T08:00"), {"pier.py": f"gauge = {number}\n"})
    clone = history.at_path(tmp_path / "pier", origin="https://github.com/acme/pier")
    break_object(clone, "HEAD:pier.py")
    damaged = settings_for(tmp_path / "home", [clone])
    assert run_job(damaged, "daily", "2025-11-12").success
    with reading(damaged) as client:
        assert samples(client)["sparky_unreadable_repositories", "daily"] == 1


def test_unreadable_history_is_a_metric_and_breaks_no_page(printed: Settings) -> None:
    assert DagsterHistory(None).load() == RunHistory(is_readable=False, detail="no run was made from here yet")


def test_health_of_model_and_github_is_polled_and_cached_for_a_minute() -> None:
    answers = [
        [CheckResult("language model tiny", False, "is away")],
        [CheckResult("language model tiny", True, "is here")],
    ]
    now = [0.0]
    desk = HealthPoller(lambda: answers.pop(0), now=lambda: now[0])

    def look_again() -> list[str]:
        desk.latest()
        assert desk.thread
        desk.thread.join()
        return [check.detail for check in desk.latest()]

    assert look_again() == ["is away"]
    now[0] = 59
    assert look_again() == ["is away"]
    now[0] = 60
    assert look_again() == ["is here"]


def test_unreachable_model_is_a_metric(printed: Settings) -> None:
    app = build_app(
        printed,
        Clock(fixed_time=sample_repository.NOW),
        check_health=lambda: [CheckResult("language model x", False, "is away")],
    )
    app.state.reader.status._health.latest()
    app.state.reader.status._health.thread.join()
    with TestClient(app, base_url="http://localhost") as client:
        assert samples(client)["sparky_dependency_healthy", "language model x"] == 0
        assert "is away" in client.get("/status").text
        given = client.get("/readyz")
        assert (given.status_code, given.text.splitlines()[-1]) == (200, "model and GitHub: not ok")


def test_grid_shows_done_partial_running_failed_and_missing() -> None:
    weeks = [parse_period(PeriodKind.WEEKLY, label) for label in ("2025-W44", "2025-W45", "2025-W46", "2025-W47")]
    days = {day.key for day in (*weeks[0].days, *weeks[1].days, *weeks[2].days[:3])}
    made = {(PeriodKind.WEEKLY, "metrics"): {weeks[0].key, weeks[1].key}, (PeriodKind.WEEKLY, "digest"): {weeks[0].key}}
    tried = {weeks[1]: LastRun(False, True), weeks[3]: LastRun(True, False)}
    rows = [list(row.cells.values()) for row in build_grid(weeks, days, made, tried)]
    assert rows == [
        [StageState.MADE, StageState.MADE, StageState.MISSING, StageState.MADE, StageState.MISSING],
        [StageState.MADE, StageState.MADE, StageState.FAILED, StageState.MISSING, StageState.MISSING],
        [StageState.PARTIAL, StageState.MISSING, StageState.MISSING, StageState.MISSING, StageState.MISSING],
        [StageState.RUNNING] * 5,
    ]


def test_recent_periods_end_with_the_last_closed_one() -> None:
    assert [one.label for one in recent_periods(WEEK, 3)] == ["2025-W44", "2025-W45", "2025-W46"]


@pytest.mark.parametrize(("audience", "said"), [(Audience.INTERNAL, "not done"), (Audience.PUBLIC, "not done")])
def test_summary_is_one_sentence(printed: Settings, audience: Audience, said: str) -> None:
    with reading(printed) as client:
        words = summarize_status(client.app.state.reader.status.snapshot(audience))  # type: ignore[attr-defined]
    assert said in words
    assert words.endswith(".")


@pytest.mark.parametrize("timezone", ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York"])
@pytest.mark.parametrize("settle", [10, 0, 59, 90])
@pytest.mark.parametrize("kind", PeriodKind)
def test_next_period_starts_at_the_first_tick_of_its_schedule(
    tmp_path: Path, timezone: str, settle: int, kind: PeriodKind
) -> None:
    start = date(2025, 10, 27)
    settings = settings_for(tmp_path, [], organisation={"timezone": timezone},
                            periods={"start": start, "grace_minutes": settle})  # fmt: skip
    # November begins after the clock change in Berlin, and before the one in New York.
    with reading(settings, Clock(fixed_time="2025-10-31T12:00:00+00:00")) as client:
        snapshot = client.app.state.reader.status.snapshot(Audience.INTERNAL)  # type: ignore[attr-defined]
    (state,) = (one for one in snapshot.kinds if one.kind is kind)
    (schedule,) = (one for one in build_period_schedules(settings) if one.name == kind.value)
    ticks = schedule_execution_time_iterator(state.closes_next.timestamp(), schedule.cron_schedule, timezone)
    assert next(ticks) == state.closes_next
