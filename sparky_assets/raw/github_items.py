"""Pull requests and issues, read whole: what does not fit one answer is fetched until nothing is missing."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from resources.errors import GitHubError, GitHubTooHeavyError
from resources.github_answer import Answer
from sparky_assets.raw.github_answers import Connection, read
from sparky_assets.raw.github_asking import Asking, Walk, by_place
from sparky_assets.raw.github_item_models import Event, Issue, PullRequest, Review
from sparky_assets.raw.github_models import Repository
from sparky_assets.raw.github_queries import ITEMS

MODELS: Mapping[str, type[PullRequest] | type[Issue]] = {"PullRequest": PullRequest, "Issue": Issue}


@dataclass
class Hydrated:
    """An item with all its reviews and all its events; of an issue those since the window began."""

    repository: Repository
    item: PullRequest | Issue
    reviews: list[Review]
    events: list[Event]


def items(asking: Asking, touched: Iterable[tuple[Repository, str]]) -> Iterator[Hydrated]:
    """Read the items behind ids. One that is gone by now (deleted, moved away) is left out."""
    owners: dict[str, Repository] = {}
    names: dict[str, Repository] = {}
    for repository, key in touched:
        names[key] = owners[repository.id] = repository

    def ask(batch: Sequence[str], page: int) -> Answer:
        del page
        return asking.source.query("Items", ITEMS, {"ids": list(batch), "since": asking.since})

    def give_up(key: str, error: GitHubTooHeavyError) -> None:
        asking.problem(names[key].name_with_owner, str(error))

    unfinished: dict[str, Hydrated] = {}
    more = _Overflow()
    for batch, answer in asking.batches(
        "Items", deque(names), most=asking.sizes.items, page=1, ask=ask, otherwise=give_up
    ):
        for found in _read_items(asking, batch, answer, names, owners):
            if more.of(found):
                unfinished[found.item.id] = found
            else:
                yield found
        if more.is_a_batch(asking.sizes.follow_ups):
            yield from _finish(asking, more, unfinished)
    yield from _finish(asking, more, unfinished)


class _Overflow:
    """Connections of items that go on, by the query that continues them."""

    def __init__(self) -> None:
        self.walks: dict[str, deque[Walk]] = {
            name: deque() for name in ("MoreReviews", "MorePullRequestEvents", "MoreIssueEvents")
        }

    def of(self, found: Hydrated) -> bool:
        """Remember what is missing of an item; whether anything is."""
        item = found.item
        parts: list[tuple[str, Connection[Any] | None]]
        if isinstance(item, PullRequest):
            parts = [("MoreReviews", item.reviews), ("MorePullRequestEvents", item.pr_events)]
        else:
            parts = [("MoreIssueEvents", item.issue_events)]
        goes_on = False
        for name, page in parts:
            if page and page.page_info.has_next_page:
                goes_on = True
                walk = Walk(item.id, found.repository.name_with_owner, page.page_info.end_cursor)
                self.walks[name].append(walk)
        return goes_on

    def is_a_batch(self, size: int) -> bool:
        """Whether one of the queries would be full."""
        return any(len(walks) >= size for walks in self.walks.values())


def _finish(asking: Asking, more: _Overflow, unfinished: dict[str, Hydrated]) -> Iterator[Hydrated]:
    for walk, node, _ in asking.follow("MoreReviews", more.walks["MoreReviews"], {}):
        reviews = read(Connection[Review], node["reviews"], "MoreReviews", walk.repository)
        unfinished[walk.id].reviews.extend(reviews.shown)
        _go_on(more.walks["MoreReviews"], walk, reviews)
    since = {"since": asking.since}
    for query, field, variables in (
        ("MorePullRequestEvents", "prEvents", {}),
        ("MoreIssueEvents", "issueEvents", since),
    ):
        for walk, node, _ in asking.follow(query, more.walks[query], variables):
            events = read(Connection[Event], node[field], query, walk.repository)
            unfinished[walk.id].events.extend(events.shown)
            _go_on(more.walks[query], walk, events)
    yield from unfinished.values()
    unfinished.clear()


def _go_on(walks: deque[Walk], walk: Walk, page: Connection[Any]) -> None:
    if page.page_info.has_next_page:
        walks.append(Walk(walk.id, walk.repository, page.page_info.end_cursor))


def _read_items(
    asking: Asking,
    batch: Sequence[str],
    answer: Answer,
    names: Mapping[str, Repository],
    owners: Mapping[str, Repository],
) -> Iterator[Hydrated]:
    places = [("nodes", number) for number in range(len(batch))]
    nodes = zip(batch, answer.data["nodes"], by_place(answer, places, "Items"), strict=True)
    for number, (key, node, faults) in enumerate(nodes):
        value = asking.node(node, faults, names[key].name_with_owner)
        if value is None:
            continue
        kind = MODELS.get(str(value.get("__typename")))
        if kind is None:
            raise GitHubError(f"GitHub's answer to Items does not fit at nodes.{number}: a {value.get('__typename')}.")
        item = read(kind, value, "Items", "nodes", number)
        repository = owners.get(item.repository.id) or names[key]
        if item.repository.id != repository.id:
            continue  # an issue that was moved out of what we read since we listed it
        if isinstance(item, PullRequest):
            yield Hydrated(
                repository, item, list(item.reviews.shown) if item.reviews else [], list(item.pr_events.shown)
            )
        else:
            yield Hydrated(repository, item, [], list(item.issue_events.shown))
