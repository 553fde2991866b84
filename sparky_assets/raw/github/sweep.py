"""One sweep of an organisation or user for a window: enumerate, then commits, then what was touched.

One sweep serves a range of days, which are cut apart afterwards: a sweep a day would list every repository for each.
What comes out are GitHub's own records; the rows that become of them are `github_tables.py`'s business.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Literal

from resources.errors import GitHubError, GitHubQueryTooLargeError
from resources.progress import report_progress
from sparky_assets.raw.github.batching import MAX_ATTEMPTS, QueryRunner, errors_by_path
from sparky_assets.raw.github.commits import CommitBatch, fetch_commits
from sparky_assets.raw.github.items import LoadedItem, fetch_items
from sparky_assets.raw.github.open_items import OpenItemsListing, fetch_open_items
from sparky_assets.raw.github.queries import QUERIES
from sparky_assets.raw.github.responses import GitHubRelease, GitHubRepository, RepositoryOwner
from sparky_assets.raw.github_answers import ConnectionPage, parse_response
from sparky_assets.raw.github_touched import find_releases, find_updated_items

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
