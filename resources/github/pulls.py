"""Create and update GitHub pull requests, one per branch. `resources/git/remote.py` pushes the branch."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from resources.channels import PostResult
from resources.errors import PostUncertainError
from resources.http_client import ServiceClient, ServiceResponse


@dataclass(frozen=True)
class PullRequestSpec:
    """Content and branches of a pull request."""

    branch: str
    base: str
    title: str
    body: str
    draft: bool


class PullRequestClient:
    """The pull requests of one repository (`owner/name`)."""

    def __init__(self, rest_url: str, repository: str, token: SecretStr, ca_file: Path | None = None) -> None:
        secret = token.get_secret_value()
        headers = {
            "authorization": f"Bearer {secret}", "accept": "application/vnd.github+json",
            "x-github-api-version": "2022-11-28", "user-agent": "sparky",
        }  # fmt: skip
        self.client = ServiceClient("GitHub", rest_url, headers, (secret,), ca_file)
        self._repository = repository

    def list_by_branch(self, branch: str) -> list[Mapping[str, Any]]:
        """Return every pull request from a branch, newest first, in any state."""
        owner = self._repository.partition("/")[0]
        head = quote(f"{owner}:{branch}")
        answer = self._require_success(
            self.client.send("GET", f"{self._path}?state=all&head={head}&sort=created&direction=desc")
        )
        return [entry for entry in answer.body if isinstance(entry, dict)] if isinstance(answer.body, list) else []

    def create_or_update(self, spec: PullRequestSpec) -> PostResult:
        """Create the pull request, or update the open one of its branch.

        Raises:
            PostError: or a subclass; see `ServiceClient.send`.
        """
        if (existing := self._find_open(spec.branch)) is not None:
            return self._update(existing, spec)
        body = {"title": spec.title, "head": spec.branch, "base": spec.base, "body": spec.body,
                "draft": spec.draft, "maintainer_can_modify": True}  # fmt: skip
        try:
            answer = self.client.send("POST", self._path, json=body)
        except PostUncertainError:
            if (existing := self._find_open(spec.branch)) is not None:
                return _to_pull_result(existing)
            answer = self.client.send("POST", self._path, json=body)
        if answer.status == 422 and (existing := self._find_open(spec.branch)) is not None:
            return self._update(existing, spec)  # another run was faster
        return _to_pull_result(self._require_success(answer).fields)

    def close(self, number: str) -> None:
        """Close a pull request without merging it."""
        self._require_success(
            self.client.send("PATCH", f"{self._path}/{number}", json={"state": "closed"}, idempotent=True)
        )

    def get_state(self, number: str) -> str:
        """Return `open`, `merged`, `closed` or `missing`."""
        answer = self.client.send("GET", f"{self._path}/{number}")
        if answer.status != 200:
            return "missing"
        return "merged" if answer.fields.get("merged_at") else str(answer.fields.get("state", "missing"))

    @property
    def _path(self) -> str:
        return f"/repos/{self._repository}/pulls"

    def _find_open(self, branch: str) -> Mapping[str, Any] | None:
        return next((entry for entry in self.list_by_branch(branch) if entry.get("state") == "open"), None)

    def _update(self, existing: Mapping[str, Any], spec: PullRequestSpec) -> PostResult:
        if (existing.get("title"), existing.get("body")) == (spec.title, spec.body):
            return _to_pull_result(existing, is_new=False)
        changed = {"title": spec.title, "body": spec.body}
        answer = self.client.send("PATCH", f"{self._path}/{existing.get('number')}", json=changed, idempotent=True)
        return _to_pull_result(self._require_success(answer).fields)

    def _require_success(self, response: ServiceResponse) -> ServiceResponse:
        if response.status >= 400:
            self.client.raise_error(response)
        return response


def _to_pull_result(pull_request: Mapping[str, Any], *, is_new: bool = True) -> PostResult:
    return PostResult(str(pull_request.get("number", "")), str(pull_request.get("html_url", "")), is_new)
