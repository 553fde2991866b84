"""Raw rows from what a sweep found: one row an event of the window. Pure.

Which events there are: a commit by committer date; a pull request or issue opened, closed, reopened, merged, made a
draft or ready; a review submitted; a release published. Never "updated", which moves.

Raw rows from a pull request or issue: one an event of the window, with how it was then, and one a review. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from sparky_assets.periods import TimeWindow
from sparky_assets.raw.git_rows import MAX_BODY_LENGTH, MAX_SUBJECT_LENGTH
from sparky_assets.raw.github.commits import CommitBatch
from sparky_assets.raw.github.identities import IdentityResolver, Mailmap, parse_mailmap
from sparky_assets.raw.github.items import DraftHistory, LoadedItem
from sparky_assets.raw.github.open_items import OpenItemsListing, OpenItemsSnapshot
from sparky_assets.raw.github.responses import (
    GitHubActor,
    GitHubCommit,
    GitHubEvent,
    GitHubPullRequest,
    GitHubRepository,
)
from sparky_assets.raw.github.sweep import ReleaseRecord, SweepRecord
from sparky_assets.raw.tables import (
    COMMITS,
    ISSUES,
    OPEN_ITEMS,
    PULL_REQUESTS,
    RELEASES,
    REPOSITORIES,
    REVIEWS,
    TABLES,
    TableSpec,
)
from sparky_assets.text.redact import redact_emails

MERGE_CLOSE_MARGIN = timedelta(seconds=5)
"""GitHub writes a merge as two events, merged and closed, a moment apart. The second is not a closing of its own."""


EVENT_NAMES = {
    "ClosedEvent": "closed", "ReopenedEvent": "reopened", "MergedEvent": "merged",
    "ReadyForReviewEvent": "ready_for_review", "ConvertToDraftEvent": "converted_to_draft",
}  # fmt: skip


def shared_columns(repository: GitHubRepository) -> dict[str, Any]:
    """What every row of a repository has."""
    return {"repository": repository.name_with_owner, "visibility": repository.visibility.lower()}


def build_review_rows(
    loaded_item: LoadedItem, window: TimeWindow, identities: IdentityResolver
) -> Iterator[dict[str, Any]]:
    """The rows of REVIEWS."""
    for review in loaded_item.reviews:
        if review.submitted_at and review.submitted_at in window and review.review_state != "PENDING":
            yield shared_columns(loaded_item.repository) | {
                "id": review.id,
                "number": loaded_item.item.number,
                "submitted_at": review.submitted_at,
                "state": review.review_state.lower(),
                "author": identities.resolve_actor(review.author),
            }


def build_event_rows(
    loaded_item: LoadedItem, window: TimeWindow, identities: IdentityResolver
) -> Iterator[dict[str, Any]]:
    """The rows of PULL_REQUESTS or ISSUES."""
    item = loaded_item.item
    facts = shared_columns(loaded_item.repository) | {
        "number": item.number,
        "title": redact_emails(item.title.strip())[:MAX_SUBJECT_LENGTH],
        "body": redact_emails((item.body or "").strip())[:MAX_BODY_LENGTH],
        "author": identities.resolve_actor(item.author),
        "labels": [label.name for label in item.labels.nodes if label] if item.labels else [],
        "opened_at": item.created_at,
    }
    if isinstance(item, GitHubPullRequest):
        facts |= {
            "insertions": item.additions,
            "deletions": item.deletions,
            "changed_files": item.changed_files,
            "base": item.base_ref_name,
            "head": item.head_ref_name,
            "is_derived": False,
        }
    drafts = DraftHistory.from_events(item, loaded_item.events) if isinstance(item, GitHubPullRequest) else None
    for kind, at, actor, event in _list_events(loaded_item):
        if at in window:
            row = facts | {"event": kind, "at": at, "actor": identities.resolve_actor(actor)}
            if drafts:
                ready, seconds = drafts.find_ready_at(at), drafts.compute_draft_seconds(at)
                row |= {"is_draft": drafts.is_draft(at), "ready_at": ready, "draft_seconds": seconds}
            if isinstance(item, GitHubPullRequest) and kind == "merged":
                row["commit"] = item.merge_commit.oid if item.merge_commit else None
            if not isinstance(item, GitHubPullRequest) and kind == "closed":
                reason = (event.state_reason if event else None) or item.state_reason
                row["state_reason"] = reason.lower() if reason else None
            yield row


def _list_events(loaded_item: LoadedItem) -> Iterator[tuple[str, datetime, GitHubActor | None, GitHubEvent | None]]:
    """What is known to have happened to an item, in the words of a raw event."""
    item = loaded_item.item
    yield "opened", item.created_at, item.author, None
    merged_at = item.merged_at if isinstance(item, GitHubPullRequest) else None
    kinds = set()
    for event in loaded_item.events:
        kind = EVENT_NAMES[event.typename]
        if kind == "closed" and merged_at and event.created_at >= merged_at - MERGE_CLOSE_MARGIN:
            continue
        kinds.add(kind)
        yield kind, event.created_at, event.actor, event
    # Items older than GitHub's timelines have no events; their last state is all that is known of them.
    if merged_at and "merged" not in kinds and isinstance(item, GitHubPullRequest):
        yield "merged", merged_at, item.merged_by, None
    elif item.closed_at and not merged_at and "closed" not in kinds:
        yield "closed", item.closed_at, None, None


MAX_BUFFERED_ROWS = 5_000
"""Rows held as Python objects before they become a frame, which is a tenth of the size."""


class RowBuffer:
    """The rows of one table, kept as frames."""

    def __init__(self, table: TableSpec) -> None:
        self._table = table
        self._frames: list[pl.DataFrame] = [table.make_empty()]
        self._pending_rows: list[dict[str, Any]] = []

    def add_row(self, row: dict[str, Any]) -> None:
        """One more row; columns that are left out are null."""
        self._pending_rows.append(row)
        if len(self._pending_rows) >= MAX_BUFFERED_ROWS:
            self._flush()

    def to_frame(self) -> pl.DataFrame:
        """All rows."""
        self._flush()
        return pl.concat(self._frames)

    def _flush(self) -> None:
        self._frames.append(pl.DataFrame(self._pending_rows, schema=dict(self._table.columns)))
        self._pending_rows = []


def build_tables(
    records: Iterable[SweepRecord], window: TimeWindow, identities: IdentityResolver, notes: Mapping[str, str]
) -> dict[str, pl.DataFrame]:
    """The raw tables of what a sweep found, each event once. `notes` is filled while the sweep goes on."""
    rows = {table.asset: RowBuffer(table) for table in TABLES}
    repositories: dict[str, GitHubRepository] = {}
    mailmaps: dict[str, Mailmap] = {}
    snapshot = OpenItemsSnapshot(window.end)
    for one in records:
        match one:
            case GitHubRepository():
                repositories[one.id] = one
            case OpenItemsListing():
                snapshot.add_listing(one)
            case CommitBatch():
                if one.mailmap:
                    mailmaps[one.repository.id] = parse_mailmap(one.mailmap)
                for row in _build_commit_rows(one, identities, mailmaps.get(one.repository.id, {})):
                    rows[COMMITS.asset].add_row(row)
            case ReleaseRecord():
                rows[RELEASES.asset].add_row(shared_columns(one.repository) | _build_release_row(one, identities))
            case LoadedItem():
                snapshot.correct_item(one)
                table = PULL_REQUESTS if isinstance(one.item, GitHubPullRequest) else ISSUES
                for row in build_event_rows(one, window, identities):
                    rows[table.asset].add_row(row)
                for row in build_review_rows(one, window, identities):
                    rows[REVIEWS.asset].add_row(row)
    for repository in repositories.values():
        rows[REPOSITORIES.asset].add_row(_build_repository_row(repository, notes.get(repository.name_with_owner)))
    for row in snapshot.build_rows():
        rows[OPEN_ITEMS.asset].add_row(row)
    return dict(_finish_tables(rows, identities))


def _finish_tables(buffers: dict[str, RowBuffer], identities: IdentityResolver) -> Iterator[tuple[str, pl.DataFrame]]:
    for table in TABLES:
        frame = buffers.pop(table.asset).to_frame()  # let go of one table's rows before the next is put together
        yield table.asset, identities.replace_persons(frame.filter(pl.struct(table.key_columns).is_first_distinct()))


def _build_repository_row(repository: GitHubRepository, note: str | None) -> dict[str, Any]:
    status = "empty" if repository.is_empty else "without_statistics" if note else "ok"
    told = "is disabled by GitHub: its commits cannot be read" if repository.is_disabled else note
    if repository.is_empty:
        told = "has no commits yet"
    branch = repository.default_branch_ref
    return shared_columns(repository) | {
        "url": repository.url,
        "source": "github",
        "default_branch": branch.name if branch else None,
        "status": status,
        "note": told or "",
        "id": repository.id,
        "is_fork": repository.is_fork,
        "is_archived": repository.is_archived,
    }


def _build_commit_rows(batch: CommitBatch, identities: IdentityResolver, mailmap: Mailmap) -> Iterator[dict[str, Any]]:
    for commit in batch.commits:
        yield shared_columns(batch.repository) | _build_commit_row(commit, identities, mailmap)


def _build_commit_row(commit: GitHubCommit, identities: IdentityResolver, mailmap: Mailmap) -> dict[str, Any]:
    subject, _, body = commit.message.strip("\n").partition("\n")
    author = identities.resolve_git_actor(commit.author, mailmap)
    is_merge = commit.parents.total_count > 1
    # A merge commit has no lines of its own: GitHub gives it those of all that it brings, which are counted already.
    lines = (0, 0, 0) if is_merge else (commit.additions, commit.deletions, commit.changed_files)
    return {
        "sha": commit.oid,
        "committed_at": commit.committed_date,
        "authored_at": commit.authored_date,
        "author": author.to_row(),
        "committer": identities.resolve_git_actor(commit.committer, mailmap).to_row(),
        "co_authors": identities.resolve_co_authors(commit.message, mailmap, author.key),
        "subject": redact_emails(subject.strip())[:MAX_SUBJECT_LENGTH],
        "body": redact_emails(body.strip())[:MAX_BODY_LENGTH],
        "parents": [parent.oid for parent in commit.parents.nodes if parent],
        "is_merge": is_merge,
        "insertions": lines[0],
        "deletions": lines[1],
        "changed_files": lines[2],
    }


def _build_release_row(record: ReleaseRecord, identities: IdentityResolver) -> dict[str, Any]:
    release = record.release
    return {
        "tag": release.tag_name,
        "title": redact_emails((release.name or release.tag_name).strip())[:MAX_SUBJECT_LENGTH],
        "published_at": release.published_at,
        "author": identities.resolve_account(release.author),
        "commit": release.tag_commit.oid if release.tag_commit else None,
        "is_prerelease": release.is_prerelease,
        "is_derived": False,
    }
