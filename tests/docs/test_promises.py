"""Numbers and names in the documentation equal those in the code."""

import re
from datetime import date

import dagster as dg
import pytest

from resources.git.remote import MAX_ATTEMPTS
from schedules.alerts import QUALITY_INTERVAL_SECONDS
from schedules.alerts import SENSOR_INTERVAL_SECONDS as ALERTS_EVERY_SECONDS
from schedules.events import EVENT_INTERVAL_SECONDS as EVENTS_EVERY_SECONDS
from schedules.events import EVENT_TYPE_BY_ASSET
from sparky_assets.definitions import MAX_RUNS_PER_POOL, build_defs
from sparky_assets.destinations.base import PostDestination
from sparky_assets.destinations.registry import DESTINATION_TYPES, get_kind
from sparky_assets.insights.llm.editor import MIN_GROUPING_BILLIONS
from sparky_assets.insights.llm.tasks import MAX_QUOTED_STORIES
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.raw.tables import EVENT_TABLES, TABLES
from sparky_assets.reader.api.openapi import build_openapi_document
from sparky_assets.settings.layouts import LAYOUT_PRESETS, PATH_TEMPLATE_FIELDS, build_page_path
from sparky_assets.settings.schema import Settings
from sparky_assets.text.redact import SECRET_PATTERNS
from tests.docs.pages import ROOT

WEEK = Period(PeriodKind.WEEKLY, date(2025, 11, 10))


def page(name: str) -> str:
    """Return a page on one line, so that line breaks do not hide a sentence."""
    return " ".join((ROOT / "docs" / f"{name}.md").read_text().split())


def first_cells(name: str, heading: str) -> list[str]:
    """Return the first column of the table whose header begins so."""
    text = (ROOT / "docs" / f"{name}.md").read_text()
    (table,) = re.findall(rf"^\| {heading} \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [row.split("|")[1].strip() for row in table.splitlines()]


def test_number_of_secret_patterns_is_documented() -> None:
    assert f"({len(SECRET_PATTERNS)} shapes)" in page("destinations")


def test_number_of_push_attempts_is_documented() -> None:
    assert MAX_ATTEMPTS == 6
    assert "after six attempts the run fails" in page("destinations")


def test_every_destination_kind_and_layout_has_its_row() -> None:
    messages = [get_kind(kind) for kind in DESTINATION_TYPES if issubclass(kind, PostDestination)]
    assert first_cells("destinations", "kind") == messages
    assert first_cells("destinations", "layout") == list(LAYOUT_PRESETS)
    for name, layout in LAYOUT_PRESETS.items():
        assert f"| {name} | `{build_page_path(layout, WEEK, '')}`" in page("destinations")
    assert f"`{' '.join(f'{{{field}}}' for field in PATH_TEMPLATE_FIELDS)}`" in page("destinations")


def test_limits_of_the_model_are_documented() -> None:
    asked = [MAX_QUOTED_STORIES[kind] for kind in PeriodKind]
    assert "first {}, {} or {} stories of a day, week or month".format(*asked) in page("models")
    assert f"from {MIN_GROUPING_BILLIONS:g} billion parameters on" in page("models")
    assert Settings().language_model.deadline_minutes == 5
    assert "`deadline_minutes`, five unless you set it" in page("models")


def test_number_of_raw_tables_is_documented() -> None:
    # One of the ten is the list of open items, which is no table of events.
    assert (len(TABLES), len(EVENT_TABLES)) == (11, 10)
    assert "eleven tables a day: nine of events" in page("architecture")
    assert "the eleven raw tables are made together" in page("events")


def test_every_event_is_documented_with_its_assets() -> None:
    rows = re.findall(r"^\| `(\w+Complete)` \| (.+?) \|", (ROOT / "docs/events.md").read_text(), re.MULTILINE)
    told = {asset: event for event, cell in rows for asset in re.findall(r"`([a-z]+/[a-z]+)`", cell)}
    assert told == EVENT_TYPE_BY_ASSET
    assert EVENTS_EVERY_SECONDS == 30  # "half a minute later"


def test_waiting_times_of_schedules_are_documented() -> None:
    whole = build_defs(Settings())
    ops = [one.op for one in whole.assets or () if isinstance(one, dg.AssetsDefinition)]
    waits = {
        op.name: [op.retry_policy.calculate_delay(number + 1) for number in range(op.retry_policy.max_retries)]
        for op in ops
        if op.retry_policy
    }
    assert waits.keys() == {"raw_collect", *(f"{kind.value}_publication" for kind in PeriodKind)}
    assert all(pauses == [5, 15] for pauses in waits.values())
    assert "by what collects or publishes, twice, after 5 and 15 seconds" in page("orchestration")
    hours = {job.name: int((job.tags or {})["dagster/max_runtime"]) // 3600 for job in whole.jobs or ()}
    assert hours == {"collect": 6, "history": 6, "daily": 4, "weekly": 4, "monthly": 4}
    assert "after 4 hours that of a period, after 6 that of a range of days" in page("orchestration")
    *pools, last_pool = (f"`{name}`" for name in MAX_RUNS_PER_POOL)
    assert f"The pools {', '.join(pools)} and {last_pool}" in page("orchestration")
    assert set(MAX_RUNS_PER_POOL.values()) == {1}
    assert (ALERTS_EVERY_SECONDS, QUALITY_INTERVAL_SECONDS) == (60, 300)  # "every one and five minutes"


@pytest.mark.parametrize("room", sorted({path.split("/")[3] for path in build_openapi_document()["paths"]}))
def test_every_path_of_the_api_is_documented(room: str) -> None:
    assert f"`{room}`" in page("reader")
