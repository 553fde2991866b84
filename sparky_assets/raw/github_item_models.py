"""What GitHub tells of pull requests and issues, with their reviews and events."""

from typing import Literal

from pydantic import Field

from sparky_assets.raw.github.responses import GitHubActor, GitObjectRef, Label, RepositoryRef
from sparky_assets.raw.github_answers import ConnectionPage, GraphQLModel, UtcInstant


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
