"""Bring a parcel to its destination: the one place that knows which resource serves which kind."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from resources.channels import PostResult
from resources.docs_repository import Publisher
from resources.folder import write_folder
from resources.git.remote import RemoteRepository
from resources.git_access import GitAccess
from resources.git_change import CommitResult, CommitSpec
from sparky_assets.periods import Period
from sparky_assets.publications.bundle import PublicationBundle
from sparky_assets.publications.models import LedgerEntry, PublishedFile
from sparky_assets.publications.proposals import propose_pull_request
from sparky_assets.settings.destinations import FolderDestination, GitDestination, GitHubDestination
from sparky_assets.settings.schema import Settings
from sparky_assets.settings_destination import PagesDestination


@dataclass(frozen=True)
class DeliveryResult:
    """What is known of one destination afterwards, whether anything changed there, and the diff."""

    entry: LedgerEntry
    is_new: bool
    diff: str = ""
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class PublishJob:
    """One publication: the period, the hash of what it was made from, who commits, whether it is only rehearsed."""

    period: Period
    data_sha256: str
    publisher: Publisher
    settings: Settings
    dry_run: bool

    def get_clone_path(self, url: str, destination: str, suffix: str = "") -> Path:
        """The folder of our own clone of a remote; another address is another clone."""
        base = Path(self.publisher.clones or self.settings.home / "clones").absolute()
        return base / f"{destination}{suffix}-{hashlib.sha256(url.encode()).hexdigest()[:8]}.git"


def deliver_pages(bundle: PublicationBundle, job: PublishJob) -> DeliveryResult:
    """Bring files to a git repository, a pull request or a folder.

    Raises:
        ResourceError: with what to do; a `TransientError` may pass by itself.
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
    """The files and the words of the commit."""
    kind, products = job.period.kind, " and ".join(piece.product.replace("_", " ") for piece in bundle.texts)
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
    """The remote repository of a destination."""
    return RemoteRepository(destination.url, destination.branch, job.get_clone_path(destination.url, destination.name),
                  build_git_access(destination))  # fmt: skip


def build_git_access(destination: GitDestination) -> GitAccess:
    """Who we are there."""
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
    place = LedgerEntry(
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
    return DeliveryResult(place, is_new, outcome.diff + (parent.diff if parent else ""))
