"""Publish commits to a remote repository, through Sparky's own bare clone, and the credentials for it. Never by force.

Each attempt starts from what the remote holds now. After a killed run the next one sees what has arrived, and makes
only what is missing. Secrets go to git by its environment alone: in no URL, argument, file or log.
"""

import base64
import contextlib
import os
import shlex
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from pydantic import SecretStr

from resources.errors import GitError, GitNetworkError, TransientError
from resources.git.command import RemoteError, classify_remote_error, git, is_missing_branch, redact_credentials
from resources.git.locks import clear_stale_locks, lock_repository
from resources.git.mirrors import make_temporary_path
from resources.git.objects import (
    OWNERSHIP_SETTING,
    CommitAuthor,
    CommitResult,
    CommitSpec,
    GitObjects,
    check_paths,
    format_commit_message,
    format_diff,
)
from resources.http_client import FailedAttempt, RetryPolicy, is_loopback

ALLOWED_SCHEMES = "https:http:ssh:git:file"

MAX_STALL_SECONDS = 60
"""A transfer that moves nothing for this long is a lost network."""

MAX_ATTEMPTS = 6
FIRST_PAUSE_SECONDS = 0.2
PAUSE_JITTER = 0.5


@dataclass(frozen=True)
class GitAccess:
    """Credentials for a remote: a token for https, a key for ssh, or nothing, so that git's own helpers answer."""

    username: str = "x-access-token"
    token: SecretStr | None = None
    ssh_key_file: Path | None = None
    known_hosts_file: Path | None = None
    ca_file: Path | None = None

    def build_environment(self, url: str) -> dict[str, str]:
        """Return the environment variables with which git reaches `url`.

        Raises:
            GitError: when a token would cross the network in the clear, or a file is missing.
        """
        for name, file in (
            ("ssh_key_file", self.ssh_key_file),
            ("known_hosts_file", self.known_hosts_file),
            ("ca_file", self.ca_file),
        ):
            if file is not None and not os.access(file, os.R_OK):
                raise GitError(f"{name} = {file}: cannot be read.")
        environment = {
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "true",  # answers nothing, where git would open a window
            "GIT_ALLOW_PROTOCOL": ALLOWED_SCHEMES,
            "GIT_SSH_COMMAND": self._build_ssh_command(),
            "GIT_SSH_VARIANT": "ssh",
            "GIT_HTTP_LOW_SPEED_LIMIT": "1",
            "GIT_HTTP_LOW_SPEED_TIME": str(MAX_STALL_SECONDS),
            # A trace of git, where the user turned it on, may not contain what is sent.
            "GIT_TRACE_REDACT": "1",
            "GIT_TRACE_CURL_NO_DATA": "1",
            "GIT_TRACE_PACKET": "0",
        }
        if self.ca_file is not None:
            environment["GIT_SSL_CAINFO"] = str(self.ca_file.absolute())
        return environment | _to_config_variables(self._build_configuration(url))

    def _build_configuration(self, url: str) -> dict[str, str]:
        # A redirect would carry the header to an address that the settings do not name.
        settings = {"http.followRedirects": "false"}
        parts = urlsplit(url)
        if self.token is None or parts.scheme not in {"http", "https"}:
            return settings
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise GitError(f"{url}: a token would cross the network in the clear. Use https.")
        pair = f"{self.username}:{self.token.get_secret_value()}".encode()
        basic = base64.b64encode(pair).decode()
        return {
            **settings,
            "credential.helper": "",  # an empty one drops all others: none is asked for the token, and none stores it
            f"http.{parts.scheme}://{parts.netloc}/.extraHeader": f"Authorization: Basic {basic}",
        }

    def _build_ssh_command(self) -> str:
        options = ["BatchMode=yes", "StrictHostKeyChecking=yes", "ConnectTimeout=15",
                   f"ServerAliveInterval={MAX_STALL_SECONDS // 4}", "ServerAliveCountMax=4"]  # fmt: skip
        if self.known_hosts_file is not None:
            options.append(f"UserKnownHostsFile={self.known_hosts_file.absolute()}")
        command = ["ssh", *(part for option in options for part in ("-o", option))]
        if self.ssh_key_file is not None:
            command += ["-o", "IdentitiesOnly=yes", "-i", str(self.ssh_key_file.absolute())]
        return shlex.join(command)


def _to_config_variables(settings: Mapping[str, str]) -> dict[str, str]:
    """Return settings of git as GIT_CONFIG_COUNT and its numbered variables, which no process list shows."""
    variables = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings.items()):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return variables


@dataclass(frozen=True)
class RemoteRepository:
    """A branch of a remote repository, and the folder of Sparky's clone of it. `sleep` takes seconds."""

    url: str
    branch: str
    clone_folder: Path
    access: GitAccess = field(default=GitAccess(), repr=False)
    sleep: Callable[[float], None] = time.sleep

    @property
    def label(self) -> str:
        """The URL without credentials, for messages."""
        return redact_credentials(self.url)

    @property
    def objects(self) -> GitObjects:
        """The objects of the clone."""
        return GitObjects(self.clone_folder, self.label)

    def publish(self, change: CommitSpec, author: CommitAuthor, *, dry_run: bool = False) -> CommitResult:
        """Commit the files of `change` to the branch and push, unless its newest commit holds them already.

        Raises:
            GitNetworkError, TransientError: it may work later; nothing is lost, the next run continues.
            GitError: the remote refuses, and says why.
        """
        return self.commit_with_retry(lambda tip: (tip, change), self.branch, author, dry_run=dry_run)

    def propose(self, change: CommitSpec, branch: str, author: CommitAuthor, *, dry_run: bool = False) -> CommitResult:
        """Commit the same to another branch, made from this one when absent, unless this one holds it already."""

        def plan(tip: str | None) -> tuple[str | None, CommitSpec]:
            existing = self.fetch(branch) if branch in self.list_branches() else None
            return (existing if existing and self.objects.find_changed_paths(tip, change) else tip), change

        return self.commit_with_retry(plan, branch, author, dry_run=dry_run)

    def bump_submodule(
        self,
        change: CommitSpec,
        submodule: "RemoteRepository",
        commit: str,
        author: CommitAuthor,
        *,
        dry_run: bool = False,
    ) -> CommitResult:
        """Set the submodule that `change` names to the newest commit of `submodule`, unless it holds `commit`."""
        (path,) = change.submodules

        def plan(tip: str | None) -> tuple[str | None, CommitSpec]:
            entry = self.objects.find_entry(tip, path)
            is_contained = entry is not None and submodule.objects.contains(entry.sha, commit)
            newest = submodule.objects.resolve_commit(f"refs/sparky/{submodule.branch}") or commit
            return tip, replace(change, submodules={path: entry.sha if entry and is_contained else newest})

        return self.commit_with_retry(plan, self.branch, author, dry_run=dry_run)

    def commit_with_retry(
        self,
        plan: Callable[[str | None], tuple[str | None, CommitSpec]],
        branch: str,
        author: CommitAuthor,
        *,
        dry_run: bool,
    ) -> CommitResult:
        """Commit and push; while others push first, fetch and make the commit again on top of theirs.

        Args:
            plan: Takes the newest commit of this branch, and returns the commit to build on and what to commit.
            branch: The branch that is pushed.
            author: The author of the commit.
            dry_run: Return the diff, and change nothing.
        """
        policy = RetryPolicy(FIRST_PAUSE_SECONDS, MAX_ATTEMPTS, jitter=PAUSE_JITTER, sleep=self.sleep)
        with self.open_clone():
            return policy.run(partial(self._attempt_commit, plan, branch, author, dry_run, []))

    def _attempt_commit(
        self,
        plan: Callable[[str | None], tuple[str | None, CommitSpec]],
        branch: str,
        author: CommitAuthor,
        dry_run: bool,
        diffs: list[str],
    ) -> CommitResult | FailedAttempt:
        """Commit and push once. `diffs` collects the diff of each attempt; the result shows the first."""
        objects = self.objects
        tip, change = plan(self.fetch(self.branch))
        check_paths(objects, tip, change)
        differing = objects.find_changed_paths(tip, change)
        diffs.append(format_diff(differing))
        if dry_run or not differing:
            return objects.build_result(tip, change, diffs[0])
        edition = objects.find_latest_edition(tip, change.edition_paths) + 1
        new = objects.create_commit(tip, change, list(differing), format_commit_message(change, edition), author)
        if self.push(new, branch):
            return objects.build_result(new, change, diffs[0])
        return FailedAttempt(
            TransientError(
                f"{self.label}: others pushed to {branch} before us {MAX_ATTEMPTS} times in a row. Nothing is lost; "
                "the next run tries again."
            )
        )

    def fetch(self, branch: str) -> str | None:
        """Fetch a branch and return its newest commit; None when the repository is still empty."""
        ref = f"refs/sparky/{branch}"
        try:
            self._run_git("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--end-of-options", self.url,
                      f"+refs/heads/{branch}:{ref}")  # fmt: skip
        except git.GitCommandError as error:
            if not is_missing_branch(error.stderr):
                self._raise_error(classify_remote_error(error.stderr, error.stdout), "reading it failed")
            if self.list_branches():
                raise GitError(
                    f"{self.label}: has no branch {branch}. Make it there once, or name another branch."
                ) from None
            return None
        return self.objects.resolve_commit(ref)

    def list_branches(self) -> list[str]:
        """Return the names of the remote's branches."""
        try:
            listed = self._run_git("ls-remote", "--heads", "--end-of-options", self.url).decode("utf-8", "replace")
        except git.GitCommandError as error:
            self._raise_error(classify_remote_error(error.stderr, error.stdout), "reading it failed")
        return [line.partition("\t")[2].removeprefix("refs/heads/") for line in listed.splitlines() if "\t" in line]

    def push(self, commit: str, branch: str) -> bool:
        """Push a commit; return False when the branch moved meanwhile, so that the commit has to be made again."""
        try:
            self._run_git("push", "--quiet", "--porcelain", "--no-verify", self.url, f"{commit}:refs/heads/{branch}")
        except git.GitCommandError as error:
            remote_error = classify_remote_error(error.stderr, error.stdout)
            if remote_error.kind == "behind":
                return False
            self._raise_error(remote_error, f"pushing to {branch} failed")
        self.objects.run("update-ref", f"refs/sparky/{branch}", commit)
        return True

    @contextlib.contextmanager
    def open_clone(self) -> Iterator[GitObjects]:
        """Open the clone under its lock: made when absent, and without the locks that a killed run left."""
        with lock_repository(self.clone_folder):
            if not self.clone_folder.exists() or not any(self.clone_folder.iterdir()):
                with make_temporary_path(self.clone_folder) as fresh:
                    fresh.mkdir()
                    objects = GitObjects(fresh, self.label)
                    objects.run("init", "--quiet", "--bare")
                    objects.run("config", OWNERSHIP_SETTING, "clone")
                    fresh.replace(self.clone_folder)
            elif not _is_own_clone(self.objects):
                raise GitError(f"{self.clone_folder}: not a clone that Sparky made. Move it away.")
            clear_stale_locks(self.clone_folder)
            yield self.objects

    def _run_git(self, *arguments: str) -> bytes:
        local = {"GIT_CONFIG_NOSYSTEM": "1"} if urlsplit(self.url).scheme == "file" else {}
        return self.objects.run_raw(*arguments, environment={**self.access.build_environment(self.url), **local})

    def _raise_error(self, remote_error: RemoteError, action: str) -> NoReturn:
        kind = GitNetworkError if remote_error.kind == "passing" else GitError
        raise kind(
            f"{self.label}: {action}: {remote_error.reason}. Nothing was lost; the next run goes on from here."
        ) from None


def _is_own_clone(objects: GitObjects) -> bool:
    try:
        return objects.run("config", "--local", "--get", OWNERSHIP_SETTING).decode().strip() == "clone"
    except (GitError, OSError):
        return False
