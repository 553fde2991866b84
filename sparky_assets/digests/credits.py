"""Who did it: each by a sentence, or by name alone where the text tells of their work already. Pure.

Who did what is told in a claim of the insight; nothing is worded here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sparky_assets.digests.items import ItemBuilder
from sparky_assets.digests.models import DigestItem
from sparky_assets.insights.models import Claim

FIRST_WORK_ID_PREFIX = "credit/first:"
"""The ids of credits for somebody's first work begin so."""


@dataclass(frozen=True)
class CreditsBuilder:
    """The credits that were selected for a text."""

    item_builder: ItemBuilder

    def build_people(self) -> tuple[DigestItem, ...]:
        """Whose work is told nowhere else: a sentence each."""
        return tuple(
            self.item_builder.build_item(claim) for claim in self._credit_claims if not self._is_covered_above(claim)
        )

    def build_newcomers(self) -> tuple[DigestItem, ...]:
        """By name, who is named above for the first time."""
        return self._merge_by_name(self._newcomer_claims)

    def build_thanks(self) -> tuple[DigestItem, ...]:
        """By name, everybody else whose work is told above."""
        new = {self._get_author(claim) for claim in self._newcomer_claims}
        return self._merge_by_name(
            claim
            for claim in self._credit_claims
            if self._is_covered_above(claim) and self._get_author(claim) not in new
        )

    @property
    def _credit_claims(self) -> list[Claim]:
        return self.item_builder.selection.get_claims("credit")

    @property
    def _newcomer_claims(self) -> list[Claim]:
        return [
            claim
            for claim in self._credit_claims
            if claim.id.startswith(FIRST_WORK_ID_PREFIX) and self._is_covered_above(claim)
        ]

    def _get_author(self, claim: Claim) -> str | None:
        return self.item_builder.insight.get_cited_evidence(claim)[0].author

    def _is_covered_above(self, claim: Claim) -> bool:
        """Whether a credit says again, title by title, what its person is named for already."""
        taken = self.item_builder.selection.get_claims
        told = {key for section in ("highlight", "change") for one in taken(section) for key in one.evidence}
        author = self._get_author(claim)
        return author is not None and claim.text.startswith(f"{author} for “") and set(claim.evidence) <= told

    def _merge_by_name(self, claims: Iterable[Claim]) -> tuple[DigestItem, ...]:
        """People by name, each once, with links to what is told above."""
        named: dict[str, DigestItem] = {}
        for claim in claims:
            item, name = self.item_builder.build_item(claim), self._get_author(claim) or ""
            links = dict.fromkeys((*(named[name].links if name in named else ()), *item.links))
            named[name] = item.model_copy(update={"text": name, "links": tuple(links)})
        return tuple(named.values())
