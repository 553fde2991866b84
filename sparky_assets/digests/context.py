"""The context of making a product: period, audience, store and settings."""

from collections.abc import Mapping
from dataclasses import dataclass

from resources.storage import Storage
from sparky_assets.digests.models import Product
from sparky_assets.errors import DataError
from sparky_assets.periods import Period
from sparky_assets.raw.window import read_newest_repositories
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

    def load_hidden_names(self) -> frozenset[str]:
        """Return the names of the repositories that the readers of this audience may not know of."""
        if self.audience is not Audience.PUBLIC:
            return frozenset()
        return non_public_names(load_visibility(self.storage))


def load_visibility(storage: Storage) -> Mapping[str, str]:
    """Return the visibility of each repository in the newest list that was collected.

    Raises:
        DataError: when no list was ever collected.
    """
    newest = read_newest_repositories(storage)
    if newest is None:
        raise DataError("the store has no list of repositories, so it is unknown which are public. Collect a day.")
    rows = newest.select("repository", "visibility").iter_rows()
    return {str(name): str(visibility or "private") for name, visibility in rows}


def non_public_names(visibility: Mapping[str, str]) -> frozenset[str]:
    """Return the names of the repositories that are not public."""
    return frozenset(name for name, value in visibility.items() if value != Audience.PUBLIC.value)
