"""Which pull requests, issues and releases may hold events of the window: the pages after those of the enumeration.

Here: walking connections that move while they are read. Not here: reading the items themselves (`github_items.py`).
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sparky_assets.raw.github_answers import Connection, read
from sparky_assets.raw.github_asking import Asking, Walk
from sparky_assets.raw.github_models import Release, Repository, Touched

DRAFT_LIFE = timedelta(days=90)
"""Releases are listed by creation and dated by publication: a draft may wait this long."""


@dataclass
class _Front:
    """One repository's pull requests, newest change first, while they are walked."""

    repository: Repository
    found: dict[str, Touched] = field(default_factory=dict)
    known: datetime | None = None
    pages: int = 1


def touched_items(asking: Asking, repositories: Sequence[Repository]) -> Iterator[tuple[Repository, str]]:
    """The ids of all pull requests and issues that were changed since the window began and opened before its end."""
    yield from _pull_requests(asking, repositories)
    yield from _issues(asking, repositories)


def _pull_requests(asking: Asking, repositories: Sequence[Repository]) -> Iterator[tuple[Repository, str]]:
    fronts = {one.id: _Front(one) for one in repositories}
    waiting: deque[Walk] = deque()
    for front in fronts.values():
        if walk := _next_page(asking, front, front.repository.pull_requests):
            waiting.append(walk)
    for walk, node, _ in asking.follow("MorePullRequests", waiting, {}):
        front = fronts[walk.id]
        front.pages += 1
        page = read(Connection[Touched], node["pullRequests"], "MorePullRequests", walk.repository)
        if again := _next_page(asking, front, page):
            waiting.append(again)
    for front in fronts.values():
        ids = [one.id for one in front.found.values() if one.created_at < asking.window.end]
        yield from ((front.repository, one) for one in ids)


def _next_page(asking: Asking, front: _Front, page: Connection[Touched]) -> Walk | None:
    """Take a page in; what to read next.

    A pull request that is changed while we walk jumps in front of the cursor and would be missed: 380 events in 30 runs
    of the proof. So after a walk of several pages the front is read again, until one page holds all that is new.
    """
    shown = page.shown
    until = front.known or asking.window.start
    front.found |= {one.id: one for one in shown if one.updated_at >= asking.window.start}
    name = front.repository.name_with_owner
    if page.page_info.has_next_page and shown and shown[-1].updated_at >= until:
        return Walk(front.repository.id, name, page.page_info.end_cursor)
    if front.pages == 1:
        return None
    front.known, front.pages = max(one.updated_at for one in front.found.values()), 0
    return Walk(front.repository.id, name, None)


def _issues(asking: Asking, repositories: Sequence[Repository]) -> Iterator[tuple[Repository, str]]:
    # Oldest change first: an issue that is changed meanwhile moves to where we have not been yet.
    by_id = {one.id: one for one in repositories}
    seen = set()
    waiting: deque[Walk] = deque()

    def take(repository: Repository, page: Connection[Touched]) -> Iterator[tuple[Repository, str]]:
        for issue in page.shown:
            if issue.id not in seen and issue.created_at < asking.window.end:
                seen.add(issue.id)
                yield repository, issue.id
        if page.page_info.has_next_page:
            waiting.append(Walk(repository.id, repository.name_with_owner, page.page_info.end_cursor))

    for repository in repositories:
        yield from take(repository, repository.issues)
    for walk, node, _ in asking.follow("MoreIssues", waiting, {"since": asking.since}):
        yield from take(by_id[walk.id], read(Connection[Touched], node["issues"], "MoreIssues", walk.repository))


def published_releases(asking: Asking, repositories: Sequence[Repository]) -> Iterator[tuple[Repository, Release]]:
    """The releases that were published in the window."""
    by_id = {one.id: one for one in repositories}
    waiting: deque[Walk] = deque()

    def take(repository: Repository, page: Connection[Release]) -> Iterator[tuple[Repository, Release]]:
        for release in page.shown:
            if release.published_at and not release.is_draft and release.published_at in asking.window:
                yield repository, release
        oldest = page.shown[-1].created_at if page.shown else asking.window.start
        if page.page_info.has_next_page and oldest >= asking.window.start - DRAFT_LIFE:
            waiting.append(Walk(repository.id, repository.name_with_owner, page.page_info.end_cursor))

    for repository in repositories:
        yield from take(repository, repository.releases)
    for walk, node, _ in asking.follow("MoreReleases", waiting, {}):
        page = read(Connection[Release], node["releases"], "MoreReleases", walk.repository)
        yield from take(by_id[walk.id], page)
