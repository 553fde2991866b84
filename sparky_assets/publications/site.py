"""The index, the archive and the feeds of a destination: what is published there, this period among it."""

from collections.abc import Mapping

from resources.storage import Storage
from sparky_assets.publications.parcels import Parcel
from sparky_assets.settings_destination import PagesDestination


def site_of(destination: PagesDestination, parcel: Parcel, storage: Storage) -> Mapping[str, bytes]:
    """The site pages by path, as final bytes."""
    del destination, parcel, storage
    return {}
