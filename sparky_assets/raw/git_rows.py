"""Build raw rows from git history: commits, pull requests named by merge subjects, version tags. Pure.

Reading the history belongs to `resources/git`; persons are made in `people.py`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from resources.git.log import GitCommit, GitTag
from sparky_assets.raw.people import Person, PersonFactory
from sparky_assets.raw.tables import COMMITS, LINE_COLUMNS, PULL_REQUESTS, RELEASES, TableSpec
from sparky_assets.text.redact import redact_emails
from sparky_assets.text.versions import is_pre_release

MAX_SUBJECT_LENGTH = 300

MAX_BODY_LENGTH = 16_000
"""Characters kept of a body. The part for users is often the last: at 4,000, notes of long messages were cut off."""

MAX_DATE = datetime(2200, 1, 1, tzinfo=UTC)
"""Later dates come from broken clocks; they are stored as this date, which no window reaches."""

_GITHUB_MERGE = re.compile(r"Merge pull request #(\d{1,9}) from (\S+)")

_GITLAB_MERGE = re.compile(r"^See merge request \S*!(\d{1,9})$", re.MULTILINE)

_BITBUCKET_MERGE = re.compile(r"Merged in (\S+) \(pull request #(\d{1,9})\)")

_PLAIN_MERGE = re.compile(r"Merge (?:branch|branches|commit|remote-tracking|tag)\b")

_SQUASH_MERGE = re.compile(r"(.*\S) \((?:#|!|pull request #)(\d{1,9})\)")

_VERSION_TAG = re.compile(r"(?:.*[/@_-])?v?\d+\.\d+(?:\.\d+)*[0-9A-Za-z.+~_-]*")


@dataclass(frozen=True)
class MergedPullRequest:
    """The pull request that the message of a commit on the default branch names; `head` is its branch or None."""

    number: int
    title: str
    head: str | None


def parse_merged_pull_request(subject: str, body: str, *, is_merge: bool) -> MergedPullRequest | None:
    """Read the merged pull request from a subject as GitHub, GitLab and Bitbucket write it, or return None.

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
    match = _SQUASH_MERGE.fullmatch(subject)
    return MergedPullRequest(int(match[2]), match[1], None) if match else None


def build_git_tables(
    repository_name: str, commits: Iterable[GitCommit], tags: Iterable[GitTag], people: PersonFactory, visibility: str
) -> dict[str, pl.DataFrame]:
    """Return the COMMITS, PULL_REQUESTS and RELEASES rows of one repository by asset name."""
    shared_values = {"repository": repository_name, "visibility": visibility, "first_seen_at": None}
    commit_rows = []
    pull_request_rows = []
    commits = list(commits)
    authors = {commit.sha: people.from_git(commit.author_name, commit.author_email) for commit in commits}
    for commit in commits:
        row = _build_commit_row(commit, people, shared_values)
        commit_rows.append(row)
        # Parsed from the whole text: the number is at its very end, which the row may have cut off.
        pull_request = parse_merged_pull_request(*_split_message(commit), is_merge=row["is_merge"])
        if pull_request:
            pull_request_rows.append(_build_pull_request_row(commit, row, pull_request, authors, shared_values))
    release_rows = [_build_release_row(tag, people, shared_values) for tag in tags if _VERSION_TAG.fullmatch(tag.name)]
    return {
        COMMITS.asset: _make_frame(commit_rows, COMMITS),
        PULL_REQUESTS.asset: _make_frame(pull_request_rows, PULL_REQUESTS),
        RELEASES.asset: _make_frame(release_rows, RELEASES),
    }


def _split_message(commit: GitCommit) -> tuple[str, str]:
    subject, _, body = commit.message.strip("\n").partition("\n")
    return redact_emails(subject.strip()), redact_emails(body.strip())


def _build_commit_row(commit: GitCommit, people: PersonFactory, shared_values: dict[str, Any]) -> dict[str, Any]:
    subject, body = _split_message(commit)
    author = people.from_git(commit.author_name, commit.author_email)
    co_authors = people.find_co_authors(commit.message)
    files = commit.files
    return shared_values | {
        "sha": commit.sha,
        "committed_at": to_instant(commit.committed_at),
        "authored_at": to_instant(commit.authored_at),
        "author": author.to_row(),
        "committer": people.from_git(commit.committer_name, commit.committer_email).to_row(),
        "co_authors": [person.to_row() for person in co_authors if person.key != author.key],
        "subject": subject[:MAX_SUBJECT_LENGTH],
        "body": body[:MAX_BODY_LENGTH],
        "parents": list(commit.parents),
        "is_merge": len(commit.parents) > 1,
        "insertions": None if files is None else sum(file.insertions or 0 for file in files),
        "deletions": None if files is None else sum(file.deletions or 0 for file in files),
        "changed_files": None if files is None else len(files),
        "files": None if files is None else [file._asdict() for file in files],
    }


def _build_pull_request_row(
    commit: GitCommit,
    commit_row: dict[str, Any],
    pull_request: MergedPullRequest,
    authors: dict[str, Person],
    shared_values: dict[str, Any],
) -> dict[str, Any]:
    # The author of a squash commit wrote the pull request. The author of a merge commit pressed the button: the
    # pull request is by the author of its second parent, or by None where the window does not hold that commit.
    is_merge = commit_row["is_merge"]
    author = commit_row["author"]
    if is_merge:
        second_parent_author = authors.get(commit.parents[1])
        author = second_parent_author.to_row() if second_parent_author else None
    return shared_values | {
        "number": pull_request.number,
        "event": "merged",
        "at": commit_row["committed_at"],
        "title": pull_request.title[:MAX_SUBJECT_LENGTH],
        "body": commit_row["body"],
        "author": author,
        "actor": commit_row["author"] if is_merge else commit_row["committer"],
        **{name: None if is_merge else commit_row[name] for name in LINE_COLUMNS},
        "labels": [],
        "is_draft": False,
        "base": None,
        "head": pull_request.head,
        "commit": commit.sha,
        "opened_at": None,
        "is_derived": True,
    }


def _build_release_row(tag: GitTag, people: PersonFactory, shared_values: dict[str, Any]) -> dict[str, Any]:
    return shared_values | {
        "tag": tag.name,
        "title": redact_emails(tag.subject.strip())[:MAX_SUBJECT_LENGTH] or tag.name,
        "published_at": to_instant(tag.tagged_at),
        "author": people.from_git(tag.tagger_name, tag.tagger_email).to_row(),
        "commit": tag.sha,
        "is_prerelease": is_pre_release(tag.name),
        "is_derived": True,
    }


def to_instant(seconds: int) -> datetime:
    """Return a git time (seconds since 1970) as a UTC instant between 1970 and `MAX_DATE`."""
    return datetime.fromtimestamp(max(0, min(seconds, int(MAX_DATE.timestamp()))), UTC)


def _make_frame(rows: list[dict[str, Any]], table: TableSpec) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(table.columns))
