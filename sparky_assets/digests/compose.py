"""From an insight to a finished text: select, lay out, render, count, and once more where a template made it longer.

Read what a product is made from, make it, and leave text, pictures and what is known of them in the store.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from resources.storage import Storage, StoredFile
from sparky_assets.digests.charts.images import ChartInputs, PictureData, build_cover, draw_charts, draw_covers
from sparky_assets.digests.context import ProductContext
from sparky_assets.digests.editions import Edition
from sparky_assets.digests.layout import BULLETS_PER_GROUP, LayoutOptions, build_digest
from sparky_assets.digests.models import Digest, Product, ProductManifest, get_suffix
from sparky_assets.digests.render.front_matter import FrontMatterFlavor
from sparky_assets.digests.render.templates import check_post_length, render_digest
from sparky_assets.digests.selection import ClaimSelection, get_word_budget, select_claims
from sparky_assets.digests.titles import format_description, format_page_name, format_short_title, get_archive_day
from sparky_assets.digests.verify.verify import check_length, find_ungrounded
from sparky_assets.insights.models import Insight
from sparky_assets.metrics.models import DAY_TABLE, REPOSITORY_TABLE, Metrics
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.raw.tables import REPOSITORIES
from sparky_assets.settings.load import find_shipped_folder
from sparky_assets.settings.schema import Settings
from sparky_assets.store import digest_path, metrics_path
from sparky_assets.text.words import count_prose_words

MAX_ATTEMPTS = 8


EXTRA_WORDS_PER_ATTEMPT = 10
"""Words that are asked for beyond what was too much or too little: sentences are not cut to measure."""


@dataclass(frozen=True)
class RenderedProduct:
    """A finished text and how it came about."""

    text: str
    digest: Digest
    word_count: int
    is_quiet: bool


def render_within_budget(
    insight: Insight, options: LayoutOptions, folders: Sequence[Path], flavour: FrontMatterFlavor
) -> RenderedProduct:
    """The text of a product, within its range of words as far as the period has something to tell."""
    kind = insight.period.kind
    budget = get_word_budget(options.product, kind)
    aim, tried, spelt = budget.target_words, set[int](), 0

    def attempt(chosen: ClaimSelection, *, is_short: bool = False) -> RenderedProduct:
        digest = build_digest(insight, chosen, options, is_short=is_short, bullets_per_group=BULLETS_PER_GROUP[spelt])
        text = render_digest(digest, folders, flavour)
        is_quiet = bool(digest.quiet) or insight.claims[0].section == "quiet"
        return RenderedProduct(text, digest, count_prose_words(text, get_suffix(options.product)), is_quiet)

    while True:
        chosen = select_claims(insight, kind, aim)
        composed = attempt(chosen)
        tried.add(aim)
        if composed.word_count > budget.max_words:
            aim -= composed.word_count - budget.max_words + EXTRA_WORDS_PER_ATTEMPT
        elif list(check_post_length(composed.text, options.product)):
            aim -= EXTRA_WORDS_PER_ATTEMPT
        elif composed.word_count < budget.min_words and chosen.omitted_count:
            aim += budget.min_words - composed.word_count + EXTRA_WORDS_PER_ATTEMPT
        elif composed.word_count < budget.min_words and spelt + 1 < len(BULLETS_PER_GROUP):
            spelt += 1
            tried.clear()
            continue
        else:
            break
        if aim in tried or len(tried) > MAX_ATTEMPTS or aim <= 0:
            break
    return attempt(chosen, is_short=True) if composed.word_count < budget.min_words else composed


FIXED_LABELS = ("The first edition", "With thanks to", "First contributions")
"""Words of ours that stand where sentences do."""


@dataclass(frozen=True)
class ProductInputs:
    """What the store holds of a period for one audience."""

    insight: Insight
    insight_sha256: str
    repository_urls: dict[str, str | None]
    """The pages of repositories by name."""


def load_repository_urls(context: ProductContext, insight: Insight) -> dict[str, str | None]:
    """Where the repositories of an insight are at home."""
    there = set(context.storage.list_keys(REPOSITORIES.path))  # a period may have been written with a gap at its end
    collected = [day.key for day in context.period.days if day.key in there] or [context.period.days[-1].key]
    last_day = context.storage.read_table(REPOSITORIES.path, collected[-1], REPOSITORIES)
    named = {item.repository for item in insight.evidence}
    return {name: url for name, url in last_day.select("repository", "url").iter_rows() if name in named}


def list_template_folders(settings: Settings) -> list[Path]:
    """Where templates are looked for: the user's folder, then ours."""
    own = [settings.digests.templates] if settings.digests.templates else []
    return [*own, find_shipped_folder("templates")]


def format_page_url(period: Period, settings: Settings) -> str:
    """Where a page will be, by the setting; empty where that is not set."""
    day = get_archive_day(period)
    return settings.digests.page_url.format(
        kind=period.kind.value, label=period.label, year=f"{day:%Y}", month=f"{day:%m}", page=format_page_name(period)
    )


def load_pictures(product: Product, context: ProductContext) -> list[PictureData]:
    """The pictures of a product as they are in the store."""
    name, key = context.get_part_path(product), context.period.key
    if not context.storage.has(name, key, "json"):
        return []
    files = context.storage.read_document(name, key, ProductManifest).pictures
    return [
        PictureData(file, context.storage.read_bytes(context.get_part_path(file.name), key, file.suffix))
        for file in files
    ]


def draw_pictures(product: Product, context: ProductContext, inputs: ProductInputs) -> list[PictureData]:
    """The pictures of a product."""
    if product not in {Product.DIGEST, Product.BLOG_POST} or context.period.kind is PeriodKind.DAILY:
        return []
    period, audience = context.period, context.audience
    known = ChartInputs(
        context.storage.read_document(metrics_path(period.kind, audience), period.key, Metrics),
        context.storage.read_table(metrics_path(period.kind, audience, DAY_TABLE.suffix), period.key, DAY_TABLE),
        context.storage.read_table(
            metrics_path(period.kind, audience, REPOSITORY_TABLE.suffix), period.key, REPOSITORY_TABLE
        ),
    )
    drawn = draw_charts(context.period, known)
    if product is Product.BLOG_POST:
        title = format_short_title(inputs.insight, context.settings.digests.language)
        drawn += draw_covers(context.period, build_cover(title, format_description(inputs.insight), known))
    return drawn


def render_product(
    product: Product, context: ProductContext, inputs: ProductInputs, pictures: list[PictureData], edition: Edition
) -> tuple[RenderedProduct, ProductManifest]:
    """A product and what is known of it. Nothing is written."""
    look = context.settings.digests
    setting = LayoutOptions(
        product=product,
        audience=context.audience,
        repository_urls=inputs.repository_urls,
        pictures=[one.file for one in pictures],
        language=look.language,
        page_url=format_page_url(context.period, context.settings),
        with_emoji=look.emoji,
        corrections=edition.corrections,
        first_edition_file=edition.first_edition_file,
    )
    composed = render_within_budget(inputs.insight, setting, list_template_folders(context.settings), look.front_matter)
    rendered = build_manifest(composed, inputs, edition)
    problems = [*find_ungrounded(composed.text, rendered, inputs.insight), *check_length(composed.text, rendered)]
    return composed, rendered.model_copy(update={"problems": tuple(problems)})


def build_manifest(product: RenderedProduct, inputs: ProductInputs, edition: Edition) -> ProductManifest:
    """What is known of a finished text."""
    digest = product.digest
    own = (digest.title, digest.short_title, digest.description, digest.quiet, *digest.corrections, *digest.footer)
    places = {link.url for item in digest.items for link in [item.place] if link and link.url}
    places |= {chapter.url for chapter in digest.chapters if chapter.url}
    return ProductManifest(
        product=digest.product,
        audience=digest.audience,
        period=digest.period,
        title=digest.title if digest.product is Product.DIGEST else digest.short_title,
        description=digest.description,
        text_sha256=sha256(product.text.encode()).hexdigest(),
        words=product.word_count,
        is_quiet=product.is_quiet,
        pictures=digest.pictures,
        edition=edition.number,
        corrections=digest.corrections,
        date=digest.date,
        tags=digest.tags,
        statements=tuple(line for line in own if line),
        labels=_list_labels(digest),
        addresses=tuple(sorted({one for one in (*places, digest.url, digest.first_edition) if one})),
        url=digest.url,
        first_edition=digest.first_edition,
        insight_sha256=inputs.insight_sha256,
    )


def store_product(
    storage: Storage, product: RenderedProduct, manifest: ProductManifest, pictures: list[PictureData]
) -> StoredFile:
    """Pictures and text first; what is known of them last, so that it never stands without them."""
    period, audience = manifest.period, manifest.audience
    for one in pictures:
        storage.write_bytes(digest_path(period.kind, audience, one.file.name), period.key, one.data, one.file.suffix)
    name = digest_path(period.kind, audience, manifest.product)
    stored = storage.write_text(name, period.key, product.text, get_suffix(manifest.product))
    storage.write_document(name, period.key, manifest)
    return stored


def _list_labels(digest: Digest) -> tuple[str, ...]:
    groups = [group.heading for chapter in digest.chapters for group in chapter.groups]
    names = {chapter.heading for chapter in digest.chapters} | {heading for heading, _ in digest.sections}
    rows = {row.label for row in digest.numbers}
    others = {digest.organisation or "Engineering", digest.period.label, digest.before, *FIXED_LABELS}
    return tuple(sorted({*names, *groups, *rows, *others} - {""}))
