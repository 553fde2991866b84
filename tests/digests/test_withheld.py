"""A post without news is withheld, and a short blog post is remarked on."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from sparky_assets.digests.models import Digest, Product, ProductManifest
from sparky_assets.digests.verify.verify import find_reason_to_withhold, remark_short_blog_post
from sparky_assets.insights.models import Insight


def find_reason(
    product: Product = Product.X, *, releases: int = 0, rows: int = 0, stories: tuple[int, ...] = ()
) -> str:
    printed = [SimpleNamespace(group=SimpleNamespace(changes=tuple(range(size)))) for size in stories]
    edition = SimpleNamespace(all_rows=(None,) * rows, stories=printed)
    insight = SimpleNamespace(stories=SimpleNamespace(releases=(None,) * releases))
    digest = SimpleNamespace(product=product, edition=edition)
    return find_reason_to_withhold(cast("Digest", digest), cast("Insight", insight))


@pytest.mark.parametrize("news", [{"releases": 1}, {"rows": 1}, {"stories": (1, 1)}, {"stories": (2,)}])
def test_post_with_news_is_sent(news: Any) -> None:
    assert find_reason(**news) == ""


@pytest.mark.parametrize("product", [Product.X, Product.LINKEDIN])
def test_post_of_one_change_is_withheld(product: Product) -> None:
    assert find_reason(product, stories=(1,)).startswith("no release, nothing to do")


def test_other_products_are_never_withheld() -> None:
    assert find_reason(Product.CHAT) == ""


def test_short_blog_post_is_remarked_on() -> None:
    def remark(product: Product, words: int) -> list[str]:
        return list(remark_short_blog_post(cast("ProductManifest", SimpleNamespace(product=product, words=words))))

    (text,) = remark(Product.BLOG_POST, 300)
    assert text.startswith("300 words, but a blog post has at least 800")
    assert remark(Product.BLOG_POST, 800) == []
    assert remark(Product.DIGEST, 300) == []
