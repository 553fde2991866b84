"""One cheap sweep that counts what a backfill would read: two points for 50 repositories. The sums: `estimate.py`."""

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from resources.errors import GitHubError, GitHubTooHeavyError
from resources.github_answer import Answer
from sparky_assets.raw.estimate import Activity, Changes
from sparky_assets.raw.github_answers import Connection, Part, read
from sparky_assets.raw.github_asking import Asking
from sparky_assets.raw.github_models import Touched
from sparky_assets.raw.github_queries import COUNT, COUNT_COMMITS

SAMPLE = 50
"""Newest changes looked at for each repository; older ones are taken to have come at the same rate."""
HISTORIES = 50


class Counted(Part):
    """A repository as the count shows it."""

    id: str
    name_with_owner: str
    is_empty: bool
    is_disabled: bool
    is_fork: bool
    pushed_at: datetime | None
    pull_requests: Connection[Touched]
    issues: Connection[Touched]


def count_activity(asking: Asking, owner: str) -> list[Activity]:
    """What there is of an owner's repositories in the asking's window.

    Raises:
        GitHubError: when the owner cannot be listed.
    """
    repositories = list(_repositories(asking, owner))
    pushed = [one for one in repositories if _may_hold_commits(asking, one)]
    commits = dict(_commits(asking, pushed))
    return [
        Activity(
            one.pushed_at if one in pushed else None,
            commits.get(one.id, 0),
            _changes(one.pull_requests),
            _changes(one.issues),
        )
        for one in repositories
    ]


def _may_hold_commits(asking: Asking, one: Counted) -> bool:
    is_readable = not (one.is_empty or one.is_disabled)
    return is_readable and one.pushed_at is not None and one.pushed_at >= asking.window.start


def _changes(page: Connection[Touched]) -> Changes:
    return Changes(tuple((one.created_at, one.updated_at) for one in page.shown), page.total_count or 0)


def _repositories(asking: Asking, owner: str) -> Iterator[Counted]:
    cursor: str | None = None
    while True:
        size = asking.pace.size("Count", asking.sizes.repositories)
        variables = {"owner": owner, "after": cursor, "n": size, "k": SAMPLE}
        try:
            found = asking.source.query("Count", COUNT, variables).data.get("repositoryOwner")
        except GitHubTooHeavyError:
            if size == 1:
                raise
            asking.pace.halve("Count", size)
            continue
        if not isinstance(found, dict):
            raise GitHubError(f"{owner}: no such organisation or user, or the token may not see it.")
        page = read(Connection[Counted], found["repositories"], "Count", "repositoryOwner", "repositories")
        yield from page.shown
        if not page.page_info.has_next_page:
            return
        cursor = page.page_info.end_cursor


def _commits(asking: Asking, repositories: Sequence[Counted]) -> Iterator[tuple[str, int]]:
    def ask(batch: Sequence[Counted], page: int) -> Answer:
        del page
        ids = [one.id for one in batch]
        return asking.source.query(
            "CountCommits", COUNT_COMMITS, {"ids": ids, "since": asking.since, "until": asking.until}
        )

    def give_up(one: Counted, error: GitHubTooHeavyError) -> None:
        asking.problem(one.name_with_owner, str(error))

    batches = asking.batches("CountCommits", deque(repositories), most=HISTORIES, page=1, ask=ask, otherwise=give_up)
    for batch, answer in batches:
        for one, node in zip(batch, answer.data["nodes"], strict=True):
            yield one.id, _total(node)


def _total(node: Any) -> int:
    for step in ("defaultBranchRef", "target", "history", "totalCount"):
        node = node.get(step) if isinstance(node, dict) else None
    return node if isinstance(node, int) else 0
