"""Files in a folder on this machine, each there whole or not at all; nothing outside it is touched."""

import contextlib
from pathlib import Path

from resources.errors import PostError
from resources.file_names import folded
from resources.git_change import Change, Outcome, diff_of
from resources.git_locks import held
from resources.safe_paths import refuse_to_leave
from resources.whole_file import replace_file


def write_folder(folder: Path, change: Change, lock: Path, *, dry_run: bool = False) -> Outcome:
    """Make the files of `change` as wanted below a folder, while no other process holds `lock`.

    Raises:
        GitError, PostError: when a path leaves it, goes through a link, or is one with another, or the disk refuses.
    """
    for path in change.files:
        refuse_to_leave(path, str(folder))
        _refuse_links_and_twins(folder, path)
    if dry_run:
        return _outcome(folder, change, _differing(folder, change))
    with held(lock):
        differing = _differing(folder, change)
        try:
            for path, (_, data) in differing.items():
                _replace(folder / path, data)
        except OSError as error:
            raise PostError(
                f"{folder}: cannot be written: {error.strerror or error}. What is missing, the next run writes."
            ) from error
        return _outcome(folder, change, differing)


def read_below(folder: Path, path: str) -> bytes | None:
    """The bytes of a file below a folder; None where there is none."""
    try:
        return (folder / path).read_bytes()
    except OSError:
        return None


def _differing(folder: Path, change: Change) -> dict[str, tuple[bytes | None, bytes | None]]:
    now = {path: read_below(folder, path) for path in sorted(change.files)}
    return {path: (now[path], change.files[path]) for path in now if now[path] != change.files[path]}


def _outcome(folder: Path, change: Change, differing: dict[str, tuple[bytes | None, bytes | None]]) -> Outcome:
    return Outcome(str(folder), tuple(change.files), None, 0, bool(differing), diff_of(differing))


def _refuse_links_and_twins(folder: Path, path: str) -> None:
    here = folder
    for part in path.split("/"):
        with contextlib.suppress(OSError):
            twin = next(
                (one.name for one in here.iterdir() if one.name != part and folded(one.name) == folded(part)), None
            )
            if twin:
                raise PostError(
                    f"{here}: {part} and {twin} beside it differ only in case; on some machines they are one file. "
                    "Rename that one, or change the path's template."
                )
        here = here / part
        if here.is_symlink():
            raise PostError(f"{here}: is a symbolic link; Sparky does not write through it. Remove it.")


def _replace(target: Path, data: bytes | None) -> None:
    if data is None:
        target.unlink(missing_ok=True)
        return
    replace_file(target, data)
