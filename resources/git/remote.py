"""Publish files as commits in a remote repository, through a clean bare clone of Sparky's own. Never by force.

Each attempt begins at what the remote holds now, so that whoever died before, wherever it was, the next run goes on:
what arrived is seen and not made again, what did not is made.

Who we are to a remote repository. Secrets go to git by its environment alone, in no URL, argument, file or log.
"""

import base64
import contextlib
import os
import random
import shlex
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import git
from pydantic import SecretStr

from resources.errors import GitError, GitNetworkError, TransientError
from resources.git.command import RemoteError, classify_remote_error, is_missing_branch, redact_credentials
from resources.git.locks import clear_stale_locks, repository_lock
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
from resources.git.sources import make_temporary_path

ALLOWED_SCHEMES = "https:http:ssh:git:file"


MAX_STALL_SECONDS = 60
"""A transfer that moves nothing for so long is a lost network."""


@dataclass(frozen=True)
class GitAccess:
    """How to prove who we are: a token for https, a key for ssh, or nothing, and git's own helpers then."""

    username: str = "x-access-token"
    token: SecretStr | None = None
    ssh_key_file: Path | None = None
    known_hosts_file: Path | None = None
    ca_file: Path | None = None

    def build_environment(self, url: str) -> dict[str, str]:
        """The variables with which git reaches `url`.

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
        given = {
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "true",  # answers nothing, where git would open a window
            "GIT_ALLOW_PROTOCOL": ALLOWED_SCHEMES,
            "GIT_SSH_COMMAND": self._build_ssh_command(),
            "GIT_SSH_VARIANT": "ssh",
            "GIT_HTTP_LOW_SPEED_LIMIT": "1",
            "GIT_HTTP_LOW_SPEED_TIME": str(MAX_STALL_SECONDS),
            # What git traces where somebody asked it to may not hold what we send.
            "GIT_TRACE_REDACT": "1",
            "GIT_TRACE_CURL_NO_DATA": "1",
            "GIT_TRACE_PACKET": "0",
        }
        if self.ca_file is not None:
            given["GIT_SSL_CAINFO"] = str(self.ca_file.absolute())
        return given | _to_config_variables(self._build_configuration(url))

    def _build_configuration(self, url: str) -> dict[str, str]:
        # A redirect would carry the header to a place that nobody chose.
        settings = {"http.followRedirects": "false"}
        parts = urlsplit(url)
        if self.token is None or parts.scheme not in {"http", "https"}:
            return settings
        if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
            raise GitError(f"{url}: a token would cross the network in the clear. Use https.")
        pair = f"{self.username}:{self.token.get_secret_value()}".encode()
        basic = base64.b64encode(pair).decode()
        return {
            **settings,
            "credential.helper": "",  # an empty one forgets all others: nobody is asked for it or keeps it
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
    """Settings of git as GIT_CONFIG_COUNT and its kin, which no process list shows."""
    found = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings.items()):
        found |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return found


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


MAX_ATTEMPTS = 6


FIRST_PAUSE_SECONDS = 0.2


@dataclass(frozen=True)
class RemoteRepository:
    """A branch of a remote repository, and the folder for our clone of it. `sleep` takes seconds."""

    url: str
    branch: str
    clone_folder: Path
    access: GitAccess = field(default=GitAccess(), repr=False)
    sleep: Callable[[float], None] = time.sleep

    @property
    def label(self) -> str:
        """What messages call it."""
        return redact_credentials(self.url)

    @property
    def objects(self) -> GitObjects:
        """Our clone."""
        return GitObjects(self.clone_folder, self.label)

    def publish(self, change: CommitSpec, author: CommitAuthor, *, dry_run: bool = False) -> CommitResult:
        """Make the files of `change` as wanted in the newest commit of the branch, unless they are already.

        Raises:
            GitNetworkError, TransientError: it may work later; nothing is lost, the next run goes on from here.
            GitError: the remote refuses, and says why.
        """
        return self.commit_with_retry(lambda tip: (tip, change), self.branch, author, dry_run=dry_run)

    def propose(self, change: CommitSpec, branch: str, author: CommitAuthor, *, dry_run: bool = False) -> CommitResult:
        """The same on a branch beside ours, made from it when absent. Nothing is made when ours holds it already."""

        def start(tip: str | None) -> tuple[str | None, CommitSpec]:
            beside = self.fetch(branch) if branch in self.list_branches() else None
            return (beside if beside and self.objects.changed_paths(tip, change) else tip), change

        return self.commit_with_retry(start, branch, author, dry_run=dry_run)

    def bump_submodule(
        self,
        change: CommitSpec,
        submodule: "RemoteRepository",
        commit: str,
        author: CommitAuthor,
        *,
        dry_run: bool = False,
    ) -> CommitResult:
        """Let the one submodule that `change` names be at the newest commit of `module`, unless it holds `commit`."""
        (path,) = change.submodules

        def start(tip: str | None) -> tuple[str | None, CommitSpec]:
            entry = self.objects.find_entry(tip, path)
            is_there = entry is not None and submodule.objects.contains(entry.sha, commit)
            newest = submodule.objects.resolve_commit(f"refs/sparky/{submodule.branch}") or commit
            return tip, replace(change, submodules={path: entry.sha if entry and is_there else newest})

        return self.commit_with_retry(start, self.branch, author, dry_run=dry_run)

    def commit_with_retry(
        self,
        plan: Callable[[str | None], tuple[str | None, CommitSpec]],
        branch: str,
        author: CommitAuthor,
        *,
        dry_run: bool,
    ) -> CommitResult:
        """Commit and push; while others are faster, fetch and make the commit anew on top of theirs.

        `start` is given the newest commit of our branch, and gives the commit to build on and what to make true.
        """
        with self.open_clone() as objects:
            first: str | None = None
            for attempt in range(MAX_ATTEMPTS):
                tip, change = plan(self.fetch(self.branch))
                check_paths(objects, tip, change)
                differing = objects.changed_paths(tip, change)
                first = format_diff(differing) if first is None else first
                if dry_run or not differing:
                    return self._build_result(change, tip, first)
                edition = objects.find_latest_edition(tip, change.edition_paths) + 1
                new = objects.create_commit(
                    tip, change, list(differing), format_commit_message(change, edition), author
                )
                if self.push(new, branch):
                    return self._build_result(change, new, first)
                self.sleep(FIRST_PAUSE_SECONDS * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
        raise TransientError(
            f"{self.label}: others pushed to {branch} before us {MAX_ATTEMPTS} times in a row. Nothing is lost; "
            "the next run tries again."
        )

    def fetch(self, branch: str) -> str | None:
        """Bring the branch here; gives its newest commit, None when the repository is still empty."""
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
        """The names of its branches."""
        try:
            listed = self._run_git("ls-remote", "--heads", "--end-of-options", self.url).decode("utf-8", "replace")
        except git.GitCommandError as error:
            self._raise_error(classify_remote_error(error.stderr, error.stdout), "reading it failed")
        return [line.partition("\t")[2].removeprefix("refs/heads/") for line in listed.splitlines() if "\t" in line]

    def push(self, commit: str, branch: str) -> bool:
        """Push a commit; False when the branch moved meanwhile, so that it is to be made anew on top of it."""
        try:
            self._run_git("push", "--quiet", "--porcelain", "--no-verify", self.url, f"{commit}:refs/heads/{branch}")
        except git.GitCommandError as error:
            judged = classify_remote_error(error.stderr, error.stdout)
            if judged.kind == "behind":
                return False
            self._raise_error(judged, f"pushing to {branch} failed")
        self.objects.run("update-ref", f"refs/sparky/{branch}", commit)
        return True

    @contextlib.contextmanager
    def open_clone(self) -> Iterator[GitObjects]:
        """Our clone, held by us alone, made when absent, freed of what a killed run left."""
        with repository_lock(self.clone_folder):
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
        url = urlsplit(self.url)
        local = {"GIT_CONFIG_NOSYSTEM": "1"} if url.scheme == "file" else {}
        return self.objects.run_raw(*arguments, environment={**self.access.build_environment(self.url), **local})

    def _build_result(self, change: CommitSpec, tip: str | None, diff: str) -> CommitResult:
        objects, paths = self.objects, change.edition_paths
        return CommitResult(
            self.label,
            tuple(change.files),
            objects.find_last_commit(tip, paths),
            objects.find_latest_edition(tip, paths),
            bool(diff),
            diff,
        )

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
