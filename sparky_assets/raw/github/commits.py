"""Commits of the window on default branches, with a fork's own told from those of the repository it was made from."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from resources.errors import GitHubQueryTooLargeError
from resources.github.client import GraphQLResponse
from sparky_assets.raw.github.batching import PUSH_MARGIN, PageCursor, QueryRunner, errors_by_path
from sparky_assets.raw.github.queries import QUERIES
from sparky_assets.raw.github.responses import (
    ConnectionPage,
    GitHubCommit,
    GitHubRepository,
    GitObjectRef,
    RepositoryCommitPage,
    parse_response,
)

CommitT = TypeVar("CommitT", GitHubCommit, GitObjectRef)

MISSING_STATISTICS_NOTE = "GitHub could not compute the changed lines of some commits"


@dataclass(frozen=True)
class CommitBatch:
    """Commits of one repository, as they come: a repository may have several of these."""

    repository: GitHubRepository
    commits: tuple[GitHubCommit, ...]
    mailmap: str | None = None


@dataclass(frozen=True)
class ForkCommits:
    repository: GitHubRepository
    commits: list[GitHubCommit]


def fetch_commits(
    runner: QueryRunner, repositories: Sequence[GitHubRepository], *, fork_policy: str
) -> Iterator[CommitBatch]:
    """The commits of the window of all repositories that were pushed to since it began."""
    pushed = [
        one for one in repositories if _can_have_commits(runner, one) and (fork_policy != "none" or not one.is_fork)
    ]
    held: dict[str, ForkCommits] = {}
    for history in _fetch_all_commits(runner, pushed):
        repository = history.repository
        if fork_policy == "own" and repository.is_fork and repository.parent:
            held.setdefault(repository.id, ForkCommits(repository, [])).commits.extend(history.commits)
        else:
            yield history
    yield from _fetch_own_commits(runner, held)


def _can_have_commits(runner: QueryRunner, repository: GitHubRepository) -> bool:
    if repository.is_empty or repository.is_disabled or not _get_head_oid(repository):
        return False
    return repository.pushed_at is None or repository.pushed_at >= runner.window.start - PUSH_MARGIN


def _get_head_oid(repository: GitHubRepository) -> str | None:
    branch = repository.default_branch_ref
    return branch.target.oid if branch and branch.target else None


def _fetch_all_commits(runner: QueryRunner, repositories: Sequence[GitHubRepository]) -> Iterator[CommitBatch]:
    by_id = {one.id: one for one in repositories}
    pages: deque[PageCursor] = deque()
    bare: deque[PageCursor] = deque()
    window: dict[str, Any] = {"since": runner.since_timestamp, "until": runner.until_timestamp}

    def without_statistics(walk: PageCursor, _: GitHubQueryTooLargeError) -> None:
        bare.append(walk)

    def take(walk: PageCursor, page: ConnectionPage[GitHubCommit], mailmap: str | None = None) -> CommitBatch:
        if len(page.visible_nodes) < len(page.nodes):
            bare.append(walk)  # one commit without its numbers takes the whole commit with it: ask without them
        if page.page_info.has_next_page:
            known = walk.remaining_nodes if walk.remaining_nodes is not None else page.total_count
            left = None if known is None else known - len(page.nodes)
            pages.append(PageCursor(walk.node_id, walk.repository, page.page_info.end_cursor, walk.head_oid, left))
        return CommitBatch(by_id[walk.node_id], _select_in_window(runner, page.visible_nodes), mailmap)

    starts = [PageCursor(one.id, one.name_with_owner, None, _get_head_oid(one)) for one in repositories]
    for walk, history, mailmap in _fetch_first_pages(runner, starts, "Commits", without_statistics):
        yield take(
            walk, parse_response(ConnectionPage[GitHubCommit], history, "Commits", walk.repository, "history"), mailmap
        )
    pages = deque(
        sorted(pages, key=lambda walk: walk.remaining_nodes or 0)
    )  # batches of like length: the longest sets the page
    for walk, node, _ in runner.paginate("MoreCommits", pages, window | {"stats": True}, without_statistics):
        if page := _parse_next_page(runner, walk, node, GitHubCommit):
            yield take(walk, page)
    for walk, node, _ in runner.paginate("MoreCommits", bare, window | {"stats": False}):
        runner.notes[walk.repository] = MISSING_STATISTICS_NOTE
        if page := _parse_next_page(runner, walk, node, GitHubCommit):
            if len(page.visible_nodes) < len(page.nodes):
                runner.add_problem(walk.repository, "GitHub shows some of its commits as null")
            if page.page_info.has_next_page:
                bare.append(PageCursor(walk.node_id, walk.repository, page.page_info.end_cursor, walk.head_oid))
            yield CommitBatch(by_id[walk.node_id], _select_in_window(runner, page.visible_nodes))


def _fetch_own_commits(runner: QueryRunner, forks_by_id: Mapping[str, ForkCommits]) -> Iterator[CommitBatch]:
    """What forks hold in the window and the repositories that they were made from do not.

    A fork's history is that of its origin up to the last synchronisation; counted whole, it would tell the origin's
    work as the fork's. An origin that cannot be read leaves the question open, which is a problem of the fork.
    """
    origins = {parent.id: parent for fork in forks_by_id.values() if (parent := fork.repository.parent)}
    aside = replace(runner, problems={})  # an origin is none of the repositories that we were asked for
    shared: dict[str, set[str]] = {}
    pages: deque[PageCursor] = deque()

    def take(walk: PageCursor, page: ConnectionPage[GitObjectRef]) -> None:
        shared.setdefault(walk.node_id, set()).update(one.oid for one in page.visible_nodes)
        if page.page_info.has_next_page:
            pages.append(PageCursor(walk.node_id, walk.repository, page.page_info.end_cursor, walk.head_oid))

    def give_up(walk: PageCursor, error: GitHubQueryTooLargeError) -> None:
        aside.add_problem(walk.repository, str(error))

    starts = [PageCursor(one.id, one.name_with_owner, None) for one in origins.values()]
    for walk, history, _ in _fetch_first_pages(aside, starts, "Upstream", give_up):
        take(walk, parse_response(ConnectionPage[GitObjectRef], history, "Upstream", walk.repository, "history"))
    for walk, node, _ in aside.paginate(
        "MoreUpstream", pages, {"since": runner.since_timestamp, "until": runner.until_timestamp}
    ):
        if page := _parse_next_page(aside, walk, node, GitObjectRef):
            take(walk, page)
    for fork in forks_by_id.values():
        name, origin = fork.repository.name_with_owner, fork.repository.parent
        if origin and (reason := aside.problems.get(origin.name_with_owner)):
            runner.add_problem(name, f"its origin {origin.name_with_owner} cannot be read: {reason}")
        elif origin:
            own = tuple(one for one in fork.commits if one.oid not in shared.get(origin.id, ()))
            yield CommitBatch(fork.repository, own)


def _fetch_first_pages(
    runner: QueryRunner,
    cursors: Sequence[PageCursor],
    query: str,
    on_too_heavy: Callable[[PageCursor, GitHubQueryTooLargeError], None],
) -> Iterator[tuple[PageCursor, Any, str | None]]:
    """The first page of each history, as it came: (where it was begun, the connection, the text of .mailmap)."""

    def ask(batch: Sequence[PageCursor], page: int) -> GraphQLResponse:
        variables = {
            "ids": [one.node_id for one in batch],
            "n": page,
            "since": runner.since_timestamp,
            "until": runner.until_timestamp,
        }
        if query == "Commits":
            variables["stats"] = True
        return runner.client.query(query, QUERIES[query], variables)

    sizes = runner.sizes
    page = sizes.commits if query == "Commits" else sizes.page_size
    waiting = deque(cursors)
    for batch, answer in runner.run_batches(
        query, waiting, max_size=sizes.histories, page_size=page, send=ask, on_too_heavy=on_too_heavy
    ):
        places = [("nodes", number) for number in range(len(batch))]
        found = zip(batch, answer.data["nodes"], errors_by_path(answer, places, query), strict=True)
        for walk, node, faults in found:
            if (value := runner.readable_node(node, faults, walk.repository)) and value.get(
                "__typename"
            ) == "Repository":
                shown = parse_response(RepositoryCommitPage, value, query, walk.repository)
                target = shown.default_branch_ref and shown.default_branch_ref.target
                if target and target.history is not None:
                    mailmap = shown.mailmap.text if shown.mailmap else None
                    yield replace(walk, head_oid=target.oid), target.history, mailmap


def _parse_next_page(
    runner: QueryRunner, cursor: PageCursor, node: Mapping[str, Any], model: type[CommitT]
) -> ConnectionPage[CommitT] | None:
    """The next page of a history, or None where the head that it was begun at is gone, which is then noted."""
    head = node.get("object")
    if not isinstance(head, Mapping):
        runner.add_problem(cursor.repository, "its history was rewritten while it was read; collect again")
        return None
    page_model: type[ConnectionPage[CommitT]] = ConnectionPage[model]  # type: ignore[valid-type]
    return parse_response(page_model, head.get("history"), "history", cursor.repository)


def _select_in_window(runner: QueryRunner, commits: Sequence[GitHubCommit]) -> tuple[GitHubCommit, ...]:
    return tuple(one for one in commits if one.committed_date in runner.window)
