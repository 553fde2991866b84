"""Publish files as commits in a git repository of Sparky's own. What the files say is not its business."""

import contextlib
import difflib
import fcntl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import dagster as dg
import git

from resources.errors import GitError, TransientError
from resources.git_command import complaint
from resources.git_mirror import temporary_beside

LOCK_PATIENCE_SECONDS = 60.0
INDEX_PATIENCE_SECONDS = 3.0
_MARK = "sparky.published"
_LOCKS = ("index.lock", "HEAD.lock", "config.lock", "refs/heads/**/*.lock")
_INERT = tuple(
    part
    for setting in (
        "core.autocrlf=false",
        "core.safecrlf=false",
        "core.attributesFile=",
        "core.hooksPath=/dev/null",
        "core.fsmonitor=false",
        "commit.gpgsign=false",
        "commit.cleanup=whitespace",
        "i18n.commitEncoding=UTF-8",
        "i18n.logOutputEncoding=UTF-8",
        "log.showSignature=false",
        "init.templateDir=",
    )
    for part in ("-c", setting)
)
"""The user's own git configuration may not change the bytes, run programs or ask for a passphrase."""


@dataclass(frozen=True)
class Outcome:
    """What publishing did: the commit that holds the files, its edition, and whether it is new."""

    repository: str
    files: tuple[str, ...]
    commit: str | None
    edition: int
    is_new: bool
    diff: str


class Publisher(dg.ConfigurableResource[Any]):
    """Commits as one author."""

    author_name: str
    author_email: str
    dry_run: bool = False

    def publish(
        self,
        repository: Path,
        branch: str,
        *,
        files: Mapping[str, str],
        subject: str,
        body: str,
        trailers: Mapping[str, str],
    ) -> Outcome:
        """Make `files` (path in the repository to text) the newest commit, unless they are there already.

        A dry run looks only: it gives the diff, and touches nothing.

        Raises:
            GitError: when the repository is not ours, a path leaves it, or git refuses.
            TransientError: when another process holds it for too long.
        """
        for path in files:
            _refuse_to_leave(repository, path)
        if self.dry_run:
            if repository.is_dir() and any(repository.iterdir()):
                _refuse_foreign(repository, branch)
            return _outcome(repository, files, _diff(repository, files))
        with _held(repository):
            _open_or_make(repository, branch)
            _clear_stale_locks(repository)
            if diff := _diff(repository, files):
                edition = {"Sparky-Edition": str(_edition(repository, files) + 1)}
                self._commit(repository, files, _message(subject, body, {**trailers, **edition}))
            return _outcome(repository, files, diff)

    def _commit(self, repository: Path, files: Mapping[str, str], message: str) -> None:
        try:
            for path, text in files.items():
                target = repository / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise GitError(
                f"{repository}: cannot be written: {error.strerror or error}. Nothing was committed."
            ) from error
        _git(repository, "add", "--force", "--", *files)
        identity = ("-c", f"user.name={self.author_name}", "-c", f"user.email={self.author_email}")
        _git(repository, *identity, "commit", "--no-verify", "--quiet", f"--message={message}", "--", *files)


def _outcome(repository: Path, files: Mapping[str, str], diff: str) -> Outcome:
    commit, edition = _last_commit(repository, files), _edition(repository, files)
    return Outcome(str(repository), tuple(files), commit, edition, bool(diff), diff)


def _git(repository: Path, *arguments: str) -> str:
    # Named outright: git would look upwards for a repository, and find the checkout that ours may lie in.
    place = (f"--git-dir={repository.absolute() / '.git'}", f"--work-tree={repository.absolute()}")
    try:
        command = ["git", *place, *_INERT, *arguments]
        return str(git.Git(repository).execute(command, strip_newline_in_stdout=False))
    except git.GitCommandError as error:
        raise GitError(f"{repository}: {complaint(error.stderr)}") from error


def _open_or_make(repository: Path, branch: str) -> None:
    if not repository.exists() or not any(repository.iterdir()):
        # Made beside its place and moved there with our mark in it: a killed run leaves no repository that is not ours.
        with temporary_beside(repository) as fresh:
            fresh.mkdir()
            _git(fresh, "init", "--quiet", f"--initial-branch={branch}")
            _git(fresh, "config", _MARK, "true")
            fresh.replace(repository)
        return
    _refuse_foreign(repository, branch)


def _refuse_foreign(repository: Path, branch: str) -> None:
    try:
        ours = _git(repository, "config", "--local", "--get", _MARK).strip() == "true"
    except GitError:
        ours = False
    if not ours:
        raise GitError(
            f"{repository}: not a repository that Sparky made; it never writes into somebody's checkout. "
            "Name an empty or new folder."
        )
    if (current := _git(repository, "symbolic-ref", "--short", "HEAD").strip()) != branch:
        raise GitError(f"{repository}: is on branch {current}, not {branch}. Switch it back, or change the setting.")


def _refuse_to_leave(repository: Path, path: str) -> None:
    parts = PurePosixPath(path).parts
    if PurePosixPath(path).is_absolute() or ".." in parts or ".git" in {part.lower() for part in parts}:
        raise GitError(f"{path}: leaves the repository {repository}")
    target = repository
    for part in parts:
        target = target / part
        if target.is_symlink():
            raise GitError(f"{target}: is a symbolic link; Sparky does not write through it. Remove it.")


def _diff(repository: Path, files: Mapping[str, str]) -> str:
    """The unified diff from what is committed to what is wanted; empty when nothing would change."""
    parts = []
    for path, text in sorted(files.items()):
        before = _committed(repository, path)
        if before != text:
            lines = difflib.unified_diff(
                (before or "").splitlines(keepends=True), text.splitlines(keepends=True),
                f"a/{path}" if before is not None else "/dev/null", f"b/{path}",
            )  # fmt: skip
            parts.append("".join(lines) or f"new empty file {path}\n")
    return "".join(parts)


def _committed(repository: Path, path: str) -> str | None:
    try:
        return _git(repository, "show", f"HEAD:{path}")
    except (GitError, git.GitCommandNotFound, OSError):
        return None


def _last_commit(repository: Path, files: Mapping[str, str]) -> str | None:
    try:
        return _git(repository, "log", "-1", "--format=%H", "--", *files).strip() or None
    except (GitError, git.GitCommandNotFound, OSError):
        return None


def _edition(repository: Path, files: Mapping[str, str]) -> int:
    """The newest edition that a commit of these files names, past those made by hand; 0 where there is none."""
    try:
        text = _git(
            repository,
            "log",
            "-1",
            "--grep=^Sparky-Edition: ",
            "--format=%(trailers:key=Sparky-Edition,valueonly)",
            "--",
            *files,
        )
        return int(text.strip() or 0)
    except (GitError, git.GitCommandNotFound, OSError, ValueError):
        return 0


def _message(subject: str, body: str, trailers: Mapping[str, str]) -> str:
    lines = "\n".join(f"{key}: {value}" for key, value in trailers.items())
    return f"{subject}\n\n{body}\n\n{lines}\n"


@contextlib.contextmanager
def _held(repository: Path) -> Iterator[None]:
    """Only one Sparky process at a time works on a repository. The kernel frees the lock of a process that dies."""
    if repository.exists() and not repository.is_dir():
        raise GitError(f"{repository}: is a file, not a repository. Name an empty or new folder.")
    try:
        repository.parent.mkdir(parents=True, exist_ok=True)
        lock = repository.with_name(f".{repository.name}.lock").open("w")
    except OSError as error:
        raise GitError(f"{repository}: cannot be written: {error.strerror or error}.") from error
    with lock as handle:
        deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TransientError(f"{repository}: another run has held it for a minute. Try again.") from None
                time.sleep(0.1)
        yield


def _clear_stale_locks(repository: Path) -> None:
    """Remove the locks that a killed git left: we hold the repository, so no git of ours is alive behind it."""
    deadline = time.monotonic() + INDEX_PATIENCE_SECONDS
    while locks := [lock for pattern in _LOCKS for lock in (repository / ".git").glob(pattern)]:
        if time.monotonic() > deadline:
            for lock in locks:
                lock.unlink(missing_ok=True)
            return
        time.sleep(0.1)
