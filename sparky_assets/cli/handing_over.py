"""`sparky backfill --by-daemon`: hand a range over to Dagster's own backfill, which the interface shows and can end.

It survives a power cut: what it asked for lies in the history, and the daemon goes on with it.
"""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dagster import AssetKey
from dagster._core.definitions.selector import PartitionRangeSelector, PartitionsByAssetSelector, PartitionsSelector
from dagster._core.execution.backfill import PartitionBackfill
from dagster._core.utils import make_new_backfill_id

from sparky_assets.costs import COST, Wanted, cost_of, rows_of
from sparky_assets.periods import Period
from sparky_assets.raw.models import TABLES
from sparky_assets.runs import EVERYWHERE, LOCAL, PUBLISH, TRIGGER, VERSION, our_version
from sparky_assets.settings import Settings

if TYPE_CHECKING:
    from sparky_assets.cli.running import Runs


def hand_over(runs: "Runs", wanted: Wanted, settings: Settings, *, everywhere: bool) -> str:
    """Ask the daemon for all of it as one backfill; gives its id. Nothing is mailed or posted unless `everywhere`."""
    told = {
        COST: cost_of(wanted, settings),
        PUBLISH: EVERYWHERE if everywhere else LOCAL,
        TRIGGER: "backfill",
        VERSION: our_version(),
    }
    days = [period for periods in wanted.values() for period in (periods[0].days[0], periods[-1].days[-1])]
    name = str(make_new_backfill_id())
    backfill = PartitionBackfill.from_partitions_by_assets(
        backfill_id=name,
        asset_graph=runs.definitions.resolve_asset_graph(),
        backfill_timestamp=time.time(),
        tags=told,
        dynamic_partitions_store=runs.instance,
        partitions_by_assets=[_selector(asset, periods) for asset, periods in wanted.items()],
        title=f"{min(days).key} to {max(days).key}",
        description=told[COST],
        run_config=None,
    )
    runs.instance.add_backfill(backfill)
    return name


def raw_assets_of(days: Sequence[Period]) -> dict[str, Sequence[Period]]:
    """All raw tables of some days: one pass fills them all."""
    return {f"raw/{table.asset}": days for table in TABLES} if days else {}


def _selector(asset: str, periods: Sequence[Period]) -> PartitionsByAssetSelector:
    ranges = [PartitionRangeSelector(start=row[0].key, end=row[-1].key) for row in rows_of(periods)]
    return PartitionsByAssetSelector(
        asset_key=AssetKey.from_user_string(asset), partitions=PartitionsSelector(ranges=ranges)
    )
