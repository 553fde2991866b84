"""The settings of schedules, alerts and events: invalid values, and sources of secrets."""

from pathlib import Path

import pytest

from sparky_assets.settings.load import ConfigurationError, load_settings


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ('[alerts]\nui = "dagster.example.com"', "alerts.ui = 'dagster.example.com': not an address; write it like"),
        ('[alerts]\nheartbeat_url = "ftp://x"', "alerts.heartbeat_url = 'ftp://x': not an address"),
        ('[alerts]\nemail_to = ["team"]', "alerts.email_to.0 = 'team': not an e-mail address; write it like"),
        ('[alerts]\nemail_from = "a@b.de\\nBcc: x@y.z"', "alerts.email_from"),
        ("[alerts]\nsmtp_port = 0", "alerts.smtp_port = 0"),
        ("[schedules]\ncatch_up_days = 0", "schedules.catch_up_days = 0"),
        ("[schedules]\nmax_wait = 3", "unknown key schedules.max_wait. Did you mean max_wait_hours?"),
        (
            '[alerts]\nslack_webhook = "https://hooks.slack.com/x"',
            "slack_webhook is a secret and must not be in a settings file",
        ),
        ('[events]\nwebhook_secret = "x"', "events.webhook_secret is a secret and must not be in a settings file"),
    ],
)
def test_bad_value_is_named_with_a_valid_form(tmp_path: Path, toml: str, complaint: str) -> None:
    file = tmp_path / "sparky.toml"
    file.write_text(toml + "\n")
    with pytest.raises(ConfigurationError) as caught:
        load_settings(file)
    assert complaint in str(caught.value)
    assert "hooks.slack.com" not in str(caught.value)


def test_webhook_is_read_from_a_file_and_masked(tmp_path: Path) -> None:
    (tmp_path / "hook").write_text("https://hooks.slack.com/services/T0/B0/secret\n")
    file = tmp_path / "sparky.toml"
    file.write_text(f'[alerts]\nslack_webhook_file = "{tmp_path / "hook"}"\n')
    alerts = load_settings(file).alerts
    assert alerts.slack_webhook is not None
    assert alerts.slack_webhook.get_secret_value() == "https://hooks.slack.com/services/T0/B0/secret"
    assert "secret" not in alerts.model_dump_json().replace("smtp_security", "")
