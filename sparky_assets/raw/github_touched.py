"""Which pull requests, issues and releases may hold events of the window: the pages after those of the enumeration.

Here: walking connections that move while they are read. Not here: reading the items themselves (`github_items.py`).
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sparky_assets.raw.github.batching import PageCursor, QueryRunner
from sparky_assets.raw.github.responses import GitHubRelease, GitHubRepository, ItemRef
from sparky_assets.raw.github_answers import ConnectionPage, parse_response

MAX_DRAFT_AGE = timedelta(days=90)
"""Releases are listed by creation and dated by publication: a draft may wait this long."""


@dataclass
class PullRequestScan:
    """One repository's pull requests, newest change first, while they are walked."""

    repository: GitHubRepository
    updated_items: dict[str, ItemRef] = field(default_factory=dict)
    newest_seen_at: datetime | None = None
    page_count: int = 1


def find_updated_items(
    runner: QueryRunner, repositories: Sequence[GitHubRepository]
) -> Iterator[tuple[GitHubRepository, str]]:
    """The ids of all pull requests and issues that were changed since the window began and opened before its end."""
    yield from _find_updated_pull_requests(runner, repositories)
    yield from _find_updated_issues(runner, repositories)


def _find_updated_pull_requests(
    runner: QueryRunner, repositories: Sequence[GitHubRepository]
) -> Iterator[tuple[GitHubRepository, str]]:
    fronts = {one.id: PullRequestScan(one) for one in repositories}
    waiting: deque[PageCursor] = deque()
    for front in fronts.values():
        if walk := _advance_scan(runner, front, front.repository.pull_requests):
            waiting.append(walk)
    for walk, node, _ in runner.paginate("MorePullRequests", waiting, {}):
        front = fronts[walk.node_id]
        front.page_count += 1
        page = parse_response(ConnectionPage[ItemRef], node["pullRequests"], "MorePullRequests", walk.repository)
        if again := _advance_scan(runner, front, page):
            waiting.append(again)
    for front in fronts.values():
        ids = [one.id for one in front.updated_items.values() if one.created_at < runner.window.end]
        yield from ((front.repository, one) for one in ids)


def _advance_scan(runner: QueryRunner, scan: PullRequestScan, page: ConnectionPage[ItemRef]) -> PageCursor | None:
    """Take a page in; what to read next.

    A pull request that is changed while we walk jumps in front of the cursor and would be missed: 380 events in 30 runs
    of the proof. So after a walk of several pages the front is read again, until one page holds all that is new.
    """
    shown = page.visible_nodes
    until = scan.newest_seen_at or runner.window.start
    scan.updated_items |= {one.id: one for one in shown if one.updated_at >= runner.window.start}
    name = scan.repository.name_with_owner
    if page.page_info.has_next_page and shown and shown[-1].updated_at >= until:
        return PageCursor(scan.repository.id, name, page.page_info.end_cursor)
    if scan.page_count == 1:
        return None
    scan.newest_seen_at, scan.page_count = max(one.updated_at for one in scan.updated_items.values()), 0
    return PageCursor(scan.repository.id, name, None)


def _find_updated_issues(
    runner: QueryRunner, repositories: Sequence[GitHubRepository]
) -> Iterator[tuple[GitHubRepository, str]]:
    # Oldest change first: an issue that is changed meanwhile moves to where we have not been yet.
    by_id = {one.id: one for one in repositories}
    seen = set()
    waiting: deque[PageCursor] = deque()

    def take(repository: GitHubRepository, page: ConnectionPage[ItemRef]) -> Iterator[tuple[GitHubRepository, str]]:
        for issue in page.visible_nodes:
            if issue.id not in seen and issue.created_at < runner.window.end:
                seen.add(issue.id)
                yield repository, issue.id
        if page.page_info.has_next_page:
            waiting.append(PageCursor(repository.id, repository.name_with_owner, page.page_info.end_cursor))

    for repository in repositories:
        yield from take(repository, repository.issues)
    for walk, node, _ in runner.paginate("MoreIssues", waiting, {"since": runner.since_timestamp}):
        yield from take(
            by_id[walk.node_id], parse_response(ConnectionPage[ItemRef], node["issues"], "MoreIssues", walk.repository)
        )


def find_releases(
    runner: QueryRunner, repositories: Sequence[GitHubRepository]
) -> Iterator[tuple[GitHubRepository, GitHubRelease]]:
    """The releases that were published in the window."""
    by_id = {one.id: one for one in repositories}
    waiting: deque[PageCursor] = deque()

    def take(
        repository: GitHubRepository, page: ConnectionPage[GitHubRelease]
    ) -> Iterator[tuple[GitHubRepository, GitHubRelease]]:
        for release in page.visible_nodes:
            if release.published_at and not release.is_draft and release.published_at in runner.window:
                yield repository, release
        oldest = page.visible_nodes[-1].created_at if page.visible_nodes else runner.window.start
        if page.page_info.has_next_page and oldest >= runner.window.start - MAX_DRAFT_AGE:
            waiting.append(PageCursor(repository.id, repository.name_with_owner, page.page_info.end_cursor))

    for repository in repositories:
        yield from take(repository, repository.releases)
    for walk, node, _ in runner.paginate("MoreReleases", waiting, {}):
        page = parse_response(ConnectionPage[GitHubRelease], node["releases"], "MoreReleases", walk.repository)
        yield from take(by_id[walk.node_id], page)
