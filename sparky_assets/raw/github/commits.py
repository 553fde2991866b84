"""Read the commits of the window on default branches, and tell a fork's own commits from those of its origin.

The rows that are made of commits belong to `rows.py`.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar

from resources.errors import GitHubQueryTooLargeError
from resources.github.client import GraphQLResponse
from sparky_assets.raw.github.batching import (
    PUSH_MARGIN,
    PageCursor,
    QueryRunner,
    format_timestamp,
    pair_nodes,
    queue_next_page,
)
from sparky_assets.raw.github.late_commits import LateCommitFinder
from sparky_assets.raw.github.notes.pushed_notes import ChangedPlace, compare_roots
from sparky_assets.raw.github.parsing import ConnectionPage, parse_record, parse_response
from sparky_assets.raw.github.queries import QUERIES
from sparky_assets.raw.github.responses import (
    BranchHead,
    GitHubCommit,
    GitHubRepository,
    GitObjectRef,
    OriginBranches,
    RepositoryCommitPage,
)

CommitT = TypeVar("CommitT", GitHubCommit, GitObjectRef)

MISSING_STATISTICS_NOTE = "GitHub could not compute the changed lines of some commits"

NEW_BRANCH_LOOKBACK = timedelta(days=7)

MAX_ORIGINS_PER_REQUEST = 5

UNKNOWN_BRANCHES_NOTE = "its commits may hold some of other branches of its origin, of which not all could be read"

UNKNOWN_ORIGIN_NOTE = 'its origin is unknown, and so are its own commits; forks = "all" takes all of them'


@dataclass(frozen=True)
class CommitBatch:
    """Commits of one repository in the order of reading. A repository may have several batches.

    `is_last` is set where its history has been read to the end, without a commit that is asked for again. The first one
    says which changelogs are not as they were before the window.
    """

    repository: GitHubRepository
    commits: tuple[GitHubCommit, ...]
    mailmap: str | None = None
    is_last: bool = False
    changed_places: tuple[ChangedPlace, ...] = ()


@dataclass(frozen=True)
class ForkCommits:
    """The commits of a fork until those of its origin are known."""

    repository: GitHubRepository
    commits: list[GitHubCommit]


def fetch_commits(
    runner: QueryRunner, repositories: Sequence[GitHubRepository], *, fork_policy: str
) -> Iterator[CommitBatch]:
    """Yield the commits of the window of all repositories that were pushed to since it began.

    Args:
        runner: runs the queries.
        repositories: the repositories of the sweep.
        fork_policy: "none" skips forks, "all" reads them like other repositories, "own" leaves out the commits that a
            fork shares with its origin.
    """
    pushed = [
        repository
        for repository in repositories
        if _can_have_commits(runner, repository) and (fork_policy != "none" or not repository.is_fork)
    ]
    forks: dict[str, ForkCommits] = {}
    finder = LateCommitFinder(runner)
    for batch in _fetch_histories(runner, pushed, fork_policy):
        repository = batch.repository
        if fork_policy == "own" and repository.is_fork:
            forks.setdefault(repository.id, ForkCommits(repository, [])).commits.extend(batch.commits)
        else:
            finder.add_commits(repository, batch.commits)
            if batch.is_last:
                finder.finish_repository(repository)
            yield batch
    whole = [repository for repository in pushed if fork_policy == "all" or not repository.is_fork]
    for repository, commits in finder.find(whole):
        yield CommitBatch(repository, tuple(commits))
    if runner.lists_open_items:
        # A fork has no known head: what its origin has too is unknown before the window.
        listed = [repository for repository in repositories if fork_policy == "all" or not repository.is_fork]
        runner.new_heads.update(finder.find_heads(listed))
    yield from _fetch_own_commits(runner, forks)


def _fetch_histories(
    runner: QueryRunner, repositories: Sequence[GitHubRepository], fork_policy: str
) -> Iterator[CommitBatch]:
    """Yield the commits since the window began, and those of the week before of a branch that is new to daily runs.

    The first commits of a branch are often pushed days after they were made.
    """
    new = []
    if runner.known_heads:
        heads = runner.known_heads.heads
        new = [item for item in repositories if item.id not in heads and (fork_policy == "all" or not item.is_fork)]
    new_ids = {repository.id for repository in new}
    yield from HistoryReader(runner, [item for item in repositories if item.id not in new_ids]).fetch()
    if new:
        window = replace(runner.window, start=runner.window.start - NEW_BRANCH_LOOKBACK)
        yield from HistoryReader(replace(runner, window=window), new).fetch()


def _can_have_commits(runner: QueryRunner, repository: GitHubRepository) -> bool:
    if repository.is_empty or repository.is_disabled or not repository.head_oid:
        return False
    known_heads = runner.known_heads
    if known_heads and (known := known_heads.heads.get(repository.id)):
        return known != repository.head_oid or known_heads.until > runner.window.start
    return repository.pushed_at is None or repository.pushed_at >= runner.window.start - PUSH_MARGIN


class HistoryReader:
    """Reads the histories of a sweep: first pages, then the pages that follow, then commits without line counts.

    A page that the server could not give is asked for once more at the end, before its line counts are given up.
    """

    def __init__(self, runner: QueryRunner, repositories: Sequence[GitHubRepository]) -> None:
        self._runner = runner
        self._repositories = {repository.id: repository for repository in repositories}
        self._next_pages: deque[PageCursor] = deque()
        self._pages_to_retry: deque[PageCursor] = deque()
        self._pages_without_statistics: deque[PageCursor] = deque()
        self._ids_to_read_again: set[str] = set()

    def fetch(self) -> Iterator[CommitBatch]:
        """Yield the commits of the window of all repositories."""
        yield from self._fetch_first_pages()
        yield from self._fetch_next_pages()
        self._next_pages = self._pages_to_retry
        self._pages_to_retry = self._pages_without_statistics
        yield from self._fetch_next_pages()
        yield from self._fetch_pages_without_statistics()

    def _fetch_first_pages(self) -> Iterator[CommitBatch]:
        starts = [
            PageCursor(repository.id, repository.name_with_owner, None, repository.head_oid)
            for repository in self._repositories.values()
        ]
        for cursor, head, mailmap in _fetch_first_pages(
            self._runner, starts, "Commits", self._retry_without_statistics
        ):
            damaged = self._runner.note_damage(cursor.repository)
            page = parse_record(
                ConnectionPage[GitHubCommit],
                head.history,
                "Commits",
                cursor.repository,
                "history",
                on_damage=damaged,
            )
            roots = {"tree": head.tree, "before": head.before, "end": head.end}
            places = compare_roots(self._repositories[cursor.node_id], head.oid, roots, damaged)
            yield replace(self._add_page(cursor, page, mailmap), changed_places=places)

    def _fetch_next_pages(self) -> Iterator[CommitBatch]:
        # Sorted, because the longest history of a batch decides the page size.
        pending = deque(sorted(self._next_pages, key=lambda cursor: cursor.remaining_nodes or 0))
        self._next_pages = pending
        variables = self._runner.window_variables | {"stats": True}
        pages = self._runner.paginate("MoreCommits", pending, variables, self._retry_without_statistics)
        for cursor, node, _ in pages:
            if page := _parse_next_page(self._runner, cursor, node, GitHubCommit):
                yield self._add_page(cursor, page)

    def _fetch_pages_without_statistics(self) -> Iterator[CommitBatch]:
        pending = self._pages_without_statistics
        variables = self._runner.window_variables | {"stats": False}
        for cursor, node, _ in self._runner.paginate("MoreCommits", pending, variables):
            self._runner.notes[cursor.repository] = MISSING_STATISTICS_NOTE
            if page := _parse_next_page(self._runner, cursor, node, GitHubCommit):
                if len(page.visible_nodes) < len(page.nodes):
                    self._runner.add_problem(cursor.repository, "GitHub returns some of its commits as null")
                queue_next_page(pending, cursor, page)
                yield self._make_batch(cursor, page)

    def _retry_without_statistics(self, cursor: PageCursor, error: GitHubQueryTooLargeError) -> None:
        self._ids_to_read_again.add(cursor.node_id)
        (self._pages_to_retry if error.may_pass else self._pages_without_statistics).append(cursor)

    def _add_page(
        self, cursor: PageCursor, page: ConnectionPage[GitHubCommit], mailmap: str | None = None
    ) -> CommitBatch:
        if len(page.visible_nodes) < len(page.nodes):
            # GitHub returns a commit as null if it cannot compute its line counts: ask without them.
            self._pages_without_statistics.append(cursor)
            self._ids_to_read_again.add(cursor.node_id)
        total = cursor.remaining_nodes if cursor.remaining_nodes is not None else page.total_count
        queue_next_page(self._next_pages, cursor, page, None if total is None else total - len(page.nodes))
        return self._make_batch(cursor, page, mailmap)

    def _make_batch(
        self, cursor: PageCursor, page: ConnectionPage[GitHubCommit], mailmap: str | None = None
    ) -> CommitBatch:
        is_last = not page.page_info.has_next_page and cursor.node_id not in self._ids_to_read_again
        return CommitBatch(self._repositories[cursor.node_id], page.visible_nodes, mailmap, is_last)


def _fetch_own_commits(runner: QueryRunner, forks_by_id: Mapping[str, ForkCommits]) -> Iterator[CommitBatch]:
    """Yield the commits of the window that forks have and their origins do not.

    The history of a fork is that of its origin up to the last synchronisation. Counted as a whole, it would credit the
    origin's work to the fork. An origin that cannot be read is a problem of the fork. Where a fork has more, the newest
    branches of its origin are read too: the fork may have merged one.
    """
    origins = {parent.id: parent for fork in forks_by_id.values() if (parent := fork.repository.parent)}
    # A runner with its own problems, because an origin is not a repository of this sweep.
    origin_runner = replace(runner, problems={})
    origin_oids = _fetch_origin_oids(
        origin_runner, [PageCursor(origin.id, origin.name_with_owner, None) for origin in origins.values()]
    )
    own_commits: dict[str, list[GitHubCommit]] = {}
    for fork in forks_by_id.values():
        origin = fork.repository.parent
        if origin is None:
            runner.note_damage(fork.repository.name_with_owner)(UNKNOWN_ORIGIN_NOTE)
            continue
        if reason := origin_runner.problems.get(origin.name_with_owner):
            problem = f"its origin {origin.name_with_owner} cannot be read: {reason}"
            runner.add_problem(fork.repository.name_with_owner, problem)
            continue
        shared_oids = origin_oids.get(origin.id, set())
        own_commits[fork.repository.id] = [commit for commit in fork.commits if commit.oid not in shared_oids]
    asked = {
        parent.id: fork.repository.name_with_owner
        for fork in forks_by_id.values()
        if own_commits.get(fork.repository.id) and (parent := fork.repository.parent)
    }
    branch_oids = _fetch_branch_oids(runner, asked)
    for fork_id, commits in own_commits.items():
        repository = forks_by_id[fork_id].repository
        shared_oids = branch_oids.get(repository.parent.id if repository.parent else "", set())
        yield CommitBatch(repository, tuple(commit for commit in commits if commit.oid not in shared_oids))


def _fetch_branch_oids(runner: QueryRunner, forks_by_origin: Mapping[str, str]) -> dict[str, set[str]]:
    """Return the commits of the window on the newest branches of origins, by id of the origin.

    Args:
        runner: runs the query.
        forks_by_origin: the name of a fork by the id of its origin. What cannot be read is noted for the fork.
    """
    oids: dict[str, set[str]] = {}

    def send(batch: Sequence[str], page_size: int) -> GraphQLResponse:
        variables = {"ids": list(batch), "n": page_size, **runner.window_variables}
        return runner.client.query("UpstreamBranches", QUERIES["UpstreamBranches"], variables)

    def skip(origin_id: str, _: GitHubQueryTooLargeError) -> None:
        runner.note_damage(forks_by_origin[origin_id])(UNKNOWN_BRANCHES_NOTE)

    batches = runner.run_batches(
        "UpstreamBranches",
        deque(forks_by_origin),
        max_size=MAX_ORIGINS_PER_REQUEST,
        page_size=runner.sizes.page_size,
        send=send,
        on_too_heavy=skip,
    )
    for batch, response in batches:
        for origin_id, value, errors in pair_nodes(batch, response, "UpstreamBranches"):
            damaged = runner.note_damage(forks_by_origin[origin_id])
            if errors or not isinstance(value, Mapping):
                damaged(UNKNOWN_BRANCHES_NOTE)
                continue
            origin = parse_record(OriginBranches, value, "UpstreamBranches", origin_id, on_damage=damaged)
            branches = origin.refs.visible_nodes if origin.refs else ()
            histories = [branch.target.history for branch in branches if branch.target and branch.target.history]
            oids[origin_id] = {commit.oid for history in histories for commit in history.visible_nodes}
            is_cut = any(history.page_info.has_next_page for history in histories)
            if origin.refs is None or origin.refs.page_info.has_next_page or is_cut:
                damaged(UNKNOWN_BRANCHES_NOTE)
    return oids


def _fetch_origin_oids(runner: QueryRunner, starts: Sequence[PageCursor]) -> dict[str, set[str]]:
    """Return the commits of the window by repository id."""
    oids: dict[str, set[str]] = {}
    pending: deque[PageCursor] = deque()

    def record_too_heavy(cursor: PageCursor, error: GitHubQueryTooLargeError) -> None:
        runner.add_problem(cursor.repository, str(error))

    def add_page(cursor: PageCursor, page: ConnectionPage[GitObjectRef]) -> None:
        oids.setdefault(cursor.node_id, set()).update(commit.oid for commit in page.visible_nodes)
        queue_next_page(pending, cursor, page)

    for cursor, head, _ in _fetch_first_pages(runner, starts, "Upstream", record_too_heavy):
        page = parse_response(ConnectionPage[GitObjectRef], head.history, "Upstream", cursor.repository, "history")
        add_page(cursor, page)
    for cursor, node, _ in runner.paginate("MoreUpstream", pending, runner.window_variables):
        if next_page := _parse_next_page(runner, cursor, node, GitObjectRef):
            add_page(cursor, next_page)
    return oids


def _fetch_first_pages(
    runner: QueryRunner,
    cursors: Sequence[PageCursor],
    query: str,
    on_too_heavy: Callable[[PageCursor, GitHubQueryTooLargeError], None],
) -> Iterator[tuple[PageCursor, BranchHead, str | None]]:
    """Yield the first page of each history: (cursor with the head, the head as it came, the text of .mailmap)."""
    extra_variables: dict[str, Any] = {}
    if query == "Commits":
        before = format_timestamp(runner.window.start - timedelta(seconds=1))
        extra_variables = {"stats": True, "before": before, "past": not runner.lists_open_items}

    def send(batch: Sequence[PageCursor], page_size: int) -> GraphQLResponse:
        ids = [cursor.node_id for cursor in batch]
        variables = {"ids": ids, "n": page_size, **runner.window_variables, **extra_variables}
        return runner.client.query(query, QUERIES[query], variables)

    batches = runner.run_batches(
        query,
        deque(cursors),
        max_size=runner.sizes.histories,
        page_size=runner.sizes.commits if query == "Commits" else runner.sizes.page_size,
        send=send,
        on_too_heavy=on_too_heavy,
    )
    for batch, response in batches:
        for cursor, value, errors in pair_nodes(batch, response, query):
            node = runner.readable_node(value, errors, cursor.repository)
            if node is None or node.get("__typename") != "Repository":
                continue
            repository = parse_response(RepositoryCommitPage, node, query, cursor.repository)
            target = repository.default_branch_ref and repository.default_branch_ref.target
            if target and target.history is not None:
                mailmap = repository.mailmap.text if repository.mailmap else None
                yield replace(cursor, head_oid=target.oid), target, mailmap


def _parse_next_page(
    runner: QueryRunner, cursor: PageCursor, node: Mapping[str, Any], model: type[CommitT]
) -> ConnectionPage[CommitT] | None:
    """Return the next page of a history; None if the head at which it was begun is gone, which is then recorded."""
    head = node.get("object")
    if not isinstance(head, Mapping):
        runner.add_problem(cursor.repository, "its history was rewritten while it was read; collect again")
        return None
    page_model: type[ConnectionPage[CommitT]] = ConnectionPage[model]  # type: ignore[valid-type]
    return parse_record(
        page_model, head.get("history"), "history", cursor.repository, on_damage=runner.note_damage(cursor.repository)
    )
