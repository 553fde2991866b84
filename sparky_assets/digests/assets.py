"""Dagster's face of stage 4: `<period>/digest`, the Markdown."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from resources.storage import Storage
from sparky_assets.digests.checks import FRONT_MATTER, unaccounted
from sparky_assets.digests.markdown import render
from sparky_assets.digests.models import DigestRecord
from sparky_assets.digests.plan import plan_digest
from sparky_assets.failures import failures_of
from sparky_assets.insights.models import Insight
from sparky_assets.materialising import Made, periods_in, tell
from sparky_assets.partitions import partitions_for
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.raw.models import REPOSITORIES
from sparky_assets.settings import Settings
from sparky_assets.settings_load import shipped

CODE_VERSION = "1"
CHECK = "every_sentence_is_accounted_for"


def digest_asset(kind: PeriodKind, settings: Settings) -> dg.AssetsDefinition:
    """The Markdown of a period."""
    key = [kind.value, "digest"]

    @dg.multi_asset(
        name=f"{kind.value}_digest",
        specs=[
            dg.AssetSpec(
                key,
                deps=[dg.AssetKey([kind.value, "insights"])],
                group_name="digests",
                kinds={"jinja", "markdown"},
                code_version=CODE_VERSION,
                description=f"The digest of a {kind.noun} as Markdown, parsed again and accounted for.",
            )
        ],
        check_specs=[dg.AssetCheckSpec(CHECK, asset=key, blocking=True)],
        partitions_def=partitions_for(kind, settings),
    )
    def write(context: dg.AssetExecutionContext, storage: Storage) -> Iterator[dg.MaterializeResult[Any]]:
        """Read the insight, lay it out, render, write."""
        made = {}
        for period in periods_in(context, kind):
            with failures_of(f"digest of {period}"):
                made[period.key] = write_digest(period, storage, settings)
        yield from tell(context, key, made, CHECK)

    return write


def template_folders(settings: Settings) -> list[Path]:
    """Where templates are looked for: the user's folder, then ours."""
    own = [settings.digests.templates] if settings.digests.templates else []
    return [*own, shipped("templates")]


def write_digest(period: Period, storage: Storage, settings: Settings) -> Made:
    """Lay out and render one period, and write its Markdown."""
    name = period.kind.value
    insight = storage.read_document(f"insights/{name}", period.key, Insight)
    there = set(storage.list_keys(REPOSITORIES.path))  # a period may have been written with a gap at its end
    last_key = max((day.key for day in period.days if day.key in there), default=period.days[-1].key)
    last_day = storage.read_table(REPOSITORIES.path, last_key, REPOSITORIES)
    digest = plan_digest(insight, dict(last_day.select("repository", "url").iter_rows()))
    markdown = render(digest, template_folders(settings))
    stored = storage.write_text(f"digests/{name}", period.key, markdown)
    record = DigestRecord(digest=digest, markdown_sha256=stored.sha256, sentences=len(digest.items))
    storage.write_document(f"digests/{name}", period.key, record)
    body = FRONT_MATTER.sub("", markdown, count=1)
    metadata: dict[str, Any] = {
        "period": period.label,
        "headline": digest.lead.text,
        "words": len(re.findall(r"\w+(?:['’-]\w+)*", body)),
        "digest": dg.MetadataValue.md(body),
        "path": dg.MetadataValue.path(stored.path),
    }
    return Made(metadata, stored.sha256, list(unaccounted(markdown, digest, insight)))
