"""Commits of the window on default branches, with a fork's own told from those of the repository it was made from."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from resources.errors import GitHubTooHeavyError
from resources.github_answer import Answer
from sparky_assets.raw.github_answers import Connection, read
from sparky_assets.raw.github_asking import PUSH_MARGIN, Asking, Walk, by_place
from sparky_assets.raw.github_models import Commit, Histories, Oid, Repository
from sparky_assets.raw.github_queries import STATIC

Entry = TypeVar("Entry", Commit, Oid)

WITHOUT_STATISTICS = "GitHub could not compute the changed lines of some commits"


@dataclass(frozen=True)
class History:
    """Commits of one repository, as they come: a repository may have several of these."""

    repository: Repository
    commits: tuple[Commit, ...]
    mailmap: str | None = None


@dataclass(frozen=True)
class _Fork:
    repository: Repository
    commits: list[Commit]


def histories(asking: Asking, repositories: Sequence[Repository], *, forks: str) -> Iterator[History]:
    """The commits of the window of all repositories that were pushed to since it began."""
    pushed = [one for one in repositories if _may_hold_commits(asking, one) and (forks != "none" or not one.is_fork)]
    held: dict[str, _Fork] = {}
    for history in _all_commits(asking, pushed):
        repository = history.repository
        if forks == "own" and repository.is_fork and repository.parent:
            held.setdefault(repository.id, _Fork(repository, [])).commits.extend(history.commits)
        else:
            yield history
    yield from _own_commits(asking, held)


def _may_hold_commits(asking: Asking, repository: Repository) -> bool:
    if repository.is_empty or repository.is_disabled or not _head(repository):
        return False
    return repository.pushed_at is None or repository.pushed_at >= asking.window.start - PUSH_MARGIN


def _head(repository: Repository) -> str | None:
    branch = repository.default_branch_ref
    return branch.target.oid if branch and branch.target else None


def _all_commits(asking: Asking, repositories: Sequence[Repository]) -> Iterator[History]:
    by_id = {one.id: one for one in repositories}
    pages: deque[Walk] = deque()
    bare: deque[Walk] = deque()
    window: dict[str, Any] = {"since": asking.since, "until": asking.until}

    def without_statistics(walk: Walk, _: GitHubTooHeavyError) -> None:
        bare.append(walk)

    def take(walk: Walk, page: Connection[Commit], mailmap: str | None = None) -> History:
        if len(page.shown) < len(page.nodes):
            bare.append(walk)  # one commit without its numbers takes the whole commit with it: ask without them
        if page.page_info.has_next_page:
            known = walk.left if walk.left is not None else page.total_count
            left = None if known is None else known - len(page.nodes)
            pages.append(Walk(walk.id, walk.repository, page.page_info.end_cursor, walk.head, left))
        return History(by_id[walk.id], _in_window(asking, page.shown), mailmap)

    starts = [Walk(one.id, one.name_with_owner, None, _head(one)) for one in repositories]
    for walk, history, mailmap in _first_pages(asking, starts, "Commits", without_statistics):
        yield take(walk, read(Connection[Commit], history, "Commits", walk.repository, "history"), mailmap)
    pages = deque(sorted(pages, key=lambda walk: walk.left or 0))  # batches of like length: the longest sets the page
    for walk, node, _ in asking.follow("MoreCommits", pages, window | {"stats": True}, without_statistics):
        if page := _more(asking, walk, node, Commit):
            yield take(walk, page)
    for walk, node, _ in asking.follow("MoreCommits", bare, window | {"stats": False}):
        asking.notes[walk.repository] = WITHOUT_STATISTICS
        if page := _more(asking, walk, node, Commit):
            if len(page.shown) < len(page.nodes):
                asking.problem(walk.repository, "GitHub shows some of its commits as null")
            if page.page_info.has_next_page:
                bare.append(Walk(walk.id, walk.repository, page.page_info.end_cursor, walk.head))
            yield History(by_id[walk.id], _in_window(asking, page.shown))


def _own_commits(asking: Asking, held: Mapping[str, _Fork]) -> Iterator[History]:
    """What forks hold in the window and the repositories that they were made from do not.

    A fork's history is that of its origin up to the last synchronisation; counted whole, it would tell the origin's
    work as the fork's. An origin that cannot be read leaves the question open, which is a problem of the fork.
    """
    origins = {parent.id: parent for fork in held.values() if (parent := fork.repository.parent)}
    aside = replace(asking, problems={})  # an origin is none of the repositories that we were asked for
    shared: dict[str, set[str]] = {}
    pages: deque[Walk] = deque()

    def take(walk: Walk, page: Connection[Oid]) -> None:
        shared.setdefault(walk.id, set()).update(one.oid for one in page.shown)
        if page.page_info.has_next_page:
            pages.append(Walk(walk.id, walk.repository, page.page_info.end_cursor, walk.head))

    def give_up(walk: Walk, error: GitHubTooHeavyError) -> None:
        aside.problem(walk.repository, str(error))

    starts = [Walk(one.id, one.name_with_owner, None) for one in origins.values()]
    for walk, history, _ in _first_pages(aside, starts, "Upstream", give_up):
        take(walk, read(Connection[Oid], history, "Upstream", walk.repository, "history"))
    for walk, node, _ in aside.follow("MoreUpstream", pages, {"since": asking.since, "until": asking.until}):
        if page := _more(aside, walk, node, Oid):
            take(walk, page)
    for fork in held.values():
        name, origin = fork.repository.name_with_owner, fork.repository.parent
        if origin and (reason := aside.problems.get(origin.name_with_owner)):
            asking.problem(name, f"its origin {origin.name_with_owner} cannot be read: {reason}")
        elif origin:
            own = tuple(one for one in fork.commits if one.oid not in shared.get(origin.id, ()))
            yield History(fork.repository, own)


def _first_pages(
    asking: Asking, walks: Sequence[Walk], query: str, otherwise: Callable[[Walk, GitHubTooHeavyError], None]
) -> Iterator[tuple[Walk, Any, str | None]]:
    """The first page of each history, as it came: (where it was begun, the connection, the text of .mailmap)."""

    def ask(batch: Sequence[Walk], page: int) -> Answer:
        variables = {"ids": [one.id for one in batch], "n": page, "since": asking.since, "until": asking.until}
        if query == "Commits":
            variables["stats"] = True
        return asking.source.query(query, STATIC[query], variables)

    sizes = asking.sizes
    page = sizes.commits if query == "Commits" else sizes.page
    waiting = deque(walks)
    for batch, answer in asking.batches(query, waiting, most=sizes.histories, page=page, ask=ask, otherwise=otherwise):
        places = [("nodes", number) for number in range(len(batch))]
        found = zip(batch, answer.data["nodes"], by_place(answer, places, query), strict=True)
        for walk, node, faults in found:
            if (value := asking.node(node, faults, walk.repository)) and value.get("__typename") == "Repository":
                shown = read(Histories, value, query, walk.repository)
                target = shown.default_branch_ref and shown.default_branch_ref.target
                if target and target.history is not None:
                    mailmap = shown.mailmap.text if shown.mailmap else None
                    yield replace(walk, head=target.oid), target.history, mailmap


def _more(asking: Asking, walk: Walk, node: Mapping[str, Any], kind: type[Entry]) -> Connection[Entry] | None:
    """The next page of a history, or None where the head that it was begun at is gone, which is then noted."""
    head = node.get("object")
    if not isinstance(head, Mapping):
        asking.problem(walk.repository, "its history was rewritten while it was read; collect again")
        return None
    page: Connection[Entry] = read(Connection[kind], head.get("history"), "history", walk.repository)  # type: ignore[valid-type]
    return page


def _in_window(asking: Asking, commits: Sequence[Commit]) -> tuple[Commit, ...]:
    return tuple(one for one in commits if one.committed_date in asking.window)
