"""What the store holds of a period for an audience: the texts of products with what is known of each, and pictures."""

import hashlib
from dataclasses import dataclass, replace

from resources.storage import Storage
from sparky_assets.audience import Audience
from sparky_assets.digests.front_matter import Flavour, with_front_matter
from sparky_assets.digests.products import FIRST_EDITION, INSIGHT, PictureFile, Product, Rendered, store_name, suffix_of
from sparky_assets.insights.models import Insight
from sparky_assets.periods import Period


@dataclass(frozen=True)
class Piece:
    """One product as it lies in the store (`stored`), and as it will leave (`text`), once a layout has changed it."""

    product: Product
    text: str
    stored: str
    about: Rendered
    pictures_at: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether what lies there are the bytes that stage 4 wrote."""
        return hashlib.sha256(self.stored.encode()).hexdigest() == self.about.text_sha256


def read_piece(storage: Storage, period: Period, audience: Audience, product: Product) -> Piece | None:
    """A product of a period; None where it was not made."""
    return _read(storage, period, audience, product, product)


def read_first_edition(storage: Storage, piece: Piece) -> Piece | None:
    """The digest as it was published first, where the text leads back to it."""
    about = piece.about
    if not about.first_edition:
        return None
    return _read(storage, about.period, about.audience, FIRST_EDITION, piece.product)


def read_picture(storage: Storage, period: Period, audience: Audience, picture: PictureFile) -> bytes:
    """The bytes of a picture."""
    return storage.read_bytes(store_name(period, audience, picture.name), period.key, picture.suffix)


def read_insight(storage: Storage, period: Period, audience: Audience, part: str = INSIGHT) -> tuple[Insight, str]:
    """What the texts of a period were made from, and the hash of its bytes: equal data has an equal one anywhere."""
    place = store_name(period, audience, part)
    sha = hashlib.sha256(storage.read_bytes(place, period.key, "json")).hexdigest()
    return storage.read_document(place, period.key, Insight), sha


def has_edition(storage: Storage, period: Period, audience: Audience) -> bool:
    """Whether anything of a period was written for an audience."""
    return storage.has(store_name(period, audience, INSIGHT), period.key, "json")


def laid_out(piece: Piece, flavour: Flavour, pictures_at: str) -> Piece:
    """The piece as a layout wants it: front matter of its flavour, pictures named where they will lie."""
    text = piece.text
    for picture in piece.about.pictures if pictures_at else ():
        text = text.replace(f"]({picture.file}", f"]({pictures_at}{picture.file}")
    if text.startswith("---\n"):
        text = with_front_matter(text, flavour)
    return replace(piece, text=text, pictures_at=pictures_at)


def _read(storage: Storage, period: Period, audience: Audience, part: str, product: Product) -> Piece | None:
    name, suffix = store_name(period, audience, part), suffix_of(product)
    if not storage.has(name, period.key, suffix):
        return None
    text = storage.read_text(name, period.key, suffix)
    return Piece(product, text, text, storage.read_document(name, period.key, Rendered))
