"""Read what the store holds of a period for an audience: texts with their manifests, pictures, the insight.

What a text looks like at a destination is decided here too (`apply_layout`); whether it may leave is in `checks`.
"""

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
    """A product as the store holds it (`stored_text`) and as it is published (`text`), after a layout changed it."""

    product: Product
    text: str
    stored_text: str
    manifest: ProductManifest
    picture_prefix: str = ""

    @property
    def is_unchanged(self) -> bool:
        """Whether the stored bytes are those that stage 4 wrote."""
        return hashlib.sha256(self.stored_text.encode()).hexdigest() == self.manifest.text_sha256


def read_product_text(storage: Storage, period: Period, audience: Audience, product: Product) -> ProductText | None:
    """Return a product of a period; None when it was not made."""
    return _read_stored_text(storage, period, audience, product, product)


def read_first_edition(storage: Storage, product_text: ProductText) -> ProductText | None:
    """Return the first edition of a corrected digest; None when the text is the first edition itself."""
    manifest = product_text.manifest
    if not manifest.first_edition:
        return None
    return _read_stored_text(storage, manifest.period, manifest.audience, FIRST_EDITION_PART, product_text.product)


def read_picture(storage: Storage, period: Period, audience: Audience, picture: PictureFile) -> bytes:
    """Return the bytes of a picture."""
    return storage.read_bytes(digest_path(period.kind, audience, picture.name), period.key, picture.suffix)


def load_insight(storage: Storage, period: Period, audience: Audience, part: str = INSIGHT_PART) -> tuple[Insight, str]:
    """Return the insight behind the texts of a period, and the SHA-256 of its bytes.

    The file is read once, so that the hash is that of the insight. Equal data has an equal hash on every machine.
    """
    return storage.read_hashed_document(digest_path(period.kind, audience, part), period.key, Insight)


def has_edition(storage: Storage, period: Period, audience: Audience) -> bool:
    """Return whether a period has an edition for an audience."""
    return storage.has(digest_path(period.kind, audience, INSIGHT_PART), period.key, "json")


def apply_layout(product_text: ProductText, flavor: FrontMatterFlavor, picture_prefix: str) -> ProductText:
    """Return the product as a layout wants it: its front matter, and links to pictures with a prefix."""
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
