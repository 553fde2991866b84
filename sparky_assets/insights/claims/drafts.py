"""Claim drafts: what the modules of sections return, a claim with the facts and evidence that it cites."""

from collections.abc import Sequence
from dataclasses import dataclass

from sparky_assets.insights.models import Claim, ClaimSection, Evidence
from sparky_assets.metrics.models import Fact, MetricUnit, MetricValue


@dataclass(frozen=True)
class ClaimDraft:
    """A claim by rules, with the facts and evidence that it cites."""

    claim: Claim
    facts: tuple[Fact, ...] = ()
    evidence: tuple[Evidence, ...] = ()


def make_claim(
    section: ClaimSection,
    key: str,
    text: str,
    *,
    evidence: Sequence[Evidence] = (),
    facts: Sequence[Fact] = (),
    repository: str | None = None,
    about: str | None = None,
) -> ClaimDraft:
    """Make a claim of a section; `key` makes its id unique within the section."""
    claim = Claim(
        id=f"{section}/{key}",
        section=section,
        repository=repository,
        text=text,
        evidence=tuple(item.key for item in evidence),
        facts=tuple(fact.key for fact in facts),
        about=about,
    )
    return ClaimDraft(claim, tuple(facts), tuple(evidence))


def count_fact(metric: str, scope: str, value: MetricValue, *sources: str, unit: MetricUnit = "count") -> Fact:
    """Make a fact from a number that a section counted itself, in the raw tables or documents named as `sources`."""
    return Fact(metric=metric, scope=scope, value=value, unit=unit, sources=sources)


def with_people(item: Evidence, *people: str | None) -> Evidence:
    """Return the evidence with people whom its own records name, so that a claim may print their names."""
    return item.model_copy(update={"people": tuple(name for name in people if name and name != item.author)})


def select_same_visibility(items: Sequence[Evidence]) -> list[Evidence]:
    """Return the items with the visibility of the first. No audience may read a sentence with mixed evidence."""
    return [item for item in items if item.visibility == items[0].visibility]
