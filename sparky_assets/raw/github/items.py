"""Read pull requests and issues with all their reviews and events, and when a pull request was a draft.

GitHub reports whether a pull request is a draft now. A raw row needs whether it was a draft then, or the same day swept
later would differ: `DraftHistory` finds it from the events. The rows themselves belong to `rows.py`.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from resources.errors import GitHubQueryTooLargeError
from resources.git.notes.read import TagNotes
from resources.github.client import GraphQLResponse
from sparky_assets.raw.github.batching import PageCursor, QueryRunner, pair_nodes, queue_next_page
from sparky_assets.raw.github.parsing import ConnectionPage, parse_record
from sparky_assets.raw.github.queries import ITEMS_QUERY
from sparky_assets.raw.github.responses import (
    GitHubEvent,
    GitHubIssue,
    GitHubPullRequest,
    GitHubRelease,
    GitHubReleaseText,
    GitHubRepository,
    GitHubReview,
)

ITEM_MODELS: Mapping[str, type[GitHubPullRequest] | type[GitHubIssue] | type[GitHubReleaseText]] = {
    "PullRequest": GitHubPullRequest,
    "Issue": GitHubIssue,
    "Release": GitHubReleaseText,
}

IS_DRAFT_AFTER_EVENT = {"ReadyForReviewEvent": False, "ConvertToDraftEvent": True}


@dataclass
class LoadedItem:
    """An item with all its reviews and events. The events of an issue are those since the window began."""

    repository: GitHubRepository
    item: GitHubPullRequest | GitHubIssue
    reviews: list[GitHubReview]
    events: list[GitHubEvent]


@dataclass(frozen=True)
class ReleaseRecord:
    """A release of the window."""

    repository: GitHubRepository
    release: GitHubRelease


@dataclass(frozen=True)
class ReleaseText:
    """The notes of a release, whole: its text on GitHub, and what is at its tag if that was read."""

    record: ReleaseRecord
    text: str
    tag_notes: TagNotes | None = None


class PendingPages:
    """Items whose reviews or events have more pages, with the cursors of these pages by query."""

    def __init__(self) -> None:
        self.items: dict[str, LoadedItem] = {}
        self.cursors_by_query: dict[str, deque[PageCursor]] = {
            name: deque() for name in ("MoreReviews", "MorePullRequestEvents", "MoreIssueEvents")
        }

    def add_pending(self, loaded_item: LoadedItem) -> None:
        """Queue the pages that are missing of an item; an item that is complete adds nothing."""
        item = loaded_item.item
        first_page = PageCursor(item.id, loaded_item.repository.name_with_owner, None)
        for query, page in _list_connections(loaded_item):
            if page.page_info.has_next_page:
                self.items[item.id] = loaded_item
                queue_next_page(self.cursors_by_query[query], first_page, page)

    def has_pending(self, loaded_item: LoadedItem) -> bool:
        """Return True if pages of an item are missing."""
        return loaded_item.item.id in self.items

    def has_full_batch(self, size: int) -> bool:
        """Return True if one of the queries has a full batch of cursors."""
        return any(len(cursors) >= size for cursors in self.cursors_by_query.values())


def _list_connections(loaded_item: LoadedItem) -> Iterator[tuple[str, ConnectionPage[Any]]]:
    """Yield the first page of each connection of an item, with the query that reads its next page."""
    item = loaded_item.item
    if isinstance(item, GitHubIssue):
        yield "MoreIssueEvents", item.issue_events
        return
    if item.reviews:
        yield "MoreReviews", item.reviews
    yield "MorePullRequestEvents", item.pr_events


def fetch_items(
    runner: QueryRunner,
    updated_items: Iterable[tuple[GitHubRepository, str]],
    releases: Mapping[str, ReleaseRecord] | None = None,
) -> Iterator[LoadedItem | ReleaseText]:
    """Read the items behind (repository, item id), and the texts of releases in the same requests.

    An item that is gone (deleted, moved away) is left out.

    Args:
        runner: runs the queries.
        updated_items: repository and id of each pull request and issue.
        releases: the releases of the window by id.
    """
    releases_by_id = {} if releases is None else releases
    repositories_by_id: dict[str, GitHubRepository] = {}
    repositories_by_item: dict[str, GitHubRepository] = {}
    for repository, item_id in updated_items:
        repositories_by_item[item_id] = repositories_by_id[repository.id] = repository
    repositories_by_item |= {release_id: record.repository for release_id, record in releases_by_id.items()}

    def send(batch: Sequence[str], _: int) -> GraphQLResponse:
        return runner.client.query("Items", ITEMS_QUERY, {"ids": list(batch), "since": runner.since_timestamp})

    def record_too_heavy(item_id: str, error: GitHubQueryTooLargeError) -> None:
        runner.add_problem(repositories_by_item[item_id].name_with_owner, str(error))

    pending_pages = PendingPages()
    batches = runner.run_batches(
        "Items",
        deque(repositories_by_item),
        max_size=runner.sizes.items,
        page_size=1,
        send=send,
        on_too_heavy=record_too_heavy,
    )
    for batch, response in batches:
        for loaded_item in _read_items(runner, batch, response, repositories_by_item, repositories_by_id):
            if isinstance(loaded_item, GitHubReleaseText):
                if record := releases_by_id.get(loaded_item.id):
                    yield ReleaseText(record, loaded_item.description or "")
                continue
            pending_pages.add_pending(loaded_item)
            if not pending_pages.has_pending(loaded_item):
                yield loaded_item
        if pending_pages.has_full_batch(runner.sizes.follow_ups):
            yield from _finish_items(runner, pending_pages)
    yield from _finish_items(runner, pending_pages)


def _read_items(
    runner: QueryRunner,
    batch: Sequence[str],
    response: GraphQLResponse,
    repositories_by_item: Mapping[str, GitHubRepository],
    repositories_by_id: Mapping[str, GitHubRepository],
) -> Iterator[LoadedItem | GitHubReleaseText]:
    for number, (item_id, value, errors) in enumerate(pair_nodes(batch, response, "Items")):
        listed_repository = repositories_by_item[item_id]
        node = runner.readable_node(value, errors, listed_repository.name_with_owner)
        if node is None:
            continue
        model = ITEM_MODELS.get(str(node.get("__typename")))
        if model is None:
            message = f"GitHub's answer to Items does not fit at nodes.{number}: a {node.get('__typename')}"
            runner.note_damage(listed_repository.name_with_owner)(message)
            continue
        item = parse_record(
            model,
            node,
            "Items",
            "nodes",
            number,
            on_damage=runner.note_damage(listed_repository.name_with_owner),
        )
        if isinstance(item, GitHubReleaseText):
            yield item
            continue
        repository = repositories_by_id.get(item.repository.id) or listed_repository
        if item.repository.id != repository.id:
            continue  # an issue that was moved to a repository outside of this sweep since it was listed
        reviews: list[GitHubReview] = []
        if isinstance(item, GitHubPullRequest) and item.reviews:
            reviews = list(item.reviews.visible_nodes)
        events = item.pr_events if isinstance(item, GitHubPullRequest) else item.issue_events
        yield LoadedItem(repository, item, reviews, list(events.visible_nodes))


def _finish_items(runner: QueryRunner, pending_pages: PendingPages) -> Iterator[LoadedItem]:
    """Read all pending pages, then yield their items."""
    items = pending_pages.items
    pending_reviews = pending_pages.cursors_by_query["MoreReviews"]
    for cursor, node, _ in runner.paginate("MoreReviews", pending_reviews, {}):
        reviews = parse_record(
            ConnectionPage[GitHubReview],
            node["reviews"],
            "MoreReviews",
            cursor.repository,
            on_damage=runner.note_damage(cursor.repository),
        )
        items[cursor.node_id].reviews.extend(reviews.visible_nodes)
        queue_next_page(pending_reviews, cursor, reviews)
    for query, field, variables in (
        ("MorePullRequestEvents", "prEvents", {}),
        ("MoreIssueEvents", "issueEvents", {"since": runner.since_timestamp}),
    ):
        pending_events = pending_pages.cursors_by_query[query]
        for cursor, node, _ in runner.paginate(query, pending_events, variables):
            events = parse_record(
                ConnectionPage[GitHubEvent],
                node[field],
                query,
                cursor.repository,
                on_damage=runner.note_damage(cursor.repository),
            )
            items[cursor.node_id].events.extend(events.visible_nodes)
            queue_next_page(pending_events, cursor, events)
    yield from items.values()
    items.clear()


@dataclass(frozen=True)
class DraftHistory:
    """How a pull request was opened, and each time it became a draft (True) or ready (False), in order."""

    opened_at: datetime
    opened_as_draft: bool
    state_changes: tuple[tuple[datetime, bool], ...]

    @classmethod
    def from_events(cls, item: GitHubPullRequest, events: list[GitHubEvent]) -> "DraftHistory":
        """Read the history from all events of a pull request."""
        draft_events = [event for event in events if event.typename in IS_DRAFT_AFTER_EVENT]
        draft_events.sort(key=lambda event: event.created_at)
        changes = tuple((event.created_at, IS_DRAFT_AFTER_EVENT[event.typename]) for event in draft_events)
        # Before its first change a pull request was in the opposite state.
        opened_as_draft = not changes[0][1] if changes else item.is_draft
        return cls(item.created_at, opened_as_draft, changes)

    def is_draft(self, at: datetime) -> bool:
        """Return True if it was a draft right after an instant."""
        states = (is_draft for changed_at, is_draft in reversed(self.state_changes) if changed_at <= at)
        return next(states, self.opened_as_draft)

    def find_ready_at(self, at: datetime) -> datetime | None:
        """Return since when it was ready for review, as of an instant; None while it was a draft.

        As github-community-projects/issue-metrics defines it: its first ready_for_review event, else its opening.
        """
        if self.is_draft(at):
            return None
        ready_times = (changed_at for changed_at, is_draft in self.state_changes if not is_draft and changed_at <= at)
        return next(ready_times, self.opened_at)

    def compute_draft_seconds(self, at: datetime) -> int:
        """Return how many seconds it had been a draft until an instant."""
        total = 0.0
        draft_since = self.opened_at if self.opened_as_draft else None
        changes = [change for change in self.state_changes if change[0] <= at]
        for changed_at, is_draft in (*changes, (at, False)):
            if draft_since and not is_draft:
                total += (changed_at - draft_since).total_seconds()
            draft_since = (draft_since or changed_at) if is_draft else None
        return int(total)
