"""What a template is given, and what is stored beside the Markdown it makes."""

from datetime import date

from sparky_assets.metrics.models import Model
from sparky_assets.periods import Period, Window


class Link(Model):
    """A reference to evidence; without a url it is shown as code."""

    label: str
    url: str | None


class Item(Model):
    """One sentence of a claim with links to what it stands on."""

    claim: str
    text: str
    links: tuple[Link, ...] = ()


class ThemeGroup(Model):
    """Changes of one theme in one repository."""

    heading: str
    items: tuple[Item, ...]


class RepositoryGroup(Model):
    """What changed in one repository: a sentence of figures, then changes by theme."""

    name: str
    url: str | None
    intro: Item | None
    themes: tuple[ThemeGroup, ...]


class Row(Model):
    """One line of the table of numbers."""

    label: str
    value: str


class Digest(Model):
    """One digest, ready to be laid out."""

    period: Period
    window: Window
    title: str
    description: str
    date: date
    tags: tuple[str, ...]
    lead: Item
    releases: tuple[Item, ...]
    repositories: tuple[RepositoryGroup, ...]
    people: tuple[Item, ...]
    numbers: tuple[Row, ...]
    footer: tuple[str, ...]
    """Lines of provenance: window, sources, what was left out, who worded it."""

    @property
    def items(self) -> tuple[Item, ...]:
        """Every sentence that the text may hold beside its footer."""
        grouped = [item for group in self.repositories for theme in group.themes for item in theme.items]
        intros = [group.intro for group in self.repositories if group.intro]
        return (self.lead, *self.releases, *intros, *grouped, *self.people)


class DigestRecord(Model):
    """What is known of a rendered digest beside its Markdown: how it was laid out, and the hash of its bytes."""

    digest: Digest
    sentences: int
    markdown_sha256: str
