"""What was open at the end of a day: listed soon after it, and put back to what it was then.

Two connections beside those that the enumeration reads anyway: no request more, one point more for 50 repositories.
What was closed, reopened or made a draft between the day's end and the sweep was touched since, so that its events are
read whole and tell how it stood. A past that nobody looked at is never made up: only the newest day is listed.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sparky_assets.periods import TimeWindow
from sparky_assets.raw.github.batching import PageCursor, QueryRunner
from sparky_assets.raw.github.items import DraftHistory, LoadedItem
from sparky_assets.raw.github.responses import (
    ConnectionPage,
    GitHubPullRequest,
    GitHubRepository,
    OpenItemRef,
    parse_response,
)

MAX_LISTING_DELAY = timedelta(days=1)
"""Later than this GitHub's `updatedAt` tells of the next day: nothing would look stale any more."""


WAS_OPEN_BEFORE_EVENT = {"ClosedEvent": True, "MergedEvent": True, "ReopenedEvent": False}
"""Whether an item had been open until then."""


OPEN_ITEM_QUERIES = {
    "pull_requests": ("MoreOpenPullRequests", "openPullRequests"),
    "issues": ("MoreOpenIssues", "openIssues"),
}


def can_list_open_items(window: TimeWindow, now: datetime) -> bool:
    """Whether a window ended so recently that what is open now tells what was open at its end."""
    return window.end <= now < window.end + MAX_LISTING_DELAY


@dataclass(frozen=True)
class OpenItemsListing:
    """Everything open in a repository as the sweep finds it: by kind, by id."""

    repository: GitHubRepository
    items_by_kind: dict[str, dict[str, OpenItemRef]]


def fetch_open_items(runner: QueryRunner, repositories: Sequence[GitHubRepository]) -> Iterator[OpenItemsListing]:
    """What is open in the repositories that were there at the window's end: the pages after those of the enumeration.

    One that cannot be read to the end stands in `asking.problems`.
    """
    there = [one for one in repositories if one.created_at < runner.window.end]
    found = {one.id: OpenItemsListing(one.drop_pages(), {kind: {} for kind in OPEN_ITEM_QUERIES}) for one in there}
    for kind, (query, field) in OPEN_ITEM_QUERIES.items():
        waiting: deque[PageCursor] = deque()

        def take(
            key: str, page: ConnectionPage[OpenItemRef], kind: str = kind, waiting: deque[PageCursor] = waiting
        ) -> None:
            found[key].items_by_kind[kind].update((one.id, one) for one in page.visible_nodes)
            if page.page_info.has_next_page:
                waiting.append(PageCursor(key, found[key].repository.name_with_owner, page.page_info.end_cursor))

        for one in there:
            if page := one.open_pull_requests if kind == "pull_requests" else one.open_issues:
                take(one.id, page)
        for walk, node, _ in runner.paginate(query, waiting, {}):
            take(walk.node_id, parse_response(ConnectionPage[OpenItemRef], node[field], query, walk.repository))
    yield from found.values()


class OpenItemsSnapshot:
    """What was open at an instant, from what is open now and what was touched since."""

    def __init__(self, end: datetime) -> None:
        self._end = end
        self._listings: dict[str, OpenItemsListing] = {}

    def add_listing(self, listing: OpenItemsListing) -> None:
        """A repository with what is open in it now."""
        self._listings[listing.repository.id] = listing

    def correct_item(self, loaded_item: LoadedItem) -> None:
        """An item that was touched: it stands as it stood at the end."""
        if (listed := self._listings.get(loaded_item.repository.id)) is None:
            return
        item = loaded_item.item
        items = listed.items_by_kind["pull_requests" if isinstance(item, GitHubPullRequest) else "issues"]
        items.pop(item.id, None)
        if _is_open_at(loaded_item, self._end):
            is_draft = isinstance(item, GitHubPullRequest) and DraftHistory.from_events(
                item, loaded_item.events
            ).is_draft(self._end)
            items[item.id] = OpenItemRef(
                id=item.id, number=item.number, created_at=item.created_at, updated_at=item.updated_at,
                is_draft=is_draft,
            )  # fmt: skip

    def build_rows(self) -> Iterator[dict[str, Any]]:
        """A row of OPEN_ITEMS for each repository, those with nothing open too."""
        as_of = self._end - timedelta(microseconds=1)
        for one in self._listings.values():
            yield {
                "repository": one.repository.name_with_owner,
                "visibility": one.repository.visibility.lower(),
                "as_of": as_of,
                **{kind: list(self._build_items(items, as_of)) for kind, items in one.items_by_kind.items()},
            }

    def _build_items(self, items: dict[str, OpenItemRef], as_of: datetime) -> Iterator[dict[str, Any]]:
        for one in sorted(items.values(), key=lambda one: one.number):
            if one.created_at < self._end:
                updated = min(one.updated_at, as_of)
                yield {"number": one.number, "opened_at": one.created_at, "updated_at": updated,
                       "is_draft": one.is_draft}  # fmt: skip


def _is_open_at(loaded_item: LoadedItem, end: datetime) -> bool:
    item = loaded_item.item
    later = [one for one in loaded_item.events if one.created_at >= end and one.typename in WAS_OPEN_BEFORE_EVENT]
    if later:
        return WAS_OPEN_BEFORE_EVENT[min(later, key=lambda one: one.created_at).typename]
    state = item.pr_state if isinstance(item, GitHubPullRequest) else item.issue_state
    return state == "OPEN" or (item.closed_at is not None and item.closed_at >= end)
