"""Alerts by Slack and e-mail, and a heartbeat that stops when alerts no longer work.

`schedules/alerts.py` decides what to send.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from pydantic import SecretStr

from resources.channels import OutgoingPost
from resources.channels.chat import SlackWebhook
from resources.channels.smtp import SmtpClient
from resources.errors import PostNetworkError, ResourceError

MAX_SLEEP_SECONDS = 5.0
"""A tick of a sensor may take a minute. A longer wait is left to a later tick."""

HEARTBEAT_TIMEOUT_SECONDS = 10.0

MAX_ALERT_LENGTH = 3000

EMAIL_PATTERN = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
"""Matches only at the start of a word: tried at each letter, a line of 20,000 dotted words took minutes."""


@dataclass(frozen=True)
class Alert:
    """One message: a subject, and lines of text with an address each, which may be empty."""

    key: str
    subject: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class AlertChannels:
    """The configured channels, and the file and address of the heartbeat."""

    slack_webhook_url: SecretStr | None = field(default=None, repr=False)
    mail_to: Sequence[str] = ()
    mail_from: str = ""
    smtp_client: SmtpClient | None = None
    heartbeat_file: Path | None = None
    heartbeat_url: str = ""

    @property
    def channels(self) -> Mapping[str, Callable[[Alert], None]]:
        """Functions that send an alert, by channel name. Each raises a ResourceError on failure."""
        senders: dict[str, Callable[[Alert], None]] = {}
        if self.slack_webhook_url is not None:
            senders["slack"] = self._send_to_slack
        if self.smtp_client is not None and self.mail_to:
            senders["e-mail"] = self._send_to_mail
        return senders

    def send_heartbeat(self) -> None:
        """Touch the file and request the address.

        Raises:
            ResourceError: the file cannot be written, or the address does not answer.
        """
        if self.heartbeat_file:
            try:
                self.heartbeat_file.parent.mkdir(parents=True, exist_ok=True)
                self.heartbeat_file.touch()
            except OSError as error:
                raise ResourceError(f"{self.heartbeat_file}: cannot be written: {error.strerror or error}.") from error
        if self.heartbeat_url:
            try:
                httpx.get(
                    self.heartbeat_url, timeout=HEARTBEAT_TIMEOUT_SECONDS, follow_redirects=True
                ).raise_for_status()
            except httpx.HTTPError as error:
                # The message leaves out the address, since it contains the key of the heartbeat service.
                raise PostNetworkError(f"the heartbeat's address did not answer ({type(error).__name__}).") from None

    def _send_to_slack(self, alert: Alert) -> None:
        assert self.slack_webhook_url is not None
        webhook = SlackWebhook(self.slack_webhook_url)
        webhook.client.sleep = sleep_within_tick
        lines = [f"• {_escape_slack(text)}{f' <{address}|look>' if address else ''}" for text, address in alert.lines]
        answer = webhook.client.send(
            "POST", json=_build_alert_payload(f"*{_escape_slack(alert.subject)}*\n" + "\n".join(lines))
        )
        if answer.status >= 400:  # 404 and 422 come back as answers
            webhook.client.raise_error(answer)

    def _send_to_mail(self, alert: Alert) -> None:
        assert self.smtp_client is not None
        lines = [f"- {text}{f'{chr(10)}  {address}' if address else ''}" for text, address in alert.lines]
        post = OutgoingPost(key=alert.key, title=alert.subject, text="\n".join(lines) + "\n")
        self.smtp_client.send(post, self.mail_from, self.mail_to)


def format_one_line(text: str, max_length: int = 300) -> str:
    """Return untrusted text as one line of a message, without e-mail addresses and control characters."""
    text = EMAIL_PATTERN.sub("(an address)", " ".join(text.split()))
    text = "".join(char for char in text if char.isprintable())
    return text if len(text) <= max_length else text[: max_length - 1] + "…"


def _escape_slack(text: str) -> str:
    # The characters that Slack requires: otherwise `<!channel>` in a commit title would notify everyone.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _build_alert_payload(text: str) -> dict[str, object]:
    cut = text if len(text) <= MAX_ALERT_LENGTH else text[: MAX_ALERT_LENGTH - 1] + "…"
    return {"text": cut, "unfurl_links": False, "unfurl_media": False}


def sleep_within_tick(seconds: float) -> None:
    """Sleep within the time of a sensor tick.

    Raises:
        PostNetworkError: the sleep is longer than `MAX_SLEEP_SECONDS`.
    """
    if seconds > MAX_SLEEP_SECONDS:
        raise PostNetworkError(f"a rate limit of {seconds:.0f} seconds; a later tick tries again.")
    time.sleep(seconds)
