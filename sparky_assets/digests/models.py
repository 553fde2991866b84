"""What a template is given: one product of one period, laid out. Sentences are claims; nothing here is Markdown.

What stage 4 leaves for stage 5 and the reader: which products there are, and what is known of each that was made.

A product of a period lies in the store under `digests/<shelf>` (the digest itself) or `digests/<shelf>_<product>`, as
a text with its own suffix and a `Rendered` document beside it; a picture lies under `digests/<shelf>_<picture>`.
"""

import datetime
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from resources.storage import FileSuffix
from sparky_assets.periods import Period, PeriodKind, TimeWindow
from sparky_assets.store import Audience, StoredModel


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


MAX_STORIES = 10
"""A post of more is a list."""


class EvidenceLink(StoredModel):
    """A reference to evidence; without a url it is shown as code."""

    label: str
    url: str | None


class DigestItem(StoredModel):
    """One sentence of a claim with links to what it stands on, and the sentences that add to it."""

    claim: str
    text: str
    links: tuple[EvidenceLink, ...] = ()
    details: tuple["DigestItem", ...] = ()
    place: EvidenceLink | None = None
    """The repository, where the place of the item does not tell it."""
    also: tuple[str, ...] = ()
    """Other claims that say the same, told with it."""


class ItemGroup(StoredModel):
    """Items under one heading: a theme within a repository, or a repository within a theme."""

    heading: str
    items: tuple[DigestItem, ...]
    brief: tuple[DigestItem, ...] = ()
    """Told by their titles alone, in one line."""


class DigestChapter(StoredModel):
    """One repository, one theme, or all repositories of which there is little to tell."""

    heading: str
    url: str | None = None
    intro: DigestItem | None = None
    groups: tuple[ItemGroup, ...] = ()


class NumbersRow(StoredModel):
    """One line of the table of numbers; `before` is the period before, empty where that is not known."""

    label: str
    value: str
    before: str = ""


class Digest(StoredModel):
    """One product of a period, ready to be laid out."""

    product: Product
    audience: Audience
    period: Period
    window: TimeWindow
    organisation: str
    title: str
    short_title: str
    """At most 60 characters, for search engines and subjects."""
    description: str
    """At most 160 characters."""
    date: date
    tags: tuple[str, ...]
    lead: DigestItem
    quiet: str = ""
    """Said where the period holds less than the product has room for."""
    comparisons: tuple[DigestItem, ...] = ()
    highlights: tuple[DigestItem, ...] = ()
    themes: tuple[DigestItem, ...] = ()
    """What several repositories share."""
    releases: tuple[DigestItem, ...] = ()
    chapters: tuple[DigestChapter, ...] = ()
    worth_a_look: tuple[DigestItem, ...] = ()
    people: tuple[DigestItem, ...] = ()
    """People for what is not told elsewhere: reviews, a first contribution."""
    newcomers: tuple[DigestItem, ...] = ()
    """People by name whose first work here is told above."""
    thanks: tuple[DigestItem, ...] = ()
    """People by name, with links to what they did, which is told above."""
    numbers: tuple[NumbersRow, ...] = ()
    before: str = ""
    """What the period before is called, where its numbers stand beside ours."""
    pictures: tuple[PictureFile, ...] = ()
    corrections: tuple[str, ...] = ()
    first_edition: str = ""
    """The file of the first edition, beside this one."""
    footer: tuple[str, ...] = ()
    """Lines of provenance: window, sources, what was left out, who worded it."""
    url: str = ""
    """Where the page will be, where a setting tells it."""
    emoji: bool = False

    @property
    def items(self) -> tuple[DigestItem, ...]:
        """Every sentence that the text may hold beside what it says of itself."""
        inner = [item for chapter in self.chapters for group in chapter.groups for item in (*group.items, *group.brief)]
        intros = [chapter.intro for chapter in self.chapters if chapter.intro]
        told = (
            self.lead, *self.comparisons, *self.highlights, *self.themes, *self.releases, *intros, *inner,
            *self.worth_a_look, *self.people, *self.newcomers,
            *self.thanks,
        )  # fmt: skip
        return tuple(one for item in told for one in (item, *item.details))

    @property
    def stories(self) -> tuple[DigestItem, ...]:
        """What to tell where there is room for a few: highlights, then the first changes; releases where neither is."""
        changes = tuple(item for chapter in self.chapters for group in chapter.groups for item in group.items)
        # The headline has named the releases: without what they hold they would only be named again.
        news = tuple(one for one in self.highlights if one.details or not one.claim.startswith("release/"))
        return (*news, *changes)[:MAX_STORIES] or self.releases

    @property
    def sections(self) -> tuple[tuple[str, tuple[DigestItem, ...]], ...]:
        """Everything between headline and numbers as headings with items, for texts that know no deeper structure."""
        chapters = [
            (chapter.heading, tuple(item for group in chapter.groups for item in (*group.items, *group.brief)))
            for chapter in self.chapters
        ]
        found = (
            ("Highlights", self.highlights), ("Releases", self.releases), *chapters,
            ("Across repositories", self.themes), ("Worth a look", self.worth_a_look),
            ("First contributions", self.newcomers),
            ("With thanks to", (*self.people, *self.thanks)),
        )  # fmt: skip
        return tuple((heading, items) for heading, items in found if items)

    def picture(self, name: str) -> PictureFile | None:
        """A picture of this product by its name."""
        return next((one for one in self.pictures if one.name == name), None)
