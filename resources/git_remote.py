"""Publish files as commits in a remote repository, through a clean bare clone of Sparky's own. Never by force.

Each attempt begins at what the remote holds now, so that whoever died before, wherever it was, the next run goes on:
what arrived is seen and not made again, what did not is made.
"""

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import git

from resources.errors import GitError, GitNetworkError, TransientError
from resources.git_access import GitAccess
from resources.git_change import Author, Change, Outcome, diff_of, message_of
from resources.git_command import without_credentials
from resources.git_locks import clear_stale_locks, held
from resources.git_mirror import temporary_beside
from resources.git_objects import MARK, Objects
from resources.git_refusals import Refusal, is_missing_branch, refusal
from resources.safe_paths import refuse_unsafe

ATTEMPTS = 6
FIRST_PAUSE_SECONDS = 0.2


@dataclass(frozen=True)
class Remote:
    """A branch of a remote repository, and the folder for our clone of it. `sleep` takes seconds."""

    url: str
    branch: str
    clone: Path
    access: GitAccess = field(default=GitAccess(), repr=False)
    sleep: Callable[[float], None] = time.sleep

    @property
    def place(self) -> str:
        """What messages call it."""
        return without_credentials(self.url)

    @property
    def objects(self) -> Objects:
        """Our clone."""
        return Objects(self.clone, self.place)

    def publish(self, change: Change, author: Author, *, dry_run: bool = False) -> Outcome:
        """Make the files of `change` as wanted in the newest commit of the branch, unless they are already.

        Raises:
            GitNetworkError, TransientError: it may work later; nothing is lost, the next run goes on from here.
            GitError: the remote refuses, and says why.
        """
        return self.replayed(lambda tip: (tip, change), self.branch, author, dry_run=dry_run)

    def propose(self, change: Change, branch: str, author: Author, *, dry_run: bool = False) -> Outcome:
        """The same on a branch beside ours, made from it when absent. Nothing is made when ours holds it already."""

        def start(tip: str | None) -> tuple[str | None, Change]:
            beside = self.fetch(branch) if branch in self.branches() else None
            return (beside if beside and self.objects.differing(tip, change) else tip), change

        return self.replayed(start, branch, author, dry_run=dry_run)

    def bump(self, change: Change, module: "Remote", commit: str, author: Author, *, dry_run: bool = False) -> Outcome:
        """Let the one submodule that `change` names be at the newest commit of `module`, unless it holds `commit`."""
        (path,) = change.modules

        def start(tip: str | None) -> tuple[str | None, Change]:
            entry = self.objects.entry(tip, path)
            is_there = entry is not None and module.objects.contains(entry.sha, commit)
            newest = module.objects.tip(f"refs/sparky/{module.branch}") or commit
            return tip, replace(change, modules={path: entry.sha if entry and is_there else newest})

        return self.replayed(start, self.branch, author, dry_run=dry_run)

    def replayed(
        self,
        start: Callable[[str | None], tuple[str | None, Change]],
        branch: str,
        author: Author,
        *,
        dry_run: bool,
    ) -> Outcome:
        """Commit and push; while others are faster, fetch and make the commit anew on top of theirs.

        `start` is given the newest commit of our branch, and gives the commit to build on and what to make true.
        """
        with self.opened() as objects:
            first: str | None = None
            for attempt in range(ATTEMPTS):
                tip, change = start(self.fetch(self.branch))
                refuse_unsafe(objects, tip, change)
                differing = objects.differing(tip, change)
                first = diff_of(differing) if first is None else first
                if dry_run or not differing:
                    return self._outcome(change, tip, first)
                edition = objects.edition(tip, change.counted) + 1
                new = objects.commit_on(tip, change, list(differing), message_of(change, edition), author)
                if self.push(new, branch):
                    return self._outcome(change, new, first)
                self.sleep(FIRST_PAUSE_SECONDS * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
        raise TransientError(
            f"{self.place}: others pushed to {branch} before us {ATTEMPTS} times in a row. Nothing is lost; "
            "the next run tries again."
        )

    def fetch(self, branch: str) -> str | None:
        """Bring the branch here; gives its newest commit, None when the repository is still empty."""
        ref = f"refs/sparky/{branch}"
        try:
            self._git("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--end-of-options", self.url,
                      f"+refs/heads/{branch}:{ref}")  # fmt: skip
        except git.GitCommandError as error:
            if not is_missing_branch(error.stderr):
                self._refuse(refusal(error.stderr, error.stdout), "reading it failed")
            if self.branches():
                raise GitError(
                    f"{self.place}: has no branch {branch}. Make it there once, or name another branch."
                ) from None
            return None
        return self.objects.tip(ref)

    def branches(self) -> list[str]:
        """The names of its branches."""
        try:
            listed = self._git("ls-remote", "--heads", "--end-of-options", self.url).decode("utf-8", "replace")
        except git.GitCommandError as error:
            self._refuse(refusal(error.stderr, error.stdout), "reading it failed")
        return [line.partition("\t")[2].removeprefix("refs/heads/") for line in listed.splitlines() if "\t" in line]

    def push(self, commit: str, branch: str) -> bool:
        """Push a commit; False when the branch moved meanwhile, so that it is to be made anew on top of it."""
        try:
            self._git("push", "--quiet", "--porcelain", "--no-verify", self.url, f"{commit}:refs/heads/{branch}")
        except git.GitCommandError as error:
            judged = refusal(error.stderr, error.stdout)
            if judged.kind == "behind":
                return False
            self._refuse(judged, f"pushing to {branch} failed")
        self.objects.run("update-ref", f"refs/sparky/{branch}", commit)
        return True

    @contextlib.contextmanager
    def opened(self) -> Iterator[Objects]:
        """Our clone, held by us alone, made when absent, freed of what a killed run left."""
        with held(self.clone):
            if not self.clone.exists() or not any(self.clone.iterdir()):
                with temporary_beside(self.clone) as fresh:
                    fresh.mkdir()
                    objects = Objects(fresh, self.place)
                    objects.run("init", "--quiet", "--bare")
                    objects.run("config", MARK, "clone")
                    fresh.replace(self.clone)
            elif not _is_ours(self.objects):
                raise GitError(f"{self.clone}: not a clone that Sparky made. Move it away.")
            clear_stale_locks(self.clone)
            yield self.objects

    def _git(self, *arguments: str) -> bytes:
        url = urlsplit(self.url)
        local = {"GIT_CONFIG_NOSYSTEM": "1"} if url.scheme == "file" else {}
        return self.objects.attempt(*arguments, environment={**self.access.environment(self.url), **local})

    def _outcome(self, change: Change, tip: str | None, diff: str) -> Outcome:
        objects, paths = self.objects, change.counted
        return Outcome(
            self.place, tuple(change.files), objects.last_commit(tip, paths), objects.edition(tip, paths),
            bool(diff), diff,
        )  # fmt: skip

    def _refuse(self, judged: Refusal, what: str) -> NoReturn:
        kind = GitNetworkError if judged.kind == "passing" else GitError
        raise kind(
            f"{self.place}: {what}: {judged.reason}. Nothing was lost; the next run goes on from here."
        ) from None


def _is_ours(objects: Objects) -> bool:
    try:
        return objects.run("config", "--local", "--get", MARK).decode().strip() == "clone"
    except (GitError, OSError):
        return False
