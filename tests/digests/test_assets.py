"""The assets of stage 4 over a real store: all products of each audience, byte for byte reproducible."""

import shutil
from pathlib import Path

import pytest

from sparky_assets.digests.models import INSIGHT_PART, Product, ProductManifest, get_suffix, list_products
from sparky_assets.digests.verify.verify import check_length, find_ungrounded
from sparky_assets.insights.models import Insight
from sparky_assets.periods import Period, PeriodKind, parse_period
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience, digest_path
from tests.factories import sample_repository
from tests.factories.git_repositories import BOB, History, Who, at
from tests.factories.sample_repository import MONTH, files_below, run_job, settings_for, store_of
from tests.factories.shared_fixtures import build_once

SECRET = ("Sesame", "vault", "Eve Hidden", "nlock ")
PERIOD = parse_period(PeriodKind.MONTHLY, MONTH)
DESTINATIONS = [{"name": "inside"}, {"name": "world", "audience": "public", "folder": "public"}]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return a month of a public and a private repository, built for both audiences; tests only read it."""
    return build_once(tmp_path_factory, "both", build_both)


def build_both(folder: Path) -> Settings:
    vault = History()
    eve = Who("Eve Hidden", "eve@example.com")
    vault.commit("feat: unlock Sesame with a word", at("2025-11-12T10:00"), {"sesame.txt": "s\n" * 90}, author=eve)
    vault.commit("fix: unlock Sesame again", at("2025-11-13T10:00"), {"sesame.txt": "s\n" * 9}, author=BOB)
    vault.tag("v9.9.9", when=at("2025-11-14T10:00"), message="Sesame 9.9.9\n")
    private = vault.at_path(folder / "vault", origin="https://github.com/acme/vault.git")
    public = sample_repository.build(folder / "newsroom")
    inside = settings_for(folder / "home", [private], publish={"destinations": DESTINATIONS})
    world = inside.model_copy(
        update={
            "sources": inside.sources.model_copy(
                update={
                    "git": inside.sources.git.model_copy(
                        update={"repositories": (str(public),), "visibility": "public"}
                    )
                }
            )
        }
    )
    assert run_job(inside, "collect", "2025-11-01", "2025-11-30").success
    _join_days(inside, world, folder)
    stages = [f"monthly/{stage}" for stage in ("metrics", "insights", "digest", "blog_post", "social_posts")]
    result = run_job(inside, "monthly", MONTH, selection=stages)
    assert result.success, sample_repository.failure_of(result)
    assert all(check.passed for check in result.get_asset_check_evaluations())
    return inside


def _join_days(inside: Settings, world: Settings, folder: Path) -> None:
    """Join both repositories in one store. One source has one visibility, so they are collected separately."""
    from sparky_assets.raw.tables import TABLES

    apart = settings_for(folder / "apart", world.sources.git.repositories)
    apart = apart.model_copy(update={"sources": world.sources})
    assert run_job(apart, "collect", "2025-11-01", "2025-11-30").success
    store, other_store = store_of(inside), store_of(apart)
    for table in TABLES:
        for key in store.list_keys(table.path):
            joined = store.read_table(table.path, key, table).vstack(other_store.read_table(table.path, key, table))
            store.write_table(table.path, key, joined.sort("repository", maintain_order=True), table)


def rendered_of(
    settings: Settings, period: Period, audience: Audience, product: Product
) -> tuple[str, ProductManifest, Insight]:
    storage, key = store_of(settings), period.key
    name = digest_path(period.kind, audience, product)
    return (
        storage.read_text(name, key, get_suffix(product)),
        storage.read_document(name, key, ProductManifest),
        storage.read_document(digest_path(period.kind, audience, INSIGHT_PART), key, Insight),
    )


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("product", list_products(PeriodKind.MONTHLY))
def test_products_of_every_audience_are_stored_and_grounded(
    both: Settings, product: Product, audience: Audience
) -> None:
    text, rendered, insight = rendered_of(both, PERIOD, audience, product)
    assert (rendered.product, rendered.audience, rendered.problems) == (product, audience, ())
    assert list(find_ungrounded(text, rendered, insight)) == []
    assert list(check_length(text, rendered)) == []
    for picture in rendered.pictures:
        name = digest_path(PERIOD.kind, audience, picture.name)
        assert store_of(both).read_bytes(name, PERIOD.key, picture.suffix)
        is_printed = picture.name in {"flow", "calendar"} or product is not Product.DIGEST
        assert not is_printed or f"]({picture.file})" in text or picture.name.startswith("featured")


def test_public_products_contain_nothing_private(both: Settings) -> None:
    files = files_below(Path(both.store_root))
    public = {name: data for name, data in files.items() if "/monthly_public" in name}
    internal = b"".join(data for name, data in files.items() if name.startswith("digests/monthly/"))
    assert len(public) > 20
    for word in SECRET:
        assert word.encode() in internal, word
        for name, data in public.items():
            assert word.encode() not in data, f"{word} in {name}"
    # No total reveals it either: of 10 commits 8 are public.
    text, _, insight = rendered_of(both, PERIOD, Audience.PUBLIC, Product.DIGEST)
    changes = insight.stories.changes
    assert changes and {change.repository for change in changes} == {"acme/newsroom"}
    assert insight.stories.sources is not None and "9.9.9" not in insight.stories.model_dump_json()
    assert "9.9.9" not in text


def test_blog_post_has_covers_of_1200_by_630_for_light_and_dark(both: Settings) -> None:
    _, rendered, _ = rendered_of(both, PERIOD, Audience.INTERNAL, Product.BLOG_POST)
    covers = [picture for picture in rendered.pictures if picture.name.startswith("featured")]
    assert [cover.file for cover in covers] == ["2025-11-featured.png", "2025-11-featured-dark.png"]
    for cover in covers:
        data = store_of(both).read_bytes(digest_path(PERIOD.kind, Audience.INTERNAL, cover.name), PERIOD.key, "png")
        assert (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) == (1200, 630)
        assert cover.alt


def test_second_run_writes_the_same_bytes(both: Settings, tmp_path: Path) -> None:
    copy = both.model_copy(update={"home": shutil.copytree(both.home, tmp_path / "home")})
    before = files_below(Path(copy.store_root))
    stages = [f"monthly/{stage}" for stage in ("digest", "blog_post", "social_posts")]
    assert run_job(copy, "monthly", MONTH, selection=stages).success
    assert files_below(Path(copy.store_root)) == before
