"""`sparky backfill --by-daemon`: hand a range over to Dagster's own backfill, which the interface shows and can end.

It survives a power cut: what it asked for lies in the history, and the daemon goes on with it.
"""

import math
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from dagster import AssetKey
from dagster._core.definitions.selector import PartitionRangeSelector, PartitionsByAssetSelector, PartitionsSelector
from dagster._core.execution.backfill import PartitionBackfill
from dagster._core.utils import make_new_backfill_id

from sparky_assets.materialising import MAX_RANGE
from sparky_assets.periods import Period
from sparky_assets.raw.models import TABLES
from sparky_assets.runs import EVERYWHERE, LOCAL, PUBLISH, TRIGGER, VERSION, our_version
from sparky_assets.settings import Settings

if TYPE_CHECKING:
    from sparky_assets.cli.running import Runs

COST = "sparky/cost"
Wanted = Mapping[str, Sequence[Period]]
"""The periods to make, in order, by asset."""


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


def cost_of(wanted: Wanted, settings: Settings) -> str:
    """What it takes, told before it begins: days, sweeps, runs, and periods that a model may word."""
    days = len(wanted.get("raw/commits", ()))
    ranges = sum(math.ceil(len(row) / MAX_RANGE) for row in _rows(wanted.get("raw/commits", ())))
    singles = sum(len(periods) for asset, periods in wanted.items() if not _is_made_in_ranges(asset))
    worded = sum(len(periods) for asset, periods in wanted.items() if asset.endswith("/insights"))
    parts = [f"{days} days in {ranges} sweeps" if days else "no day to collect"]
    parts.append(f"{singles} single periods" if singles else "nothing to write")
    if settings.language_model.backend != "none" and worded:
        parts.append(f"{worded} of them by {settings.language_model.backend}, at most "
                     f"{worded * settings.language_model.deadline_minutes:,.0f} minutes of it")  # fmt: skip
    if settings.sources.source != "git" and days:
        parts.append("GitHub: ask `sparky estimate`")
    return "; ".join(parts)


def raw_assets_of(days: Sequence[Period]) -> dict[str, Sequence[Period]]:
    """All raw tables of some days: one pass fills them all."""
    return {f"raw/{table.asset}": days for table in TABLES} if days else {}


def _is_made_in_ranges(asset: str) -> bool:
    return asset.startswith("raw/") or asset.endswith("/metrics")


def _selector(asset: str, periods: Sequence[Period]) -> PartitionsByAssetSelector:
    ranges = [PartitionRangeSelector(start=row[0].key, end=row[-1].key) for row in _rows(periods)]
    return PartitionsByAssetSelector(
        asset_key=AssetKey.from_user_string(asset), partitions=PartitionsSelector(ranges=ranges)
    )


def _rows(periods: Sequence[Period]) -> list[list[Period]]:
    """Unbroken rows of periods."""
    rows: list[list[Period]] = []
    for period in sorted(periods):
        if rows and rows[-1][-1].next() == period:
            rows[-1].append(period)
        else:
            rows.append([period])
    return rows
