"""Which edition a period is at: what was published of it, what changed since, and whether it may be written anew."""

from dataclasses import dataclass

from sparky_assets.audience import Audience
from sparky_assets.digests.corrections import Snapshot, allowed, corrections, differs, taken_back
from sparky_assets.digests.dates import page_name
from sparky_assets.digests.desk import Desk
from sparky_assets.digests.products import FIRST_EDITION, Rendered

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


def next_edition(desk: Desk, now: Snapshot) -> Edition:
    """The edition that a digest of these facts would be; what was published first is set aside where it changes."""
    period, storage, key = desk.period, desk.storage, desk.period.key
    if not (_is_published(desk) and storage.has(desk.name(SNAPSHOT), key, "json")):
        return Edition()
    last = storage.read_document(desk.name(SNAPSHOT), key, Snapshot)
    number = storage.read_document(desk.name(), key, Rendered).edition
    if differs(last, now):
        if not allowed(desk.settings.digests.corrections, period.kind):
            return Edition(number, is_kept=True)
        _set_aside(desk, last)
        number += 1
    if not storage.has(desk.name(FIRST_SNAPSHOT), key, "json"):
        return Edition(number)
    first = storage.read_document(desk.name(FIRST_SNAPSHOT), key, Snapshot)
    # The world must not be led back to what was taken from it: a repository that was made private since.
    is_inside = desk.audience is Audience.INTERNAL
    said = tuple(corrections(first, now, name_lost=is_inside))
    is_open = said and (is_inside or not taken_back(first, now))
    return Edition(number, said, f"{page_name(period)}-first-edition.md" if is_open else "")


def remember(desk: Desk, now: Snapshot) -> None:
    """Keep what the edition in the store stands on."""
    desk.storage.write_document(desk.name(SNAPSHOT), desk.period.key, now)


def edition_of(desk: Desk, insight_sha256: str) -> Edition:
    """The edition of the digest in the store, for the products that go with it; kept where it is of older facts."""
    if not desk.storage.has(desk.name(), desk.period.key, "json"):
        return Edition()
    digest = desk.storage.read_document(desk.name(), desk.period.key, Rendered)
    is_kept = digest.insight_sha256 != insight_sha256
    return Edition(digest.edition, digest.corrections, digest.first_edition, is_kept)


def _set_aside(desk: Desk, last: Snapshot) -> None:
    storage, key = desk.storage, desk.period.key
    if storage.has(desk.name(FIRST_SNAPSHOT), key, "json"):
        return
    storage.write_text(desk.name(FIRST_EDITION), key, storage.read_text(desk.name(), key))
    storage.write_document(desk.name(FIRST_EDITION), key, storage.read_document(desk.name(), key, Rendered))
    storage.write_document(desk.name(FIRST_SNAPSHOT), key, last)


def _is_published(desk: Desk) -> bool:
    return desk.storage.has(f"publications/{desk.period.kind.value}", desk.period.key, "json")
