"""Dagster assets of stage 4: `<period>/digest`, `<period>/blog_post` and `<period>/social_posts`."""

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

CODE_VERSION = "4"
GROUNDED_CHECK = "every_sentence_is_accounted_for"


def build_digest_asset(kind: PeriodKind, settings: Settings) -> dg.AssetsDefinition:
    """Build the asset of the digest of a kind of period."""
    description = f"The digest of a {kind.noun} as Markdown; every sentence is checked against its claims."
    return _build_asset(kind, settings, "digest", (Product.DIGEST,), upstream="insights", description=description)


def build_blog_post_asset(kind: PeriodKind, settings: Settings) -> dg.AssetsDefinition:
    """Build the asset of the blog post of a kind of period, with its featured image."""
    description = f"The blog post of a {kind.noun}, with its featured image."
    return _build_asset(kind, settings, "blog_post", (Product.BLOG_POST,), upstream="digest", description=description)


def build_social_posts_asset(kind: PeriodKind, settings: Settings) -> dg.AssetsDefinition:
    """Build the asset of the posts of a kind of period: social networks, Dev.to, chat and e-mail."""
    description = f"The posts of a {kind.noun}: social networks, Dev.to, chat and e-mail."
    return _build_asset(kind, settings, "social_posts", SOCIAL_PRODUCTS, upstream="digest", description=description)


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
                group_name=f"{kind.value}_digests",
                kinds={"jinja", "markdown"},
                code_version=CODE_VERSION,
                description=description,
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(
                GROUNDED_CHECK,
                asset=key,
                blocking=True,
                description="Every sentence, number and link of the finished text comes from the store.",
            )
        ],
        partitions_def=build_partitions(kind, settings),
    )
    def compose(
        context: dg.AssetExecutionContext, storage: dg.ResourceParam[Storage]
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Read the insight, select claims, render, verify every sentence, and write."""
        results = {}
        for period in partition_periods(context, kind, settings):
            with dagster_failures(f"{name.replace('_', ' ')} of {period}"):
                write_for = partial(write_products, products, period, storage, settings)
                results[period.key] = make_per_audience(settings, write_for)
        yield from report_results(context, key, results, GROUNDED_CHECK)

    return compose


def write_products(
    products: Sequence[Product],
    period: Period,
    storage: Storage,
    settings: Settings,
    audience: Audience = Audience.INTERNAL,
) -> PartitionResult:
    """Make and store products of one period for one audience.

    The digest must be among the products, or in the store already: the other products share its edition and insight.
    """
    context = ProductContext(period, storage, settings, audience)
    if Product.DIGEST in products:
        insight = storage.read_document(context.insights_path, period.key, Insight)
        edition = prepare_edition(context, insight)
        insight_sha256 = store_insight(context, edition.insight, is_current=edition.insight is insight)
    else:
        edition, insight_sha256 = load_edition(context)
    inputs = ProductInputs(edition.insight, insight_sha256, load_repository_urls(context, edition.insight))
    results = [_write_product(product, context, inputs, edition) for product in products]
    metadata = {name: value for result in results for name, value in result.metadata.items()}
    problems = [problem for result in results for problem in result.problems]
    versions = "".join(result.data_version for result in results)
    return PartitionResult(metadata, sha256(versions.encode()).hexdigest(), problems)


def _write_product(
    product: Product, context: ProductContext, inputs: ProductInputs, edition: Edition
) -> PartitionResult:
    pictures = load_pictures(product, context) if edition.keeps_pictures else []
    pictures = pictures or draw_pictures(product, context, inputs)
    rendered, manifest = render_product(product, context, inputs, pictures, edition)
    stored_file = store_product(context.storage, rendered, manifest, pictures)
    return _summarize_product(manifest, rendered.text, stored_file.path)


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
        preview = text if get_suffix(product) == "md" else f"```\n{text}\n```"
        metadata = {
            f"{product}_words": manifest.words,
            str(product): dg.MetadataValue.md(preview),
            f"{product}_path": dg.MetadataValue.path(path),
        }
    if manifest.withheld:
        metadata[f"{product}_withheld"] = manifest.withheld
    if manifest.remarks:
        metadata[f"{product}_remarks"] = dg.MetadataValue.md("\n".join(f"- {remark}" for remark in manifest.remarks))
    problems = [f"{product}: {problem}" for problem in manifest.problems]
    return PartitionResult(metadata, manifest.text_sha256, problems)
