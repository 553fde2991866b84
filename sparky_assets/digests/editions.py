"""Which edition a period is at: what was published of it, what changed since, and whether it may be written anew."""

from dataclasses import dataclass

from sparky_assets.digests.context import ProductContext
from sparky_assets.digests.corrections import facts_changed, list_corrections, lost_evidence, may_correct
from sparky_assets.digests.dates import format_page_name
from sparky_assets.digests.products import FIRST_EDITION_PART, FIRST_INSIGHT_PART, INSIGHT_PART, ProductManifest
from sparky_assets.insights.models import Insight
from sparky_assets.store import Audience


@dataclass(frozen=True)
class Edition:
    """What the next text says of earlier ones, and the insight that it is made from."""

    insight: Insight
    number: int = 1
    corrections: tuple[str, ...] = ()
    first_edition_file: str = ""
    """The file of the first edition, beside the page."""
    keeps_pictures: bool = False
    """It tells what the edition before it told: its pictures are those that are in the store."""


def prepare_edition(context: ProductContext, current: Insight) -> Edition:
    """The edition that the next digest is. What was published is told again from the facts that it was made from,
    unless these changed and may be corrected; then the first edition is set aside before anything is overwritten.
    """
    period, storage, key = context.period, context.storage, context.period.key
    if not (_is_published(context) and storage.has(context.get_part_path(INSIGHT_PART), key, "json")):
        return Edition(current)
    told = storage.read_document(context.get_part_path(INSIGHT_PART), key, Insight)
    number = storage.read_document(context.get_part_path(), key, ProductManifest).edition
    is_corrected = facts_changed(told, current) and may_correct(context.settings.digests.corrections, period.kind)
    if is_corrected:
        _keep_first_edition(context, told)
        told, number = current, number + 1
    if not storage.has(context.get_part_path(FIRST_INSIGHT_PART), key, "json"):
        return Edition(told, number, keeps_pictures=True)
    first = storage.read_document(context.get_part_path(FIRST_INSIGHT_PART), key, Insight)
    # The world must not be led back to what was taken from it: a repository that was made private since.
    is_inside = context.audience is Audience.INTERNAL
    said = tuple(list_corrections(first, told, with_lost_references=is_inside))
    is_open = said and (is_inside or not lost_evidence(first, told))
    file = f"{format_page_name(period)}-first-edition.md" if is_open else ""
    return Edition(told, number, said, file, keeps_pictures=not is_corrected)


def store_insight(context: ProductContext, insight: Insight) -> str:
    """Keep what the digest is made from; gives the hash of its bytes."""
    return context.storage.write_document(context.get_part_path(INSIGHT_PART), context.period.key, insight).sha256


def load_edition(context: ProductContext) -> tuple[Edition, str]:
    """The edition of the digest in the store, for the products that go with it, and the hash of its insight."""
    digest = context.storage.read_document(context.get_part_path(), context.period.key, ProductManifest)
    told = context.storage.read_document(context.get_part_path(INSIGHT_PART), context.period.key, Insight)
    edition = Edition(
        told,
        digest.edition,
        digest.corrections,
        digest.first_edition,
        keeps_pictures=_is_published(context) and digest.edition == 1,
    )
    return edition, digest.insight_sha256


def _keep_first_edition(context: ProductContext, insight: Insight) -> None:
    storage, key = context.storage, context.period.key
    if storage.has(context.get_part_path(FIRST_INSIGHT_PART), key, "json"):
        return
    storage.write_text(context.get_part_path(FIRST_EDITION_PART), key, storage.read_text(context.get_part_path(), key))
    storage.write_document(
        context.get_part_path(FIRST_EDITION_PART),
        key,
        storage.read_document(context.get_part_path(), key, ProductManifest),
    )
    storage.write_document(context.get_part_path(FIRST_INSIGHT_PART), key, insight)


def _is_published(context: ProductContext) -> bool:
    return context.storage.has(f"publications/{context.period.kind.value}", context.period.key, "json")
