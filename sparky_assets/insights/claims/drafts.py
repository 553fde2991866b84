"""What the modules of sections find: a claim together with the facts and evidence that it brings along."""

from collections.abc import Sequence
from dataclasses import dataclass

from sparky_assets.insights.models import Claim, ClaimSection, Evidence
from sparky_assets.metrics.models import Fact, MetricUnit, MetricValue


@dataclass(frozen=True)
class ClaimDraft:
    """A claim by rules, and what it stands on."""

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
    """A claim of a section; `key` makes its id unique in it."""
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
    """A number that a section counted itself, from raw tables or documents named as `sources`."""
    return Fact(metric=metric, scope=scope, value=value, unit=unit, sources=sources)


def with_people(item: Evidence, *people: str | None) -> Evidence:
    """The evidence with people whom its own records name, so that it vouches for their names."""
    return item.model_copy(update={"people": tuple(name for name in people if name and name != item.author)})


def same_visibility(items: Sequence[Evidence]) -> list[Evidence]:
    """Those that may be shown together with the first: a sentence with private and public evidence is for nobody."""
    return [item for item in items if item.visibility == items[0].visibility]
