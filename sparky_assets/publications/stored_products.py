"""What the store holds of a period for an audience: the texts of products with what is known of each, and pictures."""

import hashlib
from dataclasses import dataclass, replace

from resources.storage import Storage
from sparky_assets.digests.models import (
    FIRST_EDITION_PART,
    INSIGHT_PART,
    PictureFile,
    Product,
    ProductManifest,
    get_suffix,
)
from sparky_assets.digests.render.front_matter import FrontMatterFlavor, replace_front_matter
from sparky_assets.insights.models import Insight
from sparky_assets.periods import Period
from sparky_assets.store import Audience, digest_path


@dataclass(frozen=True)
class ProductText:
    """One product as it lies in the store (`stored`), and as it will leave (`text`), once a layout has changed it."""

    product: Product
    text: str
    stored_text: str
    manifest: ProductManifest
    picture_prefix: str = ""

    @property
    def is_unchanged(self) -> bool:
        """Whether what lies there are the bytes that stage 4 wrote."""
        return hashlib.sha256(self.stored_text.encode()).hexdigest() == self.manifest.text_sha256


def read_product_text(storage: Storage, period: Period, audience: Audience, product: Product) -> ProductText | None:
    """A product of a period; None where it was not made."""
    return _read_stored_text(storage, period, audience, product, product)


def read_first_edition(storage: Storage, product_text: ProductText) -> ProductText | None:
    """The digest as it was published first, where the text leads back to it."""
    about = product_text.manifest
    if not about.first_edition:
        return None
    return _read_stored_text(storage, about.period, about.audience, FIRST_EDITION_PART, product_text.product)


def read_picture(storage: Storage, period: Period, audience: Audience, picture: PictureFile) -> bytes:
    """The bytes of a picture."""
    return storage.read_bytes(digest_path(period.kind, audience, picture.name), period.key, picture.suffix)


def read_insight(storage: Storage, period: Period, audience: Audience, part: str = INSIGHT_PART) -> tuple[Insight, str]:
    """What the texts of a period were made from, and the hash of its bytes: equal data has an equal one anywhere."""
    place = digest_path(period.kind, audience, part)
    sha = hashlib.sha256(storage.read_bytes(place, period.key, "json")).hexdigest()
    return storage.read_document(place, period.key, Insight), sha


def has_edition(storage: Storage, period: Period, audience: Audience) -> bool:
    """Whether anything of a period was written for an audience."""
    return storage.has(digest_path(period.kind, audience, INSIGHT_PART), period.key, "json")


def apply_layout(product_text: ProductText, flavor: FrontMatterFlavor, picture_prefix: str) -> ProductText:
    """The piece as a layout wants it: front matter of its flavour, pictures named where they will lie."""
    text = product_text.text
    for picture in product_text.manifest.pictures if picture_prefix else ():
        text = text.replace(f"]({picture.file}", f"]({picture_prefix}{picture.file}")
    if text.startswith("---\n"):
        text = replace_front_matter(text, flavor)
    return replace(product_text, text=text, picture_prefix=picture_prefix)


def _read_stored_text(
    storage: Storage, period: Period, audience: Audience, part: str, product: Product
) -> ProductText | None:
    name, suffix = digest_path(period.kind, audience, part), get_suffix(product)
    if not storage.has(name, period.key, suffix):
        return None
    text = storage.read_text(name, period.key, suffix)
    return ProductText(product, text, text, storage.read_document(name, period.key, ProductManifest))
