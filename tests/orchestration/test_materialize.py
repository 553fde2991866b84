"""Materializations and checks that a run reports to Dagster: for one partition, and for a range."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from resources.errors import GitNetworkError, StorageError
from sparky_assets.errors import DataError
from sparky_assets.orchestration.failures import dagster_failures
from sparky_assets.orchestration.materialize import PartitionResult, partition_periods, report_results
from sparky_assets.periods import PeriodError, PeriodKind
from sparky_assets.settings.schema import Settings

DAYS = dg.DailyPartitionsDefinition(start_date="2025-11-01")
KEY = dg.AssetKey(["daily", "thing"])


def an_asset(problems: list[str]) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name="thing",
        specs=[dg.AssetSpec(KEY)],
        check_specs=[dg.AssetCheckSpec("sound", asset=KEY, blocking=True)],
        partitions_def=DAYS,
        backfill_policy=dg.BackfillPolicy.multi_run(31),
    )
    def thing(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        made = {
            period.key: PartitionResult({"label": period.label}, f"v-{period.key}", problems)
            for period in partition_periods(context, PeriodKind.DAILY, Settings())
        }
        yield from report_results(context, KEY.path, made, "sound")

    return thing


def run(instance: dg.DagsterInstance, problems: list[str], **how: Any) -> dg.ExecuteInProcessResult:
    return dg.materialize([an_asset(problems)], instance=instance, raise_on_error=False, **how)


def range_of(first: str, last: str) -> dict[str, str]:
    return {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}


def latest(instance: dg.DagsterInstance, key: str) -> dg.AssetMaterialization:
    records = instance.fetch_materializations(dg.AssetRecordsFilter(KEY, asset_partitions=[key]), limit=1).records
    materialization = records[0].asset_materialization
    assert materialization
    return materialization


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.local_temp(str(tmp_path)) as made:
        yield made


def test_each_day_of_a_range_keeps_its_own_metadata_and_data_version(instance: dg.DagsterInstance) -> None:
    assert run(instance, [], tags=range_of("2025-11-03", "2025-11-05")).success
    for key in ("2025-11-03", "2025-11-04", "2025-11-05"):
        assert latest(instance, key).metadata["label"].value == key
        assert (latest(instance, key).tags or {})["dagster/data_version"] == f"v-{key}"


def test_days_of_a_range_with_equal_data_have_one_event_each(instance: dg.DagsterInstance) -> None:
    @dg.multi_asset(specs=[dg.AssetSpec(KEY, code_version="1")], partitions_def=DAYS)
    def thing(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
        versions = dict.fromkeys(context.partition_keys, "empty") | {"2025-11-05": "full"}
        made = {key: PartitionResult({"label": key}, version) for key, version in versions.items()}
        yield from report_results(context, KEY.path, made)

    assert dg.materialize([thing], instance=instance, tags=range_of("2025-11-03", "2025-11-06")).success
    events = instance.fetch_materializations(dg.AssetRecordsFilter(KEY), limit=100).records
    assert len(events) == 5
    for key in ("2025-11-03", "2025-11-04", "2025-11-05", "2025-11-06"):
        tags = latest(instance, key).tags or {}
        assert latest(instance, key).metadata["label"].value == key
        assert tags["dagster/data_version"] == ("full" if key == "2025-11-05" else "empty")
        assert tags["dagster/data_version_is_user_provided"] == "true"
        assert tags["dagster/code_version"] == "1"


def test_single_day_is_reported_once(instance: dg.DagsterInstance) -> None:
    assert run(instance, [], partition_key="2025-11-03").success
    assert latest(instance, "2025-11-03").metadata["label"].value == "2025-11-03"
    assert (latest(instance, "2025-11-03").tags or {})["dagster/data_version"] == "v-2025-11-03"


def test_problem_fails_the_run_and_is_shown_with_its_day(instance: dg.DagsterInstance) -> None:
    result = run(instance, ["one and one is three"], partition_key="2025-11-03")
    assert not result.success
    (check,) = result.get_asset_check_evaluations()
    assert not check.passed
    assert check.metadata["examples"].value == "- 2025-11-03: one and one is three"


@pytest.mark.parametrize("error", [StorageError("torn"), DataError("a day is missing"), PeriodError("no such week")])
def test_failure_that_needs_a_person_is_not_retried(error: Exception) -> None:
    with pytest.raises(dg.Failure, match=f"the week: {error}") as caught, dagster_failures("the week"):
        raise error
    assert not caught.value.allow_retries


def test_network_failure_is_retried() -> None:
    with pytest.raises(dg.Failure) as caught, dagster_failures("the week"):
        raise GitNetworkError("timed out")
    assert caught.value.allow_retries


def test_unexpected_error_keeps_its_traceback() -> None:
    told = "the week: ZeroDivisionError: division by zero. This is unexpected; the run's log has its traceback."
    with pytest.raises(dg.Failure, match=told) as caught, dagster_failures("the week"):
        1 / 0  # noqa: B018 - the error is the point
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert not caught.value.allow_retries
