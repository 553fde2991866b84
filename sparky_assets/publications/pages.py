"""Deliver pages: files to a git repository, a folder, or a pull request.

Each period has one pull request, which is kept up to date. Messages are in `messages`.
"""

import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from resources.channels import PostResult
from resources.folder import write_folder
from resources.git.local import Publisher
from resources.git.objects import CommitResult, CommitSpec
from resources.git.remote import GitAccess, RemoteRepository
from resources.github.auth import find_token
from resources.github.client import GitHubEndpoints
from resources.github.pulls import PullRequestClient, PullRequestSpec
from sparky_assets.destinations.base import PagesDestination
from sparky_assets.destinations.pages import FolderDestination, GitDestination, GitHubDestination
from sparky_assets.periods import Period
from sparky_assets.publications.bundle import PublicationBundle
from sparky_assets.publications.models import LedgerEntry, PublishedFile
from sparky_assets.settings.schema import Settings


@dataclass(frozen=True)
class DeliveryResult:
    """The new ledger entry of one destination, whether anything changed there, and the diff.

    `awaits_mode` is True where the destination's own `mode` makes each publication a dry run.
    """

    entry: LedgerEntry
    is_new: bool
    diff: str = ""
    notes: tuple[str, ...] = field(default=())
    awaits_mode: bool = False


@dataclass(frozen=True)
class PublishJob:
    """One publication: the period, the hash of its insight, the author of commits, and whether it is a dry run."""

    period: Period
    data_sha256: str
    publisher: Publisher
    settings: Settings
    dry_run: bool

    def get_clone_path(self, url: str, destination: str, suffix: str = "") -> Path:
        """Return the folder of Sparky's clone of a remote; each address has its own clone."""
        base = Path(self.publisher.clones or self.settings.home / "clones").absolute()
        return base / f"{destination}{suffix}-{hashlib.sha256(url.encode()).hexdigest()[:8]}.git"


def deliver_pages(bundle: PublicationBundle, job: PublishJob) -> DeliveryResult:
    """Deliver files to a git repository, a pull request or a folder.

    Raises:
        ResourceError: with what to do; after a `TransientError` a retry may succeed.
    """
    destination = bundle.destination
    assert isinstance(destination, PagesDestination)
    change = build_commit_spec(bundle, job)
    if isinstance(destination, GitDestination):
        outcome, parent = _deliver_to_git(destination, change, job)
        return _build_delivery_result(bundle, outcome, parent)
    if isinstance(destination, FolderDestination):
        lock = job.get_clone_path(str(destination.path), destination.name)
        return _build_delivery_result(bundle, write_folder(destination.path, change, lock, dry_run=job.dry_run))
    assert isinstance(destination, GitHubDestination)
    outcome, posted = propose_pull_request(
        destination, change, job.period, job.publisher, job.get_clone_path, dry_run=job.dry_run
    )
    return _build_delivery_result(bundle, outcome, post_result=posted)


def build_commit_spec(bundle: PublicationBundle, job: PublishJob) -> CommitSpec:
    """Build the commit: files, subject, body and trailers."""
    kind = job.period.kind
    products = " and ".join(text.product.replace("_", " ") for text in bundle.texts)
    subject = job.settings.publish.message.format(
        kind=kind.value, noun=kind.noun, product=products, label=job.period.label, destination=bundle.destination.name
    )
    return CommitSpec(
        files={**bundle.site, **bundle.files},
        subject=subject,
        body="Written by Sparky from closed records; see the footer of the digest.",
        trailers={"Sparky-Period": f"{kind.value}/{job.period.label}", "Sparky-Data": f"sha256:{job.data_sha256}"},
        pages=bundle.page_paths,
    )


def build_git_remote(destination: GitDestination, job: PublishJob) -> RemoteRepository:
    """Return the remote repository of a destination."""
    return RemoteRepository(destination.url, destination.branch, job.get_clone_path(destination.url, destination.name),
                  build_git_access(destination))  # fmt: skip


def build_git_access(destination: GitDestination) -> GitAccess:
    """Return the credentials for a destination."""
    return GitAccess(
        username=destination.username,
        token=destination.token,
        ssh_key_file=destination.ssh_key_file,
        known_hosts_file=destination.known_hosts_file,
        ca_file=destination.ca_file,
    )


def _deliver_to_git(
    destination: GitDestination, spec: CommitSpec, job: PublishJob
) -> tuple[CommitResult, CommitResult | None]:
    if not destination.url:
        folder = job.settings.resolve_destination_path(destination)
        return job.publisher.publish(folder, destination.branch, spec, dry_run=job.dry_run), None
    remote, author = build_git_remote(destination, job), job.publisher.author
    outcome = remote.publish(spec, author, dry_run=job.dry_run)
    if not destination.parent_url or outcome.commit is None or (job.dry_run and outcome.is_new):
        return outcome, None
    folder = job.get_clone_path(destination.parent_url, destination.name, "-parent")
    parent = RemoteRepository(destination.parent_url, destination.parent_branch, folder, build_git_access(destination))
    bump = CommitSpec(
        files={},
        subject=f"Bump {destination.parent_path}: {spec.subject}",
        trailers=spec.trailers,
        submodules={destination.parent_path: outcome.commit},
    )
    return outcome, parent.bump_submodule(bump, remote, outcome.commit, author, dry_run=job.dry_run)


def _build_delivery_result(
    bundle: PublicationBundle,
    outcome: CommitResult,
    parent: CommitResult | None = None,
    post_result: PostResult | None = None,
) -> DeliveryResult:
    digests: dict[str, Any] = {path: hashlib.sha256(data).hexdigest() for path, data in bundle.files.items()}
    entry = LedgerEntry(
        destination=bundle.destination.name,
        repository=outcome.repository,
        path=bundle.page_paths[0],
        commit=outcome.commit or "",
        edition=outcome.edition,
        kind=bundle.destination.kind,
        files=tuple(PublishedFile(path=path, sha256=sha) for path, sha in sorted(digests.items())),
        id=post_result.id if post_result else "",
        address=post_result.url if post_result else "",
        word="; ".join((*bundle.missing, *outcome.notes)),
        parent_commit=(parent.commit or "") if parent else "",
    )
    is_new = outcome.is_new or bool(parent and parent.is_new) or bool(post_result and post_result.is_new)
    return DeliveryResult(entry, is_new, outcome.diff + (parent.diff if parent else ""))


def propose_pull_request(
    destination: GitHubDestination, spec: CommitSpec, period: Period, publisher: Publisher,
    get_clone_path: Callable[[str, str], Path], *, dry_run: bool,
) -> tuple[CommitResult, PostResult]:  # fmt: skip
    """Push the branch of a period, and create or update its pull request.

    Nothing is proposed when the base has the files already. A request that a person closed stays closed, because that
    was a decision. After a merge, a correction opens another request.
    """
    token, pulls = connect_github_pulls(destination)
    remote = build_github_remote(destination, token, get_clone_path)
    with pulls.client:
        branch, closed = _find_branch(pulls, period)
        if closed:
            note = f"pull request #{closed} was closed by a person and stays closed"
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
    """Return the token, and a client of the repository's pull requests."""
    endpoints = GitHubEndpoints.from_address(destination.api)
    token = find_token(destination.token, None, endpoints.host, os.environ).secret
    return token, PullRequestClient(endpoints.rest_url, destination.repository, token, destination.ca_file)


def build_github_remote(
    destination: GitHubDestination, token: SecretStr, get_clone_path: Callable[[str, str], Path]
) -> RemoteRepository:
    """Return the repository as a git remote."""
    scheme = "http" if destination.api.startswith("http://") else "https"
    url = f"{scheme}://{GitHubEndpoints.from_address(destination.api).host}/{destination.repository}.git"
    access = GitAccess(token=token, ca_file=destination.ca_file)
    return RemoteRepository(url, destination.base, get_clone_path(url, destination.name), access)


def _find_branch(pulls: PullRequestClient, period: Period) -> tuple[str, str]:
    """Return the branch to push to, and the number of a request that was closed without a merge (else empty)."""
    number = 1
    while True:
        branch = f"sparky/{period.kind.value}/{period.label}" + (f"-{number}" if number > 1 else "")
        requests = pulls.list_by_branch(branch)
        if not requests or any(request.get("state") == "open" for request in requests):
            return branch, ""
        newest: Mapping[str, Any] = requests[0]
        if not newest.get("merged_at"):
            return branch, str(newest.get("number", ""))
        number += 1


def _is_proposed(remote: RemoteRepository, branch: str, outcome: CommitResult) -> bool:
    """Return whether the branch has commits that the base lacks. Without them there is nothing to merge."""
    base = remote.objects.resolve_commit(f"refs/sparky/{remote.branch}")
    head = remote.objects.resolve_commit(f"refs/sparky/{branch}")
    return outcome.is_new or (head is not None and base is not None and not remote.objects.contains(base, head))


def _format_pull_request_body(spec: CommitSpec, period: Period) -> str:
    return (
        f"{spec.body}\n\nThis is the pull request for {period}. It is updated when the facts change before the "
        "merge. Close it to leave this period out.\n"
    )
