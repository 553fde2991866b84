"""Compare the ledger with what the destinations hold now. Only reads."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from resources.discord import DiscordWebhook
from resources.docs_repository import Publisher
from resources.errors import ResourceError
from resources.folder import read_below
from resources.git.objects import GitObjects
from sparky_assets.publications.messages import open_devto, require_secret
from sparky_assets.publications.models import LedgerEntry, PublicationLedger
from sparky_assets.publications.pages import PublishJob, build_git_remote
from sparky_assets.publications.proposals import connect_github_pulls
from sparky_assets.settings.destinations import AnyDestination, FolderDestination, GitDestination, GitHubDestination
from sparky_assets.settings.schema import Settings
from sparky_assets.settings_posts import DevtoDestination, DiscordDestination

ComparisonState = Literal["same", "differs", "unknown"]


@dataclass(frozen=True)
class VerificationResult:
    """What one destination holds of one period, against what the ledger says."""

    entry: LedgerEntry
    state: ComparisonState
    detail: str


def verify_ledger(ledger: PublicationLedger, settings: Settings, publisher: Publisher) -> Iterator[VerificationResult]:
    """A finding for each destination of the ledger."""
    destinations = {one.name: one for one in settings.publish.destinations}
    job = PublishJob(ledger.period, ledger.data_sha256, publisher, settings, dry_run=True)
    for place in ledger.places:
        destination = destinations.get(place.destination)
        if place.status != "published":
            state: ComparisonState = "unknown" if place.status == "pending" else "same"
            yield VerificationResult(
                place, state, f"{place.status.replace('_', ' ')}{f': {place.word}' if place.word else ''}"
            )
        elif destination is None or destination.mode == "off":
            yield VerificationResult(place, "unknown", "is no longer among the destinations, or is off")
        else:
            try:
                yield _compare_entry(place, destination, job)
            except ResourceError as error:
                yield VerificationResult(place, "unknown", str(error))


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
        case DevtoDestination():
            devto = open_devto(destination)
            with devto.client:
                there = any(str(one.get("id")) == entry.id for one in devto.list_articles())
            return _report_presence(entry, there)
        case DiscordDestination() if entry.id:
            discord = DiscordWebhook(require_secret(destination.webhook, destination.name, "webhook_file"))
            with discord.client:
                return _report_presence(entry, discord.has_message(entry.id))
    return VerificationResult(entry, "unknown", "cannot be asked what it holds")


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
            return VerificationResult(entry, "differs", f"{file.path} was changed since")
    return VerificationResult(entry, "same", f"{len(entry.files)} files as published")


def _report_presence(entry: LedgerEntry, is_present: bool) -> VerificationResult:
    return VerificationResult(
        entry, "same" if is_present else "differs", f"{entry.id} is {'there' if is_present else 'gone'}"
    )
