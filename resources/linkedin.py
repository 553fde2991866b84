"""A post on LinkedIn (Posts API). It refuses a duplicate and names the one there, so that asking again is safe."""

import re

from pydantic import SecretStr

from resources.channels import OutgoingPost, PostResult
from resources.http_client import ServiceClient

_LINKEDIN_RESERVED = re.compile(r"([\\|{}@\[\]()<>*_~])")


_HASHTAG = re.compile(r"#(\w+)")


class LinkedInClient:
    """One author: a member or an organisation."""

    def __init__(self, api: str, token: SecretStr, author: str, version: str) -> None:
        secret = token.get_secret_value()
        headers = {
            "authorization": f"Bearer {secret}",
            "linkedin-version": version,
            "x-restli-protocol-version": "2.0.0",
        }
        self.client = ServiceClient("LinkedIn", api, headers, (secret,))
        self._author = author

    def publish(self, post: OutgoingPost) -> PostResult:
        """Post it, unless LinkedIn says that it is there."""
        body = {
            "author": self._author,
            "commentary": escape_little_text(post.text),
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }
        answer = self.client.send("POST", "/rest/posts", json=body, idempotent=True)
        if answer.status == 422 and (there := re.search(r"duplicate of (urn:li:\w+:\d+)", str(answer.body))):
            return _to_linkedin_result(there[1], is_new=False)
        if answer.status >= 400:
            self.client.raise_error(answer)
        return _to_linkedin_result(answer.headers.get("x-restli-id", ""))

    def withdraw(self, urn: str) -> None:
        """Delete a post; deleting twice is allowed."""
        answer = self.client.send("DELETE", f"/rest/posts/{urn.replace(':', '%3A')}", idempotent=True)
        if answer.status not in {200, 204, 404}:
            self.client.raise_error(answer)


def escape_little_text(text: str) -> str:
    """A text as LinkedIn's own format has it: reserved characters escaped, hashtags kept alive."""
    return _HASHTAG.sub(r"{hashtag|\\#|\1}", _LINKEDIN_RESERVED.sub(r"\\\1", text))


def _to_linkedin_result(urn: str, *, is_new: bool = True) -> PostResult:
    return PostResult(urn, f"https://www.linkedin.com/feed/update/{urn}" if urn else "", is_new)
