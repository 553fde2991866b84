"""Publish a period everywhere: the door for all of it first, then each destination, and the ledger after each."""

import hashlib
from dataclasses import dataclass, field, replace
from typing import Literal

from resources.errors import ResourceError, TransientError
from resources.git.local import Publisher
from resources.storage import Storage
from sparky_assets.errors import DataError
from sparky_assets.periods import Period
from sparky_assets.publications.bundle import PublicationBundle, build_bundle
from sparky_assets.publications.checks import CheckContext, load_visibility
from sparky_assets.publications.messages import deliver_post
from sparky_assets.publications.models import LedgerEntry, PublicationLedger
from sparky_assets.publications.pages import DeliveryResult, PublishJob, deliver_pages
from sparky_assets.publications.site import build_destination_site, check_site
from sparky_assets.publications.stored_products import has_edition, read_insight
from sparky_assets.settings.destinations import AnyDestination, PagesDestination
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience, digest_path, publications_path

PublishScope = Literal["all", "local"]
"""`local`: only what stays on this machine: repositories of our own, folders, files to paste."""


MAX_PROBLEMS_SHOWN = 5


@dataclass(frozen=True)
class PublishOverrides:
    """What a person asked for beside the settings, by names of destinations."""

    republish: frozenset[str] = field(default=frozenset())
    """Publish there although the ledger says that it is there, was taken back, or may have arrived."""
    mark_delivered: frozenset[str] = field(default=frozenset())
    """Take as arrived what an earlier run began to send."""


@dataclass(frozen=True)
class PublishResult:
    """The ledger, and what happened at each destination in this run."""

    ledger: PublicationLedger
    deliveries: tuple[DeliveryResult, ...]

    @property
    def has_changes(self) -> bool:
        """Whether anything is new anywhere."""
        return any(one.is_new for one in self.deliveries)


def publish_period(
    period: Period, storage: Storage, publisher: Publisher, settings: Settings, *,
    scope: PublishScope = "all", overrides: PublishOverrides | None = None,
) -> PublishResult:  # fmt: skip
    """Publish what the store holds of a period at every destination that takes it.

    Raises:
        DataError: when a text may not leave; then nothing leaves anywhere. Or when a destination refused; the others
            are served.
        TransientError: the same, where trying again may help.
    """
    overrides = overrides or PublishOverrides()
    destinations = [one for one in settings.publish.destinations if _is_selected(one, period, scope)]
    # Without a digest there is nothing to publish; the store says how to make it.
    markdown = storage.read_text(digest_path(period.kind), period.key)
    _, data = read_insight(storage, period, Audience.INTERNAL)
    ledger = load_ledger(period, storage)
    parcels = [
        _build_checked_bundle(one, period, storage) for one in destinations if not _is_retracted(ledger, one, overrides)
    ]
    if problems := [f"{one.destination.name}: {why}" for one in parcels for why in one.problems]:
        more = f"; and {len(problems) - MAX_PROBLEMS_SHOWN} more" if len(problems) > MAX_PROBLEMS_SHOWN else ""
        raise DataError(f"refused at the door, nothing was published: {'; '.join(problems[:MAX_PROBLEMS_SHOWN])}{more}")
    known = {
        "markdown_sha256": hashlib.sha256(markdown.encode()).hexdigest(),
        "data_sha256": data,
        "owed": _list_pending(
            ledger, parcels, [one for one in settings.publish.destinations if _is_selected(one, period, "all")]
        ),
    }
    ledger = ledger.model_copy(update=known)
    run = PublishRun(period, storage, publisher, settings, ledger, overrides)
    for parcel in parcels:
        run.deliver_bundle(parcel)
    run.raise_errors()
    if not publisher.dry_run:
        run.write_ledger()  # also where nothing is switched on: whoever asks for what is missing has an answer
    return PublishResult(run.ledger, tuple(run.deliveries))


def load_ledger(period: Period, storage: Storage) -> PublicationLedger:
    """What is known of a period's publication; a new ledger where nothing is."""
    name = publications_path(period.kind)
    if storage.has(name, period.key, "json"):
        return storage.read_document(name, period.key, PublicationLedger)
    return PublicationLedger(period=period, markdown_sha256="", data_sha256="", places=())


def _is_selected(destination: AnyDestination, period: Period, scope: PublishScope) -> bool:
    is_meant = destination.mode != "off" and period.kind.noun in destination.periods
    return is_meant and (scope == "all" or destination.is_local)


def is_published(period: Period, storage: Storage) -> bool:
    """Whether every destination that was to get it has got it."""
    name = publications_path(period.kind)
    return storage.has(name, period.key, "json") and not storage.read_document(name, period.key, PublicationLedger).owed


def _list_pending(
    ledger: PublicationLedger, bundles: list[PublicationBundle], destinations: list[AnyDestination]
) -> tuple[str, ...]:
    """Who is to get it now, and who was to get it before: a local run in between does not forget a remote."""
    on = {one.name for one in destinations if one.mode == "on"}
    now = [one.destination.name for one in bundles if one.texts]
    return tuple(name for name in dict.fromkeys((*ledger.owed, *now)) if name in on)


def _is_retracted(ledger: PublicationLedger, destination: AnyDestination, overrides: PublishOverrides) -> bool:
    place = ledger.find_entry(destination.name)
    return place is not None and place.status == "unpublished" and destination.name not in overrides.republish


def _build_checked_bundle(destination: AnyDestination, period: Period, storage: Storage) -> PublicationBundle:
    is_public = destination.audience is Audience.PUBLIC
    now = load_visibility(storage) if is_public else {}
    if not has_edition(storage, period, destination.audience):
        return PublicationBundle(
            destination, (), missing=(f"the {destination.audience} edition of {period} is not in the store",)
        )
    insight, sha = read_insight(storage, period, destination.audience)
    parcel = build_bundle(destination, period, storage, CheckContext(insight, sha, now))
    if not isinstance(destination, PagesDestination) or not parcel.texts or parcel.problems:
        return parcel
    site = build_destination_site(destination, period, storage, now)
    return replace(parcel, site=site, problems=tuple(check_site(site, destination.audience, now)))


@dataclass
class PublishRun:
    period: Period
    storage: Storage
    publisher: Publisher
    settings: Settings
    ledger: PublicationLedger
    overrides: PublishOverrides
    deliveries: list[DeliveryResult] = field(default_factory=list)
    errors: list[ResourceError] = field(default_factory=list)

    def deliver_bundle(self, bundle: PublicationBundle) -> None:
        """Bring one parcel to its destination; what it refuses is kept for the end, so that the others get theirs."""
        destination, before = bundle.destination, self._find_previous_entry(bundle.destination.name)
        dry_run = self.publisher.dry_run or destination.mode == "dry_run"
        if not bundle.texts:
            place = before or _build_left_out_entry(bundle)
            self._record_result(DeliveryResult(place, is_new=False), dry_run=dry_run)
            return
        data = bundle.texts[0].manifest.insight_sha256
        job = PublishJob(self.period, data, self.publisher, self.settings, dry_run)
        try:
            if isinstance(destination, PagesDestination):
                done = deliver_pages(bundle, job)
            else:
                done = deliver_post(bundle, job, before, self._record_entry)
        except ResourceError as error:
            self.errors.append(error)
            if not dry_run:
                self._add_pending(destination.name)
            return
        self._record_result(done, dry_run=dry_run)

    def _add_pending(self, destination_name: str) -> None:
        owed = tuple(dict.fromkeys((*self.ledger.owed, destination_name)))
        self.ledger = self.ledger.model_copy(update={"owed": owed})
        if self.ledger.places:
            self.write_ledger()  # where nobody was served yet the period is simply not there

    def raise_errors(self) -> None:
        """Tell what was refused, once everybody was served."""
        if not self.errors:
            return
        others = f" Served: {', '.join(one.entry.destination for one in self.deliveries)}." if self.deliveries else ""
        told = " ".join(str(error) for error in self.errors) + others
        raise (TransientError if any(isinstance(one, TransientError) for one in self.errors) else DataError)(told)

    def _find_previous_entry(self, destination_name: str) -> LedgerEntry | None:
        place = self.ledger.find_entry(destination_name)
        if place is None or destination_name in self.overrides.republish:
            return None
        if place.status == "pending" and destination_name in self.overrides.mark_delivered:
            place = place.model_copy(update={"status": "published", "word": "taken as arrived by somebody"})
            self._record_entry(place)
        return None if place.status == "left_out" else place

    def _record_result(self, result: DeliveryResult, *, dry_run: bool) -> None:
        self.deliveries.append(result)
        # A rehearsal leaves no trace in the ledger either.
        if not dry_run:
            self._record_entry(result.entry)

    def _record_entry(self, entry: LedgerEntry) -> None:
        self.ledger = self.ledger.replace_entry(entry)
        self.write_ledger()

    def write_ledger(self) -> None:
        """Write the ledger."""
        self.storage.write_document(publications_path(self.period.kind), self.period.key, self.ledger)


def _build_left_out_entry(bundle: PublicationBundle) -> LedgerEntry:
    one = bundle.destination
    words = "; ".join(bundle.missing)
    return LedgerEntry(destination=one.name, repository=one.location, kind=one.kind, status="left_out", word=words)
