"""Messages in Slack and Discord. Slack's webhook only posts; its bot and Discord's webhook also correct and delete."""

from urllib.parse import urlsplit

from pydantic import SecretStr

from resources.channels import OutgoingPost, PostResult, neutralize_mentions
from resources.channels.chat_text import (
    MAX_DISCORD_LENGTH,
    build_slack_blocks,
    count_discord_characters,
    escape_slack_fallback,
    format_discord,
)
from resources.errors import PostDeniedError, PostError, PostNetworkError
from resources.http_client import ServiceClient, ServiceResponse, find_secrets

MAX_SLACK_LENGTH = 12_000
"""Limit of the rich text of a message in characters."""

SUPPRESS_EMBEDS_FLAG = 4


class SlackWebhook:
    """An incoming webhook. Its address is the secret."""

    def __init__(self, address: SecretStr) -> None:
        url = address.get_secret_value().strip()
        if not urlsplit(url).hostname:
            raise PostDeniedError("Slack: the webhook is no address. Copy it once more.")
        self.client = ServiceClient("Slack", url, secrets=find_secrets(url))

    def publish(self, post: OutgoingPost) -> PostResult:
        """Send the post. A webhook cannot report whether it exists already."""
        answer = self.client.send("POST", json=_build_slack_payload(post))
        if answer.status >= 400:
            self.client.raise_error(answer)
        return PostResult("")


class SlackBot:
    """A bot's token, and the channel that it writes to."""

    def __init__(self, api: str, token: SecretStr, channel: str) -> None:
        secret = token.get_secret_value()
        self.client = ServiceClient("Slack", api, {"authorization": f"Bearer {secret}"}, (secret,))
        self._channel = channel

    def publish(self, post: OutgoingPost, message_id: str = "") -> PostResult:
        """Send the post, or update the message `message_id`."""
        if message_id:
            self._call("/chat.update", {"ts": message_id, **_build_slack_payload(post)}, idempotent=True)
            return PostResult(message_id)
        return PostResult(str(self._call("/chat.postMessage", _build_slack_payload(post)).fields.get("ts", "")))

    def withdraw(self, message_id: str) -> None:
        """Delete a message."""
        self._call("/chat.delete", {"ts": message_id}, idempotent=True)

    def _call(self, method: str, body: dict[str, object], *, idempotent: bool = False) -> ServiceResponse:
        answer = self.client.send("POST", method, json={"channel": self._channel, **body}, idempotent=idempotent)
        if answer.fields.get("ok") is True:
            return answer
        # Slack reports errors with status 200.
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


def _build_slack_payload(post: OutgoingPost) -> dict[str, object]:
    text = neutralize_mentions(post.text)
    if len(text) > MAX_SLACK_LENGTH:
        raise PostError(f"Slack: takes {MAX_SLACK_LENGTH} characters, and the text has {len(text)}.")
    fallback = escape_slack_fallback(neutralize_mentions(post.title))
    return {"text": fallback, "blocks": build_slack_blocks(text), "unfurl_links": False, "unfurl_media": False}


class DiscordWebhook:
    """A webhook. Its address is the secret."""

    def __init__(self, address: SecretStr) -> None:
        url = address.get_secret_value().strip()
        if not urlsplit(url).hostname:
            raise PostDeniedError("Discord: the webhook is no address. Copy it once more.")
        self.client = ServiceClient("Discord", url, secrets=find_secrets(url))

    def publish(self, post: OutgoingPost, message_id: str = "") -> PostResult:
        """Send the post, or update the message `message_id`."""
        text = format_discord(neutralize_mentions(post.text))
        if (length := count_discord_characters(text)) > MAX_DISCORD_LENGTH:
            raise PostError(f"Discord: takes {MAX_DISCORD_LENGTH} characters, and the text has {length}.")
        # Discord pings no one, even if the text holds mentions.
        body = {"content": text, "allowed_mentions": {"parse": []}, "flags": SUPPRESS_EMBEDS_FLAG}
        if message_id:
            answer = self.client.send("PATCH", f"/messages/{message_id}", json=body, idempotent=True)
        else:
            answer = self.client.send("POST", "?wait=true", json=body)
        return PostResult(str(self._require_success(answer).fields.get("id", "")))

    def has_message(self, message_id: str) -> bool:
        """Return whether the message still exists."""
        return self.client.send("GET", f"/messages/{message_id}").status == 200

    def withdraw(self, message_id: str) -> None:
        """Delete a message; a missing one is not an error."""
        answer = self.client.send("DELETE", f"/messages/{message_id}", idempotent=True)
        if answer.status not in {200, 204, 404}:
            self.client.raise_error(answer)

    def _require_success(self, response: ServiceResponse) -> ServiceResponse:
        if response.status >= 400:
            self.client.raise_error(response)
        return response
