"""Lay out what was selected of an insight as a product: which sentence stands where. Pure.

Claims that were selected as the items of a text: the sentence with its links, details and place. Pure.

Where an item stands: `plan.py`, and `chapters.py` for changes.

What changed, in chapters: by repository or by theme, grouped, and told by sentences or in brief. Pure.

Who did it: each by a sentence, or by name alone where the text tells of their work already. Pure.

Who did what is told in a claim of the insight; nothing is worded here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sparky_assets.digests.footer import find_previous_label, footer_lines, numbers_table, shortness_note
from sparky_assets.digests.models import (
    Digest,
    DigestChapter,
    DigestItem,
    EvidenceLink,
    ItemGroup,
    PictureFile,
    Product,
)
from sparky_assets.digests.selection import MAX_SEPARATE_RELEASES, ClaimSelection
from sparky_assets.digests.titles import (
    Language,
    format_brief_title,
    format_description,
    format_short_title,
    format_title,
)
from sparky_assets.insights.claims.releases import is_chore, is_routine
from sparky_assets.insights.models import Claim, Evidence, Insight
from sparky_assets.insights.ranking import HIGHLIGHT_THEMES
from sparky_assets.metrics.classify import ChangeTheme
from sparky_assets.store import Audience
from sparky_assets.text.words import short_name


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


PRODUCTS_BY_THEME = (Product.BLOG_POST, Product.LINKEDIN, Product.X, Product.CHAT)
"""Products that tell what changed by theme, each thing with its repository; the others by repository."""


WORTH_A_LOOK_SECTIONS = ("risk", "review", "issue")


@dataclass(frozen=True)
class LayoutOptions:
    """What a layout needs to know beside the insight."""

    product: Product
    audience: Audience = Audience.INTERNAL
    repository_urls: Mapping[str, str | None] = field(default_factory=dict)
    """The pages of repositories by name."""
    pictures: Sequence[PictureFile] = ()
    language: Language = "en"
    page_url: str = ""
    with_emoji: bool = False
    corrections: Sequence[str] = ()
    first_edition_file: str = ""


def build_digest(
    insight: Insight,
    selection: ClaimSelection,
    options: LayoutOptions,
    *,
    is_short: bool,
    bullets_per_group: int = BULLETS_PER_GROUP[0],
) -> Digest:
    """The product of an insight from what was selected; `is_short` where that fills less than its range."""
    items = ItemBuilder(insight, selection, options.repository_urls)
    chapters, credits = ChapterBuilder(items, bullets_per_group), CreditsBuilder(items)
    return Digest(
        product=options.product,
        audience=options.audience,
        period=insight.period,
        window=insight.window,
        organisation=insight.organisation,
        title=format_title(insight, options.language),
        short_title=format_short_title(insight, options.language),
        description=format_description(insight),
        date=insight.period.end - timedelta(days=1),
        tags=(insight.period.kind.value, "engineering", "digest"),
        lead=items.build_lead(),
        quiet=shortness_note(insight, selection) if is_short else "",
        comparisons=items.build_section("comparison"),
        highlights=items.build_section("highlight", with_repository=True),
        themes=items.build_section("theme"),
        releases=tuple(items.build_releases()),
        chapters=tuple(
            chapters.build_by_theme() if options.product in PRODUCTS_BY_THEME else chapters.build_by_repository()
        ),
        worth_a_look=tuple(
            item for section in WORTH_A_LOOK_SECTIONS for item in items.build_section(section, with_repository=True)
        ),
        people=credits.build_people(),
        newcomers=credits.build_newcomers(),
        thanks=credits.build_thanks(),
        numbers=tuple(numbers_table(insight)),
        before=find_previous_label(insight),
        pictures=tuple(options.pictures),
        corrections=tuple(options.corrections),
        first_edition=options.first_edition_file if options.corrections else "",
        footer=tuple(footer_lines(insight, selection)),
        url=options.page_url,
        emoji=options.with_emoji,
    )
