"""Build raw rows from the records of a sweep: one row an event of the window. Pure.

The events are: a commit that reached the default branch; a pull request or issue opened, closed, reopened, merged,
made a draft or ready; a review submitted; a release published. "Updated" is not an event, because it moves. The row of
a pull request or issue has its state at the time of the event. Reading the records belongs to `sweep.py`, reviews and
responses to `reviews.py`.
"""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from types import MappingProxyType
from typing import Any

import polars as pl

from sparky_assets.periods import TimeWindow
from sparky_assets.raw.github.commits import CommitBatch
from sparky_assets.raw.github.identities import IdentityResolver, Mailmap, parse_mailmap
from sparky_assets.raw.github.items import DraftHistory, LoadedItem, ReleaseRecord, ReleaseText
from sparky_assets.raw.github.landing import add_landings, keep_rows
from sparky_assets.raw.github.notes.added_notes import AddedNotes
from sparky_assets.raw.github.open_items import OpenItemsListing, OpenItemsSnapshot
from sparky_assets.raw.github.recent_items import RecentItem, build_deployment_row, build_discussion_row
from sparky_assets.raw.github.responses import (
    CheckRollup,
    GitHubActor,
    GitHubCommit,
    GitHubDiscussion,
    GitHubEvent,
    GitHubIssue,
    GitHubPullRequest,
    GitHubRepository,
)
from sparky_assets.raw.github.reviews import build_response_rows, build_review_rows, find_first_review
from sparky_assets.raw.github.sweep import SweepRecord
from sparky_assets.raw.notes.changes import build_change_rows, clean_note_text
from sparky_assets.raw.notes.releases import build_release_note_row
from sparky_assets.raw.tables import (
    COMMITS,
    DEPLOYMENTS,
    DISCUSSIONS,
    ISSUES,
    MAX_BODY_LENGTH,
    MAX_SUBJECT_LENGTH,
    NOTES,
    NOTES_MISSING,
    OPEN_ITEMS,
    PULL_REQUESTS,
    RELEASES,
    REPOSITORIES,
    RESPONSES,
    REVIEWS,
    TABLES,
    TableSpec,
)
from sparky_assets.settings.schema import DEFAULT_PRODUCTION_ENVIRONMENTS
from sparky_assets.text.messages import split_message
from sparky_assets.text.redact import redact_emails
from sparky_assets.text.references import find_references

MERGE_CLOSE_MARGIN = timedelta(seconds=5)
"""GitHub records a merge as two events, merged and closed, a moment apart. The second is not a separate event."""

MAX_BUFFERED_ROWS = 2_000
"""Rows held as Python objects before they become a frame, which takes a tenth of the memory."""

EVENT_NAMES = {
    "ClosedEvent": "closed", "ReopenedEvent": "reopened", "MergedEvent": "merged",
    "ReadyForReviewEvent": "ready_for_review", "ConvertToDraftEvent": "converted_to_draft",
}  # fmt: skip


def shared_columns(repository: GitHubRepository) -> dict[str, Any]:
    """Return the columns that every row of a repository has."""
    return {"repository": repository.name_with_owner, "visibility": repository.visibility.lower()}


def build_event_rows(
    loaded_item: LoadedItem, window: TimeWindow, identities: IdentityResolver
) -> Iterator[dict[str, Any]]:
    """Yield the rows of PULL_REQUESTS or ISSUES for one item."""
    item = loaded_item.item
    item_columns = shared_columns(loaded_item.repository) | {
        "number": item.number,
        "title": redact_emails(item.title.strip())[:MAX_SUBJECT_LENGTH],
        "body": redact_emails((item.body or "").strip())[:MAX_BODY_LENGTH],
        "author": identities.resolve_actor(item.author),
        "labels": [label.name for label in item.labels.nodes if label] if item.labels else [],
        "opened_at": item.created_at,
        "author_association": item.author_association.lower() if item.author_association else None,
        "milestone": redact_emails(item.milestone.title)[:MAX_SUBJECT_LENGTH] if item.milestone else None,
        "reactions": item.reactions.total_count if item.reactions else None,
    }
    if isinstance(item, GitHubIssue):
        item_columns["comments"] = item.comments.total_count if item.comments else None
    drafts: DraftHistory | None = None
    first_review_at: datetime | None = None
    if isinstance(item, GitHubPullRequest):
        drafts = DraftHistory.from_events(item, loaded_item.events)
        first_review = find_first_review(loaded_item, drafts, identities)
        first_review_at = first_review.submitted_at if first_review else None
        item_columns |= {
            "insertions": item.additions,
            "deletions": item.deletions,
            "changed_files": item.changed_files,
            "base": item.base_ref_name,
            "head": item.head_ref_name,
            "is_derived": False,
            "comments": item.total_comments_count,
            "review_decision": item.review_decision.lower() if item.review_decision else None,
            "paths": [file.path for file in (item.files.nodes or ()) if file] if item.files else None,
            "closing_issues": list(_build_closing_issues(loaded_item.repository, item)),
        }
    for kind, at, actor, event in _list_events(loaded_item):
        if at not in window:
            continue
        row = item_columns | {"event": kind, "at": at, "actor": identities.resolve_actor(actor)}
        if drafts:
            row["is_draft"] = drafts.is_draft(at)
            row["ready_at"] = drafts.find_ready_at(at)
            row["draft_seconds"] = drafts.compute_draft_seconds(at)
            row["first_review_at"] = first_review_at if first_review_at and first_review_at <= at else None
        if isinstance(item, GitHubPullRequest) and kind == "merged":
            row["commit"] = item.merge_commit.oid if item.merge_commit else None
            row["ci_state"] = _read_state(item.merge_commit.status_check_rollup if item.merge_commit else None)
            row["head_ci_state"] = _read_state(item.head_checks)
        if not isinstance(item, GitHubPullRequest) and kind == "closed":
            reason = (event.state_reason if event else None) or item.state_reason
            row["state_reason"] = reason.lower() if reason else None
        yield row


def _build_closing_issues(repository: GitHubRepository, item: GitHubPullRequest) -> Iterator[dict[str, Any]]:
    """Yield the issues that a pull request closes, without those that a reader of its repository may not see."""
    references = item.closing_issues_references
    for issue in (references.nodes or ()) if references else ():
        if issue is None:
            continue
        home = issue.repository
        if home.name_with_owner != repository.name_with_owner and home.visibility != "PUBLIC":
            continue
        yield {
            "repository": home.name_with_owner,
            "number": issue.number,
            "title": redact_emails(issue.title.strip())[:MAX_SUBJECT_LENGTH],
            "body": redact_emails((issue.body or "").strip())[:MAX_BODY_LENGTH],
            "labels": [label.name for label in issue.labels.nodes if label] if issue.labels else [],
        }


def _list_events(loaded_item: LoadedItem) -> Iterator[tuple[str, datetime, GitHubActor | None, GitHubEvent | None]]:
    """Yield the events of an item: (name in a raw row, instant, actor, GitHub's event or None)."""
    item = loaded_item.item
    yield "opened", item.created_at, item.author, None
    merged_at = item.merged_at if isinstance(item, GitHubPullRequest) else None
    kinds = set()
    for event in loaded_item.events:
        kind = EVENT_NAMES.get(event.typename)
        if kind is None:
            continue
        if kind == "closed" and merged_at and event.created_at >= merged_at - MERGE_CLOSE_MARGIN:
            continue
        kinds.add(kind)
        yield kind, event.created_at, event.actor, event
    # Items older than GitHub's timelines have no events; only their last state is available.
    if merged_at and "merged" not in kinds and isinstance(item, GitHubPullRequest):
        yield "merged", merged_at, item.merged_by, None
    elif item.closed_at and not merged_at and "closed" not in kinds:
        yield "closed", item.closed_at, None, None


class RowBuffer:
    """Collects the rows of one table, compressed: frames of some rows take four times their size in memory."""

    def __init__(self, table: TableSpec) -> None:
        self._table = table
        self._compressed_frames: deque[bytes] = deque()
        self._pending_rows: list[dict[str, Any]] = []

    def add_row(self, row: dict[str, Any]) -> None:
        """Add a row; missing columns are null."""
        self._pending_rows.append(row)
        if len(self._pending_rows) >= MAX_BUFFERED_ROWS:
            file = BytesIO()
            self._build_frame().write_ipc_stream(file, compression="zstd")
            self._compressed_frames.append(file.getvalue())

    def add_rows(self, rows: Iterable[dict[str, Any]]) -> None:
        """Add rows one after another, so that they need not be held at once."""
        for row in rows:
            self.add_row(row)

    def take_frames(self) -> Iterator[pl.DataFrame]:
        """Yield all rows in order, in one frame at least, and forget them."""
        while self._compressed_frames:
            yield pl.read_ipc_stream(BytesIO(self._compressed_frames.popleft()))
        yield self._build_frame()

    def _build_frame(self) -> pl.DataFrame:
        rows, self._pending_rows = self._pending_rows, []
        return pl.DataFrame(rows, schema=dict(self._table.columns))


def build_tables(
    records: Iterable[SweepRecord],
    window: TimeWindow,
    identities: IdentityResolver,
    notes: Mapping[str, str],
    damaged_fields: Mapping[str, str] = MappingProxyType({}),
    *,
    missing_notes: Mapping[str, str] = MappingProxyType({}),
    replaced_shas: Collection[str] = (),
    production_environments: Sequence[str] = DEFAULT_PRODUCTION_ENVIRONMENTS,
) -> dict[str, pl.DataFrame]:
    """Return the raw tables of a sweep by asset name, each event once.

    Args:
        records: the records of the sweep, read while the tables are built.
        window: the window of the sweep.
        identities: resolves people.
        notes: notes by repository name, which the sweep fills while its records are read.
        damaged_fields: what was left out of a record because it did not fit, filled likewise.
        missing_notes: why notes could not be read that are to be asked for again, filled likewise.
        replaced_shas: commits of a rewritten branch that are stored by another sha, filled likewise.
        production_environments: globs on the names of environments that count as production.
    """
    buffers = {table.asset: RowBuffer(table) for table in TABLES}
    repositories: dict[str, GitHubRepository] = {}
    mailmaps: dict[str, Mailmap] = {}
    snapshot = OpenItemsSnapshot(window.end)
    unproven_shas: set[str] = set()
    for record in records:
        match record:
            case GitHubRepository():
                repositories[record.id] = record
            case OpenItemsListing():
                snapshot.add_listing(record)
            case CommitBatch():
                if record.mailmap:
                    mailmaps[record.repository.id] = parse_mailmap(record.mailmap)
                mailmap = mailmaps.get(record.repository.id, {})
                buffers[COMMITS.asset].add_rows(_build_commit_rows(record, identities, mailmap))
            case ReleaseRecord():
                buffers[RELEASES.asset].add_row(_build_release_row(record, identities))
            case ReleaseText():
                buffers[NOTES.asset].add_rows(_build_note_rows(record))
            case AddedNotes():
                rows = build_change_rows(record.additions, shared_columns(record.repository))
                buffers[NOTES.asset].add_rows(rows)
                if record.is_landing_unknown:
                    unproven_shas |= {addition.sha for addition in record.additions}
            case RecentItem():
                _add_recent_item(buffers, record, window, identities, production_environments)
            case LoadedItem():
                snapshot.correct_item(record)
                _add_item_rows(buffers, record, window, identities)
    for repository in repositories.values():
        name = repository.name_with_owner
        row = _build_repository_row(repository, notes.get(name))
        missing = f"{NOTES_MISSING}: {missing_notes[name]}" if name in missing_notes else ""
        remarks = [missing, row["note"] or damaged_fields.get(name, "")]
        note = redact_emails("; ".join(filter(None, remarks)))[:MAX_SUBJECT_LENGTH]
        buffers[REPOSITORIES.asset].add_row(row | {"note": note})
    buffers[OPEN_ITEMS.asset].add_rows(snapshot.build_rows())
    heads = {repository.name_with_owner: head for repository in repositories.values() if (head := repository.head_oid)}
    del repositories, mailmaps, snapshot  # of 3,000 repositories 30 MB, for which the tables have a use
    tables = dict(_finish_tables(buffers, identities))
    commits = add_landings(tables.pop(COMMITS.asset), tables[PULL_REQUESTS.asset], heads)
    is_new = ~pl.col("sha").is_in(list(replaced_shas))
    commits = keep_rows(commits, (pl.col("landed_at") < window.end) & is_new)
    return tables | {
        COMMITS.asset: commits,
        NOTES.asset: _drop_notes_off_line(tables[NOTES.asset], commits, unproven_shas),
    }


def _drop_notes_off_line(notes: pl.DataFrame, commits: pl.DataFrame, unproven_shas: Collection[str]) -> pl.DataFrame:
    """Return NOTES rows without those of commits of merged branches: a note lands with the merge, as in a clone."""
    if not unproven_shas:
        return notes
    is_unproven = (pl.col("kind") == "change") & pl.col("sha").is_in(list(unproven_shas))
    on_line = commits.filter(pl.col("landed_by") == pl.col("sha")).select("repository", "sha")
    off_line = notes.filter(is_unproven).join(on_line, on=["repository", "sha"], how="anti")
    return notes.join(off_line, on=list(NOTES.key_columns), how="anti", nulls_equal=True, maintain_order="left")


def _add_item_rows(
    buffers: Mapping[str, RowBuffer], loaded_item: LoadedItem, window: TimeWindow, identities: IdentityResolver
) -> None:
    table = PULL_REQUESTS if isinstance(loaded_item.item, GitHubPullRequest) else ISSUES
    for row in build_event_rows(loaded_item, window, identities):
        buffers[table.asset].add_row(row)
    shared = shared_columns(loaded_item.repository)
    for row in build_review_rows(loaded_item, window, identities):
        buffers[REVIEWS.asset].add_row(shared | row)
    for row in build_response_rows(loaded_item, window, identities):
        buffers[RESPONSES.asset].add_row(shared | row)


def _add_recent_item(
    buffers: Mapping[str, RowBuffer],
    record: RecentItem,
    window: TimeWindow,
    identities: IdentityResolver,
    production_environments: Sequence[str],
) -> None:
    if isinstance(record.item, GitHubDiscussion):
        row = build_discussion_row(record.item, identities)
        buffers[DISCUSSIONS.asset].add_row(shared_columns(record.repository) | row)
        return
    deployed = build_deployment_row(record.item, identities, production_environments)
    if deployed and deployed["at"] in window:
        buffers[DEPLOYMENTS.asset].add_row(shared_columns(record.repository) | deployed)


def _finish_tables(buffers: dict[str, RowBuffer], identities: IdentityResolver) -> Iterator[tuple[str, pl.DataFrame]]:
    for table in TABLES:
        # Frees the rows of a table before the next one is built. Persons are replaced in the whole table: each part
        # would keep the texts of all of them, 200 MB for a month of 3,000 repositories.
        frame = pl.concat(buffers.pop(table.asset).take_frames())
        frame = keep_rows(frame, pl.struct(table.key_columns).is_first_distinct())
        yield table.asset, identities.replace_persons(frame)


def _build_repository_row(repository: GitHubRepository, note: str | None) -> dict[str, Any]:
    status = "without_statistics" if note else "ok"
    if repository.is_disabled:
        note = "is disabled by GitHub: its commits cannot be read"
    if repository.is_empty:
        status = "empty"
        note = "has no commits yet"
    branch = repository.default_branch_ref
    head = branch.target if branch else None
    return shared_columns(repository) | {
        "url": repository.url,
        "source": "github",
        "default_branch": branch.name if branch else None,
        "status": status,
        "note": note or "",
        "id": repository.id,
        "is_fork": repository.is_fork,
        "is_archived": repository.is_archived,
        "description": redact_emails((repository.description or "").strip())[:MAX_SUBJECT_LENGTH] or None,
        "head_at": head.committed_date if head else None,
        "head_ci_state": _read_state(head.status_check_rollup if head else None),
    }


def _read_state(checks: CheckRollup | None) -> str | None:
    """Return the state of checks as it is stored; None where there are none."""
    return checks.state.lower() if checks else None


def _build_commit_rows(batch: CommitBatch, identities: IdentityResolver, mailmap: Mailmap) -> Iterator[dict[str, Any]]:
    for commit in batch.commits:
        yield shared_columns(batch.repository) | _build_commit_row(commit, identities, mailmap)


def _build_commit_row(commit: GitHubCommit, identities: IdentityResolver, mailmap: Mailmap) -> dict[str, Any]:
    subject, body = split_message(commit.message)
    author = identities.resolve_git_actor(commit.author, mailmap)
    is_merge = commit.parents.total_count > 1
    # GitHub gives a merge commit the lines of all commits that it merges, which are counted already: it has 0.
    return {
        "sha": commit.oid,
        "committed_at": commit.committed_date,
        "authored_at": commit.authored_date,
        "author": author.to_row(),
        "committer": identities.resolve_git_actor(commit.committer, mailmap).to_row(),
        "co_authors": identities.resolve_co_authors(commit.message, mailmap, author.key),
        "subject": redact_emails(subject)[:MAX_SUBJECT_LENGTH],
        "body": redact_emails(body)[:MAX_BODY_LENGTH],
        "parents": [parent.oid for parent in commit.parents.nodes if parent],
        "is_merge": is_merge,
        "insertions": 0 if is_merge else commit.additions,
        "deletions": 0 if is_merge else commit.deletions,
        "changed_files": 0 if is_merge else commit.changed_files,
        "ci_state": _read_state(commit.status_check_rollup),
    }


def _build_note_rows(release_text: ReleaseText) -> Iterator[dict[str, Any]]:
    """Yield the row of NOTES of a release: what was read at its tag, else its text, up to the limit of a note."""
    shared, release = shared_columns(release_text.record.repository), release_text.record.release
    if release_text.tag_notes and (row := build_release_note_row(release_text.tag_notes, shared)):
        yield row
    elif text := clean_note_text(release_text.text.replace("\r\n", "\n").strip()):
        yield shared | {
            "kind": "release",
            "tag": release.tag_name,
            "sha": release.tag_commit.oid if release.tag_commit else None,
            "at": release.published_at,
            "heading_path": [],
            "text": text,
            "references": list(find_references(text)),
        }


def _build_release_row(record: ReleaseRecord, identities: IdentityResolver) -> dict[str, Any]:
    release = record.release
    return shared_columns(record.repository) | {
        "tag": release.tag_name,
        "title": redact_emails((release.name or "").strip())[:MAX_SUBJECT_LENGTH] or None,
        "published_at": release.published_at,
        "author": identities.resolve_account(release.author),
        "commit": release.tag_commit.oid if release.tag_commit else None,
        "is_prerelease": release.is_prerelease,
        "is_derived": False,
    }
