"""Dagster's face of stage 4: `<period>/digest`, `<period>/blog_post` and `<period>/social_posts`."""

from collections.abc import Iterator, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

import dagster as dg

from resources.storage import Storage
from sparky_assets.digests.compose import (
    ProductInputs,
    draw_pictures,
    load_pictures,
    load_repository_urls,
    render_product,
    store_product,
)
from sparky_assets.digests.context import ProductContext
from sparky_assets.digests.editions import Edition, load_edition, prepare_edition, store_insight
from sparky_assets.digests.models import SOCIAL_PRODUCTS, Product, ProductManifest, get_suffix
from sparky_assets.insights.models import Insight
from sparky_assets.orchestration.failures import dagster_failures
from sparky_assets.orchestration.materialize import (
    PartitionResult,
    make_per_audience,
    partition_periods,
    report_results,
)
from sparky_assets.orchestration.partitions import build_partitions
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience
from sparky_assets.text.words import FRONT_MATTER_BLOCK

CODE_VERSION = "3"


GROUNDED_CHECK = "every_sentence_is_accounted_for"


def build_digest_asset(kind: PeriodKind, settings: Settings) -> dg.AssetsDefinition:
    """The digest of a period as Markdown."""
    about = f"The digest of a {kind.noun} as Markdown, parsed again and accounted for."
    return _build_asset(kind, settings, "digest", (Product.DIGEST,), upstream="insights", description=about)


def build_blog_post_asset(kind: PeriodKind, settings: Settings) -> dg.AssetsDefinition:
    """The blog post of a week or month, with the picture that stands for it."""
    about = f"The blog post of a {kind.noun}, with its featured image."
    return _build_asset(kind, settings, "blog_post", (Product.BLOG_POST,), upstream="digest", description=about)


def build_social_posts_asset(kind: PeriodKind, settings: Settings) -> dg.AssetsDefinition:
    """What goes to networks, chats and mailboxes."""
    about = f"A {kind.noun} for networks, chats and mailboxes."
    return _build_asset(kind, settings, "social_posts", SOCIAL_PRODUCTS, upstream="digest", description=about)


def _build_asset(
    kind: PeriodKind, settings: Settings, name: str, products: Sequence[Product], *, upstream: str, description: str
) -> dg.AssetsDefinition:
    key = [kind.value, name]

    @dg.multi_asset(
        name=f"{kind.value}_{name}",
        specs=[
            dg.AssetSpec(
                key,
                deps=[dg.AssetKey([kind.value, upstream])],
                group_name="digests",
                kinds={"jinja", "markdown"},
                code_version=CODE_VERSION,
                description=description,
            )
        ],
        check_specs=[dg.AssetCheckSpec(GROUNDED_CHECK, asset=key, blocking=True)],
        partitions_def=build_partitions(kind, settings),
    )
    def compose(context: dg.AssetExecutionContext, storage: Storage) -> Iterator[dg.MaterializeResult[Any]]:
        """Read the insight, select, lay out, render, account for every sentence, write."""
        made = {}
        for period in partition_periods(context, kind, settings):
            with dagster_failures(f"{name.replace('_', ' ')} of {period}"):
                write_for = partial(write_products, products, period, storage, settings)
                made[period.key] = make_per_audience(settings, write_for)
        yield from report_results(context, key, made, GROUNDED_CHECK)

    return compose


def write_products(
    products: Sequence[Product],
    period: Period,
    storage: Storage,
    settings: Settings,
    audience: Audience = Audience.INTERNAL,
) -> PartitionResult:
    """Write products of one period for one audience, the digest before those that go with it."""
    desk = ProductContext(period, storage, settings, audience)
    if Product.DIGEST in products:
        insight = storage.read_document(desk.insights_path, period.key, Insight)
        edition = prepare_edition(desk, insight)
        digest = store_insight(desk, edition.insight)
    else:
        edition, digest = load_edition(desk)
    material = ProductInputs(edition.insight, digest, load_repository_urls(desk, edition.insight))
    made = [_write_product(product, desk, material, edition) for product in products]
    metadata = {name: value for one in made for name, value in one.metadata.items()}
    problems = [problem for one in made for problem in one.problems]
    versions = "".join(one.data_version for one in made)
    return PartitionResult(metadata, sha256(versions.encode()).hexdigest(), problems)


def _write_product(
    product: Product, context: ProductContext, inputs: ProductInputs, edition: Edition
) -> PartitionResult:
    kept = load_pictures(product, context) if edition.keeps_pictures else []
    drawn = kept or draw_pictures(product, context, inputs)
    composed, rendered = render_product(product, context, inputs, drawn, edition)
    stored = store_product(context.storage, composed, rendered, drawn)
    return _summarize_product(rendered, composed.text, stored.path)


def _summarize_product(manifest: ProductManifest, text: str, path: str) -> PartitionResult:
    product = manifest.product
    if product is Product.DIGEST:
        metadata = {
            "period": manifest.period.label,
            "headline": manifest.description,
            "words": manifest.words,
            "edition": manifest.edition,
            "digest": dg.MetadataValue.md(FRONT_MATTER_BLOCK.sub("", text, count=1)),
            "path": dg.MetadataValue.path(path),
        }
    else:
        shown = text if get_suffix(product) == "md" else f"```\n{text}\n```"
        metadata = {
            f"{product}_words": manifest.words,
            str(product): dg.MetadataValue.md(shown),
            f"{product}_path": dg.MetadataValue.path(path),
        }
    problems = [f"{product}: {problem}" for problem in manifest.problems]
    return PartitionResult(metadata, manifest.text_sha256, problems)
