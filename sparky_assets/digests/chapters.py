"""What changed, in chapters: by repository or by theme, grouped, and told by sentences or in brief. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sparky_assets.digests.items import Items
from sparky_assets.digests.models import Chapter, Group, Item, Link
from sparky_assets.digests.titles import brief_title
from sparky_assets.insights.models import Claim, Evidence
from sparky_assets.insights.routine import is_chore, is_routine
from sparky_assets.metrics.changes import Theme
from sparky_assets.metrics.impact import LOUD

HEADINGS = {
    Theme.SECURITY: "Security", Theme.FEATURE: "New", Theme.FIX: "Fixed", Theme.PERFORMANCE: "Faster",
    Theme.REFACTOR: "Reworked", Theme.DOCS: "Documentation", Theme.TESTS: "Tests", Theme.BUILD: "Build and CI",
    Theme.OTHER: "Also changed", Theme.DEPENDENCIES: "Dependencies",
}  # fmt: skip
ELSEWHERE = "Elsewhere"
"""The heading over repositories of which there is one thing to tell."""
BULLETS = (8, 16, 1000)
"""Changes of a group that have a line each; the rest shares one, by titles: nobody reads a twentieth bullet. More of
them where the text would be too short otherwise."""
HEADED = 5
"""Changes of a repository from which on headings help more than they interrupt."""


@dataclass(frozen=True)
class Chapters:
    """The chapters of a text; `bullets` changes of a group have a line each."""

    items: Items
    bullets: int

    def by_repository(self) -> Iterator[Chapter]:
        """A chapter for each repository of which several things are told; the others share the last one."""
        intros = {claim.repository: claim for claim in self.items.insight.claims if claim.section == "repository"}
        told: dict[str, list[Claim]] = {}
        for claim in filter(self._is_shown, self.items.chosen.taken("change")):
            told.setdefault(claim.repository or "", []).append(claim)
        lonely = {name for name, claims in told.items() if len(claims) == 1 and len(told) > 1}
        # The repository of the most telling change comes first: claims arrive in impact order.
        for name, claims in told.items():
            if name not in lonely:
                intro = intros.get(name)
                yield Chapter(
                    heading=name,
                    url=self.items.urls.get(name),
                    intro=intro and self.items.item(intro),
                    groups=tuple(self._themes(claims)),
                )
        if lonely:
            ones = [claim for name in told if name in lonely for claim in told[name]]
            yield Chapter(heading=ELSEWHERE, groups=(self._group("", ones, placed=True),))

    def by_theme(self) -> Iterator[Chapter]:
        """A chapter for each theme, with what each repository did for it."""
        for group, claims in self._grouped(filter(self._is_shown, self.items.chosen.taken("change"))):
            yield Chapter(heading=HEADINGS[group], groups=(self._group("", claims, placed=True),))

    def _themes(self, claims: Sequence[Claim]) -> Iterator[Group]:
        """What changed in a repository by theme; of little, or of a quiet theme with little, no heading is made."""
        groups = list(self._grouped(claims))
        apart = [theme for theme, ones in groups if theme is not Theme.OTHER and len(ones) >= _least_apart(theme)]
        if len(claims) < HEADED or not apart:
            yield self._group("", [claim for _, ones in groups for claim in ones])
            return
        headed = {theme: self._group(HEADINGS[theme], ones) for theme, ones in groups if theme in apart}
        bumps = headed.pop(Theme.DEPENDENCIES, None)
        yield from headed.values()
        if rest := [claim for theme, ones in groups if theme not in apart for claim in ones]:
            yield self._group(HEADINGS[Theme.OTHER] if headed else "", rest)
        if bumps:
            yield bumps

    def _grouped(self, claims: Iterable[Claim]) -> Iterator[tuple[Theme, list[Claim]]]:
        groups: dict[Theme, list[Claim]] = {}
        for claim in claims:
            groups.setdefault(self._theme(claim), []).append(claim)
        yield from ((theme, groups[theme]) for theme in Theme if theme in groups)

    def _theme(self, claim: Claim) -> Theme:
        return self.items.insight.cited(claim)[0].theme

    def _group(self, heading: str, claims: Sequence[Claim], *, placed: bool = False) -> Group:
        told = [claim for claim in claims if not is_routine(self.items.insight.cited(claim)[0])][: self.bullets]
        routine = [claim for claim in claims if claim not in told]
        return Group(
            heading=heading,
            items=together(self.items.item(claim, placed=placed) for claim in told),
            brief=together(self._brief(claim, self.items.insight.cited(claim)[0], placed=placed) for claim in routine),
        )

    def _brief(self, claim: Claim, item: Evidence, *, placed: bool) -> Item:
        """A change by its title alone; what tells of several keeps its sentence."""
        if len(claim.evidence) > 1:
            return self.items.item(claim, placed=placed)
        link = Link(label=item.reference, url=item.url)
        place = self.items.place(item.repository) if placed and self.items.several else None
        return Item(claim=claim.id, text=f"{brief_title(item)}.", links=(link,), place=place)

    def _is_shown(self, claim: Claim) -> bool:
        """Whether a change is told by itself: what only publishes is told by its release."""
        told = (*self.items.chosen.taken("release"), *self.items.chosen.taken("highlight"))
        published = {one.repository for one in told if one.section == "release"}
        return not (is_chore(self.items.insight.cited(claim)[0]) and claim.repository in published)


def together(items: Iterable[Item]) -> tuple[Item, ...]:
    """Items that say the same once, with the links of all: a backport has the title of what it brings back."""
    said: dict[tuple[str, Link | None], Item] = {}
    for item in items:
        first = said.setdefault((item.text, item.place), item)
        links, details = ({*ours} for ours in (first.links, first.details))
        more = {
            "links": (*first.links, *(link for link in item.links if link not in links)),
            "details": (*first.details, *(one for one in item.details if one not in details)),
            "also": first.also if item is first else (*first.also, item.claim),
        }
        said[item.text, item.place] = first.model_copy(update=more)
    return tuple(said.values())


def _least_apart(theme: Theme) -> int:
    """Changes of a theme that are worth a heading: of security one, of other loud themes two."""
    return 1 if theme is Theme.SECURITY else 2 if theme in LOUD else 3
