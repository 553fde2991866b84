"""Locks of a repository: one Sparky process at a time, and the removal of stale `.lock` files of git."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import filelock

from resources.errors import GitError, TransientError

MAX_LOCK_WAIT_SECONDS = 60.0
"""Time to wait for another run, or for a person's git command, before this run gives up."""

STALE_AFTER_SECONDS = 3.0
"""Minimum age of a lock that no local process holds open: its owner may run in another container."""

LOCK_POLL_SECONDS = 0.1

_LOCK_PATTERNS = ("*.lock", "refs/heads/**/*.lock", "refs/sparky/**/*.lock", "objects/info/*.lock")


@contextlib.contextmanager
def lock_repository(repository: Path) -> Iterator[None]:
    """Let only one Sparky process at a time work on a repository. The kernel frees the lock of a process that dies.

    Raises:
        GitError: the path cannot be a repository.
        TransientError: another process holds the lock for too long.
    """
    if repository.exists() and not repository.is_dir():
        raise GitError(f"{repository}: is a file, not a repository. Name an empty or new folder.")
    # A lock by the existence of a file would outlive a killed process.
    lock = filelock.FileLock(
        repository.with_name(f".{repository.name}.lock"), timeout=MAX_LOCK_WAIT_SECONDS,
        poll_interval=LOCK_POLL_SECONDS, fallback_to_soft=False,
    )  # fmt: skip
    try:
        repository.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except filelock.Timeout:
        raise TransientError(f"{repository}: another run has held it for a minute. Try again.") from None
    except OSError as error:
        raise GitError(f"{repository}: cannot be written: {error.strerror or error}.") from error
    try:
        yield
    finally:
        lock.release()


def clear_stale_locks(git_dir: Path) -> None:
    """Remove the locks of killed git processes, and wait for the locks of running ones.

    Call it inside `lock_repository`: then only git commands of a person can be running.

    Raises:
        TransientError: a running process keeps its lock.
    """
    deadline = time.monotonic() + MAX_LOCK_WAIT_SECONDS
    first_seen: dict[Path, float] = {}
    while locks := [lock for pattern in _LOCK_PATTERNS for lock in git_dir.glob(pattern)]:
        now = time.monotonic()
        holder = _find_lock_holder(git_dir)
        for lock in locks:
            waited = now - first_seen.setdefault(lock, now)
            if not holder and waited >= STALE_AFTER_SECONDS:
                lock.unlink(missing_ok=True)
        if holder and now > deadline:
            raise TransientError(
                f"{git_dir}: process {holder} has held {locks[0].name} for a minute. Let it end, then run again."
            )
        time.sleep(0.05)


def _find_lock_holder(git_dir: Path) -> int | None:
    """Return the id of a process that has a lock of the repository open, or of a git process inside it. Reads /proc."""
    folder = git_dir.resolve()
    work_tree = folder.parent if folder.name == ".git" else folder
    for process in Path("/proc").iterdir():
        if process.name.isdecimal() and int(process.name) != os.getpid():
            with contextlib.suppress(OSError):  # the process ended, or belongs to another user
                if (process / "comm").read_text().startswith("git") and _is_below(
                    (process / "cwd").readlink(), work_tree
                ):
                    return int(process.name)
                for handle in (process / "fd").iterdir():
                    target = str(handle.readlink())
                    if target.endswith(".lock") and _is_below(Path(target), folder):
                        return int(process.name)
    return None


def _is_below(path: Path, folder: Path) -> bool:
    return path == folder or folder in path.parents
