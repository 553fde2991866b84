"""Whose turn it is: one Sparky process at a time on a repository, and git's own locks of the dead and of the living."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from resources.errors import GitError, TransientError

MAX_LOCK_WAIT_SECONDS = 60.0
"""How long another run, or a git of somebody else, may hold a repository before we give up for now."""


STALE_AFTER_SECONDS = 3.0
"""A lock that no process here has open is believed for so long: its owner may be in another container."""


_LOCK_PATTERNS = ("*.lock", "refs/heads/**/*.lock", "refs/sparky/**/*.lock", "objects/info/*.lock")


@contextlib.contextmanager
def repository_lock(repository: Path) -> Iterator[None]:
    """Only one Sparky process at a time works on a repository. The kernel frees the lock of a process that dies.

    Raises:
        GitError: when the place cannot hold a repository.
        TransientError: when another process holds it for too long.
    """
    if repository.exists() and not repository.is_dir():
        raise GitError(f"{repository}: is a file, not a repository. Name an empty or new folder.")
    try:
        repository.parent.mkdir(parents=True, exist_ok=True)
        lock = repository.with_name(f".{repository.name}.lock").open("w")
    except OSError as error:
        raise GitError(f"{repository}: cannot be written: {error.strerror or error}.") from error
    with lock as handle:
        deadline = time.monotonic() + MAX_LOCK_WAIT_SECONDS
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TransientError(f"{repository}: another run has held it for a minute. Try again.") from None
                time.sleep(0.1)
        yield


def clear_stale_locks(git_dir: Path) -> None:
    """Remove the locks that a killed git left; wait for those of a living one.

    We hold the repository, so that no git of ours is alive behind a lock; somebody who works in it by hand may be.

    Raises:
        TransientError: when a living process keeps its lock.
    """
    deadline = time.monotonic() + MAX_LOCK_WAIT_SECONDS
    first_seen: dict[Path, float] = {}
    while locks := [lock for pattern in _LOCK_PATTERNS for lock in git_dir.glob(pattern)]:
        now = time.monotonic()
        living = _find_lock_holder(git_dir)
        for lock in locks:
            waited = now - first_seen.setdefault(lock, now)
            if not living and waited >= STALE_AFTER_SECONDS:
                lock.unlink(missing_ok=True)
        if living and now > deadline:
            raise TransientError(
                f"{git_dir}: process {living} has held {locks[0].name} for a minute. Let it end, then run again."
            )
        time.sleep(0.05)


def _find_lock_holder(git_dir: Path) -> int | None:
    """A process that has a lock of the repository open, or is a git that stands in it. Linux tells by /proc."""
    place = git_dir.resolve()
    around = place.parent if place.name == ".git" else place
    for process in Path("/proc").iterdir():
        if process.name.isdecimal() and int(process.name) != os.getpid():
            with contextlib.suppress(OSError):  # it ended meanwhile, or is not ours to look at
                if (process / "comm").read_text().startswith("git") and _is_below((process / "cwd").readlink(), around):
                    return int(process.name)
                for handle in (process / "fd").iterdir():
                    target = str(handle.readlink())
                    if target.endswith(".lock") and _is_below(Path(target), place):
                        return int(process.name)
    return None


def _is_below(path: Path, folder: Path) -> bool:
    return path == folder or folder in path.parents
