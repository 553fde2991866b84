"""Build NOTES rows of what releases hold: what their commits name, which are breaking, and the release before. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import polars as pl

from resources.git.log import GitTag
from resources.git.release_commits import ReleaseCommit
from resources.git.releases import TagContents
from sparky_assets.raw.git_rows import to_instant
from sparky_assets.raw.tables import MAX_BODY_LENGTH, MAX_SUBJECT_LENGTH, NOTES
from sparky_assets.text.messages import split_message
from sparky_assets.text.redact import redact_emails
from sparky_assets.text.versions import parse_release_tag

LAST_RELEASE_KIND, BREAKING_KIND, LANDING_KIND = "last_release", "breaking", "landing"

MAX_COMMIT_TEXTS = 60
"""Commits of a release whose messages are stored; of the others the subject is."""

MAX_LANDING_LENGTH = 2_000
"""Characters of the message of a commit of a release that its author did not mark as breaking."""


def build_contents_rows(
    tags: Iterable[GitTag], contents: Mapping[str, TagContents], repository_name: str, visibility: str
) -> pl.DataFrame:
    """Return a NOTES row for each release whose commits name something: `references` are what they name.

    A fix on a release branch has other commits than the default branch; numbers and advisories are the same.
    """
    rows = [
        {
            "repository": repository_name, "visibility": visibility, "kind": "contents", "tag": tag.name,
            "sha": tag.sha, "at": to_instant(tag.tagged_at), "heading_path": [], "text": "",
            "references": sorted(contents[tag.name].named),
        }
        for tag in tags
        if tag.name in contents and contents[tag.name].named
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=dict(NOTES.columns))


def build_breaking_rows(
    tags: Iterable[GitTag], contents: Mapping[str, TagContents], repository_name: str, visibility: str
) -> pl.DataFrame:
    """Return a NOTES row for each commit of a release that its author marked as breaking, with its message.

    A stable release holds the commits of weeks of pre-releases, which its own period does not.
    """
    known = [(tag, contents[tag.name].breaking) for tag in tags if tag.name in contents]
    return _build_commit_rows(BREAKING_KIND, known, repository_name, visibility, MAX_BODY_LENGTH)


def build_landing_rows(
    tags: Iterable[GitTag],
    contents: Mapping[str, TagContents],
    noted: Collection[str],
    repository_name: str,
    visibility: str,
) -> pl.DataFrame:
    """Return a NOTES row for each commit of a release without notes: what is in it is then known by these alone.

    Args:
        tags: the tags of the repository.
        contents: what its releases hold, by the name of their tags.
        noted: the tags of the releases that have notes.
        repository_name: `owner/name`.
        visibility: who may see the repository.
    """
    known = [
        (tag, tuple(commit for commit in own.landings if commit not in own.breaking))
        for tag in tags
        if (own := contents.get(tag.name)) and tag.name not in noted
    ]
    return _build_commit_rows(LANDING_KIND, known, repository_name, visibility, MAX_LANDING_LENGTH)


def _build_commit_rows(
    kind: str,
    commits: Iterable[tuple[GitTag, Sequence[ReleaseCommit]]],
    repository_name: str,
    visibility: str,
    max_length: int,
) -> pl.DataFrame:
    rows = [
        {
            "repository": repository_name, "visibility": visibility, "kind": kind, "tag": tag.name,
            "sha": commit.sha, "at": to_instant(tag.tagged_at), "line_from": number, "heading_path": [],
            "text": _join_message(commit.subject, _cut_body(commit.body, length)), "references": [],
        }
        for tag, own in commits
        for number, commit in enumerate(own, 1)
        for length in [max_length if number <= MAX_COMMIT_TEXTS else 0]
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=dict(NOTES.columns))


def _cut_body(body: str, max_length: int) -> str:
    """Return the beginning of a body, without the sentence in the middle of which it is cut."""
    if len(body) <= max_length:
        return body
    head = body[:max_length]
    return head[: max(head.rfind("\n"), head.rfind(". ") + 1)] if head else ""


def _join_message(subject: str, body: str) -> str:
    title, rest = split_message(f"{subject}\n{body}")
    return redact_emails(f"{title[:MAX_SUBJECT_LENGTH]}\n\n{rest}".strip())


def build_last_release_rows(
    tags: Iterable[GitTag], released: Collection[str], repository_name: str, visibility: str
) -> pl.DataFrame:
    """Return a NOTES row for each release with the one of its package before it in time, whose date is the text.

    A lightweight tag has the date of its commit, and is not named. A final version is compared with final ones only.

    Args:
        tags: all tags of the repository that are releases.
        released: the names of those that get a row.
        repository_name: `owner/name`.
        visibility: who may see the repository.
    """
    versions = [(tag, version) for tag in tags if (version := parse_release_tag(tag.name))]
    rows = []
    for tag, version in versions:
        if tag.name not in released:
            continue
        earlier = [
            other
            for other, other_version in versions
            if other_version.package == version.package
            and (version.is_pre_release or not other_version.is_pre_release)
            and other.tagged_at <= tag.tagged_at
            and other.sha != tag.sha
        ]
        last = max(earlier, key=lambda other: (other.tagged_at, other.name), default=None)
        if last and last.is_annotated:
            rows.append(
                {
                    "repository": repository_name, "visibility": visibility, "kind": LAST_RELEASE_KIND,
                    "tag": tag.name, "sha": tag.sha, "at": to_instant(tag.tagged_at), "heading_path": [],
                    "text": to_instant(last.tagged_at).isoformat(), "references": [last.name],
                }
            )  # fmt: skip
    return pl.DataFrame(rows, schema=dict(NOTES.columns))
