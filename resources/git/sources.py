"""The repositories that the settings name, opened for reading: paths in place, URLs through their mirrors."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg

from resources.errors import GitError
from resources.git.log import GitCommit, GitTag, read_commits, read_tags
from resources.git.repository import GitRepository, make_names_unique, open_repository, parse_repository_name
from resources.git_mirror import update_mirror
from resources.progress import report_progress

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
                twin = next((one for one in opened.values() if one.url and one.url == repository.url), None)
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
            jobs = [readers.submit(context.run, read, one) for context, one in zip(contexts, repositories, strict=True)]
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
