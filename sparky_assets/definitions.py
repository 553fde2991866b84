"""Dagster definitions of Sparky: every asset, job, schedule, sensor and resource, built from the settings.

Also the resource limits of runs: the memory of a run's pod, and the pools that limit concurrent runs. Schedules and
sensors themselves are defined in `schedules`. The stages are imported when the definitions are built: with polars,
GitPython and the templates they take as long as Dagster itself.
"""

import json
import os
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from sparky_assets.orchestration.resources import build_resources
from sparky_assets.orchestration.run_tags import PUBLISH_ALL, PUBLISH_TAG
from sparky_assets.periods import PeriodKind
from sparky_assets.settings.schema import Settings

K8S_CONFIG_TAG = "dagster-k8s/config"

KUBERNETES_VARIABLE = "KUBERNETES_SERVICE_HOST"
"""Set in every pod by the kubelet."""

RUN_CPU_REQUEST = "200m"

# Dagster's instance file has one limit for all pools and no names (`concurrency.pools.default_limit`, here 1). So
# `sparky up` registers the pools in the event log, and the UI shows them before the first run.
MAX_RUNS_PER_POOL: Mapping[str, int] = {
    "github": 1,  # two concurrent sweeps would share one rate limit
    "llm": 1,  # a model on one machine answers one request at a time
    "git_push": 1,  # of two concurrent pushes to a branch, the second is refused
}


def build_memory_tag(request: str, limit: str) -> Mapping[str, str]:
    """Return the run tag that sets the memory of the run's Kubernetes Job, in Kubernetes notation such as `1Gi`.

    Outside of Kubernetes there is no tag, since people would read its JSON in the list of runs. The measurements are
    in docs/deployment.md.
    """
    if KUBERNETES_VARIABLE not in os.environ:
        return {}
    resources = {"requests": {"cpu": RUN_CPU_REQUEST, "memory": request}, "limits": {"memory": limit}}
    return {K8S_CONFIG_TAG: json.dumps({"container_config": {"resources": resources}}, sort_keys=True)}


DAY_RANGE_MEMORY = ("1Gi", "4Gi")
"""Request and limit for up to 31 days in one pass: all their events are in memory at once."""

LONG_PERIOD_MEMORY = ("768Mi", "3Gi")
"""Request and limit for a week or month, including the evidence for the model."""

# The daily job contains assets of both backfill policies, so Dagster runs one partition per run. This is intended,
# but Dagster prints a warning of five lines on every load.
warnings.filterwarnings("ignore", message=r"Asset job \w+ materializes assets with varying BackfillPolicies")
warnings.filterwarnings("ignore", category=dg.BetaWarning)


@dg.definitions
def defs() -> dg.Definitions:
    """Return the definitions that `dagster dev` loads, from the current settings."""
    from sparky_assets.settings.load import load_settings

    return build_defs(load_settings())


def build_defs(settings: Settings, overrides: Mapping[str, Any] | None = None) -> dg.Definitions:
    """Return all definitions, for production, tests and the command line.

    Args:
        settings: the settings to build from.
        overrides: resources by name that replace those of the settings.
    """
    from schedules.alerts import build_alert_sensors
    from schedules.events import build_event_sensor
    from schedules.periods import add_freshness_policies, build_period_schedules
    from sparky_assets.raw.assets import build_raw_assets

    assets = [
        build_raw_assets(settings),
        *(asset for kind in PeriodKind for asset in build_stage_assets(kind, settings)),
    ]
    return dg.Definitions(
        assets=add_freshness_policies(assign_owners(label_periods(assets), settings), settings),
        jobs=[build_collect_job(), build_history_job(), *(build_period_job(kind) for kind in PeriodKind)],
        schedules=build_period_schedules(settings),
        sensors=[*build_alert_sensors(settings), build_event_sensor(settings)],
        resources={**build_resources(settings), **(overrides or {})},
        # The default executor starts a process per step, which takes 3.4 s each. Parallelism comes from runs.
        executor=dg.in_process_executor,
    )


def assign_owners(assets: Sequence[Any], settings: Settings) -> list[Any]:
    """Return the assets with the owners of the settings."""
    owners = settings.organisation.owners
    return list(dg.map_asset_specs(lambda spec: spec.replace_attributes(owners=owners), assets))


PARTITION_LABELS = {
    PeriodKind.WEEKLY: "A partition is named by its Monday: 2025-11-10 is week 2025-W46.",
    PeriodKind.MONTHLY: "A partition is named by its first day: 2025-11-01 is month 2025-11.",
}


def label_periods(assets: Sequence[Any]) -> list[Any]:
    """Return the assets with their period as a kind, and what the names of their partitions mean.

    The graph shows the last part of an asset's key only: without the kind it has three assets `digest`.
    """
    return list(dg.map_asset_specs(_label_period, assets))


def _label_period(spec: dg.AssetSpec) -> dg.AssetSpec:
    try:
        kind = PeriodKind(spec.key.path[0])
    except ValueError:
        return spec  # a raw table
    description = " ".join(filter(None, (spec.description, PARTITION_LABELS.get(kind))))
    return spec.replace_attributes(kinds={*spec.kinds, kind.noun}, description=description)


def build_stage_assets(kind: PeriodKind, settings: Settings) -> list[dg.AssetsDefinition]:
    """Return the assets of stages 2 to 5 for one kind of period."""
    from sparky_assets.digests.assets import build_blog_post_asset, build_digest_asset, build_social_posts_asset
    from sparky_assets.insights.assets import build_insights_asset
    from sparky_assets.metrics.assets import build_metrics_asset
    from sparky_assets.publications.assets import build_publication_asset

    blog = () if kind is PeriodKind.DAILY else (build_blog_post_asset,)
    makers = (
        build_metrics_asset,
        build_insights_asset,
        build_digest_asset,
        *blog,
        build_social_posts_asset,
        build_publication_asset,
    )
    return [make(kind, settings) for make in makers]


def build_collect_job() -> Any:
    """Return the job `collect`: the raw tables of a day or a range of days."""
    return dg.define_asset_job(
        "collect",
        selection=dg.AssetSelection.groups("raw"),
        description="Collect raw days from every source: one day, or a range of up to 31 days in one sweep.",
        tags={**build_runtime_tag(max_hours=6), **build_memory_tag(*DAY_RANGE_MEMORY)},
    )


def build_history_job() -> Any:
    """Return the job `history`: raw tables and daily metrics for a range of past days."""
    selection = dg.AssetSelection.groups("raw") | dg.AssetSelection.assets(["daily", "metrics"])
    description = "Collect a range of days and compute their metrics."
    tags = {**build_runtime_tag(max_hours=6), **build_memory_tag(*DAY_RANGE_MEMORY)}
    return dg.define_asset_job("history", selection=selection, description=description, tags=tags)


def build_period_job(kind: PeriodKind) -> Any:
    """Return the job `daily`, `weekly` or `monthly`: metrics to publication of one period. `daily` also collects."""
    stages = dg.AssetSelection.key_prefixes([kind.value])
    selection = stages | dg.AssetSelection.groups("raw") if kind is PeriodKind.DAILY else stages
    return dg.define_asset_job(
        kind.value,
        selection=selection,
        description=f"Write and publish the digest of one {kind.noun}. A backfill publishes on this machine only, "
        f"unless it has the tag {PUBLISH_TAG}={PUBLISH_ALL}."
        + (
            ""
            if kind is PeriodKind.DAILY
            else " It reads the stored days. Run `collect` for these days first to include late commits, as the "
            "schedule `sweep` and `sparky run` do."
        ),
        tags={
            **build_runtime_tag(max_hours=4),
            **({} if kind is PeriodKind.DAILY else build_memory_tag(*LONG_PERIOD_MEMORY)),
        },
    )


def build_runtime_tag(max_hours: int) -> dict[str, str]:
    """Return the run tag with the maximum runtime, after which run monitoring ends a run that hangs.

    A single wait for GitHub takes up to an hour.
    """
    return {"dagster/max_runtime": str(max_hours * 3600)}


def set_pool_limits(instance: dg.DagsterInstance) -> list[str]:
    """Set the limit of each pool that has none, and return the names of these pools.

    A limit that a person set is not changed.
    """
    event_log = instance.event_log_storage
    limited_pools = {pool.name for pool in event_log.get_pool_limits()}
    new_pools = [name for name in MAX_RUNS_PER_POOL if name not in limited_pools]
    for name in new_pools:
        event_log.set_concurrency_slots(name, MAX_RUNS_PER_POOL[name])
    return new_pools
