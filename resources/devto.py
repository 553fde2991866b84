"""Articles on dev.to or another Forem (API v1). An article is known again by its canonical address, whoever died."""

from collections.abc import Iterator

from pydantic import SecretStr

from resources.errors import PostUncertainError
from resources.http_sender import Answer, Sender
from resources.posts import Post, Posted

PAGE, MOST_PAGES = 100, 100
MOST_TAGS = 4


class Devto:
    """One account."""

    def __init__(self, api: str, key: SecretStr, *, draft: bool, organization: int | None = None) -> None:
        secret = key.get_secret_value()
        headers = {"api-key": secret, "accept": "application/vnd.forem.api-v1+json", "user-agent": "sparky"}
        self.sender = Sender("dev.to", api, headers, (secret,))
        self._draft, self._organization = draft, organization

    def publish(self, post: Post) -> Posted:
        """Make the article, or make the one with this canonical address as wanted. A person's title and tags stay.

        Raises:
            PostError: and its kinds; see `Sender.send`.
        """
        if found := self.find(post.address):
            return self._update(found, post)
        article = {
            "title": post.title, "body_markdown": post.text, "description": post.description,
            "canonical_url": post.address, "tags": self._tags(post), "published": not self._draft,
            "organization_id": self._organization,
        }  # fmt: skip
        try:
            answer = self.sender.send("POST", "/articles", json={"article": article})
        except PostUncertainError:
            if found := self.find(post.address):
                return _posted(found)
            answer = self.sender.send("POST", "/articles", json={"article": article})
        if answer.status == 422 and (found := self.find(post.address)):
            return self._update(found, post)  # another run was faster: its canonical address has been taken
        return _posted(self._usable(answer))

    def find(self, address: str) -> dict[str, object] | None:
        """The article of this account with a canonical address, published or not."""
        return next((one for one in self.articles() if one.get("canonical_url") == address), None)

    def articles(self) -> Iterator[dict[str, object]]:
        """Every article of this account, published or not."""
        for page in range(1, MOST_PAGES + 1):
            answer = self.sender.send("GET", f"/articles/me/all?per_page={PAGE}&page={page}")
            found = answer.body if isinstance(answer.body, list) else []
            yield from (one for one in found if isinstance(one, dict))
            if len(found) < PAGE:
                return

    def withdraw(self, number: str) -> None:
        """Make an article a draft again; the service has no way to delete one."""
        self._usable(self.sender.send("PUT", f"/articles/{number}", json={"article": {"published": False}},
                                      repeatable=True))  # fmt: skip

    def _update(self, found: dict[str, object], post: Post) -> Posted:
        if str(found.get("body_markdown", "")).strip() == post.text.strip():
            return _posted(found, is_new=False)
        changed = {"article": {"body_markdown": post.text}}
        answer = self.sender.send("PUT", f"/articles/{found.get('id')}", json=changed, repeatable=True)
        return _posted(self._usable(answer))

    def _usable(self, answer: Answer) -> dict[str, object]:
        if answer.status >= 400 or "id" not in answer.fields:
            self.sender.refuse(answer)
        return dict(answer.fields)

    def _tags(self, post: Post) -> list[str]:
        plain = ("".join(char for char in tag.lower() if char.isascii() and char.isalnum()) for tag in post.tags)
        return list(dict.fromkeys(tag for tag in plain if tag))[:MOST_TAGS]


def _posted(article: dict[str, object], *, is_new: bool = True) -> Posted:
    return Posted(str(article.get("id", "")), str(article.get("url") or ""), is_new)
