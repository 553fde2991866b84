"""Raw rows from what a sweep found: one row an event of the window. Pure.

Which events there are: a commit by committer date; a pull request or issue opened, closed, reopened, merged; a review
submitted; a release published. Never "updated", which moves.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from sparky_assets.periods import Window
from sparky_assets.raw.git_history import LONGEST_BODY, LONGEST_SUBJECT, without_addresses
from sparky_assets.raw.github_histories import History
from sparky_assets.raw.github_item_models import Event, PullRequest
from sparky_assets.raw.github_items import Hydrated
from sparky_assets.raw.github_models import Actor, Commit, Repository
from sparky_assets.raw.github_people import Identities, Mailmap, parse_mailmap
from sparky_assets.raw.github_sweep import Found, Published
from sparky_assets.raw.models import COMMITS, ISSUES, PULL_REQUESTS, RELEASES, REPOSITORIES, REVIEWS, TABLES, Table

CHUNK = 5_000
"""Rows held as Python objects before they become a frame, which is a tenth of the size."""
MERGE_CLOSES = timedelta(seconds=5)
"""GitHub writes a merge as two events, merged and closed, a moment apart. The second is not a closing of its own."""
EVENTS = {"ClosedEvent": "closed", "ReopenedEvent": "reopened", "MergedEvent": "merged"}


class Rows:
    """The rows of one table, kept as frames."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._frames: list[pl.DataFrame] = [table.empty()]
        self._waiting: list[dict[str, Any]] = []

    def add(self, row: dict[str, Any]) -> None:
        """One more row; columns that are left out are null."""
        self._waiting.append(row)
        if len(self._waiting) >= CHUNK:
            self._pack()

    def frame(self) -> pl.DataFrame:
        """All rows."""
        self._pack()
        return pl.concat(self._frames)

    def _pack(self) -> None:
        self._frames.append(pl.DataFrame(self._waiting, schema=dict(self._table.columns)))
        self._waiting = []


def tables_of(
    found: Iterable[Found], window: Window, identities: Identities, notes: Mapping[str, str]
) -> dict[str, pl.DataFrame]:
    """The six tables of what a sweep found, each event once. `notes` is filled while the sweep goes on."""
    rows = {table.asset: Rows(table) for table in TABLES}
    repositories: dict[str, Repository] = {}
    mailmaps: dict[str, Mailmap] = {}
    for one in found:
        match one:
            case Repository():
                repositories[one.id] = one
            case History():
                if one.mailmap:
                    mailmaps[one.repository.id] = parse_mailmap(one.mailmap)
                mailmap = mailmaps.get(one.repository.id, {})
                for commit in one.commits:
                    rows[COMMITS.asset].add(_common(one.repository) | _commit(commit, identities, mailmap))
            case Published():
                rows[RELEASES.asset].add(_common(one.repository) | _release(one, identities))
            case Hydrated():
                table = PULL_REQUESTS if isinstance(one.item, PullRequest) else ISSUES
                for row in _events(one, window, identities):
                    rows[table.asset].add(row)
                for row in _reviews(one, window, identities):
                    rows[REVIEWS.asset].add(row)
    for repository in repositories.values():
        rows[REPOSITORIES.asset].add(_repository(repository, notes.get(repository.name_with_owner)))
    tables = {}
    for table in TABLES:
        frame = rows.pop(table.asset).frame()  # let go of one table's rows before the next is put together
        once = frame.filter(pl.struct(table.identity).is_first_distinct())
        tables[table.asset] = identities.joined(once)
    return tables


def _common(repository: Repository) -> dict[str, Any]:
    return {"repository": repository.name_with_owner, "visibility": repository.visibility.lower()}


def _repository(repository: Repository, note: str | None) -> dict[str, Any]:
    status = "empty" if repository.is_empty else "without_statistics" if note else "ok"
    told = "is disabled by GitHub: its commits cannot be read" if repository.is_disabled else note
    if repository.is_empty:
        told = "has no commits yet"
    branch = repository.default_branch_ref
    return _common(repository) | {
        "url": repository.url,
        "source": "github",
        "default_branch": branch.name if branch else None,
        "status": status,
        "note": told or "",
        "id": repository.id,
        "is_fork": repository.is_fork,
        "is_archived": repository.is_archived,
    }


def _commit(commit: Commit, identities: Identities, mailmap: Mailmap) -> dict[str, Any]:
    subject, _, body = commit.message.strip("\n").partition("\n")
    author = identities.git(commit.author, mailmap)
    is_merge = commit.parents.total_count > 1
    # A merge commit has no lines of its own: GitHub gives it those of all that it brings, which are counted already.
    lines = (0, 0, 0) if is_merge else (commit.additions, commit.deletions, commit.changed_files)
    return {
        "sha": commit.oid,
        "committed_at": commit.committed_date,
        "authored_at": commit.authored_date,
        "author": author.as_row(),
        "committer": identities.git(commit.committer, mailmap).as_row(),
        "co_authors": identities.co_authors(commit.message, mailmap, author.key),
        "subject": without_addresses(subject.strip())[:LONGEST_SUBJECT],
        "body": without_addresses(body.strip())[:LONGEST_BODY],
        "parents": [parent.oid for parent in commit.parents.nodes if parent],
        "is_merge": is_merge,
        "insertions": lines[0],
        "deletions": lines[1],
        "changed_files": lines[2],
    }


def _release(published: Published, identities: Identities) -> dict[str, Any]:
    release = published.release
    return {
        "tag": release.tag_name,
        "title": without_addresses((release.name or release.tag_name).strip())[:LONGEST_SUBJECT],
        "published_at": release.published_at,
        "author": identities.account(release.author),
        "commit": release.tag_commit.oid if release.tag_commit else None,
        "is_prerelease": release.is_prerelease,
        "is_derived": False,
    }


def _reviews(found: Hydrated, window: Window, identities: Identities) -> Iterator[dict[str, Any]]:
    for review in found.reviews:
        if review.submitted_at and review.submitted_at in window and review.review_state != "PENDING":
            yield _common(found.repository) | {
                "id": review.id,
                "number": found.item.number,
                "submitted_at": review.submitted_at,
                "state": review.review_state.lower(),
                "author": identities.actor(review.author),
            }


def _events(found: Hydrated, window: Window, identities: Identities) -> Iterator[dict[str, Any]]:
    item = found.item
    facts = _common(found.repository) | {
        "number": item.number,
        "title": without_addresses(item.title.strip())[:LONGEST_SUBJECT],
        "body": without_addresses((item.body or "").strip())[:LONGEST_BODY],
        "author": identities.actor(item.author),
        "labels": [label.name for label in item.labels.nodes if label] if item.labels else [],
        "opened_at": item.created_at,
    }
    if isinstance(item, PullRequest):
        facts |= {
            "insertions": item.additions,
            "deletions": item.deletions,
            "changed_files": item.changed_files,
            "is_draft": item.is_draft,
            "base": item.base_ref_name,
            "head": item.head_ref_name,
            "is_derived": False,
        }
    for kind, at, actor, event in _happened(found):
        if at in window:
            row = facts | {"event": kind, "at": at, "actor": identities.actor(actor)}
            if isinstance(item, PullRequest) and kind == "merged":
                row["commit"] = item.merge_commit.oid if item.merge_commit else None
            if not isinstance(item, PullRequest) and kind == "closed":
                reason = (event.state_reason if event else None) or item.state_reason
                row["state_reason"] = reason.lower() if reason else None
            yield row


def _happened(found: Hydrated) -> Iterator[tuple[str, datetime, Actor | None, Event | None]]:
    """What happened to an item since the window began, in the words of a raw event."""
    item = found.item
    yield "opened", item.created_at, item.author, None
    merged_at = item.merged_at if isinstance(item, PullRequest) else None
    kinds = set()
    for event in found.events:
        kind = EVENTS[event.typename]
        if kind == "closed" and merged_at and event.created_at >= merged_at - MERGE_CLOSES:
            continue
        kinds.add(kind)
        yield kind, event.created_at, event.actor, event
    # Items older than GitHub's timelines have no events; their last state is all that is known of them.
    if merged_at and "merged" not in kinds and isinstance(item, PullRequest):
        yield "merged", merged_at, item.merged_by, None
    elif item.closed_at and not merged_at and "closed" not in kinds:
        yield "closed", item.closed_at, None, None
