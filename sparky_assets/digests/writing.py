"""Read what a product is made from, make it, and leave text, pictures and what is known of them in the store."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from resources.storage import Storage, Stored
from sparky_assets.digests.checks import out_of_range, unaccounted
from sparky_assets.digests.composing import Composed, compose
from sparky_assets.digests.dates import page_name, shelf_of
from sparky_assets.digests.desk import Desk
from sparky_assets.digests.editions import Edition
from sparky_assets.digests.gallery import Drawn, Numbers, cover_of, draw_covers, draw_pictures
from sparky_assets.digests.models import Digest
from sparky_assets.digests.plan import Setting
from sparky_assets.digests.products import Product, Rendered, store_name, suffix_of
from sparky_assets.digests.titles import description, short_title
from sparky_assets.insights.models import Insight
from sparky_assets.metrics.models import DAY_TABLE, REPOSITORY_TABLE, Metrics
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.raw.models import REPOSITORIES
from sparky_assets.settings import Settings
from sparky_assets.settings_load import shipped

FIXED_LABELS = ("The first edition", "With thanks to", "First contributions")
"""Words of ours that stand where sentences do."""


@dataclass(frozen=True)
class Material:
    """What the store holds of a period for one audience."""

    insight: Insight
    insight_sha256: str
    urls: dict[str, str | None]
    """The pages of repositories by name."""


def read_urls(desk: Desk, insight: Insight) -> dict[str, str | None]:
    """Where the repositories of an insight are at home."""
    there = set(desk.storage.list_keys(REPOSITORIES.path))  # a period may have been written with a gap at its end
    collected = [day.key for day in desk.period.days if day.key in there] or [desk.period.days[-1].key]
    last_day = desk.storage.read_table(REPOSITORIES.path, collected[-1], REPOSITORIES)
    named = {item.repository for item in insight.evidence}
    return {name: url for name, url in last_day.select("repository", "url").iter_rows() if name in named}


def template_folders(settings: Settings) -> list[Path]:
    """Where templates are looked for: the user's folder, then ours."""
    own = [settings.digests.templates] if settings.digests.templates else []
    return [*own, shipped("templates")]


def page_url(period: Period, settings: Settings) -> str:
    """Where a page will be, by the setting; empty where that is not set."""
    day = shelf_of(period)
    return settings.digests.page_url.format(
        kind=period.kind.value, label=period.label, year=f"{day:%Y}", month=f"{day:%m}", page=page_name(period)
    )


def kept_pictures(product: Product, desk: Desk) -> list[Drawn]:
    """The pictures of a product as they are in the store."""
    name, key = desk.name(product), desk.period.key
    if not desk.storage.has(name, key, "json"):
        return []
    files = desk.storage.read_document(name, key, Rendered).pictures
    return [Drawn(file, desk.storage.read_bytes(desk.name(file.name), key, file.suffix)) for file in files]


def draw(product: Product, desk: Desk, material: Material) -> list[Drawn]:
    """The pictures of a product."""
    if product not in {Product.DIGEST, Product.BLOG_POST} or desk.period.kind is PeriodKind.DAILY:
        return []
    place, key = f"metrics/{desk.shelf}", desk.period.key
    known = Numbers(
        desk.storage.read_document(place, key, Metrics),
        desk.storage.read_table(f"{place}_days", key, DAY_TABLE),
        desk.storage.read_table(f"{place}_repositories", key, REPOSITORY_TABLE),
    )
    drawn = draw_pictures(desk.period, known)
    if product is Product.BLOG_POST:
        title = short_title(material.insight, desk.settings.digests.language)
        drawn += draw_covers(desk.period, cover_of(title, description(material.insight), known))
    return drawn


def make(
    product: Product, desk: Desk, material: Material, drawn: list[Drawn], edition: Edition
) -> tuple[Composed, Rendered]:
    """A product and what is known of it. Nothing is written."""
    look = desk.settings.digests
    setting = Setting(
        product=product,
        audience=desk.audience,
        urls=material.urls,
        pictures=[one.file for one in drawn],
        language=look.language,
        url=page_url(desk.period, desk.settings),
        emoji=look.emoji,
        corrections=edition.corrections,
        first_edition=edition.first,
    )
    composed = compose(material.insight, setting, template_folders(desk.settings), look.front_matter)
    rendered = describe(composed, material, edition)
    problems = [*unaccounted(composed.text, rendered, material.insight), *out_of_range(composed.text, rendered)]
    return composed, rendered.model_copy(update={"problems": tuple(problems)})


def describe(composed: Composed, material: Material, edition: Edition) -> Rendered:
    """What is known of a finished text."""
    digest = composed.digest
    own = (digest.title, digest.short_title, digest.description, digest.quiet, *digest.corrections, *digest.footer)
    places = {link.url for item in digest.items for link in [item.place] if link and link.url}
    places |= {chapter.url for chapter in digest.chapters if chapter.url}
    return Rendered(
        product=digest.product,
        audience=digest.audience,
        period=digest.period,
        title=digest.title if digest.product is Product.DIGEST else digest.short_title,
        description=digest.description,
        text_sha256=sha256(composed.text.encode()).hexdigest(),
        words=composed.words,
        is_quiet=composed.is_quiet,
        pictures=digest.pictures,
        edition=edition.number,
        corrections=digest.corrections,
        date=digest.date,
        tags=digest.tags,
        statements=tuple(line for line in own if line),
        labels=_labels(digest),
        addresses=tuple(sorted({one for one in (*places, digest.url, digest.first_edition) if one})),
        url=digest.url,
        first_edition=digest.first_edition,
        insight_sha256=material.insight_sha256,
    )


def write(storage: Storage, composed: Composed, rendered: Rendered, drawn: list[Drawn]) -> Stored:
    """Pictures and text first; what is known of them last, so that it never stands without them."""
    period, audience = rendered.period, rendered.audience
    for one in drawn:
        storage.write_bytes(store_name(period, audience, one.file.name), period.key, one.data, one.file.suffix)
    name = store_name(period, audience, rendered.product)
    stored = storage.write_text(name, period.key, composed.text, suffix_of(rendered.product))
    storage.write_document(name, period.key, rendered)
    return stored


def _labels(digest: Digest) -> tuple[str, ...]:
    groups = [group.heading for chapter in digest.chapters for group in chapter.groups]
    names = {chapter.heading for chapter in digest.chapters} | {heading for heading, _ in digest.sections}
    rows = {row.label for row in digest.numbers}
    others = {digest.organisation or "Engineering", digest.period.label, digest.before, *FIXED_LABELS}
    return tuple(sorted({*names, *groups, *rows, *others} - {""}))
