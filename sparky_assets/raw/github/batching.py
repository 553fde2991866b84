"""Run GraphQL queries in batches: sizes suited to the window, halved when GitHub times out, and the pages that follow.

What to query, and in which order, belongs to `sweep.py` and the modules that it calls.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from resources.errors import GitHubError, GitHubNetworkError, GitHubQueryTooLargeError, TransientError
from resources.github.client import GraphQLError, GraphQLResponse
from resources.github.journal import GraphQLClient
from sparky_assets.periods import TimeWindow
from sparky_assets.raw.github.landing import KnownHeads
from sparky_assets.raw.github.parsing import ConnectionPage
from sparky_assets.raw.github.queries import build_next_page_query
from sparky_assets.raw.tables import NOTES_MISSING

SUCCESSES_BEFORE_GROWTH = 5
"""Good answers in a row before a halved batch grows again: a run of heavy pages is usually short."""

MAX_ATTEMPTS = 3
"""Attempts at the smallest query that GitHub refuses to compute."""

MAX_SERVER_ATTEMPTS = 4
"""Attempts at the smallest query while the server fails (502, 504, no answer). The client pauses up to a minute before
each and asks twice, so that a server that is restarted has minutes to come back."""

PUSH_MARGIN = timedelta(days=1)
"""A commit dated in the window was pushed at or after its date, unless a clock was wrong by less than this."""

END_OF_TIME = "2037-12-31T00:00:00Z"
"""After all commits, also those by a clock that is years ahead; git counts seconds in 32 bits on some servers."""

STATISTICS_FIELDS = {"additions", "deletions", "changedFilesIfAvailable"}

REFUSABLE_FIELDS = {
    "statusCheckRollup": "the state of checks", "headChecks": "the state of checks",
    "deployments": "deployments", "statuses": "deployments", "discussions": "discussions",
}  # fmt: skip
"""Fields for which a token may lack the permission, with what they hold. That is logged once."""

OPTIONAL_CONNECTIONS = {"deployments", "discussions"}
"""Connections that may not be null: an error in one costs the whole repository, which is then asked for without it."""

ESSENTIAL_FIELDS = {
    "repositories", "pullRequests", "issues", "releases", "openPullRequests", "openIssues", "history", "object",
    "defaultBranchRef", "target", "reviews", "prEvents", "issueEvents", "nodes", "pageInfo", "parents",
}  # fmt: skip
"""Fields whose loss would hide events. An error in any other field costs that field: GitHub answers it with null."""

BatchItemT = TypeVar("BatchItemT")


@dataclass(frozen=True)
class BatchSizes:
    """How much one request asks for. The defaults are what GitHub computes in under five seconds (spiceai#13762)."""

    repositories: int = 50
    updated_items: int = 10
    histories: int = 20
    commits: int = 50
    items: int = 22
    follow_ups: int = 10
    page_size: int = 100

    @classmethod
    def from_window(cls, window: TimeWindow, now: datetime) -> "BatchSizes":
        """Return the sizes for a window.

        The history of a few days is short: 20 commits of 38 repositories cost 8 points, 50 of 20 cost 10. The older the
        window is, the more items have been updated since: listing 50 ids per repository costs no more points than 10,
        and saves two more pages for each repository that has more.
        """
        age = now - window.start
        updated_items = 10 if age < timedelta(days=3) else 25 if age < timedelta(days=10) else 50
        if window.end - window.start < timedelta(days=3):
            return cls(updated_items=updated_items, histories=38, commits=20)
        if window.end - window.start < timedelta(days=9):
            return cls(updated_items=updated_items, histories=29, commits=30)
        return cls(updated_items=updated_items)


@dataclass
class BatchSizer:
    """The batch size of each kind of query: halved at once, grown back slowly, kept from batch to batch."""

    _sizes: dict[str, int] = field(default_factory=dict)
    _successes: dict[str, int] = field(default_factory=dict)
    _failed_subjects: set[str] = field(default_factory=set)

    def record_failure(self, subject: str) -> None:
        """Record the node of a smallest query that the server never answered."""
        self._failed_subjects.add(subject)

    @property
    def is_server_down(self) -> bool:
        """Whether the server failed for two different nodes, with no answer between them."""
        return len(self._failed_subjects) > 1

    def get_size(self, query: str, max_size: int) -> int:
        """Return the present batch size, at most `max_size`."""
        return min(self._sizes.get(query, max_size), max_size)

    def halve(self, query: str, batch_size: int) -> None:
        """Set the size to half of a batch that was too large."""
        self._sizes[query] = max(1, batch_size // 2)
        self._successes[query] = 0

    def record_success(self, query: str) -> None:
        """Count a batch that GitHub answered; after five in a row a halved size doubles."""
        self._failed_subjects.clear()
        self._successes[query] = self._successes.get(query, 0) + 1
        if query in self._sizes and self._successes[query] >= SUCCESSES_BEFORE_GROWTH:
            self._sizes[query] *= 2
            self._successes[query] = 0


@dataclass(frozen=True)
class PageCursor:
    """Position in a connection of one node.

    Attributes:
        node_id: the node that has the connection.
        repository: name of the repository, for messages.
        cursor: the page after this one is next; None for the first page.
        head_oid: pins a history to the commit at which it was begun.
        remaining_nodes: nodes that are left, or None if unknown. A page is never larger, because GitHub charges for the
            nodes that are requested, not for those that exist.
    """

    node_id: str
    repository: str
    cursor: str | None
    head_oid: str | None = None
    remaining_nodes: int | None = None


def queue_next_page(
    pending: deque[PageCursor], cursor: PageCursor, page: ConnectionPage[Any], remaining_nodes: int | None = None
) -> None:
    """Append the position after `page` to `pending`, if the connection has more pages."""
    if page.page_info.has_next_page:
        end_cursor = page.page_info.end_cursor
        pending.append(PageCursor(cursor.node_id, cursor.repository, end_cursor, cursor.head_oid, remaining_nodes))


@dataclass
class QueryRunner:
    """Runs the queries of one sweep.

    Attributes:
        client: the client, or the journal of an interrupted sweep around it.
        window: the window that the sweep collects.
        problems: why a repository could not be read, by name.
        notes: what a reader of a repository's row should know, by name.
        refused_fields: what the token may not read (`REFUSABLE_FIELDS`), with GitHub's reason.
        damaged_fields: the first field of a repository that did not fit and was left out, by name.
        missing_notes: why notes of a repository could not be read though another time they may be, by name.
        lists_discussions: True if discussions are collected (`sources.github.discussions`).
        lists_open_items: True if the window has just ended: open items are listed too (`open_items.py`), and histories
            are read from the heads of now.
        known_heads: the heads that earlier sweeps stored; None if every commit of the window is read.
        new_heads: the heads that this sweep stores, by repository id; only where the window has just ended.
        rewritten: what a default branch lost that was rewritten since its known head, by name.
        replaced_shas: commits of rewritten branches that are stored already, by another sha.
    """

    client: GraphQLClient
    window: TimeWindow
    sizes: BatchSizes = field(default_factory=BatchSizes)
    sizer: BatchSizer = field(default_factory=BatchSizer)
    problems: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    damaged_fields: dict[str, str] = field(default_factory=dict)
    missing_notes: dict[str, str] = field(default_factory=dict)
    refused_fields: dict[str, str] = field(default_factory=dict)
    lists_discussions: bool = False
    lists_open_items: bool = False
    known_heads: KnownHeads | None = None
    new_heads: dict[str, str] = field(default_factory=dict)
    rewritten: dict[str, str] = field(default_factory=dict)
    replaced_shas: set[str] = field(default_factory=set)

    @property
    def since_timestamp(self) -> str:
        """The window's start in GitHub's format."""
        return format_timestamp(self.window.start)

    @property
    def until_timestamp(self) -> str:
        """The last second of the window: GitHub's `until` includes its instant, and git counts whole seconds.

        Where the window has just ended, the few commits since then are read too: they tell how the others landed.
        """
        if self.lists_open_items:
            return END_OF_TIME
        return format_timestamp(self.window.end - timedelta(seconds=1))

    @property
    def window_variables(self) -> dict[str, Any]:
        """The variables of a query for commits of the window."""
        return {"since": self.since_timestamp, "until": self.until_timestamp}

    def add_problem(self, repository: str, reason: str) -> None:
        """Record that a part of a repository could not be read; the first reason stays."""
        self.problems.setdefault(repository, reason)

    def note_damage(self, repository: str) -> Callable[[str], None]:
        """Return a function that records what was left out of a record of a repository."""

        def note(message: str) -> None:
            if repository not in self.damaged_fields:
                logging.getLogger("sparky").warning("%s: %s", repository, message)
            self.damaged_fields.setdefault(repository, message)

        return note

    def note_unread(self, repository: str, subject: str, error: GitHubError) -> None:
        """Record that notes of a repository could not be read: as damage, or as missing if they may be another time."""
        may_pass = isinstance(error, TransientError) or (isinstance(error, GitHubQueryTooLargeError) and error.may_pass)
        if not may_pass:
            self.note_damage(repository)(f"{subject} is not read: {error}")
        elif repository not in self.missing_notes:
            self.missing_notes[repository] = f"{subject} is not read: {error}"
            logging.getLogger("sparky").warning("%s: %s: %s", repository, NOTES_MISSING, self.missing_notes[repository])

    def note_refused(self, error: GraphQLError) -> bool:
        """Return whether an error only says that the token may not read a field, and record the field once."""
        name = next((REFUSABLE_FIELDS[step] for step in reversed(error.path) if step in REFUSABLE_FIELDS), None)
        if name is None or not error.is_access_denied:
            return False
        if name not in self.refused_fields:
            logging.getLogger("sparky").warning("GitHub: %s: %s", name, _describe_error(error))
        self.refused_fields.setdefault(name, _describe_error(error))
        return True

    def note_lost_connections(self, errors: Sequence[GraphQLError], repository: str) -> set[str]:
        """Record which optional connections could not be read, and return their names."""
        lost = set()
        for error in errors:
            if name := find_optional_connection(error):
                lost.add(name)
                if not self.note_refused(error):
                    self.note_damage(repository)(f"{name} cannot be read: {_describe_error(error)}")
        return lost

    def require_patience(self, error: GitHubQueryTooLargeError, attempts: int, subject: str) -> bool:
        """Return whether the smallest query, which is about the node `subject`, is worth another attempt.

        Raises:
            GitHubNetworkError: the server failed through all attempts at two nodes, with no answer between.
        """
        if self.sizer.is_server_down:
            attempts = MAX_SERVER_ATTEMPTS  # only an optional query comes after that
        if attempts < (MAX_SERVER_ATTEMPTS if error.may_pass else MAX_ATTEMPTS):
            return True
        if error.may_pass:
            self.sizer.record_failure(subject)
        if self.sizer.is_server_down:
            raise GitHubNetworkError(f"{str(error).removesuffix('.')}, and nothing else worked either.") from error
        return False

    def has_problem(self, repository: str) -> bool:
        """Return whether a part of a repository could not be read."""
        return repository in self.problems

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
        """Query everything in `pending` (which may grow meanwhile), in batches as large as GitHub answers.

        A batch that is too heavy is halved. A single item gets a smaller page. An item that fails even then goes to
        `on_too_heavy`, so that nothing is left out silently.

        Args:
            query: name of the query.
            pending: what to query; emptied.
            max_size: items in a batch at most.
            page_size: nodes in a page at most.
            send: sends one batch with a page size.
            on_too_heavy: called with an item that GitHub cannot compute, and the last error.
        """
        current_page_size, attempts = page_size, 0
        while pending:
            batch = [pending.popleft() for _ in range(min(self.sizer.get_size(query, max_size), len(pending)))]
            try:
                response = send(batch, current_page_size)
            except GitHubQueryTooLargeError as error:
                attempts += len(batch) == 1 and current_page_size == 1
                if attempts and not self.require_patience(error, attempts, _get_subject(batch[0])):
                    on_too_heavy(batch[0], error)
                    current_page_size, attempts = page_size, 0
                    continue
                if len(batch) == 1:
                    current_page_size = max(1, current_page_size // 2)
                self.sizer.halve(query, len(batch))
                pending.extendleft(reversed(batch))
                continue
            current_page_size, attempts = page_size, 0
            self.sizer.record_success(query)
            yield batch, response

    def run_optional_batches(
        self,
        query: str,
        pending: deque[BatchItemT],
        *,
        max_size: int,
        send: Callable[[Sequence[BatchItemT], int], GraphQLResponse],
        on_failure: Callable[[BatchItemT, GitHubError], None],
    ) -> Iterator[tuple[Sequence[BatchItemT], GraphQLResponse]]:
        """Query in batches what a sweep can do without.

        A server that fails at two items in a row, or is lost, ends no sweep: then all that is left goes to
        `on_failure`. After that it is asked once for other optional things.
        """
        last_batch: list[BatchItemT] = []

        def send_batch(batch: Sequence[BatchItemT], page_size: int) -> GraphQLResponse:
            last_batch[:] = batch
            return send(batch, page_size)

        try:
            yield from self.run_batches(
                query, pending, max_size=max_size, page_size=1, send=send_batch, on_too_heavy=on_failure
            )
        except GitHubNetworkError as error:
            for item in (*last_batch, *pending):
                on_failure(item, error)
            pending.clear()

    def paginate(
        self,
        query: str,
        pending: deque[PageCursor],
        variables: Mapping[str, Any],
        on_too_heavy: Callable[[PageCursor, GitHubQueryTooLargeError], None] | None = None,
    ) -> Iterator[tuple[PageCursor, Mapping[str, Any], Sequence[GraphQLError]]]:
        """Read the next pages of connections, several nodes in a request: (cursor, the node, the errors within it).

        The caller appends the cursor of a connection with more pages to `pending`. A node that is gone is skipped.
        """

        def send(batch: Sequence[PageCursor], page_size: int) -> GraphQLResponse:
            return self._send_next_pages(query, batch, page_size, variables)

        batches = self.run_batches(
            query,
            pending,
            max_size=self.sizes.follow_ups,
            page_size=self.sizes.page_size,
            send=send,
            on_too_heavy=on_too_heavy or self._record_too_heavy,
        )
        for batch, response in batches:
            paths = [(f"r{number}",) for number in range(len(batch))]
            for cursor, path, errors in zip(batch, paths, errors_by_path(response, paths, query), strict=True):
                if node := self.readable_node(response.data.get(path[0]), errors, cursor.repository):
                    yield cursor, node, errors

    def _send_next_pages(
        self, query: str, batch: Sequence[PageCursor], page_size: int, variables: Mapping[str, Any]
    ) -> GraphQLResponse:
        node_variables: dict[str, Any] = {}
        for number, cursor in enumerate(batch):
            node_variables |= {f"i{number}": cursor.node_id, f"c{number}": cursor.cursor}
            if cursor.head_oid:
                node_variables[f"h{number}"] = cursor.head_oid
        remaining = [page_size if cursor.remaining_nodes is None else cursor.remaining_nodes for cursor in batch]
        size = max(1, min(page_size, max(remaining)))
        text = build_next_page_query(query, len(batch))
        return self.client.query(query, text, {"n": size, **variables, **node_variables})

    def _record_too_heavy(self, cursor: PageCursor, error: GitHubQueryTooLargeError) -> None:
        self.add_problem(cursor.repository, str(error))

    def readable_node(self, value: Any, errors: Sequence[GraphQLError], repository: str) -> Mapping[str, Any] | None:
        """Return a node of a response; None if it is gone, or if it could not be read, which is then recorded."""
        if value is None and errors and all(find_optional_connection(error) for error in errors):
            self.note_lost_connections(errors, repository)
            return None
        if value is not None and errors and all(is_lost_field(error) for error in errors):
            for error in errors:
                if not is_missing_statistics(error) and not self.note_refused(error):
                    self.note_damage(repository)(f"{error.path[-1]} cannot be read: {_describe_error(error)}")
            return value if isinstance(value, Mapping) else None
        if serious_errors := [error for error in errors if not _is_harmless(error)]:
            messages = dict.fromkeys(_describe_error(error) for error in serious_errors)
            self.add_problem(repository, "; ".join(messages))
            return None
        return value if isinstance(value, Mapping) else None


def errors_by_path(
    response: GraphQLResponse, paths: Sequence[tuple[str | int, ...]], query: str
) -> list[list[GraphQLError]]:
    """Return the errors of a response below each of `paths`.

    Raises:
        GitHubError: when an error is below none of the paths: then nothing of the response can be trusted.
    """
    index = {path: number for number, path in enumerate(paths)}
    errors: list[list[GraphQLError]] = [[] for _ in paths]
    for error in response.errors:
        depth = next((size for size in range(len(error.path), 0, -1) if error.path[:size] in index), None)
        if depth is None and is_lost_field(error) and len(error.path) > 1:
            continue  # beside the records: rateLimit, for example
        if depth is None:
            position = ".".join(str(step) for step in error.path) or "the whole answer"
            raise GitHubError(f"GitHub's answer to {query}, {position}: {_describe_error(error)}")
        errors[index[error.path[:depth]]].append(error)
    return errors


def pair_nodes(
    batch: Sequence[BatchItemT], response: GraphQLResponse, query: str
) -> Iterator[tuple[BatchItemT, Any, list[GraphQLError]]]:
    """Yield what was asked for with its node and the errors below it, for a query of `nodes(ids: …)`.

    Raises:
        GitHubError: when an error is below none of the nodes.
    """
    paths = [("nodes", number) for number in range(len(batch))]
    return zip(batch, response.data["nodes"], errors_by_path(response, paths, query), strict=True)


def format_timestamp(instant: datetime) -> str:
    """Format a UTC instant as GitHub's DateTime and GitTimestamp."""
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def is_missing_statistics(error: GraphQLError) -> bool:
    """Return True if only the line counts of a commit are missing (a diff too large to compute)."""
    return "history" in error.path and bool(error.path) and error.path[-1] in STATISTICS_FIELDS


def _get_subject(item: Any) -> str:
    return item.node_id if isinstance(item, PageCursor) else str(getattr(item, "id", item))


def is_lost_field(error: GraphQLError) -> bool:
    """Return True if an error costs one field of a record, and no record."""
    return bool(error.path) and isinstance(error.path[-1], str) and error.path[-1] not in ESSENTIAL_FIELDS


def find_optional_connection(error: GraphQLError) -> str | None:
    """Return the optional connection that an error is about; None if it is about something else."""
    return next((str(step) for step in error.path[-1:] if step in OPTIONAL_CONNECTIONS), None)


def _is_harmless(error: GraphQLError) -> bool:
    return error.type == "NOT_FOUND" or is_missing_statistics(error)


def _describe_error(error: GraphQLError) -> str:
    if error.is_access_denied:
        return f"the token may not read it ({error.message or error.type})"
    return error.message or error.type or "an error without a message"
