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

from sparky_assets.periods import Window
from sparky_assets.raw.github_answers import Connection, read
from sparky_assets.raw.github_asking import Asking, Walk
from sparky_assets.raw.github_drafts import Drafts
from sparky_assets.raw.github_item_models import PullRequest
from sparky_assets.raw.github_items import Hydrated
from sparky_assets.raw.github_models import Open, Repository

LIVE = timedelta(days=1)
"""Later than this GitHub's `updatedAt` tells of the next day: nothing would look stale any more."""
STATES = {"ClosedEvent": True, "MergedEvent": True, "ReopenedEvent": False}
"""Whether an item had been open until then."""
QUERIES = {"pull_requests": ("MoreOpenPullRequests", "openPullRequests"), "issues": ("MoreOpenIssues", "openIssues")}


def is_live(window: Window, now: datetime) -> bool:
    """Whether a window ended so recently that what is open now tells what was open at its end."""
    return window.end <= now < window.end + LIVE


@dataclass(frozen=True)
class OpenNow:
    """Everything open in a repository as the sweep finds it: by kind, by id."""

    repository: Repository
    items: dict[str, dict[str, Open]]


def open_now(asking: Asking, repositories: Sequence[Repository]) -> Iterator[OpenNow]:
    """What is open in the repositories that were there at the window's end: the pages after those of the enumeration.

    One that cannot be read to the end stands in `asking.problems`.
    """
    there = [one for one in repositories if one.created_at < asking.window.end]
    found = {one.id: OpenNow(one.without_pages(), {kind: {} for kind in QUERIES}) for one in there}
    for kind, (query, field) in QUERIES.items():
        waiting: deque[Walk] = deque()

        def take(key: str, page: Connection[Open], kind: str = kind, waiting: deque[Walk] = waiting) -> None:
            found[key].items[kind].update((one.id, one) for one in page.shown)
            if page.page_info.has_next_page:
                waiting.append(Walk(key, found[key].repository.name_with_owner, page.page_info.end_cursor))

        for one in there:
            if page := one.open_pull_requests if kind == "pull_requests" else one.open_issues:
                take(one.id, page)
        for walk, node, _ in asking.follow(query, waiting, {}):
            take(walk.id, read(Connection[Open], node[field], query, walk.repository))
    yield from found.values()


class Snapshot:
    """What was open at an instant, from what is open now and what was touched since."""

    def __init__(self, end: datetime) -> None:
        self._end = end
        self._found: dict[str, OpenNow] = {}

    def list(self, one: OpenNow) -> None:
        """A repository with what is open in it now."""
        self._found[one.repository.id] = one

    def correct(self, found: Hydrated) -> None:
        """An item that was touched: it stands as it stood at the end."""
        if (listed := self._found.get(found.repository.id)) is None:
            return
        item = found.item
        items = listed.items["pull_requests" if isinstance(item, PullRequest) else "issues"]
        items.pop(item.id, None)
        if _was_open(found, self._end):
            is_draft = isinstance(item, PullRequest) and Drafts.of(item, found.events).is_draft(self._end)
            items[item.id] = Open(
                id=item.id, number=item.number, created_at=item.created_at, updated_at=item.updated_at,
                is_draft=is_draft,
            )  # fmt: skip

    def rows(self) -> Iterator[dict[str, Any]]:
        """A row of OPEN_ITEMS for each repository, those with nothing open too."""
        as_of = self._end - timedelta(microseconds=1)
        for one in self._found.values():
            yield {
                "repository": one.repository.name_with_owner,
                "visibility": one.repository.visibility.lower(),
                "as_of": as_of,
                **{kind: list(self._items(items, as_of)) for kind, items in one.items.items()},
            }

    def _items(self, items: dict[str, Open], as_of: datetime) -> Iterator[dict[str, Any]]:
        for one in sorted(items.values(), key=lambda one: one.number):
            if one.created_at < self._end:
                updated = min(one.updated_at, as_of)
                yield {"number": one.number, "opened_at": one.created_at, "updated_at": updated,
                       "is_draft": one.is_draft}  # fmt: skip


def _was_open(found: Hydrated, end: datetime) -> bool:
    item = found.item
    later = [one for one in found.events if one.created_at >= end and one.typename in STATES]
    if later:
        return STATES[min(later, key=lambda one: one.created_at).typename]
    state = item.pr_state if isinstance(item, PullRequest) else item.issue_state
    return state == "OPEN" or (item.closed_at is not None and item.closed_at >= end)
