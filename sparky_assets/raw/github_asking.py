"""How the sweep asks: batches that halve when GitHub cannot compute them, follow-up pages together, faults by place.

What is asked for, and in which order, is the sweep's business (`github_sweep.py` and its siblings).
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from resources.errors import GitHubError, GitHubTooHeavyError
from resources.github_answer import Answer, Fault
from sparky_assets.periods import Window
from sparky_assets.raw.github_queries import follow_up
from sparky_assets.raw.github_sizes import Pace, Sizes

LAST_ATTEMPTS = 3
"""How often the smallest question is asked: a 502 may also be a server that is restarted."""
PUSH_MARGIN = timedelta(days=1)
"""A commit dated in the window was pushed at or after its date, unless a clock was wrong."""
STATISTICS = {"additions", "deletions", "changedFilesIfAvailable"}

Thing = TypeVar("Thing")


class Source(Protocol):
    """What answers queries: the client, or the client with a memory of an interrupted sweep."""

    def query(self, name: str, text: str, variables: Mapping[str, Any]) -> Answer:
        """The answer to one query."""
        ...


@dataclass(frozen=True)
class Walk:
    """A connection of one node that goes on after a cursor.

    `head` pins a history to the commit it was begun at; `left` says how many nodes are to come, where that is known: a
    page is never larger, because GitHub charges for what is asked, not for what is there.
    """

    id: str
    repository: str
    cursor: str | None
    head: str | None = None
    left: int | None = None


@dataclass
class Asking:
    """One sweep's questions: where they go, the window they are about, and which repositories could not be read."""

    source: Source
    window: Window
    sizes: Sizes = field(default_factory=Sizes)
    pace: Pace = field(default_factory=Pace)
    problems: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    lists_open: bool = False
    """Whether what is open now is listed too: only where the window has just ended (`github_open.py`)."""

    @property
    def since(self) -> str:
        """The window's start, as GitHub reads it."""
        return timestamp(self.window.start)

    @property
    def until(self) -> str:
        """The last second of the window: GitHub's `until` includes its instant, and git counts whole seconds."""
        return timestamp(self.window.end - timedelta(seconds=1))

    def problem(self, repository: str, reason: str) -> None:
        """Note that something of a repository could not be had; the first reason stays."""
        self.problems.setdefault(repository, reason)

    def batches(
        self,
        kind: str,
        waiting: deque[Thing],
        *,
        most: int,
        page: int,
        ask: Callable[[Sequence[Thing], int], Answer],
        otherwise: Callable[[Thing, GitHubTooHeavyError], None],
    ) -> Iterator[tuple[Sequence[Thing], Answer]]:
        """Ask for everything in `waiting` (which may grow meanwhile), in batches as large as GitHub bears.

        A batch that is too heavy is halved; one thing alone gets a smaller page; what even then cannot be had goes to
        `otherwise`. Never is anything left out in silence.
        """
        smaller, attempts = page, 0
        while waiting:
            batch = [waiting.popleft() for _ in range(min(self.pace.size(kind, most), len(waiting)))]
            try:
                answer = ask(batch, smaller)
            except GitHubTooHeavyError as error:
                attempts += len(batch) == 1 and smaller == 1
                if attempts >= LAST_ATTEMPTS:
                    otherwise(batch[0], error)
                    smaller, attempts = page, 0
                    continue
                if len(batch) == 1:
                    smaller = max(1, smaller // 2)
                self.pace.halve(kind, len(batch))
                waiting.extendleft(reversed(batch))
                continue
            smaller, attempts = page, 0
            self.pace.good(kind)
            yield batch, answer

    def follow(
        self,
        name: str,
        waiting: deque[Walk],
        variables: Mapping[str, Any],
        otherwise: Callable[[Walk, GitHubTooHeavyError], None] | None = None,
    ) -> Iterator[tuple[Walk, Mapping[str, Any], Sequence[Fault]]]:
        """The next pages of connections, several nodes a request: (walk, the node, the faults within it).

        The caller puts a walk that goes on back into `waiting`. A node that is gone is left out.
        """

        def ask(batch: Sequence[Walk], page: int) -> Answer:
            each: dict[str, Any] = {}
            for number, walk in enumerate(batch):
                each |= {f"i{number}": walk.id, f"c{number}": walk.cursor}
                if walk.head:
                    each[f"h{number}"] = walk.head
            left = [walk.left if walk.left is not None else page for walk in batch]
            size = max(1, min(page, max(left)))
            return self.source.query(name, follow_up(name, len(batch)), {"n": size, **variables, **each})

        def give_up(walk: Walk, error: GitHubTooHeavyError) -> None:
            self.problem(walk.repository, str(error))

        sizes = self.sizes
        for batch, answer in self.batches(
            name, waiting, most=sizes.follow_ups, page=sizes.page, ask=ask, otherwise=otherwise or give_up
        ):
            places = [(f"r{number}",) for number in range(len(batch))]
            for walk, place, faults in zip(batch, places, by_place(answer, places, name), strict=True):
                if node := self.node(answer.data.get(place[0]), faults, walk.repository):
                    yield walk, node, faults

    def node(self, value: Any, faults: Sequence[Fault], repository: str) -> Mapping[str, Any] | None:
        """A node of an answer, or None where it is gone or, as is then noted, could not be read."""
        if serious := [fault for fault in faults if not _is_harmless(fault)]:
            self.problem(repository, "; ".join(dict.fromkeys(_told(fault) for fault in serious)))
            return None
        return value if isinstance(value, Mapping) else None


def by_place(answer: Answer, places: Sequence[tuple[str | int, ...]], query: str) -> list[list[Fault]]:
    """The faults of an answer by the place that they lie in.

    Raises:
        GitHubError: when one lies in none of the places: then nothing of the answer can be trusted.
    """
    index = {place: number for number, place in enumerate(places)}
    found: list[list[Fault]] = [[] for _ in places]
    for fault in answer.faults:
        depth = next((size for size in range(len(fault.path), 0, -1) if fault.path[:size] in index), None)
        if depth is None:
            where = ".".join(str(step) for step in fault.path) or "the whole answer"
            raise GitHubError(f"GitHub's answer to {query}, {where}: {_told(fault)}")
        found[index[fault.path[:depth]]].append(fault)
    return found


def timestamp(instant: datetime) -> str:
    """A UTC instant as GitHub's DateTime and GitTimestamp."""
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def lacks_statistics(fault: Fault) -> bool:
    """Whether it says no more than that a commit's numbers are not to be had (a diff too large to compute)."""
    return "history" in fault.path and bool(fault.path) and fault.path[-1] in STATISTICS


def _is_harmless(fault: Fault) -> bool:
    return fault.type == "NOT_FOUND" or lacks_statistics(fault)


def _told(fault: Fault) -> str:
    if fault.is_denial:
        return f"the token may not read it ({fault.message or fault.type})"
    return fault.message or fault.type or "an error without a message"
