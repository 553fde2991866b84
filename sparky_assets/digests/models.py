"""What a template is given: one product of one period, laid out. Sentences are claims; nothing here is Markdown."""

from datetime import date

from sparky_assets.digests.products import PictureFile, Product
from sparky_assets.metrics.models import StoredModel
from sparky_assets.periods import Period, TimeWindow
from sparky_assets.store import Audience

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
