"""What all writing of a period needs to know: which period, for whom, from which store, by which settings."""

from dataclasses import dataclass

from resources.storage import Storage
from sparky_assets.audience import Audience, shelf
from sparky_assets.digests.products import Product, store_name
from sparky_assets.periods import Period
from sparky_assets.settings import Settings


@dataclass(frozen=True)
class Desk:
    """What is written for whom, and with what."""

    period: Period
    storage: Storage
    settings: Settings
    audience: Audience = Audience.INTERNAL

    def name(self, part: str = Product.DIGEST) -> str:
        """Where a part of this period lies in the store."""
        return store_name(self.period, self.audience, part)

    @property
    def shelf(self) -> str:
        """Where this kind of period lies in every stage."""
        return shelf(self.period.kind.value, self.audience)
