"""The alert sensors: one message per incident and recovery."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from pydantic import SecretStr

from resources.channels.alerts import AlertChannels
from resources.clock import Clock
from schedules.alerts import build_alert_sensors
from sparky_assets.cli.dagster_runner import ensure_dagster_home
from sparky_assets.definitions import build_collect_job, build_defs
from sparky_assets.orchestration.resources import build_resources
from sparky_assets.raw.assets import build_raw_assets
from sparky_assets.settings.schema import Settings
from tests.factories.sample_repository import DAY, settings_for
from tests.fakes.alert_receivers import SLACK_SAYS, HttpReceiver, http_receiver

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class Desk:
    """An instance, Slack, and the sensors with their cursors from tick to tick."""

    def __init__(self, instance: dg.DagsterInstance, settings: Settings, slack: HttpReceiver) -> None:
        self.instance, self.settings, self.slack = instance, settings, slack
        self.cursors: dict[str, str | None] = {}
        self.later = timedelta()

    def tick(self, sensor: str = "failure_alerts") -> str:
        """Evaluate a sensor; return the message of its tick."""
        now = (datetime.now(UTC) + self.later).isoformat()
        told = AlertChannels(slack_webhook_url=SecretStr(self.slack.url))
        resources = {**build_resources(self.settings), "clock": Clock(fixed_time=now), "notifications": told}
        repository = dg.Definitions(
            sensors=build_alert_sensors(self.settings), resources=resources
        ).get_repository_def()
        context = dg.build_sensor_context(
            instance=self.instance,
            cursor=self.cursors.get(sensor),
            repository_def=repository,
            resources=repository.get_top_level_resources(),
        )
        data = repository.get_sensor_def(sensor).evaluate_tick(context)
        self.cursors[sensor] = data.cursor
        return str(data.skip_message)

    def run(self, key: str, *, breaks: bool, job: str = "collect", **tags: str) -> None:
        """Run a job that fails or succeeds."""
        path = [*self.settings.sources.git.repositories, *(["/gone/<!channel>"] if breaks else [])]
        settings = settings_for(self.settings.home, path)
        small = dg.Definitions(
            assets=[build_raw_assets(settings)], jobs=[build_collect_job()], resources=build_resources(settings)
        )
        definitions = small if job == "collect" else build_defs(settings)
        result = definitions.resolve_job_def(job).execute_in_process(
            partition_key=key, instance=self.instance, tags=tags, run_config=QUIET, raise_on_error=False
        )
        assert result.success is not breaks


@pytest.fixture
def desk(tmp_path: Path, newsroom_path: Path) -> Iterator[Desk]:
    settings = settings_for(tmp_path / "home", [newsroom_path], alerts={"ui": "https://dagster.example/"})
    with dg.DagsterInstance.from_config(str(ensure_dagster_home(settings))) as instance, http_receiver() as slack:
        desk = Desk(instance, settings, slack)
        desk.tick()
        yield desk


def test_failure_and_recovery_are_one_message_each_with_cause_and_link(desk: Desk) -> None:
    desk.run(DAY, breaks=True)
    assert desk.tick() == "1 open: collect run of daily/2025-11-12 failed"
    (text,) = desk.slack.texts
    run = desk.instance.get_runs()[0]
    assert text.startswith("*Sparky: collect run of daily/2025-11-12 failed*\n• collect run of daily/2025-11-12 failed")
    assert "/gone/&lt;!channel&gt;: no such path" in text
    assert f"<https://dagster.example/runs/{run.run_id}|look>" in text
    assert f"since {datetime.now(UTC):%Y-%m-%d}" in text
    desk.run(DAY, breaks=True)
    desk.tick()
    assert len(desk.slack.texts) == 1
    desk.run(DAY, breaks=False)
    assert desk.tick() == "0 open: no failures"
    assert desk.slack.texts[1].startswith("*Sparky: collect run of daily/2025-11-12 failed: resolved*")
    desk.tick()
    assert len(desk.slack.texts) == 2


def test_run_that_succeeded_is_one_line_of_the_log(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="dagster.sparky.runs")
    desk.run(DAY, breaks=False)
    desk.tick()
    desk.tick()
    run = desk.instance.get_runs()[0]
    lines = [record.getMessage() for record in caplog.records if record.name == "dagster.sparky.runs"]
    assert lines == [f"daily/{DAY}: run {run.run_id[:8]} of collect succeeded"]


def test_failing_runs_of_a_backfill_are_one_message(desk: Desk) -> None:
    days = [f"2025-11-{day:02d}" for day in range(3, 7)]
    for day in days[:2]:
        desk.run(day, breaks=True, **{"dagster/backfill": "abcdef"})
    desk.tick()
    for day in days[2:]:
        desk.run(day, breaks=True, **{"dagster/backfill": "abcdef"})
        desk.tick()
    (text,) = desk.slack.texts
    assert "backfill abcdef: runs failed (2 so far) since" in text
    assert "/runs/b/abcdef|look" in text
    for day in days[:-1]:
        desk.run(day, breaks=False)
    desk.tick()
    assert len(desk.slack.texts) == 1
    desk.run(days[-1], breaks=False)
    desk.tick()
    assert "backfill abcdef: runs failed: resolved" in desk.slack.texts[1]


def test_failures_between_two_ticks_are_one_message(desk: Desk) -> None:
    for day in ("2025-11-03", "2025-11-04", "2025-11-05"):
        desk.run(day, breaks=True)
    desk.tick()
    (text,) = desk.slack.texts
    assert text.startswith("*Sparky: 3 failures*")
    assert text.count("•") == 1, "one reason, one line"
    assert all(f"collect run of daily/{day} failed" in text for day in ("2025-11-03", "2025-11-04", "2025-11-05"))
    assert text.count("no such path") == 1


def test_failure_resolved_between_two_ticks_sends_no_message(desk: Desk) -> None:
    desk.run(DAY, breaks=True)
    desk.run(DAY, breaks=False)
    desk.tick()
    assert desk.slack.texts == []


def test_another_job_of_the_same_day_resolves_nothing(desk: Desk) -> None:
    desk.run(DAY, breaks=True, job="daily")
    desk.run(DAY, breaks=False, job="collect")
    assert desk.tick() == "1 open: daily run of daily/2025-11-12 failed"


def test_failed_sweep_is_resolved_once_its_period_is_written(desk: Desk) -> None:
    desk.run("2025-11-10", breaks=True, **{"sparky/sweep": f"daily/{DAY}", "sparky/period": "daily/2025-11-10"})
    assert desk.tick() == f"1 open: collect run of daily/{DAY} failed"
    desk.run(DAY, breaks=False, job="daily")
    assert desk.tick() == "0 open: no failures"
    assert "resolved" in desk.slack.texts[1]


def test_undelivered_message_is_delivered_later(desk: Desk) -> None:
    desk.slack.answers.append(SLACK_SAYS["channel_not_found"])
    desk.run(DAY, breaks=True)
    assert "not delivered: slack: Slack: refused (404): channel_not_found" in desk.tick()
    desk.tick()
    assert len(desk.slack.got) == 1, "it is not tried at every tick"
    desk.later = timedelta(minutes=5)
    assert desk.tick().startswith("1 open")
    assert len(desk.slack.got) == 2
    assert json.loads(desk.slack.got[0][2]) == json.loads(desk.slack.got[1][2])


def test_failure_before_the_first_tick_sends_no_message(desk: Desk) -> None:
    desk.run(DAY, breaks=True)
    desk.cursors.clear()
    desk.tick()
    desk.tick()
    assert desk.slack.texts == []


def test_tick_without_a_channel_says_so(desk: Desk) -> None:
    repository = build_defs(desk.settings).get_repository_def()
    context = dg.build_sensor_context(
        instance=desk.instance, repository_def=repository, resources=repository.get_top_level_resources()
    )
    said: Any = repository.get_sensor_def("failure_alerts").evaluate_tick(context).skip_message
    assert said == "No channel is configured: set alerts.slack_webhook or alerts.email_to. 0 open: no failures"


def test_partial_data_sends_a_message_without_a_failed_run(desk: Desk) -> None:
    desk.tick("quality_alerts")
    partial = settings_for(
        desk.settings.home,
        [],
        sources={"git": {"repositories": [*desk.settings.sources.git.repositories, "/gone"]}},
        collection={"allow_partial": True},
    )
    job = build_defs(partial).resolve_job_def("daily")
    assert job.execute_in_process(partition_key=DAY, instance=desk.instance, run_config=QUIET).success
    desk.tick("quality_alerts")
    (text,) = desk.slack.texts
    assert "check nothing_is_missing of daily/metrics failed for daily/2025-11-12" in text
    assert "could not be read" in text


def test_late_period_and_its_publication_send_a_message_each(desk: Desk) -> None:
    desk.tick("quality_alerts")
    desk.later = timedelta(days=1, hours=27)
    # CI ran at 21:50 once: 27 hours later is another day than 51 hours later less the 26 that a period may take.
    late = (datetime.now(UTC) + desk.later - desk.settings.alerts.overdue_after).date() - timedelta(days=1)
    desk.tick("quality_alerts")
    (text,) = desk.slack.texts
    assert f"day {late} is not published, day {late - timedelta(days=1)} is not published" in text
    assert text.count(" UTC, for one reason: 26 hours are over") == 1  # all began in one tick for one reason: one line
    desk.tick("quality_alerts")
    assert len(desk.slack.texts) == 1


def test_heartbeat_stops_while_a_daemon_is_down(desk: Desk) -> None:
    assert desk.tick("heartbeat").startswith("no heartbeat: not healthy: ")
