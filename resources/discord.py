"""A message in a Discord channel, by a webhook, which can also correct and delete what it posted."""

from urllib.parse import urlsplit

from pydantic import SecretStr

from resources.errors import PostDeniedError, PostError
from resources.http_sender import Answer, Sender, secrets_of
from resources.posts import Post, Posted, inert

LONGEST = 2000
NO_PREVIEWS = 4


class Discord:
    """A webhook. Its address is the secret."""

    def __init__(self, address: SecretStr) -> None:
        url = address.get_secret_value().strip()
        if not urlsplit(url).hostname:
            raise PostDeniedError("Discord: the webhook is no address. Copy it once more.")
        self.sender = Sender("Discord", url, secrets=secrets_of(url))

    def publish(self, post: Post, known: str = "") -> Posted:
        """Post it, or correct the message that `known` names."""
        text = inert(post.text)
        if len(text) > LONGEST:
            raise PostError(f"Discord: takes {LONGEST} characters, and the text has {len(text)}.")
        # Nobody is pinged, whatever the text holds.
        body = {"content": text, "allowed_mentions": {"parse": []}, "flags": NO_PREVIEWS}
        if known:
            answer = self.sender.send("PATCH", f"/messages/{known}", json=body, repeatable=True)
        else:
            answer = self.sender.send("POST", "?wait=true", json=body)
        return Posted(str(self._usable(answer).fields.get("id", "")))

    def holds(self, known: str) -> bool:
        """Whether the message is still there."""
        return self.sender.send("GET", f"/messages/{known}").status == 200

    def withdraw(self, known: str) -> None:
        """Delete a message; one that is gone already is fine."""
        answer = self.sender.send("DELETE", f"/messages/{known}", repeatable=True)
        if answer.status not in {200, 204, 404}:
            self.sender.refuse(answer)

    def _usable(self, answer: Answer) -> Answer:
        if answer.status >= 400:
            self.sender.refuse(answer)
        return answer
