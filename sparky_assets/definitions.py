"""The one place that names every asset, job and resource, and puts the rooms together.

How much memory the pod of a run asks for, where it is more than the launcher's usual (k8s/fragments/instance.yaml).

Runs on one machine ignore these tags. docs/deployment.md tells what was measured.

The pools that assets wait in: what each guards, and how many runs it lets in at a time.

Dagster's instance file knows one limit for all pools and no names (`concurrency.pools.default_limit`, 1 in ours). So
the pools are named in the history itself when `sparky up` starts; the interface then shows them before the first run.
"""

import json
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from resources.channels.alerts import AlertChannels
from resources.channels.smtp import SmtpClient
from resources.git.local import Publisher
from resources.git.sources import GitSources
from resources.llm.base import LanguageModelFactory
from resources.runtime import Clock
from resources.storage import Storage
from schedules.alerts import build_alert_sensors
from schedules.events import build_event_sensor
from schedules.periods import add_freshness_policies, build_period_schedules
from sparky_assets.digests.assets import build_blog_post_asset, build_digest_asset, build_social_posts_asset
from sparky_assets.insights.assets import build_insights_asset
from sparky_assets.metrics.assets import build_metrics_asset
from sparky_assets.periods import PeriodKind
from sparky_assets.publications.assets import build_publication_asset
from sparky_assets.raw.assets import build_raw_assets
from sparky_assets.settings.load import load_settings
from sparky_assets.settings.schema import Settings

K8S_CONFIG_TAG = "dagster-k8s/config"


def build_memory_tag(request: str, limit: str) -> Mapping[str, str]:
    """The tag by which a run's Job gets this much, as Kubernetes writes it: `1Gi`."""
    resources = {"requests": {"cpu": "250m", "memory": request}, "limits": {"memory": limit}}
    return {K8S_CONFIG_TAG: json.dumps({"container_config": {"resources": resources}}, sort_keys=True)}


DAY_RANGE_TAGS = build_memory_tag("1Gi", "4Gi")
"""Up to 31 days in one pass: their events are held at once."""


LONG_PERIOD_TAGS = build_memory_tag("768Mi", "3Gi")
"""A week or month, with the evidence that a model is asked about."""

# The daily job holds assets of both kinds of backfill policy; Dagster then runs one partition a run, which is what a
# job is for here. It says so in a warning of five lines on every load.
warnings.filterwarnings("ignore", message=r"Asset job \w+ materializes assets with varying BackfillPolicies")


warnings.filterwarnings("ignore", category=dg.BetaWarning)


@dg.definitions
def defs() -> dg.Definitions:
    """What `dagster dev` loads: everything, by the settings in force."""
    return build_defs(load_settings())


def build_defs(settings: Settings, overrides: Mapping[str, Any] | None = None) -> dg.Definitions:
    """Everything, for production, tests and the command line alike; `overrides` replaces resources by name."""
    assets = [
        build_raw_assets(settings),
        *(asset for kind in PeriodKind for asset in build_stage_assets(kind, settings)),
    ]
    return dg.Definitions(
        assets=add_freshness_policies(assign_owners(assets, settings), settings),
        jobs=[build_collect_job(), build_history_job(), *(build_period_job(kind) for kind in PeriodKind)],
        schedules=build_period_schedules(settings),
        sensors=[*build_alert_sensors(settings), build_event_sensor(settings)],
        resources={**build_resources(settings), **(overrides or {})},
        # The default executor starts a process a step: 3.4 s each here. Parallelism comes from runs.
        executor=dg.in_process_executor,
    )


def assign_owners(assets: Sequence[Any], settings: Settings) -> list[Any]:
    """The assets, each with the owners that the settings name."""
    owners = settings.organisation.owners
    return list(dg.map_asset_specs(lambda spec: spec.replace_attributes(owners=owners), assets))


def build_stage_assets(kind: PeriodKind, settings: Settings) -> list[dg.AssetsDefinition]:
    """Stages 2 to 5 for one kind of period."""
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
    """`collect`: the raw tables of a day or a range of days."""
    return dg.define_asset_job(
        "collect",
        selection=dg.AssetSelection.groups("raw"),
        description="Collect raw days from every source, one day or a range of up to 31 in one sweep.",
        tags={**build_runtime_tag(max_hours=6), **DAY_RANGE_TAGS},
    )


def build_history_job() -> Any:
    """`history`: raw days and their numbers, for ranges of days long past."""
    selection = dg.AssetSelection.groups("raw") | dg.AssetSelection.assets(["daily", "metrics"])
    description = "Collect and count a range of days."
    tags = {**build_runtime_tag(max_hours=6), **DAY_RANGE_TAGS}
    return dg.define_asset_job("history", selection=selection, description=description, tags=tags)


def build_period_job(kind: PeriodKind) -> Any:
    """`daily`, `weekly` or `monthly`: from numbers to commits, for one period. The daily one collects first."""
    stages = dg.AssetSelection.key_prefixes([kind.value])
    selection = stages | dg.AssetSelection.groups("raw") if kind is PeriodKind.DAILY else stages
    return dg.define_asset_job(
        kind.value,
        selection=selection,
        description=f"Write and publish the digest of one {kind.noun}."
        + (
            ""
            if kind is PeriodKind.DAILY
            else " It reads the days that are in the store; run `collect` over them "
            "first for commits that landed late, as the schedule `sweep` and `sparky run` do."
        ),
        tags={**build_runtime_tag(max_hours=4), **({} if kind is PeriodKind.DAILY else LONG_PERIOD_TAGS)},
    )


def build_runtime_tag(max_hours: int) -> dict[str, str]:
    """The tag by which run monitoring ends a run that hangs. The longest wait for GitHub is an hour at a time."""
    return {"dagster/max_runtime": str(max_hours * 3600)}


def build_resources(settings: Settings) -> dict[str, Any]:
    """The outside world by the settings in force."""
    git, models, alerts = settings.sources.git, settings.language_model, settings.alerts
    return {
        "storage": Storage(root=settings.store_root),
        "clock": Clock(),
        "git": GitSources(
            repositories=list(git.repositories),
            mirrors=str(settings.home / "mirrors"),
            all_branches=git.all_branches,
            fetch=git.fetch,
            visibility=git.visibility,
        ),
        "language_models": LanguageModelFactory(
            backend="none" if models.mode == "rules" else models.backend,
            url=models.url,
            context_tokens=models.context_tokens,
            keep_alive=models.keep_alive,
            pull_missing=models.pull_missing,
            allow_remote=models.allow_remote,
            api_key=models.api_key,
        ),
        "notifications": AlertChannels(
            slack_webhook_url=alerts.slack_webhook,
            mail_to=alerts.email_to,
            mail_from=alerts.email_from,
            smtp_client=SmtpClient(
                alerts.smtp_host, alerts.smtp_port, alerts.smtp_security, alerts.smtp_user, alerts.smtp_password
            ),
            heartbeat_file=alerts.heartbeat_file,
            heartbeat_url=alerts.heartbeat_url,
        ),
        "publisher": build_publisher(settings),
    }


def build_publisher(settings: Settings, *, dry_run: bool = False) -> Publisher:
    """Return the publisher. A dry run needs a new one: Dagster resets a changed copy to its first values."""
    return Publisher(
        author_name=settings.publish.author_name,
        author_email=settings.publish.author_email,
        signing=settings.publish.signing,
        signing_key=settings.publish.signing_key,
        clones=str(settings.home / "clones"),
        dry_run=dry_run,
    )


MAX_RUNS_PER_POOL: Mapping[str, int] = {
    "github": 1,  # two sweeps at once would only share the rate limit
    "llm": 1,  # a model on one machine answers one question at a time
    "git_push": 1,  # two pushes to one branch: the second is refused
}


def set_pool_limits(instance: dg.DagsterInstance) -> list[str]:
    """Give the pools their limits where they have none, and tell which; what a person set stays."""
    log = instance.event_log_storage
    known = {pool.name for pool in log.get_pool_limits()}
    new = [name for name in MAX_RUNS_PER_POOL if name not in known]
    for name in new:
        log.set_concurrency_slots(name, MAX_RUNS_PER_POOL[name])
    return new
