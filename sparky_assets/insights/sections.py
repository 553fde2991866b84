"""Everything that rules add to an insight beside the changes themselves: one list of claims from all the sections.

It comes after choosing and wording, so that a model reads nothing of it and no answer depends on it.
"""

from collections.abc import Iterator, Sequence

from sparky_assets.insights.comparisons import compare_periods
from sparky_assets.insights.details import find_details
from sparky_assets.insights.evidence import Gathered
from sparky_assets.insights.found import Found
from sparky_assets.insights.holding import find_held
from sparky_assets.insights.models import Evidence, Insight
from sparky_assets.insights.people import credit_newcomers, credit_reviewers
from sparky_assets.insights.risks import find_risks
from sparky_assets.insights.themes import find_themes
from sparky_assets.insights.unfinished import find_issues, find_unmerged
from sparky_assets.metrics.models import Metrics
from sparky_assets.metrics.trends import LookingBack
from sparky_assets.raw.window import RawWindow


def with_sections(
    insight: Insight, raw: RawWindow, gathered: Gathered, metrics: Metrics, back: LookingBack | None
) -> Insight:
    """The insight with comparisons, themes, risks, open work, details and more people credited.

    `back` is None where nobody looked back: then nothing is compared.
    """
    more = list(_found(insight, raw, gathered, metrics, back))
    facts = {fact.key: fact for one in more for fact in one.facts} | {fact.key: fact for fact in insight.facts}
    return insight.model_copy(
        update={
            "claims": (*insight.claims, *(one.claim for one in more)),
            "evidence": _merged(insight.evidence, [item for one in more for item in one.evidence]),
            "facts": tuple(facts[key] for key in sorted(facts)),
        }
    )


def _merged(told: Sequence[Evidence], more: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """All evidence once, what is told first; each with all the people that any claim names from its records."""
    by_key = {item.key: item for item in (*sorted(more, key=lambda item: item.key), *told)}
    people: dict[str, dict[str, None]] = {}
    for item in more:
        people.setdefault(item.key, {}).update(dict.fromkeys(item.people))
    order = dict.fromkeys([*(item.key for item in told), *sorted(people)])
    return tuple(by_key[key].model_copy(update={"people": tuple(people.get(key, ()))}) for key in order)


def _found(
    insight: Insight, raw: RawWindow, gathered: Gathered, metrics: Metrics, back: LookingBack | None
) -> Iterator[Found]:
    kind = metrics.period.kind
    if back:
        yield from compare_periods(metrics, back)
    yield from find_themes(raw, metrics)
    yield from find_risks(raw, metrics, back)
    details = [*find_details(insight, raw), *find_held(insight, gathered.items, raw)]
    yield from details
    yield from find_unmerged(raw, kind)
    yield from find_issues(raw, kind, {item.key for one in details for item in one.evidence})
    if back:
        yield from credit_newcomers(gathered.items, raw, back)
    yield from credit_reviewers(raw, kind)
