"""Alerts by Slack and e-mail, and a heartbeat whose end shows that alerts no longer work.

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
"""A sensor has a minute for its whole tick; what takes longer is tried again at a later one."""


HEARTBEAT_TIMEOUT_SECONDS = 10.0


MAX_ALERT_LENGTH = 3000


EMAIL_PATTERN = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
"""Begun only where a word begins: tried at each letter, a line of 20,000 dotted words took minutes."""


@dataclass(frozen=True)
class Alert:
    """One message: a subject line and lines of text, each with an address where there is one to look at."""

    key: str
    subject: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class AlertChannels:
    """The channels that the settings name, and the places of the heartbeat."""

    slack_webhook_url: SecretStr | None = field(default=None, repr=False)
    mail_to: Sequence[str] = ()
    mail_from: str = ""
    smtp_client: SmtpClient | None = None
    heartbeat_file: Path | None = None
    heartbeat_url: str = ""

    @property
    def channels(self) -> Mapping[str, Callable[[Alert], None]]:
        """What sends a message, by the name of its channel; each raises a ResourceError when it could not."""
        found: dict[str, Callable[[Alert], None]] = {}
        if self.slack_webhook_url is not None:
            found["slack"] = self._send_to_slack
        if self.smtp_client is not None and self.mail_to:
            found["e-mail"] = self._send_to_mail
        return found

    def send_heartbeat(self) -> None:
        """Touch the file and ask the address.

        Raises:
            ResourceError: when one of them could not be reached.
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
                # Not the address: services for heartbeats have their key in it.
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
    """Foreign text as one line of a message: without e-mail addresses and without control characters."""
    text = EMAIL_PATTERN.sub("(an address)", " ".join(text.split()))
    text = "".join(char for char in text if char.isprintable())
    return text if len(text) <= max_length else text[: max_length - 1] + "…"


def _escape_slack(text: str) -> str:
    # Slack's own three: without them `<!channel>` in a commit's title would call everybody.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _build_alert_payload(text: str) -> dict[str, object]:
    cut = text if len(text) <= MAX_ALERT_LENGTH else text[: MAX_ALERT_LENGTH - 1] + "…"
    return {"text": cut, "unfurl_links": False, "unfurl_media": False}


def sleep_within_tick(seconds: float) -> None:
    """Sleep, as a sensor may.

    Raises:
        PostNetworkError: instead of a sleep that would take most of its tick.
    """
    if seconds > MAX_SLEEP_SECONDS:
        raise PostNetworkError(f"a rate limit of {seconds:.0f} seconds; a later tick tries again.")
    time.sleep(seconds)
