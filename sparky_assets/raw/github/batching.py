"""How the sweep asks: batches that halve when GitHub cannot compute them, follow-up pages together, faults by place.

What is asked for, and in which order, is the sweep's business (`github_sweep.py` and its siblings).

How much one request asks for: suited to the window, halved when GitHub cannot compute it, grown back slowly.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from resources.errors import GitHubError, GitHubQueryTooLargeError
from resources.github.client import GraphQLError, GraphQLResponse
from sparky_assets.periods import TimeWindow
from sparky_assets.raw.github.queries import next_page_query

SUCCESSES_BEFORE_GROWTH = 5
"""Good answers in a row before a batch that was halved grows again: a burst of heavy pages is usually short."""


@dataclass(frozen=True)
class BatchSizes:
    """How much one request asks for. The defaults are what GitHub computes in under five seconds (spiceai#13762)."""

    repositories: int = 50
    updated_items: int = 10
    histories: int = 20
    commits: int = 50
    items: int = 25
    follow_ups: int = 10
    page_size: int = 100

    @classmethod
    def from_window(cls, window: TimeWindow, now: datetime) -> "BatchSizes":
        """The sizes for a window.

        A history of few days is short: 20 commits of 40 repositories cost 8 points, 50 of 20 cost 10. The further back
        the window lies, the more has been touched since: listing 50 ids a repository costs no more points than 10, and
        saves two follow-ups for each that overflows.
        """
        since = now - window.start
        updated_items = 10 if since < timedelta(days=3) else 25 if since < timedelta(days=10) else 50
        if window.end - window.start < timedelta(days=3):
            return cls(updated_items=updated_items, histories=40, commits=20)
        if window.end - window.start < timedelta(days=9):
            return cls(updated_items=updated_items, histories=30, commits=30)
        return cls(updated_items=updated_items)


@dataclass
class BatchSizer:
    """The batch size of each kind of query: halved at once, grown back slowly, remembered from batch to batch."""

    _sizes: dict[str, int] = field(default_factory=dict)
    _successes: dict[str, int] = field(default_factory=dict)

    def get_size(self, query: str, max_size: int) -> int:
        """How many to ask for now."""
        return min(self._sizes.get(query, max_size), max_size)

    def halve(self, query: str, batch_size: int) -> None:
        """That many were too many."""
        self._sizes[query], self._successes[query] = max(1, batch_size // 2), 0

    def record_success(self, query: str) -> None:
        """The last size was fine."""
        self._successes[query] = self._successes.get(query, 0) + 1
        if query in self._sizes and self._successes[query] >= SUCCESSES_BEFORE_GROWTH:
            self._sizes[query], self._successes[query] = self._sizes[query] * 2, 0


MAX_ATTEMPTS = 3
"""How often the smallest question is asked: a 502 may also be a server that is restarted."""


PUSH_MARGIN = timedelta(days=1)
"""A commit dated in the window was pushed at or after its date, unless a clock was wrong."""


STATISTICS_FIELDS = {"additions", "deletions", "changedFilesIfAvailable"}

BatchItemT = TypeVar("BatchItemT")


class QueryClient(Protocol):
    """What answers queries: the client, or the client with a memory of an interrupted sweep."""

    def query(self, name: str, text: str, variables: Mapping[str, Any]) -> GraphQLResponse:
        """The answer to one query."""
        ...


@dataclass(frozen=True)
class PageCursor:
    """A connection of one node that goes on after a cursor.

    `head` pins a history to the commit it was begun at; `left` says how many nodes are to come, where that is known: a
    page is never larger, because GitHub charges for what is asked, not for what is there.
    """

    node_id: str
    repository: str
    cursor: str | None
    head_oid: str | None = None
    remaining_nodes: int | None = None


@dataclass
class QueryRunner:
    """One sweep's questions: where they go, the window they are about, and which repositories could not be read."""

    client: QueryClient
    window: TimeWindow
    sizes: BatchSizes = field(default_factory=BatchSizes)
    sizer: BatchSizer = field(default_factory=BatchSizer)
    problems: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    lists_open_items: bool = False
    """Whether what is open now is listed too: only where the window has just ended (`github_open.py`)."""

    @property
    def since_timestamp(self) -> str:
        """The window's start, as GitHub reads it."""
        return format_timestamp(self.window.start)

    @property
    def until_timestamp(self) -> str:
        """The last second of the window: GitHub's `until` includes its instant, and git counts whole seconds."""
        return format_timestamp(self.window.end - timedelta(seconds=1))

    def add_problem(self, repository: str, reason: str) -> None:
        """Note that something of a repository could not be had; the first reason stays."""
        self.problems.setdefault(repository, reason)

    def run_batches(
        self,
        query: str,
        pending: deque[BatchItemT],
        *,
        max_size: int,
        page_size: int,
        send: Callable[[Sequence[BatchItemT], int], GraphQLResponse],
        on_too_heavy: Callable[[BatchItemT, GitHubQueryTooLargeError], None],
    ) -> Iterator[tuple[Sequence[BatchItemT], GraphQLResponse]]:
        """Ask for everything in `waiting` (which may grow meanwhile), in batches as large as GitHub bears.

        A batch that is too heavy is halved; one thing alone gets a smaller page; what even then cannot be had goes to
        `otherwise`. Never is anything left out in silence.
        """
        smaller, attempts = page_size, 0
        while pending:
            batch = [pending.popleft() for _ in range(min(self.sizer.get_size(query, max_size), len(pending)))]
            try:
                answer = send(batch, smaller)
            except GitHubQueryTooLargeError as error:
                attempts += len(batch) == 1 and smaller == 1
                if attempts >= MAX_ATTEMPTS:
                    on_too_heavy(batch[0], error)
                    smaller, attempts = page_size, 0
                    continue
                if len(batch) == 1:
                    smaller = max(1, smaller // 2)
                self.sizer.halve(query, len(batch))
                pending.extendleft(reversed(batch))
                continue
            smaller, attempts = page_size, 0
            self.sizer.record_success(query)
            yield batch, answer

    def paginate(
        self,
        query: str,
        pending: deque[PageCursor],
        variables: Mapping[str, Any],
        on_too_heavy: Callable[[PageCursor, GitHubQueryTooLargeError], None] | None = None,
    ) -> Iterator[tuple[PageCursor, Mapping[str, Any], Sequence[GraphQLError]]]:
        """The next pages of connections, several nodes a request: (walk, the node, the faults within it).

        The caller puts a walk that goes on back into `waiting`. A node that is gone is left out.
        """

        def ask(batch: Sequence[PageCursor], page: int) -> GraphQLResponse:
            each: dict[str, Any] = {}
            for number, walk in enumerate(batch):
                each |= {f"i{number}": walk.node_id, f"c{number}": walk.cursor}
                if walk.head_oid:
                    each[f"h{number}"] = walk.head_oid
            left = [walk.remaining_nodes if walk.remaining_nodes is not None else page for walk in batch]
            size = max(1, min(page, max(left)))
            return self.client.query(query, next_page_query(query, len(batch)), {"n": size, **variables, **each})

        def give_up(walk: PageCursor, error: GitHubQueryTooLargeError) -> None:
            self.add_problem(walk.repository, str(error))

        sizes = self.sizes
        for batch, answer in self.run_batches(
            query,
            pending,
            max_size=sizes.follow_ups,
            page_size=sizes.page_size,
            send=ask,
            on_too_heavy=on_too_heavy or give_up,
        ):
            places = [(f"r{number}",) for number in range(len(batch))]
            for walk, place, faults in zip(batch, places, errors_by_path(answer, places, query), strict=True):
                if node := self.readable_node(answer.data.get(place[0]), faults, walk.repository):
                    yield walk, node, faults

    def readable_node(self, value: Any, faults: Sequence[GraphQLError], repository: str) -> Mapping[str, Any] | None:
        """A node of an answer, or None where it is gone or, as is then noted, could not be read."""
        if serious := [fault for fault in faults if not _is_harmless(fault)]:
            self.add_problem(repository, "; ".join(dict.fromkeys(_describe_error(fault) for fault in serious)))
            return None
        return value if isinstance(value, Mapping) else None


def errors_by_path(
    response: GraphQLResponse, paths: Sequence[tuple[str | int, ...]], query: str
) -> list[list[GraphQLError]]:
    """The faults of an answer by the place that they lie in.

    Raises:
        GitHubError: when one lies in none of the places: then nothing of the answer can be trusted.
    """
    index = {place: number for number, place in enumerate(paths)}
    found: list[list[GraphQLError]] = [[] for _ in paths]
    for fault in response.errors:
        depth = next((size for size in range(len(fault.path), 0, -1) if fault.path[:size] in index), None)
        if depth is None:
            where = ".".join(str(step) for step in fault.path) or "the whole answer"
            raise GitHubError(f"GitHub's answer to {query}, {where}: {_describe_error(fault)}")
        found[index[fault.path[:depth]]].append(fault)
    return found


def format_timestamp(instant: datetime) -> str:
    """A UTC instant as GitHub's DateTime and GitTimestamp."""
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def is_missing_statistics(fault: GraphQLError) -> bool:
    """Whether it says no more than that a commit's numbers are not to be had (a diff too large to compute)."""
    return "history" in fault.path and bool(fault.path) and fault.path[-1] in STATISTICS_FIELDS


def _is_harmless(fault: GraphQLError) -> bool:
    return fault.type == "NOT_FOUND" or is_missing_statistics(fault)


def _describe_error(fault: GraphQLError) -> str:
    if fault.is_access_denied:
        return f"the token may not read it ({fault.message or fault.type})"
    return fault.message or fault.type or "an error without a message"
