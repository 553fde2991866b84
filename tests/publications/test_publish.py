"""Checks before publishing: visibility, secrets and names in the final bytes. On a failure nothing is published."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sparky_assets.digests.models import Product, ProductManifest
from sparky_assets.errors import DataError
from sparky_assets.orchestration.run_tags import publish_scope
from sparky_assets.publications.assets import format_delivery
from sparky_assets.publications.models import is_published
from sparky_assets.publications.publish import load_ledger
from sparky_assets.raw.tables import REPOSITORIES
from sparky_assets.store import Audience, digest_path
from tests.factories.git_repositories import git
from tests.factories.published_store import WEEK, Desk
from tests.fakes.services import SERVICES, Fault, Service, serving
from tests.reliability.post_faults import settings_of

WORLD = {"name": "world", "audience": "public"}


def refusal(desk: Desk) -> str:
    with pytest.raises(DataError) as caught:
        desk.publish()
    said = str(caught.value)
    assert "\n" not in said
    assert said.startswith("pre-publish check failed; nothing was published: ")
    assert not (desk.tmp / "home" / "publications").exists()
    assert load_ledger(WEEK, desk.storage).places == ()
    return said


def now(desk: Desk, visibility: str | None) -> None:
    """Return a newer list of repositories, as a later day collects it."""
    last = desk.storage.list_keys(REPOSITORIES.path)[-1]
    listed = desk.storage.read_table(REPOSITORIES.path, last, REPOSITORIES)
    listed = listed.filter(False) if visibility is None else listed.with_columns(visibility=pl.lit(visibility))
    desk.storage.write_table(REPOSITORIES.path, "2025-11-30", listed, REPOSITORIES)


def rewrite(desk: Desk, change: Callable[[str], str], audience: Audience = Audience.INTERNAL) -> None:
    """Write a digest as a broken stage 4 would: other bytes, and a record that vouches for them."""
    name = digest_path(WEEK.kind, audience, Product.DIGEST)
    text = change(desk.storage.read_text(name, WEEK.key))
    desk.storage.write_text(name, WEEK.key, text)
    about = desk.storage.read_document(name, WEEK.key, ProductManifest)
    changed = about.model_copy(update={"text_sha256": sha256(text.encode()).hexdigest()})
    desk.storage.write_document(name, WEEK.key, changed)


def test_public_digest_is_published(tmp_path: Path) -> None:
    desk = Desk(tmp_path, WORLD)
    desk.publish()
    assert [place.status for place in load_ledger(WEEK, desk.storage).places] == ["published"]


@pytest.mark.parametrize("visibility", ["private", "internal"])
def test_digest_of_a_repository_made_private_is_not_published(tmp_path: Path, visibility: str) -> None:
    desk = Desk(tmp_path, WORLD, {"name": "inside"})
    now(desk, visibility)
    assert f"acme/newsroom is {visibility} now" in refusal(desk)


def test_digest_of_a_deleted_repository_is_not_published(tmp_path: Path) -> None:
    desk = Desk(tmp_path, WORLD)
    now(desk, None)
    assert "acme/newsroom is no longer in the list of repositories" in refusal(desk)


def test_internal_audience_gets_private_evidence(tmp_path: Path) -> None:
    desk = Desk(tmp_path, {"name": "inside"})
    now(desk, "private")
    desk.publish()
    assert [place.status for place in load_ledger(WEEK, desk.storage).places] == ["published"]


def test_publishing_without_a_repository_list_is_refused(tmp_path: Path) -> None:
    desk = Desk(tmp_path, WORLD)
    for file in (tmp_path / "home" / "store" / "raw" / "repositories").glob("*"):
        file.unlink()
    with pytest.raises(DataError, match="has no list of repositories"):
        desk.publish()


def test_period_without_a_public_edition_is_skipped_with_a_message(tmp_path: Path) -> None:
    desk = Desk(tmp_path, WORLD)
    for file in (tmp_path / "home" / "store" / "digests" / "weekly_public_insight").glob("*"):
        file.unlink()
    (done,) = desk.publish().deliveries
    assert (done.entry.status, done.is_new) == ("left_out", False)
    assert done.entry.word == "the public edition of week 2025-W46 is not in the store"


def test_internal_text_under_the_public_prefix_is_refused(tmp_path: Path) -> None:
    desk = Desk(tmp_path, WORLD)
    inside, outside = (digest_path(WEEK.kind, one, Product.DIGEST) for one in (Audience.INTERNAL, Audience.PUBLIC))
    desk.storage.write_text(outside, WEEK.key, desk.storage.read_text(inside, WEEK.key))
    desk.storage.write_document(outside, WEEK.key, desk.storage.read_document(inside, WEEK.key, ProductManifest))
    assert "it was made for the internal audience and would go to the public one" in refusal(desk)


@pytest.mark.parametrize(
    ("planted", "why"),
    [
        ("The key is ghp_" + "aB3" * 12 + ".", "holds what looks like a GitHub token"),
        ("Ask ada@example.com.", "holds an e-mail address"),
        ("Thanks @octocat.", "would ping @octocat"),
        ("We fixed 50 issues.", "50"),
    ],
)
def test_leak_is_named_by_line_and_nothing_is_published(tmp_path: Path, planted: str, why: str) -> None:
    desk = Desk(
        tmp_path, {"name": "clean", "periods": ["week"]}, {"name": "site", "kind": "folder", "path": tmp_path / "s"}
    )
    rewrite(desk, lambda text: text.replace("\n## ", f"\n{planted}\n\n## ", 1))
    said = refusal(desk)
    assert why in said
    assert "aB3aB3" not in said
    assert not (tmp_path / "s").exists()


def test_changed_picture_is_refused(tmp_path: Path) -> None:
    desk = Desk(tmp_path, {"name": "inside", "products": ["digest", "blog_post"]})
    file = next(
        file
        for file in (tmp_path / "home" / "store" / "digests").glob("weekly_*/*")
        if file.suffix in {".svg", ".png"} and "public" not in file.parent.name
    )
    file.write_bytes(file.read_bytes() + b"<!-- more -->")
    assert "the picture was changed after it was drawn" in refusal(desk)


def test_text_of_changed_facts_is_refused(tmp_path: Path) -> None:
    desk = Desk(tmp_path, {"name": "inside"})
    file = next((tmp_path / "home" / "store" / "digests" / "weekly_insight").glob("*.json"))
    file.write_text(file.read_text().replace('"records": ', '"records":  '))
    assert "it was made from other facts than the store holds; make the digest again" in refusal(desk)


@pytest.mark.parametrize("layout", ["quartz", "hugo", "jekyll", "mkdocs", "plain"])
def test_every_layout_passes_the_checks_with_its_pictures(tmp_path: Path, layout: str) -> None:
    desk = Desk(tmp_path, {"name": "inside", "layout": layout, "folder": "site", "products": ["digest", "blog_post"]})
    assert desk.publish().has_changes
    listed = git(tmp_path / "home" / "publications", "ls-files").splitlines()
    assert all(one.startswith("site/") for one in listed)
    assert any(Path(file).suffix in {".svg", ".png"} for file in listed)
    assert not desk.publish().has_changes


# --- Publish scope


@pytest.mark.parametrize(
    ("tags", "scope"),
    [
        ({}, "all"),
        ({"sparky/trigger": "schedule"}, "all"),
        ({"sparky/trigger": "backfill"}, "local"),
        ({"dagster/backfill": "abc"}, "local"),
        ({"sparky/trigger": "backfill", "sparky/publish": "all"}, "all"),
        ({"sparky/publish": "local"}, "local"),
        ({"sparky/publish": "mistyped"}, "local"),
    ],
)
def test_backfill_publishes_locally_by_default(tags: dict[str, str], scope: str) -> None:
    assert publish_scope(tags) == scope


def test_local_scope_serves_repositories_folders_and_files_to_paste(tmp_path: Path) -> None:
    away: list[dict[str, Any]] = [
        {"name": "remote", "url": "https://127.0.0.1:9/docs.git"},
        {"name": "chat", "kind": "slack", "webhook": "https://127.0.0.1:9/hook"},
        {"name": "mail", "kind": "email", "host": "127.0.0.1", "port": 9, "sender": "a@b", "recipients": ["c@d"]},
    ]
    here: list[dict[str, Any]] = [
        {"name": "own"},
        {"name": "site", "kind": "folder", "path": tmp_path / "s"},
        {"name": "paste", "kind": "x"},
    ]
    desk = Desk(tmp_path, *away, *here)
    done = desk.publish(scope="local")
    assert [one.entry.destination for one in done.deliveries] == ["own", "site", "paste"]
    assert (tmp_path / "home" / "to-paste" / "2025-W46-paste.txt").read_text().strip()


def test_destination_that_is_off_or_of_another_kind_gets_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path, {"name": "off", "mode": "off"}, {"name": "days", "periods": ["day"]})
    assert desk.publish().deliveries == ()


def test_destination_in_dry_run_shows_its_diff_without_a_ledger_entry(tmp_path: Path) -> None:
    chat = {"name": "chat", "kind": "slack", "mode": "dry_run", "webhook": "https://127.0.0.1:9/hook"}
    desk = Desk(tmp_path, {"name": "rehearsed", "mode": "dry_run"}, chat)
    done = desk.publish()
    assert done.has_changes
    assert "+++ b/content/blog/2025/11/week-2025-46.md" in done.deliveries[0].diff
    assert "+++ Slack" in done.deliveries[1].diff
    assert all(format_delivery(delivery).startswith('dry run until mode = "on": ') for delivery in done.deliveries)
    assert load_ledger(WEEK, desk.storage).places == ()
    assert not (tmp_path / "home" / "publications").exists()


REFUSED = Fault(401, {}, {"title": "Unauthorized", "status": 401})


def test_failed_destination_is_pending_until_it_is_published(tmp_path: Path) -> None:
    folder = {"name": "shelf", "kind": "folder", "path": str(tmp_path / "shelf")}
    with serving(Service(), SERVICES["x"]) as service:
        service.faults.append(REFUSED)
        desk = Desk(tmp_path, folder, settings_of("x", service))
        assert not is_published(WEEK, desk.storage)
        with pytest.raises(DataError):
            desk.publish()
        assert load_ledger(WEEK, desk.storage).owed == ("there",)
        assert not is_published(WEEK, desk.storage)
        desk.publish(scope="local")
        assert not is_published(WEEK, desk.storage), "a run that stays here does not forget who is elsewhere"
        desk.publish()
    assert is_published(WEEK, desk.storage)
    assert len(service.held) > 0


def test_removed_destination_is_not_pending_any_more(tmp_path: Path) -> None:
    folder = {"name": "shelf", "kind": "folder", "path": str(tmp_path / "shelf")}
    with serving(Service(), SERVICES["x"]) as service:
        service.faults.append(REFUSED)
        with pytest.raises(DataError):
            Desk(tmp_path, folder, settings_of("x", service)).publish()
        desk = Desk(tmp_path, folder)
        desk.publish()
    assert is_published(WEEK, desk.storage)
