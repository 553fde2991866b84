"""Publish a period: pre-publish checks for all destinations first, then each destination, and the ledger after each.

How files and messages reach a destination is in `pages` and `messages`; what may not leave is in `checks`.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from resources.errors import ResourceError, TransientError
from resources.git.local import Publisher
from resources.storage import Storage
from sparky_assets.destinations.base import PagesDestination
from sparky_assets.destinations.registry import AnyDestination
from sparky_assets.digests.context import load_visibility
from sparky_assets.errors import DataError
from sparky_assets.orchestration.run_tags import PUBLISH_ALL
from sparky_assets.periods import Period
from sparky_assets.publications.bundle import PublicationBundle, build_bundle
from sparky_assets.publications.checks import CheckContext
from sparky_assets.publications.messages import deliver_post
from sparky_assets.publications.models import LedgerEntry, PublicationLedger
from sparky_assets.publications.pages import DeliveryResult, PublishJob, deliver_pages
from sparky_assets.publications.site import build_destination_site, check_site
from sparky_assets.publications.stored_products import has_edition, load_insight
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience, digest_path, publications_path

MAX_PROBLEMS_SHOWN = 5


@dataclass(frozen=True)
class PublishOverrides:
    """What a person asked for on the command line, by names of destinations."""

    republish: frozenset[str] = field(default=frozenset())
    """Publish again, even if the ledger says published, unpublished or pending."""
    mark_delivered: frozenset[str] = field(default=frozenset())
    """Mark an interrupted delivery as delivered."""


@dataclass(frozen=True)
class PublishResult:
    """The ledger, and the result at each destination in this run."""

    ledger: PublicationLedger
    deliveries: tuple[DeliveryResult, ...]

    @property
    def has_changes(self) -> bool:
        """Whether anything is new at any destination."""
        return any(delivery.is_new for delivery in self.deliveries)


def publish_period(
    period: Period, storage: Storage, publisher: Publisher, settings: Settings, *,
    scope: str = PUBLISH_ALL, overrides: PublishOverrides | None = None,
) -> PublishResult:  # fmt: skip
    """Publish the stored texts of a period at every destination that takes them.

    Args:
        period: A closed period with a digest in the store.
        storage: The store with the texts and ledgers.
        publisher: Author of commits, and whether this is a dry run.
        settings: The settings with the destinations.
        scope: `all`, or `local` for what stays on this machine: own repositories, folders and files to paste.
        overrides: What a person asked for beside the settings.

    Raises:
        DataError: when a pre-publish check fails (then nothing is published anywhere), or when a destination refuses
            (then the others are still served).
        TransientError: when a destination could not be reached and trying again may help.
    """
    overrides = overrides or PublishOverrides()
    # Without a digest there is nothing to publish; the store's error says how to make it.
    markdown = storage.read_text(digest_path(period.kind), period.key)
    ledger = load_ledger(period, storage)
    selected = [
        destination for destination in settings.publish.destinations if _is_selected(destination, period, scope)
    ]
    targets = [destination for destination in selected if not _is_retracted(ledger, destination, overrides)]
    contexts = _load_contexts(period, storage, {destination.audience for destination in targets})
    bundles = [
        _build_checked_bundle(destination, period, storage, contexts.get(destination.audience))
        for destination in targets
    ]
    _require_no_problems(bundles)
    ever_selected = [
        destination for destination in settings.publish.destinations if _is_selected(destination, period, PUBLISH_ALL)
    ]
    hashes = {
        "markdown_sha256": hashlib.sha256(markdown.encode()).hexdigest(),
        "data_sha256": contexts[Audience.INTERNAL].insight_sha256,
        "owed": _list_pending(ledger, bundles, ever_selected),
    }
    run = PublishRun(period, storage, publisher, settings, ledger.model_copy(update=hashes), overrides)
    for bundle in bundles:
        run.deliver_bundle(bundle)
    run.raise_errors()
    if not publisher.dry_run:
        # Also without any destination: an empty ledger says that the period needs no publication.
        run.write_ledger()
    return PublishResult(run.ledger, tuple(run.deliveries))


def load_ledger(period: Period, storage: Storage) -> PublicationLedger:
    """Return the ledger of a period; an empty one when it was never published."""
    name = publications_path(period.kind)
    if storage.has(name, period.key, "json"):
        return storage.read_document(name, period.key, PublicationLedger)
    return PublicationLedger(period=period, markdown_sha256="", data_sha256="", places=())


def _is_selected(destination: AnyDestination, period: Period, scope: str) -> bool:
    takes_period = destination.mode != "off" and period.kind.noun in destination.periods
    return takes_period and (scope == PUBLISH_ALL or destination.is_local)


def _is_retracted(ledger: PublicationLedger, destination: AnyDestination, overrides: PublishOverrides) -> bool:
    entry = ledger.find_entry(destination.name)
    return entry is not None and entry.status == "unpublished" and destination.name not in overrides.republish


def _load_contexts(period: Period, storage: Storage, audiences: Iterable[Audience]) -> dict[Audience, CheckContext]:
    """Read the insight of each audience once; an audience without an edition has no context."""
    contexts = {}
    for audience in {Audience.INTERNAL, *audiences}:
        # The internal edition always exists: without it the store's error says what to make.
        if audience is Audience.INTERNAL or has_edition(storage, period, audience):
            insight, insight_sha256 = load_insight(storage, period, audience)
            visibility = load_visibility(storage) if audience is Audience.PUBLIC else {}
            contexts[audience] = CheckContext(insight, insight_sha256, visibility)
    return contexts


def _build_checked_bundle(
    destination: AnyDestination, period: Period, storage: Storage, context: CheckContext | None
) -> PublicationBundle:
    if context is None:
        reason = f"the {destination.audience} edition of {period} is not in the store"
        return PublicationBundle(destination, (), missing=(reason,))
    bundle = build_bundle(destination, period, storage, context)
    if not isinstance(destination, PagesDestination) or not bundle.texts or bundle.problems:
        return bundle
    site = build_destination_site(destination, period, storage, context)
    problems = tuple(check_site(site, destination.audience, context.visibility))
    return replace(bundle, site=site, problems=problems)


def _require_no_problems(bundles: Iterable[PublicationBundle]) -> None:
    problems = [f"{bundle.destination.name}: {problem}" for bundle in bundles for problem in bundle.problems]
    if problems:
        hidden_count = len(problems) - MAX_PROBLEMS_SHOWN
        more = f"; and {hidden_count} more" if hidden_count > 0 else ""
        shown = "; ".join(problems[:MAX_PROBLEMS_SHOWN])
        raise DataError(f"pre-publish check failed; nothing was published: {shown}{more}")


def _list_pending(
    ledger: PublicationLedger, bundles: Iterable[PublicationBundle], destinations: Iterable[AnyDestination]
) -> tuple[str, ...]:
    """Return the destinations to serve now, and those still pending: a local run does not forget a remote one."""
    active = {destination.name for destination in destinations if destination.mode == "on"}
    current = [bundle.destination.name for bundle in bundles if bundle.texts]
    return tuple(name for name in dict.fromkeys((*ledger.owed, *current)) if name in active)


@dataclass
class PublishRun:
    """One publication in progress: the ledger, the results so far, and the errors to raise at the end."""

    period: Period
    storage: Storage
    publisher: Publisher
    settings: Settings
    ledger: PublicationLedger
    overrides: PublishOverrides
    deliveries: list[DeliveryResult] = field(default_factory=list)
    errors: list[ResourceError] = field(default_factory=list)

    def deliver_bundle(self, bundle: PublicationBundle) -> None:
        """Publish one bundle. An error is kept for the end, so that the other destinations are served."""
        destination = bundle.destination
        previous = self._find_previous_entry(destination.name)
        dry_run = self.publisher.dry_run or destination.mode == "dry_run"
        if not bundle.texts:
            entry = previous or _build_left_out_entry(bundle)
            self._record_result(DeliveryResult(entry, is_new=False), dry_run=dry_run)
            return
        data_sha256 = bundle.texts[0].manifest.insight_sha256
        job = PublishJob(self.period, data_sha256, self.publisher, self.settings, dry_run)
        try:
            if isinstance(destination, PagesDestination):
                result = deliver_pages(bundle, job)
            else:
                result = deliver_post(bundle, job, previous, self._record_entry)
        except ResourceError as error:
            self.errors.append(error)
            if not dry_run:
                self._add_pending(destination.name)
            return
        self._record_result(replace(result, awaits_mode=destination.mode == "dry_run"), dry_run=dry_run)

    def _add_pending(self, destination_name: str) -> None:
        pending = tuple(dict.fromkeys((*self.ledger.owed, destination_name)))
        self.ledger = self.ledger.model_copy(update={"owed": pending})
        if self.ledger.places:  # before the first delivery a period has no ledger
            self.write_ledger()

    def raise_errors(self) -> None:
        """Raise the errors of all destinations as one, once every destination was tried."""
        if not self.errors:
            return
        message = " ".join(str(error) for error in self.errors)
        if self.deliveries:
            message += f" Served: {', '.join(delivery.entry.destination for delivery in self.deliveries)}."
        if any(isinstance(error, TransientError) for error in self.errors):
            raise TransientError(message)
        raise DataError(message)

    def _find_previous_entry(self, destination_name: str) -> LedgerEntry | None:
        entry = self.ledger.find_entry(destination_name)
        if entry is None or destination_name in self.overrides.republish:
            return None
        if entry.status == "pending" and destination_name in self.overrides.mark_delivered:
            entry = entry.model_copy(update={"status": "published", "word": "marked as delivered"})
            self._record_entry(entry)
        return None if entry.status == "left_out" else entry

    def _record_result(self, result: DeliveryResult, *, dry_run: bool) -> None:
        self.deliveries.append(result)
        # A dry run does not change the ledger.
        if not dry_run:
            self._record_entry(result.entry)

    def _record_entry(self, entry: LedgerEntry) -> None:
        self.ledger = self.ledger.replace_entry(entry)
        self.write_ledger()

    def write_ledger(self) -> None:
        """Write the ledger to the store."""
        self.storage.write_document(publications_path(self.period.kind), self.period.key, self.ledger)


def _build_left_out_entry(bundle: PublicationBundle) -> LedgerEntry:
    destination = bundle.destination
    return LedgerEntry(
        destination=destination.name,
        repository=destination.location,
        kind=destination.kind,
        status="left_out",
        word="; ".join(bundle.missing),
    )
