"""Submit a backfill to Dagster's daemon, as the UI does.

Apart from `backfill.py`, because it imports Dagster, which costs 1.5 s: `sparky --help` must not wait for it.
"""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dagster import AssetKey
from dagster._core.definitions.selector import PartitionRangeSelector, PartitionsByAssetSelector, PartitionsSelector
from dagster._core.execution.backfill import PartitionBackfill
from dagster._core.utils import make_new_backfill_id

from sparky_assets.orchestration.partitions import COST_TAG, PeriodsByAsset, consecutive_periods, describe_cost
from sparky_assets.orchestration.run_tags import (
    PUBLISH_ALL,
    PUBLISH_LOCAL,
    PUBLISH_TAG,
    TRIGGER_TAG,
    VERSION_TAG,
    get_sparky_version,
)
from sparky_assets.periods import Period
from sparky_assets.raw.tables import TABLES
from sparky_assets.settings.schema import Settings

if TYPE_CHECKING:
    from sparky_assets.cli.dagster_runner import JobRunner


def submit_backfill(
    runner: "JobRunner", periods_by_asset: PeriodsByAsset, settings: Settings, *, all_destinations: bool
) -> str:
    """Submit one backfill to the daemon and return its id. Only `all_destinations` sends anything off this machine."""
    tags = {
        COST_TAG: describe_cost(periods_by_asset, settings),
        PUBLISH_TAG: PUBLISH_ALL if all_destinations else PUBLISH_LOCAL,
        TRIGGER_TAG: "backfill",
        VERSION_TAG: get_sparky_version(),
    }
    days = [period for periods in periods_by_asset.values() for period in (periods[0].days[0], periods[-1].days[-1])]
    name = str(make_new_backfill_id())
    backfill = PartitionBackfill.from_partitions_by_assets(
        backfill_id=name,
        asset_graph=runner.definitions.resolve_asset_graph(),
        backfill_timestamp=time.time(),
        tags=tags,
        dynamic_partitions_store=runner.instance,
        partitions_by_assets=[_build_selector(asset, periods) for asset, periods in periods_by_asset.items()],
        title=f"{min(days).key}..{max(days).key}",
        description=tags[COST_TAG],
        run_config=None,
    )
    runner.instance.add_backfill(backfill)
    return name


def map_raw_assets(days: Sequence[Period]) -> dict[str, Sequence[Period]]:
    """Return the days of each raw asset. One collection pass fills all raw tables."""
    return {f"raw/{table.asset}": days for table in TABLES} if days else {}


def _build_selector(asset: str, periods: Sequence[Period]) -> PartitionsByAssetSelector:
    ranges = [PartitionRangeSelector(start=row[0].key, end=row[-1].key) for row in consecutive_periods(periods)]
    return PartitionsByAssetSelector(
        asset_key=AssetKey.from_user_string(asset), partitions=PartitionsSelector(ranges=ranges)
    )
