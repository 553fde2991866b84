"""Read-only comparisons: the ledger with the destinations (`publish --verify`), and access for `sparky doctor`.

Nothing is sent or written here.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from resources.errors import PostError, ResourceError
from resources.folder import read_below
from resources.git.local import Publisher
from resources.git.objects import CommitSpec, GitObjects
from sparky_assets.destinations.base import PostDestination
from sparky_assets.destinations.pages import FolderDestination, GitDestination, GitHubDestination
from sparky_assets.destinations.registry import AnyDestination
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.publications.models import LedgerEntry, PublicationLedger
from sparky_assets.publications.pages import PublishJob, build_git_remote, connect_github_pulls
from sparky_assets.settings.schema import Settings

ComparisonState = Literal["same", "differs", "unknown"]


@dataclass(frozen=True)
class VerificationResult:
    """Result of comparing one ledger entry with its destination."""

    entry: LedgerEntry
    state: ComparisonState
    detail: str


def verify_ledger(ledger: PublicationLedger, settings: Settings, publisher: Publisher) -> Iterator[VerificationResult]:
    """Yield the result of each destination of a ledger."""
    destinations = {destination.name: destination for destination in settings.publish.destinations}
    job = PublishJob(ledger.period, ledger.data_sha256, publisher, settings, dry_run=True)
    for entry in ledger.places:
        destination = destinations.get(entry.destination)
        if entry.status != "published":
            state: ComparisonState = "unknown" if entry.status == "pending" else "same"
            note = f": {entry.word}" if entry.word else ""
            yield VerificationResult(entry, state, entry.status.replace("_", " ") + note)
        elif destination is None or destination.mode == "off":
            yield VerificationResult(entry, "unknown", "the destination is no longer configured, or is off")
        else:
            try:
                yield _compare_entry(entry, destination, job)
            except ResourceError as error:
                yield VerificationResult(entry, "unknown", str(error))


def _compare_entry(entry: LedgerEntry, destination: AnyDestination, job: PublishJob) -> VerificationResult:
    match destination:
        case GitDestination(url=""):
            folder = job.settings.resolve_destination_path(destination)
            return _compare_with_branch(
                entry, GitObjects(folder / ".git", str(folder)), f"refs/heads/{destination.branch}"
            )
        case GitDestination():
            remote = build_git_remote(destination, job)
            with remote.open_clone() as objects:
                remote.fetch(destination.branch)
                return _compare_with_branch(entry, objects, f"refs/sparky/{destination.branch}")
        case FolderDestination():
            return _compare_files(entry, lambda path: read_below(destination.path, path))
        case _:
            return _compare_with_service(entry, destination)


def _compare_with_service(entry: LedgerEntry, destination: AnyDestination) -> VerificationResult:
    match destination:
        case GitHubDestination():
            _, pulls = connect_github_pulls(destination)
            with pulls.client:
                state = pulls.get_state(entry.id) if entry.id else "merged"
            return VerificationResult(
                entry, "differs" if state in {"closed", "missing"} else "same", f"pull request {state}"
            )
        case PostDestination():
            if (is_present := destination.has_message(entry.id)) is not None:
                return _report_presence(entry, is_present)
    return VerificationResult(entry, "unknown", "this service cannot be queried")


def _compare_with_branch(entry: LedgerEntry, objects: GitObjects, ref: str) -> VerificationResult:
    tip = objects.resolve_commit(ref)
    if tip is None or (entry.commit and not objects.contains(tip, entry.commit)):
        return VerificationResult(entry, "differs", f"commit {entry.commit[:10]} is not in {ref.rpartition('/')[2]}")
    return _compare_files(entry, lambda path: objects.read_blob(tip, path))


def _compare_files(entry: LedgerEntry, read_file: Callable[[str], bytes | None]) -> VerificationResult:
    for file in entry.files:
        data = read_file(file.path)
        if data is None:
            return VerificationResult(entry, "differs", f"{file.path} is gone")
        if hashlib.sha256(data).hexdigest() != file.sha256:
            return VerificationResult(entry, "differs", f"{file.path} was changed since it was published")
    return VerificationResult(entry, "same", f"{len(entry.files)} files as published")


def _report_presence(entry: LedgerEntry, is_present: bool) -> VerificationResult:
    return VerificationResult(
        entry, "same" if is_present else "differs", f"{entry.id} {'exists' if is_present else 'is gone'}"
    )


def check_destination(destination: AnyDestination, settings: Settings, publisher: Publisher) -> str:
    """Check access to a destination without sending anything; return a short description.

    Raises:
        ResourceError: when the destination cannot be published to, with what to do.
    """
    mode = "on" if destination.mode == "on" else "dry run only"
    return f"{destination.location}, {mode}, {_check_connection(destination, settings, publisher)}"


def _check_connection(destination: AnyDestination, settings: Settings, publisher: Publisher) -> str:
    match destination:
        case GitDestination(url=""):
            folder = settings.resolve_destination_path(destination)
            publisher.publish(folder, destination.branch, CommitSpec({}, ""), dry_run=True)
            return "a repository that Sparky made" if folder.exists() else "will be created"
        case GitDestination():
            job = PublishJob(Period(PeriodKind.DAILY, date(2025, 1, 1)), "", publisher, settings, dry_run=True)
            remote = build_git_remote(destination, job)
            with remote.open_clone():
                remote.fetch(destination.branch)
            return f"branch {destination.branch} can be read; write access shows at the first push"
        case GitHubDestination():
            _, pulls = connect_github_pulls(destination)
            with pulls.client:
                pulls.list_by_branch("sparky/doctor")
            return "pull requests can be read"
        case FolderDestination():
            return _check_folder(destination)
        case PostDestination():
            return destination.check_connection()
    raise AssertionError(destination.kind)


def _check_folder(destination: FolderDestination) -> str:
    folder = destination.path.absolute()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not (existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)):
        raise PostError(f"{existing}: cannot be written. Set `path` to a folder that Sparky's user may write.")
    return "can be written" if existing == folder else "will be created"
