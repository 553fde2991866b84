"""What all writing of a period needs to know: which period, for whom, from which store, by which settings."""

from dataclasses import dataclass

from resources.storage import Storage
from sparky_assets.digests.models import Product
from sparky_assets.periods import Period
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience, digest_path, insights_path


@dataclass(frozen=True)
class ProductContext:
    """What is written for whom, and with what."""

    period: Period
    storage: Storage
    settings: Settings
    audience: Audience = Audience.INTERNAL

    def get_part_path(self, part: str = Product.DIGEST) -> str:
        """Where a part of this period lies in the store."""
        return digest_path(self.period.kind, self.audience, part)

    @property
    def insights_path(self) -> str:
        """The store path of the insights that the texts are made from."""
        return insights_path(self.period.kind, self.audience)
