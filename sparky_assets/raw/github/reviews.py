"""Find the first review and the first response of an item, and build the rows of both tables. Pure.

A response is a comment or a submitted review by a person who did not open the item, as in
github-community-projects/issue-metrics. It may also come after the item was closed; a first review may not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

from sparky_assets.periods import TimeWindow
from sparky_assets.raw.github.identities import IdentityResolver
from sparky_assets.raw.github.items import DraftHistory, LoadedItem
from sparky_assets.raw.github.responses import GitHubActor, GitHubPullRequest, GitHubReview
from sparky_assets.raw.people import ASSISTANT_KEY_PREFIX, GHOST_KEY


@dataclass(frozen=True)
class FirstResponse:
    """The first response to an item.

    Attributes:
        at: when it was given.
        kind: `comment` or `review`.
        author: the person who gave it, as in a row.
        ready_at: when the pull request was ready for review, or the issue was opened.
    """

    at: datetime
    kind: str
    author: dict[str, Any]
    ready_at: datetime


def build_review_rows(
    loaded_item: LoadedItem, window: TimeWindow, identities: IdentityResolver
) -> Iterator[dict[str, Any]]:
    """Yield the rows of REVIEWS for one item, without the columns of its repository."""
    item = loaded_item.item
    if not isinstance(item, GitHubPullRequest):
        return
    drafts = DraftHistory.from_events(item, loaded_item.events)
    first_review = find_first_review(loaded_item, drafts, identities)
    for review in loaded_item.reviews:
        if review.submitted_at and review.submitted_at in window and review.review_state != "PENDING":
            yield {
                "id": review.id,
                "number": item.number,
                "submitted_at": review.submitted_at,
                "state": review.review_state.lower(),
                "author": identities.resolve_actor(review.author),
                "ready_at": drafts.find_ready_at(review.submitted_at),
                "is_first": review is first_review,
            }


def build_response_rows(
    loaded_item: LoadedItem, window: TimeWindow, identities: IdentityResolver
) -> Iterator[dict[str, Any]]:
    """Yield the row of RESPONSES for one item that was first answered in the window, likewise."""
    response = find_first_response(loaded_item, identities)
    if response and response.at in window:
        yield {
            "number": loaded_item.item.number,
            "is_pull_request": isinstance(loaded_item.item, GitHubPullRequest),
            "at": response.at,
            "kind": response.kind,
            "author": response.author,
            "item_author": identities.resolve_actor(loaded_item.item.author),
            "opened_at": loaded_item.item.created_at,
            "ready_at": response.ready_at,
        }


def find_first_review(
    loaded_item: LoadedItem, drafts: DraftHistory, identities: IdentityResolver
) -> GitHubReview | None:
    """Return the first review of a pull request by another person, since it was ready and before it was merged.

    None if there is none, or if a bot wrote the pull request. A review by a deleted account counts for no person.
    """
    item = loaded_item.item
    author = identities.resolve_actor(item.author)
    if _is_automation(author):
        return None
    merged_at = item.merged_at if isinstance(item, GitHubPullRequest) else None
    for at, review in _sort_submitted_reviews(loaded_item):
        if drafts.find_ready_at(at) is None or (merged_at and at > merged_at):
            continue
        if _is_another_person(identities.resolve_actor(review.author), author):
            return review
    return None


def find_first_response(loaded_item: LoadedItem, identities: IdentityResolver) -> FirstResponse | None:
    """Return the first response to an item; None if there is none, if it is unknown, or if a bot wrote the item.

    Only the oldest comments were read. Where none of them is a response and there are more, a review that came before
    the last of them is the first response; else that is unknown.
    """
    item = loaded_item.item
    author = identities.resolve_actor(item.author)
    if _is_automation(author):
        return None
    is_pull_request = isinstance(item, GitHubPullRequest)
    drafts = DraftHistory.from_events(item, loaded_item.events) if isinstance(item, GitHubPullRequest) else None
    comments, known_until = _list_known_comments(loaded_item)
    answers = [(at, "comment", actor) for at, actor in comments]
    if is_pull_request:
        answers += [(at, "review", review.author) for at, review in _sort_submitted_reviews(loaded_item)]
    for at, kind, actor in sorted(answers, key=lambda answer: answer[:2]):
        if known_until and at > known_until:
            return None
        ready_at = drafts.find_ready_at(at) if drafts else item.created_at
        responder = identities.resolve_actor(actor)
        if ready_at and _is_another_person(responder, author):
            return FirstResponse(at, kind, responder, ready_at)
    return None


def _list_known_comments(loaded_item: LoadedItem) -> tuple[list[tuple[datetime, GitHubActor | None]], datetime | None]:
    """Return (instant, actor) of the oldest comments, and until when all are known; None if these are all."""
    page = loaded_item.item.comments
    if page is None:
        return [], loaded_item.item.created_at
    known = list(takewhile(lambda comment: comment is not None, page.nodes))
    comments = [(comment.created_at, comment.author) for comment in known if comment]
    if len(known) == len(page.nodes) and not page.page_info.has_next_page:
        return comments, None
    return comments, comments[-1][0] if comments else loaded_item.item.created_at


def _sort_submitted_reviews(loaded_item: LoadedItem) -> list[tuple[datetime, GitHubReview]]:
    """Return the submitted reviews of an item with their instants, in order."""
    submitted = [
        (review.submitted_at, review)
        for review in loaded_item.reviews
        if review.submitted_at and review.review_state != "PENDING"
    ]
    return sorted(submitted, key=lambda pair: (pair[0], pair[1].id))


def _is_automation(person: dict[str, Any]) -> bool:
    """Return True for a bot. A coding assistant is none: a person works with it."""
    return person["is_bot"] and not person["key"].startswith(ASSISTANT_KEY_PREFIX)


def _is_another_person(person: dict[str, Any], author: dict[str, Any]) -> bool:
    """Return True for a person other than an author. Bots and deleted accounts are none."""
    return person["key"] not in {GHOST_KEY, author["key"]} and not person["is_bot"]
