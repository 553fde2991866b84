"""Publish a period everywhere: the door for all of it first, then each destination, and the ledger after each."""

import hashlib
from dataclasses import dataclass, field, replace
from typing import Literal

from resources.docs_repository import Publisher
from resources.errors import ResourceError, TransientError
from resources.storage import Storage
from sparky_assets.audience import Audience
from sparky_assets.errors import DataError
from sparky_assets.periods import Period
from sparky_assets.publications.checks import Ground
from sparky_assets.publications.delivery import Delivered, Job, deliver_pages
from sparky_assets.publications.messages import deliver_post
from sparky_assets.publications.models import Publication, Published
from sparky_assets.publications.parcels import Parcel, pack
from sparky_assets.publications.site import site_of, site_refusals
from sparky_assets.publications.stock import has_edition, read_insight
from sparky_assets.publications.visibility import visibility_now
from sparky_assets.settings import Settings
from sparky_assets.settings_destination import PagesDestination
from sparky_assets.settings_publishing import AnyDestination

Scope = Literal["all", "local"]
"""`local`: only what stays on this machine: repositories of our own, folders, files to paste."""
PROBLEMS_SHOWN = 5


@dataclass(frozen=True)
class Wish:
    """What a person asked for beside the settings, by names of destinations."""

    again: frozenset[str] = field(default=frozenset())
    """Publish there although the ledger says that it is there, was taken back, or may have arrived."""
    arrived: frozenset[str] = field(default=frozenset())
    """Take as arrived what an earlier run began to send."""


@dataclass(frozen=True)
class Done:
    """The ledger, and what happened at each destination in this run."""

    ledger: Publication
    delivered: tuple[Delivered, ...]

    @property
    def would_change(self) -> bool:
        """Whether anything is new anywhere."""
        return any(one.is_new for one in self.delivered)


def publish_period(
    period: Period, storage: Storage, publisher: Publisher, settings: Settings, *,
    scope: Scope = "all", wish: Wish | None = None,
) -> Done:  # fmt: skip
    """Publish what the store holds of a period at every destination that takes it.

    Raises:
        DataError: when a text may not leave; then nothing leaves anywhere. Or when a destination refused; the others
            are served.
        TransientError: the same, where trying again may help.
    """
    wish = wish or Wish()
    destinations = [one for one in settings.publish.destinations if _takes(one, period, scope)]
    # Without a digest there is nothing to publish; the store says how to make it.
    markdown = storage.read_text(f"digests/{period.kind.value}", period.key)
    _, data = read_insight(storage, period, Audience.INTERNAL)
    ledger = ledger_of(period, storage)
    parcels = [_packed(one, period, storage) for one in destinations if not _is_taken_back(ledger, one, wish)]
    if problems := [f"{one.destination.name}: {why}" for one in parcels for why in one.problems]:
        more = f"; and {len(problems) - PROBLEMS_SHOWN} more" if len(problems) > PROBLEMS_SHOWN else ""
        raise DataError(f"refused at the door, nothing was published: {'; '.join(problems[:PROBLEMS_SHOWN])}{more}")
    known = {
        "markdown_sha256": hashlib.sha256(markdown.encode()).hexdigest(),
        "data_sha256": data,
        "owed": _owed(ledger, parcels, [one for one in settings.publish.destinations if _takes(one, period, "all")]),
    }
    ledger = ledger.model_copy(update=known)
    run = _Run(period, storage, publisher, settings, ledger, wish)
    for parcel in parcels:
        run.deliver(parcel)
    run.raise_what_failed()
    if not publisher.dry_run:
        run.keep()  # also where nothing is switched on: whoever asks for what is missing has an answer
    return Done(run.ledger, tuple(run.delivered))


def ledger_of(period: Period, storage: Storage) -> Publication:
    """What is known of a period's publication; a new ledger where nothing is."""
    name = f"publications/{period.kind.value}"
    if storage.has(name, period.key, "json"):
        return storage.read_document(name, period.key, Publication)
    return Publication(period=period, markdown_sha256="", data_sha256="", places=())


def _takes(destination: AnyDestination, period: Period, scope: Scope) -> bool:
    is_meant = destination.mode != "off" and period.kind.noun in destination.periods
    return is_meant and (scope == "all" or destination.is_local)


def is_published(period: Period, storage: Storage) -> bool:
    """Whether every destination that was to get it has got it."""
    name = f"publications/{period.kind.value}"
    return storage.has(name, period.key, "json") and not storage.read_document(name, period.key, Publication).owed


def _owed(ledger: Publication, parcels: list[Parcel], meant: list[AnyDestination]) -> tuple[str, ...]:
    """Who is to get it now, and who was to get it before: a local run in between does not forget a remote."""
    on = {one.name for one in meant if one.mode == "on"}
    now = [one.destination.name for one in parcels if one.pieces]
    return tuple(name for name in dict.fromkeys((*ledger.owed, *now)) if name in on)


def _is_taken_back(ledger: Publication, destination: AnyDestination, wish: Wish) -> bool:
    place = ledger.place(destination.name)
    return place is not None and place.status == "unpublished" and destination.name not in wish.again


def _packed(destination: AnyDestination, period: Period, storage: Storage) -> Parcel:
    is_public = destination.audience is Audience.PUBLIC
    now = visibility_now(storage) if is_public else {}
    if not has_edition(storage, period, destination.audience):
        return Parcel(destination, (), missing=(f"the {destination.audience} edition of {period} is not in the store",))
    insight, sha = read_insight(storage, period, destination.audience)
    parcel = pack(destination, period, storage, Ground(insight, sha, now))
    if not isinstance(destination, PagesDestination) or not parcel.pieces or parcel.problems:
        return parcel
    site = site_of(destination, period, storage, now)
    return replace(parcel, site=site, problems=tuple(site_refusals(site, destination.audience, now)))


@dataclass
class _Run:
    period: Period
    storage: Storage
    publisher: Publisher
    settings: Settings
    ledger: Publication
    wish: Wish
    delivered: list[Delivered] = field(default_factory=list)
    failed: list[ResourceError] = field(default_factory=list)

    def deliver(self, parcel: Parcel) -> None:
        """Bring one parcel to its destination; what it refuses is kept for the end, so that the others get theirs."""
        destination, before = parcel.destination, self._before(parcel.destination.name)
        dry_run = self.publisher.dry_run or destination.mode == "dry_run"
        if not parcel.pieces:
            place = before or _left_out(parcel)
            self._note(Delivered(place, is_new=False), dry_run=dry_run)
            return
        data = parcel.pieces[0].about.insight_sha256
        job = Job(self.period, data, self.publisher, self.settings, dry_run)
        try:
            if isinstance(destination, PagesDestination):
                done = deliver_pages(parcel, job)
            else:
                done = deliver_post(parcel, job, before, self._write)
        except ResourceError as error:
            self.failed.append(error)
            if not dry_run:
                self._owe(destination.name)
            return
        self._note(done, dry_run=dry_run)

    def _owe(self, name: str) -> None:
        owed = tuple(dict.fromkeys((*self.ledger.owed, name)))
        self.ledger = self.ledger.model_copy(update={"owed": owed})
        if self.ledger.places:
            self.keep()  # where nobody was served yet the period is simply not there

    def raise_what_failed(self) -> None:
        """Tell what was refused, once everybody was served."""
        if not self.failed:
            return
        others = f" Served: {', '.join(one.place.destination for one in self.delivered)}." if self.delivered else ""
        told = " ".join(str(error) for error in self.failed) + others
        raise (TransientError if any(isinstance(one, TransientError) for one in self.failed) else DataError)(told)

    def _before(self, name: str) -> Published | None:
        place = self.ledger.place(name)
        if place is None or name in self.wish.again:
            return None
        if place.status == "pending" and name in self.wish.arrived:
            place = place.model_copy(update={"status": "published", "word": "taken as arrived by somebody"})
            self._write(place)
        return None if place.status == "left_out" else place

    def _note(self, done: Delivered, *, dry_run: bool) -> None:
        self.delivered.append(done)
        # A rehearsal leaves no trace in the ledger either.
        if not dry_run:
            self._write(done.place)

    def _write(self, place: Published) -> None:
        self.ledger = self.ledger.with_place(place)
        self.keep()

    def keep(self) -> None:
        """Write the ledger."""
        self.storage.write_document(f"publications/{self.period.kind.value}", self.period.key, self.ledger)


def _left_out(parcel: Parcel) -> Published:
    one = parcel.destination
    words = "; ".join(parcel.missing)
    return Published(destination=one.name, repository=one.place, kind=one.kind, status="left_out", word=words)
