"""The insight models: the evidence of a claim is found by its key, also in a copy of an insight."""

from sparky_assets.insights.models import Insight
from tests.factories.github_week import insight_of, pull, raw_of


def test_copied_insight_cites_its_own_evidence_and_stays_equal() -> None:
    insight = insight_of(raw_of(pull_requests=[pull(1, "Read faster"), pull(2, "Print slower")]))
    claim = next(one for one in insight.claims if one.evidence)
    (first, *_) = insight.get_cited_evidence(claim)
    other = first.model_copy(update={"title": "Something else"})
    evidence = tuple(other if item.key == first.key else item for item in insight.evidence)
    assert insight.model_copy(update={"evidence": evidence}).get_cited_evidence(claim)[0].title == "Something else"
    assert insight.get_cited_evidence(claim)[0] == first
    untouched = Insight.model_validate_json(insight.model_dump_json())
    assert untouched == insight
    assert untouched.model_dump() == insight.model_dump()
