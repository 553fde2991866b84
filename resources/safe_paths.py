"""Which paths may be written below a place: none that leaves it, goes through a link, or is one with another there."""

from resources.errors import GitError
from resources.file_names import folded
from resources.git_change import Change
from resources.git_objects import FILE, LINK, MODULE, TREE, Entry, Objects


def refuse_unsafe(objects: Objects, commit: str | None, change: Change) -> None:
    """Refuse paths that leave the repository, go through a link, or are one with another where case does not count.

    Raises:
        GitError: names the path and what stands in its way.
    """
    seen: dict[str, dict[str, Entry]] = {}
    for path in (*change.files, *change.modules):
        refuse_to_leave(path, objects.place)
        parts = path.split("/")
        for depth, name in enumerate(parts):
            folder = "/".join(parts[:depth])
            if folder not in seen:
                seen[folder] = objects.entries(commit, folder)
            here = "/".join(parts[: depth + 1])
            _refuse_entry(objects.place, here, seen[folder].get(name), depth == len(parts) - 1, here in change.modules)
            alike = [other for other in seen[folder] if other != name and folded(other) == folded(name)]
            if alike:
                raise GitError(
                    f"{objects.place}: {here} and {alike[0]} beside it differ only in case; on some machines they are "
                    "one file. Rename that one, or change the path's template."
                )
            seen[folder].setdefault(name, Entry(TREE if depth < len(parts) - 1 else FILE, ""))


def refuse_to_leave(path: str, place: str) -> None:
    """Refuse a path that is not below the repository, or is git's own."""
    parts = path.split("/")
    plain = bool(path) and not path.startswith("/") and not {"", ".", ".."} & set(parts) and "\0" not in path
    if not plain or any(part.casefold().rstrip(". ") in {".git", "git~1"} for part in parts):
        raise GitError(f"{path}: leaves the repository {place}")


def _refuse_entry(place: str, here: str, found: Entry | None, is_last: bool, is_module: bool) -> None:
    if found is None:
        if is_module:
            raise GitError(f"{place}: has no submodule at {here}. Add it there once: git submodule add.")
        return
    if found.mode == LINK:
        raise GitError(f"{place}: {here} is a symbolic link; Sparky does not write through it. Remove it.")
    wanted = MODULE if is_last and is_module else FILE if is_last else TREE
    if found.mode[:3] != wanted[:3]:
        kinds = {"160": "a submodule", "100": "a file", "040": "a folder"}
        raise GitError(
            f"{place}: {here} is {kinds.get(found.mode[:3], 'something else')}, where {kinds[wanted[:3]]} has to be. "
            "Move it away, or change the path's template."
        )
