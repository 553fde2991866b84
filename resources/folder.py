"""Write files below a folder of this machine. Each write is atomic, and none can leave the folder."""

import contextlib
from pathlib import Path

from resources.errors import PostError
from resources.files import find_case_twin, format_case_collision, write_atomic
from resources.git.locks import lock_repository
from resources.git.objects import CommitResult, CommitSpec, check_relative_path, format_diff


def write_folder(folder: Path, change: CommitSpec, lock: Path, *, dry_run: bool = False) -> CommitResult:
    """Write the files of `change` below a folder while holding `lock`.

    Raises:
        GitError: a path leaves the folder.
        PostError: a path goes through a symbolic link or differs from an existing one only in case, or a write fails.
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
    """Return the bytes of a file below a folder; None if it cannot be read."""
    try:
        return (folder / path).read_bytes()
    except OSError:
        return None


def _find_changes(folder: Path, change: CommitSpec) -> dict[str, tuple[bytes | None, bytes | None]]:
    current = {path: read_below(folder, path) for path in sorted(change.files)}
    return {path: (data, change.files[path]) for path, data in current.items() if data != change.files[path]}


def _build_result(
    folder: Path, change: CommitSpec, differing: dict[str, tuple[bytes | None, bytes | None]]
) -> CommitResult:
    return CommitResult(str(folder), tuple(change.files), None, 0, bool(differing), format_diff(differing))


def _check_links_and_case(folder: Path, path: str) -> None:
    current = folder
    for part in path.split("/"):
        with contextlib.suppress(OSError):
            if twin := find_case_twin(part, (entry.name for entry in current.iterdir())):
                raise PostError(f"{current}: {format_case_collision(part, twin)}")
        current = current / part
        if current.is_symlink():
            raise PostError(f"{current}: is a symbolic link; Sparky does not write through it. Remove it.")


def _write_or_delete(target: Path, data: bytes | None) -> None:
    if data is None:
        target.unlink(missing_ok=True)
        return
    write_atomic(target, data)
