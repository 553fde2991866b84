"""One sweep of an organisation or user for a window: enumerate, then commits, then what was touched.

One sweep serves a range of days, which are cut apart afterwards: a sweep a day would list every repository for each.
What comes out are GitHub's own records; the rows that become of them are `github_tables.py`'s business.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Literal

from resources.errors import GitHubError, GitHubTooHeavyError
from resources.progress import report
from sparky_assets.raw.github_answers import Connection, read
from sparky_assets.raw.github_asking import LAST_ATTEMPTS, Asking, by_place
from sparky_assets.raw.github_histories import History, histories
from sparky_assets.raw.github_items import Hydrated, items
from sparky_assets.raw.github_models import Owner, Release, Repository
from sparky_assets.raw.github_open import OpenNow, open_now
from sparky_assets.raw.github_queries import STATIC
from sparky_assets.raw.github_touched import published_releases, touched_items

Forks = Literal["own", "all", "none"]


@dataclass(frozen=True)
class Selection:
    """Which of an owner's repositories are read."""

    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()
    forks: Forks = "own"

    def __contains__(self, repository: Repository) -> bool:
        name = repository.name_with_owner
        return _matches(name, self.include) and not _matches(name, self.exclude)


@dataclass(frozen=True)
class Published:
    """A release of the window."""

    repository: Repository
    release: Release


Found = Repository | OpenNow | History | Hydrated | Published


def sweep(asking: Asking, owner: str, selection: Selection) -> Iterator[Found]:
    """Everything of an owner that happened in the window, first the repositories themselves.

    What could not be had stands in `asking.problems` afterwards; whoever calls decides what that means.
    """
    listed = [one for one in enumerate_repositories(asking, owner) if one in selection]
    repositories = {one.id: one.without_pages() for one in listed}
    published = [(repository.id, release) for repository, release in published_releases(asking, listed)]
    touched = [(repository.id, key) for repository, key in touched_items(asking, listed)]
    still_open = list(open_now(asking, listed)) if asking.lists_open else []
    del listed  # 3000 repositories of a busy month: 300 MB of ids and dates that nothing asks for any more
    yield from repositories.values()
    yield from still_open
    for key, release in published:
        yield Published(repositories[key], release)
    for number, history in enumerate(histories(asking, list(repositories.values()), forks=selection.forks)):
        report(f"{owner}: histories", number)
        yield history
    found = ((repositories[repository], key) for repository, key in touched)
    for number, item in enumerate(items(asking, found)):
        report(f"{owner}: pull requests and issues", number, len(touched))
        yield item


def enumerate_repositories(asking: Asking, owner: str) -> Iterator[Repository]:
    """All repositories that the token shows, by age.

    Raises:
        GitHubError: when the owner is not there, or a page cannot be had: without the list nothing can be called quiet.
    """
    cursor, listed = None, 0
    while True:
        page = _page(asking, owner, cursor)
        listed += len(page.nodes)
        yield from page.shown
        if not page.page_info.has_next_page:
            break
        cursor = page.page_info.end_cursor
        report(f"{owner}: repositories", listed, page.total_count)
    if listed < (page.total_count or 0):
        raise GitHubError(
            f"{owner}: GitHub counts {page.total_count} repositories and lists {listed}. Try again later."
        )


def _page(asking: Asking, owner: str, cursor: str | None) -> Connection[Repository]:
    attempts = 0
    query = "EnumWithOpen" if asking.lists_open else "Enum"
    while True:
        size = asking.pace.size("Enum", asking.sizes.repositories)
        variables = {"owner": owner, "after": cursor, "n": size, "k": asking.sizes.touched, "since": asking.since}
        try:
            answer = asking.source.query(query, STATIC[query], variables)
        except GitHubTooHeavyError:
            attempts += size == 1
            if attempts >= LAST_ATTEMPTS:
                raise
            asking.pace.halve("Enum", size)
        else:
            asking.pace.good("Enum")
            break
    found = answer.data.get("repositoryOwner")
    if not isinstance(found, dict):
        told = "; ".join(fault.message for fault in answer.faults)
        raise GitHubError(f"{owner}: no such organisation or user, or the token may not see it. {told}".strip())
    nodes = (found.get("repositories") or {}).get("nodes") or []
    places = [("repositoryOwner", "repositories", "nodes", number) for number in range(len(nodes))]
    for node, faults in zip(nodes, by_place(answer, places, "Enum"), strict=True):
        name = str(node.get("nameWithOwner")) if isinstance(node, dict) else f"{owner}: a repository that is hidden"
        if asking.node(node, faults, name) is None:
            asking.problem(name, "GitHub lists it and does not show it")
    return read(Owner, found, "Enum", "repositoryOwner").repositories


def _matches(name: str, patterns: Sequence[str]) -> bool:
    # A pattern without an owner is about the repository's own name: `docs-*` beside `acme/docs-*`.
    short = name.partition("/")[2]
    return any(fnmatch((name if "/" in one else short).lower(), one.lower()) for one in patterns)
