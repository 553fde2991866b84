"""Raw rows from what git history says: commits, the pull requests that merge subjects imply, version tags. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from resources.git_log import Commit, Tag
from sparky_assets.raw.models import COMMITS, PULL_REQUESTS, RELEASES, Table
from sparky_assets.raw.people import People, Person

LONGEST_SUBJECT, LONGEST_BODY = 300, 4000
LATEST_DATE = datetime(2200, 1, 1, tzinfo=UTC)
"""Dates beyond it are broken clocks; they are kept as this, which no window reaches."""

# The look-behind keeps it linear: without, a line of 20,000 letters is read again from each of them.
EMAIL = re.compile(r"<?(?<![\w.+-])[\w.+-]+@(?:[\w-]+\.)+[A-Za-z]{2,}>?")
_GITHUB_MERGE = re.compile(r"Merge pull request #(\d{1,9}) from (\S+)")
_GITLAB_MERGE = re.compile(r"^See merge request \S*!(\d{1,9})$", re.MULTILINE)
_BITBUCKET_MERGE = re.compile(r"Merged in (\S+) \(pull request #(\d{1,9})\)")
_PLAIN_MERGE = re.compile(r"Merge (?:branch|branches|commit|remote-tracking|tag)\b")
_SQUASH = re.compile(r"(.*\S) \((?:#|!|pull request #)(\d{1,9})\)")
_VERSION = re.compile(r"(?:.*[/@_-])?v?\d+\.\d+(?:\.\d+)*[0-9A-Za-z.+~_-]*")
_PRERELEASE = re.compile(
    r"(?:\d|[.\-_])(?:a|alpha|b|beta|c|rc|dev|pre|preview|nightly|canary|snapshot)[.\-_]?\d*$", re.I
)


@dataclass(frozen=True)
class MergedPullRequest:
    """The pull request that a commit on the default branch says it merged."""

    number: int
    title: str
    head: str | None


def merged_pull_request(subject: str, body: str, *, is_merge: bool) -> MergedPullRequest | None:
    """Read it from a merge or squash subject as GitHub, GitLab and Bitbucket write them.

    GitHub lets a repository choose the title for merge commits too: `Add x (#12)`. A squash subject names its own pull
    request last: `Revert "Add x (#12)" (#15)` is number 15.
    """
    first_line = next((line.strip() for line in body.splitlines() if line.strip()), "")
    if is_merge:
        if match := _GITHUB_MERGE.match(subject):
            return MergedPullRequest(int(match[1]), first_line or match[2], match[2])
        if match := _BITBUCKET_MERGE.match(subject):
            return MergedPullRequest(int(match[2]), first_line or match[1], match[1])
        if match := _GITLAB_MERGE.search(body):
            return MergedPullRequest(int(match[1]), first_line, None)
        if _PLAIN_MERGE.match(subject):
            return None
    match = _SQUASH.fullmatch(subject)
    return MergedPullRequest(int(match[2]), match[1], None) if match else None


def history_tables(
    name: str, commits: Iterable[Commit], tags: Iterable[Tag], people: People, visibility: str
) -> dict[str, pl.DataFrame]:
    """The COMMITS, PULL_REQUESTS and RELEASES rows of one repository."""
    common = {"repository": name, "visibility": visibility, "first_seen_at": None}
    read = list(commits)
    authors = {commit.sha: people.from_git(commit.author_name, commit.author_email) for commit in read}
    commit_rows = [_commit_row(commit, people, common) for commit in read]
    pull_requests = [
        _pull_request_row(commit, row, merged, authors, common)
        for commit, row in zip(read, commit_rows, strict=True)
        # Read from the whole text: a number stands at its very end, which a row may have lost.
        if (merged := merged_pull_request(*_subject_and_body(commit), is_merge=row["is_merge"]))
    ]
    releases = [_release_row(tag, people, common) for tag in tags if _VERSION.fullmatch(tag.name)]
    return {
        COMMITS.asset: _frame(commit_rows, COMMITS),
        PULL_REQUESTS.asset: _frame(pull_requests, PULL_REQUESTS),
        RELEASES.asset: _frame(releases, RELEASES),
    }


def without_addresses(text: str) -> str:
    """The text without the e-mail addresses in it (`Signed-off-by: Ada <ada@example.com>`)."""
    while "@" in text and (shorter := EMAIL.sub("", text)) != text:
        text = shorter  # what stood around an address may make another: `ada<b@c.de>@example.com`
    return text.strip()


def _subject_and_body(commit: Commit) -> tuple[str, str]:
    subject, _, body = commit.message.strip("\n").partition("\n")
    return without_addresses(subject.strip()), without_addresses(body.strip())


def _commit_row(commit: Commit, people: People, common: dict[str, Any]) -> dict[str, Any]:
    subject, body = _subject_and_body(commit)
    author = people.from_git(commit.author_name, commit.author_email)
    files = commit.files
    return common | {
        "sha": commit.sha,
        "committed_at": instant(commit.committed_at),
        "authored_at": instant(commit.authored_at),
        "author": author.as_row(),
        "committer": people.from_git(commit.committer_name, commit.committer_email).as_row(),
        "co_authors": [one.as_row() for one in people.co_authors(commit.message) if one.key != author.key],
        "subject": subject[:LONGEST_SUBJECT],
        "body": body[:LONGEST_BODY],
        "parents": list(commit.parents),
        "is_merge": len(commit.parents) > 1,
        "insertions": None if files is None else sum(file.insertions or 0 for file in files),
        "deletions": None if files is None else sum(file.deletions or 0 for file in files),
        "changed_files": None if files is None else len(files),
        "files": None if files is None else [file._asdict() for file in files],
    }


def _pull_request_row(
    commit: Commit,
    row: dict[str, Any],
    merged: MergedPullRequest,
    authors: dict[str, Person],
    common: dict[str, Any],
) -> dict[str, Any]:
    # A squash commit carries its author. A merge commit's author is who pressed the button; who wrote it is the
    # author of the merged side, where that lies in the same window, and unknown elsewhere.
    merged_side = authors.get(commit.parents[1]) if row["is_merge"] else None
    author = (merged_side.as_row() if merged_side else None) if row["is_merge"] else row["author"]
    statistics = ("insertions", "deletions", "changed_files")
    return common | {
        "number": merged.number,
        "event": "merged",
        "at": row["committed_at"],
        "title": merged.title[:LONGEST_SUBJECT],
        "body": row["body"],
        "author": author,
        "actor": row["committer"] if not row["is_merge"] else row["author"],
        **{name: None if row["is_merge"] else row[name] for name in statistics},
        "labels": [],
        "is_draft": False,
        "base": None,
        "head": merged.head,
        "commit": commit.sha,
        "opened_at": None,
        "is_derived": True,
    }


def _release_row(tag: Tag, people: People, common: dict[str, Any]) -> dict[str, Any]:
    return common | {
        "tag": tag.name,
        "title": without_addresses(tag.subject.strip())[:LONGEST_SUBJECT] or tag.name,
        "published_at": instant(tag.at),
        "author": people.from_git(tag.tagger_name, tag.tagger_email).as_row(),
        "commit": tag.sha,
        "is_prerelease": bool(_PRERELEASE.search(tag.name)),
        "is_derived": True,
    }


def instant(seconds: int) -> datetime:
    """A git time as a UTC instant; impossible ones become the nearest that can be."""
    return datetime.fromtimestamp(max(0, min(seconds, int(LATEST_DATE.timestamp()))), UTC)


def _frame(rows: list[dict[str, Any]], table: Table) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(table.columns))
