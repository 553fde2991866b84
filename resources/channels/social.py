"""Articles on dev.to or another Forem (API v1). An article is known again by its canonical address, whoever died."""

from collections.abc import Iterator

from pydantic import SecretStr

from resources.channels import OutgoingPost, PostResult
from resources.errors import PostUncertainError
from resources.http_client import ServiceClient, ServiceResponse

ARTICLES_PER_PAGE, MAX_PAGES = 100, 100


MAX_TAGS = 4


class DevtoClient:
    """One account."""

    def __init__(self, api: str, key: SecretStr, *, draft: bool, organization: int | None = None) -> None:
        secret = key.get_secret_value()
        headers = {"api-key": secret, "accept": "application/vnd.forem.api-v1+json", "user-agent": "sparky"}
        self.client = ServiceClient("dev.to", api, headers, (secret,))
        self._draft, self._organization = draft, organization

    def publish(self, post: OutgoingPost) -> PostResult:
        """Make the article, or make the one with this canonical address as wanted. A person's title and tags stay.

        Raises:
            PostError: and its kinds; see `Sender.send`.
        """
        if found := self.find_article(post.canonical_url):
            return self._update(found, post)
        article = {
            "title": post.title, "body_markdown": post.text, "description": post.description,
            "canonical_url": post.canonical_url, "tags": self._format_tags(post), "published": not self._draft,
            "organization_id": self._organization,
        }  # fmt: skip
        try:
            answer = self.client.send("POST", "/articles", json={"article": article})
        except PostUncertainError:
            if found := self.find_article(post.canonical_url):
                return _to_article_result(found)
            answer = self.client.send("POST", "/articles", json={"article": article})
        if answer.status == 422 and (found := self.find_article(post.canonical_url)):
            return self._update(found, post)  # another run was faster: its canonical address has been taken
        return _to_article_result(self._require_article(answer))

    def find_article(self, canonical_url: str) -> dict[str, object] | None:
        """The article of this account with a canonical address, published or not."""
        return next((one for one in self.list_articles() if one.get("canonical_url") == canonical_url), None)

    def list_articles(self) -> Iterator[dict[str, object]]:
        """Every article of this account, published or not."""
        for page in range(1, MAX_PAGES + 1):
            answer = self.client.send("GET", f"/articles/me/all?per_page={ARTICLES_PER_PAGE}&page={page}")
            found = answer.body if isinstance(answer.body, list) else []
            yield from (one for one in found if isinstance(one, dict))
            if len(found) < ARTICLES_PER_PAGE:
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
