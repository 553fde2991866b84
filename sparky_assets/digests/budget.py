"""How long a product may be, in words of prose. Pure. What is told within it: `selection.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sparky_assets.digests.products import Product
from sparky_assets.periods import PeriodKind


@dataclass(frozen=True)
class WordBudget:
    """Words of prose: no fewer than `least` unless all is told, never more than `most`; `aim` is what is filled."""

    min_words: int
    max_words: int
    target_words: int


WORD_BUDGETS: Mapping[tuple[Product, PeriodKind], WordBudget] = MappingProxyType(
    {
        (Product.DIGEST, PeriodKind.DAILY): WordBudget(200, 300, 275),
        (Product.DIGEST, PeriodKind.WEEKLY): WordBudget(800, 1200, 1050),
        (Product.DIGEST, PeriodKind.MONTHLY): WordBudget(2000, 3000, 2500),
        (Product.BLOG_POST, PeriodKind.WEEKLY): WordBudget(1500, 2500, 1900),
        (Product.BLOG_POST, PeriodKind.MONTHLY): WordBudget(1500, 2500, 2200),
    }
)
"""The others have no range of words: they are bounded by characters, or are a digest in another dress."""


DEFAULT_TARGET_WORDS = {Product.LINKEDIN: 260, Product.X: 170, Product.CHAT: 70}
"""Words of what has no range of its own; the others are as long as the digest."""


def get_word_budget(product: Product, kind: PeriodKind) -> WordBudget:
    """How long a product is to be; where nothing is promised, how long it is tried to be."""
    if promised := WORD_BUDGETS.get((product, kind)):
        return promised
    digest = WORD_BUDGETS[Product.DIGEST, kind]
    return (
        WordBudget(0, 10 * DEFAULT_TARGET_WORDS[product], DEFAULT_TARGET_WORDS[product])
        if product in DEFAULT_TARGET_WORDS
        else digest
    )
