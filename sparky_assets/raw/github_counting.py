"""One cheap sweep that counts what a backfill would read: two points for 50 repositories. The sums: `estimate.py`."""

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from resources.errors import GitHubError, GitHubQueryTooLargeError
from resources.github_answer import GraphQLResponse
from sparky_assets.raw.estimate import ChangeCounts, RepositoryActivity
from sparky_assets.raw.github.batching import QueryRunner
from sparky_assets.raw.github.queries import COUNT_COMMITS_QUERY, COUNT_QUERY
from sparky_assets.raw.github.responses import ItemRef
from sparky_assets.raw.github_answers import ConnectionPage, GraphQLModel, parse_response

MAX_SAMPLED_ITEMS = 50
"""Newest changes looked at for each repository; older ones are taken to have come at the same rate."""


MAX_HISTORIES_PER_REQUEST = 50


class ActivityCounts(GraphQLModel):
    """A repository as the count shows it."""

    id: str
    name_with_owner: str
    is_empty: bool
    is_disabled: bool
    is_fork: bool
    pushed_at: datetime | None
    pull_requests: ConnectionPage[ItemRef]
    issues: ConnectionPage[ItemRef]


def count_activity(runner: QueryRunner, owner: str) -> list[RepositoryActivity]:
    """What there is of an owner's repositories in the asking's window.

    Raises:
        GitHubError: when the owner cannot be listed.
    """
    repositories = list(_fetch_repositories(runner, owner))
    pushed = [one for one in repositories if _can_have_commits(runner, one)]
    commits = dict(_count_commits(runner, pushed))
    return [
        RepositoryActivity(
            one.pushed_at if one in pushed else None,
            commits.get(one.id, 0),
            _to_change_counts(one.pull_requests),
            _to_change_counts(one.issues),
        )
        for one in repositories
    ]


def _can_have_commits(runner: QueryRunner, repository: ActivityCounts) -> bool:
    is_readable = not (repository.is_empty or repository.is_disabled)
    return is_readable and repository.pushed_at is not None and repository.pushed_at >= runner.window.start


def _to_change_counts(page: ConnectionPage[ItemRef]) -> ChangeCounts:
    return ChangeCounts(tuple((one.created_at, one.updated_at) for one in page.visible_nodes), page.total_count or 0)


def _fetch_repositories(runner: QueryRunner, owner: str) -> Iterator[ActivityCounts]:
    cursor: str | None = None
    while True:
        size = runner.sizer.get_size("Count", runner.sizes.repositories)
        variables = {"owner": owner, "after": cursor, "n": size, "k": MAX_SAMPLED_ITEMS}
        try:
            found = runner.client.query("Count", COUNT_QUERY, variables).data.get("repositoryOwner")
        except GitHubQueryTooLargeError:
            if size == 1:
                raise
            runner.sizer.halve("Count", size)
            continue
        if not isinstance(found, dict):
            raise GitHubError(f"{owner}: no such organisation or user, or the token may not see it.")
        page = parse_response(
            ConnectionPage[ActivityCounts], found["repositories"], "Count", "repositoryOwner", "repositories"
        )
        yield from page.visible_nodes
        if not page.page_info.has_next_page:
            return
        cursor = page.page_info.end_cursor


def _count_commits(runner: QueryRunner, repositories: Sequence[ActivityCounts]) -> Iterator[tuple[str, int]]:
    def ask(batch: Sequence[ActivityCounts], page: int) -> GraphQLResponse:
        del page
        ids = [one.id for one in batch]
        return runner.client.query(
            "CountCommits",
            COUNT_COMMITS_QUERY,
            {"ids": ids, "since": runner.since_timestamp, "until": runner.until_timestamp},
        )

    def give_up(one: ActivityCounts, error: GitHubQueryTooLargeError) -> None:
        runner.add_problem(one.name_with_owner, str(error))

    batches = runner.run_batches(
        "CountCommits",
        deque(repositories),
        max_size=MAX_HISTORIES_PER_REQUEST,
        page_size=1,
        send=ask,
        on_too_heavy=give_up,
    )
    for batch, answer in batches:
        for one, node in zip(batch, answer.data["nodes"], strict=True):
            yield one.id, _parse_total_count(node)


def _parse_total_count(node: Any) -> int:
    for step in ("defaultBranchRef", "target", "history", "totalCount"):
        node = node.get(step) if isinstance(node, dict) else None
    return node if isinstance(node, int) else 0
