"""First responses: the cases of github-community-projects/issue-metrics by value, and what five comments cannot tell.

The peer (MIT) tests `measure_time_to_first_response` with days of January 2023; a number here is such a day.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from sparky_assets.periods import TimeWindow
from sparky_assets.raw.github.identities import IdentityRegistry, IdentityResolver
from sparky_assets.raw.github.items import LoadedItem
from sparky_assets.raw.github.responses import (
    GitHubEvent,
    GitHubIssue,
    GitHubPullRequest,
    GitHubRepository,
    GitHubReview,
)
from sparky_assets.raw.github.reviews import build_response_rows, find_first_response
from sparky_assets.raw.merge import drop_transferred_responses, merge_late_rows
from sparky_assets.raw.people import PersonFactory
from sparky_assets.raw.tables import RESPONSES
from tests.fakes.github import serving
from tests.fakes.github_collection import collect_from
from tests.fakes.github_world import days_before
from tests.raw.test_github_sweep import TODAY, world_of

OWNER, OTHER, IGNORED, BOT, GHOST = "issue_owner", "other_user", "ignored_user", "github-actions", None
FIELDS: dict[str, Any] = {"id": "r", "name_with_owner": "acme/tool", "visibility": "PUBLIC"}
REPOSITORY = GitHubRepository.model_construct(None, **FIELDS)


def january(date: float) -> datetime:
    return datetime(2023, 1, 1, tzinfo=UTC) + timedelta(days=date - 1)


def actor(login: str | None) -> dict[str, Any] | None:
    return login and {"__typename": "Bot" if login == BOT else "User", "login": login}  # type: ignore[return-value]


def item(
    *,
    comments: list[tuple[float, str | None]] | None,
    reviews: list[tuple[float | None, str | None]] | None = None,
    ready: float | None = None,
    has_more: bool = False,
    author: str | None = OWNER,
) -> LoadedItem:
    """Return a pull request if there are reviews, else an issue; opened on 1 January."""
    page = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": []}
    nodes = [{"createdAt": january(at).isoformat(), "author": actor(who)} for at, who in comments or ()]
    first = {"pageInfo": {"hasNextPage": has_more, "endCursor": "c"}, "totalCount": len(nodes), "nodes": nodes}
    common = {
        "id": "I", "number": 7, "title": "t", "createdAt": january(1).isoformat(), "author": actor(author),
        "updatedAt": january(9).isoformat(), "closedAt": january(1.5).isoformat(),
        "repository": {"id": "r", "nameWithOwner": "acme/tool"}, "comments": None if comments is None else first,
    }  # fmt: skip
    if reviews is None:
        issue = common | {"__typename": "Issue", "issueState": "CLOSED", "issueEvents": page}
        return LoadedItem(REPOSITORY, GitHubIssue.model_validate(issue), [], [])
    pull_request = common | {
        "__typename": "PullRequest", "prState": "MERGED", "isDraft": False, "mergedAt": january(1.5).isoformat(),
        "prEvents": page,
    }  # fmt: skip
    events = (
        [{"__typename": "ReadyForReviewEvent", "id": "E", "createdAt": january(ready).isoformat()}] if ready else []
    )
    written = [
        {"id": f"{number}", "reviewState": "COMMENTED" if at else "PENDING", "author": actor(who),
         "submittedAt": at and january(at).isoformat()}
        for number, (at, who) in enumerate(reviews)
    ]  # fmt: skip
    return LoadedItem(
        REPOSITORY,
        GitHubPullRequest.model_validate(pull_request),
        [GitHubReview.model_validate(one) for one in written],
        [GitHubEvent.model_validate(one) for one in events],
    )


def days_to_response(loaded_item: LoadedItem) -> float | None:
    identities = IdentityResolver(PersonFactory(b"salt", ("ignored*",)), IdentityRegistry())
    response = find_first_response(loaded_item, identities)
    return (response.at - response.ready_at) / timedelta(days=1) if response else None


@pytest.mark.parametrize(
    ("comments", "reviews", "ready", "days"),
    [
        ([(2, OTHER), (2.5, OTHER)], None, None, 1),
        ([], None, None, None),
        ([], [(2, OTHER), (2.5, OTHER)], None, 1),
        ([(2, OTHER)], [(3, OTHER)], None, 1),
        ([(3, OTHER)], [(2, OTHER)], None, 1),
        ([(2, OTHER), (5, OTHER)], [(2.5, OTHER), (4, OTHER)], 3, 1),
        ([(2, IGNORED), (5, OTHER)], [(3, IGNORED), (4, OTHER)], None, 3),
        ([], [(None, OTHER), (4, OTHER)], 3, 1),
        ([(2, IGNORED), (5, IGNORED)], [(3, IGNORED), (4.5, IGNORED)], None, None),
        ([(2, OWNER), (5, OTHER)], [(3, OWNER), (4, OTHER)], None, 3),
        ([(2, BOT)], [(3, BOT), (4, OTHER)], None, 3),
        ([(2, GHOST), (3, OTHER)], None, None, 2),
    ],
)
def test_first_response_is_that_of_issue_metrics(
    comments: list[tuple[float, str | None]],
    reviews: list[tuple[float | None, str | None]] | None,
    ready: float | None,
    days: float | None,
) -> None:
    assert days_to_response(item(comments=comments, reviews=reviews, ready=ready)) == days


FIVE_BY_BOTS: list[tuple[float, str | None]] = [(2 + number / 10, BOT) for number in range(5)]


@pytest.mark.parametrize(
    ("review", "has_more", "days"), [(2.3, True, 1.3), (3, True, None), (3, False, 2), (None, True, None)]
)
def test_response_after_five_comments_of_bots_is_unknown(
    review: float | None, has_more: bool, days: float | None
) -> None:
    found = days_to_response(item(comments=FIVE_BY_BOTS, reviews=[(review, OTHER)], has_more=has_more))
    assert found == (days and pytest.approx(days))


def test_unreadable_comments_leave_the_first_response_unknown() -> None:
    assert days_to_response(item(comments=None, reviews=[(2, OTHER)])) is None


def test_item_of_a_bot_waits_for_no_response() -> None:
    assert days_to_response(item(comments=[(2, OTHER)], author=BOT)) is None
    assert days_to_response(item(comments=[(2, OTHER)], author=GHOST)) == 1


def test_response_is_a_row_of_the_day_on_which_it_was_given() -> None:
    identities = IdentityResolver(PersonFactory(b"salt", ()), IdentityRegistry())
    answered = item(comments=[(2, OWNER), (2.5, OTHER)])
    days = [TimeWindow(january(date), january(date + 1), "UTC") for date in (1, 2, 3)]
    rows = [list(build_response_rows(answered, window, identities)) for window in days]
    assert [len(found) for found in rows] == [0, 1, 0]
    row = rows[1][0]
    assert (row["author"]["key"], row["item_author"]["key"], row["kind"]) == (OTHER, OWNER, "comment")
    assert (row["number"], row["is_pull_request"], row["opened_at"]) == (7, False, january(1))


def test_collected_responses_hold_no_text_and_both_kinds() -> None:
    with serving(world_of(30, 7)) as fake:
        responses = collect_from(fake, days_before(TODAY, 7), TODAY).tables["responses"]
    assert set(responses["kind"]) == {"comment", "review"}
    assert set(responses["is_pull_request"]) == {True, False}
    assert responses["ready_at"].null_count() == 0
    assert responses.filter(pl.col("at") < pl.col("ready_at")).is_empty()


def test_response_to_a_transferred_issue_is_stored_once() -> None:
    person = {"key": OTHER, "name": None, "login": OTHER, "is_bot": False}
    row = {"repository": "acme/old", "number": 7, "is_pull_request": False, "at": january(2), "kind": "comment",
           "author": person, "opened_at": january(1), "ready_at": january(1)}  # fmt: skip
    make = lambda *rows: pl.DataFrame([dict.fromkeys(RESPONSES.columns) | one for one in rows], dict(RESPONSES.columns))  # noqa: E731
    stored, other = make(row), row | {"repository": "acme/new", "number": 9, "at": january(2.5)}
    fresh = drop_transferred_responses(stored, make(row | {"repository": "acme/new", "number": 1}, other))
    merged = merge_late_rows(stored, fresh, RESPONSES, january(4))
    assert merged.select("repository", "number").rows() == [("acme/old", 7), ("acme/new", 9)]
