"""Grounding checks: an insight is written only if each claim cites evidence or facts of its own window.

The rules repeat what the builders guarantee, so that a fault of a builder or of a model is not published.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from sparky_assets.insights.models import Claim, Insight
from sparky_assets.store import Audience
from sparky_assets.text.words import find_numbers


def find_ungrounded_claims(insight: Insight) -> Iterator[str]:
    """Yield a problem for each claim with a missing or no citation, or with a number that its citations do not hold."""
    evidence = {item.key: item for item in insight.evidence}
    facts = {fact.key: fact for fact in insight.facts}
    yield from _find_misplaced_claims(insight.claims)
    for claim in insight.claims:
        missing = [key for key in claim.evidence if key not in evidence] + [
            key for key in claim.facts if key not in facts
        ]
        if missing:
            yield f"{claim.id}: cites {', '.join(missing)}, which this period does not have"
            continue
        if not claim.evidence and not claim.facts:
            yield f"{claim.id}: cites nothing: {claim.text}"
        cited = [evidence[key] for key in claim.evidence]
        allowed = {f"{facts[key].value:,}" for key in claim.facts}
        for item in cited:
            if item.at not in insight.window:
                yield f"{claim.id}: {item.key} of {item.at:%Y-%m-%d} is outside {insight.window}"
            allowed |= set(find_numbers(f"{item.title} {item.reference} {item.author or ''} {item.repository}"))
            allowed |= {figure for name in (*item.people, item.advisory or "") for figure in find_numbers(name)}
        if claim.repository:
            allowed |= set(find_numbers(claim.repository))
            yield from (
                f"{claim.id}: about {claim.repository}, but cites {item.key}"
                for item in cited
                if item.repository != claim.repository
            )
        if len({item.visibility for item in cited}) > 1:
            yield f"{claim.id}: mixes evidence of different visibility"
        for number in find_numbers(claim.text):
            if number not in allowed:
                yield f"{claim.id}: no citation holds the number {number}: {claim.text}"


def find_non_public_evidence(insight: Insight) -> Iterator[str]:
    """Yield a problem for each item of evidence of a public insight that is not public. It should never be read."""
    for item in insight.evidence:
        if item.visibility != Audience.PUBLIC.value:
            claims = [claim.id for claim in insight.claims if item.key in claim.evidence]
            yield f"{', '.join(claims) or 'no claim'}: cites {item.visibility} evidence of {item.repository}"


def _find_misplaced_claims(claims: Sequence[Claim]) -> Iterator[str]:
    """Yield a problem for claims that share an id, and for details without a claim about the same evidence."""
    by_id = {claim.id: claim for claim in claims}
    counts = Counter(claim.id for claim in claims)
    yield from (f"{name}: the id of {count} claims" for name, count in counts.items() if count > 1)
    for claim in claims:
        if (claim.section == "detail") != (claim.about is not None):
            yield f"{claim.id}: details, and only details, name the claim that they add to"
        elif claim.about is not None:
            about = by_id.get(claim.about)
            if about is None or about.section == "detail" or not set(about.evidence) & set(claim.evidence):
                yield f"{claim.id}: adds to {claim.about}, which is not a claim about the same evidence"
