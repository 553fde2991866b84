"""Dagster's face of stage 5: `<period>/publication`, what left, and where it went."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from resources.git.local import Publisher
from resources.storage import Storage
from sparky_assets.orchestration.failures import dagster_failures
from sparky_assets.orchestration.materialize import PartitionResult, partition_periods, report_results
from sparky_assets.orchestration.partitions import build_partitions
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.publications.pages import DeliveryResult
from sparky_assets.publications.publish import PublishResult, PublishScope, publish_period
from sparky_assets.settings.schema import Settings

CODE_VERSION = "2"


PUBLISH_TAG, TRIGGER_TAG, BACKFILL_TAG = "sparky/publish", "sparky/trigger", "dagster/backfill"


def build_publication_asset(kind: PeriodKind, settings: Settings) -> dg.AssetsDefinition:
    """What was published of a period."""
    key = [kind.value, "publication"]
    texts = ("digest", *(() if kind is PeriodKind.DAILY else ("blog_post",)), "social_posts")

    @dg.multi_asset(
        name=f"{kind.value}_publication",
        specs=[
            dg.AssetSpec(
                key,
                deps=[dg.AssetKey([kind.value, stage]) for stage in texts],
                group_name="publications",
                kinds={"git"},
                code_version=CODE_VERSION,
                description=f"The digest of a {kind.noun}, at every destination that takes it.",
            )
        ],
        partitions_def=build_partitions(kind, settings),
        retry_policy=dg.RetryPolicy(max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL),
        pool="git_push",
    )
    def publish(
        context: dg.AssetExecutionContext, storage: Storage, publisher: Publisher
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Check the final bytes once more, publish them, remember where."""
        made = {}
        for period in partition_periods(context, kind, settings):
            with dagster_failures(f"publication of {period}"):
                done = publish_period(period, storage, publisher, settings, scope=publish_scope(context.run.tags))
                made[period.key] = _build_partition_result(period, done, publisher)
        yield from report_results(context, key, made)

    return publish


def publish_scope(tags: Mapping[str, str]) -> PublishScope:
    """How far a run may publish: a backfill stays on this machine unless its tag says otherwise.

    `sparky/publish` = `local` or `all` decides; without it, `sparky/trigger` = `backfill`, and Dagster's own backfills.
    """
    if (asked := tags.get(PUBLISH_TAG)) is not None:
        return "all" if asked == "all" else "local"
    return "local" if tags.get(TRIGGER_TAG) == "backfill" or BACKFILL_TAG in tags else "all"


def _build_partition_result(period: Period, result: PublishResult, publisher: Publisher) -> PartitionResult:
    metadata: dict[str, Any] = {
        "period": period.label, "data": result.ledger.data_sha256 or "none", "dry_run": publisher.dry_run,
    }  # fmt: skip
    for one in result.deliveries:
        metadata[one.entry.destination] = dg.MetadataValue.md(format_delivery(one))
        metadata[f"{one.entry.destination}_diff"] = dg.MetadataValue.md(f"```diff\n{one.diff or 'no change'}\n```")
    return PartitionResult(metadata, result.ledger.markdown_sha256 or "none")


def format_delivery(delivery: DeliveryResult) -> str:
    """What happened at a destination, on one line of Markdown."""
    place = delivery.entry
    word = f" ({place.word})" if place.word else ""
    if place.status != "published":
        return f"{place.status.replace('_', ' ')}{word}"
    where = f"`{place.repository}`"
    if place.path:
        local = Path(place.repository) / place.path
        page = f"[{place.path}]({local.as_uri()})" if local.is_absolute() else place.path
        commit = f"`{place.commit[:10] or 'none'}` edition {place.edition} of " if place.kind != "folder" else ""
        request = f", pull request {place.address}" if place.address else ""
        return f"{commit}{page} in {where}{request}{word}"
    return f"{where} {place.address or place.id}".strip() + word
