"""Who did it: each by a sentence, or by name alone where the text tells of their work already. Pure.

Who did what is told in a claim of the insight; nothing is worded here.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sparky_assets.digests.items import Items
from sparky_assets.digests.models import Item
from sparky_assets.insights.models import Claim

FIRST_WORK = "credit/first:"
"""The ids of credits for somebody's first work begin so."""


@dataclass(frozen=True)
class Credits:
    """The credits that were selected for a text."""

    items: Items

    def people(self) -> tuple[Item, ...]:
        """Whose work is told nowhere else: a sentence each."""
        return tuple(self.items.item(claim) for claim in self._all if not self._is_told_above(claim))

    def newcomers(self) -> tuple[Item, ...]:
        """By name, who is named above for the first time."""
        return self._by_name(self._new)

    def thanks(self) -> tuple[Item, ...]:
        """By name, everybody else whose work is told above."""
        new = {self._author(claim) for claim in self._new}
        return self._by_name(
            claim for claim in self._all if self._is_told_above(claim) and self._author(claim) not in new
        )

    @property
    def _all(self) -> list[Claim]:
        return self.items.chosen.taken("credit")

    @property
    def _new(self) -> list[Claim]:
        return [claim for claim in self._all if claim.id.startswith(FIRST_WORK) and self._is_told_above(claim)]

    def _author(self, claim: Claim) -> str | None:
        return self.items.insight.cited(claim)[0].author

    def _is_told_above(self, claim: Claim) -> bool:
        """Whether a credit says again, title by title, what its person is named for already."""
        taken = self.items.chosen.taken
        told = {key for section in ("highlight", "change") for one in taken(section) for key in one.evidence}
        author = self._author(claim)
        return author is not None and claim.text.startswith(f"{author} for “") and set(claim.evidence) <= told

    def _by_name(self, claims: Iterable[Claim]) -> tuple[Item, ...]:
        """People by name, each once, with links to what is told above."""
        named: dict[str, Item] = {}
        for claim in claims:
            item, name = self.items.item(claim), self._author(claim) or ""
            links = dict.fromkeys((*(named[name].links if name in named else ()), *item.links))
            named[name] = item.model_copy(update={"text": name, "links": tuple(links)})
        return tuple(named.values())
