"""One sweep of an organisation or user for a window: enumerate, then commits, then what was touched.

One sweep serves a range of days, which are cut apart afterwards: a sweep a day would list every repository for each.
What comes out are GitHub's own records; the rows that become of them are `github_tables.py`'s business.

Which pull requests, issues and releases may hold events of the window: the pages after those of the enumeration.

Here: walking connections that move while they are read. Not here: reading the items themselves (`github_items.py`).
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatch
from typing import Literal

from resources.errors import GitHubError, GitHubQueryTooLargeError
from resources.runtime import report_progress
from sparky_assets.raw.github.batching import MAX_ATTEMPTS, PageCursor, QueryRunner, errors_by_path
from sparky_assets.raw.github.commits import CommitBatch, fetch_commits
from sparky_assets.raw.github.items import LoadedItem, fetch_items
from sparky_assets.raw.github.open_items import OpenItemsListing, fetch_open_items
from sparky_assets.raw.github.queries import QUERIES
from sparky_assets.raw.github.responses import (
    ConnectionPage,
    GitHubRelease,
    GitHubRepository,
    ItemRef,
    RepositoryOwner,
    parse_response,
)

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


ForkPolicy = Literal["own", "all", "none"]


@dataclass(frozen=True)
class RepositoryFilter:
    """Which of an owner's repositories are read."""

    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()
    forks: ForkPolicy = "own"

    def __contains__(self, repository: GitHubRepository) -> bool:
        name = repository.name_with_owner
        return _is_match(name, self.include) and not _is_match(name, self.exclude)


@dataclass(frozen=True)
class ReleaseRecord:
    """A release of the window."""

    repository: GitHubRepository
    release: GitHubRelease


SweepRecord = GitHubRepository | OpenItemsListing | CommitBatch | LoadedItem | ReleaseRecord


def sweep_owner(runner: QueryRunner, owner: str, repository_filter: RepositoryFilter) -> Iterator[SweepRecord]:
    """Everything of an owner that happened in the window, first the repositories themselves.

    What could not be had stands in `asking.problems` afterwards; whoever calls decides what that means.
    """
    listed = [one for one in enumerate_repositories(runner, owner) if one in repository_filter]
    repositories = {one.id: one.drop_pages() for one in listed}
    published = [(repository.id, release) for repository, release in find_releases(runner, listed)]
    touched = [(repository.id, key) for repository, key in find_updated_items(runner, listed)]
    still_open = list(fetch_open_items(runner, listed)) if runner.lists_open_items else []
    del listed  # 3000 repositories of a busy month: 300 MB of ids and dates that nothing asks for any more
    yield from repositories.values()
    yield from still_open
    for key, release in published:
        yield ReleaseRecord(repositories[key], release)
    for number, history in enumerate(
        fetch_commits(runner, list(repositories.values()), fork_policy=repository_filter.forks)
    ):
        report_progress(f"{owner}: histories", number)
        yield history
    found = ((repositories[repository], key) for repository, key in touched)
    for number, item in enumerate(fetch_items(runner, found)):
        report_progress(f"{owner}: pull requests and issues", number, len(touched))
        yield item


def enumerate_repositories(runner: QueryRunner, owner: str) -> Iterator[GitHubRepository]:
    """All repositories that the token shows, by age.

    Raises:
        GitHubError: when the owner is not there, or a page cannot be had: without the list nothing can be called quiet.
    """
    cursor, listed = None, 0
    while True:
        page = _fetch_repository_page(runner, owner, cursor)
        listed += len(page.nodes)
        yield from page.visible_nodes
        if not page.page_info.has_next_page:
            break
        cursor = page.page_info.end_cursor
        report_progress(f"{owner}: repositories", listed, page.total_count)
    if listed < (page.total_count or 0):
        raise GitHubError(
            f"{owner}: GitHub counts {page.total_count} repositories and lists {listed}. Try again later."
        )


def _fetch_repository_page(runner: QueryRunner, owner: str, cursor: str | None) -> ConnectionPage[GitHubRepository]:
    attempts = 0
    query = "EnumWithOpen" if runner.lists_open_items else "Enum"
    while True:
        size = runner.sizer.get_size("Enum", runner.sizes.repositories)
        variables = {
            "owner": owner,
            "after": cursor,
            "n": size,
            "k": runner.sizes.updated_items,
            "since": runner.since_timestamp,
        }
        try:
            answer = runner.client.query(query, QUERIES[query], variables)
        except GitHubQueryTooLargeError:
            attempts += size == 1
            if attempts >= MAX_ATTEMPTS:
                raise
            runner.sizer.halve("Enum", size)
        else:
            runner.sizer.record_success("Enum")
            break
    found = answer.data.get("repositoryOwner")
    if not isinstance(found, dict):
        told = "; ".join(fault.message for fault in answer.errors)
        raise GitHubError(f"{owner}: no such organisation or user, or the token may not see it. {told}".strip())
    nodes = (found.get("repositories") or {}).get("nodes") or []
    places = [("repositoryOwner", "repositories", "nodes", number) for number in range(len(nodes))]
    for node, faults in zip(nodes, errors_by_path(answer, places, "Enum"), strict=True):
        name = str(node.get("nameWithOwner")) if isinstance(node, dict) else f"{owner}: a repository that is hidden"
        if runner.readable_node(node, faults, name) is None:
            runner.add_problem(name, "GitHub lists it and does not show it")
    return parse_response(RepositoryOwner, found, "Enum", "repositoryOwner").repositories


def _is_match(name: str, patterns: Sequence[str]) -> bool:
    # A pattern without an owner is about the repository's own name: `docs-*` beside `acme/docs-*`.
    short = name.partition("/")[2]
    return any(fnmatch((name if "/" in one else short).lower(), one.lower()) for one in patterns)
