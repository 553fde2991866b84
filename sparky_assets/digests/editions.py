"""Which edition a period is at: what was published of it, what changed since, and whether it may be written anew."""

from dataclasses import dataclass

from sparky_assets.audience import Audience
from sparky_assets.digests.corrections import allowed, corrections, differs, taken_back
from sparky_assets.digests.dates import page_name
from sparky_assets.digests.desk import Desk
from sparky_assets.digests.products import FIRST_EDITION, FIRST_INSIGHT, INSIGHT, Rendered
from sparky_assets.insights.models import Insight


@dataclass(frozen=True)
class Edition:
    """What the next text says of earlier ones, and the insight that it is made from."""

    insight: Insight
    number: int = 1
    corrections: tuple[str, ...] = ()
    first: str = ""
    """The file of the first edition, beside the page."""
    is_kept: bool = False
    """It tells what the edition before it told: its pictures are those that are in the store."""


def next_edition(desk: Desk, now: Insight) -> Edition:
    """The edition that the next digest is. What was published is told again from the facts that it was made from,
    unless these changed and may be corrected; then the first edition is set aside before anything is overwritten.
    """
    period, storage, key = desk.period, desk.storage, desk.period.key
    if not (_is_published(desk) and storage.has(desk.name(INSIGHT), key, "json")):
        return Edition(now)
    told = storage.read_document(desk.name(INSIGHT), key, Insight)
    number = storage.read_document(desk.name(), key, Rendered).edition
    is_corrected = differs(told, now) and allowed(desk.settings.digests.corrections, period.kind)
    if is_corrected:
        _set_aside(desk, told)
        told, number = now, number + 1
    if not storage.has(desk.name(FIRST_INSIGHT), key, "json"):
        return Edition(told, number, is_kept=True)
    first = storage.read_document(desk.name(FIRST_INSIGHT), key, Insight)
    # The world must not be led back to what was taken from it: a repository that was made private since.
    is_inside = desk.audience is Audience.INTERNAL
    said = tuple(corrections(first, told, name_lost=is_inside))
    is_open = said and (is_inside or not taken_back(first, told))
    file = f"{page_name(period)}-first-edition.md" if is_open else ""
    return Edition(told, number, said, file, is_kept=not is_corrected)


def remember(desk: Desk, told: Insight) -> str:
    """Keep what the digest is made from; gives the hash of its bytes."""
    return desk.storage.write_document(desk.name(INSIGHT), desk.period.key, told).sha256


def edition_of(desk: Desk) -> tuple[Edition, str]:
    """The edition of the digest in the store, for the products that go with it, and the hash of its insight."""
    digest = desk.storage.read_document(desk.name(), desk.period.key, Rendered)
    told = desk.storage.read_document(desk.name(INSIGHT), desk.period.key, Insight)
    edition = Edition(
        told,
        digest.edition,
        digest.corrections,
        digest.first_edition,
        is_kept=_is_published(desk) and digest.edition == 1,
    )
    return edition, digest.insight_sha256


def _set_aside(desk: Desk, last: Insight) -> None:
    storage, key = desk.storage, desk.period.key
    if storage.has(desk.name(FIRST_INSIGHT), key, "json"):
        return
    storage.write_text(desk.name(FIRST_EDITION), key, storage.read_text(desk.name(), key))
    storage.write_document(desk.name(FIRST_EDITION), key, storage.read_document(desk.name(), key, Rendered))
    storage.write_document(desk.name(FIRST_INSIGHT), key, last)


def _is_published(desk: Desk) -> bool:
    return desk.storage.has(f"publications/{desk.period.kind.value}", desk.period.key, "json")
