"""What GitHub tells of pull requests and issues, with their reviews and events."""

from typing import Literal

from pydantic import Field

from sparky_assets.raw.github_answers import Connection, Instant, Part
from sparky_assets.raw.github_models import Actor, Named, Oid, RepositoryName


class Review(Part):
    """A review; without `submitted_at` it is still being written."""

    id: str
    review_state: Literal["PENDING", "COMMENTED", "APPROVED", "CHANGES_REQUESTED", "DISMISSED"]
    submitted_at: Instant | None
    author: Actor | None


class Event(Part):
    """Something that happened to a pull request or issue."""

    typename: Literal["ClosedEvent", "ReopenedEvent", "MergedEvent", "ReadyForReviewEvent", "ConvertToDraftEvent"] = (
        Field(alias="__typename")
    )
    id: str
    created_at: Instant
    actor: Actor | None
    state_reason: Literal["COMPLETED", "NOT_PLANNED", "DUPLICATE", "REOPENED"] | None = None


class Labels(Part):
    """All labels: an item has at most a hundred."""

    nodes: tuple[Named | None, ...]


class Item(Part):
    """What pull requests and issues share."""

    id: str
    number: int
    title: str
    body: str | None
    created_at: Instant
    updated_at: Instant
    closed_at: Instant | None
    repository: RepositoryName
    author: Actor | None
    labels: Labels | None


class PullRequest(Item):
    """A pull request with its reviews and all of its events."""

    typename: Literal["PullRequest"] = Field(alias="__typename")
    pr_state: Literal["OPEN", "CLOSED", "MERGED"]
    is_draft: bool
    merged_at: Instant | None
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
