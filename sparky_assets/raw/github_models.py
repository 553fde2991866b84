"""What GitHub tells of owners, repositories, people and commits: one frozen model a selection of `github_queries.py`.

Pull requests and issues are in `github_item_models.py`. Not here: the rows that become of them.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from sparky_assets.raw.github_answers import Connection, Instant, Part


class Oid(Part):
    """A git object by its name."""

    oid: str


class Named(Part):
    """A label."""

    name: str


class Account(Part):
    """The user behind a git identity or a release."""

    login: str
    database_id: int | None
    name: str | None


class Actor(Part):
    """Whoever did something; null in an answer is a deleted account, the ghost."""

    typename: Literal["User", "Bot", "Mannequin", "Organization", "EnterpriseUserAccount"] = Field(alias="__typename")
    login: str
    database_id: int | None = None
    name: str | None = None


class GitActor(Part):
    """Author or committer as git holds it, and the account that its address belongs to."""

    name: str | None
    email: str | None
    user: Account | None


class Touched(Part):
    """A pull request or issue that may hold events of the window."""

    id: str
    created_at: Instant
    updated_at: Instant


class Open(Part):
    """A pull request or issue that is open now; an issue is never a draft."""

    id: str
    number: int
    created_at: Instant
    updated_at: Instant
    is_draft: bool = False


class Release(Part):
    """A release, or the draft of one."""

    id: str
    name: str | None
    tag_name: str
    is_draft: bool
    is_prerelease: bool
    created_at: Instant
    published_at: Instant | None
    author: Account | None
    tag_commit: Oid | None


class Branch(Part):
    """A default branch; without a target nothing has been pushed to it."""

    name: str
    target: Oid | None


class RepositoryName(Part):
    """A repository that another thing points to."""

    id: str
    name_with_owner: str


class Repository(Part):
    """A repository as the enumeration shows it."""

    id: str
    database_id: int | None
    name_with_owner: str
    url: str
    visibility: Literal["PUBLIC", "PRIVATE", "INTERNAL"]
    is_fork: bool
    is_archived: bool
    is_disabled: bool
    is_empty: bool
    created_at: Instant
    pushed_at: Instant | None
    disk_usage: int | None
    parent: RepositoryName | None
    default_branch_ref: Branch | None
    pull_requests: Connection[Touched]
    issues: Connection[Touched]
    releases: Connection[Release]
    open_pull_requests: Connection[Open] | None = None
    open_issues: Connection[Open] | None = None
    """What is open; only asked for soon after a day's end."""

    def without_pages(self) -> "Repository":
        """What is to be kept of it for the length of a sweep."""
        nothing = self.pull_requests.model_copy(update={"nodes": ()})
        pages: dict[str, Any] = dict.fromkeys(("pull_requests", "issues", "releases"), nothing)
        return self.model_copy(update=pages | {"open_pull_requests": None, "open_issues": None})


class Owner(Part):
    """An organisation or user with a page of its repositories."""

    typename: Literal["Organization", "User"] = Field(alias="__typename")
    id: str
    login: str
    repositories: Connection[Repository]


class Parents(Part):
    """A commit's parents: all, but for a merge of more than ten branches."""

    total_count: int
    nodes: tuple[Oid | None, ...]


class Commit(Part):
    """One commit. The numbers are absent when asked for without them."""

    oid: str
    message: str
    authored_date: Instant
    committed_date: Instant
    additions: int | None = None
    deletions: int | None = None
    changed_files: int | None = Field(None, alias="changedFilesIfAvailable")
    parents: Parents
    author: GitActor | None
    committer: GitActor | None


class Blob(Part):
    """A file's text; null when it is binary."""

    text: str | None = None


class Head(Part):
    """The commit that a branch points to, with its history as it came."""

    oid: str
    history: Mapping[str, Any] | None = None


class HistoryBranch(Part):
    """The default branch with a page of its history."""

    name: str
    target: Head | None


class Histories(Part):
    """A repository with the history of its default branch."""

    id: str
    name_with_owner: str
    mailmap: Blob | None = None
    default_branch_ref: HistoryBranch | None
