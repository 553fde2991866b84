"""Write files below a folder on this machine, each atomically and none outside it."""

import contextlib
from pathlib import Path

from resources.errors import PostError
from resources.files import find_case_twin, format_case_collision, write_atomic
from resources.git.locks import lock_repository
from resources.git.objects import CommitResult, CommitSpec, check_relative_path, format_diff


def write_folder(folder: Path, change: CommitSpec, lock: Path, *, dry_run: bool = False) -> CommitResult:
    """Write the files of `change` below a folder, while no other process holds `lock`.

    Raises:
        GitError, PostError: when a path leaves it, goes through a link, or is one with another, or the disk refuses.
    """
    for path in change.files:
        check_relative_path(path, str(folder))
        _check_links_and_case(folder, path)
    if dry_run:
        return _build_result(folder, change, _find_changes(folder, change))
    with lock_repository(lock):
        differing = _find_changes(folder, change)
        try:
            for path, (_, data) in differing.items():
                _write_or_delete(folder / path, data)
        except OSError as error:
            raise PostError(
                f"{folder}: cannot be written: {error.strerror or error}. What is missing, the next run writes."
            ) from error
        return _build_result(folder, change, differing)


def read_below(folder: Path, path: str) -> bytes | None:
    """The bytes of a file below a folder; None where there is none."""
    try:
        return (folder / path).read_bytes()
    except OSError:
        return None


def _find_changes(folder: Path, change: CommitSpec) -> dict[str, tuple[bytes | None, bytes | None]]:
    now = {path: read_below(folder, path) for path in sorted(change.files)}
    return {path: (now[path], change.files[path]) for path in now if now[path] != change.files[path]}


def _build_result(
    folder: Path, change: CommitSpec, differing: dict[str, tuple[bytes | None, bytes | None]]
) -> CommitResult:
    return CommitResult(str(folder), tuple(change.files), None, 0, bool(differing), format_diff(differing))


def _check_links_and_case(folder: Path, path: str) -> None:
    here = folder
    for part in path.split("/"):
        with contextlib.suppress(OSError):
            if twin := find_case_twin(part, (entry.name for entry in here.iterdir())):
                raise PostError(f"{here}: {format_case_collision(part, twin)}")
        here = here / part
        if here.is_symlink():
            raise PostError(f"{here}: is a symbolic link; Sparky does not write through it. Remove it.")


def _write_or_delete(target: Path, data: bytes | None) -> None:
    if data is None:
        target.unlink(missing_ok=True)
        return
    write_atomic(target, data)
