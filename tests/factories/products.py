"""Products of an organisation or an insight, rendered as the assets do, without a store."""

from typing import Any

from sparky_assets.digests.compose import (
    DigestOptions,
    ProductInputs,
    RenderedProduct,
    build_manifest,
    render_within_limits,
)
from sparky_assets.digests.editions import Edition
from sparky_assets.digests.models import Product, ProductManifest
from sparky_assets.insights.models import Insight
from sparky_assets.settings.load import find_shipped_folder
from sparky_assets.store import Audience
from tests.strategies.git_history import World

TEMPLATES = [find_shipped_folder("templates")]
URLS: dict[str, str | None] = {"acme/tool": "https://github.com/acme/tool"}


def made(
    insight: Insight, product: Product = Product.DIGEST, urls: dict[str, str | None] | None = None, **setting: Any
) -> tuple[RenderedProduct, ProductManifest]:
    """Render a product of an insight and build its manifest."""
    repository_urls = urls if urls is not None else URLS
    options = DigestOptions(product, setting.pop("audience", Audience.INTERNAL), **setting)
    composed = render_within_limits(insight, options, TEMPLATES, "quartz")
    return composed, build_manifest(composed, ProductInputs(insight, "0" * 64, repository_urls), Edition(insight))


def written(world: World, product: Product = Product.DIGEST, **setting: Any) -> tuple[str, ProductManifest, Insight]:
    """Render a product of an organisation; return its text, its manifest and its insight."""
    insight = world.insight()
    composed, rendered = made(insight, product, world.urls(), **setting)
    return composed.text, rendered, insight
