"""Take a publication back: a commit that removes it, a closed request, a deleted message, where that is possible."""

import hashlib
from collections.abc import Mapping, Sequence

from resources.discord import Discord
from resources.docs_repository import Publisher
from resources.errors import PostError
from resources.folder import read_below, write_folder
from resources.git_change import Change
from resources.linkedin import LinkedIn
from resources.slack import SlackBot
from resources.storage import Storage
from resources.x import X
from sparky_assets.audience import Audience
from sparky_assets.errors import DataError
from sparky_assets.periods import Period
from sparky_assets.publications.delivery import Delivered, Job, remote_of
from sparky_assets.publications.messages import needed, open_devto, open_slack
from sparky_assets.publications.models import Published
from sparky_assets.publications.proposals import connect
from sparky_assets.publications.publishing import Done, ledger_of
from sparky_assets.publications.site import site_of
from sparky_assets.publications.visibility import visibility_now
from sparky_assets.settings import Settings
from sparky_assets.settings_destination import PagesDestination
from sparky_assets.settings_posts import (
    DevtoDestination,
    DiscordDestination,
    LinkedInDestination,
    SlackDestination,
    XDestination,
)
from sparky_assets.settings_publishing import AnyDestination, FolderDestination, GitDestination, GitHubDestination


def unpublish_period(
    period: Period, storage: Storage, publisher: Publisher, settings: Settings, names: Sequence[str] = ()
) -> Done:
    """Take a period back from the named destinations, or from all that the ledger says it is at.

    It is not published there again until somebody asks for it with `--again`.

    Raises:
        DataError: when it is not published, or a name is no destination.
        ResourceError: when a destination refuses.
    """
    ledger = ledger_of(period, storage)
    destinations = {one.name: one for one in settings.publish.destinations}
    if unknown := [name for name in names if name not in destinations]:
        raise DataError(f"{unknown[0]}: no destination of that name. There are: {', '.join(destinations)}.")
    places = [one for one in ledger.places if one.status == "published" and one.destination in (names or destinations)]
    if not places:
        raise DataError(f"{period} is not published{' there' if names else ''}, so that nothing can be taken back.")
    job = Job(period, ledger.data_sha256, publisher, settings, publisher.dry_run)
    done = []
    for place in places:
        one = take_back(place, destinations[place.destination], job, storage)
        done.append(one)
        if not publisher.dry_run:
            ledger = ledger.with_place(one.place)
            storage.write_document(f"publications/{period.kind.value}", period.key, ledger)
    return Done(ledger, tuple(done))


def take_back(place: Published, destination: AnyDestination, job: Job, storage: Storage) -> Delivered:
    """Take one place back."""
    gone = place.model_copy(update={"status": "unpublished", "word": "taken back"})
    if isinstance(destination, GitDestination):
        return _revert(place, destination, job, _site(destination, job, storage))
    if isinstance(destination, FolderDestination):
        return _remove(place, destination, job, _site(destination, job, storage))
    if not job.dry_run:
        _withdraw(place, destination)
    return Delivered(gone, is_new=True, diff=f"{destination.name}: {place.address or place.id} would be taken back\n")


def _site(destination: PagesDestination, job: Job, storage: Storage) -> dict[str, bytes]:
    """Index and feeds without the period."""
    now = visibility_now(storage) if destination.audience is Audience.PUBLIC else {}
    return site_of(destination, job.period, storage, now, without=True)


def _revert(place: Published, destination: GitDestination, job: Job, site: Mapping[str, bytes]) -> Delivered:
    change = Change(
        files={**site, **{file.path: None for file in place.files}},
        subject=f'Revert "{job.period.kind.value} {job.period.label}"',
        body=f"This takes back what commit {place.commit} and its earlier editions published.",
        trailers={"Sparky-Period": f"{job.period.kind.value}/{job.period.label}"},
        pages=[place.path],
    )
    if destination.url:
        outcome = remote_of(destination, job).publish(change, job.publisher.author, dry_run=job.dry_run)
    else:
        folder = job.settings.destination_path(destination)
        outcome = job.publisher.publish(folder, destination.branch, change, dry_run=job.dry_run)
    changed = {"status": "unpublished", "commit": outcome.commit or "", "files": (), "word": "taken back"}
    return Delivered(place.model_copy(update=changed), outcome.is_new, outcome.diff)


def _remove(place: Published, destination: FolderDestination, job: Job, site: Mapping[str, bytes]) -> Delivered:
    for file in place.files:
        data = read_below(destination.path, file.path)
        if data is not None and hashlib.sha256(data).hexdigest() != file.sha256:
            raise PostError(
                f"{destination.path / file.path}: was changed since it was published; a folder keeps no history, so "
                "that it stays. Remove it by hand."
            )
    change = Change({**site, **{file.path: None for file in place.files}}, "")
    lock = job.clone_of(str(destination.path), destination.name)
    outcome = write_folder(destination.path, change, lock, dry_run=job.dry_run)
    changed = {"status": "unpublished", "files": (), "word": "taken back"}
    return Delivered(place.model_copy(update=changed), outcome.is_new, outcome.diff)


def _withdraw(place: Published, destination: AnyDestination) -> None:
    match destination:
        case GitHubDestination():
            _, pulls = connect(destination)
            with pulls.sender:
                if pulls.state(place.id) == "merged":
                    raise PostError(f"{destination.name}: {place.address} is merged. Revert it on GitHub.")
                pulls.close(place.id)
        case DevtoDestination():
            devto = open_devto(destination)
            with devto.sender:
                devto.withdraw(place.id)
        case DiscordDestination() if place.id:
            discord = Discord(needed(destination.webhook, destination.name, "webhook_file"))
            with discord.sender:
                discord.withdraw(place.id)
        case SlackDestination() if place.id:
            slack = open_slack(destination)
            if isinstance(slack, SlackBot):
                with slack.sender:
                    slack.withdraw(place.id)
        case XDestination() if place.id and destination.token:
            x = X(destination.api, destination.token)
            with x.sender:
                x.withdraw(place.id)
        case LinkedInDestination() if place.id and destination.token:
            linkedin = LinkedIn(destination.api, destination.token, destination.author, destination.version)
            with linkedin.sender:
                linkedin.withdraw(place.id)
        case _:
            raise PostError(f"{destination.name}: what was sent there cannot be taken back.")
