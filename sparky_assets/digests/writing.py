"""Read what a product is made from, make it, and leave text, pictures and what is known of them in the store."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from resources.storage import Storage, Stored
from sparky_assets.audience import Audience, shelf
from sparky_assets.digests.checks import out_of_range, unaccounted
from sparky_assets.digests.composing import Composed, compose
from sparky_assets.digests.dates import page_name, shelf_of
from sparky_assets.digests.editions import Edition
from sparky_assets.digests.gallery import Drawn, Numbers, cover_of, draw_covers, draw_pictures
from sparky_assets.digests.models import Digest
from sparky_assets.digests.plan import Setting
from sparky_assets.digests.products import Product, Rendered, store_name, suffix_of
from sparky_assets.digests.titles import description, short_title
from sparky_assets.insights.models import Insight
from sparky_assets.metrics.models import DAY_TABLE, REPOSITORY_TABLE, Metrics
from sparky_assets.periods import Period
from sparky_assets.raw.models import REPOSITORIES
from sparky_assets.settings import Settings
from sparky_assets.settings_load import shipped

FIXED_LABELS = ("The first edition",)
"""Words of ours that stand where sentences do."""


@dataclass(frozen=True)
class Material:
    """What the store holds of a period for one audience."""

    insight: Insight
    insight_sha256: str
    urls: dict[str, str | None]
    """The pages of repositories by name."""


def read_material(period: Period, storage: Storage, audience: Audience) -> Material:
    """The insight, the hash of its bytes, and where its repositories are at home."""
    place = f"insights/{shelf(period.kind.value, audience)}"
    insight = storage.read_document(place, period.key, Insight)
    digest = sha256(storage.read_bytes(place, period.key, "json")).hexdigest()
    last_day = storage.read_table(REPOSITORIES.path, period.days[-1].key, REPOSITORIES)
    named = {item.repository for item in insight.evidence}
    urls = {name: url for name, url in last_day.select("repository", "url").iter_rows() if name in named}
    return Material(insight, digest, urls)


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


def draw(product: Product, period: Period, storage: Storage, settings: Settings, audience: Audience,
         material: Material) -> list[Drawn]:  # fmt: skip
    """The pictures of a product."""
    place = f"metrics/{shelf(period.kind.value, audience)}"
    if product not in {Product.DIGEST, Product.BLOG_POST} or len(period.days) == 1:
        return []
    known = Numbers(
        storage.read_document(place, period.key, Metrics),
        storage.read_table(f"{place}_days", period.key, DAY_TABLE),
        storage.read_table(f"{place}_repositories", period.key, REPOSITORY_TABLE),
    )
    drawn = draw_pictures(product, period, known)
    if product is Product.BLOG_POST:
        insight = material.insight
        title = short_title(insight, settings.digests.language)
        drawn += draw_covers(period, cover_of(period, title, description(insight), known))
    return drawn


def make(product: Product, material: Material, drawn: list[Drawn], settings: Settings, audience: Audience,
         edition: Edition) -> tuple[Composed, Rendered]:  # fmt: skip
    """A product and what is known of it. Nothing is written."""
    period = material.insight.period
    setting = Setting(
        product=product,
        audience=audience,
        urls=material.urls,
        pictures=[one.file for one in drawn],
        language=settings.digests.language,
        url=page_url(period, settings),
        emoji=settings.digests.emoji,
        corrections=edition.corrections,
        first_edition=edition.first,
    )
    composed = compose(material.insight, setting, template_folders(settings), settings.digests.front_matter)
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
