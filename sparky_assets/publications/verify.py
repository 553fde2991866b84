"""Compare the ledger with what the destinations hold now. Only reads."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from resources.discord import Discord
from resources.docs_repository import Publisher
from resources.errors import ResourceError
from resources.folder import read_below
from resources.git_objects import Objects
from sparky_assets.publications.delivery import Job, remote_of
from sparky_assets.publications.messages import needed, open_devto
from sparky_assets.publications.models import Publication, Published
from sparky_assets.publications.proposals import connect
from sparky_assets.settings import Settings
from sparky_assets.settings_posts import DevtoDestination, DiscordDestination
from sparky_assets.settings_publishing import AnyDestination, FolderDestination, GitDestination, GitHubDestination

State = Literal["same", "differs", "unknown"]


@dataclass(frozen=True)
class Finding:
    """What one destination holds of one period, against what the ledger says."""

    place: Published
    state: State
    word: str


def verify(ledger: Publication, settings: Settings, publisher: Publisher) -> Iterator[Finding]:
    """A finding for each destination of the ledger."""
    destinations = {one.name: one for one in settings.publish.destinations}
    job = Job(ledger.period, ledger.data_sha256, publisher, settings, dry_run=True)
    for place in ledger.places:
        destination = destinations.get(place.destination)
        if place.status != "published":
            state: State = "unknown" if place.status == "pending" else "same"
            yield Finding(place, state, f"{place.status.replace('_', ' ')}{f': {place.word}' if place.word else ''}")
        elif destination is None or destination.mode == "off":
            yield Finding(place, "unknown", "is no longer among the destinations, or is off")
        else:
            try:
                yield _compare(place, destination, job)
            except ResourceError as error:
                yield Finding(place, "unknown", str(error))


def _compare(place: Published, destination: AnyDestination, job: Job) -> Finding:
    match destination:
        case GitDestination(url=""):
            folder = job.settings.destination_path(destination)
            return _against_branch(place, Objects(folder / ".git", str(folder)), f"refs/heads/{destination.branch}")
        case GitDestination():
            remote = remote_of(destination, job)
            with remote.opened() as objects:
                remote.fetch(destination.branch)
                return _against_branch(place, objects, f"refs/sparky/{destination.branch}")
        case FolderDestination():
            return _against_files(place, lambda path: read_below(destination.path, path))
        case _:
            return _ask(place, destination)


def _ask(place: Published, destination: AnyDestination) -> Finding:
    match destination:
        case GitHubDestination():
            _, pulls = connect(destination)
            with pulls.sender:
                state = pulls.state(place.id) if place.id else "merged"
            return Finding(place, "differs" if state in {"closed", "missing"} else "same", f"pull request {state}")
        case DevtoDestination():
            devto = open_devto(destination)
            with devto.sender:
                there = any(str(one.get("id")) == place.id for one in devto.articles())
            return _there(place, there)
        case DiscordDestination() if place.id:
            discord = Discord(needed(destination.webhook, destination.name, "webhook_file"))
            with discord.sender:
                return _there(place, discord.holds(place.id))
    return Finding(place, "unknown", "cannot be asked what it holds")


def _against_branch(place: Published, objects: Objects, ref: str) -> Finding:
    tip = objects.tip(ref)
    if tip is None or (place.commit and not objects.contains(tip, place.commit)):
        return Finding(place, "differs", f"commit {place.commit[:10]} is not in {ref.rpartition('/')[2]}")
    return _against_files(place, lambda path: objects.blob(tip, path))


def _against_files(place: Published, read: Callable[[str], bytes | None]) -> Finding:
    for file in place.files:
        data = read(file.path)
        if data is None:
            return Finding(place, "differs", f"{file.path} is gone")
        if hashlib.sha256(data).hexdigest() != file.sha256:
            return Finding(place, "differs", f"{file.path} was changed since")
    return Finding(place, "same", f"{len(place.files)} files as published")


def _there(place: Published, there: bool) -> Finding:
    return Finding(place, "same" if there else "differs", f"{place.id} is {'there' if there else 'gone'}")
