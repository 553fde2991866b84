"""Dagster's face of stage 2: `<period>/metrics`, from the raw days of the window."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import dagster as dg
import polars as pl
from pydantic import Field

from resources.runtime import Clock
from resources.storage import Storage
from sparky_assets.metrics.checks import check_deterministic, check_totals, check_week_totals, list_missing
from sparky_assets.metrics.compute import PeriodMetrics, compute_metrics
from sparky_assets.metrics.lookback import LookbackCache, build_lookback
from sparky_assets.metrics.metadata import build_metadata, render_leaderboard_table
from sparky_assets.metrics.models import METRIC_TABLES
from sparky_assets.orchestration.failures import dagster_failures
from sparky_assets.orchestration.materialize import (
    CheckReport,
    PartitionResult,
    make_per_audience,
    partition_periods,
    report_results,
)
from sparky_assets.orchestration.partitions import MAX_DAYS_PER_RUN, build_partitions
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.raw.checks import require_closed
from sparky_assets.raw.tables import TABLES
from sparky_assets.raw.window import RawWindow, find_missing_days, read_window
from sparky_assets.settings.schema import PeopleSettings, Settings
from sparky_assets.store import Audience, build_store_prefix

CODE_VERSION = "5"


TOTALS_CHECK = "sums_reconcile"


COMPLETE_CHECK = "nothing_is_missing"


MAX_RECOUNTED_COMMITS = 20_000
"""Up to so many commits a window is counted twice, for a tenth of a second; a test does it for larger ones."""


class MetricsConfig(dg.Config):
    """What one run may be told, in the launchpad or by a schedule."""

    with_gaps: bool = Field(False, description="Count without days that were never collected; the digest names them.")


def build_metrics_asset(kind: PeriodKind, settings: Settings) -> dg.AssetsDefinition:
    """Facts and tables of a period."""
    timezone = settings.organisation.timezone
    key = [kind.value, "metrics"]

    @dg.multi_asset(
        name=f"{kind.value}_metrics",
        specs=[
            dg.AssetSpec(
                key,
                deps=[dg.AssetKey(["raw", table.asset]) for table in TABLES],
                group_name="metrics",
                kinds={"polars"},
                code_version=CODE_VERSION,
                description=f"Every number of a {kind.noun}: in all, by repository, by contributor.",
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(TOTALS_CHECK, asset=key, blocking=True),
            dg.AssetCheckSpec(
                COMPLETE_CHECK, asset=key, description="Every day was collected and every repository read."
            ),
        ],
        partitions_def=build_partitions(kind, settings),
        backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=MAX_DAYS_PER_RUN),
    )
    def compute(
        context: dg.AssetExecutionContext, config: MetricsConfig, storage: Storage, clock: Clock
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Read the raw days, count, write."""
        made = {}
        memo = LookbackCache()
        for period in partition_periods(context, kind, settings):
            with dagster_failures(f"metrics of {period}"):
                require_closed(period, clock.now(), timezone, settings.periods.grace)
                count = partial(
                    compute_period, period, storage, timezone, memo,
                    people=settings.people, with_gaps=config.with_gaps,
                )  # fmt: skip
                made[period.key] = make_per_audience(settings, count)
        yield from report_results(context, key, made, TOTALS_CHECK)

    return compute


def compute_period(
    period: Period,
    storage: Storage,
    timezone: str,
    cache: LookbackCache | None = None,
    audience: Audience = Audience.INTERNAL,
    *,
    people: PeopleSettings | None = None,
    with_gaps: bool = False,
) -> PartitionResult:
    """Count one period for one audience, look back, and write facts and tables."""
    gaps = tuple(find_missing_days(storage, period.days)) if with_gaps else ()
    raw = read_window(storage, period, gaps).for_audience(audience, people.opt_out if people else ())
    computed = _drop_missing_days(gaps, compute_metrics(raw, period, period.window(timezone)))
    name = f"metrics/{build_store_prefix(period.kind.value, audience)}"
    for table in METRIC_TABLES:
        storage.write_table(f"{name}_{table.suffix}", period.key, getattr(computed, table.suffix), table)
    # Facts last: they are what the next stage looks for, so that they never stand without their tables.
    stored = storage.write_document(name, period.key, computed.metrics)
    back = build_lookback(storage, computed, raw, cache, audience)
    storage.write_document(f"{name}_trends", period.key, back)
    problems = [
        *check_totals(computed.metrics, computed.repositories, computed.contributors),
        *check_week_totals(computed.metrics, computed.days),
        *(_check_recount(raw, computed, gaps) if raw.commits.height <= MAX_RECOUNTED_COMMITS else ()),
    ]
    metadata = {
        "missing_days": ", ".join(map(str, gaps)) or "none",
        "path": dg.MetadataValue.path(stored.path),
        **build_metadata(computed, back),
    }
    if people and people.leaderboard:
        metadata["leaderboard"] = dg.MetadataValue.md(render_leaderboard_table(computed.contributors))
    missing = CheckReport(problems=list(list_missing(computed.metrics)))
    return PartitionResult(metadata, stored.sha256, problems, {COMPLETE_CHECK: missing})


def _drop_missing_days(gaps: tuple[date, ...], computed: PeriodMetrics) -> PeriodMetrics:
    """Days that nobody collected are absent, not quiet."""
    if not gaps:
        return computed
    days = computed.days.filter(~pl.col("day").is_in([str(day) for day in gaps]))
    return replace(computed, metrics=computed.metrics.model_copy(update={"missing_days": gaps}), days=days)


def _check_recount(raw_window: RawWindow, computed: PeriodMetrics, gaps: tuple[date, ...]) -> Iterator[str]:
    """The same rows from the last to the first must give the same facts and tables."""
    # Not DataFrame.reverse(): polars 2.1 loses the type of a list of structs where every list is empty.
    turned = RawWindow(
        **{
            name: frame.with_row_index("_row").sort("_row", descending=True).drop("_row")
            for name, frame in vars(raw_window).items()
        }
    )
    again = compute_metrics(turned, computed.metrics.period, computed.metrics.window)
    yield from check_deterministic(computed, _drop_missing_days(gaps, again))
