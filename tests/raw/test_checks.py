"""Checks before metrics: an open day, rows outside of their day, and unread repositories."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from sparky_assets.errors import DataError
from sparky_assets.orchestration.partitions import require_closed
from sparky_assets.periods import Calendar, Period, PeriodKind
from sparky_assets.raw.assets import find_rows_outside_day, find_unread_repositories
from sparky_assets.raw.tables import COMMITS, REPOSITORIES, TableSpec

DAY = Period(PeriodKind.DAILY, date(2025, 11, 12))


def rows(table: TableSpec, *told: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame([dict.fromkeys(table.columns) | row for row in told], schema=dict(table.columns))


def a_commit(sha: str, at: datetime) -> dict[str, object]:
    return {"repository": "acme/tool", "sha": sha, "landed_at": at}


def test_rows_outside_their_day_are_named() -> None:
    window = DAY.window("UTC")
    frame = rows(
        COMMITS,
        a_commit("before", window.start - timedelta(microseconds=1)),
        a_commit("first", window.start),
        a_commit("last", window.end - timedelta(microseconds=1)),
        a_commit("after", window.end),
    )
    found = list(find_rows_outside_day(frame, COMMITS, window))
    assert [problem.partition(":")[0] for problem in found] == ["acme/tool before", "acme/tool after"]
    assert found[1].endswith("is outside 2025-11-12 00:00 to 2025-11-13 00:00 (UTC)")


def test_repositories_that_were_not_read_are_named_with_the_reason() -> None:
    frame = rows(
        REPOSITORIES,
        {"repository": "acme/tool", "status": "ok", "note": ""},
        {"repository": "acme/gone", "status": "unreadable", "note": "no such path"},
    )
    assert list(find_unread_repositories(frame)) == ["acme/gone: no such path"]


def test_day_is_closed_after_its_end_and_the_grace_time() -> None:
    settle = timedelta(minutes=10)
    require_closed(DAY, datetime(2025, 11, 13, 0, 10, tzinfo=UTC), Calendar("UTC", settle))
    with pytest.raises(DataError, match=r"day 2025-11-12 is not closed yet; .* 2025-11-13 00:10 UTC on\."):
        require_closed(DAY, datetime(2025, 11, 13, 0, 9, 59, tzinfo=UTC), Calendar("UTC", settle))


def test_day_of_another_timezone_closes_at_its_local_end() -> None:
    with pytest.raises(DataError, match="2025-11-13 00:10 PST on"):
        require_closed(
            DAY, datetime(2025, 11, 13, 8, 0, tzinfo=UTC), Calendar("America/Los_Angeles", timedelta(minutes=10))
        )
