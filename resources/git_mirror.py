"""Mirror a URL, and bring the mirror up to date. What state a repository is in is told by `git.py`."""

import contextlib
import re
import shutil
import uuid
from collections.abc import Iterator
from contextvars import copy_context
from hashlib import sha256
from pathlib import Path

import git

from resources.errors import GitError, GitNetworkError
from resources.git.command import extract_error_line, redact_credentials, run_git
from resources.progress import report_progress

_NETWORK_ERROR_PATTERN = re.compile(
    r"could not resolve host|unable to access|connection (?:refused|timed out|reset)|timed out|early EOF"
    r"|could not read from remote|network is unreachable|remote end hung up",
    re.IGNORECASE,
)


_ACCESS_ERROR_PATTERN = re.compile(r"returned error: 4\d\d|authentication failed|permission denied", re.IGNORECASE)
"""git says "unable to access" of a 403 too; asking again would only be refused again."""


def update_mirror(url: str, folder: Path, *, fetch: bool = True) -> Path:
    """Clone a URL into `folder` as a bare mirror, or bring the one there up to date. Returns its git directory.

    A clone lands beside its place and is moved there when whole: an interrupted one is never taken for a mirror.

    Raises:
        GitNetworkError: when the remote cannot be reached.
        GitError: when it refuses.
    """
    place = folder / _build_mirror_name(redact_credentials(url))
    bar = _MirrorProgress(f"{'fetch' if place.exists() else 'clone'} {url}")
    try:
        if not place.exists():
            with make_temporary_path(place) as temporary:
                # GitPython takes an instance as well as a function; the instance keeps git's complaints for us.
                git.Repo.clone_from(url, temporary, progress=bar, multi_options=["--mirror"]).close()  # type: ignore[arg-type]
                run_git(temporary, "commit-graph", "write", "--reachable")
                temporary.replace(place)
        elif fetch:
            with git.Repo(place) as repository:
                repository.remotes.origin.fetch(prune=True, progress=bar)
            run_git(place, "commit-graph", "write", "--reachable")
    except git.GitCommandError as error:
        said = extract_error_line("\n".join(bar.error_lines) or error.stderr)
        passing = _NETWORK_ERROR_PATTERN.search(said) and not _ACCESS_ERROR_PATTERN.search(said)
        kind = GitNetworkError if passing else GitError
        raise kind(f"{redact_credentials(url)}: {said}. Check the address, your access and the network.") from error
    return place


def _build_mirror_name(url: str) -> str:
    """A folder that people recognise, and that no other URL has: `a/b` and `a+b` look alike in the readable part."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "+", re.sub(r"^\w+://", "", url)).strip("+.").removesuffix(".git")
    return f"{readable[-80:]}-{sha256(url.encode()).hexdigest()[:8]}.git"


@contextlib.contextmanager
def make_temporary_path(target: Path) -> Iterator[Path]:
    """A path for something that is moved to `place` when it is whole; what is left there in the end is removed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


class _MirrorProgress(git.RemoteProgress):
    """Hands what git says of its progress to whoever shows ours."""

    def __init__(self, task: str) -> None:
        super().__init__()
        self._task = redact_credentials(task)
        self._context = copy_context()  # git is read in a thread, which would not know who shows our progress

    def update(
        self, op_code: int, cur_count: str | float, max_count: str | float | None = None, message: str = ""
    ) -> None:
        """Called by GitPython for each line of progress."""
        self._context.run(report_progress, self._task, float(cur_count), float(max_count) if max_count else None)
