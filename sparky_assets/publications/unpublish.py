"""Take a publication back: remove it by a commit, close its pull request, or delete its message, where possible."""

import hashlib
from collections.abc import Mapping, Sequence

from resources.errors import PostError
from resources.folder import read_below, write_folder
from resources.git.local import Publisher
from resources.git.objects import CommitSpec
from resources.storage import Storage
from sparky_assets.destinations.base import PagesDestination, PostDestination
from sparky_assets.destinations.pages import FolderDestination, GitDestination, GitHubDestination
from sparky_assets.destinations.registry import AnyDestination
from sparky_assets.digests.context import load_visibility
from sparky_assets.errors import DataError
from sparky_assets.periods import Period
from sparky_assets.publications.checks import CheckContext
from sparky_assets.publications.models import LedgerEntry
from sparky_assets.publications.pages import DeliveryResult, PublishJob, build_git_remote, connect_github_pulls
from sparky_assets.publications.publish import PublishResult, load_ledger
from sparky_assets.publications.site import build_destination_site
from sparky_assets.publications.stored_products import load_insight
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience, publications_path


def unpublish_period(
    period: Period, storage: Storage, publisher: Publisher, settings: Settings, destination_names: Sequence[str] = ()
) -> PublishResult:
    """Take a period back from the named destinations, or from all where it is published.

    It is not published there again until `sparky publish --republish NAME`.

    Raises:
        DataError: when the period is not published there, or a name is not a destination.
        ResourceError: when a destination refuses.
    """
    ledger = load_ledger(period, storage)
    destinations = {destination.name: destination for destination in settings.publish.destinations}
    if unknown := [name for name in destination_names if name not in destinations]:
        raise DataError(f"{unknown[0]}: no destination of that name. There are: {', '.join(destinations)}.")
    entries = [
        entry
        for entry in ledger.places
        if entry.status == "published" and entry.destination in (destination_names or destinations)
    ]
    if not entries:
        scope = " there" if destination_names else ""
        raise DataError(f"{period} is not published{scope}: nothing to take back.")
    job = PublishJob(period, ledger.data_sha256, publisher, settings, publisher.dry_run)
    results = []
    for entry in entries:
        result = retract(entry, destinations[entry.destination], job, storage)
        results.append(result)
        if not publisher.dry_run:
            ledger = ledger.replace_entry(result.entry)
            storage.write_document(publications_path(period.kind), period.key, ledger)
    return PublishResult(ledger, tuple(results))


def retract(entry: LedgerEntry, destination: AnyDestination, job: PublishJob, storage: Storage) -> DeliveryResult:
    """Take a period back from one destination."""
    retracted = entry.model_copy(update={"status": "unpublished", "word": "taken back"})
    if isinstance(destination, GitDestination):
        return _retract_from_git(entry, destination, job, _build_remaining_site(destination, job, storage))
    if isinstance(destination, FolderDestination):
        return _retract_from_folder(entry, destination, job, _build_remaining_site(destination, job, storage))
    if not job.dry_run:
        _retract_message(entry, destination)
    return DeliveryResult(
        retracted, is_new=True, diff=f"{destination.name}: {entry.address or entry.id} would be taken back\n"
    )


def _build_remaining_site(destination: PagesDestination, job: PublishJob, storage: Storage) -> dict[str, bytes]:
    """Build the index and feeds without the period."""
    if not destination.site:
        return {}
    insight, insight_sha256 = load_insight(storage, job.period, destination.audience)
    visibility = load_visibility(storage) if destination.audience is Audience.PUBLIC else {}
    context = CheckContext(insight, insight_sha256, visibility)
    return build_destination_site(destination, job.period, storage, context, exclude_period=True)


def _retract_from_git(
    entry: LedgerEntry, destination: GitDestination, job: PublishJob, site: Mapping[str, bytes]
) -> DeliveryResult:
    change = CommitSpec(
        files={**site, **{file.path: None for file in entry.files}},
        subject=f'Revert "{job.period.kind.value} {job.period.label}"',
        body=f"This takes back what commit {entry.commit} and its earlier editions published.",
        trailers={"Sparky-Period": f"{job.period.kind.value}/{job.period.label}"},
        pages=[entry.path],
    )
    if destination.url:
        outcome = build_git_remote(destination, job).publish(change, job.publisher.author, dry_run=job.dry_run)
    else:
        folder = job.settings.resolve_destination_path(destination)
        outcome = job.publisher.publish(folder, destination.branch, change, dry_run=job.dry_run)
    changed = {"status": "unpublished", "commit": outcome.commit or "", "files": (), "word": "taken back"}
    return DeliveryResult(entry.model_copy(update=changed), outcome.is_new, outcome.diff)


def _retract_from_folder(
    entry: LedgerEntry, destination: FolderDestination, job: PublishJob, site: Mapping[str, bytes]
) -> DeliveryResult:
    for file in entry.files:
        data = read_below(destination.path, file.path)
        if data is not None and hashlib.sha256(data).hexdigest() != file.sha256:
            raise PostError(
                f"{destination.path / file.path}: was changed since it was published. A folder keeps no history, so "
                "the file is not deleted. Remove it by hand."
            )
    change = CommitSpec({**site, **{file.path: None for file in entry.files}}, "")
    lock = job.get_clone_path(str(destination.path), destination.name)
    outcome = write_folder(destination.path, change, lock, dry_run=job.dry_run)
    changed = {"status": "unpublished", "files": (), "word": "taken back"}
    return DeliveryResult(entry.model_copy(update=changed), outcome.is_new, outcome.diff)


def _retract_message(entry: LedgerEntry, destination: AnyDestination) -> None:
    if isinstance(destination, PostDestination):
        destination.retract(entry.id)
        return
    assert isinstance(destination, GitHubDestination), destination
    _, pulls = connect_github_pulls(destination)
    with pulls.client:
        if pulls.get_state(entry.id) == "merged":
            raise PostError(f"{destination.name}: {entry.address} is merged. Revert it on GitHub.")
        pulls.close(entry.id)
