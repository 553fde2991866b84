"""A store with a week and all its products, internal and public, ready to be published."""

import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from resources.git.local import Publisher
from resources.storage import Storage
from sparky_assets.periods import Period, PeriodKind, parse_period
from sparky_assets.publications.publish import PublishOverrides, PublishResult, publish_period
from sparky_assets.settings.schema import Settings
from tests.factories import sample_repository

WEEK: Period = parse_period(PeriodKind.WEEKLY, "2025-W46")


@cache
def made() -> Path:
    """Return the store; the real graph builds it once per process, up to the digests."""
    folder = Path(tempfile.mkdtemp(prefix="sparky-stocked-"))
    sources = {"git": {"repositories": [str(sample_repository.build(folder / "newsroom"))], "visibility": "public"}}
    world = [{"name": "world", "audience": "public", "mode": "dry_run"}]
    settings = sample_repository.settings_for(folder, [], sources=sources, publish={"destinations": world})
    assert sample_repository.run_job(settings, "collect", "2025-11-10", "2025-11-16").success
    products = [f"weekly/{one}" for one in ("metrics", "insights", "digest", "blog_post", "social_posts")]
    assert sample_repository.run_job(settings, "weekly", WEEK.key, selection=products).success
    return folder / "store"


class Desk:
    """A copy of that store, and destinations to publish to from it."""

    def __init__(self, tmp: Path, *destinations: dict[str, Any], **publish: Any) -> None:
        self.tmp = tmp
        if not (tmp / "home" / "store").exists():
            shutil.copytree(made(), tmp / "home" / "store")
        given = {"mode": "on", "name": "there"}
        places = [given | one for one in destinations]
        self.settings = Settings.model_validate({"home": tmp / "home", "publish": {"destinations": places, **publish}})
        self.storage = Storage(root=self.settings.store_root)

    def publish(self, *, scope: str = "all", dry_run: bool = False, **wish: frozenset[str]) -> PublishResult:
        return publish_period(
            WEEK,
            self.storage,
            self.publisher(dry_run=dry_run),
            self.settings,
            scope=scope,
            overrides=PublishOverrides(**wish),
        )

    def publisher(self, *, dry_run: bool = False) -> Publisher:
        clones = str(self.tmp / "home" / "clones")
        return Publisher(author_name="Sparky", author_email="sparky@localhost", clones=clones, dry_run=dry_run)
