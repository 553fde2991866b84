"""The sections of a text: which are printed and in which order, by `digests.sections`."""

import re
from pathlib import Path

import pytest

from sparky_assets.digests.models import Product, ProductManifest
from sparky_assets.digests.render.samples import build_sample
from sparky_assets.digests.verify.verify import find_ungrounded
from sparky_assets.periods import PeriodKind
from sparky_assets.settings.schema import SECTION_ORDER, DigestsSettings, SectionName
from tests.factories import sample_repository
from tests.factories.products import made
from tests.factories.sample_repository import DAY, run_job, settings_for, store_of

NAMES: dict[SectionName, str] = {"box": "Before you upgrade", "lists": "New in this release", "people": "People"}
"""Names of sections in the sample of a week, one for each that has a name there."""


def list_names(product: Product, sections: tuple[SectionName, ...]) -> list[str]:
    """Return the names of sections in the order of their place in a text, after it was checked."""
    insight = build_sample(PeriodKind.WEEKLY)
    rendered, manifest = made(insight, product, sections=sections)
    assert list(find_ungrounded(rendered.text, manifest, insight)) == []
    return re.findall("|".join(NAMES.values()), rendered.text, re.IGNORECASE)


@pytest.mark.parametrize("product", [Product.DIGEST, Product.BLOG_POST, Product.DEVTO, Product.EMAIL_HTML])
def test_sections_are_printed_in_the_order_of_the_settings(product: Product) -> None:
    whole = list_names(product, SECTION_ORDER)
    assert {"Before you upgrade", "People"} <= set(whole)
    assert list_names(product, tuple(reversed(SECTION_ORDER))) == list(reversed(whole))


def test_section_that_is_not_named_is_left_out() -> None:
    assert list_names(Product.DIGEST, ("people",)) == ["People"]
    assert list_names(Product.EMAIL_TEXT, ("box",)) == ["BEFORE YOU UPGRADE"]
    assert list_names(Product.DIGEST, ()) == []


def test_post_keeps_its_sentences_without_sections() -> None:
    insight = build_sample(PeriodKind.WEEKLY)
    assert made(insight, Product.X, sections=())[0].text == made(insight, Product.X)[0].text


def test_asset_prints_the_sections_of_the_settings(tmp_path: Path) -> None:
    repository = sample_repository.build(tmp_path / "newsroom")
    settings = settings_for(tmp_path / "home", [repository], digests={"sections": ["people"]})
    result = run_job(settings, "daily", DAY)
    assert result.success, sample_repository.failure_of(result)
    text = store_of(settings).read_text("digests/daily", DAY)
    assert "## Also" not in text
    assert store_of(settings).read_document("digests/daily", DAY, ProductManifest).problems == ()


@pytest.mark.parametrize("sections", [["boxes"], ["box", "box"], "box"])
def test_unknown_or_repeated_section_is_refused(sections: object) -> None:
    with pytest.raises(ValueError, match="sections"):
        DigestsSettings.model_validate({"sections": sections})
