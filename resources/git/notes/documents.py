"""Find documents that hold the notes of a tag in places that no pattern lists.

One listing of the tree, one search for the version in the documents whose paths speak of changes, and one listing of
those that hold it: three commands a tag, of at most `MAX_SEARCHES` tags. Where the tag has none, the default branch is
searched as it was at the end of the window: etcd writes the notes of a release after its tag.
"""

import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from resources.errors import GitError
from resources.git.command import run_git
from resources.git.log import spell_version
from resources.git.notes.guides import list_guides
from resources.git.notes.places import (
    MAX_DOCUMENTS_READ,
    MAX_FILE_BYTES,
    MAX_PACKAGES,
    MAX_VERSION_FRAGMENTS,
    is_package_changelog,
    is_version_document,
    is_version_fragment,
    rank_documents,
)
from resources.git.notes.read import BlobReader, NoteFile, TagNotes, parse_listing
from resources.git.repository import GitRepository, list_paths, list_tree

MAX_SEARCHES = 40
"""Tags of a window, without notes in the known places, that are searched for."""


@dataclass
class DocumentSearch:
    """Searches the documents of one repository for the versions of its tags.

    `until` is the end of the window, which does not belong to it.
    """

    repository: GitRepository
    until: datetime
    _searched: set[str] = field(default_factory=set)
    _searched_packages: set[str] = field(default_factory=set)
    _head: str | None = None

    def find(self, release: TagNotes) -> Iterator[tuple[NoteFile, ...]]:
        """Yield the documents that name the version: those at the tag, then those of the default branch.

        A commit that git cannot read has none.
        """
        if release.tag not in self._searched and len(self._searched) >= MAX_SEARCHES:
            return
        self._searched.add(release.tag)
        with suppress(GitError):
            paths = list_paths(self.repository.git_dir, release.sha)
            fragments = [path for path in paths if is_version_fragment(path, release.tag)]
            yield self._read_files(release.sha, fragments[:MAX_VERSION_FRAGMENTS])
            yield self._find_at(release.sha, release.tag, {file.path for file in release.files})
        with suppress(GitError):
            head = self._find_head()
            if head and head != release.sha:
                yield self._find_at(head, release.tag)

    def find_packages(self, release: TagNotes) -> tuple[NoteFile, ...]:
        """Return the changelogs of packages at a tag that name its version; none where git cannot read its commit."""
        if release.tag not in self._searched_packages and len(self._searched_packages) >= MAX_SEARCHES:
            return ()
        self._searched_packages.add(release.tag)
        with suppress(GitError):
            return self._find_at(release.sha, release.tag, packages_only=True)
        return ()

    def find_guides(self, release: TagNotes) -> tuple[NoteFile, ...]:
        """Return the guides at a tag that may be about its version; none where git cannot read its commit."""
        with suppress(GitError):
            return self._read_files(
                release.sha, list_guides(list_paths(self.repository.git_dir, release.sha), release.tag)
            )
        return ()

    def _find_head(self) -> str:
        """Return the newest commit of the default branch in the window; empty without one."""
        if self._head is None:
            until = f"--until=@{max(0, int(self.until.timestamp()) - 1)} +0000"
            arguments = ("rev-list", "-1", "--first-parent", until, *self.repository.refs, "--")
            self._head = run_git(self.repository.git_dir, *arguments).strip() if self.repository.refs else ""
        return self._head

    def _find_at(
        self, sha: str, tag: str, known: Collection[str] = (), *, packages_only: bool = False
    ) -> tuple[NoteFile, ...]:
        name = self.repository.name
        ranked = [
            path
            for path in rank_documents(list_paths(self.repository.git_dir, sha), tag, name)
            if path not in known and (is_package_changelog(path) or not packages_only)
        ]
        number = re.search(r"\d+(?:\.\d+)*", spell_version(tag))
        if number is None or not ranked:
            return ()
        # `2.0` is also the spelling of 2.0.0, and no part of 12.0 or 2.0.1.
        pattern = rf"(^|[^0-9.]){re.escape(number[0].removesuffix('.0'))}(\.0)?($|[^0-9.]|\.($|[^0-9]))"
        holding = self._list_holding(sha, pattern, ranked)
        paths = [path for path in ranked if path in holding or is_version_document(path, tag, name)]
        packages = [path for path in paths if is_package_changelog(path)][:MAX_PACKAGES]
        others = [path for path in paths if path not in packages][:MAX_DOCUMENTS_READ]
        return self._read_files(sha, [path for path in paths if path in packages or path in others])

    def _read_files(self, sha: str, paths: list[str]) -> tuple[NoteFile, ...]:
        if not paths:
            return ()
        git_dir = self.repository.git_dir
        listed = parse_listing(list_tree(git_dir, sha, *paths))
        entries = {file.path: file for file in listed if file.is_file and file.size <= MAX_FILE_BYTES}
        reader = BlobReader(self.repository)
        files = [entries[path] for path in paths if path in entries]
        return tuple(NoteFile(file.path, file.blob, reader.read(file.blob)) for file in files)

    def _list_holding(self, sha: str, pattern: str, paths: list[str]) -> set[str]:
        """Return the paths of the files of a commit with a line that matches. git says 1 where there is none."""
        arguments = ("grep", "-l", "-z", "-I", "-E", "-e", pattern, sha, "--")
        try:
            printed = run_git(self.repository.git_dir, "--literal-pathspecs", *arguments, *paths)
        except GitError:
            return set()
        return {path.partition(":")[2] for path in printed.split("\0") if path}
