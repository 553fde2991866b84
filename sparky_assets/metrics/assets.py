"""Dagster's face of stage 2: `<period>/metrics`, from the raw days of the window."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import dagster as dg
import polars as pl
from pydantic import Field

from resources.clock import Clock
from resources.storage import Storage
from sparky_assets.audience import Audience, shelf
from sparky_assets.failures import failures_of
from sparky_assets.materialising import Made, Remark, for_each_audience, periods_in, tell
from sparky_assets.metrics.checks import reconcile, same_bytes, week_equals_its_days, what_is_missing
from sparky_assets.metrics.compute import Computed, compute_metrics
from sparky_assets.metrics.looking_back import Memo, look_back
from sparky_assets.metrics.metadata import leaderboard_table, shown
from sparky_assets.metrics.models import METRIC_TABLES
from sparky_assets.partitions import MAX_RANGE, partitions_for
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.raw.checks import require_closed
from sparky_assets.raw.models import TABLES
from sparky_assets.raw.window import RawWindow, missing_days, read_window
from sparky_assets.settings import People, Settings

CODE_VERSION = "5"
CHECK = "sums_reconcile"
WHOLE = "nothing_is_missing"
COUNTED_AGAIN = 20_000
"""Up to so many commits a window is counted twice, for a tenth of a second; a test does it for larger ones."""


class MetricsConfig(dg.Config):
    """What one run may be told, in the launchpad or by a schedule."""

    with_gaps: bool = Field(False, description="Count without days that were never collected; the digest names them.")


def metrics_asset(kind: PeriodKind, settings: Settings) -> dg.AssetsDefinition:
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
            dg.AssetCheckSpec(CHECK, asset=key, blocking=True),
            dg.AssetCheckSpec(WHOLE, asset=key, description="Every day was collected and every repository read."),
        ],
        partitions_def=partitions_for(kind, settings),
        backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=MAX_RANGE),
    )
    def compute(
        context: dg.AssetExecutionContext, config: MetricsConfig, storage: Storage, clock: Clock
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Read the raw days, count, write."""
        made = {}
        memo = Memo()
        for period in periods_in(context, kind, settings):
            with failures_of(f"metrics of {period}"):
                require_closed(period, clock.now(), timezone, settings.periods.settle)
                count = partial(
                    compute_period, period, storage, timezone, memo,
                    people=settings.people, with_gaps=config.with_gaps,
                )  # fmt: skip
                made[period.key] = for_each_audience(settings, count)
        yield from tell(context, key, made, CHECK)

    return compute


def compute_period(
    period: Period,
    storage: Storage,
    timezone: str,
    memo: Memo | None = None,
    audience: Audience = Audience.INTERNAL,
    *,
    people: People | None = None,
    with_gaps: bool = False,
) -> Made:
    """Count one period for one audience, look back, and write facts and tables."""
    gaps = tuple(missing_days(storage, period.days)) if with_gaps else ()
    raw = read_window(storage, period, gaps).seen_by(audience, people.opt_out if people else ())
    computed = _without(gaps, compute_metrics(raw, period, period.window(timezone)))
    name = f"metrics/{shelf(period.kind.value, audience)}"
    for table in METRIC_TABLES:
        storage.write_table(f"{name}_{table.suffix}", period.key, getattr(computed, table.suffix), table)
    # Facts last: they are what the next stage looks for, so that they never stand without their tables.
    stored = storage.write_document(name, period.key, computed.metrics)
    back = look_back(storage, computed, raw, memo, audience)
    storage.write_document(f"{name}_trends", period.key, back)
    problems = [
        *reconcile(computed.metrics, computed.repositories, computed.contributors),
        *week_equals_its_days(computed.metrics, computed.days),
        *(_counted_again(raw, computed, gaps) if raw.commits.height <= COUNTED_AGAIN else ()),
    ]
    metadata = {
        "missing_days": ", ".join(map(str, gaps)) or "none",
        "path": dg.MetadataValue.path(stored.path),
        **shown(computed, back),
    }
    if people and people.leaderboard:
        metadata["leaderboard"] = dg.MetadataValue.md(leaderboard_table(computed.contributors))
    missing = Remark(problems=list(what_is_missing(computed.metrics)))
    return Made(metadata, stored.sha256, problems, {WHOLE: missing})


def _without(gaps: tuple[date, ...], computed: Computed) -> Computed:
    """Days that nobody collected are absent, not quiet."""
    if not gaps:
        return computed
    days = computed.days.filter(~pl.col("day").is_in([str(day) for day in gaps]))
    return replace(computed, metrics=computed.metrics.model_copy(update={"missing_days": gaps}), days=days)


def _counted_again(raw: RawWindow, computed: Computed, gaps: tuple[date, ...]) -> Iterator[str]:
    """The same rows from the last to the first must give the same facts and tables."""
    # Not DataFrame.reverse(): polars 2.1 loses the type of a list of structs where every list is empty.
    turned = RawWindow(
        **{
            name: frame.with_row_index("_row").sort("_row", descending=True).drop("_row")
            for name, frame in vars(raw).items()
        }
    )
    again = compute_metrics(turned, computed.metrics.period, computed.metrics.window)
    yield from same_bytes(computed, _without(gaps, again))
