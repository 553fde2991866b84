"""Arrange selected claims as a `Digest`: items, chapters of changes, and credits. Pure.

`build_digest` puts the parts together. An item is the sentence of a claim with its links, details and repository; no
sentence is written here. Which claims are selected belongs to `selection.py`, Markdown and HTML to `render/`.
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
from sparky_assets.insights.reverts import find_taken_back_claims
from sparky_assets.metrics.classify import ChangeTheme
from sparky_assets.store import Audience
from sparky_assets.text.words import short_name


@dataclass(frozen=True)
class ItemBuilder:
    """Builds items from the selected claims of an insight."""

    insight: Insight
    selection: ClaimSelection
    repository_urls: Mapping[str, str | None]
    """The page of each repository, by name."""

    @property
    def has_several_repositories(self) -> bool:
        """Whether the insight covers more than one repository, so that items have to name theirs."""
        return len({item.repository for item in self.insight.evidence}) > 1

    def build_section(self, section: str, *, with_repository: bool = False) -> tuple[DigestItem, ...]:
        """Return the items of a section; `with_repository` puts the name of its repository before each."""
        return tuple(
            self.build_item(claim, with_repository=with_repository) for claim in self.selection.get_claims(section)
        )

    def build_item(self, claim: Claim, *, with_repository: bool = False) -> DigestItem:
        """Return the item of a claim with its links and its selected details."""
        cited = self.insight.get_cited_evidence(claim)
        # A release without a page has its tag in its sentence; `v1.2.0` again as code would say nothing.
        linked = [item for item in cited if item.url or item.kind != "release"]
        repository_link = None
        if with_repository and claim.repository and short_name(claim.repository) not in claim.text:
            repository_link = self.build_place(claim.repository)
        return DigestItem(
            claim=claim.id,
            text=claim.text,
            links=tuple(EvidenceLink(label=item.reference, url=item.url) for item in linked),
            details=tuple(
                DigestItem(claim=detail.id, text=detail.text) for detail in self.selection.details.get(claim.id, ())
            ),
            place=repository_link,
        )

    def build_place(self, repository: str) -> EvidenceLink | None:
        """Return the link to an item's repository, or None if the insight covers no other repository."""
        return self.build_repository_link(repository) if self.has_several_repositories else None

    def build_repository_link(self, repository: str) -> EvidenceLink:
        """Return a link to a repository by its short name."""
        return EvidenceLink(label=short_name(repository), url=self.repository_urls.get(repository))

    def build_lead(self) -> DigestItem:
        """Return the headline with its further sentences. It has no links: the text covers everything in it below."""
        first, *more = (claim for claim in self.insight.claims if claim.section == self.insight.claims[0].section)
        details = tuple(DigestItem(claim=claim.id, text=claim.text) for claim in more)
        return DigestItem(claim=first.id, text=first.text, details=details)

    def build_releases(self) -> Iterator[DigestItem]:
        """Yield an item per release, or one item of links for a repository with many releases."""
        by_repository: dict[str, list[Claim]] = {}
        for claim in self.selection.get_claims("release"):
            by_repository.setdefault(claim.repository or "", []).append(claim)
        for repository, claims in by_repository.items():
            if len(claims) <= MAX_SEPARATE_RELEASES:
                yield from map(self.build_item, claims)
                continue
            links = tuple(
                EvidenceLink(label=item.reference, url=item.url)
                for claim in claims
                for item in self.insight.get_cited_evidence(claim)
            )
            yield DigestItem(claim=claims[0].id, text="", links=links, place=self.build_repository_link(repository))


THEME_HEADINGS = {
    ChangeTheme.SECURITY: "Security",
    ChangeTheme.FEATURE: "New",
    ChangeTheme.FIX: "Fixed",
    ChangeTheme.PERFORMANCE: "Faster",
    ChangeTheme.REFACTOR: "Reworked",
    ChangeTheme.DOCS: "Documentation",
    ChangeTheme.TESTS: "Tests",
    ChangeTheme.BUILD: "Build and CI",
    ChangeTheme.OTHER: "Other changes",
    ChangeTheme.DEPENDENCIES: "Dependencies",
}


OTHER_REPOSITORIES_HEADING = "Other repositories"
"""Heading of the chapter that repositories with a single change share."""


BULLETS_PER_GROUP = (8, 16, 1000)
"""Changes of a group with a line each; the others are listed by title, since a long list of bullets is not read.
`compose.render_within_budget` goes on to the next value if the text is too short."""


MIN_CHANGES_FOR_HEADINGS = 5
"""Changes that a repository must have for headings by theme; with fewer they interrupt more than they help."""


@dataclass(frozen=True)
class ChapterBuilder:
    """Builds the chapters of a text; up to `bullets_per_group` changes of a group have a line each."""

    item_builder: ItemBuilder
    bullets_per_group: int

    def build_by_repository(self) -> Iterator[DigestChapter]:
        """Yield a chapter per repository with several changes, then one for all repositories with a single change."""
        introductions = {
            claim.repository: claim for claim in self.item_builder.insight.claims if claim.section == "repository"
        }
        by_repository: dict[str, list[Claim]] = {}
        for claim in self._shown_changes:
            by_repository.setdefault(claim.repository or "", []).append(claim)
        single_changes: list[Claim] = []
        # Claims are in impact order, so the repository with the most important change comes first.
        for repository, claims in by_repository.items():
            if len(claims) == 1 and len(by_repository) > 1:
                single_changes += claims
                continue
            introduction = introductions.get(repository)
            yield DigestChapter(
                heading=repository,
                url=self.item_builder.repository_urls.get(repository),
                intro=self.item_builder.build_item(introduction) if introduction else None,
                groups=tuple(self._build_theme_groups(claims)),
            )
        if single_changes:
            group = self._build_group("", single_changes, with_repository=True)
            yield DigestChapter(heading=OTHER_REPOSITORIES_HEADING, groups=(group,))

    def build_by_theme(self) -> Iterator[DigestChapter]:
        """Yield a chapter per theme; each change names its repository."""
        for theme, claims in self._group_by_theme(self._shown_changes):
            group = self._build_group("", claims, with_repository=True)
            yield DigestChapter(heading=THEME_HEADINGS[theme], groups=(group,))

    def _build_theme_groups(self, claims: Sequence[Claim]) -> Iterator[ItemGroup]:
        """Yield the changes of a repository by theme; themes with few changes share a group without their heading."""
        by_theme = dict(self._group_by_theme(claims))
        headed_themes = [
            theme
            for theme, changes in by_theme.items()
            if theme is not ChangeTheme.OTHER and len(changes) >= _get_min_changes(theme)
        ]
        if len(claims) < MIN_CHANGES_FOR_HEADINGS or not headed_themes:
            yield self._build_group("", [claim for changes in by_theme.values() for claim in changes])
            return
        groups = {theme: self._build_group(THEME_HEADINGS[theme], by_theme[theme]) for theme in headed_themes}
        dependencies = groups.pop(ChangeTheme.DEPENDENCIES, None)
        yield from groups.values()
        other_changes = [
            claim for theme, changes in by_theme.items() if theme not in headed_themes for claim in changes
        ]
        if other_changes:
            yield self._build_group(THEME_HEADINGS[ChangeTheme.OTHER] if groups else "", other_changes)
        if dependencies:
            yield dependencies

    def _group_by_theme(self, claims: Iterable[Claim]) -> Iterator[tuple[ChangeTheme, list[Claim]]]:
        by_theme: dict[ChangeTheme, list[Claim]] = {}
        for claim in claims:
            by_theme.setdefault(self._get_first_evidence(claim).theme, []).append(claim)
        yield from ((theme, by_theme[theme]) for theme in ChangeTheme if theme in by_theme)

    def _get_first_evidence(self, claim: Claim) -> Evidence:
        return self.item_builder.insight.get_cited_evidence(claim)[0]

    def _build_group(self, heading: str, claims: Sequence[Claim], *, with_repository: bool = False) -> ItemGroup:
        sentences = [claim for claim in claims if not is_routine(self._get_first_evidence(claim))]
        sentences = sentences[: self.bullets_per_group]
        titles = [claim for claim in claims if claim not in sentences]
        return ItemGroup(
            heading=heading,
            items=merge_duplicates(
                self.item_builder.build_item(claim, with_repository=with_repository) for claim in sentences
            ),
            brief=merge_duplicates(self._build_brief_item(claim, with_repository=with_repository) for claim in titles),
        )

    def _build_brief_item(self, claim: Claim, *, with_repository: bool) -> DigestItem:
        """Return a change by its title; a claim about several changes keeps its sentence."""
        if len(claim.evidence) > 1:
            return self.item_builder.build_item(claim, with_repository=with_repository)
        evidence = self._get_first_evidence(claim)
        link = EvidenceLink(label=evidence.reference, url=evidence.url)
        place = self.item_builder.build_place(evidence.repository) if with_repository else None
        return DigestItem(claim=claim.id, text=f"{format_brief_title(evidence)}.", links=(link,), place=place)

    @property
    def _shown_changes(self) -> Iterator[Claim]:
        """The selected changes, without chores of a release (`version 1.2.3`) if the text covers that release."""
        selection = self.item_builder.selection
        covered = (*selection.get_claims("release"), *selection.get_claims("highlight"))
        released_repositories = {claim.repository for claim in covered if claim.section == "release"}
        for claim in selection.get_claims("change"):
            if claim.repository not in released_repositories or not is_chore(self._get_first_evidence(claim)):
                yield claim


def merge_duplicates(items: Iterable[DigestItem]) -> tuple[DigestItem, ...]:
    """Merge items with the same sentence and repository into one with the links and details of all.

    A backport, for example, has the title of the change that it ports.
    """
    merged: dict[tuple[str, EvidenceLink | None], DigestItem] = {}
    for item in items:
        key = item.text, item.place
        if key not in merged:
            merged[key] = item
            continue
        first = merged[key]
        links, details = set(first.links), set(first.details)
        update = {
            "links": (*first.links, *(link for link in item.links if link not in links)),
            "details": (*first.details, *(detail for detail in item.details if detail not in details)),
            "also": (*first.also, item.claim),
        }
        merged[key] = first.model_copy(update=update)
    return tuple(merged.values())


def _get_min_changes(theme: ChangeTheme) -> int:
    """Return the number of changes that a theme must have for a heading."""
    if theme is ChangeTheme.SECURITY:
        return 1
    return 2 if theme in HIGHLIGHT_THEMES else 3


FIRST_WORK_ID_PREFIX = "credit/first:"
"""Id prefix of credits for a first contribution."""


@dataclass(frozen=True)
class CreditsBuilder:
    """Builds the credits of a text: a sentence each, or a name if the text covers the work already."""

    item_builder: ItemBuilder

    def build_people(self) -> tuple[DigestItem, ...]:
        """Return a sentence for each person whose work the text does not cover elsewhere."""
        return tuple(
            self.item_builder.build_item(claim) for claim in self._credit_claims if not self._is_covered_above(claim)
        )

    def build_newcomers(self) -> tuple[DigestItem, ...]:
        """Return the names of first-time contributors whose work the text covers."""
        return self._merge_by_name(self._newcomer_claims)

    def build_thanks(self) -> tuple[DigestItem, ...]:
        """Return the names of all others whose work the text covers."""
        newcomers = {self._get_author(claim) for claim in self._newcomer_claims}
        return self._merge_by_name(
            claim
            for claim in self._credit_claims
            if self._is_covered_above(claim) and self._get_author(claim) not in newcomers
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
        """Return whether a credit only repeats the titles of changes that the text covers."""
        selection = self.item_builder.selection
        covered = (*selection.get_claims("highlight"), *selection.get_claims("change"))
        covered_evidence = {key for covered_claim in covered for key in covered_claim.evidence}
        author = self._get_author(claim)
        names_titles = author is not None and claim.text.startswith(f"{author} for “")
        return names_titles and covered_evidence.issuperset(claim.evidence)

    def _merge_by_name(self, claims: Iterable[Claim]) -> tuple[DigestItem, ...]:
        """Return one item per person, with the name as its text and the links of all claims."""
        by_name: dict[str, DigestItem] = {}
        for claim in claims:
            item = self.item_builder.build_item(claim)
            name = self._get_author(claim) or ""
            earlier_links = by_name[name].links if name in by_name else ()
            links = tuple(dict.fromkeys((*earlier_links, *item.links)))
            by_name[name] = item.model_copy(update={"text": name, "links": links})
        return tuple(by_name.values())


PRODUCTS_BY_THEME = (Product.BLOG_POST, Product.LINKEDIN, Product.X, Product.CHAT)
"""Products whose chapters are themes; the chapters of the others are repositories."""

WORTH_A_LOOK_SECTIONS = ("risk", "review", "issue")


@dataclass(frozen=True)
class LayoutOptions:
    """Everything that a layout depends on besides the insight and the selection."""

    product: Product
    audience: Audience = Audience.INTERNAL
    repository_urls: Mapping[str, str | None] = field(default_factory=dict)
    """The page of each repository, by name."""
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
    """Build the content of a product from selected claims.

    Args:
        insight: The insight that the claims belong to.
        selection: The selected claims and details.
        options: The product, its audience and its layout.
        is_short: True if the text is shorter than its minimum, which it then explains in a sentence.
        bullets_per_group: Number of changes of a group with a line each.
    """
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
        taken_back=find_taken_back_claims(insight),
    )
