"""How an asset tells Dagster what it made, for one partition or for a range in one run.

A run over a range would copy one result to all its partitions. So each partition's own metadata is logged after the
result was yielded: the later event is the one that the UI shows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import dagster as dg
from dagster._core.definitions.data_version import DATA_VERSION_IS_USER_PROVIDED_TAG, DATA_VERSION_TAG

from sparky_assets.orchestration.partitions import COST_TAG, describe_backfill_cost, parse_partition_key
from sparky_assets.orchestration.run_tags import BACKFILL_TAG, tag_run
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience

MAX_EXAMPLES = 20


@dataclass(frozen=True)
class CheckReport:
    """What a check that stops nothing says of one partition: figures to look at, and what is odd about them."""

    figures: Mapping[str, float | str] = field(default_factory=dict)
    problems: Sequence[str] = ()


@dataclass(frozen=True)
class PartitionResult:
    """What was made for one partition: what people see of it, the hash of the data, and the problems a check found."""

    metadata: Mapping[str, Any]
    data_version: str
    problems: Sequence[str] = field(default=())
    check_reports: Mapping[str, CheckReport] = field(default_factory=dict)
    """By the name of the check that they are for."""


def partition_periods(context: dg.AssetExecutionContext, kind: PeriodKind, settings: Settings) -> list[Period]:
    """The periods that this run is to make, in order; the run is marked with them, and with what its backfill takes."""
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
    """The result of an asset, `made` by partition key, with its check; for a range followed by an event for each."""
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
    yield dg.MaterializeResult(asset_key=asset, metadata={"partitions": len(partition_results)}, check_results=results)
    provenance = _load_provenance(context, asset, next(iter(partition_results)))
    for key, one in partition_results.items():
        versions = {DATA_VERSION_TAG: one.data_version, DATA_VERSION_IS_USER_PROVIDED_TAG: "true"}
        context.log_event(
            dg.AssetMaterialization(asset, partition=key, metadata=one.metadata, tags={**provenance, **versions})
        )


def _load_provenance(context: dg.AssetExecutionContext, asset: Sequence[str], key: str) -> Mapping[str, str]:
    """The code version and inputs that Dagster wrote down for the whole range.

    A later event without them would count as made by unknown code from unknown inputs: the UI would call it stale.
    """
    wanted = dg.AssetRecordsFilter(dg.AssetKey(asset), asset_partitions=[key])
    (record,) = context.instance.fetch_materializations(wanted, limit=1).records
    materialization = record.asset_materialization
    return materialization.tags or {} if materialization else {}


def make_per_audience(settings: Settings, make: Callable[[Audience], PartitionResult]) -> PartitionResult:
    """Make one period for every audience that editions are made for; people are shown what the inside reads."""
    made = {audience: make(audience) for audience in settings.audiences}
    inside = made.pop(Audience.INTERNAL)
    if not made:
        return inside
    metadata = dict(inside.metadata) | {f"{audience}_data": one.data_version for audience, one in made.items()}
    problems = [f"for the {audience}: {problem}" for audience, one in made.items() for problem in one.problems]
    versions = "".join((inside.data_version, *(one.data_version for one in made.values())))
    return PartitionResult(
        metadata, sha256(versions.encode()).hexdigest(), [*inside.problems, *problems], inside.check_reports
    )


def _build_report_check(
    asset: Sequence[str], name: str, partition_results: Mapping[str, PartitionResult]
) -> dg.AssetCheckResult:
    problems = [
        f"{key}: {problem}" for key, one in partition_results.items() for problem in one.check_reports[name].problems
    ]
    figures = {
        figure: value for one in partition_results.values() for figure, value in one.check_reports[name].figures.items()
    }
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
    problems = [f"{key}: {problem}" for key, one in partition_results.items() for problem in one.problems]
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
