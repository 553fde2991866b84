"""A post on X (API v2). X refuses the same text twice, so that asking again after a lost connection is safe.

Of a thread the first post is sent, which can stand alone; X would refuse all of it in one.
"""

from pydantic import SecretStr

from resources.channels import THREAD_SEPARATOR, OutgoingPost, PostResult
from resources.errors import PostDeniedError
from resources.http_client import ServiceClient


class XClient:
    """One account, by a user's access token with tweet.write."""

    def __init__(self, api: str, token: SecretStr) -> None:
        secret = token.get_secret_value()
        self.client = ServiceClient("X", api, {"authorization": f"Bearer {secret}"}, (secret,))

    def publish(self, post: OutgoingPost) -> PostResult:
        """Post it, or the first of a thread, unless X says that it is there."""
        first = post.text.strip().partition(THREAD_SEPARATOR)[0]
        try:
            answer = self.client.send("POST", "/2/tweets", json={"text": first}, idempotent=True)
        except PostDeniedError as error:
            if "duplicate content" in str(error):
                return PostResult("", note="X says that it is there already")
            raise
        data = answer.fields.get("data")
        if answer.status >= 400 or not isinstance(data, dict):
            self.client.raise_error(answer)
        number = str(data.get("id", ""))
        return PostResult(number, f"https://x.com/i/status/{number}")

    def withdraw(self, post_id: str) -> None:
        """Delete a post."""
        answer = self.client.send("DELETE", f"/2/tweets/{post_id}", idempotent=True)
        if answer.status not in {200, 404}:
            self.client.raise_error(answer)
