"""The one place that names every asset, job and resource, and puts the rooms together."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from resources.clock import Clock
from resources.docs_repository import Publisher
from resources.git_sources import GitSources
from resources.language_model import LanguageModels
from resources.notifications import Notifications
from resources.smtp import Mailbox
from resources.storage import Storage
from schedules.alerts import alert_sensors
from schedules.events import event_sensor
from schedules.freshness import with_deadlines
from schedules.periods import period_schedules
from sparky_assets.digests.assets import blog_post_asset, digest_asset, social_posts_asset
from sparky_assets.insights.assets import insights_asset
from sparky_assets.metrics.assets import metrics_asset
from sparky_assets.periods import PeriodKind
from sparky_assets.publications.assets import publication_asset
from sparky_assets.raw.assets import raw_assets
from sparky_assets.run_resources import LONG_PERIOD, RANGE_OF_DAYS
from sparky_assets.settings import Settings
from sparky_assets.settings_load import load_settings

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
    assets = [raw_assets(settings), *(asset for kind in PeriodKind for asset in stage_assets(kind, settings))]
    return dg.Definitions(
        assets=with_deadlines(owned(assets, settings), settings),
        jobs=[collect_job(), history_job(), *(period_job(kind) for kind in PeriodKind)],
        schedules=period_schedules(settings),
        sensors=[*alert_sensors(settings), event_sensor(settings)],
        resources={**build_resources(settings), **(overrides or {})},
        # The default executor starts a process a step: 3.4 s each here. Parallelism comes from runs.
        executor=dg.in_process_executor,
    )


def owned(assets: Sequence[Any], settings: Settings) -> list[Any]:
    """The assets, each with the owners that the settings name."""
    owners = settings.organisation.owners
    return list(dg.map_asset_specs(lambda spec: spec.replace_attributes(owners=owners), assets))


def stage_assets(kind: PeriodKind, settings: Settings) -> list[dg.AssetsDefinition]:
    """Stages 2 to 5 for one kind of period."""
    blog = () if kind is PeriodKind.DAILY else (blog_post_asset,)
    makers = (metrics_asset, insights_asset, digest_asset, *blog, social_posts_asset, publication_asset)
    return [make(kind, settings) for make in makers]


def collect_job() -> Any:
    """`collect`: the raw tables of a day or a range of days."""
    return dg.define_asset_job(
        "collect",
        selection=dg.AssetSelection.groups("raw"),
        description="Collect raw days from every source, one day or a range of up to 31 in one sweep.",
        tags={**at_most(hours=6), **RANGE_OF_DAYS},
    )


def history_job() -> Any:
    """`history`: raw days and their numbers, for ranges of days long past."""
    selection = dg.AssetSelection.groups("raw") | dg.AssetSelection.assets(["daily", "metrics"])
    description = "Collect and count a range of days."
    tags = {**at_most(hours=6), **RANGE_OF_DAYS}
    return dg.define_asset_job("history", selection=selection, description=description, tags=tags)


def period_job(kind: PeriodKind) -> Any:
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
            else " It reads the days as they lie in the store; run `collect` over them "
            "first for commits that landed late, as the schedule `sweep` and `sparky run` do."
        ),
        tags={**at_most(hours=4), **({} if kind is PeriodKind.DAILY else LONG_PERIOD)},
    )


def at_most(hours: int) -> dict[str, str]:
    """The tag by which run monitoring ends a run that hangs. The longest wait for GitHub is an hour at a time."""
    return {"dagster/max_runtime": str(hours * 3600)}


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
        "language_models": LanguageModels(
            backend="none" if models.mode == "rules" else models.backend,
            url=models.url,
            context_tokens=models.context_tokens,
            keep_alive=models.keep_alive,
            may_pull=models.pull,
            may_leave_the_machine=models.allow_remote,
            api_key=models.api_key,
        ),
        "notifications": Notifications(
            slack=alerts.slack_webhook,
            mail_to=alerts.email_to,
            mail_from=alerts.email_from,
            mailbox=Mailbox(
                alerts.smtp_host, alerts.smtp_port, alerts.smtp_security, alerts.smtp_user, alerts.smtp_password
            ),
            heartbeat_file=alerts.heartbeat_file,
            heartbeat_url=alerts.heartbeat_url,
        ),
        "publisher": build_publisher(settings),
    }


def build_publisher(settings: Settings, *, dry_run: bool = False) -> Publisher:
    """Who commits. Made anew for a rehearsal: Dagster would give a changed copy its first values back."""
    return Publisher(
        author_name=settings.publish.author_name,
        author_email=settings.publish.author_email,
        signing=settings.publish.signing,
        signing_key=settings.publish.signing_key,
        clones=str(settings.home / "clones"),
        dry_run=dry_run,
    )
