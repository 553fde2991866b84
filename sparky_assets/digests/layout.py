"""Lay out what was selected of an insight as a product: which sentence stands where. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sparky_assets.digests.chapters import BULLETS_PER_GROUP, ChapterBuilder
from sparky_assets.digests.credits import CreditsBuilder
from sparky_assets.digests.dates import Language
from sparky_assets.digests.figures import find_previous_label, numbers_table
from sparky_assets.digests.footer import footer_lines, shortness_note
from sparky_assets.digests.items import ItemBuilder
from sparky_assets.digests.models import Digest
from sparky_assets.digests.products import PictureFile, Product
from sparky_assets.digests.selection import ClaimSelection
from sparky_assets.digests.titles import format_description, format_short_title, format_title
from sparky_assets.insights.models import Insight
from sparky_assets.store import Audience

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
