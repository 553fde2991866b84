"""Days collected from GitHub: byte for byte unchanged without news, marked when rows came late."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import git
import polars as pl
import pytest
from pydantic import SecretStr

from resources.errors import GitHubDeniedError, GitHubError, GitHubLimitError
from resources.git.sources import GitSources
from resources.storage import Storage
from sparky_assets.errors import DataError
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.raw.collect import read_sources
from sparky_assets.raw.people import PersonFactory
from sparky_assets.raw.stored_days import StoredDay, select_days_to_sweep, store_days
from sparky_assets.raw.tables import COMMITS, REPOSITORIES, TABLES
from sparky_assets.settings.schema import CollectionSettings, GitHubSettings, Settings, SourcesSettings
from sparky_assets.settings.schema import GitSettings as GitRepositories
from tests.factories.sample_repository import files_below
from tests.fakes.github import TOKEN, FakeGitHub, Reply, key_pair, serving
from tests.fakes.github import Settings as FakeSettings
from tests.fakes.github_organisation import make_world
from tests.fakes.github_world import DAY, Repo, World, day, days_before

TODAY = day("2026-11-20")
NOW = TODAY + timedelta(minutes=10)
WEEK = tuple(Period(PeriodKind.DAILY, days_before(TODAY, 7 - number).date()) for number in range(7))


def settings_for(fake: FakeGitHub, home: Path, *, allow_partial: bool = False, **github: object) -> Settings:
    source = GitHubSettings.model_validate(
        {"organisations": ["acme"], "api": fake.address, "token": SecretStr(TOKEN), **github}
    )
    return Settings(
        home=home,
        sources=SourcesSettings(source="github", github=source),
        collection=CollectionSettings(allow_partial=allow_partial),
    )


def collect_week(
    settings: Settings, now: datetime = NOW, days: tuple[Period, ...] = WEEK
) -> dict[str, dict[str, StoredDay]]:
    storage = Storage(root=settings.store_root)
    window = type(days[0].window("UTC"))(days[0].window("UTC").start, days[-1].window("UTC").end, "UTC")
    local = GitSources(repositories=list(settings.sources.git.repositories), mirrors=str(settings.home))
    read = read_sources(settings, local, storage, window, people=PersonFactory(b"salt", ()), now=now)
    stored = store_days(read.collected, storage, days, "UTC", now)
    read.finish()
    return stored


def small_world(seed: int = 1) -> World:
    return make_world(40, NOW, days=12, seed=seed)


def test_sweep_that_finds_nothing_new_leaves_every_file_as_it_was(tmp_path: Path) -> None:
    with serving(small_world()) as fake:
        settings = settings_for(fake, tmp_path)
        collect_week(settings)
        before = files_below(tmp_path)
        collect_week(settings, NOW + timedelta(hours=3))
    assert files_below(tmp_path) == before
    assert len([name for name in before if name.endswith(".parquet")]) == 7 * len(TABLES)


def test_new_or_changed_repository_keeps_a_stored_day(tmp_path: Path) -> None:
    world = small_world()
    with serving(world) as fake:
        settings = settings_for(fake, tmp_path)
        collect_week(settings)
        before = files_below(tmp_path)
        world.repositories.append(Repo("R_new", 777, "acme", "brand-new", world.now))
        world.repositories[0].visibility = "PRIVATE"
        world.repositories[1].is_archived = True
        collect_week(settings, NOW + timedelta(days=1))
    assert files_below(tmp_path) == before


def test_issue_moved_to_another_repository_is_stored_once(tmp_path: Path) -> None:
    world = small_world()
    since = int(days_before(TODAY, 6).timestamp())
    giver = next(
        one for one in world.repositories if any(since < issue.created < NOW.timestamp() for issue in one.issues)
    )
    taker = next(one for one in world.repositories if one.issues and one is not giver)
    with serving(world) as fake:
        settings = settings_for(fake, tmp_path)
        collect_week(settings)
        before = files_below(tmp_path / "store" / "raw" / "issues")
        for issue in [one for one in giver.issues if one.created > since]:
            giver.issues.remove(issue)
            issue.number, issue.id = issue.number + 5000, f"{issue.id}_moved"
            taker.issues.append(issue)
        del world.items
        collect_week(settings, NOW + timedelta(days=1))
    assert files_below(tmp_path / "store" / "raw" / "issues") == before


def test_unreadable_repository_is_completed_by_the_next_sweep(tmp_path: Path) -> None:
    world = small_world()
    closed = next(one for one in world.repositories if one.commits and one.commits[-1].landed > NOW.timestamp() - DAY)
    with serving(world) as fake:
        closed.is_forbidden = True
        collect_week(settings_for(fake, tmp_path, allow_partial=True))
        closed.is_forbidden = False
        stored = collect_week(settings_for(fake, tmp_path))
    for one in stored["repositories"].values():
        assert one.frame.filter(status="unreadable").is_empty()
    events = sum(one.frame.filter(repository=closed.full_name).height for one in stored["commits"].values())
    assert events > 0


def test_commit_that_lands_late_is_added_to_its_day_and_marked(tmp_path: Path) -> None:
    world = small_world()
    repo = next(one for one in world.repositories if one.commits and not one.parent)
    late = repo.commits[-1]
    late.committed, late.landed = int(TODAY.timestamp()) - 3 * DAY, int(TODAY.timestamp()) + DAY
    with serving(world) as fake:
        settings = settings_for(fake, tmp_path)
        before = collect_week(settings)
        world.now += 2 * DAY
        after = collect_week(settings, NOW + timedelta(days=2))
    key = days_before(TODAY, 3).date().isoformat()
    assert late.oid not in before["commits"][key].frame["sha"]
    row = after["commits"][key].frame.row(by_predicate=pl.col("sha") == late.oid, named=True)
    assert row["first_seen_at"] == NOW + timedelta(days=2)
    assert after["commits"][key].added_rows >= 1
    old = after["commits"][key].frame.filter(pl.col("first_seen_at").is_null())
    assert old.equals(before["commits"][key].frame)


def test_renamed_repository_does_not_make_its_stored_days_new(tmp_path: Path) -> None:
    world = small_world()
    with serving(world) as fake:
        settings = settings_for(fake, tmp_path)
        collect_week(settings)
        before = files_below(tmp_path / "store" / "raw" / "commits")
        for repo in world.repositories[:10]:
            repo.name = f"renamed-{repo.number}"
        collect_week(settings)
        assert files_below(tmp_path / "store" / "raw" / "commits") == before


def test_missing_permission_fails_with_the_names_or_is_stored_as_partial(tmp_path: Path) -> None:
    world = small_world()
    closed = [one for one in world.repositories if one.commits and one.commits[-1].landed > NOW.timestamp() - 3 * DAY][
        :2
    ]
    for repo in closed:
        repo.is_forbidden = True
    with serving(world) as fake:
        with pytest.raises(DataError) as refusal:
            collect_week(settings_for(fake, tmp_path))
        stored = collect_week(settings_for(fake, tmp_path, allow_partial=True))
    assert all(repo.full_name in str(refusal.value) for repo in closed)
    listed = stored["repositories"][WEEK[-1].key].frame.filter(status="unreadable")
    assert set(listed["repository"]) == {repo.full_name for repo in closed}
    assert all("may not read" in note for note in listed["note"])


def test_loss_of_over_a_tenth_of_the_repositories_is_an_error(tmp_path: Path) -> None:
    world = small_world()
    with serving(world) as fake:
        settings = settings_for(fake, tmp_path)
        collect_week(settings)
        for repo in world.repositories[:4]:
            repo.is_gone = True
        collect_week(settings)  # a tenth may go
        world.repositories[4].is_gone = True
        with pytest.raises(DataError, match=r"repo-0004: is not listed by GitHub any more"):
            collect_week(settings)


def test_one_deleted_repository_of_five_is_named_once_and_stops_no_run(tmp_path: Path) -> None:
    world = make_world(5, NOW, days=12)
    with serving(world) as fake:
        settings = settings_for(fake, tmp_path)
        collect_week(settings)
        world.repositories[4].is_gone = True
        stored = collect_week(settings, NOW + timedelta(days=1), (Period(PeriodKind.DAILY, TODAY.date()),))
        rows = stored["repositories"][TODAY.date().isoformat()].frame.filter(status="missing")
        assert rows["repository"].to_list() == [world.repositories[4].full_name]
        following = Period(PeriodKind.DAILY, (TODAY + timedelta(days=1)).date())
        stored = collect_week(settings, NOW + timedelta(days=2), (following,))
    assert stored["repositories"][following.key].frame.filter(status="missing").is_empty()


def test_interrupted_sweep_resumes_without_repeating_queries(tmp_path: Path) -> None:
    world = small_world()
    with serving(world) as fake:
        settings = settings_for(fake, tmp_path / "whole")
        whole = collect_week(settings)
        needed = fake.requests
        fake.requests = 0
        fake.settings = FakeSettings(before=_breaks_down_at(needed // 2))
        settings = settings_for(fake, tmp_path / "broken", max_wait_minutes=0)
        with pytest.raises(GitHubLimitError):
            collect_week(settings)
        kept = list((tmp_path / "broken" / "sweeps").iterdir())
        assert len(kept) == 1
        assert b"@example.com" not in kept[0].read_bytes()
        fake.overrides.clear()
        fake.settings, asked = FakeSettings(), fake.requests
        resumed = collect_week(settings)
        assert fake.requests - asked <= needed - asked + 1
    for table in TABLES:
        for key, one in whole[table.asset].items():
            assert resumed[table.asset][key].frame.equals(one.frame)
    assert not list((tmp_path / "broken" / "sweeps").iterdir())


def _breaks_down_at(request: int):  # type: ignore[no-untyped-def]
    def before(fake: FakeGitHub, number: int) -> None:
        if number >= request:
            fake.overrides["/api/graphql"] = Reply(429, {"message": "slow down"}, {"retry-after": "60"})

    return before


def test_no_address_is_stored(tmp_path: Path) -> None:
    with serving(small_world()) as fake:
        stored = collect_week(settings_for(fake, tmp_path))
    for days in stored.values():
        for one in days.values():
            text = one.frame.write_ndjson()
            assert "@example.com" not in text
            assert "home.example.org" not in text
    assert not any(b"@example" in data or b"example.org" in data for data in files_below(tmp_path).values())


def test_several_organisations_and_users_are_read_one_after_the_other(tmp_path: Path) -> None:
    world = small_world()
    with serving(world) as fake:
        settings = settings_for(fake, tmp_path, users=["ACME"])
        stored = collect_week(settings)
        with pytest.raises(GitHubError, match="nobody"):
            collect_week(settings_for(fake, tmp_path / "2", users=["nobody"]))
    assert stored["repositories"][WEEK[0].key].frame.height == 40


def test_wrong_token_is_refused_without_being_shown(tmp_path: Path) -> None:
    with serving(small_world()) as fake, pytest.raises(GitHubDeniedError) as refusal:
        collect_week(settings_for(fake, tmp_path, token=SecretStr("ghp_secret-and-wrong")))
    assert "401" in str(refusal.value)
    assert "secret-and-wrong" not in str(refusal.value)


def test_collection_without_an_organisation_says_so(tmp_path: Path) -> None:
    with serving(small_world()) as fake, pytest.raises(DataError, match="no organisation is configured"):
        collect_week(settings_for(fake, tmp_path, organisations=[]))


def test_late_rows_are_searched_before_the_newest_day_only() -> None:
    stored = [one.key for one in WEEK[:-1]]
    newest = WEEK[-1]
    assert select_days_to_sweep(WEEK[-1:], stored, newest, 3) == WEEK[-4:]
    assert select_days_to_sweep(WEEK[2:3], stored, newest, 3) == WEEK[2:3]
    assert select_days_to_sweep(WEEK[-1:], [], newest, 3) == WEEK[-1:]
    assert select_days_to_sweep(WEEK[-1:], [stored[-1], stored[-3]], newest, 3) == WEEK[-2:]
    assert select_days_to_sweep(WEEK[-1:], stored, newest, 0) == WEEK[-1:]


def test_every_table_has_the_columns_that_the_store_keeps(tmp_path: Path) -> None:
    with serving(small_world()) as fake:
        stored = collect_week(settings_for(fake, tmp_path))
    storage = Storage(root=str(tmp_path / "store"))
    for table in TABLES:
        for key in stored[table.asset]:
            assert dict(storage.read_table(table.path, key, table).schema) == dict(table.columns)
    assert stored[COMMITS.asset][WEEK[0].key].frame["committed_at"].dtype == pl.Datetime("us", UTC)
    assert stored[REPOSITORIES.asset][WEEK[0].key].frame["id"].null_count() == 0


def test_clone_adds_files_to_the_commits_of_github(tmp_path: Path) -> None:
    clone = git.Repo.init(tmp_path / "repo", initial_branch="main")
    (tmp_path / "repo" / "wires.py").write_text("one\ntwo\n")
    clone.index.add(["wires.py"])
    at = (TODAY - timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%S+0000")
    ada = git.Actor("A", "a@x.example")
    made = clone.index.commit("Read the wires", author_date=at, commit_date=at, author=ada, committer=ada)
    clone.create_remote("origin", "https://github.com/ACME/repo-0000.git")
    clone.close()
    world = small_world()
    repo = world.repositories[0]
    when = int(made.committed_date)
    some = next(one.commits[0] for one in world.repositories if one.commits)
    repo.commits.append(replace(some, oid=made.hexsha, is_linked=True, parents=(), committed=when, landed=when))
    with serving(world) as fake:
        given = settings_for(fake, tmp_path / "home")
        local = GitRepositories(repositories=(str(tmp_path / "repo"),))
        settings = given.model_copy(
            update={"sources": given.sources.model_copy(update={"source": "both", "git": local})}
        )
        stored = collect_week(settings)
    row = stored["commits"][WEEK[-1].key].frame.row(by_predicate=pl.col("sha") == made.hexsha, named=True)
    assert row["repository"] == "acme/repo-0000"
    assert row["files"] == [{"path": "wires.py", "insertions": 2, "deletions": 0}]
    assert row["author"]["login"] == repo.commits[-1].author.login
    sources = stored["repositories"][WEEK[-1].key].frame.filter(repository="acme/repo-0000")["source"].to_list()
    assert sources == ["both"]


def test_app_collects_with_its_key_from_a_file(tmp_path: Path) -> None:
    private, public = key_pair()
    (tmp_path / "app.pem").write_text(private)
    with serving(small_world(), FakeSettings(app_key=public)) as fake:
        fake.tokens.clear()
        app: dict[str, Any] = {"app_id": "12345", "app_key_file": tmp_path / "app.pem", "token": None}
        stored = collect_week(settings_for(fake, tmp_path / "home", **app))
        with pytest.raises(GitHubDeniedError, match="app_key_file"):
            collect_week(settings_for(fake, tmp_path / "home", app_id="12345", token=None))
    assert stored["repositories"][WEEK[0].key].frame.height == 40
