"""What changed since a text was first published, in whole sentences. Pure.

A commit that lands days after its date, a release that is published late: the period is counted again, and a reader of
the new text must see what became of the old one.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

from sparky_assets.digests.figures import numbers_table
from sparky_assets.insights.models import Insight
from sparky_assets.insights.sentences import join_words
from sparky_assets.metrics.definitions.looking_back import LOOKBACK_METRICS
from sparky_assets.periods import PeriodKind

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
