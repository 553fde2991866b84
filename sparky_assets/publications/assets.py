"""Dagster assets of stage 5: `<period>/publication` publishes a period and records where it went."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from resources.git.local import Publisher
from resources.storage import Storage
from sparky_assets.orchestration.failures import dagster_failures
from sparky_assets.orchestration.materialize import PartitionResult, partition_periods, report_results
from sparky_assets.orchestration.partitions import build_partitions
from sparky_assets.orchestration.run_tags import PUBLISH_ALL, PUBLISH_LOCAL, PUBLISH_TAG, publish_scope
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.publications.models import LedgerEntry
from sparky_assets.publications.pages import DeliveryResult
from sparky_assets.publications.publish import PublishResult, publish_period
from sparky_assets.settings.schema import Settings

CODE_VERSION = "2"

SCOPE_DESCRIPTIONS = {
    PUBLISH_ALL: "everywhere, as the settings say",
    PUBLISH_LOCAL: f"on this machine only; the tag {PUBLISH_TAG}={PUBLISH_ALL} publishes everywhere",
}
"""What the page of a materialisation says about how far it published."""


def build_publication_asset(kind: PeriodKind, settings: Settings) -> dg.AssetsDefinition:
    """Return the asset that publishes the periods of a kind."""
    key = [kind.value, "publication"]
    texts = ("digest", *(() if kind is PeriodKind.DAILY else ("blog_post",)), "social_posts")

    @dg.multi_asset(
        name=f"{kind.value}_publication",
        specs=[
            dg.AssetSpec(
                key,
                deps=[dg.AssetKey([kind.value, stage]) for stage in texts],
                group_name=f"{kind.value}_publications",
                kinds={"git"},
                code_version=CODE_VERSION,
                description=f"The digest of a {kind.noun}, published at every destination that takes it. A backfill "
                f"publishes on this machine only, unless it has the tag {PUBLISH_TAG}={PUBLISH_ALL}.",
            )
        ],
        partitions_def=build_partitions(kind, settings),
        retry_policy=dg.RetryPolicy(max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL),
        pool="git_push",
    )
    def publish(
        context: dg.AssetExecutionContext, storage: dg.ResourceParam[Storage], publisher: dg.ResourceParam[Publisher]
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Check the final texts, publish them, and record where they are."""
        scope = publish_scope(context.run.tags)
        results = {}
        for period in partition_periods(context, kind, settings):
            with dagster_failures(f"publication of {period}"):
                published = publish_period(period, storage, publisher, settings, scope=scope)
                results[period.key] = _build_partition_result(period, published, publisher, scope)
        yield from report_results(context, key, results)

    return publish


def _build_partition_result(period: Period, result: PublishResult, publisher: Publisher, scope: str) -> PartitionResult:
    metadata: dict[str, Any] = {
        "period": period.label,
        "data": result.ledger.data_sha256 or "none",
        "dry_run": publisher.dry_run,
        "publishes": SCOPE_DESCRIPTIONS[scope],
    }
    for delivery in result.deliveries:
        name = delivery.entry.destination
        metadata[name] = dg.MetadataValue.md(format_delivery(delivery))
        metadata[f"{name}_diff"] = dg.MetadataValue.md(f"```diff\n{delivery.diff or 'no change'}\n```")
    return PartitionResult(metadata, result.ledger.markdown_sha256 or "none")


def format_delivery(delivery: DeliveryResult) -> str:
    """Format the result at a destination as one line of Markdown.

    A page on this machine is a link that the Dagster UI opens.
    """
    prefix = 'dry run until mode = "on": ' if delivery.awaits_mode else ""
    return prefix + _format_entry(delivery.entry)


def _format_entry(entry: LedgerEntry) -> str:
    note = f" ({entry.word})" if entry.word else ""
    if entry.status != "published":
        return f"{entry.status.replace('_', ' ')}{note}"
    if not entry.path:
        return f"`{entry.repository}` {entry.address or entry.id}".strip() + note
    file = Path(entry.repository) / entry.path
    page = f"[{entry.path}]({file.as_uri()})" if file.is_absolute() else entry.path
    request = f", pull request {entry.address}" if entry.address else ""
    if entry.kind == "folder":
        return f"{page} in `{entry.repository}`{request}{note}"
    commit = f"committed `{entry.commit[:10]}`: edition {entry.edition}, " if entry.commit else ""
    return f"{commit}{page} in `{entry.repository}`{request}{note}"
