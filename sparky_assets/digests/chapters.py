"""What changed, in chapters: by repository or by theme, grouped, and told by sentences or in brief. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sparky_assets.digests.items import ItemBuilder
from sparky_assets.digests.models import DigestChapter, DigestItem, EvidenceLink, ItemGroup
from sparky_assets.digests.titles import format_brief_title
from sparky_assets.insights.models import Claim, Evidence
from sparky_assets.insights.routine import is_chore, is_routine
from sparky_assets.metrics.classify import ChangeTheme
from sparky_assets.metrics.impact import HIGHLIGHT_THEMES

THEME_HEADINGS = {
    ChangeTheme.SECURITY: "Security",
    ChangeTheme.FEATURE: "New",
    ChangeTheme.FIX: "Fixed",
    ChangeTheme.PERFORMANCE: "Faster",
    ChangeTheme.REFACTOR: "Reworked",
    ChangeTheme.DOCS: "Documentation",
    ChangeTheme.TESTS: "Tests",
    ChangeTheme.BUILD: "Build and CI",
    ChangeTheme.OTHER: "Also changed",
    ChangeTheme.DEPENDENCIES: "Dependencies",
}


OTHER_REPOSITORIES_HEADING = "Elsewhere"
"""The heading over repositories of which there is one thing to tell."""


BULLETS_PER_GROUP = (8, 16, 1000)
"""Changes of a group that have a line each; the rest shares one, by titles: nobody reads a twentieth bullet. More of
them where the text would be too short otherwise."""


MIN_CHANGES_FOR_HEADINGS = 5
"""Changes of a repository from which on headings help more than they interrupt."""


@dataclass(frozen=True)
class ChapterBuilder:
    """The chapters of a text; `bullets` changes of a group have a line each."""

    item_builder: ItemBuilder
    bullets_per_group: int

    def build_by_repository(self) -> Iterator[DigestChapter]:
        """A chapter for each repository of which several things are told; the others share the last one."""
        intros = {
            claim.repository: claim for claim in self.item_builder.insight.claims if claim.section == "repository"
        }
        told: dict[str, list[Claim]] = {}
        for claim in filter(self._is_shown, self.item_builder.selection.get_claims("change")):
            told.setdefault(claim.repository or "", []).append(claim)
        lonely = {name for name, claims in told.items() if len(claims) == 1 and len(told) > 1}
        # The repository of the most telling change comes first: claims arrive in impact order.
        for name, claims in told.items():
            if name not in lonely:
                intro = intros.get(name)
                yield DigestChapter(
                    heading=name,
                    url=self.item_builder.repository_urls.get(name),
                    intro=intro and self.item_builder.build_item(intro),
                    groups=tuple(self._build_theme_groups(claims)),
                )
        if lonely:
            ones = [claim for name in told if name in lonely for claim in told[name]]
            yield DigestChapter(
                heading=OTHER_REPOSITORIES_HEADING, groups=(self._build_group("", ones, with_repository=True),)
            )

    def build_by_theme(self) -> Iterator[DigestChapter]:
        """A chapter for each theme, with what each repository did for it."""
        for group, claims in self._group_by_theme(
            filter(self._is_shown, self.item_builder.selection.get_claims("change"))
        ):
            yield DigestChapter(
                heading=THEME_HEADINGS[group], groups=(self._build_group("", claims, with_repository=True),)
            )

    def _build_theme_groups(self, claims: Sequence[Claim]) -> Iterator[ItemGroup]:
        """What changed in a repository by theme; of little, or of a quiet theme with little, no heading is made."""
        groups = list(self._group_by_theme(claims))
        apart = [
            theme for theme, ones in groups if theme is not ChangeTheme.OTHER and len(ones) >= _get_min_changes(theme)
        ]
        if len(claims) < MIN_CHANGES_FOR_HEADINGS or not apart:
            yield self._build_group("", [claim for _, ones in groups for claim in ones])
            return
        headed = {theme: self._build_group(THEME_HEADINGS[theme], ones) for theme, ones in groups if theme in apart}
        bumps = headed.pop(ChangeTheme.DEPENDENCIES, None)
        yield from headed.values()
        if rest := [claim for theme, ones in groups if theme not in apart for claim in ones]:
            yield self._build_group(THEME_HEADINGS[ChangeTheme.OTHER] if headed else "", rest)
        if bumps:
            yield bumps

    def _group_by_theme(self, claims: Iterable[Claim]) -> Iterator[tuple[ChangeTheme, list[Claim]]]:
        groups: dict[ChangeTheme, list[Claim]] = {}
        for claim in claims:
            groups.setdefault(self._get_theme(claim), []).append(claim)
        yield from ((theme, groups[theme]) for theme in ChangeTheme if theme in groups)

    def _get_theme(self, claim: Claim) -> ChangeTheme:
        return self.item_builder.insight.get_cited_evidence(claim)[0].theme

    def _build_group(self, heading: str, claims: Sequence[Claim], *, with_repository: bool = False) -> ItemGroup:
        told = [claim for claim in claims if not is_routine(self.item_builder.insight.get_cited_evidence(claim)[0])][
            : self.bullets_per_group
        ]
        routine = [claim for claim in claims if claim not in told]
        return ItemGroup(
            heading=heading,
            items=merge_duplicates(
                self.item_builder.build_item(claim, with_repository=with_repository) for claim in told
            ),
            brief=merge_duplicates(
                self._build_brief_item(
                    claim, self.item_builder.insight.get_cited_evidence(claim)[0], with_repository=with_repository
                )
                for claim in routine
            ),
        )

    def _build_brief_item(self, claim: Claim, evidence: Evidence, *, with_repository: bool) -> DigestItem:
        """A change by its title alone; what tells of several keeps its sentence."""
        if len(claim.evidence) > 1:
            return self.item_builder.build_item(claim, with_repository=with_repository)
        link = EvidenceLink(label=evidence.reference, url=evidence.url)
        place = (
            self.item_builder.build_repository_link(evidence.repository)
            if with_repository and self.item_builder.has_several_repositories
            else None
        )
        return DigestItem(claim=claim.id, text=f"{format_brief_title(evidence)}.", links=(link,), place=place)

    def _is_shown(self, claim: Claim) -> bool:
        """Whether a change is told by itself: what only publishes is told by its release."""
        told = (
            *self.item_builder.selection.get_claims("release"),
            *self.item_builder.selection.get_claims("highlight"),
        )
        published = {one.repository for one in told if one.section == "release"}
        return not (is_chore(self.item_builder.insight.get_cited_evidence(claim)[0]) and claim.repository in published)


def merge_duplicates(items: Iterable[DigestItem]) -> tuple[DigestItem, ...]:
    """Items that say the same once, with the links of all: a backport has the title of what it brings back."""
    said: dict[tuple[str, EvidenceLink | None], DigestItem] = {}
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


def _get_min_changes(theme: ChangeTheme) -> int:
    """Changes of a theme that are worth a heading: of security one, of other loud themes two."""
    return 1 if theme is ChangeTheme.SECURITY else 2 if theme in HIGHLIGHT_THEMES else 3
