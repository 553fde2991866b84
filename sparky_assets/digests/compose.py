"""Make one product of a period: select claims, render them within the word budget, and store the result.

This module reads the inputs of a product from the store, renders its text and pictures, builds its manifest and writes
all of them. What a text contains and how it looks is decided elsewhere: `selection.py`, `layout.py`, `render/`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from sparky_assets.digests.selection import ClaimSelection, WordBudget, get_word_budget, select_claims
from sparky_assets.digests.titles import format_description, format_page_name, format_short_title, get_archive_day
from sparky_assets.digests.verify.leave_out import format_left_out_note, leave_out_failing
from sparky_assets.digests.verify.verify import check_length, check_word_budget, find_ungrounded
from sparky_assets.insights.models import Insight
from sparky_assets.metrics.models import DAY_TABLE, REPOSITORY_TABLE, Metrics
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.raw.tables import REPOSITORIES
from sparky_assets.settings.load import find_shipped_folder
from sparky_assets.settings.schema import Settings
from sparky_assets.store import digest_path, metrics_path
from sparky_assets.text.words import count_prose_words

MAX_ATTEMPTS_PER_LAYOUT = 9
EXTRA_WORDS_PER_ATTEMPT = 10
"""Words added to each correction of the target: claims are whole sentences and never match a target exactly."""

TEMPLATE_LABELS = ("The first edition", "With thanks to", "First contributions")
"""Words that the templates print where a sentence could be."""


@dataclass(frozen=True)
class RenderedProduct:
    """A rendered text, the layout that it was rendered from, and its number of words of prose."""

    text: str
    digest: Digest
    word_count: int
    is_quiet: bool


@dataclass(frozen=True)
class ProductInputs:
    """What a product is made from besides its pictures: the insight of a period for one audience."""

    insight: Insight
    insight_sha256: str
    repository_urls: dict[str, str | None]
    """The page of each repository, by name; None for a repository without a page."""


def render_within_budget(
    insight: Insight, options: LayoutOptions, folders: Sequence[Path], flavor: FrontMatterFlavor
) -> RenderedProduct:
    """Return the text of a product within its word budget, or below it if the period has nothing more to report.

    The length of a text is known only after rendering: headings add words, and merged items remove some. So each
    attempt selects claims for a target number of words, renders them, counts, and corrects the target by the difference
    (`_render_near_target`). A text that is still too short with every claim selected is rendered again with a layout
    that gives more changes a line of their own (`BULLETS_PER_GROUP`). If no layout reaches the minimum, the text says
    so in a sentence (`footer.shortness_note`).

    Args:
        insight: The claims to choose from.
        options: The product, its audience and its layout.
        folders: Template folders; the first one that has a template wins.
        flavor: The front matter flavor of the page.
    """
    renderer = _SelectionRenderer(insight, options, folders, flavor)
    budget = get_word_budget(options.product, insight.period.kind)
    target_words = budget.target_words
    for bullets_per_group in BULLETS_PER_GROUP:
        attempt = _render_near_target(renderer, budget, target_words, bullets_per_group)
        target_words = attempt.target_words
        is_short = attempt.product.word_count < budget.min_words
        if not is_short or attempt.selection.omitted_count:
            break
    return renderer.render(attempt.selection, bullets_per_group, is_short=True) if is_short else attempt.product


@dataclass(frozen=True)
class _SelectionRenderer:
    insight: Insight
    options: LayoutOptions
    folders: Sequence[Path]
    flavor: FrontMatterFlavor

    def render(self, selection: ClaimSelection, bullets_per_group: int, *, is_short: bool = False) -> RenderedProduct:
        digest = build_digest(
            self.insight, selection, self.options, is_short=is_short, bullets_per_group=bullets_per_group
        )
        text = render_digest(digest, self.folders, self.flavor)
        is_quiet = bool(digest.quiet) or self.insight.claims[0].section == "quiet"
        return RenderedProduct(text, digest, count_prose_words(text, get_suffix(self.options.product)), is_quiet)


@dataclass(frozen=True)
class _RenderAttempt:
    target_words: int
    selection: ClaimSelection
    product: RenderedProduct


def _render_near_target(
    renderer: _SelectionRenderer, budget: WordBudget, target_words: int, bullets_per_group: int
) -> _RenderAttempt:
    """Render with corrected targets until the text fits, a target repeats, or the attempts are used up."""
    attempted_targets: set[int] = set()
    for _ in range(MAX_ATTEMPTS_PER_LAYOUT):
        selection = select_claims(renderer.insight, renderer.insight.period.kind, target_words)
        attempt = _RenderAttempt(target_words, selection, renderer.render(selection, bullets_per_group))
        attempted_targets.add(target_words)
        target_words = _correct_target(attempt, budget)
        if target_words in attempted_targets or target_words <= 0:
            break
    return attempt


def _correct_target(attempt: _RenderAttempt, budget: WordBudget) -> int:
    """Return the next number of words to select; the same one if the text fits or no claim is left."""
    product = attempt.product
    if product.word_count > budget.max_words:
        return attempt.target_words - (product.word_count - budget.max_words + EXTRA_WORDS_PER_ATTEMPT)
    if any(check_post_length(product.text, product.digest.product)):
        return attempt.target_words - EXTRA_WORDS_PER_ATTEMPT
    if product.word_count < budget.min_words and attempt.selection.omitted_count:
        return attempt.target_words + budget.min_words - product.word_count + EXTRA_WORDS_PER_ATTEMPT
    return attempt.target_words


def load_repository_urls(context: ProductContext, insight: Insight) -> dict[str, str | None]:
    """Return the page of each repository that the insight cites, as of the last collected day of the period."""
    stored_days = set(context.storage.list_keys(REPOSITORIES.path))
    # The last days of a period may not have been collected.
    collected_days = [day.key for day in context.period.days if day.key in stored_days]
    last_day = collected_days[-1] if collected_days else context.period.days[-1].key
    rows = context.storage.read_table(REPOSITORIES.path, last_day, REPOSITORIES).select("repository", "url").iter_rows()
    cited_repositories = {item.repository for item in insight.evidence}
    return {repository: url for repository, url in rows if repository in cited_repositories}


def list_template_folders(settings: Settings) -> list[Path]:
    """Return the template folders in the order of search: the user's, then the shipped one."""
    user_folders = [settings.digests.templates] if settings.digests.templates else []
    return [*user_folders, find_shipped_folder("templates")]


def format_page_url(period: Period, settings: Settings) -> str:
    """Return the public address of a period's page from `digests.page_url`; empty if that is not set."""
    day = get_archive_day(period)
    return settings.digests.page_url.format(
        kind=period.kind.value, label=period.label, year=f"{day:%Y}", month=f"{day:%m}", page=format_page_name(period)
    )


def load_pictures(product: Product, context: ProductContext) -> list[PictureData]:
    """Return the stored pictures of a product; empty if the product was not stored yet."""
    name, key = context.get_part_path(product), context.period.key
    if not context.storage.has(name, key, "json"):
        return []
    files = context.storage.read_document(name, key, ProductManifest).pictures
    return [
        PictureData(file, context.storage.read_bytes(context.get_part_path(file.name), key, file.suffix))
        for file in files
    ]


def draw_pictures(product: Product, context: ProductContext, inputs: ProductInputs) -> list[PictureData]:
    """Draw the charts of a digest or blog post of a week or month, and the cover of a blog post."""
    if product not in {Product.DIGEST, Product.BLOG_POST} or context.period.kind is PeriodKind.DAILY:
        return []
    period, audience = context.period, context.audience
    chart_inputs = ChartInputs(
        context.storage.read_document(metrics_path(period.kind, audience), period.key, Metrics),
        context.storage.read_table(metrics_path(period.kind, audience, DAY_TABLE.suffix), period.key, DAY_TABLE),
        context.storage.read_table(
            metrics_path(period.kind, audience, REPOSITORY_TABLE.suffix), period.key, REPOSITORY_TABLE
        ),
    )
    pictures = draw_charts(context.period, chart_inputs)
    if product is Product.BLOG_POST:
        title = format_short_title(inputs.insight, context.settings.digests.language)
        cover = build_cover(title, format_description(inputs.insight), chart_inputs)
        pictures += draw_covers(context.period, cover)
    return pictures


def render_product(
    product: Product, context: ProductContext, inputs: ProductInputs, pictures: list[PictureData], edition: Edition
) -> tuple[RenderedProduct, ProductManifest]:
    """Render and verify a product without storing it.

    Returns:
        The rendered text and its manifest, whose `problems` list why it may not be published.
    """
    digest_settings = context.settings.digests
    options = LayoutOptions(
        product=product,
        audience=context.audience,
        repository_urls=inputs.repository_urls,
        pictures=[picture.file for picture in pictures],
        language=digest_settings.language,
        page_url=format_page_url(context.period, context.settings),
        with_emoji=digest_settings.emoji,
        corrections=edition.corrections,
        first_edition_file=edition.first_edition_file,
    )
    folders = list_template_folders(context.settings)
    rendered = render_within_budget(inputs.insight, options, folders, digest_settings.front_matter)
    manifest = build_manifest(rendered, inputs, edition)
    if context.settings.publish.strict:
        problems = [*find_ungrounded(rendered.text, manifest, inputs.insight), *check_length(rendered.text, manifest)]
        return rendered, manifest.model_copy(update={"problems": tuple(problems)})
    return _leave_out_failing(rendered, inputs, edition, context)


def _leave_out_failing(
    rendered: RenderedProduct, inputs: ProductInputs, edition: Edition, context: ProductContext
) -> tuple[RenderedProduct, ProductManifest]:
    """Return a product without the sentences that fail, with a line in its footer that says so."""
    hidden_names = context.load_hidden_names()
    manifest = build_manifest(rendered, inputs, edition)
    repaired = leave_out_failing(rendered.text, manifest, inputs.insight, hidden_names)
    if repaired.left_out:
        footer = (*rendered.digest.footer, format_left_out_note(len(repaired.left_out)))
        digest = rendered.digest.model_copy(update={"footer": footer})
        text = render_digest(digest, list_template_folders(context.settings), context.settings.digests.front_matter)
        manifest = build_manifest(replace(rendered, text=text, digest=digest), inputs, edition)
        repaired = leave_out_failing(text, manifest, inputs.insight, hidden_names)
        words = count_prose_words(repaired.text, get_suffix(digest.product))
        rendered = replace(rendered, text=repaired.text, digest=digest, word_count=words)
        manifest = build_manifest(rendered, inputs, edition)
    problems = (
        *find_ungrounded(rendered.text, manifest, inputs.insight),
        *check_post_length(rendered.text, manifest.product),
    )
    remarks = (*(f"left out: {reason}" for reason in repaired.left_out), *check_word_budget(manifest))
    return rendered, manifest.model_copy(update={"problems": problems, "remarks": remarks})


def build_manifest(product: RenderedProduct, inputs: ProductInputs, edition: Edition) -> ProductManifest:
    """Build the manifest of a rendered text, with everything that it may print besides claims. No problems yet."""
    digest = product.digest
    statements = (
        digest.title, digest.short_title, digest.description, digest.quiet, *digest.corrections, *digest.footer,
    )  # fmt: skip
    repository_links = [item.place for item in digest.items if item.place]
    addresses = {link.url for link in repository_links if link.url}
    addresses |= {chapter.url for chapter in digest.chapters if chapter.url}
    addresses |= {url for url in (digest.url, digest.first_edition) if url}
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
        statements=tuple(line for line in statements if line),
        labels=_list_labels(digest),
        addresses=tuple(sorted(addresses)),
        url=digest.url,
        first_edition=digest.first_edition,
        insight_sha256=inputs.insight_sha256,
    )


def store_product(
    storage: Storage, product: RenderedProduct, manifest: ProductManifest, pictures: list[PictureData]
) -> StoredFile:
    """Write pictures, text and manifest. The manifest comes last: if it exists, so does everything that it names."""
    period, audience = manifest.period, manifest.audience
    for picture in pictures:
        path = digest_path(period.kind, audience, picture.file.name)
        storage.write_bytes(path, period.key, picture.data, picture.file.suffix)
    name = digest_path(period.kind, audience, manifest.product)
    stored = storage.write_text(name, period.key, product.text, get_suffix(manifest.product))
    storage.write_document(name, period.key, manifest)
    return stored


def _list_labels(digest: Digest) -> tuple[str, ...]:
    headings = {chapter.heading for chapter in digest.chapters} | {heading for heading, _ in digest.sections}
    headings |= {group.heading for chapter in digest.chapters for group in chapter.groups}
    row_labels = {row.label for row in digest.numbers}
    names = {digest.organisation or "Engineering", digest.period.label, digest.before, *TEMPLATE_LABELS}
    return tuple(sorted({*headings, *row_labels, *names} - {""}))
