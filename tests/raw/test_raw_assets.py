"""Raw assets: a day or a range of days, collected from real repositories into a real store."""

import json
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from sparky_assets.raw.tables import COMMITS, PULL_REQUESTS, RELEASES, REPOSITORIES, TABLES
from tests.factories import sample_repository
from tests.factories.git_repositories import BOB, History, at, break_object, empty, head, partial_clone, shallow_clone
from tests.factories.sample_repository import DAY, failure_of, files_below, run_job, settings_for, store_of

RANGE = ("2025-11-10", "2025-11-14")


def materialisations(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    """Return the last event of each partition, as Dagster's interface shows it."""
    found = {}
    for event in result.all_events:
        if event.is_step_materialization and event.asset_key and event.asset_key.to_user_string() == asset:
            found[str(event.partition)] = event.step_materialization_data.materialization
    return found


def metadata(result: dg.ExecuteInProcessResult, asset: str, key: str = DAY) -> dict[str, Any]:
    return {name: value.value for name, value in materialisations(result, asset)[key].metadata.items()}


def checks(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {one.check_name: one.passed for one in result.get_asset_check_evaluations()}


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory, newsroom_path: Path) -> Any:
    """Collect the 12th alone, and the working week in one run: two stores, two results."""
    homes = [tmp_path_factory.mktemp(name) for name in ("day", "range")]
    one, many = (settings_for(home, [newsroom_path]) for home in homes)
    return (one, run_job(one, "collect", DAY)), (many, run_job(many, "collect", *RANGE))


def test_day_is_collected_into_ten_tables(collected: Any) -> None:
    (settings, result), _ = collected
    assert result.success
    assert checks(result) == {"every_repository_was_read": True, "commits_lie_in_their_day": True}
    assert {table.asset: len(store_of(settings).list_keys(table.path)) for table in TABLES} == dict.fromkeys(
        [table.asset for table in TABLES], 1
    )


def test_day_has_the_events_of_its_window(collected: Any) -> None:
    (settings, _), _ = collected
    store = store_of(settings)
    commits = store.read_table("raw/commits", DAY, COMMITS)
    assert commits["subject"].to_list() == [
        "Add the morning edition", "Tidy the morning edition", "Merge pull request #7 from octocat/morning",
        "fix: stop the presses twice (#8)", "Bump ink from 1.0 to 1.1 (#9)", "Rename the wires",
    ]  # fmt: skip
    assert commits["is_merge"].sum() == 1
    pull_requests = store.read_table("raw/pull_requests", DAY, PULL_REQUESTS)
    assert pull_requests["number"].to_list() == [7, 8, 9]
    assert [person["login"] for person in pull_requests["author"]] == ["octocat", None, "dependabot[bot]"]
    assert store.read_table("raw/releases", DAY, RELEASES)["tag"].to_list() == ["v1.2.0"]
    repositories = store.read_table("raw/repositories", DAY, REPOSITORIES)
    assert repositories.select("repository", "url", "status", "visibility").rows() == [
        ("acme/newsroom", "https://github.com/acme/newsroom", "ok", "private")
    ]


def test_no_address_is_stored(collected: Any) -> None:
    _, (settings, _) = collected
    for table in TABLES:
        for key in store_of(settings).list_keys(table.path):
            stored = json.dumps(store_of(settings).read_table(table.path, key, table).to_dicts(), default=str)
            assert "@example.com" not in stored
            assert "@users" not in stored


def test_event_of_a_day_has_readable_metadata(collected: Any) -> None:
    (_, result), _ = collected
    shown = metadata(result, "raw/commits")
    assert shown["dagster/partition_row_count"] == 6
    assert shown["window"] == "2025-11-12 00:00 to 2025-11-13 00:00 (UTC)"
    assert shown["arrived_late"] == 0
    assert "| acme/newsroom | Rename the wires |" in shown["preview"]
    assert Path(shown["path"]).is_file()
    version = materialisations(result, "raw/commits")[DAY].tags["dagster/data_version"]
    assert len(version) == 64


def test_range_is_collected_in_one_run_with_an_event_for_each_day(collected: Any) -> None:
    _, (_, result) = collected
    assert result.success
    counts = {
        key: one.metadata["dagster/partition_row_count"].value
        for key, one in materialisations(result, "raw/commits").items()
    }
    assert counts == {"2025-11-10": 1, "2025-11-11": 0, "2025-11-12": 6, "2025-11-13": 0, "2025-11-14": 1}
    windows = {one.metadata["window"].value[:10] for one in materialisations(result, "raw/releases").values()}
    assert windows == set(counts)


def test_range_of_more_than_31_days_is_collected_in_several_sweeps(
    collected: Any, tmp_path: Path, newsroom_path: Path
) -> None:
    (one, _), _ = collected
    settings = settings_for(tmp_path, [newsroom_path])
    result = run_job(settings, "collect", "2025-10-27", "2025-12-07", now="2025-12-10T00:00:00+00:00")
    assert result.success
    for table in TABLES:
        events = materialisations(result, f"raw/{table.asset}")
        assert (len(events), min(events), max(events)) == (42, "2025-10-27", "2025-12-07")
        swept = [event.metadata["days_swept"].value for event in events.values()]
        assert (swept.count(31), swept.count(11)) == (31, 11)
        paths = [Path(folder.store_root, table.path, f"{DAY}.parquet") for folder in (one, settings)]
        assert paths[0].read_bytes() == paths[1].read_bytes()


def test_day_of_a_range_has_the_bytes_of_a_day_alone(collected: Any) -> None:
    (one, alone), (many, together) = collected
    for table in TABLES:
        paths = [Path(settings.store_root, table.path, f"{DAY}.parquet") for settings in (one, many)]
        assert paths[0].read_bytes() == paths[1].read_bytes()
        versions = {
            materialisations(result, f"raw/{table.asset}")[DAY].tags["dagster/data_version"]
            for result in (alone, together)
        }
        assert len(versions) == 1


def test_second_run_keeps_every_byte(tmp_path: Path, newsroom_path: Path) -> None:
    settings = settings_for(tmp_path, [newsroom_path])
    run_job(settings, "collect", *RANGE)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "store").rglob("*.parquet")}
    contents = files_below(tmp_path / "store")
    assert run_job(settings, "collect", *RANGE, now="2026-01-01T00:00:00+00:00").success
    assert files_below(tmp_path / "store") == contents
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_late_row_is_added_and_marked(tmp_path: Path) -> None:
    story = sample_repository.history()
    path = story.at_path(tmp_path / "newsroom")
    settings = settings_for(tmp_path / "home", [path])
    run_job(settings, "collect", DAY)
    before = store_of(settings).read_table("raw/commits", DAY, COMMITS)
    story.commit("Pushed days later", at("2025-11-12T15:00"), author=BOB)
    story.into(path)

    result = run_job(settings, "collect", DAY, now="2025-12-05T06:00:00+00:00")

    after = store_of(settings).read_table("raw/commits", DAY, COMMITS)
    late = after.filter(pl.col("first_seen_at").is_not_null())
    assert late.select("subject", "first_seen_at").rows() == [("Pushed days later", at("2025-12-05T06:00"))]
    assert after.filter(pl.col("first_seen_at").is_null()).equals(before)
    assert metadata(result, "raw/commits")["arrived_late"] == 1


def test_commit_removed_by_a_force_push_stays(tmp_path: Path) -> None:
    path = sample_repository.history().at_path(tmp_path / "newsroom")
    settings = settings_for(tmp_path / "home", [path])
    run_job(settings, "collect", DAY)
    before = files_below(tmp_path / "home" / "store" / "raw" / "commits")
    rewritten = History()
    rewritten.commit("Start over", at("2025-11-20"))
    rewritten.at_path(tmp_path / "other", bare=True)
    (tmp_path / ".newsroom.marks").unlink()
    rewritten = History()
    rewritten.commit("Start over", at("2025-11-20"))
    rewritten.into(path)
    assert run_job(settings, "collect", DAY).success
    assert files_below(tmp_path / "home" / "store" / "raw" / "commits") == before


def test_timezone_moves_commits_to_the_local_day(tmp_path: Path) -> None:
    story = History()
    story.commit("Late in the evening in UTC", at("2025-11-11T23:30"))
    path = story.at_path(tmp_path / "repository", bare=True)
    settings = settings_for(tmp_path / "home", [path], organisation={"timezone": "Europe/Berlin"})
    assert metadata(run_job(settings, "collect", DAY), "raw/commits")["dagster/partition_row_count"] == 1


# --- Refused runs


@pytest.mark.parametrize(
    ("day", "now"),
    [("2025-11-12", "2025-11-12T12:00:00+00:00"), ("2025-11-12", "2025-11-13T00:09:59+00:00")],
)
def test_open_day_is_refused_with_its_earliest_time(tmp_path: Path, newsroom_path: Path, day: str, now: str) -> None:
    result = run_job(settings_for(tmp_path, [newsroom_path]), "collect", day, now=now)
    assert failure_of(result).endswith(
        "day 2025-11-12 is not closed yet; it can be written from 2025-11-13 00:10 UTC on."
    )
    assert not (tmp_path / "store").exists()


def test_broken_repository_fails_the_day_by_its_name_and_stores_nothing(tmp_path: Path, newsroom_path: Path) -> None:
    broken = sample_repository.history().at_path(
        tmp_path / "broken"
    )  # no origin: otherwise it would be the same repository twice
    break_object(broken, "HEAD~3")
    settings = settings_for(tmp_path / "home", [newsroom_path, broken])
    said = failure_of(run_job(settings, "collect", DAY))
    assert said.startswith("collecting 2025-11-12 00:00 to 2025-11-13 00:00 (UTC): ")
    assert "broken" in said
    assert "git fsck" in said
    assert not (tmp_path / "home" / "store").exists()


def test_broken_repository_is_named_in_the_day_if_partial_is_allowed(tmp_path: Path, newsroom_path: Path) -> None:
    settings = settings_for(
        tmp_path / "home", [newsroom_path, tmp_path / "gone"], collection={"allow_partial": True}
    )  # fmt: skip
    result = run_job(settings, "collect", DAY)
    assert result.success
    rows = store_of(settings).read_table("raw/repositories", DAY, REPOSITORIES)
    assert rows.select("repository", "status", "note").rows() == [
        ("acme/newsroom", "ok", ""),
        ("gone", "unreadable", f"{tmp_path}/gone: no such path. Give a clone, a bare mirror or a URL."),
    ]


def test_repository_that_comes_back_is_read_in_place_of_its_failure(tmp_path: Path, newsroom_path: Path) -> None:
    settings = settings_for(tmp_path / "home", [newsroom_path, tmp_path / "back"], collection={"allow_partial": True})
    run_job(settings, "collect", DAY)
    empty(tmp_path / "back", origin="https://github.com/acme/back")
    run_job(settings, "collect", DAY)
    rows = store_of(settings).read_table("raw/repositories", DAY, REPOSITORIES)
    assert rows.select("repository", "status").rows() == [("acme/back", "empty"), ("acme/newsroom", "ok")]


def test_stored_day_stays_when_its_repository_disappears(tmp_path: Path, newsroom_path: Path) -> None:
    passing = sample_repository.history().at_path(tmp_path / "passing")
    settings = settings_for(tmp_path / "home", [newsroom_path, passing], collection={"allow_partial": True})
    run_job(settings, "collect", DAY)
    before = files_below(tmp_path / "home" / "store")
    passing.rename(tmp_path / "away")
    run_job(settings, "collect", DAY)
    assert files_below(tmp_path / "home" / "store") == before


def test_no_day_is_stored_if_no_repository_can_be_read(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "home", [tmp_path / "gone"], collection={"allow_partial": True})
    assert "no such path" in failure_of(run_job(settings, "collect", DAY))
    assert not (tmp_path / "home" / "store").exists()


def test_missing_repository_setting_is_named(tmp_path: Path) -> None:
    said = failure_of(run_job(settings_for(tmp_path, []), "collect", DAY))
    assert said.endswith("no repository is configured. Name some in [sources.git] repositories.")


def test_permanent_failure_is_not_retried(tmp_path: Path) -> None:
    result = run_job(settings_for(tmp_path, [tmp_path / "gone"]), "collect", DAY)
    assert not [event for event in result.all_events if event.is_step_up_for_retry]


@pytest.mark.parametrize("state", ["empty", "shallow", "without_statistics"])
def test_incomplete_repository_is_collected_with_a_warning(tmp_path: Path, state: str) -> None:
    origin = sample_repository.build(tmp_path / "origin")
    place = tmp_path / "place"
    match state:
        case "empty":
            empty(place)
        case "shallow":
            shallow_clone(origin, place, depth=3)
        case "without_statistics":
            partial_clone(origin, place)
    settings = settings_for(tmp_path / "home", [place])
    assert run_job(settings, "collect", DAY).success
    rows = store_of(settings).read_table("raw/repositories", DAY, REPOSITORIES)
    assert rows["status"].to_list() == [state]
    commits = store_of(settings).read_table("raw/commits", DAY, COMMITS)
    expected = {"empty": [], "shallow": [None, 0], "without_statistics": [None] * 6}
    assert commits["insertions"].to_list() == expected[state]


def test_torn_day_is_named_and_not_read_as_empty(tmp_path: Path, newsroom_path: Path) -> None:
    settings = settings_for(tmp_path, [newsroom_path])
    run_job(settings, "collect", DAY)
    torn = tmp_path / "store" / "raw" / "commits" / f"{DAY}.parquet"
    torn.write_bytes(torn.read_bytes()[:100])
    said = failure_of(run_job(settings, "collect", DAY))
    assert str(torn) in said
    assert "Delete it and collect 2025-11-12 again." in said


def test_shared_history_has_the_expected_commits(newsroom_path: Path) -> None:
    assert head(newsroom_path, "v1.2.0^{commit}") == head(newsroom_path, "HEAD~1")
