"""Dagster's face of stage 5: `<period>/publication`, the digest as a commit at every destination."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from resources.docs_repository import Outcome, Publisher
from resources.storage import Storage
from sparky_assets.audience import Audience
from sparky_assets.digests.products import INSIGHT, Rendered, store_name
from sparky_assets.errors import DataError
from sparky_assets.failures import failures_of
from sparky_assets.insights.models import Insight
from sparky_assets.materialising import Made, periods_in, tell
from sparky_assets.partitions import partitions_for
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.publications.checks import refusals
from sparky_assets.publications.layout import path_of
from sparky_assets.publications.models import Publication, Published
from sparky_assets.settings import Destination, Settings

CODE_VERSION = "1"


def publication_asset(kind: PeriodKind, settings: Settings) -> dg.AssetsDefinition:
    """The commits that publish a period."""
    key = [kind.value, "publication"]

    @dg.multi_asset(
        name=f"{kind.value}_publication",
        specs=[
            dg.AssetSpec(
                key,
                deps=[dg.AssetKey([kind.value, "digest"])],
                group_name="publications",
                kinds={"git"},
                code_version=CODE_VERSION,
                description=f"The digest of a {kind.noun}, committed at every destination.",
            )
        ],
        partitions_def=partitions_for(kind, settings),
        retry_policy=dg.RetryPolicy(max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL),
        pool="git_push",
    )
    def publish(
        context: dg.AssetExecutionContext, storage: Storage, publisher: Publisher
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Check the final bytes once more, commit them, remember where."""
        made = {}
        for period in periods_in(context, kind):
            with failures_of(f"publication of {period}"):
                made[period.key] = _make(period, storage, publisher, settings)
        yield from tell(context, key, made)

    return publish


def _make(period: Period, storage: Storage, publisher: Publisher, settings: Settings) -> Made:
    ledger, diffs = publish_period(period, storage, publisher, settings)
    # A rehearsal leaves no trace in the ledger either.
    if not publisher.dry_run:
        storage.write_document(f"publications/{period.kind.value}", period.key, ledger)
    metadata: dict[str, Any] = {"period": period.label, "data": ledger.data_sha256, "dry_run": publisher.dry_run}
    for place in ledger.places:
        file = f"[{place.path}]({(Path(place.repository) / place.path).as_uri()})"
        shown = f"`{place.commit[:10] or 'none'}` edition {place.edition} of {file} in `{place.repository}`"
        metadata[place.destination] = dg.MetadataValue.md(shown)
        diff = diffs[place.destination] or "no change"
        metadata[f"{place.destination}_diff"] = dg.MetadataValue.md(f"```diff\n{diff}\n```")
    return Made(metadata, ledger.markdown_sha256)


def publish_period(
    period: Period, storage: Storage, publisher: Publisher, settings: Settings
) -> tuple[Publication, dict[str, str]]:
    """Publish the digest that the store holds at every destination; gives the ledger and the diff at each.

    Raises:
        DataError: when the text may not leave; then it leaves nowhere.
    """
    name = period.kind.value
    markdown = storage.read_text(f"digests/{name}", period.key)
    record = storage.read_document(f"digests/{name}", period.key, Rendered)
    insight = storage.read_document(store_name(period, Audience.INTERNAL, INSIGHT), period.key, Insight)
    if problems := list(refusals(markdown, record, insight)):
        raise DataError(f"refused at the door, nothing was published: {'; '.join(problems[:5])}")
    data = data_hash(insight)
    places, diffs = [], {}
    for destination in settings.publish.destinations:
        done = publisher.publish(
            settings.destination_path(destination),
            destination.branch,
            files={path_of(period, destination.folder): markdown},
            subject=f"Publish the {name} digest of {period.label}",
            body="Written by Sparky from closed records; see the footer of the digest.",
            trailers={"Sparky-Period": f"{name}/{period.label}", "Sparky-Data": f"sha256:{data}"},
        )
        places.append(_place(destination, done))
        diffs[destination.name] = done.diff
    ledger = Publication(period=period, markdown_sha256=record.text_sha256, data_sha256=data, places=tuple(places))
    return ledger, diffs


def _place(destination: Destination, done: Outcome) -> Published:
    return Published(
        destination=destination.name,
        repository=done.repository,
        path=done.files[0],
        commit=done.commit or "",
        edition=done.edition,
    )


def data_hash(insight: Insight) -> str:
    """The hash of what the text was made from; equal data has an equal hash on any machine."""
    return hashlib.sha256(insight.model_dump_json().encode()).hexdigest()
