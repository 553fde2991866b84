"""Posts on dev.to or another Forem (API v1), LinkedIn (Posts API) and X (API v2).

A repeated request is safe: an article is found by its canonical address, LinkedIn names the duplicate, and X refuses
the same text. Of a thread only the first post is sent to X, which refuses the whole thread as one post.
"""

import re
from collections.abc import Iterator

from pydantic import SecretStr

from resources.channels import THREAD_SEPARATOR, OutgoingPost, PostResult, escape_little_text
from resources.errors import PostDeniedError, PostUncertainError
from resources.http_client import ServiceClient, ServiceResponse

ARTICLES_PER_PAGE, MAX_PAGES = 100, 100

MAX_TAGS = 4


class DevtoClient:
    """Client of one account."""

    def __init__(self, api: str, key: SecretStr, *, draft: bool, organization: int | None = None) -> None:
        secret = key.get_secret_value()
        headers = {"api-key": secret, "accept": "application/vnd.forem.api-v1+json", "user-agent": "sparky"}
        self.client = ServiceClient("dev.to", api, headers, (secret,))
        self._draft, self._organization = draft, organization

    def publish(self, post: OutgoingPost) -> PostResult:
        """Create the article, or update the text of the one with this canonical address.

        Raises:
            PostError: or a subclass; see `ServiceClient.send`.
        """
        if existing := self.find_article(post.canonical_url):
            return self._update(existing, post)
        article = {
            "title": post.title, "body_markdown": post.text, "description": post.description,
            "canonical_url": post.canonical_url, "tags": self._format_tags(post), "published": not self._draft,
            "organization_id": self._organization,
        }  # fmt: skip
        try:
            answer = self.client.send("POST", "/articles", json={"article": article})
        except PostUncertainError:
            if existing := self.find_article(post.canonical_url):
                return _to_article_result(existing)
            answer = self.client.send("POST", "/articles", json={"article": article})
        if answer.status == 422 and (existing := self.find_article(post.canonical_url)):
            return self._update(existing, post)  # another run was faster: its canonical address has been taken
        return _to_article_result(self._require_article(answer))

    def find_article(self, canonical_url: str) -> dict[str, object] | None:
        """Return this account's article with a canonical address, published or not; None if there is none."""
        return next(
            (article for article in self.list_articles() if article.get("canonical_url") == canonical_url), None
        )

    def list_articles(self) -> Iterator[dict[str, object]]:
        """Yield every article of this account, published or not."""
        for page in range(1, MAX_PAGES + 1):
            answer = self.client.send("GET", f"/articles/me/all?per_page={ARTICLES_PER_PAGE}&page={page}")
            articles = answer.body if isinstance(answer.body, list) else []
            yield from (article for article in articles if isinstance(article, dict))
            if len(articles) < ARTICLES_PER_PAGE:
                return

    def withdraw(self, article_id: str) -> None:
        """Make an article a draft again; the service has no way to delete one."""
        self._require_article(self.client.send("PUT", f"/articles/{article_id}", json={"article": {"published": False}},
                                      idempotent=True))  # fmt: skip

    def _update(self, existing: dict[str, object], post: OutgoingPost) -> PostResult:
        if str(existing.get("body_markdown", "")).strip() == post.text.strip():
            return _to_article_result(existing, is_new=False)
        changed = {"article": {"body_markdown": post.text}}
        answer = self.client.send("PUT", f"/articles/{existing.get('id')}", json=changed, idempotent=True)
        return _to_article_result(self._require_article(answer))

    def _require_article(self, response: ServiceResponse) -> dict[str, object]:
        if response.status >= 400 or "id" not in response.fields:
            self.client.raise_error(response)
        return dict(response.fields)

    def _format_tags(self, post: OutgoingPost) -> list[str]:
        plain = ("".join(char for char in tag.lower() if char.isascii() and char.isalnum()) for tag in post.tags)
        return list(dict.fromkeys(tag for tag in plain if tag))[:MAX_TAGS]


def _to_article_result(article: dict[str, object], *, is_new: bool = True) -> PostResult:
    return PostResult(str(article.get("id", "")), str(article.get("url") or ""), is_new)


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
        """Send the post, unless LinkedIn reports a duplicate."""
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
        if answer.status == 422 and (duplicate := re.search(r"duplicate of (urn:li:\w+:\d+)", str(answer.body))):
            return _to_linkedin_result(duplicate[1], is_new=False)
        if answer.status >= 400:
            self.client.raise_error(answer)
        return _to_linkedin_result(answer.headers.get("x-restli-id", ""))

    def withdraw(self, urn: str) -> None:
        """Delete a post; deleting twice is allowed."""
        answer = self.client.send("DELETE", f"/rest/posts/{urn.replace(':', '%3A')}", idempotent=True)
        if answer.status not in {200, 204, 404}:
            self.client.raise_error(answer)


def _to_linkedin_result(urn: str, *, is_new: bool = True) -> PostResult:
    return PostResult(urn, f"https://www.linkedin.com/feed/update/{urn}" if urn else "", is_new)


class XClient:
    """One account, by a user's access token with tweet.write."""

    def __init__(self, api: str, token: SecretStr) -> None:
        secret = token.get_secret_value()
        self.client = ServiceClient("X", api, {"authorization": f"Bearer {secret}"}, (secret,))

    def publish(self, post: OutgoingPost) -> PostResult:
        """Send the post, or the first of a thread, unless X reports a duplicate."""
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
