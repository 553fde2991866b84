"""What GitHub's answers look like to us: one frozen model a selection of `github_queries.py`.

An answer that does not fit (a new enum value, a missing field) is an error that names the query and the path: guessing
would turn a change on their side into wrong numbers on ours. Not here: the rows that become of them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from resources.errors import GitHubError

Node = TypeVar("Node")


class Part(BaseModel):
    """A part of an answer; fields by their GraphQL names."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="ignore", populate_by_name=True)


Model = TypeVar("Model", bound=Part)


class PageInfo(Part):
    """Where a connection goes on."""

    has_next_page: bool
    end_cursor: str | None


class Connection(Part, Generic[Node]):
    """One page of a connection. A null node is one that GitHub could not or would not show."""

    total_count: int | None = None
    page_info: PageInfo
    nodes: tuple[Node | None, ...]

    @property
    def shown(self) -> tuple[Node, ...]:
        """The nodes that are there."""
        return tuple(node for node in self.nodes if node is not None)


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
    created_at: datetime
    updated_at: datetime


class Release(Part):
    """A release, or the draft of one."""

    id: str
    name: str | None
    tag_name: str
    is_draft: bool
    is_prerelease: bool
    created_at: datetime
    published_at: datetime | None
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
    created_at: datetime
    pushed_at: datetime | None
    disk_usage: int | None
    parent: RepositoryName | None
    default_branch_ref: Branch | None
    pull_requests: Connection[Touched]
    issues: Connection[Touched]
    releases: Connection[Release]


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
    authored_date: datetime
    committed_date: datetime
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


class Review(Part):
    """A review; without `submitted_at` it is still being written."""

    id: str
    review_state: Literal["PENDING", "COMMENTED", "APPROVED", "CHANGES_REQUESTED", "DISMISSED"]
    submitted_at: datetime | None
    author: Actor | None


class Event(Part):
    """Something that happened to a pull request or issue."""

    typename: Literal["ClosedEvent", "ReopenedEvent", "MergedEvent", "TransferredEvent"] = Field(alias="__typename")
    id: str
    created_at: datetime
    actor: Actor | None
    state_reason: Literal["COMPLETED", "NOT_PLANNED", "DUPLICATE", "REOPENED"] | None = None
    from_repository: RepositoryName | None = None


class Labels(Part):
    """All labels: an item has at most a hundred."""

    nodes: tuple[Named | None, ...]


class Item(Part):
    """What pull requests and issues share."""

    id: str
    number: int
    title: str
    body: str | None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    repository: RepositoryName
    author: Actor | None
    labels: Labels | None


class PullRequest(Item):
    """A pull request with its reviews and the events since the window began."""

    typename: Literal["PullRequest"] = Field(alias="__typename")
    pr_state: Literal["OPEN", "CLOSED", "MERGED"]
    is_draft: bool
    merged_at: datetime | None
    additions: int
    deletions: int
    changed_files: int
    base_ref_name: str
    head_ref_name: str
    merged_by: Actor | None
    merge_commit: Oid | None
    reviews: Connection[Review] | None
    pr_events: Connection[Event]


class Issue(Item):
    """An issue with its events since the window began."""

    typename: Literal["Issue"] = Field(alias="__typename")
    issue_state: Literal["OPEN", "CLOSED"]
    state_reason: Literal["COMPLETED", "NOT_PLANNED", "DUPLICATE", "REOPENED"] | None
    issue_events: Connection[Event]


AnyItem = Annotated[PullRequest | Issue, Field(discriminator="typename")]


def read(model: type[Model], value: Any, query: str, *path: str | int) -> Model:
    """The part of an answer that lies at `path`.

    Raises:
        GitHubError: when it does not fit, with the query and the full path of the first fault.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(step) for step in (*path, *fault["loc"]))
        value = repr(fault["input"])[:60] if not isinstance(fault["input"], Mapping) else "missing"
        raise GitHubError(
            f"GitHub's answer to {query} does not fit at {where}: {fault['msg']} (found {value}). "
            "GitHub may have changed; a newer Sparky may know it."
        ) from error
