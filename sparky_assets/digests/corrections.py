"""What changed since a text was first published, in whole sentences. Pure.

A commit that lands days after its date, a release that is published late: the period is counted again, and a reader of
the new text must see what became of the old one.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

from sparky_assets.digests.figures import numbers
from sparky_assets.insights.models import Insight
from sparky_assets.insights.sentences import joined
from sparky_assets.metrics.definitions.looking_back import LOOKING_BACK
from sparky_assets.periods import PeriodKind

Policy = Literal["always", "weeks_and_months", "never"]
LATER_KNOWN = {metric.name for metric in LOOKING_BACK}
NAMED = 5
"""References that are named; beyond it is said how many there are."""


def allowed(policy: Policy, kind: PeriodKind) -> bool:
    """Whether a published text of this kind may be corrected."""
    return policy == "always" or (policy == "weeks_and_months" and kind is not PeriodKind.DAILY)


def differs(first: Insight, now: Insight) -> bool:
    """Whether the facts changed; another choice or wording of the same facts is no correction."""
    lacked = (first.notes, first.unreadable) != (now.notes, now.unreadable)
    return lacked or _numbers(first) != _numbers(now) or first.records != now.records


def taken_back(first: Insight, now: Insight) -> bool:
    """Whether something that the first edition could cite is gone: a repository that was made private, for example."""
    return not _references(first).keys() <= _references(now).keys()


def corrections(first: Insight, now: Insight, *, name_lost: bool = True) -> Iterator[str]:
    """What changed, number by number, what came and went; what is lost is not named where it may be secret now."""
    before, after = _numbers(first), _numbers(now)
    for label in [*before, *(one for one in after if one not in before)]:
        old, new = before.get(label, "0"), after.get(label, "0")
        if old != new:
            yield f"{label}: {new}, in the first edition {old}."
    if {*first.notes, *first.unreadable} - {*now.notes, *now.unreadable}:
        yield "Something that the first edition had to do without is in this one."
    yield from _references_that("Came late", _references(now), _references(first))
    if name_lost:
        yield from _references_that("No longer there", _references(first), _references(now))


def _references_that(said: str, here: Mapping[str, str], there: Mapping[str, str]) -> Iterator[str]:
    keys = [key for key in here if key not in there]
    if keys:
        named = [here[key] for key in keys[:NAMED]]
        more = f"{', '.join(named)} and {len(keys) - NAMED:,} more" if len(keys) > NAMED else joined(named)
        yield f"{said}: {more}."


def _numbers(insight: Insight) -> dict[str, str]:
    # What only looking back tells changes as history is counted; that corrects nothing.
    own = [fact for fact in insight.facts if fact.metric not in LATER_KNOWN]
    return {row.label: row.value for row in numbers(insight.model_copy(update={"facts": tuple(own)}))}


def _references(insight: Insight) -> dict[str, str]:
    """What was merged, pushed or published, by key."""
    finished = {"merged", "pushed", "published"}
    return {item.key: item.reference for item in insight.evidence if item.state in finished}
