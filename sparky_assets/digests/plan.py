"""Lay out what was selected of an insight as a product: which sentence stands where. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sparky_assets.audience import Audience
from sparky_assets.digests.budget import Selection, is_routine
from sparky_assets.digests.dates import Language
from sparky_assets.digests.figures import before_label, numbers
from sparky_assets.digests.models import Chapter, Digest, Group, Item, Link
from sparky_assets.digests.products import PictureFile, Product
from sparky_assets.digests.provenance import provenance, quiet
from sparky_assets.digests.titles import description, short_title, title
from sparky_assets.insights.models import Claim, Evidence, Insight, Theme
from sparky_assets.insights.sentences import short
from sparky_assets.insights.text import headline

HEADINGS = {
    Theme.SECURITY: "Security", Theme.FEATURE: "New", Theme.FIX: "Fixed", Theme.PERFORMANCE: "Faster",
    Theme.REFACTOR: "Reworked", Theme.DOCS: "Documentation", Theme.TESTS: "Tests", Theme.BUILD: "Build and CI",
    Theme.OTHER: "Also changed", Theme.DEPENDENCIES: "Dependencies",
}  # fmt: skip
ELSEWHERE = "Elsewhere"
"""The heading over repositories of which there is one thing to tell."""
WORTH_A_LOOK = ("risk", "review", "issue")


@dataclass(frozen=True)
class Setting:
    """What a layout needs to know beside the insight."""

    product: Product
    audience: Audience = Audience.INTERNAL
    urls: Mapping[str, str | None] = field(default_factory=dict)
    """The pages of repositories by name."""
    pictures: Sequence[PictureFile] = ()
    language: Language = "en"
    url: str = ""
    emoji: bool = False
    corrections: Sequence[str] = ()
    first_edition: str = ""


def lay_out(insight: Insight, chosen: Selection, setting: Setting, *, is_short: bool) -> Digest:
    """The product of an insight from what was selected; `is_short` where that fills less than its range."""
    lay = _Layout(insight, chosen, setting.urls)
    by_theme = setting.product is Product.BLOG_POST
    return Digest(
        product=setting.product,
        audience=setting.audience,
        period=insight.period,
        window=insight.window,
        organisation=insight.organisation,
        title=title(insight, setting.language),
        short_title=short_title(insight, setting.language),
        description=description(insight),
        date=insight.period.end - timedelta(days=1),
        tags=(insight.period.kind.value, "engineering", "digest"),
        lead=lay.item(insight.claims[0]),
        quiet=quiet(insight, chosen) if is_short else "",
        comparisons=lay.items("comparison"),
        highlights=lay.items("highlight", placed=True),
        themes=lay.items("theme"),
        releases=lay.items("release"),
        chapters=tuple(lay.by_theme() if by_theme else lay.by_repository()),
        worth_a_look=tuple(item for section in WORTH_A_LOOK for item in lay.items(section, placed=True)),
        people=lay.items("credit"),
        numbers=tuple(numbers(insight)),
        before=before_label(insight),
        pictures=tuple(setting.pictures),
        corrections=tuple(setting.corrections),
        first_edition=setting.first_edition if setting.corrections else "",
        footer=tuple(provenance(insight, chosen)),
        url=setting.url,
        emoji=setting.emoji,
    )


@dataclass(frozen=True)
class _Layout:
    insight: Insight
    chosen: Selection
    urls: Mapping[str, str | None]

    def items(self, section: str, *, placed: bool = False) -> tuple[Item, ...]:
        return tuple(self.item(claim, placed=placed) for claim in self.chosen.taken(section))

    def item(self, claim: Claim, *, placed: bool = False) -> Item:
        cited = self.insight.cited(claim)
        # A release without a page has its tag in its sentence; `v1.2.0` again as code says nothing.
        shown = [one for one in cited if one.url or one.kind != "release"]
        told = claim.repository is None or short(claim.repository) in claim.text
        return Item(
            claim=claim.id,
            text=claim.text,
            links=tuple(Link(label=one.reference, url=one.url) for one in shown),
            details=tuple(Item(claim=one.id, text=one.text) for one in self.chosen.details.get(claim.id, ())),
            place=self.place(claim.repository) if placed and claim.repository and not told else None,
        )

    def place(self, repository: str) -> Link:
        return Link(label=short(repository), url=self.urls.get(repository))

    def by_repository(self) -> Iterator[Chapter]:
        """A chapter for each repository of which several things are told; the others share the last one."""
        intros = {claim.repository: claim for claim in self.insight.claims if claim.section == "repository"}
        told: dict[str, list[Claim]] = {}
        for claim in self.chosen.taken("change"):
            told.setdefault(claim.repository or "", []).append(claim)
        lonely = {name for name, claims in told.items() if len(claims) == 1 and len(told) > 1}
        # The repository of the most telling change comes first: claims arrive in impact order.
        for name, claims in told.items():
            if name not in lonely:
                intro = intros.get(name)
                yield Chapter(
                    heading=name,
                    url=self.urls.get(name),
                    intro=intro and self.item(intro),
                    groups=tuple(self.themes(claims)),
                )
        if lonely:
            ones = [claim for name in told if name in lonely for claim in told[name]]
            yield Chapter(heading=ELSEWHERE, groups=(self.group("", ones, placed=True),))

    def by_theme(self) -> Iterator[Chapter]:
        """A chapter for each theme, with what each repository did for it."""
        for group, claims in self.grouped(self.chosen.taken("change")):
            yield Chapter(heading=HEADINGS[group], groups=(self.group("", claims, placed=True),))

    def themes(self, claims: Sequence[Claim]) -> Iterator[Group]:
        for theme, ones in self.grouped(claims):
            yield self.group(HEADINGS[theme], ones)

    def grouped(self, claims: Iterable[Claim]) -> Iterator[tuple[Theme, list[Claim]]]:
        groups: dict[Theme, list[Claim]] = {}
        for claim in claims:
            groups.setdefault(self.theme(claim), []).append(claim)
        yield from ((theme, groups[theme]) for theme in Theme if theme in groups)

    def theme(self, claim: Claim) -> Theme:
        return self.insight.cited(claim)[0].theme

    def group(self, heading: str, claims: Sequence[Claim], *, placed: bool = False) -> Group:
        routine = [claim for claim in claims if is_routine(self.insight, claim)]
        told = [claim for claim in claims if claim not in routine]
        return Group(
            heading=heading,
            items=tuple(self.item(claim, placed=placed) for claim in told),
            brief=tuple(self.brief(claim, self.insight.cited(claim)[0], placed=placed) for claim in routine),
        )

    def brief(self, claim: Claim, item: Evidence, *, placed: bool) -> Item:
        """A change by its title alone."""
        link = Link(label=item.reference, url=item.url)
        place = self.place(item.repository) if placed else None
        return Item(claim=claim.id, text=f"{headline(item.title)}.", links=(link,), place=place)
