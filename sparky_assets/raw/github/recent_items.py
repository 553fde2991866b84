"""Find and read what a repository lists by creation, newest first: deployments, and discussions where these are wanted.

A deployment belongs to the day on which it first succeeded or failed: later statuses only say that another replaced it.
The ids come with the list of repositories; what is behind them is read by id, 100 for a point. A token without the
permission loses them alone.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatch
from typing import Any, Literal

from resources.errors import GitHubQueryTooLargeError
from resources.github.client import GraphQLResponse
from sparky_assets.raw.github.batching import PageCursor, QueryRunner, pair_nodes, queue_next_page
from sparky_assets.raw.github.identities import IdentityResolver
from sparky_assets.raw.github.parsing import ConnectionPage, parse_record, parse_response
from sparky_assets.raw.github.queries import RECENT_ITEMS_QUERY
from sparky_assets.raw.github.responses import DatedRef, GitHubDeployment, GitHubDiscussion, GitHubRepository
from sparky_assets.raw.tables import MAX_BODY_LENGTH, MAX_SUBJECT_LENGTH
from sparky_assets.text.redact import redact_emails

RecentKind = Literal["deployments", "discussions"]

NEXT_PAGE_QUERY_NAMES: Mapping[RecentKind, str] = {
    "deployments": "MoreDeployments",
    "discussions": "MoreDiscussions",
}

MAX_DEPLOYMENT_TIME = timedelta(days=3)
"""Deployments are listed by creation and dated by their end: one that waited longer for an approval is not found."""

ITEMS_PER_REQUEST = 100
"""Each takes a request of a hundredth of a point."""

OUTCOMES = ("SUCCESS", "FAILURE", "ERROR")
"""Statuses that end a deployment."""


@dataclass(frozen=True)
class RecentItem:
    """A deployment or discussion with its repository."""

    repository: GitHubRepository
    item: GitHubDeployment | GitHubDiscussion


def find_recent_items(
    runner: QueryRunner, repositories: Sequence[GitHubRepository]
) -> Iterator[tuple[GitHubRepository, str]]:
    """Yield the ids of the deployments that may have ended in the window, and of the discussions that began in it."""
    yield from _find_created(runner, repositories, "deployments", runner.window.start - MAX_DEPLOYMENT_TIME)
    yield from _find_created(runner, repositories, "discussions", runner.window.start)


def _find_created(
    runner: QueryRunner, repositories: Sequence[GitHubRepository], kind: RecentKind, since: datetime
) -> Iterator[tuple[GitHubRepository, str]]:
    by_id = {repository.id: repository for repository in repositories}
    query = NEXT_PAGE_QUERY_NAMES[kind]
    pending: deque[PageCursor] = deque()
    for repository in repositories:
        page: ConnectionPage[DatedRef] | None = getattr(repository, kind)
        if page:
            yield from _select_created(runner, repository, page, since)
            _queue_older(pending, PageCursor(repository.id, repository.name_with_owner, None), page, since)

    def skip(cursor: PageCursor, error: GitHubQueryTooLargeError) -> None:
        runner.note_damage(cursor.repository)(f"some {kind} are unknown: {error}")

    for cursor, node, _ in runner.paginate(query, pending, {}, skip):
        page = parse_response(ConnectionPage[DatedRef], node[kind], query, cursor.repository)
        yield from _select_created(runner, by_id[cursor.node_id], page, since)
        _queue_older(pending, cursor, page, since)


def _select_created(
    runner: QueryRunner, repository: GitHubRepository, page: ConnectionPage[DatedRef], since: datetime
) -> Iterator[tuple[GitHubRepository, str]]:
    for item in page.visible_nodes:
        if since <= item.created_at < runner.window.end:
            yield repository, item.id


def _queue_older(
    pending: deque[PageCursor], cursor: PageCursor, page: ConnectionPage[DatedRef], since: datetime
) -> None:
    if page.visible_nodes and page.visible_nodes[-1].created_at >= since:
        queue_next_page(pending, cursor, page)


def fetch_recent_items(runner: QueryRunner, found: Sequence[tuple[GitHubRepository, str]]) -> Iterator[RecentItem]:
    """Read the items behind (repository, id). One that cannot be read is noted and left out."""
    pending = deque({item_id: (repository, item_id) for repository, item_id in found}.values())

    def send(batch: Sequence[tuple[GitHubRepository, str]], _: int) -> GraphQLResponse:
        ids = [item_id for _, item_id in batch]
        return runner.client.query("RecentItems", RECENT_ITEMS_QUERY, {"ids": ids})

    def skip(entry: tuple[GitHubRepository, str], error: GitHubQueryTooLargeError) -> None:
        runner.note_damage(entry[0].name_with_owner)(f"{entry[1]} is left out: {error}")

    batches = runner.run_batches(
        "RecentItems", pending, max_size=ITEMS_PER_REQUEST, page_size=1, send=send, on_too_heavy=skip
    )
    for batch, response in batches:
        for (repository, item_id), value, errors in pair_nodes(batch, response, "RecentItems"):
            damaged = runner.note_damage(repository.name_with_owner)
            for error in errors:
                if error.type != "NOT_FOUND" and not runner.note_refused(error):
                    damaged(f"{item_id}: {error.message or error.type}")
            model = _get_model(value)
            if model:
                yield RecentItem(repository, parse_record(model, value, "RecentItems", item_id, on_damage=damaged))


def _get_model(value: Any) -> type[GitHubDeployment] | type[GitHubDiscussion] | None:
    name = value.get("__typename") if isinstance(value, Mapping) else None
    return {"Deployment": GitHubDeployment, "Discussion": GitHubDiscussion}.get(str(name))  # type: ignore[return-value]


def build_deployment_row(
    deployment: GitHubDeployment, identities: IdentityResolver, production_environments: Sequence[str]
) -> dict[str, Any] | None:
    """Return the row of DEPLOYMENTS without the columns of its repository; None for one that has not ended.

    Args:
        deployment: the deployment with its statuses.
        identities: resolves people.
        production_environments: globs on the names of environments that count as production, in any case.
    """
    statuses = [status for status in (deployment.statuses.nodes or ()) if status] if deployment.statuses else []
    ended = [status for status in statuses if status.state in OUTCOMES]
    if not ended:
        return None
    first = min(ended, key=lambda status: (status.created_at, status.state))
    environment = redact_emails(deployment.environment or "")[:MAX_SUBJECT_LENGTH]
    return {
        "id": deployment.id,
        "at": first.created_at,
        "created_at": deployment.created_at,
        "environment": environment,
        "is_production": any(fnmatch(environment.lower(), glob.lower()) for glob in production_environments),
        "state": first.state.lower(),
        "commit": deployment.commit_oid,
        "author": identities.resolve_actor(deployment.creator),
    }


def build_discussion_row(discussion: GitHubDiscussion, identities: IdentityResolver) -> dict[str, Any]:
    """Return the row of DISCUSSIONS without the columns of its repository."""
    category = discussion.category.name if discussion.category else ""
    return {
        "number": discussion.number,
        "at": discussion.created_at,
        "title": redact_emails(discussion.title.strip())[:MAX_SUBJECT_LENGTH],
        "body": redact_emails((discussion.body or "").strip())[:MAX_BODY_LENGTH],
        "category": redact_emails(category.strip())[:MAX_SUBJECT_LENGTH] or None,
        "author": identities.resolve_actor(discussion.author),
        "comments": discussion.comments.total_count if discussion.comments else None,
        "upvotes": discussion.upvote_count,
    }
