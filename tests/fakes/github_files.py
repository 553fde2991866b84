"""What is at the tags of the fake GitHub: trees with git's modes and shas, and the texts of files."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from tests.fakes.github_world import Commit, Release


def hash_blob(content: bytes) -> str:
    """Return git's sha of a file."""
    return hashlib.sha1(b"blob %d\0%s" % (len(content), content), usedforsecurity=False).hexdigest()


def tag_shape(release: Release) -> dict[str, Any]:
    """What the tag of a release points to: a tag with a message, or the commit."""
    if release.message is None:
        return {"__typename": "Commit", "oid": release.commit, "message": release.commit_message}
    return {"__typename": "Tag", "message": release.message}


def tagged_commit_shape(release: Release) -> dict[str, Any]:
    """The commit of a release with its tree."""
    return {
        "__typename": "Commit", "oid": release.commit, "message": release.commit_message,
        "tree": partial(_tree_shape, release, ""), "file": partial(_file_shape, release),
    }  # fmt: skip


def find_entry(commit: Commit, _: Any, path: str) -> dict[str, Any] | None:
    """Return the entry of a file at a commit; None if it is not there."""
    if (content := commit.tree.get(path)) is None:
        return None
    mode = 0o120000 if content.startswith(b"->") else 0o100644
    return {"name": path, "type": "blob", "mode": mode, "oid": hash_blob(content), "size": len(content)}


def find_blob(trees: Iterable[dict[str, bytes]], oid: str, text_limit: int) -> dict[str, Any] | None:
    """Return a file of a repository by its sha. A binary one has no text, a large one a part of it."""
    contents = (content for tree in trees for content in tree.values() if hash_blob(content) == oid)
    content = next(contents, None)
    if content is None:
        return None
    is_binary = b"\0" in content
    return {
        "__typename": "Blob", "oid": oid, "byteSize": len(content), "isBinary": is_binary,
        "isTruncated": len(content) > text_limit,
        "text": None if is_binary else content[:text_limit].decode("utf-8", "replace"),
    }  # fmt: skip


def list_inside(files: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    """Return the files below a folder, by their paths from there; the folder ends with a slash, the root is empty."""
    return {path.removeprefix(folder): content for path, content in files.items() if path.startswith(folder)}


def hash_tree(files: Mapping[str, bytes]) -> str:
    """Return a sha of a folder, the same for the same files. It is not git's."""
    listing = "".join(f"{path} {hash_blob(content)}\n" for path, content in sorted(files.items()))
    return hashlib.sha1(f"tree {listing}".encode(), usedforsecurity=False).hexdigest()


def find_tree(trees: Iterable[Mapping[str, bytes]], oid: str) -> dict[str, Any] | None:
    """Return a folder of a repository by its sha."""
    for files in trees:
        parents = {path[: index + 1] for path in files for index, letter in enumerate(path) if letter == "/"}
        for folder in ("", *parents):
            inside = list_inside(files, folder)
            if hash_tree(inside) == oid:
                return tree_shape(inside)
    return None


def tree_shape(files: Mapping[str, bytes]) -> dict[str, Any]:
    """A folder with the entries of its files, which are given by their paths from there."""
    return {"__typename": "Tree", "oid": hash_tree(files), "entries": _list_entries(files, frozenset())}


def changes_path(commit: Commit, trees: Mapping[str, Mapping[str, bytes]], path: str) -> bool:
    """Return whether a commit has a file as none of its parents has it: git follows a parent that has the same."""
    content = commit.tree.get(path)
    return all(trees.get(parent, {}).get(path) != content for parent in commit.parents or ("",))


def _list_entries(inside: Mapping[str, bytes], links: frozenset[str]) -> list[dict[str, Any]]:
    """The entries of a folder by name, its folders without a size."""
    entries: dict[str, dict[str, Any]] = {}
    for path, content in sorted(inside.items()):
        name = path.partition("/")[0]
        folder_oid = hash_tree(list_inside(inside, f"{name}/"))
        entries[name] = (
            {"name": name, "type": "tree", "mode": 0o040000, "oid": folder_oid, "size": 0}
            if name != path
            else {
                "name": name, "type": "blob", "mode": 0o120000 if path in links else 0o100644,
                "oid": hash_blob(content), "size": len(content),
            }
        )  # fmt: skip
    return list(entries.values())


def _tree_shape(release: Release, folder: str, _: Any) -> dict[str, Any]:
    links = frozenset(path.removeprefix(folder) for path in release.links if path.startswith(folder))
    return {"__typename": "Tree", "entries": _list_entries(list_inside(release.files, folder), links)}


def _file_shape(release: Release, _: Any, path: str) -> dict[str, Any] | None:
    if not any(one.startswith(f"{path}/") for one in release.files):
        return None
    return {"name": path, "type": "tree", "object": partial(_tree_shape, release, f"{path}/")}
