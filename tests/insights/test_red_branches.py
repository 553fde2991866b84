"""A digest says which default branches were red for long, and a public one only of public repositories."""

import pytest

from sparky_assets.digests.models import Product
from sparky_assets.digests.verify.verify import find_ungrounded
from sparky_assets.insights.assets import list_red_branches
from sparky_assets.insights.models import Insight
from sparky_assets.metrics.compute import compute_metrics
from sparky_assets.raw.window import RawWindow
from sparky_assets.store import Audience
from tests.factories.github_week import WEEK, at, commit, insight_of, raw_of
from tests.factories.products import made


def red(repository: str, hours: float, visibility: str = "public") -> list[dict[str, object]]:
    """Two commits, of which the first breaks the branch and the second repairs it after so many hours."""
    number = 1 + sum(map(ord, repository))
    changes = {0.0: ("Add x", "failure"), hours: ("Repair x", "success")}
    return [
        commit(
            number + place, subject, repository, visibility=visibility, ci_state=state,
            landed_at=at(hour), committed_at=at(hour),
        )
        for place, (hour, (subject, state)) in enumerate(changes.items())
    ]  # fmt: skip


def sentences(raw: RawWindow, audience: Audience = Audience.INTERNAL) -> tuple[str, ...]:
    seen = raw.for_audience(audience, ())
    return list_red_branches(compute_metrics(seen, WEEK, WEEK.window("UTC")).metrics, seen)


def test_longest_red_branches_are_named_and_the_others_counted() -> None:
    lasting = {"acme/a": 2, "acme/b": 50, "acme/c": 0.9, "acme/d": 3, "acme/e": 1}
    raw = raw_of(commits=[row for name, hours in lasting.items() for row in red(name, hours)])
    assert sentences(raw) == (
        "The default branch of acme/b was red for 2.1 days",
        "The default branch of acme/d was red for 3.0 h",
        "The default branch of acme/a was red for 2.0 h",
        "1 other default branch was red for an hour or more",
    )
    assert sentences(raw_of(commits=red("acme/c", 0.9))) == ()


def test_private_branch_that_was_red_is_not_mentioned_in_public() -> None:
    raw = raw_of(commits=[*red("acme/hidden", 9, "private"), *red("acme/open", 8)])
    assert len(sentences(raw)) == 2
    assert sentences(raw, Audience.PUBLIC) == ("The default branch of acme/open was red for 8.0 h",)


@pytest.mark.parametrize("product", [Product.DIGEST, Product.BLOG_POST, Product.EMAIL_TEXT])
def test_text_with_a_red_branch_names_it_in_the_footer_and_is_grounded(product: Product) -> None:
    raw = raw_of(commits=red("acme/tool", 14))
    insight: Insight = insight_of(raw).model_copy(update={"red_branches": sentences(raw)})
    composed, manifest = made(insight, product)
    assert "The default branch of acme/tool was red for 14.0 h." in composed.digest.footer
    assert "acme/tool was red for 14.0 h." in composed.text
    assert list(find_ungrounded(composed.text, manifest, insight)) == []
