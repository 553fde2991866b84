"""What GitHub tells of owners, repositories, people and commits: one frozen model a selection of `github_queries.py`.

Pull requests and issues are in `github_item_models.py`. Not here: the rows that become of them.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from sparky_assets.raw.github_answers import ConnectionPage, GraphQLModel, UtcInstant


class GitObjectRef(GraphQLModel):
    """A git object by its name."""

    oid: str


class Label(GraphQLModel):
    """A label."""

    name: str


class GitHubAccount(GraphQLModel):
    """The user behind a git identity or a release."""

    login: str
    database_id: int | None
    name: str | None


class GitHubActor(GraphQLModel):
    """Whoever did something; null in an answer is a deleted account, the ghost."""

    typename: Literal["User", "Bot", "Mannequin", "Organization", "EnterpriseUserAccount"] = Field(alias="__typename")
    login: str
    database_id: int | None = None
    name: str | None = None


class GitActor(GraphQLModel):
    """Author or committer as git holds it, and the account that its address belongs to."""

    name: str | None
    email: str | None
    user: GitHubAccount | None


class ItemRef(GraphQLModel):
    """A pull request or issue that may hold events of the window."""

    id: str
    created_at: UtcInstant
    updated_at: UtcInstant


class OpenItemRef(GraphQLModel):
    """A pull request or issue that is open now; an issue is never a draft."""

    id: str
    number: int
    created_at: UtcInstant
    updated_at: UtcInstant
    is_draft: bool = False


class GitHubRelease(GraphQLModel):
    """A release, or the draft of one."""

    id: str
    name: str | None
    tag_name: str
    is_draft: bool
    is_prerelease: bool
    created_at: UtcInstant
    published_at: UtcInstant | None
    author: GitHubAccount | None
    tag_commit: GitObjectRef | None


class DefaultBranch(GraphQLModel):
    """A default branch; without a target nothing has been pushed to it."""

    name: str
    target: GitObjectRef | None


class RepositoryRef(GraphQLModel):
    """A repository that another thing points to."""

    id: str
    name_with_owner: str


class GitHubRepository(GraphQLModel):
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
    created_at: UtcInstant
    pushed_at: UtcInstant | None
    disk_usage: int | None
    parent: RepositoryRef | None
    default_branch_ref: DefaultBranch | None
    pull_requests: ConnectionPage[ItemRef]
    issues: ConnectionPage[ItemRef]
    releases: ConnectionPage[GitHubRelease]
    open_pull_requests: ConnectionPage[OpenItemRef] | None = None
    open_issues: ConnectionPage[OpenItemRef] | None = None
    """What is open; only asked for soon after a day's end."""

    def drop_pages(self) -> "GitHubRepository":
        """What is to be kept of it for the length of a sweep."""
        nothing = self.pull_requests.model_copy(update={"nodes": ()})
        pages: dict[str, Any] = dict.fromkeys(("pull_requests", "issues", "releases"), nothing)
        return self.model_copy(update=pages | {"open_pull_requests": None, "open_issues": None})


class RepositoryOwner(GraphQLModel):
    """An organisation or user with a page of its repositories."""

    typename: Literal["Organization", "User"] = Field(alias="__typename")
    id: str
    login: str
    repositories: ConnectionPage[GitHubRepository]


class CommitParents(GraphQLModel):
    """A commit's parents: all, but for a merge of more than ten branches."""

    total_count: int
    nodes: tuple[GitObjectRef | None, ...]


class GitHubCommit(GraphQLModel):
    """One commit. The numbers are absent when asked for without them."""

    oid: str
    message: str
    authored_date: UtcInstant
    committed_date: UtcInstant
    additions: int | None = None
    deletions: int | None = None
    changed_files: int | None = Field(None, alias="changedFilesIfAvailable")
    parents: CommitParents
    author: GitActor | None
    committer: GitActor | None


class TextBlob(GraphQLModel):
    """A file's text; null when it is binary."""

    text: str | None = None


class BranchHead(GraphQLModel):
    """The commit that a branch points to, with its history as it came."""

    oid: str
    history: Mapping[str, Any] | None = None


class HistoryBranch(GraphQLModel):
    """The default branch with a page of its history."""

    name: str
    target: BranchHead | None


class RepositoryCommitPage(GraphQLModel):
    """A repository with the history of its default branch."""

    id: str
    name_with_owner: str
    mailmap: TextBlob | None = None
    default_branch_ref: HistoryBranch | None
