"""A message in a Slack channel: by an incoming webhook, which tells nothing back, or by a bot, which can correct it."""

from urllib.parse import urlsplit

from pydantic import SecretStr

from resources.errors import PostDeniedError, PostError, PostNetworkError
from resources.http_sender import Answer, Sender
from resources.posts import Post, Posted, inert

LONGEST = 12_000
"""Of a block of Markdown."""


class SlackWebhook:
    """An incoming webhook. Its address is the secret."""

    def __init__(self, address: SecretStr) -> None:
        url = address.get_secret_value().strip()
        if not urlsplit(url).hostname:
            raise PostDeniedError("Slack: the webhook is no address. Copy it once more.")
        self.sender = Sender("Slack", url, secrets=(url, urlsplit(url).path))

    def publish(self, post: Post) -> Posted:
        """Post it. Whether it is there already, a webhook cannot be asked."""
        answer = self.sender.send("POST", json=_payload(post))
        if answer.status >= 400:
            self.sender.refuse(answer)
        return Posted("")


class SlackBot:
    """A bot's token, and the channel that it writes to."""

    def __init__(self, api: str, token: SecretStr, channel: str) -> None:
        secret = token.get_secret_value()
        self.sender = Sender("Slack", api, {"authorization": f"Bearer {secret}"}, (secret,))
        self._channel = channel

    def publish(self, post: Post, known: str = "") -> Posted:
        """Post it, or correct the message that `known` names."""
        if known:
            self._call("/chat.update", {"ts": known, **_payload(post)}, repeatable=True)
            return Posted(known)
        return Posted(str(self._call("/chat.postMessage", _payload(post)).fields.get("ts", "")))

    def withdraw(self, known: str) -> None:
        """Delete a message."""
        self._call("/chat.delete", {"ts": known}, repeatable=True)

    def _call(self, method: str, body: dict[str, object], *, repeatable: bool = False) -> Answer:
        answer = self.sender.send("POST", method, json={"channel": self._channel, **body}, repeatable=repeatable)
        if answer.fields.get("ok") is True:
            return answer
        # Slack says no with status 200.
        error = str(answer.fields.get("error", "no reason given"))
        if error in {
            "invalid_auth",
            "not_authed",
            "account_inactive",
            "token_revoked",
            "token_expired",
            "missing_scope",
        }:
            raise PostDeniedError(f"Slack: refused: {error}. Check token_file and the scope chat:write.")
        if error in {"ratelimited", "rate_limited", "service_unavailable", "team_added_to_org"}:
            raise PostNetworkError(f"Slack: refused for now: {error}. The next run tries again.")
        raise PostError(f"Slack: refused: {error}. Check channel, and that the bot was invited to it.")


def _payload(post: Post) -> dict[str, object]:
    text = inert(post.text)
    if len(text) > LONGEST:
        raise PostError(f"Slack: takes {LONGEST} characters, and the text has {len(text)}.")
    block = {"type": "markdown", "text": text}
    return {"text": inert(post.title), "blocks": [block], "unfurl_links": False, "unfurl_media": False}
