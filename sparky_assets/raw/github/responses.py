"""What GitHub tells of owners, repositories, people and commits: one frozen model a selection of `github_queries.py`.

Pull requests and issues are in `github_item_models.py`. Not here: the rows that become of them.

How an answer of GitHub is read: parts, pages, and the error that says where one does not fit.

An answer that does not fit (a new enum value, a missing field) is an error that names the query and the path: guessing
would turn a change on their side into wrong numbers on ours.

What GitHub tells of pull requests and issues, with their reviews and events.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from resources.errors import GitHubError


def _to_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


UtcInstant = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""A moment in UTC. GitHub's GitTimestamp may carry the committer's own offset, and a table knows one zone only."""

NodeT = TypeVar("NodeT")


class GraphQLModel(BaseModel):
    """A part of an answer; fields by their GraphQL names."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="ignore", populate_by_name=True)


ModelT = TypeVar("ModelT", bound=GraphQLModel)


class PageInfo(GraphQLModel):
    """Where a connection goes on."""

    has_next_page: bool
    end_cursor: str | None


class ConnectionPage(GraphQLModel, Generic[NodeT]):
    """One page of a connection. A null node is one that GitHub could not or would not show."""

    total_count: int | None = None
    page_info: PageInfo
    nodes: tuple[NodeT | None, ...]

    @property
    def visible_nodes(self) -> tuple[NodeT, ...]:
        """The nodes that are there."""
        return tuple(node for node in self.nodes if node is not None)


def parse_response(model: type[ModelT], value: Any, query: str, *path: str | int) -> ModelT:
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


class GitHubReview(GraphQLModel):
    """A review; without `submitted_at` it is still being written."""

    id: str
    review_state: Literal["PENDING", "COMMENTED", "APPROVED", "CHANGES_REQUESTED", "DISMISSED"]
    submitted_at: UtcInstant | None
    author: GitHubActor | None


class GitHubEvent(GraphQLModel):
    """Something that happened to a pull request or issue."""

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
    """What pull requests and issues share."""

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
