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

from sparky_assets.audience import Audience
from sparky_assets.costs import COST, cost_of_backfill
from sparky_assets.partitions import period_of
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.runs import BACKFILL, mark
from sparky_assets.settings import Settings

EXAMPLES_SHOWN = 20


@dataclass(frozen=True)
class Remark:
    """What a check that stops nothing says of one partition: figures to look at, and what is odd about them."""

    figures: Mapping[str, float | str] = field(default_factory=dict)
    problems: Sequence[str] = ()


@dataclass(frozen=True)
class Made:
    """What was made for one partition: what people see of it, the hash of the data, and the problems a check found."""

    metadata: Mapping[str, Any]
    data_version: str
    problems: Sequence[str] = field(default=())
    remarks: Mapping[str, Remark] = field(default_factory=dict)
    """By the name of the check that they are for."""


def periods_in(context: dg.AssetExecutionContext, kind: PeriodKind, settings: Settings) -> list[Period]:
    """The periods that this run is to make, in order; the run is marked with them, and with what its backfill takes."""
    periods = sorted(period_of(kind, key) for key in context.partition_keys)
    mark(context, periods)
    tags = context.run.tags
    if BACKFILL in tags and COST not in tags and (cost := cost_of_backfill(context.instance, tags[BACKFILL], settings)):
        context.instance.add_run_tags(context.run.run_id, {COST: cost})
    return periods


def tell(
    context: dg.AssetExecutionContext, asset: Sequence[str], made: Mapping[str, Made], check: str | None = None
) -> Iterator[dg.MaterializeResult[Any]]:
    """The result of an asset, `made` by partition key, with its check; for a range followed by an event for each."""
    first = next(iter(made.values()))
    results = [_check_result(asset, check, made)] if check else []
    results += [_remark_result(asset, name, made) for name in first.remarks]
    if len(made) == 1:
        yield dg.MaterializeResult(
            asset_key=asset,
            metadata=first.metadata,
            data_version=dg.DataVersion(first.data_version),
            check_results=results,
        )
        return
    yield dg.MaterializeResult(asset_key=asset, metadata={"partitions": len(made)}, check_results=results)
    provenance = _provenance(context, asset, next(iter(made)))
    for key, one in made.items():
        versions = {DATA_VERSION_TAG: one.data_version, DATA_VERSION_IS_USER_PROVIDED_TAG: "true"}
        context.log_event(
            dg.AssetMaterialization(asset, partition=key, metadata=one.metadata, tags={**provenance, **versions})
        )


def _provenance(context: dg.AssetExecutionContext, asset: Sequence[str], key: str) -> Mapping[str, str]:
    """The code version and inputs that Dagster wrote down for the whole range.

    A later event without them would count as made by unknown code from unknown inputs: the UI would call it stale.
    """
    wanted = dg.AssetRecordsFilter(dg.AssetKey(asset), asset_partitions=[key])
    (record,) = context.instance.fetch_materializations(wanted, limit=1).records
    materialization = record.asset_materialization
    return materialization.tags or {} if materialization else {}


def for_each_audience(settings: Settings, make: Callable[[Audience], Made]) -> Made:
    """Make one period for every audience that editions are made for; people are shown what the inside reads."""
    made = {audience: make(audience) for audience in settings.audiences}
    inside = made.pop(Audience.INTERNAL)
    if not made:
        return inside
    metadata = dict(inside.metadata) | {f"{audience}_data": one.data_version for audience, one in made.items()}
    problems = [f"for the {audience}: {problem}" for audience, one in made.items() for problem in one.problems]
    versions = "".join((inside.data_version, *(one.data_version for one in made.values())))
    return Made(metadata, sha256(versions.encode()).hexdigest(), [*inside.problems, *problems], inside.remarks)


def _remark_result(asset: Sequence[str], name: str, made: Mapping[str, Made]) -> dg.AssetCheckResult:
    problems = [f"{key}: {problem}" for key, one in made.items() for problem in one.remarks[name].problems]
    figures = {figure: value for one in made.values() for figure, value in one.remarks[name].figures.items()}
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=name,
        passed=not problems,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={**(figures if len(made) == 1 else {}), **_told(problems)},
    )


def _check_result(asset: Sequence[str], name: str, made: Mapping[str, Made]) -> dg.AssetCheckResult:
    problems = [f"{key}: {problem}" for key, one in made.items() for problem in one.problems]
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=name,
        passed=not problems,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata=_told(problems),
    )


def _told(problems: Sequence[str]) -> Mapping[str, Any]:
    shown = "\n".join(f"- {problem}" for problem in problems[:EXAMPLES_SHOWN])
    return {"problems": len(problems), "examples": dg.MetadataValue.md(shown or "none")}
