"""Raw rows from a pull request or issue: one an event of the window, with how it was then, and one a review. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sparky_assets.periods import Window
from sparky_assets.raw.git_history import LONGEST_BODY, LONGEST_SUBJECT, without_addresses
from sparky_assets.raw.github_drafts import Drafts
from sparky_assets.raw.github_item_models import Event, PullRequest
from sparky_assets.raw.github_items import Hydrated
from sparky_assets.raw.github_models import Actor, Repository
from sparky_assets.raw.github_people import Identities

MERGE_CLOSES = timedelta(seconds=5)
"""GitHub writes a merge as two events, merged and closed, a moment apart. The second is not a closing of its own."""
EVENTS = {
    "ClosedEvent": "closed", "ReopenedEvent": "reopened", "MergedEvent": "merged",
    "ReadyForReviewEvent": "ready_for_review", "ConvertToDraftEvent": "converted_to_draft",
}  # fmt: skip


def common(repository: Repository) -> dict[str, Any]:
    """What every row of a repository has."""
    return {"repository": repository.name_with_owner, "visibility": repository.visibility.lower()}


def review_rows(found: Hydrated, window: Window, identities: Identities) -> Iterator[dict[str, Any]]:
    """The rows of REVIEWS."""
    for review in found.reviews:
        if review.submitted_at and review.submitted_at in window and review.review_state != "PENDING":
            yield common(found.repository) | {
                "id": review.id,
                "number": found.item.number,
                "submitted_at": review.submitted_at,
                "state": review.review_state.lower(),
                "author": identities.actor(review.author),
            }


def event_rows(found: Hydrated, window: Window, identities: Identities) -> Iterator[dict[str, Any]]:
    """The rows of PULL_REQUESTS or ISSUES."""
    item = found.item
    facts = common(found.repository) | {
        "number": item.number,
        "title": without_addresses(item.title.strip())[:LONGEST_SUBJECT],
        "body": without_addresses((item.body or "").strip())[:LONGEST_BODY],
        "author": identities.actor(item.author),
        "labels": [label.name for label in item.labels.nodes if label] if item.labels else [],
        "opened_at": item.created_at,
    }
    if isinstance(item, PullRequest):
        facts |= {
            "insertions": item.additions,
            "deletions": item.deletions,
            "changed_files": item.changed_files,
            "base": item.base_ref_name,
            "head": item.head_ref_name,
            "is_derived": False,
        }
    drafts = Drafts.of(item, found.events) if isinstance(item, PullRequest) else None
    for kind, at, actor, event in _happened(found):
        if at in window:
            row = facts | {"event": kind, "at": at, "actor": identities.actor(actor)}
            if drafts:
                ready, seconds = drafts.ready_at(at), drafts.seconds(at)
                row |= {"is_draft": drafts.is_draft(at), "ready_at": ready, "draft_seconds": seconds}
            if isinstance(item, PullRequest) and kind == "merged":
                row["commit"] = item.merge_commit.oid if item.merge_commit else None
            if not isinstance(item, PullRequest) and kind == "closed":
                reason = (event.state_reason if event else None) or item.state_reason
                row["state_reason"] = reason.lower() if reason else None
            yield row


def _happened(found: Hydrated) -> Iterator[tuple[str, datetime, Actor | None, Event | None]]:
    """What is known to have happened to an item, in the words of a raw event."""
    item = found.item
    yield "opened", item.created_at, item.author, None
    merged_at = item.merged_at if isinstance(item, PullRequest) else None
    kinds = set()
    for event in found.events:
        kind = EVENTS[event.typename]
        if kind == "closed" and merged_at and event.created_at >= merged_at - MERGE_CLOSES:
            continue
        kinds.add(kind)
        yield kind, event.created_at, event.actor, event
    # Items older than GitHub's timelines have no events; their last state is all that is known of them.
    if merged_at and "merged" not in kinds and isinstance(item, PullRequest):
        yield "merged", merged_at, item.merged_by, None
    elif item.closed_at and not merged_at and "closed" not in kinds:
        yield "closed", item.closed_at, None, None
