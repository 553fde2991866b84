"""Find notes in folders at the tags of releases: of versions, of packages, and of documents.

The folder of a package (`pier@1.2.0`) is looked for level by level. Folders are listed forty a request, each once for
all tags that have it.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from resources.errors import GitHubError
from resources.git.notes.places import (
    MAX_FILES_PER_TAG,
    NOTE_FILE_PATTERN,
    ListedFile,
    is_package_folder,
    is_version_file,
    leads_to_notes,
    select_note_files,
)
from resources.git.notes.read import TagNotes
from resources.github.client import GraphQLError, GraphQLResponse
from sparky_assets.raw.github.batching import QueryRunner, errors_by_path
from sparky_assets.raw.github.items import ReleaseText
from sparky_assets.raw.github.notes.release_trees import (
    MAX_BLOB_BYTES,
    FileTree,
    FolderHome,
    list_folders,
    list_tree,
    may_hold_notes,
)
from sparky_assets.raw.github.parsing import ModelT, parse_record
from sparky_assets.raw.github.queries import build_folders_query

FOLDERS_PER_REQUEST = 40

MAX_FOLDERS = 120
"""Folders of a repository that are listed to find its packages."""

MAX_DOCUMENT_FOLDERS = 40
"""Folders of a repository that are listed to find documents about changes in places that no pattern lists."""

MAX_DOCUMENT_LEVELS = 4
"""Levels of folders that are listed to find such documents."""


@dataclass
class TagLookup:
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


def note_errors(runner: QueryRunner, release_text: ReleaseText, errors: Iterable[GraphQLError]) -> None:
    """Note the errors of an answer about the files of a release; what is not there is none."""
    for error in errors:
        if error.type != "NOT_FOUND":
            reason = error.message or error.type
            note = runner.note_damage(release_text.record.repository.name_with_owner)
            note(f"the files at {release_text.record.release.tag_name} cannot be read: {reason}")


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
class FolderFinder:
    """Finds notes in folders, of packages level by level. A folder is listed once for all tags that have it."""

    runner: QueryRunner
    _trees: dict[tuple[str, str], FileTree | None] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def find_version_files(self, lookups: Sequence[TagLookup]) -> None:
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
                for file in list_tree(f"{path}/", self._trees.get((lookup.release.record.repository.id, sha)))
                if file.is_file
                and file.size <= MAX_BLOB_BYTES
                and is_version_file(file.path, lookup.notes.tag, lookup.repository_name)
            ]
            lookup.candidates = deque([*files, *lookup.candidates][:MAX_FILES_PER_TAG])

    def find_packages(self, lookups: Sequence[TagLookup]) -> None:
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
                    for folder in list_folders(f"{path}/", self._trees.get((repository_id, sha)))
                ]
            lookups = [lookup for lookup in lookups if lookup.folders]

    def find_documents(self, lookups: Sequence[TagLookup]) -> None:
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
                    lookup.documents += filter(may_hold_notes, list_tree(f"{path}/", tree))
                    below += list_folders(f"{path}/", tree)
                levels[lookup.id] = below

    def _add_candidates(self, lookup: TagLookup) -> bool:
        repository_id, tag = lookup.release.record.repository.id, lookup.package_tag
        candidates: list[tuple[str, str]] = []
        exact_candidates: list[tuple[str, str]] = []
        for path, sha in sorted(lookup.folders):
            if is_package_folder(path, tag):
                files = list(list_tree(f"{path}/", self._trees.get((repository_id, sha))))
                wanted = [file.path for file in files if NOTE_FILE_PATTERN.fullmatch(file.path.rpartition("/")[2])]
                own = select_note_files(files, wanted, max_bytes=MAX_BLOB_BYTES)
                candidates += own
                exact_candidates += own if is_package_folder(path, tag, is_exact=True) else []
        candidates = exact_candidates or candidates
        lookup.candidates = deque([*candidates, *lookup.candidates][:MAX_FILES_PER_TAG])
        return bool(candidates)

    def _list_trees(self, lookups: Sequence[TagLookup], *, is_own: bool) -> None:
        """List the folders of the lookups that have the name of the package, or the others."""
        pending: deque[_FolderLookup] = deque()
        for lookup in lookups:
            tag = lookup.package_tag
            # The tag of a Go module holds its path: `sdk/pier/v1.2.0`.
            for path, sha in sorted(lookup.folders, key=lambda folder: (not tag.startswith(f"{folder[0]}/"), folder)):
                if is_package_folder(path, tag) is is_own:
                    self._add_folder(pending, lookup, path, sha)
        self._read(pending)

    def _add_folder(self, pending: deque[_FolderLookup], lookup: TagLookup, path: str, sha: str) -> None:
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
                note_errors(self.runner, folder.release, errors)
                node = response.data.get(alias[0])
                if isinstance(node, dict):
                    home = parse_or_note(self.runner, FolderHome, node, "ReleaseFolders", folder.release)
                    self._trees[folder.release.record.repository.id, folder.sha] = home.object if home else None


def parse_or_note(
    runner: QueryRunner, model: type[ModelT], value: object, query: str, release_text: ReleaseText
) -> ModelT | None:
    """Return a parsed record; None if it does not fit at all, which is noted and costs the notes of its release."""
    damaged = runner.note_damage(release_text.record.repository.name_with_owner)
    try:
        return parse_record(model, value, query, release_text.record.release.tag_name, on_damage=damaged)
    except GitHubError as error:
        damaged(str(error))
        return None
