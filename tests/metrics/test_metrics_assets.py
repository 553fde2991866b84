"""Metrics assets: a period is counted from the stored days with the same bytes each time; the lookback is separate."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from resources.storage import Storage
from sparky_assets.metrics import assets
from sparky_assets.metrics.assets import compute_period
from sparky_assets.metrics.lookback import LookbackCache
from sparky_assets.metrics.models import METRIC_TABLES, Fact, Metrics
from sparky_assets.metrics.trends import Lookback
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.raw.merge import split_by_day
from sparky_assets.raw.tables import TABLES
from tests.strategies.organisation import WEEK, Organisation, organisation

TIMEZONE = "Europe/Berlin"


def store(storage: Storage, made: Organisation) -> None:
    """Write the raw days of an organisation as collecting them does."""
    raw = made.raw()
    for table in TABLES:
        parts = split_by_day(getattr(raw, table.asset), table, made.period.days, made.timezone)
        for key, frame in parts.items():
            storage.write_table(table.path, key, frame, table)


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    storage = Storage(root=str(tmp_path))
    store(storage, organisation(6, 20, TIMEZONE))
    return storage


def bytes_below(storage: Storage) -> dict[str, bytes]:
    return {str(one): one.read_bytes() for one in sorted(Path(storage.root).glob("metrics/**/*")) if one.is_file()}


def test_counting_again_writes_the_same_bytes(storage: Storage) -> None:
    first = compute_period(WEEK, storage, TIMEZONE)
    before = bytes_below(storage)
    again = compute_period(WEEK, storage, TIMEZONE)
    assert first.problems == again.problems == []
    assert first.data_version == again.data_version
    assert bytes_below(storage) == before
    assert len(before) == 2 + len(METRIC_TABLES)


def test_facts_are_read_as_written_with_decimals(storage: Storage) -> None:
    compute_period(WEEK, storage, TIMEZONE)
    metrics = storage.read_document("metrics/weekly", WEEK.key, Metrics)
    assert {type(fact.value).__name__ for fact in metrics.facts} == {"int", "Decimal"}
    whole = Fact(
        metric="m", scope="all", value=metrics.find_value("deployment_frequency") or 0, unit="per week", sources=()
    )
    adapter = TypeAdapter(Fact)
    again = adapter.validate_json(adapter.dump_json(whole))
    assert again == whole
    assert str(again.value) == str(whole.value)


def test_week_is_the_sum_of_its_days(storage: Storage) -> None:
    compute_period(WEEK, storage, TIMEZONE)
    for day in WEEK.days:
        assert compute_period(day, storage, TIMEZONE).problems == []
    week = storage.read_document("metrics/weekly", WEEK.key, Metrics)
    days = [storage.read_document("metrics/daily", day.key, Metrics) for day in WEEK.days]
    for metric in ("commits", "insertions", "reviews", "issues_opened", "pull_requests_closed", "releases"):
        assert week.get_value(metric) == sum(day.get_value(metric) for day in days) > 0


@pytest.mark.slow
def test_lookback_is_separate_and_names_its_periods(storage: Storage) -> None:
    earlier = []
    period = WEEK
    # Organisations of the same repositories: a number that only one of two periods has is not compared.
    for seed in (5, 6, 10, 17, 29, 30, 33, 34, 5):
        period = period.previous()
        store(storage, organisation(seed, 3, TIMEZONE, period))
        earlier.append(period)
    compute_period(WEEK, storage, TIMEZONE)
    alone = (Path(storage.root) / f"metrics/weekly/{WEEK.key}.json").read_bytes()
    assert storage.read_document("metrics/weekly_trends", WEEK.key, Lookback).trends == ()
    for one in earlier:
        compute_period(one, storage, TIMEZONE)
    compute_period(WEEK, storage, TIMEZONE)
    assert (Path(storage.root) / f"metrics/weekly/{WEEK.key}.json").read_bytes() == alone
    back = storage.read_document("metrics/weekly_trends", WEEK.key, Lookback)
    commits = next(trend for trend in back.trends if trend.metric == "commits")
    assert commits.periods == tuple(earlier[:8])
    assert back.previous == earlier[0]
    assert any("first_time_contributors" in one.metrics for one in back.absent)
    assert {one.scope for one in back.repository_trends} <= {
        f"repository:acme/{n}" for n in ("anvil", "bolt", "cog", "dial")
    }
    told = compute_period(WEEK, storage, TIMEZONE).metadata
    assert "| trailing, now |" in told["trends"].value
    assert told["repository_trends"].value.startswith(("| repository |", "Nothing left"))
    assert told["open"].value


def test_range_of_periods_is_shown_with_tables_and_lines(storage: Storage) -> None:
    metadata = compute_period(WEEK, storage, TIMEZONE).metadata
    assert metadata["commits"] > 0
    assert "| commits | " in metadata["by_day"].value
    assert any(bar in metadata["by_day"].value for bar in "▁▂▃▄▅▆▇█")
    assert metadata["by_repository"].value.startswith("| repository |")
    assert metadata["trends"].value == "No earlier period was counted."


def test_numbers_that_depend_on_the_order_of_rows_block_the_next_stage(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        assets, "check_deterministic", lambda computed, again: ["facts differ when counted again: commits@all"]
    )
    assert compute_period(WEEK, storage, TIMEZONE).problems == ["facts differ when counted again: commits@all"]


def test_range_counts_a_day_twice_if_it_has_more_commits_than_earlier_days(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "check_deterministic", lambda computed, again: ["counted again"])
    cache = LookbackCache()
    counts, recounted = [], []
    for day in WEEK.days:
        result = compute_period(day, storage, TIMEZONE, cache)
        counts.append(result.metadata["commits"])
        recounted.append(result.problems == ["counted again"])
    assert recounted == [count > max([-1, *counts[:number]]) for number, count in enumerate(counts)]
    assert any(recounted)
    assert not all(recounted)


def test_open_day_is_unknown_until_history_is_complete(storage: Storage) -> None:
    compute_period(WEEK, storage, TIMEZONE)
    back = storage.read_document("metrics/weekly_trends", WEEK.key, Lookback)
    told = {fact.scope for fact in back.facts if fact.metric == "pull_requests_open"}
    unknown = {one.scope for one in back.absent if "pull_requests_open" in one.metrics}
    assert told | unknown
    assert not told & unknown
    assert Period(PeriodKind.DAILY, date(2025, 10, 20)).window(TIMEZONE).start == datetime(2025, 10, 19, 22, tzinfo=UTC)
