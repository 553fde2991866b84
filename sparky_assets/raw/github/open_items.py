"""List what was open at the end of a day: read soon after it, and corrected by the events since then.

It takes two connections in the enumeration query: no request more, one point more for 50 repositories. An item that was
closed, reopened or made a draft between the day's end and the sweep was updated since, so its events are read and give
its state at the day's end. Only the newest day is listed; the past is never reconstructed.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sparky_assets.periods import TimeWindow
from sparky_assets.raw.github.batching import PageCursor, QueryRunner, queue_next_page
from sparky_assets.raw.github.items import DraftHistory, LoadedItem
from sparky_assets.raw.github.parsing import ConnectionPage, parse_response
from sparky_assets.raw.github.responses import GitHubPullRequest, GitHubRepository, OpenItemRef

MAX_LISTING_DELAY = timedelta(days=1)
"""After a longer delay GitHub's `updatedAt` belongs to the next day, and nothing would look stale any more."""

WAS_OPEN_BEFORE_EVENT = {"ClosedEvent": True, "MergedEvent": True, "ReopenedEvent": False}

OPEN_ITEM_QUERIES = {
    "pull_requests": ("MoreOpenPullRequests", "openPullRequests"),
    "issues": ("MoreOpenIssues", "openIssues"),
}
"""By kind: the query that reads the next pages, and the field of its answer."""


def can_list_open_items(window: TimeWindow, now: datetime) -> bool:
    """Return True if a window ended so recently that the open items of now show those of its end."""
    return window.end <= now < window.end + MAX_LISTING_DELAY


@dataclass(frozen=True)
class OpenItemsListing:
    """All open items of a repository at the time of the sweep, by kind and id."""

    repository: GitHubRepository
    items_by_kind: dict[str, dict[str, OpenItemRef]]


def fetch_open_items(runner: QueryRunner, repositories: Sequence[GitHubRepository]) -> Iterator[OpenItemsListing]:
    """List the open items of all repositories that existed at the window's end.

    The first pages are those of the enumeration. A repository that cannot be read to the end is in `runner.problems`.
    """
    existing = [repository for repository in repositories if repository.created_at < runner.window.end]
    listings = {
        repository.id: OpenItemsListing(repository.drop_pages(), {kind: {} for kind in OPEN_ITEM_QUERIES})
        for repository in existing
    }
    for kind, (query, field) in OPEN_ITEM_QUERIES.items():
        pending: deque[PageCursor] = deque()
        for repository in existing:
            first_page = repository.open_pull_requests if kind == "pull_requests" else repository.open_issues
            if first_page:
                listings[repository.id].items_by_kind[kind].update(_index_by_id(first_page))
                queue_next_page(pending, PageCursor(repository.id, repository.name_with_owner, None), first_page)
        for cursor, node, _ in runner.paginate(query, pending, {}):
            page = parse_response(ConnectionPage[OpenItemRef], node[field], query, cursor.repository)
            listings[cursor.node_id].items_by_kind[kind].update(_index_by_id(page))
            queue_next_page(pending, cursor, page)
    yield from listings.values()


def _index_by_id(page: ConnectionPage[OpenItemRef]) -> dict[str, OpenItemRef]:
    return {item.id: item for item in page.visible_nodes}


class OpenItemsSnapshot:
    """The open items at an instant, from the items that are open now and those that were updated since."""

    def __init__(self, end: datetime) -> None:
        self._end = end
        self._listings: dict[str, OpenItemsListing] = {}

    def add_listing(self, listing: OpenItemsListing) -> None:
        """Add a repository with the items that are open in it now."""
        self._listings[listing.repository.id] = listing

    def correct_item(self, loaded_item: LoadedItem) -> None:
        """Set an item that was updated to its state at the instant."""
        listing = self._listings.get(loaded_item.repository.id)
        if listing is None:
            return
        item = loaded_item.item
        is_draft = False
        kind = "issues"
        if isinstance(item, GitHubPullRequest):
            is_draft = DraftHistory.from_events(item, loaded_item.events).is_draft(self._end)
            kind = "pull_requests"
        items = listing.items_by_kind[kind]
        items.pop(item.id, None)
        if _is_open_at(loaded_item, self._end):
            items[item.id] = OpenItemRef(
                id=item.id,
                number=item.number,
                created_at=item.created_at,
                updated_at=item.updated_at,
                is_draft=is_draft,
            )

    def build_rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row of OPEN_ITEMS for each repository, also for those without open items."""
        as_of = self._end - timedelta(microseconds=1)
        for listing in self._listings.values():
            yield {
                "repository": listing.repository.name_with_owner,
                "visibility": listing.repository.visibility.lower(),
                "as_of": as_of,
                **{kind: list(self._build_items(items, as_of)) for kind, items in listing.items_by_kind.items()},
            }

    def _build_items(self, items: dict[str, OpenItemRef], as_of: datetime) -> Iterator[dict[str, Any]]:
        for item in sorted(items.values(), key=lambda item: item.number):
            if item.created_at < self._end:
                yield {
                    "number": item.number,
                    "opened_at": item.created_at,
                    "updated_at": min(item.updated_at, as_of),
                    "is_draft": item.is_draft,
                }


def _is_open_at(loaded_item: LoadedItem, end: datetime) -> bool:
    item = loaded_item.item
    later_events = [
        event for event in loaded_item.events if event.created_at >= end and event.typename in WAS_OPEN_BEFORE_EVENT
    ]
    if later_events:
        first_event = min(later_events, key=lambda event: event.created_at)
        return WAS_OPEN_BEFORE_EVENT[first_event.typename]
    state = item.pr_state if isinstance(item, GitHubPullRequest) else item.issue_state
    return state == "OPEN" or (item.closed_at is not None and item.closed_at >= end)
