"""Open the configured repositories: paths directly, URLs through local mirrors.

`repository.py` opens one repository and describes its state; `log.py` reads its history.
"""

import contextlib
import re
import shutil
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import git

from resources.errors import GitError, GitNetworkError
from resources.git.command import extract_error_line, redact_credentials, run_git
from resources.git.landing import LandingIndex, load_landing_index
from resources.git.log import GitCommit, GitTag, read_commits, read_tags
from resources.git.notes import RepositoryNotes, read_notes
from resources.git.repository import GitRepository, make_names_unique, open_repository, parse_repository_name
from resources.progress import report_progress

_NETWORK_ERROR_PATTERN = re.compile(
    r"could not resolve host|unable to access|connection (?:refused|timed out|reset)|timed out|early EOF"
    r"|could not read from remote|network is unreachable|remote end hung up",
    re.IGNORECASE,
)

_ACCESS_ERROR_PATTERN = re.compile(r"returned error: 4\d\d|authentication failed|permission denied", re.IGNORECASE)
"""Errors that no retry fixes. git reports a 403 as "unable to access" too, like a network error."""

MAX_PARALLEL_READS = 4
"""Repositories read in parallel. git works in its own processes; more readers than cores hide their start-up time."""

REMOTE_TIMEOUT_SECONDS = 60
"""How long a remote is waited for that is only asked, not cloned."""

LANDING_CACHE_FOLDER = "landing"
"""Folder of the landing indexes, among the mirrors. Without it the next run reads every history from its beginning."""


@dataclass(frozen=True)
class ReadFailure:
    """A repository that could not be read, with the reason as a sentence."""

    name: str
    reason: str


@dataclass(frozen=True)
class RepositoryHistory:
    """The commits of one repository in a window, and all its tags."""

    repository: GitRepository
    commits: list[GitCommit]
    tags: list[GitTag]
    landing_index: LandingIndex
    notes: RepositoryNotes = field(default_factory=RepositoryNotes)


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


@dataclass(frozen=True)
class GitSources:
    """Reads every configured repository with git."""

    repositories: list[str]
    mirrors: str
    all_branches: bool = False
    fetch: bool = True
    visibility: str = "private"
    ca_file: str = ""
    release_tags: list[str] = field(default_factory=list)
    ignored_tags: list[str] = field(default_factory=list)

    def open_all(self) -> tuple[tuple[GitRepository, ...], tuple[ReadFailure, ...]]:
        """Open every repository; clone or fetch those given by URL. Return the opened ones and the failures."""
        opened: dict[Path, GitRepository] = {}
        failed = []
        for number, address in enumerate(self.repositories):
            report_progress("repositories", number, len(self.repositories))
            try:
                repository = self._open(address)
                twin = next((other for other in opened.values() if other.url and other.url == repository.url), None)
                if twin and twin.git_dir != repository.git_dir:
                    # Two clones of a repository would count every commit twice.
                    raise GitError(f"{address}: another clone of {twin.name}, which is named already. Leave one out.")
                opened.setdefault(repository.git_dir, repository)
            except GitError as error:
                failed.append(ReadFailure(derive_name(address), str(error)))
        report_progress("repositories", len(self.repositories), len(self.repositories))
        return make_names_unique(tuple(opened.values())), tuple(failed)

    def read_all(
        self, repositories: tuple[GitRepository, ...], since: datetime, until: datetime
    ) -> Iterator[RepositoryHistory | ReadFailure]:
        """Yield the commits that landed in `[since, until)` and all tags of each repository, in the given order."""

        def read(repository: GitRepository) -> RepositoryHistory | ReadFailure:
            try:
                index = load_landing_index(repository, Path(self.mirrors) / LANDING_CACHE_FOLDER)
                commits, tags = list(read_commits(repository, since, until, index)), list(read_tags(repository))
                return RepositoryHistory(repository, commits, tags, index, read_notes(repository, tags, since, until))
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

    def list_new_urls(self) -> list[str]:
        """Return the addresses that have no mirror yet; the first run clones them."""
        return [
            address
            for address in self.repositories
            if is_url(address) and not find_mirror_path(address, Path(self.mirrors)).exists()
        ]

    def ask_branch(self, url: str) -> str:
        """Return the default branch of a remote, which is not cloned; empty when it has no commit.

        Raises:
            GitError: when it cannot be reached, or refuses access.
        """
        return read_remote_branch(url, Path(self.ca_file) if self.ca_file else None)

    def _open(self, address: str) -> GitRepository:
        if not is_url(address):
            return open_repository(Path(address), all_branches=self.all_branches)
        mirror = update_mirror(
            address, Path(self.mirrors), fetch=self.fetch, ca_file=Path(self.ca_file) if self.ca_file else None
        )
        return open_repository(mirror, all_branches=self.all_branches, name=derive_name(address))


def is_url(address: str) -> bool:
    """Return whether an address is that of a remote, and no path on this machine."""
    return "://" in address or (":" in address.split("/", maxsplit=1)[0] and not Path(address).exists())


def derive_name(address: str) -> str:
    """Return the name of a repository from its address. The path on this disk must not appear in a digest."""
    return parse_repository_name(address) or address.rstrip("/").rpartition("/")[2].removesuffix(".git") or address
