"""Bring a parcel to its destination: the one place that knows which resource serves which kind."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from resources.docs_repository import Publisher
from resources.folder import write_folder
from resources.git_access import GitAccess
from resources.git_change import Change, Outcome
from resources.git_remote import Remote
from resources.posts import Posted
from sparky_assets.periods import Period
from sparky_assets.publications.models import Published, PublishedFile
from sparky_assets.publications.parcels import Parcel
from sparky_assets.publications.proposals import propose
from sparky_assets.settings import Settings
from sparky_assets.settings_destination import PagesDestination
from sparky_assets.settings_publishing import FolderDestination, GitDestination, GitHubDestination


@dataclass(frozen=True)
class Delivered:
    """What is known of one destination afterwards, whether anything changed there, and the diff."""

    place: Published
    is_new: bool
    diff: str = ""
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Job:
    """One publication: the period, the hash of what it was made from, who commits, whether it is only rehearsed."""

    period: Period
    data_sha256: str
    publisher: Publisher
    settings: Settings
    dry_run: bool

    def clone_of(self, url: str, destination: str, part: str = "") -> Path:
        """The folder of our own clone of a remote; another address is another clone."""
        base = Path(self.publisher.clones or self.settings.home / "clones").absolute()
        return base / f"{destination}{part}-{hashlib.sha256(url.encode()).hexdigest()[:8]}.git"


def deliver_pages(parcel: Parcel, job: Job) -> Delivered:
    """Bring files to a git repository, a pull request or a folder.

    Raises:
        ResourceError: with what to do; a `TransientError` may pass by itself.
    """
    destination = parcel.destination
    assert isinstance(destination, PagesDestination)
    change = change_of(parcel, job)
    if isinstance(destination, GitDestination):
        outcome, parent = _to_git(destination, change, job)
        return _delivered(parcel, outcome, parent)
    if isinstance(destination, FolderDestination):
        lock = job.clone_of(str(destination.path), destination.name)
        return _delivered(parcel, write_folder(destination.path, change, lock, dry_run=job.dry_run))
    assert isinstance(destination, GitHubDestination)
    outcome, posted = propose(destination, change, job.period, job.publisher, job.clone_of, dry_run=job.dry_run)
    return _delivered(parcel, outcome, posted=posted)


def change_of(parcel: Parcel, job: Job) -> Change:
    """The files and the words of the commit."""
    kind, products = job.period.kind, " and ".join(piece.product.replace("_", " ") for piece in parcel.pieces)
    subject = job.settings.publish.message.format(
        kind=kind.value, noun=kind.noun, product=products, label=job.period.label, destination=parcel.destination.name
    )
    return Change(
        files={**parcel.site, **parcel.files},
        subject=subject,
        body="Written by Sparky from closed records; see the footer of the digest.",
        trailers={"Sparky-Period": f"{kind.value}/{job.period.label}", "Sparky-Data": f"sha256:{job.data_sha256}"},
        pages=parcel.pages,
    )


def remote_of(destination: GitDestination, job: Job) -> Remote:
    """The remote repository of a destination."""
    return Remote(destination.url, destination.branch, job.clone_of(destination.url, destination.name),
                  access_of(destination))  # fmt: skip


def access_of(destination: GitDestination) -> GitAccess:
    """Who we are there."""
    return GitAccess(
        username=destination.username,
        token=destination.token,
        ssh_key=destination.ssh_key_file,
        known_hosts=destination.known_hosts_file,
        ca_file=destination.ca_file,
    )


def _to_git(destination: GitDestination, change: Change, job: Job) -> tuple[Outcome, Outcome | None]:
    if not destination.url:
        folder = job.settings.destination_path(destination)
        return job.publisher.publish(folder, destination.branch, change, dry_run=job.dry_run), None
    remote, author = remote_of(destination, job), job.publisher.author
    outcome = remote.publish(change, author, dry_run=job.dry_run)
    if not destination.parent_url or outcome.commit is None or (job.dry_run and outcome.is_new):
        return outcome, None
    folder = job.clone_of(destination.parent_url, destination.name, "-parent")
    parent = Remote(destination.parent_url, destination.parent_branch, folder, access_of(destination))
    bump = Change(
        files={},
        subject=f"Bump {destination.parent_path}: {change.subject}",
        trailers=change.trailers,
        modules={destination.parent_path: outcome.commit},
    )
    return outcome, parent.bump(bump, remote, outcome.commit, author, dry_run=job.dry_run)


def _delivered(
    parcel: Parcel, outcome: Outcome, parent: Outcome | None = None, posted: Posted | None = None
) -> Delivered:
    digests: dict[str, Any] = {path: hashlib.sha256(data).hexdigest() for path, data in parcel.files.items()}
    place = Published(
        destination=parcel.destination.name,
        repository=outcome.repository,
        path=parcel.pages[0],
        commit=outcome.commit or "",
        edition=outcome.edition,
        kind=parcel.destination.kind,
        files=tuple(PublishedFile(path=path, sha256=sha) for path, sha in sorted(digests.items())),
        id=posted.id if posted else "",
        address=posted.address if posted else "",
        word="; ".join((*parcel.missing, *outcome.notes)),
        parent_commit=(parent.commit or "") if parent else "",
    )
    is_new = outcome.is_new or bool(parent and parent.is_new) or bool(posted and posted.is_new)
    return Delivered(place, is_new, outcome.diff + (parent.diff if parent else ""))
