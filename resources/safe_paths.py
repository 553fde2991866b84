"""Which paths may be written below a place: none that leaves it, goes through a link, or is one with another there."""

from resources.errors import GitError
from resources.file_names import fold_name
from resources.git.objects import FILE_MODE, SUBMODULE_MODE, SYMLINK_MODE, TREE_MODE, GitObjects, TreeEntry
from resources.git_change import CommitSpec


def check_paths(objects: GitObjects, commit: str | None, change: CommitSpec) -> None:
    """Refuse paths that leave the repository, go through a link, or are one with another where case does not count.

    Raises:
        GitError: names the path and what stands in its way.
    """
    seen: dict[str, dict[str, TreeEntry]] = {}
    for path in (*change.files, *change.submodules):
        check_relative_path(path, objects.label)
        parts = path.split("/")
        for depth, name in enumerate(parts):
            folder = "/".join(parts[:depth])
            if folder not in seen:
                seen[folder] = objects.list_entries(commit, folder)
            here = "/".join(parts[: depth + 1])
            _check_entry(
                objects.label, here, seen[folder].get(name), depth == len(parts) - 1, here in change.submodules
            )
            alike = [other for other in seen[folder] if other != name and fold_name(other) == fold_name(name)]
            if alike:
                raise GitError(
                    f"{objects.label}: {here} and {alike[0]} beside it differ only in case; on some machines they are "
                    "one file. Rename that one, or change the path's template."
                )
            seen[folder].setdefault(name, TreeEntry(TREE_MODE if depth < len(parts) - 1 else FILE_MODE, ""))


def check_relative_path(path: str, label: str) -> None:
    """Refuse a path that is not below the repository, or is git's own."""
    parts = path.split("/")
    plain = bool(path) and not path.startswith("/") and not {"", ".", ".."} & set(parts) and "\0" not in path
    if not plain or any(part.casefold().rstrip(". ") in {".git", "git~1"} for part in parts):
        raise GitError(f"{path}: leaves the repository {label}")


def _check_entry(label: str, path: str, entry: TreeEntry | None, is_last: bool, is_module: bool) -> None:
    if entry is None:
        if is_module:
            raise GitError(f"{label}: has no submodule at {path}. Add it there once: git submodule add.")
        return
    if entry.mode == SYMLINK_MODE:
        raise GitError(f"{label}: {path} is a symbolic link; Sparky does not write through it. Remove it.")
    wanted = SUBMODULE_MODE if is_last and is_module else FILE_MODE if is_last else TREE_MODE
    if entry.mode[:3] != wanted[:3]:
        kinds = {"160": "a submodule", "100": "a file", "040": "a folder"}
        raise GitError(
            f"{label}: {path} is {kinds.get(entry.mode[:3], 'something else')}, where {kinds[wanted[:3]]} has to be. "
            "Move it away, or change the path's template."
        )
