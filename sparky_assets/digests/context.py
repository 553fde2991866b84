"""The context of making a product: period, audience, store and settings."""

from dataclasses import dataclass

from resources.storage import Storage
from sparky_assets.digests.models import Product
from sparky_assets.periods import Period
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience, digest_path, insights_path


@dataclass(frozen=True)
class ProductContext:
    """Period and audience of a product, the store that it is read from and written to, and the settings."""

    period: Period
    storage: Storage
    settings: Settings
    audience: Audience = Audience.INTERNAL

    def get_part_path(self, part: str = Product.DIGEST) -> str:
        """Return the store path of a part of this period: a product, a picture, or an insight."""
        return digest_path(self.period.kind, self.audience, part)

    @property
    def insights_path(self) -> str:
        """Store path of the insights that the texts are made from."""
        return insights_path(self.period.kind, self.audience)
