"""Report the results of an asset to Dagster, for one partition or for a range in one run.

Dagster copies the result of a range to all its partitions: an event each. Metadata can be given for each partition, a
data version cannot. So the range gets the most frequent data version, and only a partition with another one gets an
event of its own after the result; the UI shows the later event. A month of raw tables has 248 partitions.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import dagster as dg
from dagster._core.definitions.data_version import DATA_VERSION_IS_USER_PROVIDED_TAG, DATA_VERSION_TAG

from sparky_assets.orchestration.history_engines import keep_history_engines
from sparky_assets.orchestration.partitions import COST_TAG, describe_backfill_cost, parse_partition_key
from sparky_assets.orchestration.run_tags import BACKFILL_TAG, tag_run
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience

MAX_EXAMPLES = 20


@dataclass(frozen=True)
class CheckReport:
    """The report of a non-blocking check on one partition: figures, and problems with them."""

    figures: Mapping[str, float | str] = field(default_factory=dict)
    problems: Sequence[str] = ()


@dataclass(frozen=True)
class PartitionResult:
    """The result of one partition: metadata for the UI, the hash of the data, and the problems of its check."""

    metadata: Mapping[str, Any]
    data_version: str
    problems: Sequence[str] = field(default=())
    check_reports: Mapping[str, CheckReport] = field(default_factory=dict)
    """Reports by check name."""


def partition_periods(context: dg.AssetExecutionContext, kind: PeriodKind, settings: Settings) -> list[Period]:
    """Return the periods of this run in order, and tag the run with them and with the cost of its backfill."""
    keep_history_engines()  # a run that the daemon starts passes no earlier code of the product
    periods = sorted(parse_partition_key(kind, key) for key in context.partition_keys)
    tag_run(context, periods)
    tags = context.run.tags
    if (
        BACKFILL_TAG in tags
        and COST_TAG not in tags
        and (cost := describe_backfill_cost(context.instance, tags[BACKFILL_TAG], settings))
    ):
        context.instance.add_run_tags(context.run.run_id, {COST_TAG: cost})
    return periods


def report_results(
    context: dg.AssetExecutionContext,
    asset: Sequence[str],
    partition_results: Mapping[str, PartitionResult],
    check_name: str | None = None,
) -> Iterator[dg.MaterializeResult[Any]]:
    """Yield the result of an asset with its checks; for a range, then log events for differing data versions.

    Args:
        context: the run.
        asset: the asset key.
        partition_results: results by partition key, at least one.
        check_name: the blocking check that the problems of the results decide; None for none.
    """
    first = next(iter(partition_results.values()))
    results = [_build_check_result(asset, check_name, partition_results)] if check_name else []
    results += [_build_report_check(asset, name, partition_results) for name in first.check_reports]
    if len(partition_results) == 1:
        yield dg.MaterializeResult(
            asset_key=asset,
            metadata=first.metadata,
            data_version=dg.DataVersion(first.data_version),
            check_results=results,
        )
        return
    for key, result in partition_results.items():
        context.add_asset_metadata(result.metadata, asset_key=dg.AssetKey(asset), partition_key=key)
    versions_by_count = Counter(result.data_version for result in partition_results.values()).most_common(1)
    version = versions_by_count[0][0]
    yield dg.MaterializeResult(asset_key=asset, data_version=dg.DataVersion(version), check_results=results)
    different = {key: result for key, result in partition_results.items() if result.data_version != version}
    if not different:
        return
    provenance = _load_provenance(context, asset, next(iter(different)))
    for key, result in different.items():
        versions = {DATA_VERSION_TAG: result.data_version, DATA_VERSION_IS_USER_PROVIDED_TAG: "true"}
        context.log_event(
            dg.AssetMaterialization(asset, partition=key, metadata=result.metadata, tags={**provenance, **versions})
        )


def _load_provenance(context: dg.AssetExecutionContext, asset: Sequence[str], key: str) -> Mapping[str, str]:
    """Return the code version and inputs that Dagster recorded for the whole range.

    A later event without them would have an unknown code version and unknown inputs, and the UI would show it as stale.
    """
    wanted = dg.AssetRecordsFilter(dg.AssetKey(asset), asset_partitions=[key])
    (record,) = context.instance.fetch_materializations(wanted, limit=1).records
    materialization = record.asset_materialization
    return materialization.tags or {} if materialization else {}


def make_per_audience(settings: Settings, make: Callable[[Audience], PartitionResult]) -> PartitionResult:
    """Make one period for every audience. The metadata and reports are those of the internal audience."""
    results = {audience: make(audience) for audience in settings.audiences}
    internal = results.pop(Audience.INTERNAL)
    if not results:
        return internal
    metadata = dict(internal.metadata) | {
        f"{audience}_data": result.data_version for audience, result in results.items()
    }
    problems = [f"for the {audience}: {problem}" for audience, result in results.items() for problem in result.problems]
    versions = "".join((internal.data_version, *(result.data_version for result in results.values())))
    return PartitionResult(
        metadata, sha256(versions.encode()).hexdigest(), [*internal.problems, *problems], internal.check_reports
    )


def _build_report_check(
    asset: Sequence[str], name: str, partition_results: Mapping[str, PartitionResult]
) -> dg.AssetCheckResult:
    reports = {key: result.check_reports[name] for key, result in partition_results.items()}
    problems = [f"{key}: {problem}" for key, report in reports.items() for problem in report.problems]
    figures = {figure: value for report in reports.values() for figure, value in report.figures.items()}
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=name,
        passed=not problems,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={**(figures if len(partition_results) == 1 else {}), **_format_problems(problems)},
    )


def _build_check_result(
    asset: Sequence[str], name: str, partition_results: Mapping[str, PartitionResult]
) -> dg.AssetCheckResult:
    problems = [f"{key}: {problem}" for key, result in partition_results.items() for problem in result.problems]
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=name,
        passed=not problems,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata=_format_problems(problems),
    )


def _format_problems(problems: Sequence[str]) -> Mapping[str, Any]:
    shown = "\n".join(f"- {problem}" for problem in problems[:MAX_EXAMPLES])
    return {"problems": len(problems), "examples": dg.MetadataValue.md(shown or "none")}
