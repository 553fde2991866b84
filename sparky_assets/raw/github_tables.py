"""Raw rows from what a sweep found: one row an event of the window. Pure.

Which events there are: a commit by committer date; a pull request or issue opened, closed, reopened, merged, made a
draft or ready; a review submitted; a release published. Never "updated", which moves.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from sparky_assets.periods import Window
from sparky_assets.raw.git_history import LONGEST_BODY, LONGEST_SUBJECT, without_addresses
from sparky_assets.raw.github_histories import History
from sparky_assets.raw.github_item_models import PullRequest
from sparky_assets.raw.github_item_rows import common, event_rows, review_rows
from sparky_assets.raw.github_items import Hydrated
from sparky_assets.raw.github_models import Commit, Repository
from sparky_assets.raw.github_open import OpenNow, Snapshot
from sparky_assets.raw.github_people import Identities, Mailmap, parse_mailmap
from sparky_assets.raw.github_sweep import Found, Published
from sparky_assets.raw.models import (
    COMMITS,
    ISSUES,
    OPEN_ITEMS,
    PULL_REQUESTS,
    RELEASES,
    REPOSITORIES,
    REVIEWS,
    TABLES,
    Table,
)

CHUNK = 5_000
"""Rows held as Python objects before they become a frame, which is a tenth of the size."""


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
    """The raw tables of what a sweep found, each event once. `notes` is filled while the sweep goes on."""
    rows = {table.asset: Rows(table) for table in TABLES}
    repositories: dict[str, Repository] = {}
    mailmaps: dict[str, Mailmap] = {}
    snapshot = Snapshot(window.end)
    for one in found:
        match one:
            case Repository():
                repositories[one.id] = one
            case OpenNow():
                snapshot.list(one)
            case History():
                if one.mailmap:
                    mailmaps[one.repository.id] = parse_mailmap(one.mailmap)
                for row in _commits(one, identities, mailmaps.get(one.repository.id, {})):
                    rows[COMMITS.asset].add(row)
            case Published():
                rows[RELEASES.asset].add(common(one.repository) | _release(one, identities))
            case Hydrated():
                snapshot.correct(one)
                table = PULL_REQUESTS if isinstance(one.item, PullRequest) else ISSUES
                for row in event_rows(one, window, identities):
                    rows[table.asset].add(row)
                for row in review_rows(one, window, identities):
                    rows[REVIEWS.asset].add(row)
    for repository in repositories.values():
        rows[REPOSITORIES.asset].add(_repository(repository, notes.get(repository.name_with_owner)))
    for row in snapshot.rows():
        rows[OPEN_ITEMS.asset].add(row)
    return dict(_finished(rows, identities))


def _finished(rows: dict[str, Rows], identities: Identities) -> Iterator[tuple[str, pl.DataFrame]]:
    for table in TABLES:
        frame = rows.pop(table.asset).frame()  # let go of one table's rows before the next is put together
        yield table.asset, identities.joined(frame.filter(pl.struct(table.identity).is_first_distinct()))


def _repository(repository: Repository, note: str | None) -> dict[str, Any]:
    status = "empty" if repository.is_empty else "without_statistics" if note else "ok"
    told = "is disabled by GitHub: its commits cannot be read" if repository.is_disabled else note
    if repository.is_empty:
        told = "has no commits yet"
    branch = repository.default_branch_ref
    return common(repository) | {
        "url": repository.url,
        "source": "github",
        "default_branch": branch.name if branch else None,
        "status": status,
        "note": told or "",
        "id": repository.id,
        "is_fork": repository.is_fork,
        "is_archived": repository.is_archived,
    }


def _commits(history: History, identities: Identities, mailmap: Mailmap) -> Iterator[dict[str, Any]]:
    for commit in history.commits:
        yield common(history.repository) | _commit(commit, identities, mailmap)


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
