"""Read what is at the tags of releases that say nothing on GitHub: sections of changelogs, messages of tags.

A release with a text on GitHub is not asked about. For the others one request lists the files at their tags with their
sizes, and one reads the changelogs that are there, ten at a time. Folders with a file for each version are listed, and
the folder of a package (`pier@1.2.0`) is looked for level by level, forty folders a request, each folder once for all
tags that have it. Which lines are the notes of a version is decided in `sparky_assets/raw/notes.py`, as for a clone.
Where the known places have nothing, folders that may lead to documents about changes are listed in the same way.
What cannot be read costs the notes of that release alone.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from pydantic import Field

from resources.errors import GitHubError
from resources.git.log import names_other_package, spell_version
from resources.git.notes.places import (
    MAX_FILES_PER_TAG,
    NOTE_FILE_PATTERN,
    VERSION_FOLDER_PATTERN,
    ListedFile,
    find_package_tag,
    is_package_folder,
    is_version_file,
    leads_to_notes,
    may_be_notes,
    may_hold_packages,
    rank_documents,
    select_note_files,
)
from resources.git.notes.read import NoteFile, TagNotes
from resources.github.client import GraphQLError, GraphQLResponse
from sparky_assets.raw.github.batching import QueryRunner, errors_by_path, pair_nodes
from sparky_assets.raw.github.items import ReleaseText
from sparky_assets.raw.github.queries import RELEASE_TREES_QUERY, build_files_query, build_folders_query
from sparky_assets.raw.github.responses import GitObjectRef, GraphQLModel, ModelT, parse_record
from sparky_assets.text.changelogs.sections import find_document_section, find_file_section
from sparky_assets.text.versions import VERSION_PATTERN

RELEASES_PER_REQUEST = 22
FILES_PER_REQUEST = 10
FOLDERS_PER_REQUEST = 40

MAX_BLOB_BYTES = 500_000
"""Larger files are not asked for: GitHub cuts the text of larger ones, and ten fit into an answer."""

MAX_RELEASES = 50
"""Releases of a repository whose tags are looked at, the newest first."""

MAX_FOLDERS = 120
"""Folders of a repository that are listed to find its packages."""

MAX_DOCUMENT_FOLDERS = 40
"""Folders of a repository that are listed to find documents about changes in places that no pattern lists."""

MAX_DOCUMENT_LEVELS = 4
"""Levels of folders that are listed to find such documents."""

MAX_DOCUMENTS_PER_TAG = 10
"""Such documents that are read for one tag: one request."""

MAX_DOCUMENTS_PER_REPOSITORY = 60

LINK_MODE = 0o120000
"""Git's mode of a symbolic link."""

_SIGNATURE = re.compile(r"^-----BEGIN (?:PGP|SSH|SIGNED) (?:SIGNATURE|MESSAGE)-----.*", re.DOTALL | re.MULTILINE)


class ReleaseTreeEntry(GraphQLModel):
    """An entry of a tree, with git's mode of it."""

    name: str
    type: str
    mode: int
    oid: str = Field(pattern=r"^[0-9a-f]{40,64}$")
    size: int


class FileTree(GraphQLModel):
    """A folder; without entries it is something else."""

    entries: tuple[ReleaseTreeEntry | None, ...] | None = None


class FolderEntry(GraphQLModel):
    """The entry of a folder, with its own entries."""

    object: FileTree | None = None


class TaggedCommit(GitObjectRef):
    """The commit of a tag, with its root and the folders of documentation."""

    message: str = ""
    tree: FileTree | None = None
    docs: FolderEntry | None = None
    doc: FolderEntry | None = None


class TagObject(GraphQLModel):
    """What a tag points to; only an annotated tag has a message."""

    typename: str = Field(alias="__typename")
    message: str | None = None


class TagRef(GraphQLModel):
    """A tag."""

    target: TagObject | None = None


class GitHubReleaseTree(GraphQLModel):
    """A release with what is at its tag; both are null if the tag was deleted."""

    typename: Literal["Release"] = Field(alias="__typename")
    id: str
    tag: TagRef | None = None
    tag_commit: TaggedCommit | None = None


class FileBlob(GraphQLModel):
    """A file's text; null when it is binary."""

    typename: str = Field(alias="__typename")
    oid: str | None = None
    is_truncated: bool = True
    text: str | None = None


class FileHome(GraphQLModel):
    """A repository with one of its files; null if it is not there any more."""

    id: str
    object: FileBlob | None = None


class FolderHome(GraphQLModel):
    """A repository with one of its folders; null if it is not there any more."""

    id: str
    object: FileTree | None = None


@dataclass
class _TagLookup:
    """A release whose files are read, with the changelogs (path, sha) that are still to be tried.

    `folders` are those in which the folder of its package may be: (path, sha) of the level that is reached.
    `version_folders` are those with a file of notes for each version. `package_tag` is the tag with that package.
    `root_folders` are those at the root and in the folders of documentation, and `documents` are the files there and
    below that may be notes.
    """

    release: ReleaseText
    notes: TagNotes
    candidates: deque[tuple[str, str]]
    folders: list[tuple[str, str]]
    version_folders: list[tuple[str, str]]
    package_tag: str
    root_folders: list[tuple[str, str]] = field(default_factory=list)
    documents: list[ListedFile] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The id of the release."""
        return self.release.record.release.id

    @property
    def repository_name(self) -> str:
        """Name of the repository, for messages."""
        return self.release.record.repository.name_with_owner


def fetch_tag_notes(runner: QueryRunner, releases: Sequence[ReleaseText]) -> Iterator[ReleaseText]:
    """Yield each release once, with what is at its tag where that has notes.

    Args:
        runner: runs the queries.
        releases: releases of the window that say nothing on GitHub.
    """
    asked = list(_select_asked(releases))
    remaining = {release_text.record.release.id: release_text for release_text in releases}
    lookups = list(_list_files(runner, asked))
    finder = _FolderFinder(runner)
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


def _list_files(runner: QueryRunner, releases: Sequence[ReleaseText]) -> Iterator[_TagLookup]:
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
            _note_errors(runner, release_text, errors)
            if not isinstance(value, dict) or value.get("__typename") != "Release":
                continue
            found = _parse_or_note(runner, GitHubReleaseTree, value, "ReleaseTrees", release_text)
            if found and found.tag_commit:
                files = select_note_files(_list_entries(found.tag_commit), max_bytes=MAX_BLOB_BYTES)
                tag, name = release_text.record.release.tag_name, release_text.record.repository.name_with_owner
                is_other = names_other_package(tag, name)
                version_folders = [] if is_other else list(_list_version_folders(found.tag_commit))
                # A folder of versions may have none of this one: its files are known after the next request.
                package_tag = find_package_tag(tag, name, [*files, *version_folders])
                folders = list(_list_folders("", found.tag_commit.tree)) if package_tag else []
                notes = _build_tag_notes(release_text, found, found.tag_commit)
                places = (folders, version_folders, package_tag or tag)
                trees = dict(_list_known_trees(found.tag_commit))
                documents = [
                    file
                    for file in _list_entries(found.tag_commit)
                    if _may_be_notes(file) and (file.path, file.blob) not in files
                ]
                roots = [
                    folder
                    for prefix, tree in trees.items()
                    for folder in _list_folders(prefix, tree)
                    if f"{folder[0]}/" not in trees
                ]
                yield _TagLookup(release_text, notes, deque(files), *places, roots, documents)


def _note_errors(runner: QueryRunner, release_text: ReleaseText, errors: Iterable[GraphQLError]) -> None:
    for error in errors:
        if error.type != "NOT_FOUND":
            reason = error.message or error.type
            note = runner.note_damage(release_text.record.repository.name_with_owner)
            note(f"the files at {release_text.record.release.tag_name} cannot be read: {reason}")


def _list_entries(commit: TaggedCommit) -> Iterator[ListedFile]:
    """Yield the files at the root and in the folders of documentation, in the order of git."""
    for prefix, tree in _list_known_trees(commit):
        yield from _list_tree(prefix, tree)


def _list_known_trees(commit: TaggedCommit) -> Iterator[tuple[str, FileTree | None]]:
    yield "", commit.tree
    yield "doc/", commit.doc.object if commit.doc else None
    yield "docs/", commit.docs.object if commit.docs else None


def _list_version_folders(commit: TaggedCommit) -> Iterator[tuple[str, str]]:
    """Yield path and sha of the folders with a file of notes for each version."""
    for prefix, tree in _list_known_trees(commit):
        for entry in (tree.entries or ()) if tree else ():
            if entry and entry.type == "tree" and VERSION_FOLDER_PATTERN.fullmatch(f"{prefix}{entry.name}"):
                yield f"{prefix}{entry.name}", entry.oid


def _list_tree(prefix: str, tree: FileTree | None) -> Iterator[ListedFile]:
    entries = [entry for entry in (tree.entries or ()) if entry] if tree else []
    for entry in sorted(entries, key=lambda entry: entry.name.encode(errors="replace")):
        is_file = entry.type == "blob" and entry.mode != LINK_MODE
        yield ListedFile(f"{prefix}{entry.name}", entry.oid, entry.size, is_file)


def _may_be_notes(file: ListedFile) -> bool:
    return file.is_file and file.size <= MAX_BLOB_BYTES and may_be_notes(file.path)


def _list_folders(prefix: str, tree: FileTree | None) -> Iterator[tuple[str, str]]:
    """Yield path and sha of the folders of a folder in which packages may be."""
    for entry in (tree.entries or ()) if tree else ():
        if entry and entry.type == "tree" and may_hold_packages(f"{prefix}{entry.name}"):
            yield f"{prefix}{entry.name}", entry.oid


@dataclass(frozen=True)
class _FolderLookup:
    """A folder to list, at the tag of a release."""

    release: ReleaseText
    path: str
    sha: str

    @property
    def id(self) -> str:
        """What a query that fails is about."""
        return f"{self.release.record.repository.id} {self.sha}"


@dataclass
class _FolderFinder:
    """Finds notes in folders, of packages level by level. A folder is listed once for all tags that have it."""

    runner: QueryRunner
    _trees: dict[tuple[str, str], FileTree | None] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def find_version_files(self, lookups: Sequence[_TagLookup]) -> None:
        """Put the files about the version of each tag alone before the others of the lookup."""
        pending: deque[_FolderLookup] = deque()
        for lookup in lookups:
            for path, sha in lookup.version_folders:
                self._add_folder(pending, lookup, path, sha)
        self._read(pending)
        for lookup in lookups:
            files = [
                (file.path, file.blob)
                for path, sha in sorted(lookup.version_folders)
                for file in _list_tree(f"{path}/", self._trees.get((lookup.release.record.repository.id, sha)))
                if file.is_file
                and file.size <= MAX_BLOB_BYTES
                and is_version_file(file.path, lookup.notes.tag, lookup.repository_name)
            ]
            lookup.candidates = deque([*files, *lookup.candidates][:MAX_FILES_PER_TAG])

    def find_packages(self, lookups: Sequence[_TagLookup]) -> None:
        """Put the changelogs of the package of each tag before the others of the lookup.

        Where a level has a folder of that name with a changelog, no deeper one is looked at.
        """
        while lookups:
            # Folders of the name first: most packages are found without a listing of the others.
            self._list_trees(lookups, is_own=True)
            lookups = [lookup for lookup in lookups if not self._add_candidates(lookup)]
            self._list_trees(lookups, is_own=False)
            for lookup in lookups:
                repository_id = lookup.release.record.repository.id
                lookup.folders = [
                    folder
                    for path, sha in lookup.folders
                    for folder in _list_folders(f"{path}/", self._trees.get((repository_id, sha)))
                ]
            lookups = [lookup for lookup in lookups if lookup.folders]

    def find_documents(self, lookups: Sequence[_TagLookup]) -> None:
        """Add the documents of each lookup that may be notes, by their paths, in folders that may lead to such.

        At the root any folder may be that of a package with a changelog: those with a telling name are listed first.
        """
        repository_ids = {lookup.release.record.repository.id for lookup in lookups}
        self._counts = dict.fromkeys(repository_ids, MAX_FOLDERS - MAX_DOCUMENT_FOLDERS)
        levels = {lookup.id: lookup.root_folders for lookup in lookups}
        for level in range(MAX_DOCUMENT_LEVELS):
            pending: deque[_FolderLookup] = deque()
            for lookup in lookups:
                name = lookup.repository_name
                folders = sorted(levels[lookup.id], key=lambda folder: (not leads_to_notes(folder[0], name), folder))
                levels[lookup.id] = [folder for folder in folders if not level or leads_to_notes(folder[0], name)]
                for path, sha in levels[lookup.id]:
                    self._add_folder(pending, lookup, path, sha)
            self._read(pending)
            for lookup in lookups:
                repository_id, below = lookup.release.record.repository.id, list[tuple[str, str]]()
                for path, sha in levels[lookup.id]:
                    tree = self._trees.get((repository_id, sha))
                    lookup.documents += filter(_may_be_notes, _list_tree(f"{path}/", tree))
                    below += _list_folders(f"{path}/", tree)
                levels[lookup.id] = below

    def _add_candidates(self, lookup: _TagLookup) -> bool:
        repository_id, tag = lookup.release.record.repository.id, lookup.package_tag
        candidates: list[tuple[str, str]] = []
        exact_candidates: list[tuple[str, str]] = []
        for path, sha in sorted(lookup.folders):
            if is_package_folder(path, tag):
                files = list(_list_tree(f"{path}/", self._trees.get((repository_id, sha))))
                wanted = [file.path for file in files if NOTE_FILE_PATTERN.fullmatch(file.path.rpartition("/")[2])]
                own = select_note_files(files, wanted, max_bytes=MAX_BLOB_BYTES)
                candidates += own
                exact_candidates += own if is_package_folder(path, tag, is_exact=True) else []
        candidates = exact_candidates or candidates
        lookup.candidates = deque([*candidates, *lookup.candidates][:MAX_FILES_PER_TAG])
        return bool(candidates)

    def _list_trees(self, lookups: Sequence[_TagLookup], *, is_own: bool) -> None:
        """List the folders of the lookups that have the name of the package, or the others."""
        pending: deque[_FolderLookup] = deque()
        for lookup in lookups:
            tag = lookup.package_tag
            # The tag of a Go module holds its path: `sdk/pier/v1.2.0`.
            for path, sha in sorted(lookup.folders, key=lambda folder: (not tag.startswith(f"{folder[0]}/"), folder)):
                if is_package_folder(path, tag) is is_own:
                    self._add_folder(pending, lookup, path, sha)
        self._read(pending)

    def _add_folder(self, pending: deque[_FolderLookup], lookup: _TagLookup, path: str, sha: str) -> None:
        repository_id = lookup.release.record.repository.id
        key, count = (repository_id, sha), self._counts.get(repository_id, 0)
        if key not in self._trees and count < MAX_FOLDERS:
            self._trees[key] = None
            self._counts[repository_id] = count + 1
            pending.append(_FolderLookup(lookup.release, path, sha))

    def _read(self, pending: deque[_FolderLookup]) -> None:
        def send(batch: Sequence[_FolderLookup], _: int) -> GraphQLResponse:
            variables: dict[str, str] = {}
            for number, folder in enumerate(batch):
                variables |= {f"i{number}": folder.release.record.repository.id, f"o{number}": folder.sha}
            return self.runner.client.query(
                "ReleaseFolders", build_folders_query("ReleaseFolders", len(batch)), variables
            )

        def skip(folder: _FolderLookup, error: GitHubError) -> None:
            release = folder.release.record
            subject = f"{folder.path} at {release.release.tag_name}"
            self.runner.note_unread(release.repository.name_with_owner, subject, error)

        batches = self.runner.run_optional_batches(
            "ReleaseFolders", pending, max_size=FOLDERS_PER_REQUEST, send=send, on_failure=skip
        )
        for batch, response in batches:
            paths = [(f"r{number}",) for number in range(len(batch))]
            errors_by_alias = errors_by_path(response, paths, "ReleaseFolders")
            for folder, alias, errors in zip(batch, paths, errors_by_alias, strict=True):
                _note_errors(self.runner, folder.release, errors)
                node = response.data.get(alias[0])
                if isinstance(node, dict):
                    home = _parse_or_note(self.runner, FolderHome, node, "ReleaseFolders", folder.release)
                    self._trees[folder.release.record.repository.id, folder.sha] = home.object if home else None


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


def _read_files(runner: QueryRunner, pending: deque[_TagLookup]) -> Iterator[tuple[_TagLookup, NoteFile]]:
    """Yield the releases of which a changelog has a section, with that file."""

    def send(batch: Sequence[_TagLookup], _: int) -> GraphQLResponse:
        variables: dict[str, str] = {}
        for number, lookup in enumerate(batch):
            variables |= {f"i{number}": lookup.release.record.repository.id, f"o{number}": lookup.candidates[0][1]}
        return runner.client.query("ReleaseFiles", build_files_query("ReleaseFiles", len(batch)), variables)

    def skip(lookup: _TagLookup, error: GitHubError) -> None:
        runner.note_unread(lookup.repository_name, f"{lookup.candidates[0][0]} at {lookup.notes.tag}", error)

    batches = runner.run_optional_batches(
        "ReleaseFiles", pending, max_size=FILES_PER_REQUEST, send=send, on_failure=skip
    )
    for batch, response in batches:
        paths = [(f"r{number}",) for number in range(len(batch))]
        errors_by_alias = errors_by_path(response, paths, "ReleaseFiles")
        for lookup, alias, errors in zip(batch, paths, errors_by_alias, strict=True):
            _note_errors(runner, lookup.release, errors)
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

    tag_lookup: _TagLookup
    path: str
    sha: str

    @property
    def id(self) -> str:
        """What a query that fails is about."""
        return f"{self.tag_lookup.id} {self.sha}"


def _read_documents(
    runner: QueryRunner, lookups: Sequence[_TagLookup]
) -> Iterator[tuple[_TagLookup, tuple[NoteFile, ...]]]:
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
            _note_errors(runner, lookup.release, errors)
            text = _get_text(runner, lookup, response.data.get(alias[0]))
            place = (lookup.notes.tag, lookup.repository_name, lookup.notes.tagged_at)
            if text and find_document_section(document.path, text, *place):
                files.setdefault(lookup.id, []).append(NoteFile(document.path, document.sha, text))
    yield from ((lookup, tuple(files[lookup.id])) for lookup in lookups if lookup.id in files)


def _get_text(runner: QueryRunner, lookup: _TagLookup, node: object) -> str | None:
    """Return the text of a file; None if it is gone, binary, or not whole."""
    if not isinstance(node, dict):
        return None
    home = _parse_or_note(runner, FileHome, node, "ReleaseFiles", lookup.release)
    blob = home.object if home else None
    return blob.text if blob and not blob.is_truncated else None


def _parse_or_note(
    runner: QueryRunner, model: type[ModelT], value: object, query: str, release_text: ReleaseText
) -> ModelT | None:
    """Return a parsed record; None if it does not fit at all, which is noted and costs the notes of its release."""
    damaged = runner.note_damage(release_text.record.repository.name_with_owner)
    try:
        return parse_record(model, value, query, release_text.record.release.tag_name, on_damage=damaged)
    except GitHubError as error:
        damaged(str(error))
        return None
