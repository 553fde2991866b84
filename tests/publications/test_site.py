"""Index, archives and feeds of a destination list exactly the pages in the ledger that its folder holds."""

import json
from pathlib import Path

import polars as pl
import pytest

from sparky_assets.destinations.base import PagesDestination
from sparky_assets.publications.checks import CheckContext
from sparky_assets.publications.site import build_destination_site
from sparky_assets.publications.stored_products import load_insight
from sparky_assets.publications.unpublish import unpublish_period
from sparky_assets.raw.tables import REPOSITORIES
from sparky_assets.store import Audience
from tests.factories.published_store import WEEK, Desk

FOLDER = {"name": "there", "kind": "folder", "site": True, "folder": "blog"}


def listed(folder: Path) -> list[str]:
    return [one["path"] for one in json.loads((folder / "digests.json").read_text())["digests"]]


@pytest.mark.parametrize(
    ("layout", "index", "feed", "page"),
    [
        ("quartz", "index.md", "feed.xml", "2025/11/week-2025-46.md"),
        ("mkdocs", "index.md", "feed.xml", "2025/11/week-2025-46.md"),
        ("hugo", "_index.md", "feed.xml", "2025/11/week-2025-46/index.md"),
        ("plain", "README.md", "feed.xml", "weekly/2025-W46.md"),
        ("jekyll", None, "sparky-feed.xml", "_posts/2025-11-16-week-2025-46.md"),
    ],
)
def test_each_layout_has_its_index_and_feeds_in_the_folder(
    tmp_path: Path, layout: str, index: str | None, feed: str, page: str
) -> None:
    desk = Desk(tmp_path, {**FOLDER, "path": tmp_path / "s", "layout": layout, "site_url": "https://x.org/blog"})
    assert desk.publish().has_changes
    folder = tmp_path / "s" / "blog"
    assert sorted(one.name for one in (tmp_path / "s").iterdir()) == ["blog"]
    assert (folder / page).exists()
    assert (folder / feed).exists()
    made = {one.name for one in folder.rglob("*") if one.name in {"index.md", "_index.md", "README.md"}}
    assert made - ({"index.md"} if layout == "hugo" else set()) == ({index} if index else set())
    if index:
        assert page in (folder / index).read_text()
        assert "index.md)" not in (folder / index).read_text().replace(f"{index})", "").replace(page, "")
    assert not desk.publish().has_changes


def test_unpublished_period_is_in_no_index_and_no_feed(tmp_path: Path) -> None:
    desk = Desk(tmp_path, {**FOLDER, "path": tmp_path / "s"})
    desk.publish()
    assert listed(tmp_path / "s" / "blog") == ["2025/11/week-2025-46.md"]
    unpublish_period(WEEK, desk.storage, desk.publisher(), desk.settings)
    assert listed(tmp_path / "s" / "blog") == []
    assert "week-2025-46" not in (tmp_path / "s" / "blog" / "feed.xml").read_text()


def test_old_page_of_a_repository_made_private_is_in_no_public_feed(tmp_path: Path) -> None:
    desk = Desk(tmp_path, {**FOLDER, "path": tmp_path / "s", "audience": "public"})
    desk.publish()
    last = desk.storage.list_keys(REPOSITORIES.path)[-1]
    now = desk.storage.read_table(REPOSITORIES.path, last, REPOSITORIES)
    (destination,) = desk.settings.publish.destinations
    assert isinstance(destination, PagesDestination)
    open_now = dict.fromkeys(now["repository"], Audience.PUBLIC.value)
    hidden = dict.fromkeys(now["repository"], "private")
    insight = load_insight(desk.storage, WEEK, Audience.PUBLIC)
    open_site = build_destination_site(destination, WEEK, desk.storage, CheckContext(*insight, open_now))
    hidden_site = build_destination_site(destination, WEEK, desk.storage, CheckContext(*insight, hidden))
    assert b"week-2025-46" in open_site["blog/feed.xml"]
    assert b"week-2025-46" not in hidden_site["blog/feed.xml"]
    assert isinstance(now, pl.DataFrame)


def test_internal_site_needs_no_insight_of_other_periods(tmp_path: Path) -> None:
    desk = Desk(tmp_path, {**FOLDER, "path": tmp_path / "s"})
    desk.publish()
    insight = load_insight(desk.storage, WEEK, Audience.INTERNAL)
    path = desk.storage.build_path("digests/weekly_insight", WEEK.key, "json")
    Path(path).write_text("torn")
    (destination,) = desk.settings.publish.destinations
    assert isinstance(destination, PagesDestination)
    site = build_destination_site(destination, WEEK.next(), desk.storage, CheckContext(*insight, {}))
    assert b"week-2025-46" in site["blog/feed.xml"]


def test_index_is_written_only_if_the_setting_is_on(tmp_path: Path) -> None:
    desk = Desk(tmp_path, {**FOLDER, "path": tmp_path / "s", "site": False})
    desk.publish()
    assert not (tmp_path / "s" / "blog" / "index.md").exists()
