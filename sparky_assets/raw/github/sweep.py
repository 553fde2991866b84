"""Sweep one organisation or user for a window: list repositories, find updated items and releases, read them.

One sweep serves a range of days, which are split afterwards: a sweep per day would list every repository each day. The
result are GitHub's own records; their rows belong to `rows.py`, reading commits and items to `commits.py` and
`items.py`.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatch
from typing import Any, Literal

from resources.errors import GitHubError, GitHubNetworkError, GitHubQueryTooLargeError
from resources.github.client import GraphQLResponse
from resources.progress import report_progress
from sparky_assets.raw.github.batching import (
    PageCursor,
    QueryRunner,
    errors_by_path,
    queue_next_page,
)
from sparky_assets.raw.github.commits import CommitBatch, fetch_commits
from sparky_assets.raw.github.items import LoadedItem, ReleaseRecord, ReleaseText, fetch_items
from sparky_assets.raw.github.notes.added_notes import AddedNotes, AddedNotesFinder
from sparky_assets.raw.github.notes.release_files import fetch_tag_notes
from sparky_assets.raw.github.open_items import OpenItemsListing, fetch_open_items
from sparky_assets.raw.github.parsing import ConnectionPage, parse_record, parse_response
from sparky_assets.raw.github.queries import QUERIES
from sparky_assets.raw.github.recent_items import RecentItem, fetch_recent_items, find_recent_items
from sparky_assets.raw.github.responses import GitHubRelease, GitHubRepository, ItemRef, RepositoryOwner
from sparky_assets.text.references import points_elsewhere

MAX_DRAFT_AGE = timedelta(days=90)
"""Releases are listed by creation and dated by publication: a draft is found if it was published within this time."""

MAX_LISTED_RELEASES = 10

MAX_LISTED_OPEN_ITEMS = 50

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


def _is_match(name: str, patterns: Sequence[str]) -> bool:
    # A pattern without an owner matches the repository's own name: `docs-*` beside `acme/docs-*`.
    full_name = name.lower()
    short_name = full_name.partition("/")[2]
    return any(fnmatch(full_name if "/" in pattern else short_name, pattern.lower()) for pattern in patterns)


SweepRecord = (
    GitHubRepository
    | OpenItemsListing
    | CommitBatch
    | LoadedItem
    | ReleaseRecord
    | ReleaseText
    | RecentItem
    | AddedNotes
)


def sweep_owner(runner: QueryRunner, owner: str, repository_filter: RepositoryFilter) -> Iterator[SweepRecord]:
    """Yield everything of an owner that happened in the window, the repositories first.

    What could not be read is in `runner.problems` afterwards; the caller decides what follows from it.
    """
    listed = [repository for repository in enumerate_repositories(runner, owner) if repository in repository_filter]
    repositories = {repository.id: repository.drop_pages() for repository in listed}
    releases = [(repository.id, release) for repository, release in find_releases(runner, listed)]
    updated_items = [(repository.id, item_id) for repository, item_id in find_updated_items(runner, listed)]
    recent_items = [(repositories[repository.id], item_id) for repository, item_id in find_recent_items(runner, listed)]
    open_items = list(fetch_open_items(runner, listed)) if runner.lists_open_items else []
    del listed  # the first pages of 3000 repositories of a busy month: 300 MB that are not needed any more
    yield from repositories.values()
    yield from open_items
    release_records = {
        release.id: ReleaseRecord(repositories[repository_id], release) for repository_id, release in releases
    }
    yield from release_records.values()
    yield from fetch_recent_items(runner, recent_items)
    added_notes = AddedNotesFinder(runner)
    batches = fetch_commits(runner, list(repositories.values()), fork_policy=repository_filter.forks)
    for number, batch in enumerate(batches):
        report_progress(f"{owner}: histories", number)
        added_notes.add_commits(batch)
        yield batch
    updated = ((repositories[repository_id], item_id) for repository_id, item_id in updated_items)
    items = fetch_items(runner, updated, release_records)
    silent_releases = []
    for number, item in enumerate(items):
        report_progress(f"{owner}: pull requests and issues", number, len(updated_items))
        if isinstance(item, ReleaseText) and points_elsewhere(item.text):
            silent_releases.append(item)
            continue
        if isinstance(item, LoadedItem):
            added_notes.add_item(item)
        yield item
    yield from fetch_tag_notes(runner, silent_releases)
    yield from added_notes.find()


def enumerate_repositories(runner: QueryRunner, owner: str) -> Iterator[GitHubRepository]:
    """Yield all repositories that the token may see, by age.

    Raises:
        GitHubError: when the owner does not exist, or a page cannot be read. A partial list would make the repositories
            that are missing look inactive.
    """
    cursor = None
    listed_count = 0
    while True:
        page = _fetch_repository_page(runner, owner, cursor)
        listed_count += len(page.nodes)
        yield from page.visible_nodes
        if not page.page_info.has_next_page:
            break
        cursor = page.page_info.end_cursor
        report_progress(f"{owner}: repositories", listed_count, page.total_count)
    if listed_count < (page.total_count or 0):
        raise GitHubError(
            f"{owner}: GitHub counts {page.total_count} repositories and lists {listed_count}. Try again later."
        )


def _fetch_repository_page(runner: QueryRunner, owner: str, cursor: str | None) -> ConnectionPage[GitHubRepository]:
    response = _query_repository_page(runner, owner, cursor)
    owner_node = response.data.get("repositoryOwner")
    if not isinstance(owner_node, dict):
        reasons = "; ".join(error.message for error in response.errors)
        raise GitHubError(f"{owner}: no such organisation or user, or the token may not see it. {reasons}".strip())
    nodes = (owner_node.get("repositories") or {}).get("nodes") or []
    paths = [("repositoryOwner", "repositories", "nodes", number) for number in range(len(nodes))]
    for node, errors in zip(nodes, errors_by_path(response, paths, "Enum"), strict=True):
        name = str(node.get("nameWithOwner")) if isinstance(node, dict) else f"{owner}: a repository that is hidden"
        if runner.readable_node(node, errors, name) is None:
            runner.add_problem(name, "GitHub lists it and does not show it")
    damaged: list[str] = []
    page = parse_record(RepositoryOwner, owner_node, "Enum", "repositoryOwner", on_damage=damaged.append).repositories
    for node, repository in zip(nodes, page.nodes, strict=True):
        if isinstance(node, dict) and repository is None and not runner.has_problem(str(node.get("nameWithOwner"))):
            runner.add_problem(str(node.get("nameWithOwner")), "; ".join(damaged) or "GitHub does not show it")
    for message in damaged:
        runner.note_damage(owner)(message)
    return page


def _query_repository_page(runner: QueryRunner, owner: str, cursor: str | None) -> GraphQLResponse:
    query = "EnumWithOpen" if runner.lists_open_items else "Enum"
    attempts = 0
    contents = runner.sizes.updated_items
    left_out = set(runner.refused_fields)
    while True:
        size = runner.sizer.get_size("Enum", runner.sizes.repositories)
        variables: dict[str, Any] = {
            "owner": owner,
            "after": cursor,
            "n": size,
            "k": contents,
            "r": min(contents, MAX_LISTED_RELEASES),
            "since": runner.since_timestamp,
            "deployments": "deployments" not in left_out,
            "discussions": runner.lists_discussions and "discussions" not in left_out,
        }
        if runner.lists_open_items:
            variables["o"] = min(5 * contents, MAX_LISTED_OPEN_ITEMS)
        try:
            response = runner.client.query(query, QUERIES[query], variables)
        except GitHubQueryTooLargeError as error:
            attempts += size == 1 and contents == 1
            if attempts and not runner.require_patience(error, attempts, owner):
                if error.may_pass:
                    raise GitHubNetworkError(f"{str(error).removesuffix('.')}, for minutes.") from error
                raise
            if size == 1:
                contents = max(1, contents // 2)  # the list of one repository has pages of its own
            runner.sizer.halve("Enum", size)
        else:
            runner.sizer.record_success("Enum")
            lost = runner.note_lost_connections(response.errors, owner)
            if lost <= left_out:
                return response
            left_out |= lost


def find_updated_items(
    runner: QueryRunner, repositories: Sequence[GitHubRepository]
) -> Iterator[tuple[GitHubRepository, str]]:
    """Yield the ids of all pull requests and issues that were updated since the window began and opened before its end.

    The connections change while they are read. The order of each makes sure that no item is missed.
    """
    yield from _find_updated_pull_requests(runner, repositories)
    yield from _find_updated_issues(runner, repositories)


@dataclass
class PullRequestScan:
    """One repository's pull requests, newest change first, while their pages are read."""

    repository: GitHubRepository
    updated_items: dict[str, ItemRef] = field(default_factory=dict)
    newest_seen_at: datetime | None = None
    page_count: int = 1


def _find_updated_pull_requests(
    runner: QueryRunner, repositories: Sequence[GitHubRepository]
) -> Iterator[tuple[GitHubRepository, str]]:
    scans = {repository.id: PullRequestScan(repository) for repository in repositories}
    pending: deque[PageCursor] = deque()
    for scan in scans.values():
        if cursor := _advance_scan(runner, scan, scan.repository.pull_requests):
            pending.append(cursor)
    for cursor, node, _ in runner.paginate("MorePullRequests", pending, {}):
        scan = scans[cursor.node_id]
        scan.page_count += 1
        page = parse_response(ConnectionPage[ItemRef], node["pullRequests"], "MorePullRequests", cursor.repository)
        if next_cursor := _advance_scan(runner, scan, page):
            pending.append(next_cursor)
    for scan in scans.values():
        for item in scan.updated_items.values():
            if item.created_at < runner.window.end:
                yield scan.repository, item.id


def _advance_scan(runner: QueryRunner, scan: PullRequestScan, page: ConnectionPage[ItemRef]) -> PageCursor | None:
    """Add a page to a scan, and return what to read next; None if the scan is complete.

    A pull request that is changed during the scan jumps in front of the cursor and would be missed: 380 events in 30
    runs of the proof. So after a scan of several pages the first page is read again, until one page holds all changes.
    """
    items = page.visible_nodes
    scanned_until = scan.newest_seen_at or runner.window.start
    scan.updated_items |= {item.id: item for item in items if item.updated_at >= runner.window.start}
    name = scan.repository.name_with_owner
    if page.page_info.has_next_page and items and items[-1].updated_at >= scanned_until:
        return PageCursor(scan.repository.id, name, page.page_info.end_cursor)
    if scan.page_count == 1:
        return None
    scan.newest_seen_at = max(item.updated_at for item in scan.updated_items.values())
    scan.page_count = 0
    return PageCursor(scan.repository.id, name, None)


def _find_updated_issues(
    runner: QueryRunner, repositories: Sequence[GitHubRepository]
) -> Iterator[tuple[GitHubRepository, str]]:
    seen_ids = set()
    for repository, page in _read_issue_pages(runner, repositories):
        for issue in page.visible_nodes:
            if issue.id not in seen_ids and issue.created_at < runner.window.end:
                seen_ids.add(issue.id)
                yield repository, issue.id


def _read_issue_pages(
    runner: QueryRunner, repositories: Sequence[GitHubRepository]
) -> Iterator[tuple[GitHubRepository, ConnectionPage[ItemRef]]]:
    """Yield the pages of the issues of each repository; the first pages are those of the enumeration.

    Oldest change first: an issue that is changed meanwhile moves to a page that is still to be read.
    """
    repositories_by_id = {repository.id: repository for repository in repositories}
    pending: deque[PageCursor] = deque()
    for repository in repositories:
        queue_next_page(pending, PageCursor(repository.id, repository.name_with_owner, None), repository.issues)
        yield repository, repository.issues
    for cursor, node, _ in runner.paginate("MoreIssues", pending, {"since": runner.since_timestamp}):
        page = parse_response(ConnectionPage[ItemRef], node["issues"], "MoreIssues", cursor.repository)
        queue_next_page(pending, cursor, page)
        yield repositories_by_id[cursor.node_id], page


def find_releases(
    runner: QueryRunner, repositories: Sequence[GitHubRepository]
) -> Iterator[tuple[GitHubRepository, GitHubRelease]]:
    """Yield the releases that were published in the window."""
    repositories_by_id = {repository.id: repository for repository in repositories}
    pending: deque[PageCursor] = deque()
    for repository in repositories:
        first_page = PageCursor(repository.id, repository.name_with_owner, None)
        _queue_older_releases(runner, pending, first_page, repository.releases)
        for release in _select_published(runner, repository.releases):
            yield repository, release
    for cursor, node, _ in runner.paginate("MoreReleases", pending, {}):
        page = parse_response(ConnectionPage[GitHubRelease], node["releases"], "MoreReleases", cursor.repository)
        _queue_older_releases(runner, pending, cursor, page)
        for release in _select_published(runner, page):
            yield repositories_by_id[cursor.node_id], release


def _queue_older_releases(
    runner: QueryRunner, pending: deque[PageCursor], cursor: PageCursor, page: ConnectionPage[GitHubRelease]
) -> None:
    """Queue the next page, unless its releases are too old to have been published in the window."""
    oldest = page.visible_nodes[-1].created_at if page.visible_nodes else runner.window.start
    if oldest >= runner.window.start - MAX_DRAFT_AGE:
        queue_next_page(pending, cursor, page)


def _select_published(runner: QueryRunner, page: ConnectionPage[GitHubRelease]) -> Iterator[GitHubRelease]:
    for release in page.visible_nodes:
        if release.published_at and not release.is_draft and release.published_at in runner.window:
            yield release
