"""A post on LinkedIn (Posts API). It refuses a duplicate and names the one there, so that asking again is safe."""

import re

from pydantic import SecretStr

from resources.http_sender import Sender
from resources.posts import Post, Posted

_RESERVED = re.compile(r"([\\|{}@\[\]()<>*_~])")
_HASHTAG = re.compile(r"#(\w+)")


class LinkedIn:
    """One author: a member or an organisation."""

    def __init__(self, api: str, token: SecretStr, author: str, version: str) -> None:
        secret = token.get_secret_value()
        headers = {
            "authorization": f"Bearer {secret}",
            "linkedin-version": version,
            "x-restli-protocol-version": "2.0.0",
        }
        self.sender = Sender("LinkedIn", api, headers, (secret,))
        self._author = author

    def publish(self, post: Post) -> Posted:
        """Post it, unless LinkedIn says that it is there."""
        body = {
            "author": self._author,
            "commentary": little_text(post.text),
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }
        answer = self.sender.send("POST", "/rest/posts", json=body, repeatable=True)
        if answer.status == 422 and (there := re.search(r"duplicate of (urn:li:\w+:\d+)", str(answer.body))):
            return _posted(there[1], is_new=False)
        if answer.status >= 400:
            self.sender.refuse(answer)
        return _posted(answer.headers.get("x-restli-id", ""))

    def withdraw(self, known: str) -> None:
        """Delete a post; deleting twice is allowed."""
        answer = self.sender.send("DELETE", f"/rest/posts/{known.replace(':', '%3A')}", repeatable=True)
        if answer.status not in {200, 204, 404}:
            self.sender.refuse(answer)


def little_text(text: str) -> str:
    """A text as LinkedIn's own format has it: reserved characters escaped, hashtags kept alive."""
    return _HASHTAG.sub(r"{hashtag|\\#|\1}", _RESERVED.sub(r"\\\1", text))


def _posted(urn: str, *, is_new: bool = True) -> Posted:
    return Posted(urn, f"https://www.linkedin.com/feed/update/{urn}" if urn else "", is_new)
