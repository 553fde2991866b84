"""`sparky alerts test` sends one message by each channel and says what came of each."""

from pathlib import Path

from sparky_assets.cli.exit_codes import ExitCode
from tests.cli.conftest import type_call
from tests.fakes.alert_receivers import SLACK_SAYS, http_receiver


def test_alerts_test_with_slack_and_a_heartbeat_sends_one_of_each(sparky: type_call, tmp_path: Path) -> None:
    with http_receiver() as slack, http_receiver() as watcher:
        result = sparky(
            "alerts",
            "test",
            SPARKY_ALERTS__SLACK_WEBHOOK=slack.url,
            SPARKY_ALERTS__HEARTBEAT_URL=f"http://127.0.0.1:{watcher.port}/ping",
            SPARKY_ALERTS__HEARTBEAT_FILE=str(tmp_path / "beat"),
        )
    assert result.exit_code == 0, result.output
    (text,) = slack.texts
    assert "a test of alerts" in text
    assert "nothing is to be done" in text
    assert [path for path, _, _ in watcher.got] == ["/ping"]
    assert (tmp_path / "beat").exists()
    assert "alerts by slack" in result.output
    assert "heartbeat" in result.output


def test_alerts_test_with_a_refused_message_names_the_channel_and_fails(sparky: type_call) -> None:
    with http_receiver() as slack:
        slack.answers.append(SLACK_SAYS["no_service"])
        result = sparky("alerts", "test", SPARKY_ALERTS__SLACK_WEBHOOK=slack.url)
    assert result.exit_code == ExitCode.UNHEALTHY
    assert "alerts by slack" in result.output
    assert "no_service" in result.output
    assert "secret" not in result.output


def test_alerts_test_without_a_channel_says_which_settings_are_missing(sparky: type_call) -> None:
    result = sparky("alerts", "test")
    assert "set alerts.slack_webhook or alerts.email_to" in result.output
    needed = sparky("alerts", "test", SPARKY_SCHEDULES__ENABLED="true")
    assert needed.exit_code == ExitCode.UNHEALTHY
    assert "failures reach no person" in needed.output
