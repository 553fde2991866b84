"""Source texts of a period and their documents, each parsed when it is first asked for."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import polars as pl

from resources.git.notes.guides import is_guide as is_guide_path
from resources.git.notes.guides import is_guide_to_breaks
from resources.git.notes.places import is_changelog
from sparky_assets.documents.models import GUIDE_HEADING, ParsedDocument, SourceKind, SourceText
from sparky_assets.documents.parse import parse_document
from sparky_assets.insights.evidence import build_commit_url, build_issue_url, build_pull_request_url, build_release_url
from sparky_assets.raw.notes.contents import BREAKING_KIND, LANDING_KIND
from sparky_assets.raw.notes.releases import GUIDE_KIND
from sparky_assets.raw.window import RawWindow

MAX_HEADING_LENGTH = 300

BREAKING_HEADING = "Breaking changes"
"""The heading above a guide that has its name from what breaks."""


class DocumentLibrary:
    """Documents of the source texts of a period."""

    def __init__(self, sources: Mapping[str, SourceText]) -> None:
        self.sources = sources
        self._documents: dict[str, ParsedDocument] = {}

    def get(self, key: str) -> ParsedDocument | None:
        """Return the document of a source text; None if there is no such text."""
        if key not in self._documents:
            source = self.sources.get(key)
            if source is None:
                return None
            self._documents[key] = parse_document(source)
        return self._documents[key]

    def __contains__(self, key: object) -> bool:
        """Return whether there is a source text with this key."""
        return key in self.sources

    def __iter__(self) -> Iterator[str]:
        """Yield the keys of all source texts."""
        return iter(self.sources)

    def __len__(self) -> int:
        """Return the number of source texts."""
        return len(self.sources)


def collect_sources(window: RawWindow) -> dict[str, SourceText]:
    """Return the source texts of a period by key: messages, bodies of pull requests and issues, and notes.

    The text is exactly what is stored: the body of a message without its first line, which is the title. A body that
    git derived from a message is left out, because the message is there. Of the events of an item the latest speaks.
    """
    addresses = {
        row["repository"]: row["url"]
        for row in window.repositories.select("repository", "url").iter_rows(named=True)
        if row["url"]
    }
    texts = (
        *_read_released_messages(window.notes, addresses),
        *_read_closing_issues(window.pull_requests, addresses),
        *read_messages(window.commits, addresses),
        *_read_bodies(window.pull_requests.filter(~pl.col("is_derived").fill_null(value=False)), "body", addresses),
        *_read_bodies(window.issues, "issue", addresses),
        *_read_notes(window.notes, addresses),
    )
    return {text.key: text for text in texts}


def collect_descriptions(window: RawWindow, repositories: Collection[str]) -> dict[str, SourceText]:
    """Return the descriptions that GitHub has of some repositories, by key; those without one are absent."""
    rows = window.repositories.filter(pl.col("repository").is_in(list(repositories)))
    texts = (
        SourceText(
            key=f"description:{row['repository']}",
            kind="description",
            repository=row["repository"],
            text=row["description"],
            url=row["url"],
            is_public=row["visibility"] == "public",
        )
        for row in rows.iter_rows(named=True)
        if row.get("description")
    )
    return {text.key: text for text in texts}


def read_messages(commits: pl.DataFrame, addresses: Mapping[str, str]) -> Iterator[SourceText]:
    """Yield the messages of commits, with the author of each that one person wrote."""
    for row in commits.iter_rows(named=True):
        if not (row["body"] or "").strip():
            continue
        repository, sha = row["repository"], row["sha"]
        yield SourceText(
            key=f"message:{repository}@{sha}",
            kind="message",
            repository=repository,
            text=row["body"],
            title=row["subject"] or "",
            url=build_commit_url(addresses.get(repository), sha),
            first_line=3,
            is_public=row["visibility"] == "public",
            # A forge copies the text of a pull request into the merge: who merged it did not write it.
            author=None if row.get("is_merge") else _find_only_author(row["author"], row["co_authors"]),
        )


def _read_released_messages(notes: pl.DataFrame, addresses: Mapping[str, str]) -> Iterator[SourceText]:
    """Yield the messages of commits that releases bring; those of the period are read as messages too."""
    for row in notes.filter(pl.col("kind").is_in([BREAKING_KIND, LANDING_KIND])).iter_rows(named=True):
        subject, _, body = row["text"].partition("\n")
        if body.strip():
            repository, sha = row["repository"], row["sha"]
            yield SourceText(
                key=f"message:{repository}@{sha}",
                kind="message",
                repository=repository,
                text=body.strip(),
                title=subject,
                url=build_commit_url(addresses.get(repository), sha),
                first_line=3,
                is_public=row["visibility"] == "public",
            )


def _read_bodies(items: pl.DataFrame, prefix: str, addresses: Mapping[str, str]) -> Iterator[SourceText]:
    build_url = build_pull_request_url if prefix == "body" else build_issue_url
    for row in items.sort("repository", "number", "at", maintain_order=True).iter_rows(named=True):
        if not (row["body"] or "").strip():
            continue
        repository, number = row["repository"], row["number"]
        yield SourceText(
            key=f"{prefix}:{repository}#{number}",
            kind="message" if prefix == "body" else "issue",
            repository=repository,
            text=row["body"],
            title=row["title"] or "",
            url=build_url(addresses.get(repository), number),
            is_public=row["visibility"] == "public",
            author=_find_only_author(row["author"], []),
        )


def _read_closing_issues(pull_requests: pl.DataFrame, addresses: Mapping[str, str]) -> Iterator[SourceText]:
    """Yield the issues that pull requests close, also those that were opened long before the period."""
    for row in pull_requests.filter(pl.col("event") == "merged").sort("repository", "number").iter_rows(named=True):
        for issue in row.get("closing_issues") or ():
            # An issue of another repository has a visibility that the row does not hold.
            if issue["repository"] == row["repository"] and (issue["body"] or "").strip():
                yield SourceText(
                    key=f"issue:{issue['repository']}#{issue['number']}",
                    kind="issue",
                    repository=issue["repository"],
                    text=issue["body"],
                    title=issue["title"] or "",
                    url=build_issue_url(addresses.get(issue["repository"]), issue["number"]),
                    is_public=row["visibility"] == "public",
                )


def _read_notes(notes: pl.DataFrame, addresses: Mapping[str, str]) -> Iterator[SourceText]:
    parts: dict[str, int] = {}
    for row in notes.sort("repository", "at", "path", "line_from", maintain_order=True).iter_rows(named=True):
        if not (row["text"] or "").strip():
            continue
        repository, sha, path = row["repository"], row["sha"], row["path"]
        kind = _SOURCE_KINDS.get(row["kind"])
        if kind is None:
            continue
        is_release = kind == "release_notes"
        is_readme = kind == "readme"
        # Without other notes a release has those of its guide. `whats-new.rst` may be a changelog.
        lists_versions = row["kind"] != GUIDE_KIND and is_changelog(path or "")
        is_guide = is_release and is_guide_path(path or "") and not lists_versions
        about_breaks = f"{BREAKING_HEADING} > " * (is_guide and is_guide_to_breaks(path))
        name = "guide" if row["kind"] == GUIDE_KIND else "notes"
        key = f"{name}:{repository}@{row['tag']}" if is_release else f"note:{repository}@{sha}:{path}"
        # The README of the last commit of the period says what the repository is.
        key = f"readme:{repository}" if is_readme else key
        # A change may add lines at several places of one file.
        parts[key] = parts.get(key, 0) + 1
        numbered_key = key if parts[key] == 1 or is_readme else f"{key}:{parts[key]}"
        yield SourceText(
            key=numbered_key,
            kind=kind,
            repository=repository,
            text=row["text"],
            title=row["tag"] or "" if is_release else "",
            url=_build_note_url(addresses, row),
            path=path,
            blob=row["blob"],
            heading=f"{GUIDE_HEADING * is_guide}{about_breaks}{' > '.join(row['heading_path'] or [])}"[
                :MAX_HEADING_LENGTH
            ],
            first_line=row["line_from"] or 1,
            is_public=row["visibility"] == "public",
        )


_SOURCE_KINDS: Mapping[str, SourceKind] = {
    "release": "release_notes", "guide": "release_notes",
    "change": "change_note", "documentation": "documentation", "help_text": "help_text",
    "default": "diff", "minimum": "diff", "readme": "readme",
    "test": "test",
}  # fmt: skip
"""The kind of the source text of each kind of note."""


def _find_only_author(author: Mapping[str, Any] | None, co_authors: list[Any] | None) -> str | None:
    """Return the name of the only author; None where several people or an assistant wrote the text, or a bot."""
    if not author or author["is_bot"] or co_authors:
        return None
    name: str | None = author["name"] or author["login"]
    return name


def _build_note_url(addresses: Mapping[str, str], row: Mapping[str, Any]) -> str | None:
    if not row["path"]:
        return build_release_url(addresses.get(row["repository"]), row["tag"])
    address = addresses.get(row["repository"])
    place = f"blob/{row['sha']}/{row['path']}#L{row['line_from']}-L{row['line_to']}"
    return f"{address}/{place}" if address else None
