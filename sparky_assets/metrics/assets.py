"""The assets `<period>/metrics`: read the raw days of a window, compute, store, and show the numbers in the Dagster UI.

The metrics are computed in `compute.py`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import dagster as dg
import polars as pl
from pydantic import Field

from resources.clock import Clock
from resources.storage import Storage
from sparky_assets.metrics.checks import check_deterministic, check_totals, check_week_totals, list_missing
from sparky_assets.metrics.compute import PeriodMetrics, compute_metrics
from sparky_assets.metrics.lookback import LookbackCache, build_lookback
from sparky_assets.metrics.models import METRIC_TABLES, SCOPE_ALL
from sparky_assets.metrics.open_items import OPEN_METRICS
from sparky_assets.metrics.trends import Lookback
from sparky_assets.orchestration.failures import dagster_failures
from sparky_assets.orchestration.materialize import (
    CheckReport,
    PartitionResult,
    make_per_audience,
    partition_periods,
    report_results,
)
from sparky_assets.orchestration.partitions import build_partitions, find_max_days_per_run, require_closed
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.raw.people import GHOST_KEY
from sparky_assets.raw.tables import TABLES
from sparky_assets.raw.window import RawWindow, find_missing_days, read_audience_window
from sparky_assets.settings.schema import PeopleSettings, Settings
from sparky_assets.store import TRENDS_TABLE, Audience, metrics_path

HEADLINE_METRICS = (
    "commits", "people", "active_repositories", "pull_requests_opened", "pull_requests_merged", "reviews",
    "issues_opened", "issues_closed", "releases", "time_to_first_response_median", "time_to_first_review_median",
    "time_to_merge_median",    "review_coverage", "pull_requests_open", "issues_open",
)  # fmt: skip

TABLE_METRICS = ("commits", "people", "pull_requests_merged", "reviews", "issues_closed", "releases")

MAX_TABLE_ROWS = 20

SPARKLINE_BARS = "▁▂▃▄▅▆▇█"

CODE_VERSION = "7"

TOTALS_CHECK = "sums_reconcile"

COMPLETE_CHECK = "nothing_is_missing"

MAX_RECOUNTED_COMMITS = 20_000
"""A window with at most this many commits is counted twice, which takes 0.1 seconds; a test covers larger windows.

Of a range only a window with more commits than those counted twice before it: for every day it was a third of a
backfill, and that the order of the rows changes nothing shows in the largest windows.
"""


def build_metadata(computed: PeriodMetrics, lookback: Lookback) -> dict[str, Any]:
    """Return the Dagster metadata of one period."""
    facts = {fact.metric: fact.value for fact in (*computed.metrics.facts, *lookback.facts) if fact.scope == SCOPE_ALL}
    # Dagster's metadata does not support Decimal.
    headlines = {
        name: value if isinstance(value := facts[name], int) else float(value)
        for name in HEADLINE_METRICS
        if name in facts
    }
    return {
        "period": computed.metrics.period.label,
        "window": str(computed.metrics.window),
        **headlines,
        "dagster/partition_row_count": computed.repositories.height,
        "by_day": dg.MetadataValue.md(render_days_table(computed.days)),
        "by_repository": dg.MetadataValue.md(render_repositories_table(computed.repositories)),
        "trends": dg.MetadataValue.md(render_trends_table(lookback)),
        "repository_trends": dg.MetadataValue.md(render_repository_trends_table(lookback)),
        "open": dg.MetadataValue.md(render_open_table(lookback)),
        "not_measured": dg.MetadataValue.md(
            "\n".join(
                f"- `{missing.scope}` {len(missing.metrics)} metrics: {missing.reason}"
                for missing in (*computed.metrics.absent, *lookback.absent)
            )
            or "nothing"
        ),
    }


def render_sparkline(values: Sequence[float]) -> str:
    """Render values as bars (`▁▃█`) from 0 to the largest value."""
    highest = max(values, default=0)
    return "".join(
        SPARKLINE_BARS[round((len(SPARKLINE_BARS) - 1) * value / highest)] if highest > 0 else SPARKLINE_BARS[0]
        for value in values
    )


def render_days_table(days: pl.DataFrame) -> str:
    """Render a sparkline of each metric over the days of the period."""
    lines = ["| metric | by day | in all | most |", "|---|---|---:|---:|"]
    for name in (name for name in TABLE_METRICS if days[name].null_count() < days.height):
        values = days[name].fill_null(0).to_list()
        lines.append(f"| {name} | {render_sparkline(values)} | {sum(values):,} | {max(values):,} |")
    return "\n".join(lines)


def render_repositories_table(repositories: pl.DataFrame) -> str:
    """Render the first repositories by name; a cell is blank if the source does not provide the metric."""

    def format_cell(value: int | None) -> str:
        return "" if value is None else f"{value:,}"

    lines = ["| repository | " + " | ".join(TABLE_METRICS) + " |", "|---" + "|---:" * len(TABLE_METRICS) + "|"]
    for row in repositories.head(MAX_TABLE_ROWS).iter_rows(named=True):
        name = row["repository"].replace("|", "\\|")
        lines.append(f"| {name} | " + " | ".join(format_cell(row[column]) for column in TABLE_METRICS) + " |")
    if repositories.height > MAX_TABLE_ROWS:
        lines.append(f"| … and {repositories.height - MAX_TABLE_ROWS} more |" + " |" * len(TABLE_METRICS))
    return "\n".join(lines)


def render_leaderboard_table(contributors: pl.DataFrame) -> str:
    """Render people by commits, then by the other columns. Shown only if `people.leaderboard` is set; never stored."""
    columns = ["commits", "pull_requests_merged", "reviews", "issues_closed", "releases"]
    people = contributors.filter(~pl.col("is_bot"), pl.col("key") != GHOST_KEY)
    ranked = people.sort([*columns, "key"], descending=[True] * len(columns) + [False]).head(MAX_TABLE_ROWS)
    lines = ["| | person | " + " | ".join(columns) + " |", "|---:|---" + "|---:" * len(columns) + "|"]
    for rank, row in enumerate(ranked.iter_rows(named=True), 1):
        name = row["name"].replace("|", "\\|")
        lines.append(f"| {rank} | {name} | " + " | ".join(f"{row[column]:,}" for column in columns) + " |")
    return "\n".join(lines)


def render_trends_table(lookback: Lookback) -> str:
    """Render the headline metrics with the period before and the usual range."""
    trends = [trend for trend in lookback.trends if trend.metric in HEADLINE_METRICS]
    if not trends:
        return "No earlier period was counted."
    lines = ["| metric | now | before | median | usual | | trailing, now |", "|---|---:|---:|---:|---:|---|---|"]
    for trend in trends:
        usual = f"{trend.usual[0]:,} to {trend.usual[1]:,}" if trend.usual else ""
        before, median = ("" if value is None else f"{value:,}" for value in (trend.previous, trend.median))
        line = (
            render_sparkline([float(value) for value in (*reversed(trend.values), trend.value)]) if trend.values else ""
        )
        lines.append(
            f"| {trend.metric} | {trend.value:,} | {before} | {median} | {usual} | {trend.standing or ''} | {line} |"
        )
    return "\n".join(lines)


def render_repository_trends_table(lookback: Lookback) -> str:
    """Render the metrics outside their usual range in the most active repositories."""
    unusual = [trend for trend in lookback.repository_trends if trend.standing in {"above", "below"} and trend.usual]
    if not unusual:
        return "Nothing left its usual range." if lookback.repository_trends else "No earlier period was counted."
    lines = ["| repository | metric | now | usual | |", "|---|---|---:|---:|---|"]
    for trend in unusual:
        name, (low, high) = trend.scope.partition(":")[2].replace("|", "\\|"), trend.usual or (0, 0)
        lines.append(f"| {name} | {trend.metric} | {trend.value:,} | {low:,} to {high:,} | {trend.standing} |")
    return "\n".join(lines)


def render_open_table(lookback: Lookback) -> str:
    """Render what is open at the end of the period."""
    facts = [fact for fact in lookback.facts if fact.scope == SCOPE_ALL and fact.metric in OPEN_METRICS]
    lines = ["| metric | now |", "|---|---:|", *(f"| {fact.metric} | {fact.value:,} |" for fact in facts)]
    return "\n".join(lines) if facts else "Open items are unknown; see `not_measured`."


class MetricsConfig(dg.Config):
    """Configuration of one run, in the launchpad or by a schedule."""

    with_gaps: bool = Field(False, description="Count without days that were never collected; the digest names them.")


def build_metrics_asset(kind: PeriodKind, settings: Settings) -> dg.AssetsDefinition:
    """Build the asset with the facts and tables of a period."""
    timezone = settings.organisation.timezone
    key = [kind.value, "metrics"]

    @dg.multi_asset(
        name=f"{kind.value}_metrics",
        specs=[
            dg.AssetSpec(
                key,
                deps=[dg.AssetKey(["raw", table.asset]) for table in TABLES],
                group_name=f"{kind.value}_metrics",
                kinds={"polars"},
                code_version=CODE_VERSION,
                description=f"Every number of a {kind.noun}: in all, by repository, by contributor.",
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(
                TOTALS_CHECK, asset=key, blocking=True, description="Every total equals the sum of its parts."
            ),
            dg.AssetCheckSpec(
                COMPLETE_CHECK, asset=key, description="Every day was collected and every repository read."
            ),
        ],
        partitions_def=build_partitions(kind, settings),
        backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=find_max_days_per_run(settings)),
    )
    def compute(
        context: dg.AssetExecutionContext,
        config: MetricsConfig,
        storage: dg.ResourceParam[Storage],
        clock: dg.ResourceParam[Clock],
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Read the raw days, compute the metrics and store them."""
        results = {}
        cache = LookbackCache()
        for period in partition_periods(context, kind, settings):
            with dagster_failures(f"metrics of {period}"):
                require_closed(period, clock.now(), settings.calendar)
                compute_for_audience = partial(
                    compute_period, period, storage, timezone, cache,
                    people=settings.people, with_gaps=config.with_gaps,
                )  # fmt: skip
                results[period.key] = make_per_audience(settings, compute_for_audience)
        yield from report_results(context, key, results, TOTALS_CHECK)

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
    """Compute a period for one audience, compare it with earlier periods, and store facts and tables."""
    gaps = tuple(find_missing_days(storage, period.days)) if with_gaps else ()
    people = people or PeopleSettings()
    cache = cache or LookbackCache()
    raw = read_audience_window(storage, period, audience, people.opt_out, gaps, join_names=people.join_names)
    computed = _drop_missing_days(gaps, compute_metrics(raw, period, period.window(timezone)))
    name = metrics_path(period.kind, audience)
    for table in METRIC_TABLES:
        storage.write_table(
            metrics_path(period.kind, audience, table.suffix), period.key, getattr(computed, table.suffix), table
        )
    # Facts last: the next stage waits for them, so their tables must already be stored.
    stored = storage.write_document(name, period.key, computed.metrics)
    lookback = build_lookback(storage, computed, raw, cache, audience)
    storage.write_document(metrics_path(period.kind, audience, TRENDS_TABLE), period.key, lookback)
    problems = [
        *check_totals(computed.metrics, computed.repositories, computed.contributors),
        *check_week_totals(computed.metrics, computed.days),
    ]
    if cache.recounted_commits.get(audience, -1) < raw.commits.height <= MAX_RECOUNTED_COMMITS:
        problems += _check_recount(raw, computed, gaps)
        cache.recounted_commits[audience] = raw.commits.height
    metadata = {
        "missing_days": ", ".join(map(str, gaps)) or "none",
        "path": dg.MetadataValue.path(stored.path),
        **build_metadata(computed, lookback),
    }
    if people.leaderboard:
        metadata["leaderboard"] = dg.MetadataValue.md(render_leaderboard_table(computed.contributors))
    missing = CheckReport(problems=list(list_missing(computed.metrics, raw.repositories)))
    return PartitionResult(metadata, stored.sha256, problems, {COMPLETE_CHECK: missing})


def _drop_missing_days(gaps: tuple[date, ...], computed: PeriodMetrics) -> PeriodMetrics:
    """Remove days that were never collected: they are missing, not quiet."""
    if not gaps:
        return computed
    days = computed.days.filter(~pl.col("day").is_in([str(day) for day in gaps]))
    return replace(computed, metrics=computed.metrics.model_copy(update={"missing_days": gaps}), days=days)


def _check_recount(raw_window: RawWindow, computed: PeriodMetrics, gaps: tuple[date, ...]) -> Iterator[str]:
    """Compute the metrics again from the rows in reverse order and yield each difference."""
    # Not DataFrame.reverse(): polars 2.1 loses the type of a list of structs where every list is empty.
    reversed_window = RawWindow(
        **{
            name: frame.with_row_index("_row").sort("_row", descending=True).drop("_row")
            for name, frame in vars(raw_window).items()
        }
    )
    recomputed = compute_metrics(reversed_window, computed.metrics.period, computed.metrics.window)
    yield from check_deterministic(computed, _drop_missing_days(gaps, recomputed))
