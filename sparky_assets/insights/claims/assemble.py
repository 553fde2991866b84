"""Assemble an insight: add the claims of all sections beside the changes themselves.

This step comes after a model has selected and worded changes, so no answer of a model depends on these claims.
"""

from collections.abc import Iterator, Sequence

from sparky_assets.insights.claims.details import find_details, find_reasons
from sparky_assets.insights.claims.drafts import ClaimDraft
from sparky_assets.insights.claims.open_work import find_issues, find_unmerged_pull_requests
from sparky_assets.insights.claims.people import credit_newcomers, credit_reviewers
from sparky_assets.insights.claims.releases import find_release_contents
from sparky_assets.insights.claims.themes import find_themes
from sparky_assets.insights.claims.trends import build_previous_facts, compare_periods, find_risks
from sparky_assets.insights.evidence import EvidenceSet
from sparky_assets.insights.models import Evidence, Insight
from sparky_assets.metrics.models import Metrics
from sparky_assets.metrics.trends import Lookback
from sparky_assets.raw.window import RawWindow


def add_sections(
    insight: Insight, window: RawWindow, evidence_set: EvidenceSet, metrics: Metrics, lookback: Lookback | None
) -> Insight:
    """Return the insight with comparisons, themes, risks, open work, details, newcomers and reviewers.

    Args:
        lookback: metrics of earlier periods; None where there are none, then nothing is compared.
    """
    drafts = list(_collect_claims(insight, window, evidence_set, metrics, lookback))
    earlier_facts = build_previous_facts(lookback) if lookback else ()
    facts = {fact.key: fact for fact in earlier_facts}
    facts |= {fact.key: fact for draft in drafts for fact in draft.facts}
    facts |= {fact.key: fact for fact in insight.facts}
    return insight.model_copy(
        update={
            "claims": (*insight.claims, *(draft.claim for draft in drafts)),
            "evidence": _merge_evidence(insight.evidence, [item for draft in drafts for item in draft.evidence]),
            "facts": tuple(facts[key] for key in sorted(facts)),
        }
    )


def _merge_evidence(cited: Sequence[Evidence], added: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Return each item of evidence once, cited items first, with all people that claims name from its records."""
    by_key = {item.key: item for item in (*sorted(added, key=lambda item: item.key), *cited)}
    people: dict[str, dict[str, None]] = {}
    for item in added:
        people.setdefault(item.key, {}).update(dict.fromkeys(item.people))
    order = dict.fromkeys([*(item.key for item in cited), *sorted(people)])
    return tuple(by_key[key].model_copy(update={"people": tuple(people.get(key, ()))}) for key in order)


def _collect_claims(
    insight: Insight, window: RawWindow, evidence_set: EvidenceSet, metrics: Metrics, lookback: Lookback | None
) -> Iterator[ClaimDraft]:
    kind = metrics.period.kind
    if lookback:
        yield from compare_periods(metrics, lookback)
    yield from find_themes(window, metrics)
    yield from find_risks(window, metrics, lookback)
    details = [
        *find_reasons(insight),
        *find_details(insight, window),
        *find_release_contents(insight, evidence_set.items, window),
    ]
    yield from details
    yield from find_unmerged_pull_requests(window, kind)
    yield from find_issues(window, kind, {item.key for draft in details for item in draft.evidence})
    if lookback:
        yield from credit_newcomers(evidence_set.items, window, lookback)
    yield from credit_reviewers(window, kind)
