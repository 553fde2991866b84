"""A reference counts as often as it stands: two repositories have a `#1` each, and a title can be its own commit id."""

import pytest

from sparky_assets.digests.models import Product, list_products
from sparky_assets.digests.verify.verify import find_ungrounded
from sparky_assets.insights.models import Insight
from sparky_assets.periods import PeriodKind
from tests.digests.made import made
from tests.insights.github_weeks import commit, insight_of, pull, raw_of, sha

WEEKLY = list_products(PeriodKind.WEEKLY)


def problems(insight: Insight, product: Product, replaced: tuple[str, str] = ("", "")) -> list[str]:
    composed, rendered = made(insight, product, urls={})
    return list(
        find_ungrounded(composed.text.replace(*replaced, 1) if replaced[0] else composed.text, rendered, insight)
    )


@pytest.mark.parametrize("product", WEEKLY)
def test_the_same_number_of_two_repositories_stands_behind_one_thanks(product: Product) -> None:
    insight = insight_of(raw_of(pull_requests=[pull(1, "Read the wires"), pull(1, "Print it", "acme/web")]))
    assert problems(insight, product) == []


def test_a_number_that_stands_once_too_often_is_found() -> None:
    insight = insight_of(raw_of(pull_requests=[pull(1, "Read the wires"), pull(1, "Print it", "acme/web")]))
    text = made(insight, urls={})[0].text
    thanks = next(line for line in text.splitlines() if line.startswith("Ada ("))
    once_more = problems(insight, Product.DIGEST, (thanks, thanks.replace("Ada (", "Ada (#1, ")))
    assert [one.partition(":")[0] for one in once_more] == ["no claim says"]


@pytest.mark.parametrize("title", [sha(1)[:7], "(", "…", "#1"])
@pytest.mark.parametrize("product", WEEKLY)
def test_a_title_that_is_no_sentence_stops_no_digest(title: str, product: Product) -> None:
    insight = insight_of(raw_of(commits=[commit(1, title), commit(2, "Read the wires")]))
    assert problems(insight, product) == []


@pytest.mark.parametrize("product", WEEKLY)
def test_two_changes_of_one_title_of_which_one_names_nobody_keep_their_references(product: Product) -> None:
    nobody = pull(1, "Bump ink from 1.0 to 1.1")
    nobody["author"] = None
    rows = [nobody, pull(2, "Bump ink from 1.0 to 1.1"), pull(3, "Print it", "acme/web")]
    assert problems(insight_of(raw_of(pull_requests=rows)), product) == []
