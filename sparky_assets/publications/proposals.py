"""One pull request a period, kept up to date: the branch, the commit, the request."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from resources.docs_repository import Publisher
from resources.git_access import GitAccess
from resources.git_change import Change, Outcome
from resources.git_remote import Remote
from resources.github_auth import find_token
from resources.github_endpoints import Endpoints
from resources.github_pulls import GitHubPulls, PullRequest
from resources.posts import Posted
from sparky_assets.periods import Period
from sparky_assets.settings_publishing import GitHubDestination


def propose(
    destination: GitHubDestination, change: Change, period: Period, publisher: Publisher,
    clone_of: Callable[[str, str], Path], *, dry_run: bool,
) -> tuple[Outcome, Posted]:  # fmt: skip
    """Push the branch of a period and keep its pull request; nothing where the base holds the files already.

    A request that somebody closed stays closed: that was a decision. One that was merged is followed by another when
    the text is corrected.
    """
    token, pulls = connect(destination)
    remote = remote_of(destination, token, clone_of)
    with pulls.sender:
        branch, closed = _branch(pulls, period)
        if closed:
            note = f"pull request #{closed} was closed by somebody, so that it stays closed"
            before = remote.publish(change, publisher.author, dry_run=True)
            return replace(before, is_new=False, notes=(note,)), Posted(closed, is_new=False, note=note)
        outcome = remote.propose(change, branch, publisher.author, dry_run=dry_run)
        if dry_run or not _is_proposed(remote, branch, outcome):
            return outcome, Posted("", is_new=False)
        wanted = PullRequest(branch, destination.base, change.subject, _body(change, period), destination.draft)
        return outcome, pulls.keep(wanted)


def connect(destination: GitHubDestination) -> tuple[SecretStr, GitHubPulls]:
    """The token, and the pull requests of the repository."""
    endpoints = Endpoints.of(destination.api)
    token = find_token(destination.token, None, endpoints.host, os.environ).secret
    return token, GitHubPulls(endpoints.rest, destination.repository, token, destination.ca_file)


def remote_of(destination: GitHubDestination, token: SecretStr, clone_of: Callable[[str, str], Path]) -> Remote:
    """The repository as git reaches it."""
    scheme = "http" if destination.api.startswith("http://") else "https"
    url = f"{scheme}://{Endpoints.of(destination.api).host}/{destination.repository}.git"
    access = GitAccess(token=token, ca_file=destination.ca_file)
    return Remote(url, destination.base, clone_of(url, destination.name), access)


def _branch(pulls: GitHubPulls, period: Period) -> tuple[str, str]:
    """The branch to push to, and the number of a request that somebody closed without merging it."""
    number = 1
    while True:
        branch = f"sparky/{period.kind.value}/{period.label}" + (f"-{number}" if number > 1 else "")
        found = pulls.of_branch(branch)
        if not found or any(one.get("state") == "open" for one in found):
            return branch, ""
        newest: Mapping[str, Any] = found[0]
        if not newest.get("merged_at"):
            return branch, str(newest.get("number", ""))
        number += 1


def _is_proposed(remote: Remote, branch: str, outcome: Outcome) -> bool:
    """Whether the branch says something that the base does not: else there is nothing to merge."""
    base, head = remote.objects.tip(f"refs/sparky/{remote.branch}"), remote.objects.tip(f"refs/sparky/{branch}")
    return outcome.is_new or (head is not None and base is not None and not remote.objects.contains(base, head))


def _body(change: Change, period: Period) -> str:
    return (
        f"{change.body}\n\nThis is the one pull request for {period}. When its facts change before it is merged, it is "
        "brought up to date; close it to leave this period out.\n"
    )
