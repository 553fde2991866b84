"""How long a product may be, in words of prose. Pure. What is told within it: `selection.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sparky_assets.digests.products import Product
from sparky_assets.periods import PeriodKind


@dataclass(frozen=True)
class Budget:
    """Words of prose: no fewer than `least` unless all is told, never more than `most`; `aim` is what is filled."""

    least: int
    most: int
    aim: int


BUDGETS: Mapping[tuple[Product, PeriodKind], Budget] = MappingProxyType(
    {
        (Product.DIGEST, PeriodKind.DAILY): Budget(200, 300, 275),
        (Product.DIGEST, PeriodKind.WEEKLY): Budget(800, 1200, 1050),
        (Product.DIGEST, PeriodKind.MONTHLY): Budget(2000, 3000, 2500),
        (Product.BLOG_POST, PeriodKind.WEEKLY): Budget(1500, 2500, 1900),
        (Product.BLOG_POST, PeriodKind.MONTHLY): Budget(1500, 2500, 2200),
    }
)
"""The others have no range of words: they are bounded by characters, or are a digest in another dress."""
AIMS = {Product.LINKEDIN: 260, Product.X: 170, Product.CHAT: 70}
"""Words of what has no range of its own; the others are as long as the digest."""


def budget_of(product: Product, kind: PeriodKind) -> Budget:
    """How long a product is to be; where nothing is promised, how long it is tried to be."""
    if promised := BUDGETS.get((product, kind)):
        return promised
    digest = BUDGETS[Product.DIGEST, kind]
    return Budget(0, 10 * AIMS[product], AIMS[product]) if product in AIMS else digest
