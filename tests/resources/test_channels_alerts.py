"""Alert channels: requests to Slack and a mail server, their errors, and the heartbeat."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from resources.channels.alerts import Alert, AlertChannels, format_one_line
from resources.channels.smtp import SmtpClient
from resources.errors import PostDeniedError, PostError, PostNetworkError, ResourceError
from tests.fakes.alert_receivers import SLACK_SAYS, http_receiver, mail_server

MESSAGE = Alert(
    "key-1",
    "Sparky: daily run of daily/2025-11-12 failed",
    (("collecting <!channel> & more: token refused", "http://ui/runs/1"), ("and another", "")),
)


def test_slack_gets_one_message_with_links_and_no_channel_mention() -> None:
    with http_receiver() as slack:
        AlertChannels(slack_webhook_url=SecretStr(slack.url)).channels["slack"](MESSAGE)
    (text,) = slack.texts
    assert text == (
        "*Sparky: daily run of daily/2025-11-12 failed*\n"
        "• collecting &lt;!channel&gt; &amp; more: token refused <http://ui/runs/1|look>\n"
        "• and another"
    )


@pytest.mark.parametrize("said", sorted(set(SLACK_SAYS) - {"rate_limited", "rollup_error"}))
def test_slack_error_is_reported_without_the_secret_address(said: str) -> None:
    with http_receiver() as slack:
        slack.answers.append(SLACK_SAYS[said])
        with pytest.raises(PostError, match=said) as caught:
            AlertChannels(slack_webhook_url=SecretStr(slack.url)).channels["slack"](MESSAGE)
    assert "secret" not in str(caught.value)
    assert isinstance(caught.value, PostDeniedError) == (said == "action_prohibited")


def test_rate_limit_is_left_to_a_later_tick() -> None:
    with http_receiver() as slack:
        slack.answers.append(SLACK_SAYS["rate_limited"])
        with pytest.raises(PostNetworkError, match="30 seconds; a later tick"):
            AlertChannels(slack_webhook_url=SecretStr(slack.url)).channels["slack"](MESSAGE)
    assert len(slack.got) == 1


def test_unreachable_slack_is_a_delivery_failure() -> None:
    with http_receiver() as slack:
        url = slack.url
    with pytest.raises(ResourceError, match="Slack"):
        AlertChannels(slack_webhook_url=SecretStr(url)).channels["slack"](MESSAGE)


def mail_by(port: int) -> AlertChannels:
    return AlertChannels(
        mail_to=["team@example.com", "ops@example.com"],
        mail_from="sparky@example.com",
        smtp_client=SmtpClient("127.0.0.1", port, "none"),
    )


def test_mail_has_subject_and_links_and_hides_other_recipients() -> None:
    with mail_server() as server:
        mail_by(server.port).channels["e-mail"](MESSAGE)
    (mail,) = server.mails
    assert mail["subject"] == "Sparky: daily run of daily/2025-11-12 failed"
    assert server.recipients == [["team@example.com", "ops@example.com"]]
    assert "team@example.com" not in str(mail["to"])
    assert (
        mail.get_content()
        == ("- collecting <!channel> & more: token refused\r\n  http://ui/runs/1\r\n- and another\r\n")
        or mail.get_content() == "- collecting <!channel> & more: token refused\n  http://ui/runs/1\n- and another\n"
    )


@pytest.mark.parametrize(("says", "error"), [("451 try later", PostNetworkError), ("550 no such user here", PostError)])
def test_permanent_and_temporary_errors_of_a_mail_server_differ(says: str, error: type[Exception]) -> None:
    with mail_server() as server:
        server.refuses = says
        with pytest.raises(error, match="all 2 recipients are refused"):
            mail_by(server.port).channels["e-mail"](MESSAGE)


def test_subject_cannot_inject_a_header() -> None:
    with mail_server() as server:
        mail_by(server.port).channels["e-mail"](Alert("k", "Sparky\nBcc: all@example.com", ()))
    assert server.mails[0]["bcc"] is None


def test_no_channel_exists_without_a_setting() -> None:
    assert AlertChannels().channels == {}
    assert AlertChannels(smtp_client=SmtpClient("localhost", 25, "none")).channels == {}


def test_foreign_text_is_one_line_without_addresses() -> None:
    assert format_one_line("a\nb\tada@example.com \x1b[31mred") == "a b (an address) [31mred"
    assert len(format_one_line("x" * 1000)) == 300
    assert format_one_line("a." * 50_000).endswith("…")  # took minutes when each letter could begin an address


def test_heartbeat_touches_the_file_and_requests_the_address(tmp_path: Path) -> None:
    with http_receiver() as monitor:
        AlertChannels(heartbeat_file=tmp_path / "run/heartbeat", heartbeat_url=monitor.url).send_heartbeat()
    assert (tmp_path / "run/heartbeat").exists()
    assert len(monitor.got) == 1


def test_failed_heartbeat_is_reported_without_its_secret_address(tmp_path: Path) -> None:
    with http_receiver() as monitor:
        monitor.answers.append((500, b"no"))
        with pytest.raises(PostNetworkError, match="did not answer") as caught:
            AlertChannels(heartbeat_url=monitor.url).send_heartbeat()
    assert "secret" not in str(caught.value)
    (tmp_path / "file").write_text("")
    with pytest.raises(ResourceError, match="cannot be written"):
        AlertChannels(heartbeat_file=tmp_path / "file/heartbeat").send_heartbeat()
