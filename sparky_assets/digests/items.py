"""Claims that were selected as the items of a text: the sentence with its links, details and place. Pure.

Where an item stands: `plan.py`, and `chapters.py` for changes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sparky_assets.digests.models import Item, Link
from sparky_assets.digests.offers import RELEASES_APART
from sparky_assets.digests.selection import Selection
from sparky_assets.insights.models import Claim, Insight
from sparky_assets.insights.sentences import short


@dataclass(frozen=True)
class Items:
    """What was selected of an insight, sentence by sentence."""

    insight: Insight
    chosen: Selection
    urls: Mapping[str, str | None]
    """The pages of repositories by name."""

    @property
    def several(self) -> bool:
        """Whether more than one repository is told of, so that each thing has to say where it happened."""
        return len({item.repository for item in self.insight.evidence}) > 1

    def of(self, section: str, *, placed: bool = False) -> tuple[Item, ...]:
        """What was selected of a section; `placed`: each with its repository before it."""
        return tuple(self.item(claim, placed=placed) for claim in self.chosen.taken(section))

    def item(self, claim: Claim, *, placed: bool = False) -> Item:
        """A claim with its references and what else was selected of it."""
        cited = self.insight.cited(claim)
        # A release without a page has its tag in its sentence; `v1.2.0` again as code says nothing.
        shown = [one for one in cited if one.url or one.kind != "release"]
        told = claim.repository is None or short(claim.repository) in claim.text
        return Item(
            claim=claim.id,
            text=claim.text,
            links=tuple(Link(label=one.reference, url=one.url) for one in shown),
            details=tuple(Item(claim=one.id, text=one.text) for one in self.chosen.details.get(claim.id, ())),
            place=self.place(claim.repository) if placed and claim.repository and not told and self.several else None,
        )

    def place(self, repository: str) -> Link:
        """A repository by its short name, with its page."""
        return Link(label=short(repository), url=self.urls.get(repository))

    def lead(self) -> Item:
        """The headline and what it names. Without links: each thing in it is told below."""
        first, *more = (claim for claim in self.insight.claims if claim.section == self.insight.claims[0].section)
        details = tuple(Item(claim=claim.id, text=claim.text) for claim in more)
        return Item(claim=first.id, text=first.text, details=details)

    def releases(self) -> Iterator[Item]:
        """Each release by its sentence; where a repository published many at once, one line of links."""
        told: dict[str, list[Claim]] = {}
        for claim in self.chosen.taken("release"):
            told.setdefault(claim.repository or "", []).append(claim)
        for name, claims in told.items():
            if len(claims) <= RELEASES_APART:
                yield from map(self.item, claims)
                continue
            links = tuple(
                Link(label=one.reference, url=one.url) for claim in claims for one in self.insight.cited(claim)
            )
            yield Item(claim=claims[0].id, text="", links=links, place=self.place(name))
