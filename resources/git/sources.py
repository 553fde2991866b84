"""The repositories that the settings name, opened for reading: paths directly, URLs through mirrors kept up to date.

`repository.py` says what state a repository is in.
"""

import contextlib
import re
import shutil
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import dagster as dg
import git

from resources.errors import GitError, GitNetworkError
from resources.git.command import extract_error_line, redact_credentials, run_git
from resources.git.log import GitCommit, GitTag, read_commits, read_tags
from resources.git.repository import GitRepository, make_names_unique, open_repository, parse_repository_name
from resources.runtime import report_progress

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
    """Passes the progress that git prints to the current callback."""

    def __init__(self, task: str) -> None:
        super().__init__()
        self._task = redact_credentials(task)
        self._context = copy_context()  # git is read in a thread, which would not know who shows our progress

    def update(
        self, op_code: int, cur_count: str | float, max_count: str | float | None = None, message: str = ""
    ) -> None:
        """Called by GitPython for each line of progress."""
        self._context.run(report_progress, self._task, float(cur_count), float(max_count) if max_count else None)


MAX_PARALLEL_READS = 4
"""Repositories read at a time. git does the work in its own processes; more readers than cores hide its start-up."""


@dataclass(frozen=True)
class ReadFailure:
    """A repository that could not be read, and the sentence that says why."""

    name: str
    reason: str


@dataclass(frozen=True)
class RepositoryHistory:
    """What one repository holds for a window."""

    repository: GitRepository
    commits: list[GitCommit]
    tags: list[GitTag]


class GitSources(dg.ConfigurableResource[Any]):
    """Reads every configured repository with git."""

    repositories: list[str]
    mirrors: str
    all_branches: bool = False
    fetch: bool = True
    visibility: str = "private"

    def open_all(self) -> tuple[tuple[GitRepository, ...], tuple[ReadFailure, ...]]:
        """Open every repository, cloning or fetching those given by URL. One that fails does not hide the others."""
        opened: dict[Path, GitRepository] = {}
        failed = []
        for number, address in enumerate(self.repositories):
            report_progress("repositories", number, len(self.repositories))
            try:
                repository = self._open(address)
                twin = next((other for other in opened.values() if other.url and other.url == repository.url), None)
                if twin and twin.git_dir != repository.git_dir:
                    # Counted twice, every number of it would be wrong.
                    raise GitError(f"{address}: another clone of {twin.name}, which is named already. Leave one out.")
                opened.setdefault(repository.git_dir, repository)
            except GitError as error:
                failed.append(ReadFailure(_derive_name(address), str(error)))
        report_progress("repositories", len(self.repositories), len(self.repositories))
        return make_names_unique(tuple(opened.values())), tuple(failed)

    def read_all(
        self, repositories: tuple[GitRepository, ...], since: datetime, until: datetime
    ) -> Iterator[RepositoryHistory | ReadFailure]:
        """The commits in `[since, until)` and all tags of each repository, in the order given."""

        def read(repository: GitRepository) -> RepositoryHistory | ReadFailure:
            try:
                return RepositoryHistory(
                    repository, list(read_commits(repository, since, until)), list(read_tags(repository))
                )
            except GitError as error:
                return ReadFailure(repository.name, f"broken: {error}. Try `git fsck` in it, or clone it again.")

        with ThreadPoolExecutor(MAX_PARALLEL_READS) as readers:
            contexts = [copy_context() for _ in repositories]
            jobs = [
                readers.submit(context.run, read, repository)
                for context, repository in zip(contexts, repositories, strict=True)
            ]
            for number, job in enumerate(jobs):
                yield job.result()
                report_progress("history", number + 1, len(jobs))

    def _open(self, address: str) -> GitRepository:
        is_url = "://" in address or (":" in address.split("/", maxsplit=1)[0] and not Path(address).exists())
        if not is_url:
            return open_repository(Path(address), all_branches=self.all_branches)
        place = update_mirror(address, Path(self.mirrors), fetch=self.fetch)
        return open_repository(place, all_branches=self.all_branches, name=_derive_name(address))


def _derive_name(address: str) -> str:
    """What to call a repository that only its address is known of: a digest must not tell where it lies on our disk."""
    return parse_repository_name(address) or address.rstrip("/").rpartition("/")[2].removesuffix(".git") or address
