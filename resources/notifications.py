"""Tell people that something needs them: by Slack, by e-mail, and by a heartbeat that stops when nobody can tell.

What is worth telling is decided in `schedules/alerts.py`.
"""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from pydantic import SecretStr

from resources.errors import PostNetworkError, ResourceError
from resources.posts import Post
from resources.slack import SlackWebhook
from resources.smtp import Mailbox

LONGEST_SLEEP_SECONDS = 5.0
"""A sensor has a minute for its whole tick; what takes longer is tried again at a later one."""
PING_SECONDS = 10.0
MOST_CHARACTERS = 3000
ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
"""Begun only where a word begins: tried at each letter, a line of 20,000 dotted words took minutes."""


@dataclass(frozen=True)
class Message:
    """One message: a subject line and lines of text, each with an address where there is one to look at."""

    key: str
    subject: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Notifications:
    """The channels that the settings name, and the places of the heartbeat."""

    slack: SecretStr | None = field(default=None, repr=False)
    mail_to: Sequence[str] = ()
    mail_from: str = ""
    mailbox: Mailbox | None = None
    heartbeat_file: Path | None = None
    heartbeat_url: str = ""

    @property
    def channels(self) -> Mapping[str, Callable[[Message], None]]:
        """What sends a message, by the name of its channel; each raises a ResourceError when it could not."""
        found: dict[str, Callable[[Message], None]] = {}
        if self.slack is not None:
            found["slack"] = self._to_slack
        if self.mailbox is not None and self.mail_to:
            found["e-mail"] = self._to_mail
        return found

    def beat(self) -> None:
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
                httpx.get(self.heartbeat_url, timeout=PING_SECONDS, follow_redirects=True).raise_for_status()
            except httpx.HTTPError as error:
                # Not the address: services for heartbeats have their key in it.
                raise PostNetworkError(f"the heartbeat's address did not answer ({type(error).__name__}).") from None

    def _to_slack(self, message: Message) -> None:
        assert self.slack is not None
        webhook = SlackWebhook(self.slack)
        webhook.sender.sleep = not_for_long
        lines = [f"• {_escaped(text)}{f' <{address}|look>' if address else ''}" for text, address in message.lines]
        answer = webhook.sender.send("POST", json=_payload(f"*{_escaped(message.subject)}*\n" + "\n".join(lines)))
        if answer.status >= 400:  # 404 and 422 come back as answers
            webhook.sender.refuse(answer)

    def _to_mail(self, message: Message) -> None:
        assert self.mailbox is not None
        lines = [f"- {text}{f'{chr(10)}  {address}' if address else ''}" for text, address in message.lines]
        post = Post(key=message.key, title=message.subject, text="\n".join(lines) + "\n")
        self.mailbox.send(post, self.mail_from, self.mail_to)


def one_line(text: str, longest: int = 300) -> str:
    """Foreign text as one line of a message: without e-mail addresses and without control characters."""
    text = ADDRESS.sub("(an address)", " ".join(text.split()))
    text = "".join(char for char in text if char.isprintable())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _escaped(text: str) -> str:
    # Slack's own three: without them `<!channel>` in a commit's title would call everybody.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _payload(text: str) -> dict[str, object]:
    cut = text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"
    return {"text": cut, "unfurl_links": False, "unfurl_media": False}


def not_for_long(seconds: float) -> None:
    """Sleep, as a sensor may.

    Raises:
        PostNetworkError: instead of a sleep that would take most of its tick.
    """
    if seconds > LONGEST_SLEEP_SECONDS:
        raise PostNetworkError(f"a rate limit of {seconds:.0f} seconds; a later tick tries again.")
    time.sleep(seconds)
