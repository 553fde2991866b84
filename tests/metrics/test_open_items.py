"""Open items come from the list of the sweep, else from complete history, else they are unknown."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from resources.storage import Storage
from sparky_assets.metrics.assets import compute_period
from sparky_assets.metrics.open_items import INCOMPLETE_HISTORY_REASON, NO_OPEN_ITEMS_REASON
from sparky_assets.metrics.trends import Lookback
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.raw.tables import ISSUES, OPEN_ITEMS, PULL_REQUESTS, REPOSITORIES, TABLES, TableSpec
from sparky_assets.store import Audience
from tests.fakes.github import serving
from tests.fakes.github_collection import collect_from
from tests.fakes.github_organisation import make_world

DAY = Period(PeriodKind.DAILY, date(2025, 11, 12))
END = DAY.window("UTC").end


def rows(table: TableSpec, *given: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([dict.fromkeys(table.columns) | row for row in given], schema=dict(table.columns))


def repository(name: str, source: str = "github", **more: Any) -> dict[str, Any]:
    return {"repository": name, "source": source, "status": "ok", "visibility": "public"} | more


def item(number: int, days_old: float, idle: float = 0, *, is_draft: bool = False) -> dict[str, Any]:
    old, quiet = (END - timedelta(days=days) for days in (days_old, idle))
    return {"number": number, "opened_at": old, "updated_at": quiet, "is_draft": is_draft}


def listing(name: str, pulls: list[Any], issues: list[Any], visibility: str = "public") -> dict[str, Any]:
    at = END - timedelta(microseconds=1)
    return {"repository": name, "as_of": at, "pull_requests": pulls, "issues": issues, "visibility": visibility}


def event(name: str, number: int, kind: str, visibility: str = "public") -> dict[str, Any]:
    at = datetime(2025, 11, 12, 9, number, tzinfo=UTC)
    return {"repository": name, "number": number, "event": kind, "at": at, "opened_at": at, "visibility": visibility}


def looked_back(storage: Storage, tables: Mapping[str, pl.DataFrame], audience: Audience = Audience.INTERNAL) -> Any:
    for table in TABLES:
        storage.write_table(table.path, DAY.key, tables.get(table.asset, table.make_empty()), table)
    assert compute_period(DAY, storage, "UTC", None, audience).problems == []
    name = "daily_trends" if audience is Audience.INTERNAL else "daily_public_trends"
    return storage.read_document(f"metrics/{name}", DAY.key, Lookback)


def facts(back: Lookback) -> dict[str, Any]:
    return {fact.key: fact.value for fact in back.facts}


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(root=str(tmp_path))


def test_drafts_are_separate_and_untouched_items_are_stale(storage: Storage) -> None:
    pulls = [item(1, 40, 20), item(2, 3, 1), item(3, 30, 29, is_draft=True)]
    back = looked_back(
        storage,
        {
            "repositories": rows(REPOSITORIES, repository("a/b")),
            "open_items": rows(OPEN_ITEMS, listing("a/b", pulls, [item(4, 10), item(5, 2)])),
        },
    )
    told = facts(back)
    names = ("pull_requests_open", "draft_pull_requests_open", "pull_requests_stale")
    assert [told[f"{name}@all"] for name in names] == [2, 1, 1]
    assert (told["issues_open@repository:a/b"], told["issue_age_median@all"]) == (2, 144)


def test_list_then_history_then_nothing_decides_and_archives_have_none(storage: Storage) -> None:
    names = ("listed", "rebuilt", "unknown")
    events = [event("a/listed", 1, "opened"), event("a/rebuilt", 1, "opened"), event("a/unknown", 9, "opened")]
    back = looked_back(
        storage,
        {
            "repositories": rows(
                REPOSITORIES, *(repository(f"a/{one}") for one in names), repository("a/old", is_archived=True)
            ),
            "pull_requests": rows(PULL_REQUESTS, *events),
            "open_items": rows(OPEN_ITEMS, listing("a/listed", [], []), listing("a/old", [item(1, 900)], [])),
        },
    )
    told = {key: value for key, value in facts(back).items() if key.startswith("pull_requests_open@")}
    assert told == {
        "pull_requests_open@repository:a/listed": 0,
        "pull_requests_open@repository:a/rebuilt": 1,
    }
    unknown = {(one.scope, one.reason) for one in back.absent if "pull_requests_open" in one.metrics}
    assert unknown == {
        ("repository:a/unknown", INCOMPLETE_HISTORY_REASON), ("all", "unknown: it is not known of 1 of 3 repositories"),
    }  # fmt: skip


def test_git_alone_has_no_open_items(storage: Storage) -> None:
    back = looked_back(storage, {"repositories": rows(REPOSITORIES, repository("a/b", "git"))})
    assert facts(back) == {"first_time_contributors@all": 0}
    assert NO_OPEN_ITEMS_REASON in {one.reason for one in back.absent}


def test_public_metrics_use_public_lists_and_history_only(storage: Storage) -> None:
    tables = {
        "repositories": rows(REPOSITORIES, *(repository(f"a/{one}") for one in ("open", "opened", "history")),
                           repository("a/closed", visibility="private")),
        "issues": rows(ISSUES, event("a/history", 1, "opened", "private"), event("a/history", 2, "opened")),
        "open_items": rows(OPEN_ITEMS, listing("a/open", [item(1, 1)], []), listing("a/closed", [item(1, 1)] * 5, []),
                         listing("a/opened", [item(1, 1)] * 3, [], "private")),
    }  # fmt: skip
    back = looked_back(storage, tables, Audience.PUBLIC)
    assert facts(back)["pull_requests_open@repository:a/open"] == 1
    assert "closed" not in back.model_dump_json()
    assert {one.scope for one in back.absent if "issues_open" in one.metrics} == {
        "all", "repository:a/history", "repository:a/opened",
    }  # fmt: skip
    assert facts(looked_back(storage, tables))["pull_requests_open@all"] == 9


def test_only_the_last_day_of_a_week_has_its_open_items(storage: Storage) -> None:
    week = Period(PeriodKind.WEEKLY, date(2025, 11, 10))
    for number, day in enumerate(week.days):
        for table in TABLES:
            storage.write_table(table.path, day.key, table.make_empty(), table)
        at = day.window("UTC").end - timedelta(microseconds=1)
        row = listing("a/b", [item(1, 1)] * number, []) | {"as_of": at}
        storage.write_table(OPEN_ITEMS.path, day.key, rows(OPEN_ITEMS, row), OPEN_ITEMS)
        storage.write_table(REPOSITORIES.path, day.key, rows(REPOSITORIES, repository("a/b")), REPOSITORIES)
    compute_period(week, storage, "UTC")
    assert facts(storage.read_document("metrics/weekly_trends", week.key, Lookback))["pull_requests_open@all"] == 6


def test_listed_items_of_a_sweep_are_counted(storage: Storage) -> None:
    world = make_world(30, END + timedelta(minutes=10), days=20, seed=3)
    with serving(world) as fake:
        tables = collect_from(fake, DAY.window("UTC").start, END).tables
    told = facts(looked_back(storage, tables))
    live = {one.full_name for one in world.repositories if not one.is_archived}
    still = [one for one in world.open_at(END) if one[0] in live]
    assert told["pull_requests_open@all"] == sum(is_pull and not is_draft for _, is_pull, _, is_draft in still) > 0
    assert told["draft_pull_requests_open@all"] == sum(is_draft for _, _, _, is_draft in still) > 0
    assert told["issues_open@all"] == sum(not is_pull for _, is_pull, _, _ in still) > 0
