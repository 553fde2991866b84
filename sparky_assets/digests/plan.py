"""Lay out what was selected of an insight as a product: which sentence stands where. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sparky_assets.audience import Audience
from sparky_assets.digests.chapters import BULLETS, Chapters
from sparky_assets.digests.credits import Credits
from sparky_assets.digests.dates import Language
from sparky_assets.digests.figures import before_label, numbers
from sparky_assets.digests.items import Items
from sparky_assets.digests.models import Digest
from sparky_assets.digests.products import PictureFile, Product
from sparky_assets.digests.provenance import provenance, quiet
from sparky_assets.digests.selection import Selection
from sparky_assets.digests.titles import description, short_title, title
from sparky_assets.insights.models import Insight

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
    items = Items(insight, chosen, setting.urls)
    chapters, credits = Chapters(items, bullets), Credits(items)
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
        lead=items.lead(),
        quiet=quiet(insight, chosen) if is_short else "",
        comparisons=items.of("comparison"),
        highlights=items.of("highlight", placed=True),
        themes=items.of("theme"),
        releases=tuple(items.releases()),
        chapters=tuple(chapters.by_theme() if setting.product in BY_THEME else chapters.by_repository()),
        worth_a_look=tuple(item for section in WORTH_A_LOOK for item in items.of(section, placed=True)),
        people=credits.people(),
        newcomers=credits.newcomers(),
        thanks=credits.thanks(),
        numbers=tuple(numbers(insight)),
        before=before_label(insight),
        pictures=tuple(setting.pictures),
        corrections=tuple(setting.corrections),
        first_edition=setting.first_edition if setting.corrections else "",
        footer=tuple(provenance(insight, chosen)),
        url=setting.url,
        emoji=setting.emoji,
    )
