"""Read the configured repositories: paths directly, URLs through local mirrors.

`repository.py` opens one repository and describes its state; `log.py` reads its history.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from resources.errors import GitError
from resources.git.command import run_git
from resources.git.diffs.read import ChangedRun, read_diffs
from resources.git.landing import LandingIndex, load_landing_index
from resources.git.log import GitCommit, GitTag, list_line_commits, read_commits, read_tags
from resources.git.mirrors import derive_name, find_mirror_path, is_url, read_remote_branch, update_mirror
from resources.git.notes.read import RepositoryNotes, read_notes
from resources.git.repository import GitRepository, make_names_unique, open_repository
from resources.progress import report_progress

MAX_PARALLEL_READS = 4
"""Repositories read in parallel. git works in its own processes; more readers than cores hide their start-up time."""

LANDING_CACHE_FOLDER = "landing"
"""Folder of the landing indexes, among the mirrors. Without it the next run reads every history from its beginning."""


@dataclass(frozen=True)
class ReadFailure:
    """A repository that could not be read, with the reason as a sentence."""

    name: str
    reason: str


def build_read_failure(repository: GitRepository, error: GitError) -> ReadFailure:
    """Return the failure of a repository whose history git cannot read."""
    if repository.is_partial:  # git fetches from its origin what it lacks of the history
        reason = f"cannot be read: {error}. Make the origin of this partial clone reachable, or clone without --filter."
        return ReadFailure(repository.name, reason)
    return ReadFailure(repository.name, f"broken: {error}. Try `git fsck` in it, or clone it again.")


MAX_CHECKED_COMMITS = 200
"""Newest commits of which the objects are looked up: a second for a large repository, and a month of most."""


def count_missing_objects(repository: GitRepository) -> int:
    """Return how many objects of its newest commits a repository lacks. A missing commit is an error, as for a run.

    It is 0 for a partial clone, which lacks some by design.

    Raises:
        GitError: git cannot read the history.
    """
    if not repository.refs or repository.is_partial:
        return 0
    limit = f"--max-count={MAX_CHECKED_COMMITS}"
    listing = run_git(repository.git_dir, "rev-list", "--objects", "--missing=print", limit, *repository.refs, "--")
    return sum(line.startswith("?") for line in listing.splitlines())


@dataclass(frozen=True)
class RepositoryHistory:
    """The commits of one repository in a window, and all its tags."""

    repository: GitRepository
    commits: list[GitCommit]
    tags: list[GitTag]
    landing_index: LandingIndex
    notes: RepositoryNotes = field(default_factory=RepositoryNotes)
    diffs: tuple[ChangedRun, ...] = ()
    unread_diffs: tuple[str, ...] = ()
    """The commits whose diffs git cannot read, because the repository lacks objects."""

    @property
    def unread_parts(self) -> tuple[str, ...]:
        """What is left out because the repository lacks objects, each with a number; empty for one that is whole."""
        known = self.repository.shallow_commits
        count = sum(commit.files is None and commit.sha not in known for commit in self.commits)
        parts = {
            "lines and files": 0 if self.repository.is_partial else count,
            "diffs": len(self.unread_diffs),
            "notes": len(self.notes.unread),
        }
        return tuple(f"{part} of {count}" for part, count in parts.items() if count)


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
                line_shas = _list_line_commits_if_readable(repository, since, until)
                notes = read_notes(repository, tags, since, until, commits, line_shas=line_shas)
                unread: list[str] = []
                diffs = read_diffs(repository, since, until, line_shas, unread)
                return RepositoryHistory(repository, commits, tags, index, notes, diffs, tuple(unread))
            except GitError as error:
                return build_read_failure(repository, error)

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


def _list_line_commits_if_readable(repository: GitRepository, since: datetime, until: datetime) -> list[str] | None:
    """Return the commits along first parents; None where git cannot read them, which costs a repository its notes."""
    try:
        return list_line_commits(repository, since, until)
    except GitError:
        return None
