"""A message in a Discord channel, by a webhook, which can also correct and delete what it posted."""

from urllib.parse import urlsplit

from pydantic import SecretStr

from resources.channels import OutgoingPost, PostResult, neutralize_mentions
from resources.errors import PostDeniedError, PostError
from resources.http_client import ServiceClient, ServiceResponse, find_secrets

MAX_DISCORD_LENGTH = 2000


SUPPRESS_EMBEDS_FLAG = 4


class DiscordWebhook:
    """A webhook. Its address is the secret."""

    def __init__(self, address: SecretStr) -> None:
        url = address.get_secret_value().strip()
        if not urlsplit(url).hostname:
            raise PostDeniedError("Discord: the webhook is no address. Copy it once more.")
        self.client = ServiceClient("Discord", url, secrets=find_secrets(url))

    def publish(self, post: OutgoingPost, message_id: str = "") -> PostResult:
        """Post it, or correct the message that `known` names."""
        text = neutralize_mentions(post.text)
        if len(text) > MAX_DISCORD_LENGTH:
            raise PostError(f"Discord: takes {MAX_DISCORD_LENGTH} characters, and the text has {len(text)}.")
        # Nobody is pinged, whatever the text holds.
        body = {"content": text, "allowed_mentions": {"parse": []}, "flags": SUPPRESS_EMBEDS_FLAG}
        if message_id:
            answer = self.client.send("PATCH", f"/messages/{message_id}", json=body, idempotent=True)
        else:
            answer = self.client.send("POST", "?wait=true", json=body)
        return PostResult(str(self._require_success(answer).fields.get("id", "")))

    def has_message(self, message_id: str) -> bool:
        """Whether the message is still there."""
        return self.client.send("GET", f"/messages/{message_id}").status == 200

    def withdraw(self, message_id: str) -> None:
        """Delete a message; one that is gone already is fine."""
        answer = self.client.send("DELETE", f"/messages/{message_id}", idempotent=True)
        if answer.status not in {200, 204, 404}:
            self.client.raise_error(answer)

    def _require_success(self, response: ServiceResponse) -> ServiceResponse:
        if response.status >= 400:
            self.client.raise_error(response)
        return response
