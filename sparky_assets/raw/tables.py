"""Schemas of the eleven tables of a raw day. Each row is an event that does not move later.

`repository` is `owner/name`. Instants are UTC with microseconds. A derived row comes from git history alone (a merge
subject, a tag); no API confirmed it. `first_seen_at` is set only on a row that arrived after its day was first stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from sparky_assets.store import raw_path

MAX_SUBJECT_LENGTH = 300

MAX_BODY_LENGTH = 16_000
"""Characters kept of a body. The part for users is often the last: at 4,000, notes of long messages were cut off."""

INSTANT_TYPE = pl.Datetime("us", "UTC")

PERSON_TYPE = pl.Struct({"key": pl.String(), "name": pl.String(), "login": pl.String(), "is_bot": pl.Boolean()})
"""`key` joins the rows of one person: a login, or a salted hash of an e-mail address. No address is stored."""


LINE_COLUMNS: Mapping[str, pl.DataType] = MappingProxyType(
    {"insertions": pl.Int64(), "deletions": pl.Int64(), "changed_files": pl.Int64()}
)
"""What a commit or pull request changes; null where the source does not report it."""

_ITEM_EVENT_COLUMNS: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "number": pl.Int64(),
        "event": pl.String(),
        "at": INSTANT_TYPE,
        "title": pl.String(),
        "body": pl.String(),
        "author": PERSON_TYPE,
        "actor": PERSON_TYPE,
    }
)
"""What an event of a pull request and of an issue share."""

CLOSING_ISSUE_TYPE = pl.Struct(
    {
        "repository": pl.String(),
        "number": pl.Int64(),
        "title": pl.String(),
        "body": pl.String(),
        "labels": pl.List(pl.String()),
    }
)
"""An issue that a pull request closes. Those of other repositories that are not public are left out."""

_ATTENTION_COLUMNS: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "comments": pl.Int64(),
        "reactions": pl.Int64(),
        "author_association": pl.String(),
        "milestone": pl.String(),
    }
)
"""What GitHub alone reports of an item, as it was when the day was read; null from git."""

FILE_TYPE = pl.Struct({"path": pl.String(), "insertions": pl.Int64(), "deletions": pl.Int64()})


@dataclass(frozen=True)
class TableSpec:
    """A raw table.

    Attributes:
        asset: name of the asset and of the table.
        columns: names and types, in the order of the file.
        time_column: the instant that decides the day of a row; None for a table of states, which each day holds whole.
        key_columns: what identifies a row.
        version: raised when the meaning of a column changes.
        order_columns: what orders rows of one instant, before the key columns.
    """

    asset: str
    columns: Mapping[str, pl.DataType]
    time_column: str | None
    key_columns: tuple[str, ...]
    version: int = 1
    order_columns: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name with version, written into the file."""
        return f"raw/{self.asset}@{self.version}"

    @property
    def path(self) -> str:
        """Path of the table in the store."""
        return raw_path(self.asset)

    def make_empty(self) -> pl.DataFrame:
        """Return the table without rows."""
        return pl.DataFrame(schema=dict(self.columns))


def _make_table(
    asset: str,
    time_column: str | None,
    key_columns: tuple[str, ...],
    columns: Mapping[str, pl.DataType],
    *,
    version: int = 1,
    order_columns: tuple[str, ...] = (),
) -> TableSpec:
    last_column = {"first_seen_at": INSTANT_TYPE} if time_column else {}
    all_columns = MappingProxyType({"repository": pl.String(), **columns, **last_column})
    return TableSpec(asset, all_columns, time_column, key_columns, version, order_columns)


REPOSITORIES = _make_table(
    "repositories",
    None,
    ("repository",),
    {
        "url": pl.String(),
        "source": pl.String(),
        "visibility": pl.String(),
        "default_branch": pl.String(),
        "status": pl.String(),
        "note": pl.String(),
        "id": pl.String(),
        "is_fork": pl.Boolean(),
        "is_archived": pl.Boolean(),
        "description": pl.String(),
        "head_at": INSTANT_TYPE,
        "head_ci_state": pl.String(),
    },
    version=3,
)
"""One row a repository that was read. `status`: ok, empty, shallow, without_statistics, damaged or unreadable; `note`
says why. A damaged one lacks objects, and with them lines, files, notes or diffs of changes; a later read adds these.
`id` is GitHub's and survives a renaming; it is null where git is the only source. `head_at` is the committer date of
the newest commit of the default branch when the day was read, `head_ci_state` the state of its checks."""

DAMAGED_STATUS = "damaged"

NOTES_MISSING = "notes are missing and will be asked for again"
"""How the `note` of a repository begins whose notes the server did not give."""

COMMITS = _make_table(
    "commits",
    "landed_at",
    ("repository", "sha"),
    {
        "sha": pl.String(),
        "landed_at": INSTANT_TYPE,
        "landed_by": pl.String(),
        "committed_at": INSTANT_TYPE,
        "authored_at": INSTANT_TYPE,
        "author": PERSON_TYPE,
        "committer": PERSON_TYPE,
        "co_authors": pl.List(PERSON_TYPE),
        "subject": pl.String(),
        "body": pl.String(),
        "parents": pl.List(pl.String()),
        "is_merge": pl.Boolean(),
        **LINE_COLUMNS,
        "files": pl.List(FILE_TYPE),
        "is_first_contribution": pl.Boolean(),
        "ci_state": pl.String(),
        "visibility": pl.String(),
    },
    version=3,
    order_columns=("committed_at",),  # the commits of a merge in the order in which they were made
)
"""One row a commit on the day on which it reached the default branch. `landed_at` is the committer date of `landed_by`,
the commit of the branch's own line that brought it: a merge, or the commit itself. Statistics are null where the source
does not report them. A merge commit has 0, because its lines are counted in the commits that it merges.
`is_first_contribution`: no commit that landed before has its author as author or co-author, by name or address; null
where the whole history is unknown (a shallow clone, GitHub). `ci_state` is the state of its checks when the day was
read: success, failure, error, pending, expected; null where it has none, and from git."""

PULL_REQUESTS = _make_table(
    "pull_requests",
    "at",
    ("repository", "number", "event", "at"),
    {
        **_ITEM_EVENT_COLUMNS,
        **LINE_COLUMNS,
        "labels": pl.List(pl.String()),
        "is_draft": pl.Boolean(),
        "base": pl.String(),
        "head": pl.String(),
        "commit": pl.String(),
        "opened_at": INSTANT_TYPE,
        "ready_at": INSTANT_TYPE,
        "draft_seconds": pl.Int64(),
        "first_review_at": INSTANT_TYPE,
        "is_derived": pl.Boolean(),
        **_ATTENTION_COLUMNS,
        "review_decision": pl.String(),
        "ci_state": pl.String(),
        "head_ci_state": pl.String(),
        "paths": pl.List(pl.String()),
        "closing_issues": pl.List(CLOSING_ISSUE_TYPE),
        "visibility": pl.String(),
    },
    version=5,
)
"""One row an event: opened, closed, reopened, merged, ready_for_review, converted_to_draft. `commit` is the commit that
merged it, `ci_state` the state of its checks, `head_ci_state` that of the last commit of the merged branch, both null
but for a merge. `paths` are the first 30 changed files, `closing_issues` the first 3 issues that it closes. `is_draft`,
`ready_at` and `draft_seconds` are as they were right after the event: whether it was a draft, since when it was ready
for review (its first ready_for_review, else its opening; null while a draft, and where the source does not report it)
and how long it had been a draft in total. `first_review_at` is the first review until then by another person, since it
was ready and before it was merged; null where there is none."""

REVIEWS = _make_table(
    "reviews",
    "submitted_at",
    ("repository", "id"),
    {
        "id": pl.String(),
        "number": pl.Int64(),
        "submitted_at": INSTANT_TYPE,
        "state": pl.String(),
        "author": PERSON_TYPE,
        "ready_at": INSTANT_TYPE,
        "is_first": pl.Boolean(),
        "visibility": pl.String(),
    },
    version=2,
)
"""One row a submitted review; `number` is its pull request. `ready_at` is when that was ready for review (null while a
draft); `is_first` whether this is its first review by another person, since it was ready and before it was merged."""

RESPONSES = _make_table(
    "responses",
    "at",
    ("repository", "number"),
    {
        "number": pl.Int64(),
        "is_pull_request": pl.Boolean(),
        "at": INSTANT_TYPE,
        "kind": pl.String(),
        "author": PERSON_TYPE,
        "item_author": PERSON_TYPE,
        "opened_at": INSTANT_TYPE,
        "ready_at": INSTANT_TYPE,
        "visibility": pl.String(),
    },
)
"""One row a pull request or issue that a person answered, at its first response: the first comment or submitted review
(`kind`) by another person, since a pull request was ready for review. `author` gave it, `item_author` opened the item.
`ready_at` is as in REVIEWS, of an issue its opening. Items by bots have none. No row means that there is none, or that
it is unknown: the first 5 comments are all by bots or the author of the item, and no review came before the fifth."""

ISSUES = _make_table(
    "issues",
    "at",
    ("repository", "number", "event", "at"),
    {
        **_ITEM_EVENT_COLUMNS,
        "labels": pl.List(pl.String()),
        "state_reason": pl.String(),
        "opened_at": INSTANT_TYPE,
        **_ATTENTION_COLUMNS,
        "visibility": pl.String(),
    },
    version=2,
)
"""One row an event: opened, closed, reopened."""

RELEASES = _make_table(
    "releases",
    "published_at",
    ("repository", "tag"),
    {
        "tag": pl.String(),
        "title": pl.String(),
        "published_at": INSTANT_TYPE,
        "author": PERSON_TYPE,
        "commit": pl.String(),
        "is_prerelease": pl.Boolean(),
        "previous_tag": pl.String(),
        "commit_count": pl.Int64(),
        "person_count": pl.Int64(),
        "commit_times": pl.List(INSTANT_TYPE),
        "is_derived": pl.Boolean(),
        "visibility": pl.String(),
    },
    version=2,
)
"""One row a release; from git alone, one row a version tag. `title` is null where there is none. `previous_tag` is
the previous release of the same line, `commit_count` the commits that lie between (`git rev-list previous..tag`) and
`person_count` the people, no bots, who wrote those that are no merges, `commit_times` when these were committed; null
where git cannot tell."""

OPEN_ITEM_TYPE = pl.Struct(
    {"number": pl.Int64(), "opened_at": INSTANT_TYPE, "updated_at": INSTANT_TYPE, "is_draft": pl.Boolean()}
)

OPEN_ITEMS = _make_table(
    "open_items",
    "as_of",
    ("repository",),
    {
        "as_of": INSTANT_TYPE,
        "pull_requests": pl.List(OPEN_ITEM_TYPE),
        "issues": pl.List(OPEN_ITEM_TYPE),
        "visibility": pl.String(),
    },
)
"""One row a repository whose open pull requests and issues were listed soon after the day's end: all that were open at
`as_of`, the last microsecond of the day. No row means that they were not listed then and are unknown. `updated_at` is
GitHub's, at most `as_of`. The table names no person."""

REPAIR_KIND, DOCUMENTED_KIND = "repair", "documented"
"""Kinds of notes that `raw/notes/` builds from diffs and stories read."""

NOTES = _make_table(
    "notes",
    "at",
    ("repository", "kind", "tag", "sha", "path", "line_from"),
    {
        "kind": pl.String(),
        "tag": pl.String(),
        "sha": pl.String(),
        "at": INSTANT_TYPE,
        "path": pl.String(),
        "blob": pl.String(),
        "line_from": pl.Int64(),
        "line_to": pl.Int64(),
        "heading_path": pl.List(pl.String()),
        "text": pl.String(),
        "references": pl.List(pl.String()),
        "visibility": pl.String(),
    },
)
"""One row a note. `kind` is `release` (the notes of a tag: the text of the release on GitHub, without `path` and lines;
else a section of a changelog at the tag, or that the default branch gained by the end of the window; else the sections
of the changelogs of several packages, each below its folder as a heading, without `path` and lines; else the message of
the tag or commit, also without), `change` (lines that a
commit of the default branch added to a changelog, or a news fragment), `documentation` or `help_text` (lines, or the
text of a string, that it added), `test` (a short test that it added; `heading_path` is its name), `default` or
`minimum` (the line that it removed behind `-` and the one that it added behind `+`; of a minimum `heading_path` is the
key of the manifest), `readme` (the README of a repository in its first month, as a commit left it), `contents`
(`references` are the pull requests, advisories and picked commits that the commits of a release name, and the commits
that they copy; no text), `repair` (a fix: `references` are the commits of the month before whose lines it mostly
changes; no text), `documented` (a change of documents alone: `path` is the document, `heading_path` the name in its
code spans and the instant of the one commit that brought that name to the code, `references` that commit and its pull
request, `text` its title), `area` (`text` is what the repository calls the folder `path`, which a commit changed),
`breaking` (`text` is the message of a commit of a release that its author marked as breaking, `at` the instant of the
release, `line_from` its place, the newest first), `landing` (the same of the other commits of a release of which the
repository has no notes), `guide` (what a guide at the tag says on how to come to its version, if that is the first of
a series), or
`last_release` (`references` is the release of its package before one in time, `text` its date). `sha` is the commit,
`at` its instant or that of the release. `release` and `change` come from both sources, the others from git alone."""

DEPLOYMENTS = _make_table(
    "deployments",
    "at",
    ("repository", "id"),
    {
        "id": pl.String(),
        "at": INSTANT_TYPE,
        "created_at": INSTANT_TYPE,
        "environment": pl.String(),
        "is_production": pl.Boolean(),
        "state": pl.String(),
        "commit": pl.String(),
        "author": PERSON_TYPE,
        "visibility": pl.String(),
    },
)
"""One row a deployment, at the instant at which it first ended: `state` is success, failure or error. `is_production`:
the name of its environment is one of `sources.github.production_environments`. GitHub alone knows deployments."""

DISCUSSIONS = _make_table(
    "discussions",
    "at",
    ("repository", "number"),
    {
        "number": pl.Int64(),
        "at": INSTANT_TYPE,
        "title": pl.String(),
        "body": pl.String(),
        "category": pl.String(),
        "author": PERSON_TYPE,
        "comments": pl.Int64(),
        "upvotes": pl.Int64(),
        "visibility": pl.String(),
    },
)
"""One row a discussion, on the day on which it began; only with `sources.github.discussions`. `comments` and `upvotes`
are as they were when the day was read."""

TABLES = (
    REPOSITORIES, COMMITS, PULL_REQUESTS, REVIEWS, RESPONSES, ISSUES, RELEASES, NOTES, DEPLOYMENTS, DISCUSSIONS,
    OPEN_ITEMS,
)  # fmt: skip

EVENT_TABLES = tuple(table for table in TABLES if table.time_column)
