"""Build raw rows from git history: commits, pull requests named by merge subjects, version tags. Pure.

Reading the history belongs to `resources/git`; persons are made in `people.py`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import polars as pl

from resources.git.log import GitCommit, GitTag
from resources.git.releases import TagContents
from sparky_assets.raw.joining import KeyGroups
from sparky_assets.raw.merge_messages import MergedPullRequest, is_branch_name, parse_merged_pull_request
from sparky_assets.raw.people import GHOST_KEY, Person, PersonFactory
from sparky_assets.raw.tables import (
    COMMITS,
    LINE_COLUMNS,
    MAX_BODY_LENGTH,
    MAX_SUBJECT_LENGTH,
    PULL_REQUESTS,
    RELEASES,
    TableSpec,
)
from sparky_assets.text.messages import split_message
from sparky_assets.text.redact import redact_emails
from sparky_assets.text.versions import ReleaseTagRule, find_alias_tags, is_pre_release

MAX_DATE = datetime(2200, 1, 1, tzinfo=UTC)
"""Later dates come from broken clocks; they are stored as this date, which no window reaches."""


def build_git_tables(
    repository_name: str,
    commits: Iterable[GitCommit],
    tags: Iterable[GitTag],
    people: PersonFactory,
    visibility: str,
    *,
    tag_rule: ReleaseTagRule | None = None,
    contents: Mapping[str, TagContents] | None = None,
) -> dict[str, pl.DataFrame]:
    """Return the COMMITS, PULL_REQUESTS and RELEASES rows of one repository by asset name.

    Args:
        repository_name: `owner/name`.
        commits: the commits of a window, the newest landing first.
        tags: all tags of the repository.
        people: makes the persons of the rows.
        visibility: who may see the repository.
        tag_rule: which tags are releases; by default the built-in rule.
        contents: what releases hold, by tag; null in the rows where it is not given.
    """
    shared_values = {"repository": repository_name, "visibility": visibility, "first_seen_at": None}
    commit_rows = []
    pull_request_rows = []
    commits = list(commits)
    titles = _find_first_subjects(commits)
    authors = {commit.sha: people.from_git(commit.author_name, commit.author_email) for commit in commits}
    for commit in commits:
        row = _build_commit_row(commit, people, shared_values)
        commit_rows.append(row)
        # A merge inside of a merged branch was made elsewhere: number 1 of a fork is not our number 1.
        if not commit.is_on_line:
            continue
        # Parsed from the whole text: the number is at its very end, which the row may have cut off.
        pull_request = parse_merged_pull_request(*_split_message(commit), is_merge=row["is_merge"])
        if pull_request and not pull_request.title:
            pull_request = replace(pull_request, title=titles.get(commit.sha, ""))
        if pull_request:
            pull_request_rows.append(_build_pull_request_row(commit, row, pull_request, authors, shared_values))
    release_rows = [
        _build_release_row(tag, (contents or {}).get(tag.name), people, shared_values)
        for tag in select_release_tags(tags, tag_rule or ReleaseTagRule())
    ]
    return {
        COMMITS.asset: _make_frame(commit_rows, COMMITS),
        PULL_REQUESTS.asset: _make_frame(pull_request_rows, PULL_REQUESTS),
        RELEASES.asset: _make_frame(release_rows, RELEASES),
    }


def _split_message(commit: GitCommit) -> tuple[str, str]:
    subject, body = split_message(commit.message)
    return redact_emails(subject), redact_emails(body)


def _build_commit_row(commit: GitCommit, people: PersonFactory, shared_values: dict[str, Any]) -> dict[str, Any]:
    subject, body = _split_message(commit)
    author = people.from_git(commit.author_name, commit.author_email)
    co_authors = people.find_co_authors(commit.message)
    files = commit.files
    return shared_values | {
        "sha": commit.sha,
        "landed_at": to_instant(commit.landed_at),
        "landed_by": commit.landed_by,
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
        "is_first_contribution": commit.is_first_contribution,
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
        "at": commit_row["landed_at"],
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


def select_release_tags(tags: Iterable[GitTag], rule: ReleaseTagRule) -> list[GitTag]:
    """Return the tags that are releases, without those that repeat a longer version of the same commit."""
    releases = [tag for tag in tags if rule.is_release(tag.name)]
    aliases = find_alias_tags((tag.name, tag.sha) for tag in releases)
    return [tag for tag in releases if tag.name not in aliases]


def _find_first_subjects(commits: Iterable[GitCommit]) -> dict[str, str]:
    """Return the subject of the oldest commit that each merge brought, for a merge that names only a branch."""
    subjects: dict[str, tuple[int, str]] = {}
    for commit in commits:
        subject, _ = _split_message(commit)
        if commit.landed_by == commit.sha or len(commit.parents) > 1 or not subject or is_branch_name(subject):
            continue
        oldest = subjects.get(commit.landed_by)
        if oldest is None or commit.authored_at <= oldest[0]:
            subjects[commit.landed_by] = (commit.authored_at, subject)
    return {merge: subject for merge, (_, subject) in subjects.items()}


def _build_release_row(
    tag: GitTag, contents: TagContents | None, people: PersonFactory, shared_values: dict[str, Any]
) -> dict[str, Any]:
    return shared_values | {
        "tag": tag.name,
        # The text of a lightweight tag is the subject of its commit and was not written for the release.
        "title": redact_emails(tag.subject.strip())[:MAX_SUBJECT_LENGTH] or None if tag.is_annotated else None,
        "published_at": to_instant(tag.tagged_at),
        "author": people.from_git(tag.tagger_name, tag.tagger_email).to_row(),
        "commit": tag.sha,
        "is_prerelease": is_pre_release(tag.name),
        "previous_tag": contents.previous_tag if contents else None,
        "commit_count": contents.commit_count if contents else None,
        "person_count": None if contents is None else count_release_people(contents, people),
        "commit_times": None if contents is None else [to_instant(seconds) for seconds in contents.commit_times],
        "is_derived": True,
    }


def count_release_people(contents: TagContents, people: PersonFactory) -> int:
    """Count the people who wrote the commits of a release: no bots, and those with an equal name or address once."""
    groups, keys = KeyGroups(), []
    for name, address in contents.authors:
        author = people.from_git(name, address)
        if author.is_bot or author.key == GHOST_KEY:
            continue
        # A person may write under two names from one address, and under one name, or that of an account, from two.
        for spelling in {author.name, author.login or ""} - {""}:
            groups.join(f"key:{author.key}", f"name:{spelling.casefold()}")
        groups.add(f"key:{author.key}")
        keys.append(f"key:{author.key}")
    return len({groups.find_root(key) for key in keys})


def to_instant(seconds: int) -> datetime:
    """Return a git time (seconds since 1970) as a UTC instant between 1970 and `MAX_DATE`."""
    return datetime.fromtimestamp(max(0, min(seconds, int(MAX_DATE.timestamp()))), UTC)


def _make_frame(rows: list[dict[str, Any]], table: TableSpec) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(table.columns))
