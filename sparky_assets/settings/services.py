"""The settings of schedules, alerts and events; all others are in settings.py."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from sparky_assets.settings_section import SettingsSection


def _check_endpoint_url(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ValueError("not a web address; write it like https://example.com/path")
    return text


def _check_email_address(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not (local and at and domain) or any(char.isspace() or char in "<>,;\0" for char in text):
        raise ValueError("not an e-mail address; write it like team@example.com")
    return text


EndpointUrl = Annotated[str, AfterValidator(_check_endpoint_url)]


EmailAddress = Annotated[str, AfterValidator(_check_email_address)]


class SchedulesSettings(SettingsSection):
    """When periods are made by themselves."""

    enabled: bool = Field(
        False, description="Run schedules and sensors from the start. What is switched in the UI later wins over it."
    )
    catch_up_days: int = Field(
        14, ge=1, le=62, description="Closed days, and weeks and months that ended within them, are made when missing."
    )
    max_wait_hours: int = Field(
        20, ge=1, le=14 * 24, description="Hours after its end that a week or month waits for missing days."
    )
    publish_incomplete: bool = Field(
        True, description="After that, write it with the missing days named in the text; false: leave it unwritten."
    )

    @property
    def max_wait(self) -> timedelta:
        """`max_wait_hours` as a duration."""
        return timedelta(hours=self.max_wait_hours)


class AlertsSettings(SettingsSection):
    """Who is told when the graph cannot help itself."""

    slack_webhook: SecretStr | None = Field(None, description="Secret: address of a Slack incoming webhook.")
    slack_webhook_file: Path | None = Field(None, description="File that holds `slack_webhook`.")
    email_to: tuple[EmailAddress, ...] = Field((), description="Addresses that get alerts by e-mail.")
    email_from: EmailAddress = Field("sparky@localhost", description="Sender of alerts by e-mail.")
    smtp_host: str = Field("localhost", min_length=1, description="Mail server that takes alerts.")
    smtp_port: int = Field(25, ge=1, le=65_535, description="Its port: 25, 587 (starttls) or 465 (tls).")
    smtp_security: Literal["none", "starttls", "tls"] = Field("none", description="How the connection is encrypted.")
    smtp_user: str = Field("", description="User at the mail server. Empty: without logging in.")
    smtp_password: SecretStr | None = Field(None, description="Secret: password of `smtp_user`.")
    smtp_password_file: Path | None = Field(None, description="File that holds `smtp_password`.")
    overdue_hours: int = Field(
        26, ge=1, le=14 * 24, description="Hours after its end from which a period that is not published is told."
    )
    ui: EndpointUrl = Field("http://127.0.0.1:3000", description="Address of Dagster's interface, for links.")
    heartbeat_file: Path | None = Field(None, description="File touched every minute while all is alive.")
    heartbeat_url: EndpointUrl = Field("", description="Address asked every minute while all is alive. Empty: none.")

    @property
    def overdue_after(self) -> timedelta:
        """`overdue_hours` as a duration."""
        return timedelta(hours=self.overdue_hours)


class EventsSettings(SettingsSection):
    """Who else follows what is made."""

    webhook: EndpointUrl = Field(
        "", description="Address that gets a JSON event for each finished stage of a period. Empty: none."
    )
    webhook_secret: SecretStr | None = Field(
        None, description="Secret: key of the signature that each event carries; see docs/events.md."
    )
    webhook_secret_file: Path | None = Field(None, description="File that holds `webhook_secret`.")
