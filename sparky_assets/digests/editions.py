"""Which edition a period is at: what was published of it, what changed since, and whether it may be written anew."""

from dataclasses import dataclass

from resources.storage import Storage
from sparky_assets.audience import Audience
from sparky_assets.digests.corrections import Policy, Snapshot, allowed, corrections, differs, taken_back
from sparky_assets.digests.dates import page_name
from sparky_assets.digests.products import FIRST_EDITION, Product, Rendered, store_name
from sparky_assets.periods import Period

SNAPSHOT, FIRST_SNAPSHOT = "snapshot", "first_snapshot"
"""The parts of the store that keep what an edition stood on."""


@dataclass(frozen=True)
class Edition:
    """What the next text says of earlier ones."""

    number: int = 1
    corrections: tuple[str, ...] = ()
    first: str = ""
    """The file of the first edition, beside the page."""
    is_kept: bool = False
    """The published text stays as it is, although facts changed."""


def next_edition(period: Period, storage: Storage, audience: Audience, now: Snapshot, policy: Policy) -> Edition:
    """The edition that a digest of these facts would be; what was published first is set aside where it changes."""
    name, key = store_name(period, audience), period.key
    if not (_is_published(period, storage) and storage.has(_part(period, audience, SNAPSHOT), key, "json")):
        return Edition()
    last = storage.read_document(_part(period, audience, SNAPSHOT), key, Snapshot)
    number = storage.read_document(name, key, Rendered).edition
    if differs(last, now):
        if not allowed(policy, period.kind):
            return Edition(number, is_kept=True)
        _set_aside(period, storage, audience, last)
        number += 1
    if not storage.has(_part(period, audience, FIRST_SNAPSHOT), key, "json"):
        return Edition(number)
    first = storage.read_document(_part(period, audience, FIRST_SNAPSHOT), key, Snapshot)
    # The world must not be led back to what was taken from it: a repository that was made private since.
    is_open = audience is Audience.INTERNAL or not taken_back(first, now)
    said = tuple(corrections(first, now, name_lost=audience is Audience.INTERNAL))
    return Edition(number, said, f"{page_name(period)}-first-edition.md" if is_open and said else "")


def remember(period: Period, storage: Storage, audience: Audience, now: Snapshot) -> None:
    """Keep what the edition in the store stands on."""
    storage.write_document(_part(period, audience, SNAPSHOT), period.key, now)


def edition_of(period: Period, storage: Storage, audience: Audience, insight_sha256: str) -> Edition:
    """The edition of the digest in the store, for the products that go with it; kept where it is of older facts."""
    name = store_name(period, audience)
    if not storage.has(name, period.key, "json"):
        return Edition()
    digest = storage.read_document(name, period.key, Rendered)
    return Edition(
        digest.edition, digest.corrections, digest.first_edition, is_kept=digest.insight_sha256 != insight_sha256
    )


def _set_aside(period: Period, storage: Storage, audience: Audience, last: Snapshot) -> None:
    if storage.has(_part(period, audience, FIRST_SNAPSHOT), period.key, "json"):
        return
    name, first = store_name(period, audience, Product.DIGEST), _part(period, audience, FIRST_EDITION)
    storage.write_text(first, period.key, storage.read_text(name, period.key))
    storage.write_document(first, period.key, storage.read_document(name, period.key, Rendered))
    storage.write_document(_part(period, audience, FIRST_SNAPSHOT), period.key, last)


def _is_published(period: Period, storage: Storage) -> bool:
    return storage.has(f"publications/{period.kind.value}", period.key, "json")


def _part(period: Period, audience: Audience, part: str) -> str:
    return store_name(period, audience, part)
