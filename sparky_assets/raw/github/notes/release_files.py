"""Read what is at the tags of releases that say nothing on GitHub: sections of changelogs, messages of tags.

A release with a text on GitHub is not asked about. For the others one request lists the files at their tags with their
sizes, and one reads the changelogs that are there, ten at a time. Where the known places have nothing, folders that may
lead to documents about changes are listed (`release_folders.py`). Which lines are the notes of a version is decided in
`sparky_assets/raw/notes/releases.py`, as for a clone. What cannot be read costs the notes of that release alone.
"""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from resources.errors import GitHubError
from resources.git.log import names_other_package, spell_version
from resources.git.notes.places import (
    find_package_tag,
    rank_documents,
    select_note_files,
)
from resources.git.notes.read import NoteFile, TagNotes
from resources.github.client import GraphQLResponse
from sparky_assets.raw.github.batching import QueryRunner, errors_by_path, pair_nodes
from sparky_assets.raw.github.items import ReleaseText
from sparky_assets.raw.github.notes.release_folders import FolderFinder, TagLookup, note_errors, parse_or_note
from sparky_assets.raw.github.notes.release_trees import (
    MAX_BLOB_BYTES,
    FileHome,
    GitHubReleaseTree,
    TaggedCommit,
    list_entries,
    list_folders,
    list_known_trees,
    list_version_folders,
    may_hold_notes,
)
from sparky_assets.raw.github.queries import RELEASE_TREES_QUERY, build_files_query
from sparky_assets.text.changelogs.sections import find_document_section, find_file_section
from sparky_assets.text.versions import VERSION_PATTERN

RELEASES_PER_REQUEST = 22

FILES_PER_REQUEST = 10

MAX_RELEASES = 50
"""Releases of a repository whose tags are looked at, the newest first."""

MAX_DOCUMENTS_PER_TAG = 10
"""Such documents that are read for one tag: one request."""

MAX_DOCUMENTS_PER_REPOSITORY = 60

_SIGNATURE = re.compile(r"^-----BEGIN (?:PGP|SSH|SIGNED) (?:SIGNATURE|MESSAGE)-----.*", re.DOTALL | re.MULTILINE)


def fetch_tag_notes(runner: QueryRunner, releases: Sequence[ReleaseText]) -> Iterator[ReleaseText]:
    """Yield each release once, with what is at its tag where that has notes.

    Args:
        runner: runs the queries.
        releases: releases of the window that say nothing on GitHub.
    """
    asked = list(_select_asked(releases))
    remaining = {release_text.record.release.id: release_text for release_text in releases}
    lookups = list(_list_files(runner, asked))
    finder = FolderFinder(runner)
    finder.find_version_files([lookup for lookup in lookups if lookup.version_folders])
    finder.find_packages([lookup for lookup in lookups if lookup.folders])
    for lookup in lookups:
        remaining[lookup.id] = replace(lookup.release, tag_notes=lookup.notes)
    for lookup, file in _read_files(runner, deque(lookup for lookup in lookups if lookup.candidates)):
        # Its file is not kept any longer than its row is built: a month may have many.
        del remaining[lookup.id]
        yield replace(lookup.release, tag_notes=replace(lookup.notes, files=(file,)))
    lookups = [lookup for lookup in lookups if lookup.id in remaining]
    finder.find_documents(lookups)
    for lookup, files in _read_documents(runner, lookups):
        del remaining[lookup.id]
        yield replace(lookup.release, tag_notes=replace(lookup.notes, documents=files))
    yield from remaining.values()


def _select_asked(releases: Sequence[ReleaseText]) -> Iterator[ReleaseText]:
    """Yield the releases whose tags are looked at: those with a version and a tag."""
    counts: dict[str, int] = {}
    newest = sorted(
        releases,
        key=lambda release_text: (release_text.record.release.created_at, release_text.record.release.id),
        reverse=True,
    )
    for release_text in newest:
        release, repository_id = release_text.record.release, release_text.record.repository.id
        if release.tag_commit is None or not VERSION_PATTERN.search(spell_version(release.tag_name)):
            continue
        if counts.get(repository_id, 0) < MAX_RELEASES:
            counts[repository_id] = counts.get(repository_id, 0) + 1
            yield release_text


def _list_files(runner: QueryRunner, releases: Sequence[ReleaseText]) -> Iterator[TagLookup]:
    """Yield the releases whose tags can be read, with the changelogs there."""
    releases_by_id = {release_text.record.release.id: release_text for release_text in releases}

    def send(batch: Sequence[str], _: int) -> GraphQLResponse:
        return runner.client.query("ReleaseTrees", RELEASE_TREES_QUERY, {"ids": list(batch)})

    def skip(release_id: str, error: GitHubError) -> None:
        release = releases_by_id[release_id].record
        runner.note_unread(release.repository.name_with_owner, f"the tag {release.release.tag_name}", error)

    batches = runner.run_optional_batches(
        "ReleaseTrees", deque(releases_by_id), max_size=RELEASES_PER_REQUEST, send=send, on_failure=skip
    )
    for batch, response in batches:
        for release_id, value, errors in pair_nodes(batch, response, "ReleaseTrees"):
            release_text = releases_by_id[release_id]
            note_errors(runner, release_text, errors)
            if not isinstance(value, dict) or value.get("__typename") != "Release":
                continue
            found = parse_or_note(runner, GitHubReleaseTree, value, "ReleaseTrees", release_text)
            if found and found.tag_commit:
                files = select_note_files(list_entries(found.tag_commit), max_bytes=MAX_BLOB_BYTES)
                tag, name = release_text.record.release.tag_name, release_text.record.repository.name_with_owner
                is_other = names_other_package(tag, name)
                version_folders = [] if is_other else list(list_version_folders(found.tag_commit))
                # A folder of versions may have none of this one: its files are known after the next request.
                package_tag = find_package_tag(tag, name, [*files, *version_folders])
                folders = list(list_folders("", found.tag_commit.tree)) if package_tag else []
                notes = _build_tag_notes(release_text, found, found.tag_commit)
                places = (folders, version_folders, package_tag or tag)
                trees = dict(list_known_trees(found.tag_commit))
                documents = [
                    file
                    for file in list_entries(found.tag_commit)
                    if may_hold_notes(file) and (file.path, file.blob) not in files
                ]
                roots = [
                    folder
                    for prefix, tree in trees.items()
                    for folder in list_folders(prefix, tree)
                    if f"{folder[0]}/" not in trees
                ]
                yield TagLookup(release_text, notes, deque(files), *places, roots, documents)


def _build_tag_notes(release_text: ReleaseText, found: GitHubReleaseTree, commit: TaggedCommit) -> TagNotes:
    """Return the notes of a tag without its files, as a clone has them."""
    release = release_text.record.release
    target = found.tag.target if found.tag else None
    is_annotated = target is not None and target.typename == "Tag"
    message = (target.message if target and is_annotated else commit.message) or ""
    subject, _, body = _SIGNATURE.sub("", message.replace("\r\n", "\n")).strip().partition("\n\n")
    text = f"{' '.join(subject.split())}\n\n{body.strip()}".strip()
    published_at = release.published_at or release.created_at
    return TagNotes(release.tag_name, commit.oid, int(published_at.timestamp()), (), text, is_annotated)


def _read_files(runner: QueryRunner, pending: deque[TagLookup]) -> Iterator[tuple[TagLookup, NoteFile]]:
    """Yield the releases of which a changelog has a section, with that file."""

    def send(batch: Sequence[TagLookup], _: int) -> GraphQLResponse:
        variables: dict[str, str] = {}
        for number, lookup in enumerate(batch):
            variables |= {f"i{number}": lookup.release.record.repository.id, f"o{number}": lookup.candidates[0][1]}
        return runner.client.query("ReleaseFiles", build_files_query("ReleaseFiles", len(batch)), variables)

    def skip(lookup: TagLookup, error: GitHubError) -> None:
        runner.note_unread(lookup.repository_name, f"{lookup.candidates[0][0]} at {lookup.notes.tag}", error)

    batches = runner.run_optional_batches(
        "ReleaseFiles", pending, max_size=FILES_PER_REQUEST, send=send, on_failure=skip
    )
    for batch, response in batches:
        paths = [(f"r{number}",) for number in range(len(batch))]
        errors_by_alias = errors_by_path(response, paths, "ReleaseFiles")
        for lookup, alias, errors in zip(batch, paths, errors_by_alias, strict=True):
            note_errors(runner, lookup.release, errors)
            path, blob = lookup.candidates.popleft()
            text = _get_text(runner, lookup, response.data.get(alias[0]))
            notes = lookup.notes
            if text and find_file_section(path, text, notes.tag, lookup.repository_name, notes.tagged_at):
                yield lookup, NoteFile(path, blob, text)
            elif lookup.candidates:
                pending.append(lookup)


@dataclass(frozen=True)
class _DocumentLookup:
    """A document of a release to read."""

    tag_lookup: TagLookup
    path: str
    sha: str

    @property
    def id(self) -> str:
        """What a query that fails is about."""
        return f"{self.tag_lookup.id} {self.sha}"


def _read_documents(
    runner: QueryRunner, lookups: Sequence[TagLookup]
) -> Iterator[tuple[TagLookup, tuple[NoteFile, ...]]]:
    """Yield the releases of which documents in other places have a section, with these files."""
    pending: deque[_DocumentLookup] = deque()
    counts: dict[str, int] = {}
    for lookup in lookups:
        blobs = {file.path: file.blob for file in lookup.documents}
        ranked = rank_documents(blobs, lookup.notes.tag, lookup.repository_name)[:MAX_DOCUMENTS_PER_TAG]
        repository_id = lookup.release.record.repository.id
        ranked = ranked[: max(0, MAX_DOCUMENTS_PER_REPOSITORY - counts.get(repository_id, 0))]
        counts[repository_id] = counts.get(repository_id, 0) + len(ranked)
        pending += [_DocumentLookup(lookup, path, blobs[path]) for path in ranked]

    def send(batch: Sequence[_DocumentLookup], _: int) -> GraphQLResponse:
        variables: dict[str, str] = {}
        for number, document in enumerate(batch):
            repository_id = document.tag_lookup.release.record.repository.id
            variables |= {f"i{number}": repository_id, f"o{number}": document.sha}
        return runner.client.query("ReleaseFiles", build_files_query("ReleaseFiles", len(batch)), variables)

    def skip(document: _DocumentLookup, error: GitHubError) -> None:
        subject = f"{document.path} at {document.tag_lookup.notes.tag}"
        runner.note_unread(document.tag_lookup.repository_name, subject, error)

    files: dict[str, list[NoteFile]] = {}
    batches = runner.run_optional_batches(
        "ReleaseFiles", pending, max_size=FILES_PER_REQUEST, send=send, on_failure=skip
    )
    for batch, response in batches:
        paths = [(f"r{number}",) for number in range(len(batch))]
        errors_by_alias = errors_by_path(response, paths, "ReleaseFiles")
        for document, alias, errors in zip(batch, paths, errors_by_alias, strict=True):
            lookup = document.tag_lookup
            note_errors(runner, lookup.release, errors)
            text = _get_text(runner, lookup, response.data.get(alias[0]))
            place = (lookup.notes.tag, lookup.repository_name, lookup.notes.tagged_at)
            if text and find_document_section(document.path, text, *place):
                files.setdefault(lookup.id, []).append(NoteFile(document.path, document.sha, text))
    yield from ((lookup, tuple(files[lookup.id])) for lookup in lookups if lookup.id in files)


def _get_text(runner: QueryRunner, lookup: TagLookup, node: object) -> str | None:
    """Return the text of a file; None if it is gone, binary, or not whole."""
    if not isinstance(node, dict):
        return None
    home = parse_or_note(runner, FileHome, node, "ReleaseFiles", lookup.release)
    blob = home.object if home else None
    return blob.text if blob and not blob.is_truncated else None
