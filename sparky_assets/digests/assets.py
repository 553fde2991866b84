"""Dagster's face of stage 4: `<period>/digest`, `<period>/blog_post` and `<period>/social_posts`."""

from collections.abc import Iterator, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

import dagster as dg

from resources.storage import Storage
from sparky_assets.audience import Audience
from sparky_assets.digests.desk import Desk
from sparky_assets.digests.editions import Edition, edition_of, next_edition, remember
from sparky_assets.digests.products import SOCIAL, Product, Rendered, suffix_of
from sparky_assets.digests.words import FRONT_MATTER
from sparky_assets.digests.writing import Material, draw, kept_pictures, make, read_urls, write
from sparky_assets.failures import failures_of
from sparky_assets.insights.models import Insight
from sparky_assets.materialising import Made, for_each_audience, periods_in, tell
from sparky_assets.partitions import partitions_for
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.settings import Settings

CODE_VERSION = "3"
CHECK = "every_sentence_is_accounted_for"


def digest_asset(kind: PeriodKind, settings: Settings) -> dg.AssetsDefinition:
    """The digest of a period as Markdown."""
    about = f"The digest of a {kind.noun} as Markdown, parsed again and accounted for."
    return _asset(kind, settings, "digest", (Product.DIGEST,), after="insights", about=about)


def blog_post_asset(kind: PeriodKind, settings: Settings) -> dg.AssetsDefinition:
    """The blog post of a week or month, with the picture that stands for it."""
    about = f"The blog post of a {kind.noun}, with its featured image."
    return _asset(kind, settings, "blog_post", (Product.BLOG_POST,), after="digest", about=about)


def social_posts_asset(kind: PeriodKind, settings: Settings) -> dg.AssetsDefinition:
    """What goes to networks, chats and mailboxes."""
    about = f"A {kind.noun} for networks, chats and mailboxes."
    return _asset(kind, settings, "social_posts", SOCIAL, after="digest", about=about)


def _asset(
    kind: PeriodKind, settings: Settings, name: str, products: Sequence[Product], *, after: str, about: str
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
    desk = Desk(period, storage, settings, audience)
    if Product.DIGEST in products:
        insight = storage.read_document(f"insights/{desk.shelf}", period.key, Insight)
        edition = next_edition(desk, insight)
        digest = remember(desk, edition.insight)
    else:
        edition, digest = edition_of(desk)
    material = Material(edition.insight, digest, read_urls(desk, edition.insight))
    made = [_write(product, desk, material, edition) for product in products]
    metadata = {name: value for one in made for name, value in one.metadata.items()}
    problems = [problem for one in made for problem in one.problems]
    versions = "".join(one.data_version for one in made)
    return Made(metadata, sha256(versions.encode()).hexdigest(), problems)


def _write(product: Product, desk: Desk, material: Material, edition: Edition) -> Made:
    kept = kept_pictures(product, desk) if edition.is_kept else []
    drawn = kept or draw(product, desk, material)
    composed, rendered = make(product, desk, material, drawn, edition)
    stored = write(desk.storage, composed, rendered, drawn)
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
