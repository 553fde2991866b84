"""Forms of GitHub's smaller objects, instants, cursors and errors."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from graphql import GraphQLError

from tests.fakes.github_files import tag_shape, tagged_commit_shape
from tests.fakes.github_world import Commit, Deployment, Discussion, Release, User

KINDS = {
    "CLOSED_EVENT": "closed", "REOPENED_EVENT": "reopened", "MERGED_EVENT": "merged",
    "READY_FOR_REVIEW_EVENT": "ready_for_review", "CONVERT_TO_DRAFT_EVENT": "converted_to_draft",
}  # fmt: skip
TYPES = {
    "closed": "ClosedEvent", "reopened": "ReopenedEvent", "merged": "MergedEvent",
    "ready_for_review": "ReadyForReviewEvent", "converted_to_draft": "ConvertToDraftEvent",
}  # fmt: skip


def iso(at: int) -> str:
    """Format an instant as GitHub does."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(text: str) -> int:
    """Parse an instant as GitHub does."""
    return int(datetime.fromisoformat(text).timestamp()) if text else 0


def shown_error(error: GraphQLError) -> dict[str, Any]:
    shown: dict[str, Any] = {"message": error.message}
    if error.path:
        shown["path"] = list(error.path)
    if error.extensions and "type" in error.extensions:
        shown["type"] = error.extensions["type"]
    return shown


def additions_shape(commit: Commit, _: Any) -> int:
    if not commit.has_statistics:
        raise GraphQLError("The additions count for this commit is unavailable.")
    return commit.additions


def to_cursor(position: list[Any]) -> str:
    return base64.b64encode(b"cursor:v2:" + json.dumps(position).encode()).decode()


def from_cursor(cursor: str | None) -> list[Any] | None:
    return json.loads(base64.b64decode(cursor)[10:]) if cursor else None


def user_shape(user: User) -> dict[str, Any]:
    return {"__typename": "User", "login": user.login, "databaseId": user.id, "name": user.name}


def actor_shape(user: User | None) -> dict[str, Any] | None:
    if user is None:
        return None
    return {"__typename": user.kind, "login": user.login, "databaseId": user.id, "name": user.name}


def review_shape(one: tuple[str, int, str, User | None]) -> dict[str, Any]:
    key, at, state, who = one
    return {
        "__typename": "PullRequestReview",
        "id": key,
        "state": state,
        "submittedAt": iso(at),
        "author": actor_shape(who),
    }


def comment_shape(one: tuple[int, User | None]) -> dict[str, Any]:
    return {"__typename": "IssueComment", "createdAt": iso(one[0]), "author": actor_shape(one[1])}


def event_shape(one: tuple[int, str, str, User | None]) -> dict[str, Any]:
    at, key, kind, who = one
    return {"__typename": TYPES[kind], "id": key, "createdAt": iso(at), "actor": actor_shape(who), "stateReason": None}


def recent_shape(now: int, one: Deployment | Discussion) -> dict[str, Any]:
    if isinstance(one, Discussion):
        return {
            "__typename": "Discussion", "id": one.id, "number": one.number, "title": one.title, "body": one.body,
            "createdAt": iso(one.created), "upvoteCount": 3, "category": {"name": one.category},
            "author": actor_shape(one.author), "comments": {"totalCount": 4},
        }  # fmt: skip
    statuses = [{"state": state, "createdAt": iso(at)} for state, at in reversed(one.statuses) if at <= now]
    return {
        "__typename": "Deployment", "id": one.id, "createdAt": iso(one.created), "environment": one.environment,
        "commitOid": one.commit, "creator": actor_shape(one.author), "statuses": {"nodes": statuses},
    }  # fmt: skip


def release_shape(now: int, one: Release) -> dict[str, Any]:
    published = one.published if one.published is not None and one.published <= now else None
    author = user_shape(one.author) if one.author and one.author.kind == "User" else None
    return {
        "__typename": "Release",
        "id": one.id,
        "name": f"Release {one.tag}",
        "tagName": one.tag,
        "isDraft": published is None,
        "isPrerelease": False,
        "createdAt": iso(one.created),
        "publishedAt": published and iso(published),
        "author": author,
        "tagCommit": None if one.is_tag_deleted else tagged_commit_shape(one),
        "tag": None if one.is_tag_deleted else {"__typename": "Ref", "target": tag_shape(one)},
    }
