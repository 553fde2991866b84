"""Data of stage 4: the products of a period, the manifest of each, and the `Digest` that templates lay out.

`store.digest_path` gives the store path of each part of a period: a product is a text with its own suffix and a
`ProductManifest` beside it, a picture is a file. Nothing in a `Digest` is Markdown yet; its sentences have parts.
"""

import datetime
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from pydantic import Field

from resources.storage import FileSuffix
from sparky_assets.documents.models import CodeExample
from sparky_assets.periods import Period, PeriodKind, TimeWindow
from sparky_assets.settings.schema import SECTION_ORDER, SectionName
from sparky_assets.store import Audience, StoredModel
from sparky_assets.stories.models import StorySentence
from sparky_assets.stories.printing.edition import EditionContent


class Product(StrEnum):
    """A text that is made of one period for one audience."""

    DIGEST = "digest"
    BLOG_POST = "blog_post"
    DEVTO = "devto"
    LINKEDIN = "linkedin"
    X = "x"
    CHAT = "chat"
    EMAIL_TEXT = "email_text"
    EMAIL_HTML = "email_html"


SOCIAL_PRODUCTS = (Product.DEVTO, Product.LINKEDIN, Product.X, Product.CHAT, Product.EMAIL_TEXT, Product.EMAIL_HTML)
"""The products of the asset `<kind>/social_posts`."""


PRODUCT_SUFFIXES: Mapping[Product, FileSuffix] = MappingProxyType(
    {Product.LINKEDIN: "txt", Product.X: "txt", Product.EMAIL_TEXT: "txt", Product.EMAIL_HTML: "html"}
)
"""File suffixes of products that are not Markdown (`md`)."""


FIRST_EDITION_PART = "first_edition"
"""Store part of the first edition of a digest that was corrected."""


INSIGHT_PART, FIRST_INSIGHT_PART = "insight", "first_insight"
"""Store parts of the insights that the digest and its first edition were made from. A published text is verified
against these facts, even after stage 3 has counted newer ones."""


class PictureFile(StoredModel):
    """A picture that a text embeds by `file`; `name` is its part in the store.

    `file` (`2025-W46-activity.svg`) is unique over all periods, and its address is relative to the page. A layout that
    moves pictures to another folder rewrites exactly these addresses.
    """

    name: str
    suffix: FileSuffix
    file: str
    alt: str
    sha256: str


class ProductManifest(StoredModel):
    """Metadata of a stored product: enough to list, publish and verify it without parsing its text."""

    product: Product
    audience: Audience
    period: Period
    title: str
    description: str
    """One sentence: the headline."""
    text_sha256: str
    words: int
    """Words of prose, without front matter, tables, references and footer."""
    is_quiet: bool
    pictures: tuple[PictureFile, ...] = ()
    edition: int = 1
    corrections: tuple[str, ...] = ()
    """What changed since the first edition, in whole sentences."""
    date: datetime.date | None = None
    """The last day of the period."""
    tags: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    """Sentences that the text may print besides claims: titles, the note on a quiet period, corrections, footer."""
    sentences: tuple[StorySentence, ...] = ()
    """Every sentence of the text about a change or release, with the parts that it is made of."""
    examples: tuple[CodeExample, ...] = ()
    """Every code block of the text."""
    own_words: tuple[str, ...] = ()
    """What the owner of the templates wrote in them; no record supports it."""
    phrases: dict[str, str] = Field(default_factory=dict)
    """The phrases in the text that the owner of the templates changed, by key; no record supports their words."""
    labels: tuple[str, ...] = ()
    """Names of repositories, rows and sections that it may print."""
    addresses: tuple[str, ...] = ()
    """Addresses that it may link to besides those of evidence: repositories, its own page, its first edition."""
    url: str = ""
    """Public address of the page; empty if `digests.page_url` is not set."""
    first_edition: str = ""
    """The file of the first edition, beside the page; empty if this is the first edition."""
    insight_sha256: str = ""
    """SHA-256 of the stored insight that it was made from."""
    problems: tuple[str, ...] = ()
    """Reasons why it may not be published, from the check when it was made."""
    withheld: str = ""
    """Why a post is not sent: it has no news. Empty for all others."""
    remarks: tuple[str, ...] = ()
    """What the check found and what did not stop the text: sentences that are left out, or a length beside its aim."""


def get_suffix(product: Product) -> FileSuffix:
    """Return the file suffix of a product's text."""
    return PRODUCT_SUFFIXES.get(product, "md")


def list_products(kind: PeriodKind) -> tuple[Product, ...]:
    """Return the products of a kind of period; a day has no blog post."""
    blog_posts = () if kind is PeriodKind.DAILY else (Product.BLOG_POST,)
    return (Product.DIGEST, *blog_posts, *SOCIAL_PRODUCTS)


class NumbersRow(StoredModel):
    """A row of the table of numbers; `before` is the value of the period before, empty if it was not counted."""

    label: str
    value: str
    before: str = ""


class NoteLine(StoredModel):
    """A line of a chief's note: `Out`, `Act`, `Risk`, `People` or `Next`, and its sentences."""

    heading: StorySentence
    sentences: tuple[StorySentence, ...]

    @property
    def label(self) -> str:
        """Its name as text."""
        return self.heading.text


class Digest(StoredModel):
    """The content of one product of a period, as templates get it."""

    product: Product
    audience: Audience
    period: Period
    window: TimeWindow
    organisation: str
    title: str
    """The headline: one string for the title, the subject of a mail, the card, the feed and the post for X."""
    description: str
    """The headline as a sentence."""
    date: date
    tags: tuple[str, ...]
    edition: EditionContent
    post: tuple[StorySentence, ...] = ()
    """The sentences of a post for X or LinkedIn."""
    note: tuple[NoteLine, ...] = ()
    """The chief's note, for chat."""
    pictures: tuple[PictureFile, ...] = ()
    corrections: tuple[str, ...] = ()
    first_edition: str = ""
    """The file of the first edition, beside this one."""
    marked: dict[str, str] = Field(default_factory=dict)
    """The sentence that a model wrote about a story, with its label, by the id of the story; only in a page."""
    footer: tuple[str, ...] = ()
    """Lines of provenance: what is not covered, and how this was made."""
    url: str = ""
    """Public address of the page; empty if `digests.page_url` is not set."""
    emoji: bool = False
    order: tuple[SectionName, ...] = SECTION_ORDER
    """The sections in the order of print; the others are left out."""

    @property
    def sentences(self) -> tuple[StorySentence, ...]:
        """All sentences that this product may print."""
        notes = tuple(sentence for line in self.note for sentence in line.sentences)
        return (*self.edition.sentences, *self.post, *notes)

    @property
    def examples(self) -> tuple[CodeExample, ...]:
        """All code blocks that this product may print."""
        rows = (row.example for row in self.edition.all_rows)
        stories = (story.example for story in self.edition.stories)
        return tuple(example for example in (*rows, *stories) if example)

    def picture(self, name: str) -> PictureFile | None:
        """Return the picture with a name, or None if the product does not have it."""
        return next((picture for picture in self.pictures if picture.name == name), None)
