"""Models of GitHub's responses: one frozen model per selection in `queries.py`, and the parser of all.

A response that does not fit (a new enum value, a missing field) is an error that names the query and the path: guessing
would turn a change at GitHub into wrong numbers here. The rows that are made of responses belong to `rows.py`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from resources.errors import GitHubError

NodeT = TypeVar("NodeT")


def _to_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


UtcInstant = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""An instant in UTC. GitHub's GitTimestamp may have the committer's own offset, and a table has one timezone."""


class GraphQLModel(BaseModel):
    """Base of all parts of a response; fields have their GraphQL names."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="ignore", populate_by_name=True)


ModelT = TypeVar("ModelT", bound=GraphQLModel)


class PageInfo(GraphQLModel):
    """Position of the next page of a connection."""

    has_next_page: bool
    end_cursor: str | None


class ConnectionPage(GraphQLModel, Generic[NodeT]):
    """One page of a connection. A null node is one that GitHub could not compute or may not show."""

    total_count: int | None = None
    page_info: PageInfo
    nodes: tuple[NodeT | None, ...]

    @property
    def visible_nodes(self) -> tuple[NodeT, ...]:
        """The nodes that are not null."""
        return tuple(node for node in self.nodes if node is not None)


def parse_response(model: type[ModelT], value: Any, query: str, *path: str | int) -> ModelT:
    """Parse a part of a response.

    Args:
        model: the model of the part.
        value: the part as it came.
        query: name of the query, for the message.
        path: path of the part in the response, for the message.

    Raises:
        GitHubError: when it does not fit. The message has the query and the full path of the first error.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        details = error.errors()[0]
        position = ".".join(str(step) for step in (*path, *details["loc"]))
        shown_value = "missing" if isinstance(details["input"], Mapping) else repr(details["input"])[:60]
        raise GitHubError(
            f"GitHub's answer to {query} does not fit at {position}: {details['msg']} (found {shown_value}). "
            "GitHub may have changed. Update Sparky."
        ) from error


class GitObjectRef(GraphQLModel):
    """A git object by its sha."""

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
    """The account that did something. It is null in a response if the account was deleted."""

    typename: Literal["User", "Bot", "Mannequin", "Organization", "EnterpriseUserAccount"] = Field(alias="__typename")
    login: str
    database_id: int | None = None
    name: str | None = None


class GitActor(GraphQLModel):
    """Author or committer in a commit, and the account that owns the address."""

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
    """A reference to a repository."""

    id: str
    name_with_owner: str


class GitHubRepository(GraphQLModel):
    """A repository in the enumeration query."""

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
    """Open items, like `open_pull_requests`; only queried soon after a day's end."""

    def drop_pages(self) -> "GitHubRepository":
        """Return the repository without its pages, to save memory for the length of a sweep."""
        empty_page = self.pull_requests.model_copy(update={"nodes": ()})
        pages: dict[str, Any] = dict.fromkeys(("pull_requests", "issues", "releases"), empty_page)
        return self.model_copy(update=pages | {"open_pull_requests": None, "open_issues": None})


class RepositoryOwner(GraphQLModel):
    """An organisation or user with a page of its repositories."""

    typename: Literal["Organization", "User"] = Field(alias="__typename")
    id: str
    login: str
    repositories: ConnectionPage[GitHubRepository]


class CommitParents(GraphQLModel):
    """A commit's parents: all, except for a merge of more than ten branches."""

    total_count: int
    nodes: tuple[GitObjectRef | None, ...]


class GitHubCommit(GraphQLModel):
    """One commit. Its line counts are None if the query leaves them out."""

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
    """The commit that a branch points to, with its history unparsed."""

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


class GitHubReview(GraphQLModel):
    """A review; without `submitted_at` it is not submitted yet."""

    id: str
    review_state: Literal["PENDING", "COMMENTED", "APPROVED", "CHANGES_REQUESTED", "DISMISSED"]
    submitted_at: UtcInstant | None
    author: GitHubActor | None


class GitHubEvent(GraphQLModel):
    """An event of a pull request or issue."""

    typename: Literal["ClosedEvent", "ReopenedEvent", "MergedEvent", "ReadyForReviewEvent", "ConvertToDraftEvent"] = (
        Field(alias="__typename")
    )
    id: str
    created_at: UtcInstant
    actor: GitHubActor | None
    state_reason: Literal["COMPLETED", "NOT_PLANNED", "DUPLICATE", "REOPENED"] | None = None


class LabelList(GraphQLModel):
    """All labels: an item has at most a hundred."""

    nodes: tuple[Label | None, ...]


class GitHubItem(GraphQLModel):
    """Fields that pull requests and issues share."""

    id: str
    number: int
    title: str
    body: str | None
    created_at: UtcInstant
    updated_at: UtcInstant
    closed_at: UtcInstant | None
    repository: RepositoryRef
    author: GitHubActor | None
    labels: LabelList | None


class GitHubPullRequest(GitHubItem):
    """A pull request with its reviews and all of its events."""

    typename: Literal["PullRequest"] = Field(alias="__typename")
    pr_state: Literal["OPEN", "CLOSED", "MERGED"]
    is_draft: bool
    merged_at: UtcInstant | None
    additions: int
    deletions: int
    changed_files: int
    base_ref_name: str
    head_ref_name: str
    merged_by: GitHubActor | None
    merge_commit: GitObjectRef | None
    reviews: ConnectionPage[GitHubReview] | None
    pr_events: ConnectionPage[GitHubEvent]


class GitHubIssue(GitHubItem):
    """An issue with its events since the window began."""

    typename: Literal["Issue"] = Field(alias="__typename")
    issue_state: Literal["OPEN", "CLOSED"]
    state_reason: Literal["COMPLETED", "NOT_PLANNED", "DUPLICATE", "REOPENED"] | None
    issue_events: ConnectionPage[GitHubEvent]
