"""Dagster's face of stage 3: `<period>/insights`, what is worth telling of a period."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import dagster as dg
import polars as pl

from resources.clock import Clock
from resources.language_model import LanguageModels
from resources.storage import Storage
from sparky_assets.audience import Audience, shelf
from sparky_assets.failures import failures_of
from sparky_assets.insights.checks import not_public, ungrounded_claims
from sparky_assets.insights.editor import Material, edit
from sparky_assets.insights.evidence import gather_evidence
from sparky_assets.insights.models import Insight
from sparky_assets.insights.remarks import REMARKS, remarks_of
from sparky_assets.insights.sections import with_sections
from sparky_assets.materialising import Made, for_each_audience, periods_in, tell
from sparky_assets.metrics.models import Metrics
from sparky_assets.metrics.trends import LookingBack
from sparky_assets.partitions import partitions_for
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.raw.checks import require_closed
from sparky_assets.raw.window import RawWindow, read_window
from sparky_assets.settings import Settings

CODE_VERSION = "4"
CHECK = "every_claim_is_grounded"
"""Of an insight for the public also: on public evidence only."""


def insights_asset(kind: PeriodKind, settings: Settings) -> dg.AssetsDefinition:
    """Claims of a period, each standing on evidence and facts."""
    key = [kind.value, "insights"]

    @dg.multi_asset(
        name=f"{kind.value}_insights",
        specs=[
            dg.AssetSpec(
                key,
                deps=[dg.AssetKey([kind.value, "metrics"])],
                group_name="insights",
                kinds={"json"},
                code_version=CODE_VERSION,
                description=f"What is worth telling of a {kind.noun}: claims with the evidence they stand on.",
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(CHECK, asset=key, blocking=True),
            *(dg.AssetCheckSpec(name, asset=key, description=text) for name, text in REMARKS.items()),
        ],
        partitions_def=partitions_for(kind, settings),
        pool="llm" if settings.language_model.backend != "none" else None,  # rules need not wait for each other
    )
    def choose(
        context: dg.AssetExecutionContext,
        storage: Storage,
        clock: Clock,
        language_models: dg.ResourceParam[LanguageModels],
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Read facts and raw days, choose and word, write."""
        made = {}
        for period in periods_in(context, kind, settings):
            with failures_of(f"insights of {period}"):
                require_closed(period, clock.now(), settings.organisation.timezone, settings.periods.settle)
                made[period.key] = for_each_audience(
                    settings, partial(choose_insights, period, storage, settings, language_models)
                )
        for problem in (
            problem for one in made.values() for remark in one.remarks.values() for problem in remark.problems
        ):
            context.log.warning(problem)
        yield from tell(context, key, made, CHECK)

    return choose


def choose_insights(
    period: Period,
    storage: Storage,
    settings: Settings,
    models: LanguageModels,
    audience: Audience = Audience.INTERNAL,
) -> Made:
    """Choose and word what is worth telling of one period to one audience, and write it."""
    place = shelf(period.kind.value, audience)
    metrics = storage.read_document(f"metrics/{place}", period.key, Metrics)
    raw = read_window(storage, period, metrics.missing_days).seen_by(audience, settings.people.opt_out)
    organisation = settings.organisation.name or common_owner(raw.repositories["repository"].to_list())
    gathered = gather_evidence(raw)
    material = Material(metrics, gathered, organisation, [*_gaps(metrics), *_notes(raw)])
    edited = edit(material, models, storage, settings.language_model)
    back = _looking_back(storage, f"metrics/{place}_trends", period)
    sources = tuple(sorted(set(raw.repositories["source"].drop_nulls()))) or edited.insight.sources
    insight = with_sections(edited.insight, raw, gathered, metrics, back).model_copy(update={"sources": sources})
    stored = storage.write_document(f"insights/{place}", period.key, insight)
    metadata: dict[str, Any] = {
        "period": period.label,
        "mode": insight.mode,
        "records": insight.records,
        "sentences": len(insight.claims),
        "sentences_by_a_model": sum(claim.origin == "model" for claim in insight.claims),
        "sentences_chosen_by_a_model": sum(claim.chosen_by == "model" for claim in insight.claims),
        **edited.metadata,
        "claims": dg.MetadataValue.md(_listing(insight)),
        "path": dg.MetadataValue.path(stored.path),
    }
    problems = [*ungrounded_claims(insight), *(not_public(insight) if audience is Audience.PUBLIC else ())]
    return Made(metadata, stored.sha256, problems, remarks_of(edited, settings.language_model))


def _looking_back(storage: Storage, name: str, period: Period) -> LookingBack | None:
    """What the metrics told of earlier periods; None in a store whose metrics are older than that."""
    return storage.read_document(name, period.key, LookingBack) if storage.has(name, period.key, "json") else None


def common_owner(repositories: list[str]) -> str:
    """The owner that all repositories share, or the one repository's name; empty when they share nothing."""
    owners = {name.rpartition("/")[0] for name in repositories}
    if len(repositories) == 1:
        return repositories[0].rpartition("/")[2]
    return owners.pop() if len(owners) == 1 else ""


def _gaps(metrics: Metrics) -> list[str]:
    """Days that the period was counted without: nothing of them is told."""
    days, of = [str(day) for day in metrics.missing_days], len(metrics.period.days)
    if not days:
        return []
    were = "1 day was" if len(days) == 1 else f"{len(days)} days were"
    return [f"{were} not collected, and what happened then is missing here: {', '.join(days)} (of {of} days)"]


def _notes(raw: RawWindow) -> list[str]:
    # An empty repository needs no word in a digest; what distorts a number does.
    telling = raw.repositories.filter(pl.col("status").is_in(["shallow", "without_statistics"]))
    return [f"{row['repository']} {row['note']}" for row in telling.iter_rows(named=True)]


def _listing(insight: Insight) -> str:
    return "\n".join(f"- `{claim.section}` {claim.text}" for claim in insight.claims[:30])
