"""Stored pictures are used again by a preview of the same insight."""

from pathlib import Path

from resources.storage import Storage
from sparky_assets.digests.compose import ProductInputs, load_current_pictures
from sparky_assets.digests.context import ProductContext
from sparky_assets.digests.editions import load_edition
from sparky_assets.digests.models import Product
from sparky_assets.periods import PeriodKind, parse_period
from sparky_assets.settings.load import load_settings
from sparky_assets.store import Audience
from tests.factories import published_store


def load_names(tmp_path: Path, product: Product, *, changed: bool = False) -> list[str] | None:
    """Return the names of the pictures of a stored product; of another insight where `changed`."""
    storage = Storage(root=str(published_store.made()))
    period = parse_period(PeriodKind.WEEKLY, "2025-W46")
    context = ProductContext(period, storage, load_settings(None, {"home": tmp_path}), Audience.INTERNAL)
    edition, insight_sha256 = load_edition(context)
    inputs = ProductInputs(edition.insight, "0" * 64 if changed else insight_sha256, {})
    pictures = load_current_pictures(product, context, inputs)
    return None if pictures is None else [picture.file.name for picture in pictures]


def test_pictures_of_the_same_insight_are_loaded(tmp_path: Path) -> None:
    assert load_names(tmp_path, Product.BLOG_POST) == ["featured", "featured_dark"]


def test_pictures_of_another_insight_are_not_loaded(tmp_path: Path) -> None:
    assert load_names(tmp_path, Product.BLOG_POST, changed=True) is None


def test_product_without_pictures_needs_none(tmp_path: Path) -> None:
    assert load_names(tmp_path, Product.DIGEST) == []
