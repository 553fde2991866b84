"""Raw rows from a pull request or issue: one an event of the window, with how it was then, and one a review. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sparky_assets.periods import TimeWindow
from sparky_assets.raw.git_rows import MAX_BODY_LENGTH, MAX_SUBJECT_LENGTH, redact_emails
from sparky_assets.raw.github.identities import IdentityResolver
from sparky_assets.raw.github.items import LoadedItem
from sparky_assets.raw.github.responses import GitHubActor, GitHubRepository
from sparky_assets.raw.github_drafts import DraftHistory
from sparky_assets.raw.github_item_models import GitHubEvent, GitHubPullRequest

MERGE_CLOSE_MARGIN = timedelta(seconds=5)
"""GitHub writes a merge as two events, merged and closed, a moment apart. The second is not a closing of its own."""


EVENT_NAMES = {
    "ClosedEvent": "closed", "ReopenedEvent": "reopened", "MergedEvent": "merged",
    "ReadyForReviewEvent": "ready_for_review", "ConvertToDraftEvent": "converted_to_draft",
}  # fmt: skip


def shared_columns(repository: GitHubRepository) -> dict[str, Any]:
    """What every row of a repository has."""
    return {"repository": repository.name_with_owner, "visibility": repository.visibility.lower()}


def build_review_rows(
    loaded_item: LoadedItem, window: TimeWindow, identities: IdentityResolver
) -> Iterator[dict[str, Any]]:
    """The rows of REVIEWS."""
    for review in loaded_item.reviews:
        if review.submitted_at and review.submitted_at in window and review.review_state != "PENDING":
            yield shared_columns(loaded_item.repository) | {
                "id": review.id,
                "number": loaded_item.item.number,
                "submitted_at": review.submitted_at,
                "state": review.review_state.lower(),
                "author": identities.resolve_actor(review.author),
            }


def build_event_rows(
    loaded_item: LoadedItem, window: TimeWindow, identities: IdentityResolver
) -> Iterator[dict[str, Any]]:
    """The rows of PULL_REQUESTS or ISSUES."""
    item = loaded_item.item
    facts = shared_columns(loaded_item.repository) | {
        "number": item.number,
        "title": redact_emails(item.title.strip())[:MAX_SUBJECT_LENGTH],
        "body": redact_emails((item.body or "").strip())[:MAX_BODY_LENGTH],
        "author": identities.resolve_actor(item.author),
        "labels": [label.name for label in item.labels.nodes if label] if item.labels else [],
        "opened_at": item.created_at,
    }
    if isinstance(item, GitHubPullRequest):
        facts |= {
            "insertions": item.additions,
            "deletions": item.deletions,
            "changed_files": item.changed_files,
            "base": item.base_ref_name,
            "head": item.head_ref_name,
            "is_derived": False,
        }
    drafts = DraftHistory.from_events(item, loaded_item.events) if isinstance(item, GitHubPullRequest) else None
    for kind, at, actor, event in _list_events(loaded_item):
        if at in window:
            row = facts | {"event": kind, "at": at, "actor": identities.resolve_actor(actor)}
            if drafts:
                ready, seconds = drafts.find_ready_at(at), drafts.compute_draft_seconds(at)
                row |= {"is_draft": drafts.is_draft(at), "ready_at": ready, "draft_seconds": seconds}
            if isinstance(item, GitHubPullRequest) and kind == "merged":
                row["commit"] = item.merge_commit.oid if item.merge_commit else None
            if not isinstance(item, GitHubPullRequest) and kind == "closed":
                reason = (event.state_reason if event else None) or item.state_reason
                row["state_reason"] = reason.lower() if reason else None
            yield row


def _list_events(loaded_item: LoadedItem) -> Iterator[tuple[str, datetime, GitHubActor | None, GitHubEvent | None]]:
    """What is known to have happened to an item, in the words of a raw event."""
    item = loaded_item.item
    yield "opened", item.created_at, item.author, None
    merged_at = item.merged_at if isinstance(item, GitHubPullRequest) else None
    kinds = set()
    for event in loaded_item.events:
        kind = EVENT_NAMES[event.typename]
        if kind == "closed" and merged_at and event.created_at >= merged_at - MERGE_CLOSE_MARGIN:
            continue
        kinds.add(kind)
        yield kind, event.created_at, event.actor, event
    # Items older than GitHub's timelines have no events; their last state is all that is known of them.
    if merged_at and "merged" not in kinds and isinstance(item, GitHubPullRequest):
        yield "merged", merged_at, item.merged_by, None
    elif item.closed_at and not merged_at and "closed" not in kinds:
        yield "closed", item.closed_at, None, None
