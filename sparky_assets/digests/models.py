"""Data of stage 4: the products of a period, the manifest of each, and the `Digest` that templates lay out.

`store.digest_path` gives the store path of each part of a period: a product is a text with its own suffix and a
`ProductManifest` beside it, a picture is a file. Nothing in a `Digest` is Markdown yet; its sentences are claims.
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
    remarks: tuple[str, ...] = ()
    """What the check found and what did not stop the text: sentences that are left out, or a length beside its aim."""


def get_suffix(product: Product) -> FileSuffix:
    """Return the file suffix of a product's text."""
    return PRODUCT_SUFFIXES.get(product, "md")


def list_products(kind: PeriodKind) -> tuple[Product, ...]:
    """Return the products of a kind of period; a day has no blog post."""
    blog_posts = () if kind is PeriodKind.DAILY else (Product.BLOG_POST,)
    return (Product.DIGEST, *blog_posts, *SOCIAL_PRODUCTS)


MAX_STORIES = 10
"""Stories of a post; with more it would read like a list."""


class EvidenceLink(StoredModel):
    """A reference to evidence; without a URL it is shown as code."""

    label: str
    url: str | None


class DigestItem(StoredModel):
    """The sentence of a claim with links to its evidence, and the sentences of its details."""

    claim: str
    text: str
    links: tuple[EvidenceLink, ...] = ()
    details: tuple["DigestItem", ...] = ()
    place: EvidenceLink | None = None
    """The repository, if neither the sentence nor the heading names it."""
    also: tuple[str, ...] = ()
    """Ids of other claims with the same sentence, merged into this item."""


class ItemGroup(StoredModel):
    """Items under one heading: a theme within a repository, or a repository within a theme."""

    heading: str
    items: tuple[DigestItem, ...]
    brief: tuple[DigestItem, ...] = ()
    """Items that are listed by title, several to a line."""


class DigestChapter(StoredModel):
    """The changes of one repository, of one theme, or of all repositories with a single change."""

    heading: str
    url: str | None = None
    intro: DigestItem | None = None
    groups: tuple[ItemGroup, ...] = ()


class NumbersRow(StoredModel):
    """A row of the table of numbers; `before` is the value of the period before, empty if it was not counted."""

    label: str
    value: str
    before: str = ""


class Digest(StoredModel):
    """The content of one product of a period, as templates get it."""

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
    """Note on a text that is shorter than the minimum of its product."""
    comparisons: tuple[DigestItem, ...] = ()
    highlights: tuple[DigestItem, ...] = ()
    themes: tuple[DigestItem, ...] = ()
    """Changes that several repositories share."""
    releases: tuple[DigestItem, ...] = ()
    chapters: tuple[DigestChapter, ...] = ()
    worth_a_look: tuple[DigestItem, ...] = ()
    people: tuple[DigestItem, ...] = ()
    """People whose work no other section covers: a sentence each."""
    newcomers: tuple[DigestItem, ...] = ()
    """First-time contributors by name, with links to work that is covered above."""
    thanks: tuple[DigestItem, ...] = ()
    """Everybody else by name, with links to work that is covered above."""
    numbers: tuple[NumbersRow, ...] = ()
    before: str = ""
    """Label of the period before, if the table shows its numbers."""
    pictures: tuple[PictureFile, ...] = ()
    corrections: tuple[str, ...] = ()
    first_edition: str = ""
    """The file of the first edition, beside this one."""
    footer: tuple[str, ...] = ()
    """Lines of provenance: window, sources, what is not covered, who wrote the sentences."""
    url: str = ""
    """Public address of the page; empty if `digests.page_url` is not set."""
    emoji: bool = False
    taken_back: frozenset[str] = frozenset()
    """Ids of claims about changes that the period took back: no post announces them."""

    @property
    def items(self) -> tuple[DigestItem, ...]:
        """All items and details, which are the sentences of the text besides those about itself."""
        changes = [
            item for chapter in self.chapters for group in chapter.groups for item in (*group.items, *group.brief)
        ]
        intros = [chapter.intro for chapter in self.chapters if chapter.intro]
        items = (
            self.lead, *self.comparisons, *self.highlights, *self.themes, *self.releases, *intros, *changes,
            *self.worth_a_look, *self.people, *self.newcomers, *self.thanks,
        )  # fmt: skip
        return tuple(sentence for item in items for sentence in (item, *item.details))

    @property
    def stories(self) -> tuple[DigestItem, ...]:
        """Items for short texts: highlights, then the first changes; releases if there are none."""
        changes = tuple(item for chapter in self.chapters for group in chapter.groups for item in group.items)
        # The headline names the releases already. Without details they would only be named again.
        highlights = tuple(item for item in self.highlights if item.details or not item.claim.startswith("release/"))
        stories = tuple(item for item in (*highlights, *changes) if item.claim not in self.taken_back)
        return stories[:MAX_STORIES] or self.releases

    @property
    def sections(self) -> tuple[tuple[str, tuple[DigestItem, ...]], ...]:
        """Everything between headline and numbers as headings with items, for texts without subheadings."""
        chapters = [
            (chapter.heading, tuple(item for group in chapter.groups for item in (*group.items, *group.brief)))
            for chapter in self.chapters
        ]
        sections = (
            ("Highlights", self.highlights), ("Releases", self.releases), *chapters,
            ("Across repositories", self.themes), ("Needs attention", self.worth_a_look),
            ("First contributions", self.newcomers),
            ("With thanks to", (*self.people, *self.thanks)),
        )  # fmt: skip
        return tuple((heading, items) for heading, items in sections if items)

    def picture(self, name: str) -> PictureFile | None:
        """Return the picture with a name, or None if the product does not have it."""
        return next((picture for picture in self.pictures if picture.name == name), None)
