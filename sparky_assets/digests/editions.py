"""Editions: which edition of a published text comes next, and what it corrects.

A commit can arrive days after its date, and a release can be published late. Then the period is counted again, and
readers of the new text must see what changed since the first edition.

The insight of a digest is stored a second time, beside the digest (`digests/weekly_insight`), and not only in
`insights/weekly`: a published text must stay verifiable against the facts that it was made from, after stage 3 has
overwritten its own insight with newer ones. Its path has no edition because stores of earlier versions have none.
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
"""References that a correction names; it counts the rest."""


@dataclass(frozen=True)
class Edition:
    """The insight of the next text, and what that text says about earlier editions."""

    insight: Insight
    number: int = 1
    corrections: tuple[str, ...] = ()
    first_edition_file: str = ""
    """The file of the first edition, beside the page; empty if the text does not link to it."""
    keeps_pictures: bool = False
    """True if the facts are those of the edition before: the stored pictures are used again."""


def may_correct(policy: CorrectionPolicy, kind: PeriodKind) -> bool:
    """Return whether a published text of this kind may be corrected."""
    return policy == "always" or (policy == "weeks_and_months" and kind is not PeriodKind.DAILY)


def facts_changed(first: Insight, current: Insight) -> bool:
    """Return whether the facts changed. Another selection or wording of the same facts is no correction."""
    gaps_changed = (first.notes, first.unreadable) != (current.notes, current.unreadable)
    return gaps_changed or _get_numbers(first) != _get_numbers(current) or first.records != current.records


def lost_evidence(first: Insight, current: Insight) -> bool:
    """Return whether evidence of the first edition is gone, for example since a repository became private."""
    return not _get_references(first).keys() <= _get_references(current).keys()


def list_corrections(first: Insight, current: Insight, *, with_lost_references: bool = True) -> Iterator[str]:
    """Yield what changed since the first edition, in whole sentences: numbers, then references.

    Args:
        first: The insight of the first edition.
        current: The insight of the new edition.
        with_lost_references: False if readers must not learn what was removed, since it may be private now.
    """
    before, after = _get_numbers(first), _get_numbers(current)
    for label in dict.fromkeys([*before, *after]):
        old_value, new_value = before.get(label, "0"), after.get(label, "0")
        if old_value != new_value:
            yield f"{label}: {new_value} ({old_value} in the first edition)."
    if {*first.notes, *first.unreadable} - {*current.notes, *current.unreadable}:
        yield "This edition includes data that was missing in the first edition."
    old_references, new_references = _get_references(first), _get_references(current)
    yield from _format_new_references("Added since the first edition", new_references, old_references)
    if with_lost_references:
        yield from _format_new_references("Removed since the first edition", old_references, new_references)


def prepare_edition(context: ProductContext, current: Insight) -> Edition:
    """Return the edition of the next digest.

    A published text keeps the facts that it was made from, unless these changed and the settings allow a correction.
    Then the first edition is stored apart before anything is overwritten.
    """
    period, storage, key = context.period, context.storage, context.period.key
    if not (_is_published(context) and storage.has(context.get_part_path(INSIGHT_PART), key, "json")):
        return Edition(current)
    published = storage.read_document(context.get_part_path(INSIGHT_PART), key, Insight)
    insight = published
    number = storage.read_document(context.get_part_path(), key, ProductManifest).edition
    is_corrected = facts_changed(published, current) and may_correct(context.settings.digests.corrections, period.kind)
    if is_corrected:
        _keep_first_edition(context, published)
        insight = current
        number += 1
    if not storage.has(context.get_part_path(FIRST_INSIGHT_PART), key, "json"):
        return Edition(insight, number, keeps_pictures=True)
    first = storage.read_document(context.get_part_path(FIRST_INSIGHT_PART), key, Insight)
    # A public text must not link to a first edition that names a repository which is private now.
    is_internal = context.audience is Audience.INTERNAL
    corrections = tuple(list_corrections(first, insight, with_lost_references=is_internal))
    may_link = bool(corrections) and (is_internal or not lost_evidence(first, insight))
    first_edition_file = f"{format_page_name(period)}-first-edition.md" if may_link else ""
    return Edition(insight, number, corrections, first_edition_file, keeps_pictures=not is_corrected)


def store_insight(context: ProductContext, insight: Insight, *, is_current: bool) -> str:
    """Store the insight that the digest is made from; return the SHA-256 of its bytes.

    Args:
        context: period, audience and store.
        insight: the insight of the edition.
        is_current: whether it is the stored one of stage 3, whose bytes are then copied.
    """
    path, key = context.get_part_path(INSIGHT_PART), context.period.key
    # Most digests have the insight of stage 3 as it is: written twice, these were nine tenths of a store.
    if is_current:
        return context.storage.copy_document(context.insights_path, path, key).sha256
    return context.storage.write_document(path, key, insight).sha256


def load_edition(context: ProductContext) -> tuple[Edition, str]:
    """Return the edition of the stored digest and the SHA-256 of its insight, for the products made after it."""
    manifest = context.storage.read_document(context.get_part_path(), context.period.key, ProductManifest)
    insight = context.storage.read_document(context.get_part_path(INSIGHT_PART), context.period.key, Insight)
    edition = Edition(
        insight,
        manifest.edition,
        manifest.corrections,
        manifest.first_edition,
        keeps_pictures=_is_published(context) and manifest.edition == 1,
    )
    return edition, manifest.insight_sha256


def _format_new_references(
    label: str, references: Mapping[str, str], other_references: Mapping[str, str]
) -> Iterator[str]:
    """Yield a sentence with the references that the other mapping lacks, if there are any."""
    missing = [reference for key, reference in references.items() if key not in other_references]
    if len(missing) > MAX_NAMED_REFERENCES:
        names = ", ".join(missing[:MAX_NAMED_REFERENCES])
        yield f"{label}: {names} and {len(missing) - MAX_NAMED_REFERENCES:,} more."
    elif missing:
        yield f"{label}: {join_words(missing)}."


def _get_numbers(insight: Insight) -> dict[str, str]:
    """Return the values of the table of numbers by label.

    Lookback metrics change as more history is collected, which corrects nothing, so they are left out.
    """
    facts = tuple(fact for fact in insight.facts if fact.metric not in LOOKBACK_METRIC_NAMES)
    return {row.label: row.value for row in numbers_table(insight.model_copy(update={"facts": facts}))}


def _get_references(insight: Insight) -> dict[str, str]:
    """Return the references of everything merged, pushed or published, by evidence key."""
    finished_states = {"merged", "pushed", "published"}
    return {item.key: item.reference for item in insight.evidence if item.state in finished_states}


def _keep_first_edition(context: ProductContext, insight: Insight) -> None:
    """Copy the digest, its manifest and its insight to the parts of the first edition, unless they are there."""
    storage, key = context.storage, context.period.key
    if storage.has(context.get_part_path(FIRST_INSIGHT_PART), key, "json"):
        return
    manifest = storage.read_document(context.get_part_path(), key, ProductManifest)
    storage.write_text(context.get_part_path(FIRST_EDITION_PART), key, storage.read_text(context.get_part_path(), key))
    storage.write_document(context.get_part_path(FIRST_EDITION_PART), key, manifest)
    storage.write_document(context.get_part_path(FIRST_INSIGHT_PART), key, insight)


def _is_published(context: ProductContext) -> bool:
    return context.storage.has(publications_path(context.period.kind), context.period.key, "json")
