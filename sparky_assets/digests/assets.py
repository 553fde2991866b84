"""Dagster's face of stage 4: `<period>/digest`, `<period>/blog_post` and `<period>/social_posts`."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import dagster as dg

from resources.storage import Storage
from sparky_assets.audience import Audience
from sparky_assets.digests.corrections import snapshot
from sparky_assets.digests.editions import Edition, edition_of, next_edition, remember
from sparky_assets.digests.products import SOCIAL, Product, Rendered, store_name, suffix_of
from sparky_assets.digests.words import FRONT_MATTER
from sparky_assets.digests.writing import Material, draw, make, read_material, write
from sparky_assets.failures import failures_of
from sparky_assets.materialising import Made, for_each_audience, periods_in, tell
from sparky_assets.partitions import partitions_for
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.settings import Settings

CODE_VERSION = "2"
CHECK = "every_sentence_is_accounted_for"


def digest_asset(kind: PeriodKind, settings: Settings) -> dg.AssetsDefinition:
    """The digest of a period as Markdown."""
    about = f"The digest of a {kind.noun} as Markdown, parsed again and accounted for."
    return _asset(kind, settings, "digest", (Product.DIGEST,), "insights", about)


def blog_post_asset(kind: PeriodKind, settings: Settings) -> dg.AssetsDefinition:
    """The blog post of a week or month, with the picture that stands for it."""
    about = f"The blog post of a {kind.noun}, with its featured image."
    return _asset(kind, settings, "blog_post", (Product.BLOG_POST,), "digest", about)


def social_posts_asset(kind: PeriodKind, settings: Settings) -> dg.AssetsDefinition:
    """What goes to networks, chats and mailboxes."""
    about = f"A {kind.noun} for networks, chats and mailboxes."
    return _asset(kind, settings, "social_posts", SOCIAL, "digest", about)


def _asset(
    kind: PeriodKind, settings: Settings, name: str, products: Sequence[Product], after: str, about: str
) -> dg.AssetsDefinition:
    key = [kind.value, name]

    @dg.multi_asset(
        name=f"{kind.value}_{name}",
        specs=[
            dg.AssetSpec(
                key,
                deps=[dg.AssetKey([kind.value, after])],
                group_name="digests",
                kinds={"jinja", "markdown"},
                code_version=CODE_VERSION,
                description=about,
            )
        ],
        check_specs=[dg.AssetCheckSpec(CHECK, asset=key, blocking=True)],
        partitions_def=partitions_for(kind, settings),
    )
    def compose(context: dg.AssetExecutionContext, storage: Storage) -> Iterator[dg.MaterializeResult[Any]]:
        """Read the insight, select, lay out, render, account for every sentence, write."""
        made = {}
        for period in periods_in(context, kind):
            with failures_of(f"{name.replace('_', ' ')} of {period}"):
                write_for = partial(write_products, products, period, storage, settings)
                made[period.key] = for_each_audience(settings, write_for)
        yield from tell(context, key, made, CHECK)

    return compose


def write_products(
    products: Sequence[Product],
    period: Period,
    storage: Storage,
    settings: Settings,
    audience: Audience = Audience.INTERNAL,
) -> Made:
    """Write products of one period for one audience, the digest before those that go with it."""
    material = read_material(period, storage, audience)
    if Product.DIGEST in products:
        now = snapshot(material.insight, material.insight_sha256)
        edition = next_edition(period, storage, audience, now, settings.digests.corrections)
    else:
        edition = edition_of(period, storage, audience, material.insight_sha256)
    made = [_write(product, material, storage, settings, audience, edition) for product in products]
    if Product.DIGEST in products and not edition.is_kept:
        remember(period, storage, audience, snapshot(material.insight, material.insight_sha256))
    metadata = {name: value for one in made for name, value in one.metadata.items()}
    problems = [problem for one in made for problem in one.problems]
    return Made(metadata, "".join(one.data_version for one in made)[:512], problems)


def _write(
    product: Product, material: Material, storage: Storage, settings: Settings, audience: Audience, edition: Edition
) -> Made:
    period = material.insight.period
    name = store_name(period, audience, product)
    if edition.is_kept and storage.has(name, period.key, "json"):
        kept = storage.read_document(name, period.key, Rendered)
        text = storage.read_text(name, period.key, suffix_of(product))
        return _made(kept, text, storage.path(name, period.key, suffix_of(product)))
    drawn = draw(product, period, storage, settings, audience, material)
    composed, rendered = make(product, material, drawn, settings, audience, edition)
    stored = write(storage, composed, rendered, drawn)
    return _made(rendered, composed.text, stored.path)


def _made(rendered: Rendered, text: str, path: str) -> Made:
    product = rendered.product
    if product is Product.DIGEST:
        metadata = {
            "period": rendered.period.label,
            "headline": rendered.description,
            "words": rendered.words,
            "edition": rendered.edition,
            "digest": dg.MetadataValue.md(FRONT_MATTER.sub("", text, count=1)),
            "path": dg.MetadataValue.path(path),
        }
    else:
        shown = text if suffix_of(product) == "md" else f"```\n{text}\n```"
        metadata = {
            f"{product}_words": rendered.words,
            str(product): dg.MetadataValue.md(shown),
            f"{product}_path": dg.MetadataValue.path(path),
        }
    problems = [f"{product}: {problem}" for problem in rendered.problems]
    return Made(metadata, rendered.text_sha256, problems)
