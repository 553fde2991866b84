"""Lay out what was selected of an insight as a product: which sentence stands where. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sparky_assets.audience import Audience
from sparky_assets.digests.budget import RELEASES_APART, Selection, brief_title
from sparky_assets.digests.dates import Language
from sparky_assets.digests.figures import before_label, numbers
from sparky_assets.digests.models import Chapter, Digest, Group, Item, Link
from sparky_assets.digests.products import PictureFile, Product
from sparky_assets.digests.provenance import provenance, quiet
from sparky_assets.digests.titles import description, short_title, title
from sparky_assets.insights.models import Claim, Evidence, Insight, Theme
from sparky_assets.insights.routine import is_chore, is_routine
from sparky_assets.insights.sentences import short
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
FIRST_WORK = "credit/first:"
"""The ids of credits for somebody's first work begin so."""
HELD = "held:"
"""The ids of details that say what a release holds have this in them."""
BY_THEME = (Product.BLOG_POST, Product.LINKEDIN, Product.X, Product.CHAT)
"""Products that tell what changed by theme, each thing with its repository; the others by repository."""
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


def lay_out(
    insight: Insight, chosen: Selection, setting: Setting, *, is_short: bool, bullets: int = BULLETS[0]
) -> Digest:
    """The product of an insight from what was selected; `is_short` where that fills less than its range."""
    lay = _Layout(insight, chosen, setting.urls, bullets)
    by_theme = setting.product in BY_THEME
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
        lead=lay.lead(),
        quiet=quiet(insight, chosen) if is_short else "",
        comparisons=lay.items("comparison"),
        highlights=lay.items("highlight", placed=True),
        themes=lay.items("theme"),
        releases=tuple(lay.releases()),
        chapters=tuple(lay.by_theme() if by_theme else lay.by_repository()),
        worth_a_look=tuple(item for section in WORTH_A_LOOK for item in lay.items(section, placed=True)),
        people=tuple(lay.item(claim) for claim in lay.credits if not lay.is_told_above(claim)),
        newcomers=lay.by_name(lay.newcomers),
        thanks=lay.by_name(claim for claim in lay.credits if lay.is_told_above(claim) and not lay.is_new(claim)),
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
    bullets: int

    @property
    def several(self) -> bool:
        """Whether more than one repository is told of, so that each thing has to say where it happened."""
        return len({item.repository for item in self.insight.evidence}) > 1

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
            place=self.place(claim.repository) if placed and claim.repository and not told and self.several else None,
        )

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
            items = [self.item(claim) for claim in claims]
            if len(items) <= RELEASES_APART:
                yield from items
                continue
            links = tuple(
                Link(label=one.reference, url=one.url) for claim in claims for one in self.insight.cited(claim)
            )
            details = tuple(detail for item in items for detail in item.details if HELD in detail.claim)
            yield Item(claim=claims[0].id, text="", links=links, details=details, place=self.place(name))

    @property
    def credits(self) -> list[Claim]:
        return self.chosen.taken("credit")

    def is_told_above(self, claim: Claim) -> bool:
        """Whether a credit says again, title by title, what its person is named for already."""
        cited = self.insight.cited(claim)
        told = {
            key for section in ("highlight", "change") for one in self.chosen.taken(section) for key in one.evidence
        }
        author = cited[0].author
        return author is not None and claim.text.startswith(f"{author} for “") and set(claim.evidence) <= told

    def is_new(self, claim: Claim) -> bool:
        """Whether the person of a credit is named among those who are new."""
        new = {self.insight.cited(one)[0].author for one in self.newcomers}
        return self.insight.cited(claim)[0].author in new

    @property
    def newcomers(self) -> list[Claim]:
        return [claim for claim in self.credits if claim.id.startswith(FIRST_WORK) and self.is_told_above(claim)]

    def is_shown(self, claim: Claim) -> bool:
        """Whether a change is told by itself: what only publishes is told by its release."""
        told = (*self.chosen.taken("release"), *self.chosen.taken("highlight"))
        published = {one.repository for one in told if one.section == "release"}
        return not (is_chore(self.insight.cited(claim)[0]) and claim.repository in published)

    def by_name(self, credits: Iterable[Claim]) -> tuple[Item, ...]:
        """People by name, each once, with links to what is told above."""
        named: dict[str, Item] = {}
        for claim in credits:
            item, name = self.item(claim), self.insight.cited(claim)[0].author or ""
            links = dict.fromkeys((*(named[name].links if name in named else ()), *item.links))
            named[name] = item.model_copy(update={"text": name, "links": tuple(links)})
        return tuple(named.values())

    def place(self, repository: str) -> Link:
        return Link(label=short(repository), url=self.urls.get(repository))

    def by_repository(self) -> Iterator[Chapter]:
        """A chapter for each repository of which several things are told; the others share the last one."""
        intros = {claim.repository: claim for claim in self.insight.claims if claim.section == "repository"}
        told: dict[str, list[Claim]] = {}
        for claim in filter(self.is_shown, self.chosen.taken("change")):
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
        for group, claims in self.grouped(filter(self.is_shown, self.chosen.taken("change"))):
            yield Chapter(heading=HEADINGS[group], groups=(self.group("", claims, placed=True),))

    def themes(self, claims: Sequence[Claim]) -> Iterator[Group]:
        """What changed in a repository by theme; of little, or of a quiet theme with little, no heading is made."""
        groups = list(self.grouped(claims))
        apart = [theme for theme, ones in groups if theme is not Theme.OTHER and len(ones) >= _least_apart(theme)]
        if len(claims) < HEADED or not apart:
            yield self.group("", [claim for _, ones in groups for claim in ones])
            return
        headed = {theme: self.group(HEADINGS[theme], ones) for theme, ones in groups if theme in apart}
        bumps = headed.pop(Theme.DEPENDENCIES, None)
        yield from headed.values()
        if rest := [claim for theme, ones in groups if theme not in apart for claim in ones]:
            yield self.group(HEADINGS[Theme.OTHER] if headed else "", rest)
        if bumps:
            yield bumps

    def grouped(self, claims: Iterable[Claim]) -> Iterator[tuple[Theme, list[Claim]]]:
        groups: dict[Theme, list[Claim]] = {}
        for claim in claims:
            groups.setdefault(self.theme(claim), []).append(claim)
        yield from ((theme, groups[theme]) for theme in Theme if theme in groups)

    def theme(self, claim: Claim) -> Theme:
        return self.insight.cited(claim)[0].theme

    def group(self, heading: str, claims: Sequence[Claim], *, placed: bool = False) -> Group:
        told = [claim for claim in claims if not is_routine(self.insight.cited(claim)[0])][: self.bullets]
        routine = [claim for claim in claims if claim not in told]
        return Group(
            heading=heading,
            items=together(self.item(claim, placed=placed) for claim in told),
            brief=together(self.brief(claim, self.insight.cited(claim)[0], placed=placed) for claim in routine),
        )

    def brief(self, claim: Claim, item: Evidence, *, placed: bool) -> Item:
        """A change by its title alone; what tells of several keeps its sentence."""
        if len(claim.evidence) > 1:
            return self.item(claim, placed=placed)
        link = Link(label=item.reference, url=item.url)
        place = self.place(item.repository) if placed and self.several else None
        return Item(claim=claim.id, text=f"{brief_title(item)}.", links=(link,), place=place)


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
