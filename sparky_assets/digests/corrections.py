"""What changed since a text was first published, in whole sentences. Pure.

A commit that lands days after its date, a release that is published late: the period is counted again, and a reader of
the new text must see what became of the old one.
"""

from collections.abc import Iterator
from typing import Literal

from sparky_assets.digests.figures import numbers
from sparky_assets.insights.models import Insight
from sparky_assets.insights.sentences import joined
from sparky_assets.metrics.models import Model
from sparky_assets.periods import PeriodKind

Policy = Literal["always", "weeks_and_months", "never"]
NAMED = 5
"""References that are named; beyond it is said how many there are."""


class Snapshot(Model):
    """What an edition stood on: its table of numbers, and the references of everything that could be cited."""

    insight_sha256: str
    numbers: dict[str, str]
    references: dict[str, str]
    """The reference of each piece of evidence by its key."""


def snapshot(insight: Insight, insight_sha256: str) -> Snapshot:
    """What is kept of an edition, to tell later what changed."""
    return Snapshot(
        insight_sha256=insight_sha256,
        numbers={row.label: row.value for row in numbers(insight)},
        references={item.key: item.reference for item in insight.evidence},
    )


def allowed(policy: Policy, kind: PeriodKind) -> bool:
    """Whether a published text of this kind may be corrected."""
    return policy == "always" or (policy == "weeks_and_months" and kind is not PeriodKind.DAILY)


def differs(first: Snapshot, now: Snapshot) -> bool:
    """Whether the facts changed; another choice or wording of the same facts is no correction."""
    return first.numbers != now.numbers or first.references != now.references


def taken_back(first: Snapshot, now: Snapshot) -> bool:
    """Whether something that the first edition could cite is gone: a repository that was made private, for example."""
    return not first.references.keys() <= now.references.keys()


def corrections(first: Snapshot, now: Snapshot, *, name_lost: bool = True) -> Iterator[str]:
    """What changed, number by number, and what came and went; what is lost is not named where it may be a secret now."""
    for label in [*first.numbers, *(one for one in now.numbers if one not in first.numbers)]:
        old, new = first.numbers.get(label, "0"), now.numbers.get(label, "0")
        if old != new:
            yield f"{label}: {new}, in the first edition {old}."
    lost = (("No longer there", first, now),) if name_lost else ()
    for verb, here, there in (("Came late", now, first), *lost):
        keys = [key for key in here.references if key not in there.references]
        if keys:
            named = [here.references[key] for key in keys[:NAMED]]
            more = f" and {len(keys) - NAMED:,} more" if len(keys) > NAMED else ""
            yield f"{verb}: {', '.join(named) + more if more else joined(named)}."
