"""Remotes and their mirrors: ask a remote for its references, clone it into a bare mirror, update the mirror."""

import contextlib
import re
import shutil
import uuid
from collections.abc import Iterator
from contextvars import copy_context
from hashlib import sha256
from pathlib import Path
from typing import Any

from resources.errors import GitError, GitNetworkError
from resources.git.command import extract_error_line, git, redact_credentials, run_git
from resources.git.repository import parse_repository_name
from resources.progress import report_progress

_NETWORK_ERROR_PATTERN = re.compile(
    r"could not resolve host|unable to access|connection (?:refused|timed out|reset)|timed out|early EOF"
    r"|could not read from remote|network is unreachable|remote end hung up",
    re.IGNORECASE,
)

_ACCESS_ERROR_PATTERN = re.compile(r"returned error: 4\d\d|authentication failed|permission denied", re.IGNORECASE)
"""Errors that no retry fixes. git reports a 403 as "unable to access" too, like a network error."""

REMOTE_TIMEOUT_SECONDS = 60
"""How long a remote is waited for that is only asked, not cloned."""


def update_mirror(url: str, folder: Path, *, fetch: bool = True, ca_file: Path | None = None) -> Path:
    """Clone a URL into `folder` as a bare mirror, or update the existing mirror. Return its git directory.

    A clone is made in a temporary folder and moved when it is complete, so that an interrupted clone is never used.

    Raises:
        GitNetworkError: the remote cannot be reached.
        GitError: the remote refuses access, or git fails.
    """
    mirror = find_mirror_path(url, folder)
    environment = {"GIT_SSL_CAINFO": str(ca_file.absolute())} if ca_file else {}
    bar = _MirrorProgress(f"{'fetch' if mirror.exists() else 'clone'} {url}")
    try:
        if not mirror.exists():
            with make_temporary_path(mirror) as temporary:
                # GitPython also accepts an instance, which keeps the error lines of git.
                progress: Any = bar
                git.Repo.clone_from(url, temporary, progress, environment, multi_options=["--mirror"]).close()
                run_git(temporary, "commit-graph", "write", "--reachable")
                temporary.replace(mirror)
        elif fetch:
            with git.Repo(mirror) as repository, repository.git.custom_environment(**environment):
                repository.remotes.origin.fetch(prune=True, progress=bar)
            run_git(mirror, "commit-graph", "write", "--reachable")
    except git.GitCommandError as error:
        raise _describe_remote_error(url, "\n".join(bar.error_lines) or error.stderr) from error
    return mirror


def read_remote_branch(url: str, ca_file: Path | None = None) -> str:
    """Ask a remote for its default branch, without cloning it; empty when the remote has no commit.

    Raises:
        GitNetworkError: the remote cannot be reached.
        GitError: the remote refuses access, or git fails.
    """
    answer = list_remote_refs(url, "HEAD", options=("--symref",), ca_file=ca_file)
    match = re.search(r"^ref: refs/heads/(\S+)\tHEAD$", answer, re.MULTILINE)
    return match[1] if match else ""


def list_remote_refs(url: str, *patterns: str, options: tuple[str, ...] = (), ca_file: Path | None = None) -> str:
    """Return what `git ls-remote` prints about a remote. No password is asked for.

    Raises:
        GitNetworkError: the remote cannot be reached.
        GitError: the remote refuses access, or does not answer within `REMOTE_TIMEOUT_SECONDS`.
    """
    environment = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    if ca_file:
        environment["GIT_SSL_CAINFO"] = str(ca_file.absolute())
    try:
        return str(
            git.Git().ls_remote(
                *options, "--end-of-options", url, *patterns, env=environment, kill_after_timeout=REMOTE_TIMEOUT_SECONDS
            )
        )
    except git.GitCommandError as error:
        raise _describe_remote_error(url, error.stderr) from error


def _describe_remote_error(url: str, lines: str) -> GitError:
    message = extract_error_line(lines)
    is_transient = _NETWORK_ERROR_PATTERN.search(message) and not _ACCESS_ERROR_PATTERN.search(message)
    kind = GitNetworkError if is_transient else GitError
    return kind(f"{redact_credentials(url)}: {message}. Check the address, your access and the network.")


def find_mirror_path(url: str, folder: Path) -> Path:
    """Return the path of the mirror of a URL below `folder`, whether it exists or not."""
    return folder / _build_mirror_name(redact_credentials(url))


def _build_mirror_name(url: str) -> str:
    """Return a readable and unique folder name. The hash tells `a/b` from `a+b`, whose readable parts are equal."""
    readable = re.sub(r"[^A-Za-z0-9._-]+", "+", re.sub(r"^\w+://", "", url)).strip("+.").removesuffix(".git")
    return f"{readable[-80:]}-{sha256(url.encode()).hexdigest()[:8]}.git"


@contextlib.contextmanager
def make_temporary_path(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`, to be moved there when complete; what remains is removed at the end."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}")
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


class _MirrorProgress(git.RemoteProgress):
    """Passes the progress that git prints to the current callback."""

    def __init__(self, task: str) -> None:
        super().__init__()
        self._task = redact_credentials(task)
        self._context = copy_context()  # GitPython reads the output in a thread without the current callback

    def update(
        self, op_code: int, cur_count: str | float, max_count: str | float | None = None, message: str = ""
    ) -> None:
        """Report one line of progress; called by GitPython."""
        self._context.run(report_progress, self._task, float(cur_count), float(max_count) if max_count else None)


def is_url(address: str) -> bool:
    """Return whether an address is that of a remote, and no path on this machine."""
    return "://" in address or (":" in address.split("/", maxsplit=1)[0] and not Path(address).exists())


def derive_name(address: str) -> str:
    """Return the name of a repository from its address. The path on this disk must not appear in a digest."""
    return parse_repository_name(address) or address.rstrip("/").rpartition("/")[2].removesuffix(".git") or address
