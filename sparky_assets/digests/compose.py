"""Make one product of a period: lay out its stories, render them within the word limits, and store the result.

This module reads the inputs of a product from the store, renders its text and pictures, builds its manifest and writes
all of them. What a text contains is decided in `stories/printing/layout.py`, how it looks in `render/`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from resources.storage import Storage, StoredFile
from sparky_assets.digests.charts.images import ChartInputs, CoverContent, PictureData, draw_charts, draw_covers
from sparky_assets.digests.context import ProductContext
from sparky_assets.digests.editions import Edition
from sparky_assets.digests.footer import PREVIOUS_PERIOD_SCOPE_PREFIX, footer_lines, label_marked_sentences
from sparky_assets.digests.models import Digest, NoteLine, PictureFile, Product, ProductManifest, get_suffix
from sparky_assets.digests.render.front_matter import FrontMatterFlavor
from sparky_assets.digests.render.own_words import (
    OwnWords,
    list_own_names,
    list_own_phrases,
    read_own_words,
    reword_digest,
)
from sparky_assets.digests.render.templates import check_post_length, get_template_name, render_digest
from sparky_assets.digests.titles import format_page_name, get_archive_day
from sparky_assets.digests.verify.leave_out import format_left_out_note, leave_out_failing
from sparky_assets.digests.verify.verify import (
    check_length,
    check_word_budget,
    find_reason_to_withhold,
    find_ungrounded,
    remark_short_blog_post,
)
from sparky_assets.insights.models import Insight
from sparky_assets.metrics.models import DAY_TABLE, REPOSITORY_TABLE, SCOPE_ALL, Metrics
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.raw.tables import REPOSITORIES
from sparky_assets.settings.load import find_shipped_folder
from sparky_assets.settings.schema import SECTION_ORDER, SectionName, Settings
from sparky_assets.store import Audience, digest_path, metrics_path
from sparky_assets.stories.printing.edition import tell_dateline
from sparky_assets.stories.printing.headline import EditionFacts, build_headline_sentence
from sparky_assets.stories.printing.layout import build_edition
from sparky_assets.stories.printing.phrasing import list_phrases, reword_sentence
from sparky_assets.stories.printing.products.limits import BLOG_LIMITS, DIGEST_LIMITS, EditionLimits
from sparky_assets.stories.printing.products.note import NoteContent, build_chief_note
from sparky_assets.stories.printing.products.posts import build_linkedin_post, build_x_post
from sparky_assets.stories.printing.products.room import count_words
from sparky_assets.text.phrases import PhraseTable, load_phrases, load_shipped_phrases
from sparky_assets.text.words import count_prose_words

MAX_SHORTENINGS = 8
"""Times that a text which is too long is laid out again with less."""


@dataclass(frozen=True)
class RenderedProduct:
    """A rendered text, the digest that it was rendered from, and its number of words of prose."""

    text: str
    digest: Digest
    word_count: int
    is_quiet: bool
    own_words: OwnWords = field(default_factory=OwnWords)
    """What the owner of the templates wrote in them."""
    phrases: PhraseTable = field(default_factory=load_shipped_phrases)
    """The phrases that it is written in."""


@dataclass(frozen=True)
class ProductInputs:
    """What a product is made from besides its pictures: the insight of a period for one audience."""

    insight: Insight
    insight_sha256: str
    repository_urls: dict[str, str | None]
    """The page of each repository, by name; None for a repository without a page."""


@dataclass(frozen=True)
class DigestOptions:
    """What a digest needs besides its insight."""

    product: Product
    audience: Audience
    pictures: Sequence[PictureFile] = ()
    page_url: str = ""
    with_emoji: bool = False
    corrections: tuple[str, ...] = ()
    first_edition_file: str = ""
    sections: tuple[SectionName, ...] = SECTION_ORDER


def render_within_limits(
    insight: Insight, options: DigestOptions, folders: Sequence[Path], flavor: FrontMatterFlavor
) -> RenderedProduct:
    """Return the text of a product with at most its number of words.

    The length of a text is known only after rendering. A text that is too long is laid out again with fewer stories and
    list items; a short period gives a short text.

    Args:
        insight: The stories to print.
        options: The product, its audience and what stands around the stories.
        folders: Template folders; the first one that has a template wins.
        flavor: The front matter flavor of the page.
    """
    limits = get_limits(options.product, insight.period.kind)
    phrases = load_phrases(folders)
    for shortened in range(MAX_SHORTENINGS):
        digest = reword_digest(build_digest(insight, options, limits, shortened=shortened), phrases)
        text = render_digest(digest, folders, flavor)
        word_count = count_prose_words(text, get_suffix(options.product))
        if word_count <= limits.words + _count_row_words(digest, limits.words) and not any(
            check_post_length(text, options.product)
        ):
            break
        limits = limits.shorten()
    is_quiet = not insight.stories.stories and not insight.stories.releases
    template = get_template_name(options.product, insight.period.kind)
    own_words = read_own_words(template, folders, get_suffix(options.product))
    return RenderedProduct(text, digest, word_count, is_quiet, own_words, phrases)


MAX_ROW_SHARE = 3
"""The part of the words of a text that rows of the box have; what they have beyond it takes no room from stories."""


def _count_row_words(digest: Digest, words: int) -> int:
    """Return how many words a text may have more because of rows: a day with twenty breaks has news beside them.

    Args:
        digest: its content.
        words: its limit. At most half of it comes in addition.
    """
    own = count_words(digest.edition.all_rows)
    return min(max(0, own - words // MAX_ROW_SHARE), words // 2)


def build_digest(insight: Insight, options: DigestOptions, limits: EditionLimits, *, shortened: int = 0) -> Digest:
    """Return the content of a product, in the shipped phrases, for the n-th time because it was too long."""
    edition = build_edition(insight.stories, build_edition_facts(insight), limits)
    noun = insight.period.kind.noun
    post = {Product.X: build_x_post, Product.LINKEDIN: build_linkedin_post}.get(options.product)
    note: NoteContent = ()
    if options.product is Product.CHAT:
        note = build_chief_note(edition, insight.stories, noun, shortened=shortened)
    marked = {}
    if options.product is Product.DIGEST:
        marked = label_marked_sentences(insight, (story.group.id for story in edition.stories))
    return Digest(
        product=options.product,
        audience=options.audience,
        period=insight.period,
        window=insight.window,
        organisation=insight.organisation,
        title=edition.headline,
        description=f"{edition.headline}.",
        date=insight.period.end - timedelta(days=1),
        tags=(insight.period.kind.value, "engineering", "digest"),
        edition=edition,
        post=post(edition, insight.stories) if post else (),
        note=tuple(NoteLine(heading=heading, sentences=sentences) for heading, sentences in note),
        pictures=tuple(options.pictures),
        corrections=options.corrections,
        first_edition=options.first_edition_file,
        marked=marked,
        footer=tuple(footer_lines(insight, has_marked=bool(marked))),
        url=options.page_url,
        emoji=options.with_emoji,
        order=options.sections,
    )


def get_limits(product: Product, kind: PeriodKind) -> EditionLimits:
    """Return how much a product prints at most."""
    return BLOG_LIMITS if product in {Product.BLOG_POST, Product.DEVTO} else DIGEST_LIMITS[kind]


def build_edition_facts(insight: Insight) -> EditionFacts:
    """Return what the layout needs to know besides the stories."""
    changes = insight.stories.changes
    by_people = [change for change in changes if not change.is_bot]
    facts = {(fact.metric, fact.scope): int(fact.value) for fact in insight.facts if fact.unit == "count"}
    authors = {change.author_key or change.author for change in by_people if change.author}
    repositories = {change.repository for change in changes} | {item.repository for item in insight.stories.releases}
    return EditionFacts(
        period=insight.period,
        organisation=insight.organisation or "Engineering",
        timezone=insight.window.timezone,
        repositories=len(repositories),
        merged=sum(change.number is not None for change in changes),
        pushed=sum(change.number is None for change in changes),
        # Those who wrote a commit with another person are people too, and no change names them as its author.
        people=facts.get(("people", SCOPE_ALL), len(authors)),
        previous_merged=facts.get(
            ("pull_requests_merged", f"{PREVIOUS_PERIOD_SCOPE_PREFIX}{insight.period.previous().label}")
        ),
        assisted=(sum(change.names_assistant for change in by_people), len(by_people)),
    )


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


def load_current_pictures(product: Product, context: ProductContext, inputs: ProductInputs) -> list[PictureData] | None:
    """Return the stored pictures of a product that was made from these inputs; None if it was made from others."""
    name, key = context.get_part_path(product), context.period.key
    if not (inputs.insight_sha256 and context.storage.has(name, key, "json")):
        return None
    manifest = context.storage.read_document(name, key, ProductManifest)
    return load_pictures(product, context) if manifest.insight_sha256 == inputs.insight_sha256 else None


def draw_pictures(product: Product, context: ProductContext, inputs: ProductInputs) -> list[PictureData]:
    """Draw the charts of the digest of a month, or the cover of a blog post."""
    is_month = context.period.kind is PeriodKind.MONTHLY
    if product is not Product.BLOG_POST and not (product is Product.DIGEST and is_month):
        return []
    if product is Product.BLOG_POST:
        facts = build_edition_facts(inputs.insight)
        phrases = load_phrases(list_template_folders(context.settings))
        headline = reword_sentence(build_headline_sentence(inputs.insight.stories, facts), phrases)
        dateline = reword_sentence(tell_dateline(facts), phrases)
        return draw_covers(context.period, CoverContent(headline.text, dateline.text))
    return draw_charts(context.period, _load_chart_inputs(context))


def _load_chart_inputs(context: ProductContext) -> ChartInputs:
    """Return the numbers that charts are drawn from, without the facts of single repositories, which none shows."""
    period, audience, storage = context.period, context.audience, context.storage
    metrics = storage.read_document(metrics_path(period.kind, audience), period.key, Metrics)
    days = storage.read_table(metrics_path(period.kind, audience, DAY_TABLE.suffix), period.key, DAY_TABLE)
    repositories = storage.read_table(
        metrics_path(period.kind, audience, REPOSITORY_TABLE.suffix), period.key, REPOSITORY_TABLE
    )
    facts = tuple(fact for fact in metrics.facts if fact.scope == SCOPE_ALL)
    return ChartInputs(metrics.model_copy(update={"facts": facts}), days, repositories)


def render_product(
    product: Product, context: ProductContext, inputs: ProductInputs, pictures: list[PictureData], edition: Edition
) -> tuple[RenderedProduct, ProductManifest]:
    """Render and verify a product without storing it.

    Returns:
        The rendered text and its manifest, whose `problems` list why it may not be published.
    """
    digest_settings = context.settings.digests
    options = DigestOptions(
        product=product,
        audience=context.audience,
        pictures=[picture.file for picture in pictures],
        page_url=format_page_url(context.period, context.settings),
        with_emoji=digest_settings.emoji,
        corrections=edition.corrections,
        first_edition_file=edition.first_edition_file,
        sections=digest_settings.sections,
    )
    folders = list_template_folders(context.settings)
    rendered = render_within_limits(inputs.insight, options, folders, digest_settings.front_matter)
    manifest = build_manifest(rendered, inputs, edition)
    if context.settings.publish.strict:
        problems = [*find_ungrounded(rendered.text, manifest, inputs.insight), *check_length(rendered.text, manifest)]
        remarks = tuple(remark_short_blog_post(manifest))
        return rendered, manifest.model_copy(update={"problems": tuple(problems), "remarks": remarks})
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
    left_out = (f"left out: {reason}" for reason in repaired.left_out)
    remarks = (*left_out, *check_word_budget(manifest), *remark_short_blog_post(manifest))
    return rendered, manifest.model_copy(update={"problems": problems, "remarks": remarks})


def build_manifest(product: RenderedProduct, inputs: ProductInputs, edition: Edition) -> ProductManifest:
    """Build the manifest of a rendered text, with everything that it may print besides claims. No problems yet."""
    digest = product.digest
    edition_content = digest.edition
    counted = (item.title for item in edition_content.all_lists if any(map(str.isdigit, item.title)))
    statements = (
        digest.title, digest.description, edition_content.dateline, *counted,
        *digest.corrections, *digest.footer, *digest.marked.values(),
    )  # fmt: skip
    own_phrases = list_own_phrases(digest, product.phrases)
    own_headings = [
        heading for heading in edition_content.headings if not own_phrases.keys().isdisjoint(list_phrases(heading))
    ]
    addresses = {url for url in (digest.url, digest.first_edition, *product.own_words.addresses) if url}
    return ProductManifest(
        product=digest.product,
        audience=digest.audience,
        period=digest.period,
        title=digest.title,
        description=digest.description,
        text_sha256=sha256(product.text.encode()).hexdigest(),
        words=product.word_count,
        withheld=find_reason_to_withhold(digest, inputs.insight),
        is_quiet=product.is_quiet,
        pictures=digest.pictures,
        edition=edition.number,
        corrections=digest.corrections,
        date=digest.date,
        tags=digest.tags,
        statements=tuple(line for line in statements if line),
        sentences=(*digest.sentences, *own_headings),
        examples=digest.examples,
        own_words=(*product.own_words.texts, *list_own_names(product.text, own_phrases)),
        phrases=own_phrases,
        labels=_list_labels(digest, product.phrases),
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


def _list_labels(digest: Digest, phrases: PhraseTable) -> tuple[str, ...]:
    rows = {row.label for row in digest.edition.all_rows} | {own.title for own in digest.edition.all_lists}
    sections = {name for name in phrases.list_group("sections").values() if "{" not in name}
    names = {digest.organisation or "Engineering", digest.period.label, digest.edition.box_title, *sections}
    return tuple(sorted({*rows, *names, *(line.label for line in digest.note)} - {""}))
