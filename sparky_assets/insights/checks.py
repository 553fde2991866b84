"""What must hold of an insight before a digest may read it: every claim stands on something of its own window."""

from collections.abc import Iterator

from sparky_assets.insights.models import Insight
from sparky_assets.numbers import numbers_in


def ungrounded_claims(insight: Insight) -> Iterator[str]:
    """The claims that cite what is not there, cite nothing, or print a number that nothing they cite holds."""
    evidence = {item.key: item for item in insight.evidence}
    facts = {fact.key: fact for fact in insight.facts}
    for claim in insight.claims:
        missing = [key for key in claim.evidence if key not in evidence] + [
            key for key in claim.facts if key not in facts
        ]
        if missing:
            yield f"{claim.id}: cites {', '.join(missing)}, which this period does not hold"
            continue
        if not claim.evidence and not claim.facts:
            yield f"{claim.id}: stands on nothing: {claim.text}"
        cited = [evidence[key] for key in claim.evidence]
        allowed = {f"{facts[key].value:,}" for key in claim.facts}
        for item in cited:
            if item.at not in insight.window:
                yield f"{claim.id}: {item.key} of {item.at:%Y-%m-%d} lies outside {insight.window}"
            allowed |= set(numbers_in(f"{item.title} {item.reference} {item.author or ''} {item.repository}"))
        if claim.repository:
            allowed |= set(numbers_in(claim.repository))
            yield from (
                f"{claim.id}: about {claim.repository}, but cites {item.key}"
                for item in cited
                if item.repository != claim.repository
            )
        for number in numbers_in(claim.text):
            if number not in allowed:
                yield f"{claim.id}: the number {number} is in nothing that it cites: {claim.text}"
