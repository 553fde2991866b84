"""What stage 4 leaves for stage 5 and the reader: which products there are, and what is known of each that was made.

A product of a period lies in the store under `digests/<shelf>` (the digest itself) or `digests/<shelf>_<product>`, as
a text with its own suffix and a `Rendered` document beside it; a picture lies under `digests/<shelf>_<picture>`.
"""

import datetime
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from resources.storage import FileSuffix
from sparky_assets.metrics.models import StoredModel
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.store import Audience, build_store_prefix


class Product(StrEnum):
    """Everything that is made of one period for one audience."""

    DIGEST = "digest"
    BLOG_POST = "blog_post"
    DEVTO = "devto"
    LINKEDIN = "linkedin"
    X = "x"
    CHAT = "chat"
    EMAIL_TEXT = "email_text"
    EMAIL_HTML = "email_html"


SOCIAL_PRODUCTS = (Product.DEVTO, Product.LINKEDIN, Product.X, Product.CHAT, Product.EMAIL_TEXT, Product.EMAIL_HTML)
"""What `<kind>/social_posts` makes."""


PRODUCT_SUFFIXES: Mapping[Product, FileSuffix] = MappingProxyType(
    {Product.LINKEDIN: "txt", Product.X: "txt", Product.EMAIL_TEXT: "txt", Product.EMAIL_HTML: "html"}
)
"""How the text of a product is stored; Markdown (`md`) where nothing stands here."""


FIRST_EDITION_PART = "first_edition"
"""The part of the store that keeps a digest as it was published first, once it was corrected."""


INSIGHT_PART, FIRST_INSIGHT_PART = "insight", "first_insight"
"""The parts that keep the insight which the digest, and its first edition, was made from: a published text that stays
as it is, although facts changed, is accounted for by the facts that it was made from."""


class PictureFile(StoredModel):
    """A picture that a text embeds by `file`; it lies in the store as `digests/<shelf>_<name>`.

    `file` is `2025-W46-activity.svg`: unique over all periods, and meant to lie beside the page. A layout that puts
    pictures elsewhere rewrites exactly these addresses.
    """

    name: str
    suffix: FileSuffix
    file: str
    alt: str
    sha256: str


class ProductManifest(StoredModel):
    """What is known of one product of one period: enough to lay it out, list it and judge it without parsing it."""

    product: Product
    audience: Audience
    period: Period
    title: str
    description: str
    """One sentence: the headline."""
    text_sha256: str
    words: int
    """Words of prose as a reader sees them."""
    is_quiet: bool
    pictures: tuple[PictureFile, ...] = ()
    edition: int = 1
    corrections: tuple[str, ...] = ()
    """What changed since the first edition, in whole sentences."""
    date: datetime.date | None = None
    """The last day of the period."""
    tags: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    """What the text says of itself: titles, that it was quiet, where it comes from, corrections."""
    labels: tuple[str, ...] = ()
    """Names of repositories, rows and sections that it may print."""
    addresses: tuple[str, ...] = ()
    """Pages that it may link to beside those of evidence: repositories, itself, its first edition."""
    url: str = ""
    """Where the page will be, where a setting tells it."""
    first_edition: str = ""
    """The file, beside the page, that holds the first edition; empty where this is the first."""
    insight_sha256: str = ""
    """The hash of the stored insight that it was made from."""
    problems: tuple[str, ...] = ()
    """Why it may not leave, as the check saw it."""


def get_suffix(product: Product) -> FileSuffix:
    """How the text of a product is stored."""
    return PRODUCT_SUFFIXES.get(product, "md")


def list_products(kind: PeriodKind) -> tuple[Product, ...]:
    """The products that a kind of period has: a day has no blog post."""
    blog = () if kind is PeriodKind.DAILY else (Product.BLOG_POST,)
    return (Product.DIGEST, *blog, *SOCIAL_PRODUCTS)


def digest_path(period: Period, audience: Audience, part: str = Product.DIGEST) -> str:
    """The name in the store of a product or picture of a period."""
    place = build_store_prefix(period.kind.value, audience)
    return f"digests/{place}" if part == Product.DIGEST else f"digests/{place}_{part}"
