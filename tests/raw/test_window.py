"""A period is computed from all of its days, or not at all; the public audience sees public repositories only."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from resources.storage import Storage
from sparky_assets.errors import DataError
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.raw.tables import COMMITS, NOTES, OPEN_ITEMS, REPOSITORIES, RESPONSES, TABLES, TableSpec
from sparky_assets.raw.window import (
    REQUIRED_TABLES,
    RawWindow,
    find_missing_days,
    read_audience_window,
    read_window,
)
from sparky_assets.store import Audience, build_store_prefix

WEEK = Period(PeriodKind.WEEKLY, date(2025, 11, 10))


def put(storage: Storage, table: TableSpec, day: Period, repository: str) -> None:
    """Store a day's table with one row that has only a repository."""
    row = dict.fromkeys(table.columns) | {"repository": repository}
    storage.write_table(table.path, day.key, pl.DataFrame([row], schema=dict(table.columns)), table)


def lose(storage: Storage, day: Period) -> None:
    """Delete all tables of a day."""
    for table in TABLES:
        Path(storage.build_path(table.path, day.key, "parquet")).unlink()


@pytest.fixture
def store(tmp_path: Path) -> Storage:
    """Return a store with a whole week: a commit a day, and a repository that changed its state on Thursday."""
    storage = Storage(root=str(tmp_path / "store"))
    for number, day in enumerate(WEEK.days):
        for table in TABLES:
            storage.write_table(table.path, day.key, table.make_empty(), table)
        at = datetime(2025, 11, 10 + number, 9, tzinfo=UTC)
        commit = dict.fromkeys(COMMITS.columns) | {"repository": "acme/tool", "sha": f"{number}", "landed_at": at}
        storage.write_table(
            COMMITS.path, day.key, pl.DataFrame([commit], schema=dict(COMMITS.columns)), COMMITS
        )  # fmt: skip
        status = "ok" if number < 3 else "shallow"
        rows = [dict.fromkeys(REPOSITORIES.columns) | {"repository": name, "status": status} for name in ("z", "a")]
        storage.write_table(
            REPOSITORIES.path, day.key, pl.DataFrame(rows, schema=dict(REPOSITORIES.columns)), REPOSITORIES
        )
    return storage


def test_every_row_of_every_day_is_read_in_order(store: Storage) -> None:
    raw = read_window(store, WEEK)
    assert raw.commits["sha"].to_list() == [str(number) for number in range(7)]
    assert raw.releases.is_empty()


def test_repositories_are_those_of_the_latest_day(store: Storage) -> None:
    rows = read_window(store, WEEK).repositories.select("repository", "status").rows()
    assert rows == [("a", "shallow"), ("z", "shallow")]


def list_repositories(store: Storage, names: list[tuple[str, str]], day: Period) -> None:
    """Store the repositories of a day, as pairs of id and name, with a commit in each."""
    rows = [
        dict.fromkeys(REPOSITORIES.columns) | {"id": key, "repository": name, "status": "ok"} for key, name in names
    ]
    store.write_table(REPOSITORIES.path, day.key, pl.DataFrame(rows, schema=dict(REPOSITORIES.columns)), REPOSITORIES)
    commits = [dict.fromkeys(COMMITS.columns) | {"repository": name, "sha": f"{day.key} {key}"} for key, name in names]
    store.write_table(COMMITS.path, day.key, pl.DataFrame(commits, schema=dict(COMMITS.columns)), COMMITS)


def test_repository_renamed_within_a_week_has_its_newest_name_in_all_rows(store: Storage) -> None:
    for number, day in enumerate(WEEK.days):
        list_repositories(store, [("R1", ("acme/old", "acme/middle", "acme/new")[number // 3]), ("R2", "acme/b")], day)
    raw = read_window(store, WEEK)
    assert raw.repositories["repository"].to_list() == ["acme/b", "acme/new"]
    counts = raw.commits.group_by("repository").len().sort("repository").rows()
    assert counts == [("acme/b", 7), ("acme/new", 7)]


def test_name_that_another_repository_took_is_left_alone(store: Storage) -> None:
    for number, day in enumerate(WEEK.days):
        first = ("R1", "acme/old" if number < 3 else "acme/new")
        list_repositories(store, [first] if number < 5 else [first, ("R2", "acme/old")], day)
    raw = read_window(store, WEEK)
    assert raw.repositories["repository"].to_list() == ["acme/new", "acme/old"]
    counts = raw.commits.group_by("repository").len().sort("repository").rows()
    assert counts == [("acme/new", 4), ("acme/old", 5)]


def test_commit_that_is_stored_under_both_names_is_read_once(store: Storage) -> None:
    for number, day in enumerate(WEEK.days):
        list_repositories(store, [("R1", "acme/old" if number < 3 else "acme/new")], day)
    moved = read_window(store, WEEK.days[0]).commits.with_columns(pl.lit("acme/new").alias("repository"))
    store.write_table(COMMITS.path, WEEK.days[6].key, moved, COMMITS)
    shas = read_window(store, WEEK).commits["sha"].to_list()
    assert len(shas) == len(set(shas)) == 6


def test_period_reads_its_own_days_only(store: Storage) -> None:
    assert read_window(store, WEEK.days[2]).commits["sha"].to_list() == ["2"]


@pytest.mark.parametrize("table", REQUIRED_TABLES, ids=lambda table: table.asset)
def test_table_is_available_under_its_name(store: Storage, table: TableSpec) -> None:
    put(store, table, WEEK.days[-1], table.asset)
    frame = getattr(read_window(store, WEEK), table.asset)
    assert frame.schema == dict(table.columns)
    assert table.asset in frame["repository"]


def test_open_items_are_those_of_the_last_day(store: Storage) -> None:
    put(store, OPEN_ITEMS, WEEK.days[-2], "saturday")
    assert read_window(store, WEEK).open_items.is_empty()


def test_optional_day_may_be_missing(store: Storage) -> None:
    lose(store, WEEK.days[2])
    raw = read_window(store, WEEK, excluded_days=[date(2025, 11, 12)])
    assert raw.commits["sha"].to_list() == ["0", "1", "3", "4", "5", "6"]


def test_open_items_without_the_last_day_are_unknown(store: Storage) -> None:
    put(store, OPEN_ITEMS, WEEK.days[-2], "saturday")
    lose(store, WEEK.days[-1])
    raw = read_window(store, WEEK, excluded_days=[date(2025, 11, 16)])
    assert raw.open_items.equals(OPEN_ITEMS.make_empty())
    assert raw.repositories["status"].to_list() == ["shallow", "shallow"]


def test_period_without_any_day_is_refused(store: Storage) -> None:
    for day in WEEK.days:
        lose(store, day)
    with pytest.raises(DataError, match=r"lacks 7 of its 7 days: 2025-11-10\.\.2025-11-16"):
        read_window(store, WEEK, excluded_days=[day.start for day in WEEK.days])


@pytest.mark.parametrize("table", REQUIRED_TABLES, ids=lambda table: table.asset)
def test_day_that_lacks_any_table_is_missing(store: Storage, table: TableSpec) -> None:
    Path(store.build_path(table.path, "2025-11-12", "parquet")).unlink()
    assert find_missing_days(store, WEEK.days) == [date(2025, 11, 12)]


def test_day_of_an_earlier_version_without_notes_is_read(store: Storage) -> None:
    Path(store.build_path(NOTES.path, "2025-11-12", "parquet")).unlink()
    assert find_missing_days(store, WEEK.days) == []
    assert read_window(store, WEEK).notes.is_empty()


def test_first_responses_are_unknown_where_one_day_lacks_them(store: Storage) -> None:
    assert read_window(store, WEEK).responses is not None
    Path(store.build_path(RESPONSES.path, WEEK.days[3].key, "parquet")).unlink()
    assert find_missing_days(store, WEEK.days) == []
    assert read_window(store, WEEK).responses is None
    assert read_audience_window(store, WEEK, Audience.PUBLIC).responses is None


def test_missing_days_are_named_as_ranges_with_the_collect_command(store: Storage) -> None:
    for day in ("2025-11-11", "2025-11-12", "2025-11-15"):
        Path(store.build_path("raw/commits", day, "parquet")).unlink()
    with pytest.raises(DataError) as caught:
        read_window(store, WEEK)
    assert str(caught.value) == (
        "week 2025-W46 lacks 3 of its 7 days: 2025-11-11..2025-11-12, 2025-11-15. "
        "Collect them: sparky backfill 2025-11-11..2025-11-15"
    )


EMPTY = RawWindow(**{one.asset: one.make_empty() for one in TABLES})


def _rows(table: pl.DataFrame, **visibility: str) -> pl.DataFrame:
    rows = pl.DataFrame({"repository": list(visibility), "visibility": list(visibility.values())})
    return pl.concat([table, rows.select(pl.col(name).cast(table.schema[name]) for name in rows.columns)],
                     how="diagonal")  # fmt: skip


def test_private_repositories_and_their_earlier_rows_are_not_public() -> None:
    raw = replace(
        EMPTY,
        repositories=_rows(EMPTY.repositories, shown="public", closed="private", opened="public", inner="internal"),
        commits=_rows(EMPTY.commits, shown="public", closed="public", opened="private", inner="internal"),
    )
    seen = raw.for_audience(Audience.PUBLIC, ())
    assert seen.repositories["repository"].to_list() == ["shown", "opened"]
    assert seen.commits["repository"].to_list() == ["shown"]
    assert raw.for_audience(Audience.INTERNAL, ()) is raw


def test_each_audience_has_its_own_store_prefix() -> None:
    assert [build_store_prefix(PeriodKind.WEEKLY, one) for one in Audience] == ["weekly", "weekly_public"]


def put_repositories(store: Storage, day: Period, *rows: dict[str, Any]) -> None:
    frame = pl.DataFrame([dict.fromkeys(REPOSITORIES.columns) | row for row in rows], schema=dict(REPOSITORIES.columns))
    store.write_table(REPOSITORIES.path, day.key, frame, REPOSITORIES)


def test_repository_made_private_later_is_left_out_of_an_old_public_period(store: Storage) -> None:
    """Its old periods were refused for ever, since their stored days say that it was public."""
    names = ("acme/tool", "acme/moved", "acme/open", "acme/gone")
    was: list[dict[str, Any]] = [
        {"repository": name, "id": f"R_{name}", "visibility": "public", "status": "ok"} for name in names
    ]
    for day in WEEK.days:
        put_repositories(store, day, *was)
    later = Period(PeriodKind.DAILY, date(2025, 12, 24))
    put_repositories(
        store, later,
        was[0] | {"visibility": "private"},
        was[1] | {"visibility": "internal", "repository": "acme/elsewhere"},
        was[2] | {"visibility": "public"},
        was[3] | {"visibility": "private", "status": "missing", "id": None},
    )  # fmt: skip
    public = read_audience_window(store, WEEK, Audience.PUBLIC)
    assert public.repositories["repository"].to_list() == ["acme/gone", "acme/open"]
    assert public.commits.is_empty()
    assert read_audience_window(store, WEEK, Audience.INTERNAL).commits.height == 7
