"""Optional queries for notes that a failing server never answers: they cost their notes, and are asked again later."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from resources.errors import TransientError
from resources.git.sources import GitSources
from resources.storage import Storage
from sparky_assets.periods import Period, PeriodKind, TimeWindow
from sparky_assets.raw.collect import read_sources
from sparky_assets.raw.github.collect import HEADS_KEY, GitHubTables
from sparky_assets.raw.people import PersonFactory
from sparky_assets.raw.stored_days import CollectedTables, find_lookback_days, store_days
from sparky_assets.raw.tables import REPOSITORIES
from sparky_assets.settings.schema import Settings as SparkySettings
from tests.fakes.github import Settings, serving
from tests.fakes.github_collection import collect_from
from tests.fakes.github_world import DAY, Commit, Release, Repo, User, World, days_before
from tests.raw.test_github_added_notes import change
from tests.raw.test_github_collection import settings_for
from tests.raw.test_github_sweep import NOW, TODAY

YESTERDAY = days_before(TODAY, 1)
AT = int(YESTERDAY.timestamp()) + 3600
ADA = User(1, "ada", "Ada", ("ada@example.com",))
CHANGELOG = b"# Changelog\n\n## 1.1.0\n\n- Reads tabs\n\n## 1.0.0\n\n- Old\n"
QUERIES = ("ReleaseTrees", "ReleaseFiles", "ChangedFiles", "NoteFiles")


def two_repositories() -> World:
    """Each merges a news fragment, and publishes a release that only says where its notes are."""
    repositories = []
    for number, name in enumerate(("web", "app")):
        repo = Repo(f"R_{name}", number + 1, "acme", name, AT - 9_000_000)
        fragment = {f"newsfragments/{name}.fix.md": f"The {name} reads tabs.\n".encode()}
        for step, tree in enumerate(({}, fragment)):
            at = AT + step if step else AT - 9 * DAY
            parents = (repo.commits[-1].oid,) if step else ()
            sha = f"{number * 10 + step:040x}"
            commit = Commit(sha, at, at, at, ADA, "ada@example.com", f"Work (#{step})", 1, 1, 1, parents)
            commit.tree = tree
            repo.commits.append(commit)
        merged = change(1, f"{number * 10 + 1:040x}", fragment)
        merged.id = f"PR_{name}"
        repo.pull_requests = [merged]
        files = {"CHANGELOG.md": CHANGELOG}
        repo.releases = [Release(f"RE_{name}", "v1.1.0", AT, AT, None, text="See CHANGELOG.md", files=files)]
        repositories.append(repo)
    return World("acme", "Organization", int(NOW.timestamp()), repositories, [], [ADA])


@pytest.mark.parametrize("kind", ["502", "504", "500", "cut"])
@pytest.mark.parametrize("query", QUERIES)
def test_note_query_that_never_comes_back_costs_its_notes_alone(query: str, kind: str) -> None:
    """Regression: the second node that the server did not answer ended the sweep as `nothing else worked`."""
    with serving(two_repositories()) as fake:
        expected = collect_from(fake, YESTERDAY, TODAY)
    heavy = Settings(heavy=lambda name, _: name == query, heavy_fault=kind)
    with serving(two_repositories(), heavy) as fake:
        outcome = collect_from(fake, YESTERDAY, TODAY)
        assert fake.requests < 50
    assert outcome.events == expected.events
    assert outcome.problems == {}
    assert set(outcome.missing_notes) == {"acme/app", "acme/web"}
    assert query in outcome.missing_notes["acme/web"]
    kinds = ["change", "release"]
    assert [expected.tables["notes"].filter(kind=kind).height for kind in kinds] == [2, 2]
    assert not any(note for note in expected.tables["repositories"]["note"])
    assert all("notes are missing" in note for note in outcome.tables["repositories"]["note"])
    lost = "release" if query.startswith("Release") else "change"
    paths = outcome.tables["notes"].filter(kind="release")["path"].to_list()
    if lost == "release":
        assert paths == [None, None], "the text on GitHub stays"
        assert outcome.tables["notes"].filter(kind="change").height == 2
    else:
        assert paths == ["CHANGELOG.md"] * 2
        assert outcome.tables["notes"].filter(kind="change").is_empty()


def test_server_that_fails_at_all_note_queries_is_asked_few_times() -> None:
    with serving(two_repositories(), Settings(heavy=lambda name, _: name in QUERIES)) as fake:
        outcome = collect_from(fake, YESTERDAY, TODAY)
        assert fake.requests - len(fake.queries) < 40
    assert set(outcome.missing_notes) == {"acme/app", "acme/web"}
    assert sum(outcome.waits) < 30 * 60


def test_events_that_never_come_back_still_end_the_sweep() -> None:
    heavy = Settings(heavy=lambda name, _: name == "Items")
    with serving(two_repositories(), heavy) as fake, pytest.raises(TransientError, match="nothing else worked"):
        collect_from(fake, YESTERDAY, TODAY)


def test_query_too_large_for_github_is_not_asked_again() -> None:
    heavy = Settings(heavy=lambda name, _: name == "ChangedFiles", heavy_fault="resource-limits")
    with serving(two_repositories(), heavy) as fake:
        outcome = collect_from(fake, YESTERDAY, TODAY)
    assert outcome.missing_notes == {}
    assert all("is not read" in note for note in outcome.tables["repositories"]["note"])


def store_day(settings: SparkySettings, tables: Mapping[str, pl.DataFrame], days: Sequence[Period]) -> pl.DataFrame:
    """Store collected tables, and return the notes of the first day."""
    storage = Storage(root=settings.store_root)
    now = days[-1].window("UTC").end + timedelta(minutes=10)
    stored = store_days(CollectedTables(tables, ()), storage, days, "UTC", now)
    return stored["notes"][days[0].key].frame


def test_missing_notes_are_asked_for_again_by_the_next_daily_run(tmp_path: Path) -> None:
    day, next_day, third_day = (Period(PeriodKind.DAILY, YESTERDAY.date() + timedelta(days=n)) for n in range(3))
    with serving(two_repositories(), Settings(heavy=lambda name, _: name in QUERIES)) as fake:
        settings = settings_for(fake, tmp_path)
        storage = Storage(root=settings.store_root)
        failed = collect_from(fake, YESTERDAY, TODAY)
        assert failed.heads
        assert store_day(settings, failed.tables, [day])["path"].to_list() == [None, None]
        storage.write_document(*HEADS_KEY, failed.heads)
        fake.settings.heavy = None
        now = next_day.window("UTC").end + timedelta(minutes=10)
        fake.world.now = int(now.timestamp())
        assert find_lookback_days(settings, storage, [next_day], now) == 1
        window = TimeWindow(day.window("UTC").start, next_day.window("UTC").end, "UTC")
        local = GitSources(repositories=[], mirrors=str(tmp_path))
        result = read_sources(settings, local, storage, window, people=PersonFactory(b"salt", ()), now=now)
        notes = store_day(settings, result.collected.tables, [day, next_day])
        result.finish()
        assert sorted(notes["path"]) == [
            *("CHANGELOG.md", "CHANGELOG.md"),
            *("newsfragments/app.fix.md", "newsfragments/web.fix.md"),
        ]
        assert set(storage.read_table(REPOSITORIES.path, day.key, REPOSITORIES)["note"]) == {""}
        assert find_lookback_days(settings, storage, [third_day], now + timedelta(days=1)) == 0


def test_run_says_of_which_repositories_notes_are_missing() -> None:
    with serving(two_repositories(), Settings(heavy=lambda name, _: name in QUERIES)) as fake:
        outcome = collect_from(fake, YESTERDAY, TODAY)
    collected = GitHubTables(
        outcome.tables, {}, outcome.usage, outcome.identities.registry, (), missing_notes=outcome.missing_notes
    )
    reasons = collected.describe_cost()["github_notes_missing"].split("; ")
    assert [reason.partition(":")[0] for reason in reasons] == ["acme/app", "acme/web"]
