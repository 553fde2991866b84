"""Models of GitHub's responses: one frozen model per selection in `queries.py`.

Words of GitHub's (states, reasons, kinds) are text, because new ones appear. How a response becomes a model belongs to
`parsing.py`, the rows that are made of models to `rows.py`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from sparky_assets.raw.github.parsing import ConnectionPage, GraphQLModel, NodeT, PageInfo


def _to_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


UtcInstant = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""An instant in UTC. GitHub's GitTimestamp may have the committer's own offset, and a table has one timezone."""

EMPTY_PAGE: ConnectionPage[Any] = ConnectionPage(page_info=PageInfo(has_next_page=False, end_cursor=None), nodes=())


class GitObjectRef(GraphQLModel):
    """A git object by its sha."""

    oid: str


class Label(GraphQLModel):
    """A label."""

    name: str


class GitHubAccount(GraphQLModel):
    """The user behind a git identity or a release."""

    login: str
    database_id: int | None = None
    name: str | None = None


class GitHubActor(GraphQLModel):
    """The account that did something. It is null in a response if the account was deleted."""

    typename: str = Field(alias="__typename")
    login: str
    database_id: int | None = None
    name: str | None = None


class GitActor(GraphQLModel):
    """Author or committer in a commit, and the account that owns the address."""

    name: str | None = None
    email: str | None = None
    user: GitHubAccount | None = None


class ItemRef(GraphQLModel):
    """A pull request or issue that may hold events of the window."""

    id: str
    created_at: UtcInstant
    updated_at: UtcInstant


class DatedRef(GraphQLModel):
    """A deployment or discussion that may belong to the window."""

    id: str
    created_at: UtcInstant


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
    author: GitHubAccount | None = None
    tag_commit: GitObjectRef | None = None


class CheckRollup(GraphQLModel):
    """State of all checks of a commit: SUCCESS, FAILURE, ERROR, PENDING, EXPECTED."""

    state: str


class HeadCommit(GitObjectRef):
    """The newest commit of a default branch, with the state of its checks."""

    committed_date: UtcInstant | None = None
    status_check_rollup: CheckRollup | None = None


class DefaultBranch(GraphQLModel):
    """A default branch; without a target nothing has been pushed to it."""

    name: str
    target: HeadCommit | None


class RepositoryRef(GraphQLModel):
    """A reference to a repository."""

    id: str
    name_with_owner: str


def _read_visibility(value: Any) -> str:
    return value if value in {"PUBLIC", "INTERNAL"} else "PRIVATE"


RepositoryVisibility = Annotated[str, BeforeValidator(_read_visibility)]
"""PUBLIC, INTERNAL or PRIVATE; what is unknown is private."""


class GitHubRepository(GraphQLModel):
    """A repository in the enumeration query."""

    id: str
    database_id: int | None
    name_with_owner: str
    url: str
    visibility: RepositoryVisibility
    is_fork: bool
    is_archived: bool
    is_disabled: bool
    is_empty: bool
    created_at: UtcInstant
    pushed_at: UtcInstant | None
    disk_usage: int | None
    description: str | None = None
    parent: RepositoryRef | None = None
    default_branch_ref: DefaultBranch | None
    pull_requests: ConnectionPage[ItemRef]
    issues: ConnectionPage[ItemRef]
    releases: ConnectionPage[GitHubRelease]
    deployments: ConnectionPage[DatedRef] | None = None
    discussions: ConnectionPage[DatedRef] | None = None
    open_pull_requests: ConnectionPage[OpenItemRef] | None = None
    open_issues: ConnectionPage[OpenItemRef] | None = None
    """Open items, like `open_pull_requests`; only queried soon after a day's end."""

    @property
    def head_oid(self) -> str | None:
        """The newest commit of the default branch; None if it has none."""
        branch = self.default_branch_ref
        return branch.target.oid if branch and branch.target else None

    def drop_pages(self) -> "GitHubRepository":
        """Return the repository without its pages, to save memory for the length of a sweep."""
        pages: dict[str, Any] = dict.fromkeys(("pull_requests", "issues", "releases"), EMPTY_PAGE)
        optional = ("deployments", "discussions", "open_pull_requests", "open_issues")
        return self.model_copy(update=pages | dict.fromkeys(optional))


class RepositoryOwner(GraphQLModel):
    """An organisation or user with a page of its repositories."""

    typename: str = Field(alias="__typename")
    id: str
    login: str
    repositories: ConnectionPage[GitHubRepository]


class CommitParents(GraphQLModel):
    """A commit's parents: all, except for a merge of more than ten branches."""

    total_count: int
    nodes: tuple[GitObjectRef | None, ...]


class GitHubCommit(GraphQLModel):
    """One commit. Its line counts and the state of its checks are None if the query leaves them out."""

    oid: str
    message: str
    authored_date: UtcInstant
    committed_date: UtcInstant
    additions: int | None = None
    deletions: int | None = None
    changed_files: int | None = Field(None, alias="changedFilesIfAvailable")
    status_check_rollup: CheckRollup | None = None
    parents: CommitParents
    author: GitActor | None = None
    committer: GitActor | None = None


class ListedCommit(GraphQLModel):
    """A commit in a list that is searched for some."""

    id: str
    oid: str
    committed_date: UtcInstant


class LostCommit(GraphQLModel):
    """A commit that a rewritten branch has no more."""

    oid: str
    message_headline: str
    authored_date: UtcInstant
    author: GitActor | None = None


class TopComparison(GraphQLModel):
    """A branch beside a commit: how many commits each has and the other has not."""

    ahead_by: int
    behind_by: int


class BaseComparison(TopComparison):
    """A branch beside a commit, with the commits that the branch lacks."""

    commits: ConnectionPage[LostCommit]


class ComparedBranch(GraphQLModel):
    """A default branch beside two commits; null where GitHub does not know the commit any more."""

    base: BaseComparison | None = None
    top: TopComparison | None = None


class ComparedRepository(GraphQLModel):
    """A repository with its compared branch."""

    id: str
    default_branch_ref: ComparedBranch | None


class TextBlob(GraphQLModel):
    """A file's text; null when it is binary."""

    text: str | None = None


class BranchHead(GraphQLModel):
    """The commit that a branch points to, with its history and folders at the root unparsed."""

    oid: str
    history: Mapping[str, Any] | None = None
    tree: Any = None
    before: Any = None
    end: Any = None


class HistoryBranch(GraphQLModel):
    """The default branch with a page of its history."""

    name: str
    target: BranchHead | None


class OriginBranchHead(GraphQLModel):
    """The commit of a branch, with a page of its history; None if the branch points to something else."""

    history: ConnectionPage[GitObjectRef] | None = None


class OriginBranch(GraphQLModel):
    """A branch of the origin of a fork."""

    target: OriginBranchHead | None = None


class OriginBranches(GraphQLModel):
    """The newest branches of the origin of a fork."""

    id: str
    refs: ConnectionPage[OriginBranch] | None = None


class RepositoryCommitPage(GraphQLModel):
    """A repository with the history of its default branch."""

    id: str
    name_with_owner: str
    mailmap: TextBlob | None = None
    default_branch_ref: HistoryBranch | None


class GitHubReview(GraphQLModel):
    """A review; without `submitted_at` it is not submitted yet."""

    id: str
    review_state: str
    submitted_at: UtcInstant | None
    author: GitHubActor | None = None


class GitHubComment(GraphQLModel):
    """A comment without its text."""

    created_at: UtcInstant
    author: GitHubActor | None = None


class GitHubEvent(GraphQLModel):
    """An event of a pull request or issue."""

    typename: str = Field(alias="__typename")
    id: str
    created_at: UtcInstant
    actor: GitHubActor | None = None
    state_reason: str | None = None


class LabelList(GraphQLModel):
    """All labels: an item has at most a hundred."""

    nodes: tuple[Label | None, ...]


class NodeList(GraphQLModel, Generic[NodeT]):
    """The first nodes of a connection without its pages; null where the token may not see one."""

    nodes: tuple[NodeT | None, ...] | None = None


class NodeCount(GraphQLModel):
    """How many nodes a connection has."""

    total_count: int = 0


class MilestoneRef(GraphQLModel):
    """A milestone by its title."""

    title: str


class MergeCommit(GraphQLModel):
    """The commit that merged a pull request, with the state of its checks."""

    oid: str
    status_check_rollup: CheckRollup | None = None


class ChangedPath(GraphQLModel):
    """A file that a pull request changes."""

    path: str


class IssueHome(GraphQLModel):
    """The repository of an issue, with who may see it."""

    name_with_owner: str
    visibility: RepositoryVisibility


class ClosingIssue(GraphQLModel):
    """An issue that a pull request closes."""

    number: int
    title: str
    body: str | None = None
    repository: IssueHome
    labels: LabelList | None = None


class GitHubReleaseText(GraphQLModel):
    """The notes of a release, as its maintainers wrote them."""

    typename: Literal["Release"] = Field(alias="__typename")
    id: str
    description: str | None = None


class DeploymentStatus(GraphQLModel):
    """A status of a deployment: SUCCESS, FAILURE, ERROR, INACTIVE and others."""

    state: str
    created_at: UtcInstant


class GitHubDeployment(GraphQLModel):
    """A deployment of a commit to an environment."""

    id: str
    created_at: UtcInstant
    environment: str | None = None
    commit_oid: str | None = None
    creator: GitHubActor | None = None
    statuses: NodeList[DeploymentStatus] | None = None


class DiscussionCategory(GraphQLModel):
    """The category of a discussion: Announcements, Ideas, Q&A and others."""

    name: str


class GitHubDiscussion(GraphQLModel):
    """A discussion with its opening text."""

    id: str
    number: int
    title: str
    body: str | None = None
    created_at: UtcInstant
    category: DiscussionCategory | None = None
    author: GitHubActor | None = None
    comments: NodeCount | None = None
    upvote_count: int | None = None


class GitHubItem(GraphQLModel):
    """Fields that pull requests and issues share."""

    id: str
    number: int
    title: str
    body: str | None = None
    created_at: UtcInstant
    updated_at: UtcInstant
    closed_at: UtcInstant | None
    repository: RepositoryRef
    author: GitHubActor | None = None
    labels: LabelList | None = None
    author_association: str | None = None
    milestone: MilestoneRef | None = None
    comments: ConnectionPage[GitHubComment] | None = None
    reactions: NodeCount | None = None


class GitHubPullRequest(GitHubItem):
    """A pull request with its reviews and all of its events."""

    typename: Literal["PullRequest"] = Field(alias="__typename")
    pr_state: str
    is_draft: bool
    merged_at: UtcInstant | None
    additions: int | None = None
    deletions: int | None = None
    changed_files: int | None = None
    base_ref_name: str | None = None
    head_ref_name: str | None = None
    merged_by: GitHubActor | None = None
    merge_commit: MergeCommit | None = None
    head_checks: CheckRollup | None = None
    review_decision: str | None = None
    total_comments_count: int | None = None
    files: NodeList[ChangedPath] | None = None
    closing_issues_references: NodeList[ClosingIssue] | None = None
    reviews: ConnectionPage[GitHubReview] | None = None
    pr_events: ConnectionPage[GitHubEvent]


class GitHubIssue(GitHubItem):
    """An issue with its events since the window began."""

    typename: Literal["Issue"] = Field(alias="__typename")
    issue_state: str
    state_reason: str | None = None
    issue_events: ConnectionPage[GitHubEvent]
