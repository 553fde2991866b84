"""Pull requests on GitHub: one for each branch, found again by it. Pushing the branch is `git_remote`'s."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from resources.errors import PostUncertainError
from resources.http_sender import Answer, Sender
from resources.posts import Posted


@dataclass(frozen=True)
class PullRequest:
    """What one says, and where it goes."""

    branch: str
    base: str
    title: str
    body: str
    draft: bool


class GitHubPulls:
    """The pull requests of one repository (`owner/name`)."""

    def __init__(self, rest: str, repository: str, token: SecretStr, ca_file: Path | None = None) -> None:
        secret = token.get_secret_value()
        headers = {
            "authorization": f"Bearer {secret}", "accept": "application/vnd.github+json",
            "x-github-api-version": "2022-11-28", "user-agent": "sparky",
        }  # fmt: skip
        self.sender = Sender("GitHub", rest, headers, (secret,), ca_file)
        self._repository = repository

    def of_branch(self, branch: str) -> list[Mapping[str, Any]]:
        """Every pull request that was opened from a branch, newest first, whatever became of it."""
        owner = self._repository.partition("/")[0]
        head = quote(f"{owner}:{branch}")
        answer = self._usable(
            self.sender.send("GET", f"{self._path}?state=all&head={head}&sort=created&direction=desc")
        )
        return [one for one in answer.body if isinstance(one, dict)] if isinstance(answer.body, list) else []

    def keep(self, wanted: PullRequest) -> Posted:
        """Open it, or make the open one say what is wanted.

        Raises:
            PostError: and its kinds; see `Sender.send`.
        """
        if (found := self._open_one(wanted.branch)) is not None:
            return self._update(found, wanted)
        body = {"title": wanted.title, "head": wanted.branch, "base": wanted.base, "body": wanted.body,
                "draft": wanted.draft, "maintainer_can_modify": True}  # fmt: skip
        try:
            answer = self.sender.send("POST", self._path, json=body)
        except PostUncertainError:
            if (found := self._open_one(wanted.branch)) is not None:
                return _posted(found)
            answer = self.sender.send("POST", self._path, json=body)
        if answer.status == 422 and (found := self._open_one(wanted.branch)) is not None:
            return self._update(found, wanted)  # another run was faster
        return _posted(self._usable(answer).fields)

    def close(self, number: str) -> None:
        """Close one without merging it."""
        self._usable(self.sender.send("PATCH", f"{self._path}/{number}", json={"state": "closed"}, repeatable=True))

    def state(self, number: str) -> str:
        """`open`, `merged`, `closed` or `missing`."""
        answer = self.sender.send("GET", f"{self._path}/{number}")
        if answer.status != 200:
            return "missing"
        return "merged" if answer.fields.get("merged_at") else str(answer.fields.get("state", "missing"))

    @property
    def _path(self) -> str:
        return f"/repos/{self._repository}/pulls"

    def _open_one(self, branch: str) -> Mapping[str, Any] | None:
        return next((one for one in self.of_branch(branch) if one.get("state") == "open"), None)

    def _update(self, found: Mapping[str, Any], wanted: PullRequest) -> Posted:
        if (found.get("title"), found.get("body")) == (wanted.title, wanted.body):
            return _posted(found, is_new=False)
        changed = {"title": wanted.title, "body": wanted.body}
        answer = self.sender.send("PATCH", f"{self._path}/{found.get('number')}", json=changed, repeatable=True)
        return _posted(self._usable(answer).fields)

    def _usable(self, answer: Answer) -> Answer:
        if answer.status >= 400:
            self.sender.refuse(answer)
        return answer


def _posted(found: Mapping[str, Any], *, is_new: bool = True) -> Posted:
    return Posted(str(found.get("number", "")), str(found.get("html_url", "")), is_new)
