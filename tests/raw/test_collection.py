"""One pass over all sources gives every day of a window; stored rows never get worse."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from resources.git.sources import GitSources
from resources.storage import Storage
from sparky_assets.errors import DataError
from sparky_assets.periods import Period, PeriodKind, TimeWindow, periods_between
from sparky_assets.raw.collect import collect_git
from sparky_assets.raw.stored_days import CollectedTables, store_days
from sparky_assets.raw.tables import COMMITS, LINE_COLUMNS, REPOSITORIES, TABLES
from sparky_assets.raw.window import read_window
from tests.factories.git_repositories import History, at, break_object, empty
from tests.strategies.git_history import PEOPLE

NOW = datetime(2025, 12, 2, tzinfo=UTC)
WEEK = Period(PeriodKind.WEEKLY, date(2025, 11, 10))
DAYS = periods_between(PeriodKind.DAILY, date(2025, 11, 10), date(2025, 11, 16))


def sources(*repositories: Path) -> GitSources:
    return GitSources(repositories=[str(one) for one in repositories], mirrors=str(repositories[0].parent / "mirrors"))


def read(*repositories: Path, window: TimeWindow | None = None, allow_partial: bool = False) -> CollectedTables:
    return collect_git(sources(*repositories), window or WEEK.window("UTC"), PEOPLE, allow_partial=allow_partial)


def test_one_pass_gives_the_rows_of_the_whole_window(newsroom_path: Path) -> None:
    tables = read(newsroom_path).tables
    assert set(tables) == {table.asset for table in TABLES}
    assert {asset: frame.height for asset, frame in tables.items()} == {
        "repositories": 1, "commits": 8, "pull_requests": 3, "reviews": 0, "issues": 0, "releases": 1, "notes": 1,
        "responses": 0, "deployments": 0, "discussions": 0, "open_items": 0,
    }  # fmt: skip
    for table in TABLES:
        assert dict(tables[table.asset].schema) == dict(table.columns)


def test_all_failed_repositories_are_named_at_once(tmp_path: Path, newsroom_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path / "one", newsroom_path, tmp_path / "two")
    assert str(caught.value) == "; ".join(
        f"{name}: {tmp_path}/{name}: no such path. Give a clone, a bare mirror or a URL." for name in ("one", "two")
    )


def test_failed_repository_is_a_row_if_partial_is_allowed(tmp_path: Path, newsroom_path: Path) -> None:
    collected = read(tmp_path / "one", newsroom_path, allow_partial=True)
    assert [one.name for one in collected.read_failures] == ["one"]
    assert collected.tables["repositories"].select("repository", "status").rows() == [
        ("acme/newsroom", "ok"), ("one", "unreadable"),
    ]  # fmt: skip


def make_clone(path: Path) -> Path:
    """Create a repository of which a commit of each of three days adds to a changelog and changes code."""
    history = History()
    notes = ""
    for number in (1, 2, 3):
        notes = f"- Add the gauge {number} to every pier\n{notes}"
        files: dict[str | bytes, str | bytes | None] = {"CHANGELOG.md": notes, "src/pier.py": f"gauge = {number}\n"}
        history.commit(f"Add a gauge (#{number})", at(f"2025-11-1{number}T08:00"), files)
    return history.at_path(path, origin="https://github.com/acme/pier")


def test_clone_that_lacks_objects_is_stored_with_what_can_be_read(tmp_path: Path, newsroom_path: Path) -> None:
    whole = read(make_clone(tmp_path / "whole"), newsroom_path)
    damaged = make_clone(tmp_path / "damaged")
    break_object(damaged, "HEAD~1:CHANGELOG.md")
    collected = read(damaged, newsroom_path)
    statuses = dict(collected.tables["repositories"].select("repository", "status").iter_rows())
    assert statuses == {"acme/newsroom": "ok", "acme/pier": "damaged"}
    assert collected.read_failures == ()
    lines = dict(collected.tables["commits"].filter(repository="acme/pier").select("subject", "insertions").iter_rows())
    assert lines == {"Add a gauge (#1)": 2, "Add a gauge (#2)": None, "Add a gauge (#3)": None}
    for asset in ("pull_requests", "releases"):
        stored, expected = collected.tables[asset], whole.tables[asset]
        assert stored.drop(LINE_COLUMNS, strict=False).equals(expected.drop(LINE_COLUMNS, strict=False))
    changes = collected.tables["notes"].filter(repository="acme/pier", kind="change")
    assert changes["text"].to_list() == ["- Add the gauge 1 to every pier"]


def test_lost_parts_are_named_with_the_command_that_adds_them(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    clone = make_clone(tmp_path / "damaged")
    break_object(clone, "HEAD:src/pier.py")
    read(clone)
    (message,) = caplog.messages
    assert message.startswith(f"acme/pier: {clone}/.git lacks objects")
    assert "lines and files of 1, diffs of 1 changes or tags" in message
    assert message.endswith("sparky backfill 2025-11-10..2025-11-16 --force")


def test_later_read_of_a_whole_clone_adds_what_a_damaged_one_lacked(tmp_path: Path) -> None:
    clone = make_clone(tmp_path / "clone")
    whole = store_days(read(clone), Storage(root=str(tmp_path / "whole")), DAYS, "UTC", NOW)
    store = Storage(root=str(tmp_path / "store"))
    damaged_clone = make_clone(tmp_path / "damaged")
    break_object(damaged_clone, "HEAD~1:CHANGELOG.md")
    damaged = read(damaged_clone)
    store_days(damaged, store, DAYS, "UTC", NOW)
    assert read_window(store, WEEK).repositories["status"].to_list() == ["damaged"]
    healed = store_days(read(clone), store, DAYS, "UTC", NOW)
    for table in TABLES:
        for day in DAYS:
            stored, expected = healed[table.asset][day.key].frame, whole[table.asset][day.key].frame
            assert stored.drop("first_seen_at", strict=False).equals(expected.drop("first_seen_at", strict=False))
    # A clone that loses objects later takes nothing away.
    again = store_days(damaged, store, DAYS, "UTC", NOW)
    assert {key: day.frame.rows() for key, day in again["repositories"].items()} == {
        key: day.frame.rows() for key, day in healed["repositories"].items()
    }


def test_week_is_damaged_if_one_of_its_days_is(tmp_path: Path) -> None:
    store = Storage(root=str(tmp_path / "store"))
    clone = make_clone(tmp_path / "clone")
    break_object(clone, "HEAD:src/pier.py")
    for day in DAYS:
        store_days(read(clone, window=day.window("UTC")), store, [day], "UTC", NOW)
    statuses = [store.read_table("raw/repositories", day.key, REPOSITORIES)["status"].item() for day in DAYS]
    assert statuses == ["ok", "ok", "ok", "damaged", "ok", "ok", "ok"]
    assert read_window(store, WEEK).repositories["status"].to_list() == ["damaged"]


def test_each_day_gets_its_rows_and_every_day_its_repositories(tmp_path: Path, newsroom_path: Path) -> None:
    store = Storage(root=str(tmp_path / "store"))
    stored = store_days(read(newsroom_path, empty(tmp_path / "new")), store, DAYS, "UTC", NOW)
    assert [stored["commits"][day.key].frame.height for day in DAYS] == [1, 0, 6, 0, 1, 0, 0]
    assert {day.frame.height for day in stored["repositories"].values()} == {2}
    for table in TABLES:
        for day in DAYS:
            found = stored[table.asset][day.key]
            assert store.read_table(table.path, day.key, table).equals(found.frame)


def test_removed_repository_stays_in_the_days_that_have_it(tmp_path: Path, newsroom_path: Path) -> None:
    store = Storage(root=str(tmp_path / "store"))
    store_days(read(newsroom_path), store, DAYS, "UTC", NOW)
    store_days(read(empty(tmp_path / "new")), store, DAYS, "UTC", NOW)
    rows = store.read_table("raw/repositories", "2025-11-12", REPOSITORIES)
    assert rows["repository"].to_list() == ["acme/newsroom", "new"]


def test_day_of_an_earlier_version_is_refused_with_the_command(newsroom_path: Path, tmp_path: Path) -> None:
    store = Storage(root=str(tmp_path / "store"))
    collected = read(newsroom_path)
    fresh = store_days(collected, store, DAYS, "UTC", NOW)
    earlier = replace(COMMITS, version=1)
    for day in DAYS:
        store.write_table(COMMITS.path, day.key, COMMITS.make_empty(), earlier)
    command = "sparky backfill 2025-11-10..2025-11-16 --until collect --force"
    with pytest.raises(DataError, match=rf"raw/commits@1.*{re.escape(command)}"):
        read_window(store, WEEK)
    again = store_days(collected, store, DAYS, "UTC", NOW)
    assert {day: table.frame.rows() for day, table in again[COMMITS.asset].items()} == {
        day: table.frame.rows() for day, table in fresh[COMMITS.asset].items()
    }
    assert read_window(store, WEEK).commits.height > 0
