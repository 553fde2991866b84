"""A post on X (API v2). X refuses the same text twice, so that asking again after a lost connection is safe.

Of a thread the first post is sent, which can stand alone; X would refuse all of it in one.
"""

from pydantic import SecretStr

from resources.errors import PostDeniedError
from resources.http_sender import Sender
from resources.posts import BETWEEN_POSTS, Post, Posted


class X:
    """One account, by a user's access token with tweet.write."""

    def __init__(self, api: str, token: SecretStr) -> None:
        secret = token.get_secret_value()
        self.sender = Sender("X", api, {"authorization": f"Bearer {secret}"}, (secret,))

    def publish(self, post: Post) -> Posted:
        """Post it, or the first of a thread, unless X says that it is there."""
        first = post.text.strip().partition(BETWEEN_POSTS)[0]
        try:
            answer = self.sender.send("POST", "/2/tweets", json={"text": first}, repeatable=True)
        except PostDeniedError as error:
            if "duplicate content" in str(error):
                return Posted("", note="X says that it is there already")
            raise
        data = answer.fields.get("data")
        if answer.status >= 400 or not isinstance(data, dict):
            self.sender.refuse(answer)
        number = str(data.get("id", ""))
        return Posted(number, f"https://x.com/i/status/{number}")

    def withdraw(self, known: str) -> None:
        """Delete a post."""
        answer = self.sender.send("DELETE", f"/2/tweets/{known}", repeatable=True)
        if answer.status not in {200, 404}:
            self.sender.refuse(answer)
