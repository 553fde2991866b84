"""What GitHub lists at the tag of a release: its models, and the files and folders in them. Pure."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from resources.git.notes.places import (
    VERSION_FOLDER_PATTERN,
    ListedFile,
    may_be_notes,
    may_hold_packages,
)
from sparky_assets.raw.github.parsing import GraphQLModel
from sparky_assets.raw.github.responses import GitObjectRef

MAX_BLOB_BYTES = 500_000
"""Larger files are not asked for: GitHub cuts the text of larger ones, and ten fit into an answer."""

LINK_MODE = 0o120000
"""Git's mode of a symbolic link."""


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


def list_entries(commit: TaggedCommit) -> Iterator[ListedFile]:
    """Yield the files at the root and in the folders of documentation, in the order of git."""
    for prefix, tree in list_known_trees(commit):
        yield from list_tree(prefix, tree)


def list_known_trees(commit: TaggedCommit) -> Iterator[tuple[str, FileTree | None]]:
    """Yield the root and the folders of documentation, each with its path: `""`, `doc/`, `docs/`."""
    yield "", commit.tree
    yield "doc/", commit.doc.object if commit.doc else None
    yield "docs/", commit.docs.object if commit.docs else None


def list_version_folders(commit: TaggedCommit) -> Iterator[tuple[str, str]]:
    """Yield path and sha of the folders with a file of notes for each version."""
    for prefix, tree in list_known_trees(commit):
        for entry in (tree.entries or ()) if tree else ():
            if entry and entry.type == "tree" and VERSION_FOLDER_PATTERN.fullmatch(f"{prefix}{entry.name}"):
                yield f"{prefix}{entry.name}", entry.oid


def list_tree(prefix: str, tree: FileTree | None) -> Iterator[ListedFile]:
    """Yield all that a folder holds, in the order of git; nothing for a folder that could not be read.

    Args:
        prefix: the path of the folder, with a slash at its end.
        tree: the folder.
    """
    entries = [entry for entry in (tree.entries or ()) if entry] if tree else []
    for entry in sorted(entries, key=lambda entry: entry.name.encode(errors="replace")):
        is_file = entry.type == "blob" and entry.mode != LINK_MODE
        yield ListedFile(f"{prefix}{entry.name}", entry.oid, entry.size, is_file)


def may_hold_notes(file: ListedFile) -> bool:
    """Return whether an entry is a file that may be notes, by its path, and is small enough to be read."""
    return file.is_file and file.size <= MAX_BLOB_BYTES and may_be_notes(file.path)


def list_folders(prefix: str, tree: FileTree | None) -> Iterator[tuple[str, str]]:
    """Yield path and sha of the folders of a folder in which packages may be."""
    for entry in (tree.entries or ()) if tree else ():
        if entry and entry.type == "tree" and may_hold_packages(f"{prefix}{entry.name}"):
            yield f"{prefix}{entry.name}", entry.oid
