"""What the store holds of a period for an audience: the texts of products with what is known of each, and pictures."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from resources.storage import Storage, Suffix
from sparky_assets.audience import Audience, shelf
from sparky_assets.digests.models import DigestRecord
from sparky_assets.digests.products import SUFFIXES, PictureFile, Product, Rendered, store_name
from sparky_assets.insights.models import Insight
from sparky_assets.periods import Period


@dataclass(frozen=True)
class Piece:
    """One product as it lies in the store; `text` is what will leave, once a layout has moved its pictures."""

    product: Product
    text: str
    stored: str
    about: Rendered
    record: DigestRecord | None = None
    pictures_at: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether these are the bytes that stage 4 wrote."""
        return hashlib.sha256(self.stored.encode()).hexdigest() == self.about.text_sha256


def suffix_of(product: Product) -> Suffix:
    """How the text of a product is stored."""
    found: Suffix = "txt" if SUFFIXES.get(product) == "txt" else "html" if SUFFIXES.get(product) == "html" else "md"
    return found


def read_piece(storage: Storage, period: Period, audience: Audience, product: Product) -> Piece | None:
    """A product of a period; None where it was not made."""
    name = store_name(period, audience, product)
    if not storage.has(name, period.key, suffix_of(product)):
        return None
    text = storage.read_text(name, period.key, suffix_of(product))
    if product is not Product.DIGEST:
        return Piece(product, text, text, storage.read_document(name, period.key, Rendered))
    record = storage.read_document(name, period.key, DigestRecord)
    about = Rendered(
        product=product, audience=audience, period=period, title=record.digest.title,
        description=record.digest.description, text_sha256=record.markdown_sha256, words=0, is_quiet=False,
    )  # fmt: skip
    return Piece(product, text, text, about, record)


def read_picture(storage: Storage, period: Period, audience: Audience, picture: PictureFile) -> bytes:
    """The bytes of a picture."""
    suffix: Suffix = "svg" if picture.suffix == "svg" else "png"
    return storage.read_bytes(store_name(period, audience, picture.name), period.key, suffix)


def read_insight(storage: Storage, period: Period, audience: Audience) -> Insight:
    """What the texts of a period stand on."""
    return storage.read_document(f"insights/{shelf(period.kind.value, audience)}", period.key, Insight)


def moved(piece: Piece, pictures: Sequence[PictureFile], pictures_at: str) -> Piece:
    """The piece as a layout wants it that keeps pictures elsewhere: exactly their addresses change."""
    text = piece.text
    for picture in pictures if pictures_at else ():
        text = text.replace(picture.file, pictures_at + picture.file)
    return replace(piece, text=text, pictures_at=pictures_at)
