"""Publishing as an asset: paths at the destination, commits, the ledger, and no second publication of the same text."""

import hashlib
import shutil
import subprocess
from datetime import date
from pathlib import Path

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.cli.dagster_runner import QUIET_RUN_CONFIG
from sparky_assets.definitions import build_defs
from sparky_assets.metrics.models import Metrics
from sparky_assets.periods import Period, PeriodKind, period_of_day
from sparky_assets.publications.models import PublicationLedger
from sparky_assets.settings.layouts import LAYOUT_PRESETS, build_page_path
from sparky_assets.settings.schema import Settings
from tests.factories import sample_repository
from tests.factories.git_repositories import at, git, head
from tests.factories.sample_repository import DAY, MONTH, WEEK, failure_of, files_below, run_job, settings_for, store_of
from tests.factories.shared_fixtures import build_once
from tests.strategies.calendar import days, kinds

# --- Paths


@pytest.mark.parametrize(
    ("kind", "start", "path"),
    [
        (PeriodKind.DAILY, date(2025, 11, 14), "content/blog/2025/11/2025-11-14.md"),
        (PeriodKind.WEEKLY, date(2025, 11, 10), "content/blog/2025/11/week-2025-46.md"),
        (PeriodKind.WEEKLY, date(2024, 12, 30), "content/blog/2025/01/week-2025-01.md"),
        (PeriodKind.WEEKLY, date(2025, 9, 29), "content/blog/2025/10/week-2025-40.md"),
        (PeriodKind.MONTHLY, date(2025, 11, 1), "content/blog/2025/11/november-2025.md"),
    ],
)
def test_digest_is_in_the_folder_of_its_month(kind: PeriodKind, start: date, path: str) -> None:
    assert build_page_path(LAYOUT_PRESETS["quartz"], Period(kind, start), "content/blog") == path


@pytest.mark.parametrize("folder", ["", "/", "."])
def test_digest_may_be_at_the_top_level(folder: str) -> None:
    found = build_page_path(LAYOUT_PRESETS["quartz"], Period(PeriodKind.MONTHLY, date(2025, 11, 1)), folder)
    assert str(Path(found)) == "2025/11/november-2025.md"
    assert not found.startswith("/")


@given(st.sampled_from(sorted(LAYOUT_PRESETS)), kinds, kinds, days, days)
def test_no_two_periods_share_a_path(preset: str, one: PeriodKind, two: PeriodKind, first: date, second: date) -> None:
    a, b = period_of_day(one, first), period_of_day(two, second)
    assert (build_page_path(LAYOUT_PRESETS[preset], a, "x") == build_page_path(LAYOUT_PRESETS[preset], b, "x")) == (
        a == b
    )


# --- In the graph


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, newsroom_path: Path) -> Settings:
    """Return settings of a home from which a day, its week and its month were published; tests only read it."""
    return build_once(tmp_path_factory, "published", lambda folder: publish_periods(folder, newsroom_path))


def publish_periods(folder: Path, newsroom_path: Path) -> Settings:
    settings = settings_for(folder, [newsroom_path])
    assert run_job(settings, "history", "2025-11-01", "2025-11-30").success
    assert run_job(settings, "daily", DAY).success
    for job, key in (("weekly", WEEK), ("monthly", MONTH)):
        result = run_job(settings, job, key)
        assert result.success
        assert all(check.passed for check in result.get_asset_check_evaluations())
    return settings


@pytest.fixture
def copied(published: Settings, tmp_path: Path) -> Settings:
    """Return settings of a copy of the home, for a test that publishes from it."""
    home = shutil.copytree(published.home, tmp_path / "copied")
    return settings_for(home, list(published.sources.git.repositories))


def docs(settings: Settings) -> Path:
    return settings.home / "publications"


def test_day_a_week_and_a_month_are_three_commits(published: Settings) -> None:
    assert git(docs(published), "log", "--reverse", "--format=%s").splitlines() == [
        "Publish the daily digest of 2025-11-12",
        "Publish the weekly digest of 2025-W46",
        "Publish the monthly digest of 2025-11",
    ]
    assert [
        one
        for one in git(docs(published), "ls-files").splitlines()
        if one.endswith(".md") and not one.endswith("index.md")
    ] == [
        "content/blog/2025/11/2025-11-12.md",
        "content/blog/2025/11/november-2025.md",
        "content/blog/2025/11/week-2025-46.md",
    ]


def test_commit_names_its_period_and_the_hash_of_its_data(published: Settings) -> None:
    data = (published.home / "store" / "digests" / "weekly_insight" / f"{WEEK}.json").read_bytes()
    trailers = git(docs(published), "log", "-1", "--skip=1", "--format=%(trailers:only,unfold)").split("\n")
    sha = hashlib.sha256(data).hexdigest()
    assert trailers[:3] == ["Sparky-Period: weekly/2025-W46", f"Sparky-Data: sha256:{sha}", "Sparky-Edition: 1"]


def test_materialization_of_a_backfill_says_that_it_published_here_only(copied: Settings, tmp_path: Path) -> None:
    def publish(tags: dict[str, str]) -> str:
        job = build_defs(copied).resolve_job_def("daily")
        selection = [dg.AssetKey(["daily", "publication"])]
        with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
            result = job.execute_in_process(
                partition_key=DAY, instance=instance, tags=tags, asset_selection=selection, run_config=QUIET_RUN_CONFIG
            )
        (made,) = result.asset_materializations_for_node("daily_publication")
        return str(made.metadata["publishes"].value)

    assert publish({"dagster/backfill": "abcdef"}).startswith("on this machine only; the tag sparky/publish=all")
    assert publish({}) == "everywhere, as the settings say"


def test_ledger_names_the_destination_of_each_digest(published: Settings) -> None:
    ledger = store_of(published).read_document("publications/daily", DAY, PublicationLedger)
    (place,) = ledger.places
    assert (place.destination, place.path, place.edition) == ("embedded", "content/blog/2025/11/2025-11-12.md", 1)
    assert place.commit == head(docs(published), "HEAD~2")
    markdown = store_of(published).read_text("digests/daily", DAY)
    assert ledger.markdown_sha256 == hashlib.sha256(markdown.encode()).hexdigest()
    assert git(docs(published), "show", f"HEAD:{place.path}") == markdown


def test_numbers_of_the_month_are_those_of_git_log(published: Settings, newsroom_path: Path) -> None:
    metrics = store_of(published).read_document("metrics/monthly", MONTH, Metrics)
    values = {fact.key: fact.value for fact in metrics.facts}
    log = ("log", "--no-merges", "--since=2025-11-01T00:00Z", "--until=2025-11-30T23:59:59Z")
    commits = git(newsroom_path, *log, "--format=%H").split()
    rows = [line.split("\t") for line in git(newsroom_path, *log, "--format=", "--numstat").splitlines() if line]
    assert values["commits@all"] == len(commits)
    assert values["insertions@all"] == sum(int(row[0]) for row in rows if row[0] != "-")
    assert values["deletions@all"] == sum(int(row[1]) for row in rows if row[1] != "-")


def test_same_data_again_makes_no_new_commit_and_no_new_byte(published: Settings) -> None:
    before, tip = files_below(published.home / "store"), head(docs(published))
    again = run_job(published, "daily", DAY, now="2026-02-01T00:00:00+00:00")
    assert again.success
    assert head(docs(published)) == tip
    assert files_below(published.home / "store") == before


def test_digest_changed_by_hand_fails_the_pre_publish_check(tmp_path: Path, newsroom_path: Path) -> None:
    settings = settings_for(tmp_path, [newsroom_path])
    run_job(settings, "daily", DAY, selection=[*newsroom_raw(), "daily/metrics", "daily/insights", "daily/digest"])
    file = tmp_path / "store" / "digests" / "daily" / f"{DAY}.md"
    file.write_text(f"{file.read_text()}\n500 commits.\n")
    said = failure_of(run_job(settings, "daily", DAY, selection=["daily/publication"]))
    assert said.startswith("publication of day 2025-11-12: pre-publish check failed; nothing was published: ")
    assert not (tmp_path / "publications").exists()


@pytest.mark.slow
def test_correction_is_a_second_edition(tmp_path: Path) -> None:
    story = sample_repository.history()
    path = story.at_path(tmp_path / "newsroom")
    settings = settings_for(tmp_path / "home", [path], digests={"corrections": "always"})
    run_job(settings, "daily", DAY)

    story.commit("feat: pushed days later", at("2025-11-12T15:00"))
    story.into(path)
    assert run_job(settings, "daily", DAY, now="2025-12-05T06:00:00+00:00").success
    ledger = store_of(settings).read_document("publications/daily", DAY, PublicationLedger)
    assert ledger.places[0].edition == 2
    assert "Pushed days later" in git(docs(settings), "show", "HEAD")


def test_week_without_all_days_is_refused_with_their_names(tmp_path: Path, newsroom_path: Path) -> None:
    settings = settings_for(tmp_path, [newsroom_path])
    run_job(settings, "collect", "2025-11-10", "2025-11-12")
    run_job(settings, "collect", "2025-11-14")
    said = failure_of(run_job(settings, "weekly", WEEK))
    assert said == (
        "metrics of week 2025-W46: week 2025-W46 lacks 3 of its 7 days: 2025-11-13, 2025-11-15..2025-11-16. "
        "Collect them: sparky backfill 2025-11-13..2025-11-16"
    )


def test_every_destination_gets_its_commit(tmp_path: Path, newsroom_path: Path) -> None:
    places = [{"name": name, "repository": str(tmp_path / name), "folder": name} for name in ("blog", "wiki")]
    settings = settings_for(tmp_path / "home", [newsroom_path], publish={"destinations": places})
    assert run_job(settings, "daily", DAY).success
    for name in ("blog", "wiki"):
        listed = subprocess.run(["git", "ls-files"], cwd=tmp_path / name, capture_output=True, text=True, check=True)
        assert listed.stdout == f"{name}/2025/11/2025-11-12.md\n"


def newsroom_raw() -> list[str]:
    from sparky_assets.raw.tables import TABLES

    return [f"raw/{table.asset}" for table in TABLES]
