"""Pull requests and issues, read whole: what does not fit one answer is fetched until nothing is missing.

Since when a pull request was a draft and when not, from its events. Pure.

GitHub tells whether it is a draft now; a raw row must tell how it was then, or the same day swept later would differ.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from resources.errors import GitHubError, GitHubQueryTooLargeError
from resources.github.client import GraphQLResponse
from sparky_assets.raw.github.batching import PageCursor, QueryRunner, errors_by_path
from sparky_assets.raw.github.queries import ITEMS_QUERY
from sparky_assets.raw.github.responses import (
    ConnectionPage,
    GitHubEvent,
    GitHubIssue,
    GitHubPullRequest,
    GitHubRepository,
    GitHubReview,
    parse_response,
)

ITEM_MODELS: Mapping[str, type[GitHubPullRequest] | type[GitHubIssue]] = {
    "PullRequest": GitHubPullRequest,
    "Issue": GitHubIssue,
}


@dataclass
class LoadedItem:
    """An item with all its reviews and all its events; of an issue those since the window began."""

    repository: GitHubRepository
    item: GitHubPullRequest | GitHubIssue
    reviews: list[GitHubReview]
    events: list[GitHubEvent]


def fetch_items(runner: QueryRunner, updated_items: Iterable[tuple[GitHubRepository, str]]) -> Iterator[LoadedItem]:
    """Read the items behind ids. One that is gone by now (deleted, moved away) is left out."""
    owners: dict[str, GitHubRepository] = {}
    names: dict[str, GitHubRepository] = {}
    for repository, key in updated_items:
        names[key] = owners[repository.id] = repository

    def ask(batch: Sequence[str], page: int) -> GraphQLResponse:
        del page
        return runner.client.query("Items", ITEMS_QUERY, {"ids": list(batch), "since": runner.since_timestamp})

    def give_up(key: str, error: GitHubQueryTooLargeError) -> None:
        runner.add_problem(names[key].name_with_owner, str(error))

    unfinished: dict[str, LoadedItem] = {}
    more = PendingPages()
    for batch, answer in runner.run_batches(
        "Items", deque(names), max_size=runner.sizes.items, page_size=1, send=ask, on_too_heavy=give_up
    ):
        for found in _read_items(runner, batch, answer, names, owners):
            if more.add_pending(found):
                unfinished[found.item.id] = found
            else:
                yield found
        if more.has_full_batch(runner.sizes.follow_ups):
            yield from _finish_items(runner, more, unfinished)
    yield from _finish_items(runner, more, unfinished)


class PendingPages:
    """Connections of items that go on, by the query that continues them."""

    def __init__(self) -> None:
        self.cursors_by_query: dict[str, deque[PageCursor]] = {
            name: deque() for name in ("MoreReviews", "MorePullRequestEvents", "MoreIssueEvents")
        }

    def add_pending(self, loaded_item: LoadedItem) -> bool:
        """Remember what is missing of an item; whether anything is."""
        item = loaded_item.item
        parts: list[tuple[str, ConnectionPage[Any] | None]]
        if isinstance(item, GitHubPullRequest):
            parts = [("MoreReviews", item.reviews), ("MorePullRequestEvents", item.pr_events)]
        else:
            parts = [("MoreIssueEvents", item.issue_events)]
        goes_on = False
        for name, page in parts:
            if page and page.page_info.has_next_page:
                goes_on = True
                walk = PageCursor(item.id, loaded_item.repository.name_with_owner, page.page_info.end_cursor)
                self.cursors_by_query[name].append(walk)
        return goes_on

    def has_full_batch(self, size: int) -> bool:
        """Whether one of the queries would be full."""
        return any(len(walks) >= size for walks in self.cursors_by_query.values())


def _finish_items(
    runner: QueryRunner, pending_pages: PendingPages, unfinished: dict[str, LoadedItem]
) -> Iterator[LoadedItem]:
    for walk, node, _ in runner.paginate("MoreReviews", pending_pages.cursors_by_query["MoreReviews"], {}):
        reviews = parse_response(ConnectionPage[GitHubReview], node["reviews"], "MoreReviews", walk.repository)
        unfinished[walk.node_id].reviews.extend(reviews.visible_nodes)
        _queue_next_page(pending_pages.cursors_by_query["MoreReviews"], walk, reviews)
    since = {"since": runner.since_timestamp}
    for query, field, variables in (
        ("MorePullRequestEvents", "prEvents", {}),
        ("MoreIssueEvents", "issueEvents", since),
    ):
        for walk, node, _ in runner.paginate(query, pending_pages.cursors_by_query[query], variables):
            events = parse_response(ConnectionPage[GitHubEvent], node[field], query, walk.repository)
            unfinished[walk.node_id].events.extend(events.visible_nodes)
            _queue_next_page(pending_pages.cursors_by_query[query], walk, events)
    yield from unfinished.values()
    unfinished.clear()


def _queue_next_page(cursors: deque[PageCursor], cursor: PageCursor, page: ConnectionPage[Any]) -> None:
    if page.page_info.has_next_page:
        cursors.append(PageCursor(cursor.node_id, cursor.repository, page.page_info.end_cursor))


def _read_items(
    runner: QueryRunner,
    batch: Sequence[str],
    response: GraphQLResponse,
    repositories_by_item: Mapping[str, GitHubRepository],
    repositories_by_id: Mapping[str, GitHubRepository],
) -> Iterator[LoadedItem]:
    places = [("nodes", number) for number in range(len(batch))]
    nodes = zip(batch, response.data["nodes"], errors_by_path(response, places, "Items"), strict=True)
    for number, (key, node, faults) in enumerate(nodes):
        value = runner.readable_node(node, faults, repositories_by_item[key].name_with_owner)
        if value is None:
            continue
        kind = ITEM_MODELS.get(str(value.get("__typename")))
        if kind is None:
            raise GitHubError(f"GitHub's answer to Items does not fit at nodes.{number}: a {value.get('__typename')}.")
        item = parse_response(kind, value, "Items", "nodes", number)
        repository = repositories_by_id.get(item.repository.id) or repositories_by_item[key]
        if item.repository.id != repository.id:
            continue  # an issue that was moved out of what we read since we listed it
        if isinstance(item, GitHubPullRequest):
            yield LoadedItem(
                repository,
                item,
                list(item.reviews.visible_nodes) if item.reviews else [],
                list(item.pr_events.visible_nodes),
            )
        else:
            yield LoadedItem(repository, item, [], list(item.issue_events.visible_nodes))


IS_DRAFT_AFTER_EVENT = {"ReadyForReviewEvent": False, "ConvertToDraftEvent": True}


@dataclass(frozen=True)
class DraftHistory:
    """How a pull request was opened, and each time it became a draft (True) or ready (False), in order."""

    opened_at: datetime
    opened_as_draft: bool
    state_changes: tuple[tuple[datetime, bool], ...]

    @classmethod
    def from_events(cls, item: GitHubPullRequest, events: list[GitHubEvent]) -> "DraftHistory":
        """Read them from all events of a pull request."""
        turned = [one for one in events if one.typename in IS_DRAFT_AFTER_EVENT]
        turns = [
            (one.created_at, IS_DRAFT_AFTER_EVENT[one.typename])
            for one in sorted(turned, key=lambda one: one.created_at)
        ]
        # What turns first into the one was the other before.
        return cls(item.created_at, not turns[0][1] if turns else item.is_draft, tuple(turns))

    def is_draft(self, at: datetime) -> bool:
        """Whether it was a draft right after an instant."""
        return next((turn for when, turn in reversed(self.state_changes) if when <= at), self.opened_as_draft)

    def find_ready_at(self, at: datetime) -> datetime | None:
        """Since when it was ready for review, as far as an instant knows; None while it was a draft.

        As github-community-projects/issue-metrics has it: its first ready_for_review event, else its opening.
        """
        if self.is_draft(at):
            return None
        return next((when for when, turn in self.state_changes if not turn and when <= at), self.opened_at)

    def compute_draft_seconds(self, at: datetime) -> int:
        """How long it had been a draft until an instant."""
        total, began = 0.0, self.opened_at if self.opened_as_draft else None
        for when, turn in (*(one for one in self.state_changes if one[0] <= at), (at, False)):
            if began and not turn:
                total += (when - began).total_seconds()
            began = (began or when) if turn else None
        return int(total)
