"""Health for `sparky doctor` and `sparky status`: the sentences about alerts."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from resources.channels.alerts import AlertChannels
from resources.channels.smtp import SmtpClient
from sparky_assets.orchestration.health import check_alerts
from sparky_assets.settings.schema import Settings
from tests.fakes.alert_receivers import http_receiver
from tests.fakes.git_servers import free_port
from tests.fakes.mail_server import PASSWORD, USER, mail_server


def summarize(channels: AlertChannels, *, enabled: bool = True) -> list[tuple[str, bool, str]]:
    results = check_alerts(Settings.model_validate({"schedules": {"enabled": enabled}}), channels)
    return [(result.name, result.ok, result.summary) for result in results]


@pytest.mark.parametrize("enabled", [True, False])
def test_service_without_a_channel_says_that_failures_reach_no_person(enabled: bool) -> None:
    advice = "no channel is configured; failures reach no person; set alerts.slack_webhook or alerts.email_to"
    expected = [("alerts", True, advice)] if enabled else []
    assert summarize(AlertChannels(), enabled=enabled) == expected


def test_webhook_is_looked_at_without_a_message() -> None:
    with http_receiver() as slack:
        channels = AlertChannels(slack_webhook_url=SecretStr(slack.url))
        assert summarize(channels) == [("alerts by slack", True, "set; sparky alerts test sends one")]
    assert slack.got == []


def test_mail_server_that_refuses_the_login_or_is_away_is_named(tmp_path: Path) -> None:
    def by_mail(port: int, password: str) -> AlertChannels:
        client = SmtpClient("127.0.0.1", port, "starttls", USER, SecretStr(password), tmp_path / "ca.pem")
        return AlertChannels(mail_to=["team@example.com"], mail_from="sparky@example.com", smtp_client=client)

    with mail_server(tmp_path) as server:
        assert summarize(by_mail(server.port, PASSWORD)) == [
            ("alerts by e-mail", True, "set; sparky alerts test sends one")
        ]
        ((name, works, said),) = summarize(by_mail(server.port, "wrong"))
        assert (name, works) == ("alerts by e-mail", False)
        assert said.startswith("127.0.0.1: the login is refused (535).")
        assert server.held == []
    ((name, works, said),) = summarize(by_mail(free_port(), PASSWORD))
    assert (name, works) == ("alerts by e-mail", False)
    assert "cannot be reached (ConnectionRefusedError)" in said
