"""What must hold of an insight before a digest may read it: every claim stands on something of its own window."""

from collections import Counter
from collections.abc import Iterator, Sequence

from sparky_assets.insights.llm.gates import CandidateSentence, check_gates
from sparky_assets.insights.models import Claim, Evidence, Insight
from sparky_assets.store import Audience
from sparky_assets.text.words import find_numbers, split_words


def find_ungrounded_claims(insight: Insight) -> Iterator[str]:
    """The claims that cite what is not there, cite nothing, or print a number that nothing they cite holds."""
    evidence = {item.key: item for item in insight.evidence}
    facts = {fact.key: fact for fact in insight.facts}
    yield from _find_misplaced_claims(insight.claims)
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
            yield f"{claim.id}: mixes what different audiences may see"
        for number in find_numbers(claim.text):
            if number not in allowed:
                yield f"{claim.id}: the number {number} is in nothing that it cites: {claim.text}"
        yield from _check_model_wording(claim, cited)


def find_non_public_evidence(insight: Insight) -> Iterator[str]:
    """What an insight for the whole world stands on that is not public: it should not even have been read."""
    for item in insight.evidence:
        if item.visibility != Audience.PUBLIC.value:
            claims = [claim.id for claim in insight.claims if item.key in claim.evidence]
            yield f"{', '.join(claims) or 'no claim'}: stands on {item.visibility} evidence of {item.repository}"


def _find_misplaced_claims(claims: Sequence[Claim]) -> Iterator[str]:
    """Claims that share an id, and details of nothing, of another detail, or of what stands on other evidence."""
    by_id = {claim.id: claim for claim in claims}
    counts = Counter(claim.id for claim in claims)
    yield from (f"{name}: the id of {count} claims" for name, count in counts.items() if count > 1)
    for claim in claims:
        if (claim.section == "detail") != (claim.about is not None):
            yield f"{claim.id}: a detail must say of which claim, and nothing else may"
        elif claim.about is not None:
            about = by_id.get(claim.about)
            if about is None or about.section == "detail" or not set(about.evidence) & set(claim.evidence):
                yield f"{claim.id}: adds to {claim.about}, which is no claim about the same evidence"


def _check_model_wording(claim: Claim, cited: list[Evidence]) -> Iterator[str]:
    """The gates once more, on what is stored: words that no gate let pass are not published by whatever mistake."""
    if (claim.origin == "model") != (claim.wording is not None):
        yield (
            f"{claim.id}: says that a model worded it, but not how"
            if claim.origin == "model"
            else (f"{claim.id}: holds a model's words, but says that a template wrote it")
        )
    if claim.wording is None:
        return
    if claim.wording.text.rstrip(".") not in claim.text:
        yield f"{claim.id}: is not what the model worded"
    names = " ".join(item.author or "" for item in cited)
    added = claim.text.replace(claim.wording.text.rstrip("."), "", 1)
    foreign = set(split_words(added)) - set(split_words(f"by and {names} {claim.repository or ''}"))
    yield from (f"{claim.id}: adds {word} to what the model worded" for word in sorted(foreign))
    for failure in check_gates(CandidateSentence(claim.wording.text, cited)):
        yield f"{claim.id}: {failure.gate}: {failure.reason}: {claim.wording.text}"
