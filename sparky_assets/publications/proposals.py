"""One pull request a period, kept up to date: the branch, the commit, the request."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from resources.channels import PostResult
from resources.docs_repository import Publisher
from resources.git.remote import RemoteRepository
from resources.git_access import GitAccess
from resources.git_change import CommitResult, CommitSpec
from resources.github.auth import find_token
from resources.github.pulls import PullRequestClient, PullRequestSpec
from resources.github_endpoints import GitHubEndpoints
from sparky_assets.periods import Period
from sparky_assets.settings.destinations import GitHubDestination


def propose_pull_request(
    destination: GitHubDestination, spec: CommitSpec, period: Period, publisher: Publisher,
    get_clone_path: Callable[[str, str], Path], *, dry_run: bool,
) -> tuple[CommitResult, PostResult]:  # fmt: skip
    """Push the branch of a period and keep its pull request; nothing where the base holds the files already.

    A request that somebody closed stays closed: that was a decision. One that was merged is followed by another when
    the text is corrected.
    """
    token, pulls = connect_github_pulls(destination)
    remote = build_github_remote(destination, token, get_clone_path)
    with pulls.client:
        branch, closed = _find_branch(pulls, period)
        if closed:
            note = f"pull request #{closed} was closed by somebody, so that it stays closed"
            before = remote.publish(spec, publisher.author, dry_run=True)
            return replace(before, is_new=False, notes=(note,)), PostResult(closed, is_new=False, note=note)
        outcome = remote.propose(spec, branch, publisher.author, dry_run=dry_run)
        if dry_run or not _is_proposed(remote, branch, outcome):
            return outcome, PostResult("", is_new=False)
        wanted = PullRequestSpec(
            branch, destination.base, spec.subject, _format_pull_request_body(spec, period), destination.draft
        )
        return outcome, pulls.create_or_update(wanted)


def connect_github_pulls(destination: GitHubDestination) -> tuple[SecretStr, PullRequestClient]:
    """The token, and the pull requests of the repository."""
    endpoints = GitHubEndpoints.from_address(destination.api)
    token = find_token(destination.token, None, endpoints.host, os.environ).secret
    return token, PullRequestClient(endpoints.rest_url, destination.repository, token, destination.ca_file)


def build_github_remote(
    destination: GitHubDestination, token: SecretStr, get_clone_path: Callable[[str, str], Path]
) -> RemoteRepository:
    """The repository as git reaches it."""
    scheme = "http" if destination.api.startswith("http://") else "https"
    url = f"{scheme}://{GitHubEndpoints.from_address(destination.api).host}/{destination.repository}.git"
    access = GitAccess(token=token, ca_file=destination.ca_file)
    return RemoteRepository(url, destination.base, get_clone_path(url, destination.name), access)


def _find_branch(pulls: PullRequestClient, period: Period) -> tuple[str, str]:
    """The branch to push to, and the number of a request that somebody closed without merging it."""
    number = 1
    while True:
        branch = f"sparky/{period.kind.value}/{period.label}" + (f"-{number}" if number > 1 else "")
        found = pulls.list_by_branch(branch)
        if not found or any(one.get("state") == "open" for one in found):
            return branch, ""
        newest: Mapping[str, Any] = found[0]
        if not newest.get("merged_at"):
            return branch, str(newest.get("number", ""))
        number += 1


def _is_proposed(remote: RemoteRepository, branch: str, outcome: CommitResult) -> bool:
    """Whether the branch says something that the base does not: else there is nothing to merge."""
    base, head = (
        remote.objects.resolve_commit(f"refs/sparky/{remote.branch}"),
        remote.objects.resolve_commit(f"refs/sparky/{branch}"),
    )
    return outcome.is_new or (head is not None and base is not None and not remote.objects.contains(base, head))


def _format_pull_request_body(spec: CommitSpec, period: Period) -> str:
    return (
        f"{spec.body}\n\nThis is the one pull request for {period}. When its facts change before it is merged, it is "
        "brought up to date; close it to leave this period out.\n"
    )
