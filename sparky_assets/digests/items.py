"""Claims that were selected as the items of a text: the sentence with its links, details and place. Pure.

Where an item stands: `plan.py`, and `chapters.py` for changes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sparky_assets.digests.models import DigestItem, EvidenceLink
from sparky_assets.digests.offers import MAX_SEPARATE_RELEASES
from sparky_assets.digests.selection import ClaimSelection
from sparky_assets.insights.models import Claim, Insight
from sparky_assets.insights.sentences import short_name


@dataclass(frozen=True)
class ItemBuilder:
    """What was selected of an insight, sentence by sentence."""

    insight: Insight
    selection: ClaimSelection
    repository_urls: Mapping[str, str | None]
    """The pages of repositories by name."""

    @property
    def has_several_repositories(self) -> bool:
        """Whether more than one repository is told of, so that each thing has to say where it happened."""
        return len({item.repository for item in self.insight.evidence}) > 1

    def build_section(self, section: str, *, with_repository: bool = False) -> tuple[DigestItem, ...]:
        """What was selected of a section; `placed`: each with its repository before it."""
        return tuple(
            self.build_item(claim, with_repository=with_repository) for claim in self.selection.get_claims(section)
        )

    def build_item(self, claim: Claim, *, with_repository: bool = False) -> DigestItem:
        """A claim with its references and what else was selected of it."""
        cited = self.insight.get_cited_evidence(claim)
        # A release without a page has its tag in its sentence; `v1.2.0` again as code says nothing.
        shown = [one for one in cited if one.url or one.kind != "release"]
        told = claim.repository is None or short_name(claim.repository) in claim.text
        return DigestItem(
            claim=claim.id,
            text=claim.text,
            links=tuple(EvidenceLink(label=one.reference, url=one.url) for one in shown),
            details=tuple(DigestItem(claim=one.id, text=one.text) for one in self.selection.details.get(claim.id, ())),
            place=self.build_repository_link(claim.repository)
            if with_repository and claim.repository and not told and self.has_several_repositories
            else None,
        )

    def build_repository_link(self, repository: str) -> EvidenceLink:
        """A repository by its short name, with its page."""
        return EvidenceLink(label=short_name(repository), url=self.repository_urls.get(repository))

    def build_lead(self) -> DigestItem:
        """The headline and what it names. Without links: each thing in it is told below."""
        first, *more = (claim for claim in self.insight.claims if claim.section == self.insight.claims[0].section)
        details = tuple(DigestItem(claim=claim.id, text=claim.text) for claim in more)
        return DigestItem(claim=first.id, text=first.text, details=details)

    def build_releases(self) -> Iterator[DigestItem]:
        """Each release by its sentence; where a repository published many at once, one line of links."""
        told: dict[str, list[Claim]] = {}
        for claim in self.selection.get_claims("release"):
            told.setdefault(claim.repository or "", []).append(claim)
        for name, claims in told.items():
            if len(claims) <= MAX_SEPARATE_RELEASES:
                yield from map(self.build_item, claims)
                continue
            links = tuple(
                EvidenceLink(label=one.reference, url=one.url)
                for claim in claims
                for one in self.insight.get_cited_evidence(claim)
            )
            yield DigestItem(claim=claims[0].id, text="", links=links, place=self.build_repository_link(name))
