"""Which edition a period is at: what was published of it, what changed since, and whether it may be written anew.

What changed since a text was first published, in whole sentences. Pure.

A commit that lands days after its date, a release that is published late: the period is counted again, and a reader of
the new text must see what became of the old one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from sparky_assets.digests.context import ProductContext
from sparky_assets.digests.footer import numbers_table
from sparky_assets.digests.models import FIRST_EDITION_PART, FIRST_INSIGHT_PART, INSIGHT_PART, ProductManifest
from sparky_assets.digests.titles import format_page_name
from sparky_assets.insights.models import Insight
from sparky_assets.metrics.definitions import LOOKBACK_METRICS
from sparky_assets.periods import PeriodKind
from sparky_assets.store import Audience, publications_path
from sparky_assets.text.words import join_words

CorrectionPolicy = Literal["always", "weeks_and_months", "never"]


LOOKBACK_METRIC_NAMES = {metric.name for metric in LOOKBACK_METRICS}


MAX_NAMED_REFERENCES = 5
"""References that are named; beyond it is said how many there are."""


def may_correct(policy: CorrectionPolicy, kind: PeriodKind) -> bool:
    """Whether a published text of this kind may be corrected."""
    return policy == "always" or (policy == "weeks_and_months" and kind is not PeriodKind.DAILY)


def facts_changed(first: Insight, current: Insight) -> bool:
    """Whether the facts changed; another choice or wording of the same facts is no correction."""
    lacked = (first.notes, first.unreadable) != (current.notes, current.unreadable)
    return lacked or _get_numbers(first) != _get_numbers(current) or first.records != current.records


def lost_evidence(first: Insight, current: Insight) -> bool:
    """Whether something that the first edition could cite is gone: a repository that was made private, for example."""
    return not _get_references(first).keys() <= _get_references(current).keys()


def list_corrections(first: Insight, current: Insight, *, with_lost_references: bool = True) -> Iterator[str]:
    """What changed, number by number, what came and went; what is lost is not named where it may be secret now."""
    before, after = _get_numbers(first), _get_numbers(current)
    for label in [*before, *(one for one in after if one not in before)]:
        old, new = before.get(label, "0"), after.get(label, "0")
        if old != new:
            yield f"{label}: {new}, in the first edition {old}."
    if {*first.notes, *first.unreadable} - {*current.notes, *current.unreadable}:
        yield "Something that the first edition had to do without is in this one."
    yield from _format_added_references("Came late", _get_references(current), _get_references(first))
    if with_lost_references:
        yield from _format_added_references("No longer there", _get_references(first), _get_references(current))


def _format_added_references(
    label: str, references: Mapping[str, str], other_references: Mapping[str, str]
) -> Iterator[str]:
    keys = [key for key in references if key not in other_references]
    if keys:
        named = [references[key] for key in keys[:MAX_NAMED_REFERENCES]]
        more = (
            f"{', '.join(named)} and {len(keys) - MAX_NAMED_REFERENCES:,} more"
            if len(keys) > MAX_NAMED_REFERENCES
            else join_words(named)
        )
        yield f"{label}: {more}."


def _get_numbers(insight: Insight) -> dict[str, str]:
    # What only looking back tells changes as history is counted; that corrects nothing.
    own = [fact for fact in insight.facts if fact.metric not in LOOKBACK_METRIC_NAMES]
    return {row.label: row.value for row in numbers_table(insight.model_copy(update={"facts": tuple(own)}))}


def _get_references(insight: Insight) -> dict[str, str]:
    """What was merged, pushed or published, by key."""
    finished = {"merged", "pushed", "published"}
    return {item.key: item.reference for item in insight.evidence if item.state in finished}


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
    return context.storage.has(publications_path(context.period.kind), context.period.key, "json")
