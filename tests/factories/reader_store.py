"""Fill a store as the pipeline does: a public and a private repository, so that audiences differ."""

import shutil
from pathlib import Path

import polars as pl

from sparky_assets.periods import Period, PeriodKind, parse_period, period_of_day
from sparky_assets.publications.models import PublicationLedger
from sparky_assets.raw.tables import TABLES
from sparky_assets.settings.schema import Settings
from sparky_assets.store import publications_path
from tests.factories import sample_repository
from tests.factories.git_repositories import BOB, History, Who, at
from tests.factories.sample_repository import run_job, settings_for, store_of

SECRET = "acme/bunker"
"""The private repository. Neither its name nor any of its words may reach the public."""
SECRET_WORDS = ("bunker", "submarine", "Nemo")
DAYS = [parse_period(PeriodKind.DAILY, day) for day in ("2025-11-12", "2025-11-14", "2025-11-15")]
WEEK, MONTH = parse_period(PeriodKind.WEEKLY, "2025-W46"), parse_period(PeriodKind.MONTHLY, "2025-11")
NEMO = Who("Nemo Nobody", "nemo@example.com")
MADE = ("metrics", "insights", "digest")


def print_editions(folder: Path) -> Settings:
    """Run the real graph over both repositories; return its settings."""
    open_one = sample_repository.build(folder / "newsroom")
    secret = _secret_history().at_path(folder / "bunker", origin=f"https://github.com/{SECRET}.git")
    settings = settings_for(
        folder / "home",
        [open_one, secret],
        organisation={"name": "Acme & Co", "timezone": "Europe/Berlin"},
        sources={"git": {"repositories": [str(open_one), str(secret)], "visibility": "public"}},
        publish={"destinations": [{"name": "embedded"}, {"name": "world", "audience": "public"}]},
    )
    month = period_of_day(PeriodKind.MONTHLY, MONTH.start)
    _must(run_job(settings, "collect", month.days[0].key, month.days[-1].key))
    _hide(SECRET, settings)
    for period in (*DAYS, WEEK, MONTH):
        _must(
            run_job(settings, period.kind.value, period.key, selection=[f"{period.kind.value}/{one}" for one in MADE])
        )
    return settings


def copied(settings: Settings, folder: Path) -> Settings:
    """Return the same settings over a copy of the store that a test may change."""
    shutil.copytree(settings.store_root, folder / "store")
    return settings.model_copy(update={"storage": settings.storage.model_copy(update={"root": str(folder / "store")})})


def publish(settings: Settings, period: Period, owed: tuple[str, ...] = ()) -> None:
    """Write the record of a publication, as stage 5 does."""
    record = PublicationLedger(period=period, markdown_sha256="0" * 64, data_sha256="0" * 64, places=(), owed=owed)
    store_of(settings).write_document(publications_path(period.kind), period.key, record)


def _secret_history() -> History:
    story = History()
    story.commit("Dig the bunker", at("2025-11-12T07:00"), {"bunker.py": "b\n"}, author=NEMO)
    story.commit("feat: dock the submarine", at("2025-11-12T15:00"), {"sub.py": "s\n"}, author=NEMO, committer=BOB)
    return story


def _hide(repository: str, settings: Settings) -> None:
    """Make a repository private in all raw days, as GitHub does. Git has one visibility for all repositories."""
    store = store_of(settings)
    hidden = pl.when(pl.col("repository") == repository).then(pl.lit("private")).otherwise(pl.col("visibility"))
    for table in TABLES:
        for key in store.list_keys(table.path):
            frame = store.read_table(table.path, key, table)
            store.write_table(table.path, key, frame.with_columns(hidden.alias("visibility")), table)


def _must(result: object) -> None:
    assert getattr(result, "success", False), sample_repository.failure_of(result)  # type: ignore[arg-type]
