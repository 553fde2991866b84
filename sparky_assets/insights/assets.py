"""Dagster's face of stage 3: `<period>/insights`, what is worth telling of a period.

Checks that stop nothing: how much of a model's part came to nothing, how well its words stand, and what it cost.

A document is published whatever they say; they are for whoever chooses the model and the machine.
"""

from collections.abc import Iterator
from functools import partial
from statistics import fmean
from typing import Any

import dagster as dg
import polars as pl

from resources.llm.base import LanguageModelFactory
from resources.runtime import Clock
from resources.storage import Storage
from sparky_assets.insights.checks import find_non_public_evidence, find_ungrounded_claims
from sparky_assets.insights.claims.assemble import add_sections
from sparky_assets.insights.evidence import gather_evidence
from sparky_assets.insights.llm.editor import EditResult, InsightInputs, build_insight
from sparky_assets.insights.models import Insight
from sparky_assets.metrics.models import Metrics
from sparky_assets.metrics.trends import Lookback
from sparky_assets.orchestration.failures import dagster_failures
from sparky_assets.orchestration.materialize import (
    CheckReport,
    PartitionResult,
    make_per_audience,
    partition_periods,
    report_results,
)
from sparky_assets.orchestration.partitions import build_partitions, require_closed
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.raw.window import RawWindow, read_audience_window
from sparky_assets.settings.schema import Settings
from sparky_assets.settings.services import LanguageModelSettings
from sparky_assets.store import TRENDS_TABLE, Audience, insights_path, metrics_path

MODEL_CHECK_DESCRIPTIONS = {
    "model_answers": "Of what was left to the model, how much came back usable and passed the gates.",
    "model_words_are_supported": "How many of a model's words its evidence holds.",
    "model_cost": "Calls, tokens and seconds of the model, against the deadline; where it lay.",
}


MAX_FALLBACK_SHARE = 0.5
"""Beyond half, most of what readers see is by rules, and the model is not worth its time."""


MIN_MEAN_SUPPORT = 0.7
"""Means over a period. A gate refuses single sentences below 0.5; true ones of the corpus have 0.87 and more."""


MAX_DEADLINE_SHARE = 0.9


def model_checks(result: EditResult, settings: LanguageModelSettings) -> dict[str, CheckReport]:
    """One remark a check; without a model there is nothing to remark on."""
    if result.model_info is None:
        return dict.fromkeys(
            MODEL_CHECK_DESCRIPTIONS, CheckReport({"model": "none took part"}, list(result.warnings)[:1])
        )
    return dict(
        zip(
            MODEL_CHECK_DESCRIPTIONS,
            (_check_answers(result), _check_support(result), _check_cost(result, settings)),
            strict=True,
        )
    )


def _check_answers(result: EditResult) -> CheckReport:
    tally = result.usage
    asked = tally.calls + tally.cached_answers + tally.skipped_questions
    unanswered = sum(tally.fallbacks.values())
    worded = [claim for claim in result.insight.claims if claim.wording or claim.rejected]
    refused = [claim for claim in worded if claim.rejected]
    shares = {
        "questions_without_an_answer": unanswered / asked if asked else 0.0,
        "sentences_refused": len(refused) / len(worded) if worded else 0.0,
    }
    problems = [
        f"{share:.0%} {name.replace('_', ' ')} (at most {MAX_FALLBACK_SHARE:.0%} is usual)"
        for name, share in shares.items()
        if share > MAX_FALLBACK_SHARE
    ]
    figures = {name: round(share, 3) for name, share in shares.items()}
    return CheckReport(figures | {"questions": asked}, [*result.insight.degraded[:1], *problems])


def _check_support(result: EditResult) -> CheckReport:
    support = [claim.wording.support for claim in result.insight.claims if claim.wording]
    if not support:
        return CheckReport({"sentences_worded": 0})
    mean = fmean(support)
    odd = [f"{mean:.0%} of the model's words are in its evidence, at least {MIN_MEAN_SUPPORT:.0%} is usual"]
    figures = {"sentences_worded": len(support), "mean_support": round(mean, 3), "least_support": min(support)}
    return CheckReport(figures, odd if mean < MIN_MEAN_SUPPORT else [])


def _check_cost(result: EditResult, settings: LanguageModelSettings) -> CheckReport:
    tally = result.usage
    deadline = settings.deadline_minutes * 60
    figures = {
        "calls": tally.calls, "answers_kept": tally.cached_answers, "prompt_tokens": tally.prompt_tokens,
        "answer_tokens": tally.answer_tokens, "seconds": round(tally.seconds, 1), "deadline_seconds": deadline,
    }  # fmt: skip
    # Calls run side by side: their seconds may exceed the deadline, which is by the clock.
    slow = tally.seconds / settings.parallel_calls > MAX_DEADLINE_SHARE * deadline
    odd = [f"the model took {tally.seconds:.0f} s of {deadline:.0f} s; a smaller one would finish"] if slow else []
    return CheckReport(figures, [*odd, *result.warnings])


CODE_VERSION = "4"


GROUNDED_CHECK = "every_claim_is_grounded"
"""Of an insight for the public also: on public evidence only."""


def build_insights_asset(kind: PeriodKind, settings: Settings) -> dg.AssetsDefinition:
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
            dg.AssetCheckSpec(GROUNDED_CHECK, asset=key, blocking=True),
            *(dg.AssetCheckSpec(name, asset=key, description=text) for name, text in MODEL_CHECK_DESCRIPTIONS.items()),
        ],
        partitions_def=build_partitions(kind, settings),
        pool="llm" if settings.language_model.backend != "none" else None,  # rules need not wait for each other
    )
    def choose(
        context: dg.AssetExecutionContext,
        storage: Storage,
        clock: Clock,
        language_models: dg.ResourceParam[LanguageModelFactory],
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Read facts and raw days, choose and word, write."""
        made = {}
        for period in partition_periods(context, kind, settings):
            with dagster_failures(f"insights of {period}"):
                require_closed(period, clock.now(), settings.calendar)
                made[period.key] = make_per_audience(
                    settings, partial(write_insight, period, storage, settings, language_models)
                )
        for problem in (
            problem for one in made.values() for remark in one.check_reports.values() for problem in remark.problems
        ):
            context.log.warning(problem)
        yield from report_results(context, key, made, GROUNDED_CHECK)

    return choose


def write_insight(
    period: Period,
    storage: Storage,
    settings: Settings,
    model_factory: LanguageModelFactory,
    audience: Audience = Audience.INTERNAL,
) -> PartitionResult:
    """Choose and word what is worth telling of one period to one audience, and write it."""
    metrics = storage.read_document(metrics_path(period.kind, audience), period.key, Metrics)
    raw = read_audience_window(storage, period, audience, settings.people.opt_out, metrics.missing_days)
    organisation = settings.organisation.name or find_common_owner(raw.repositories["repository"].to_list())
    gathered = gather_evidence(raw)
    material = InsightInputs(
        metrics, gathered, organisation, [*_describe_missing_days(metrics), *_list_repository_notes(raw)]
    )
    edited = build_insight(material, model_factory, storage, settings.language_model)
    back = _load_lookback(storage, metrics_path(period.kind, audience, TRENDS_TABLE), period)
    sources = tuple(sorted(set(raw.repositories["source"].drop_nulls()))) or edited.insight.sources
    insight = add_sections(edited.insight, raw, gathered, metrics, back).model_copy(update={"sources": sources})
    stored = storage.write_document(insights_path(period.kind, audience), period.key, insight)
    metadata: dict[str, Any] = {
        "period": period.label,
        "mode": insight.mode,
        "records": insight.records,
        "sentences": len(insight.claims),
        "sentences_by_a_model": sum(claim.origin == "model" for claim in insight.claims),
        "sentences_chosen_by_a_model": sum(claim.chosen_by == "model" for claim in insight.claims),
        **edited.metadata,
        "claims": dg.MetadataValue.md(_format_claim_list(insight)),
        "path": dg.MetadataValue.path(stored.path),
    }
    problems = [
        *find_ungrounded_claims(insight),
        *(find_non_public_evidence(insight) if audience is Audience.PUBLIC else ()),
    ]
    return PartitionResult(metadata, stored.sha256, problems, model_checks(edited, settings.language_model))


def _load_lookback(storage: Storage, name: str, period: Period) -> Lookback | None:
    """What the metrics told of earlier periods; None in a store whose metrics are older than that."""
    return storage.read_document(name, period.key, Lookback) if storage.has(name, period.key, "json") else None


def find_common_owner(repositories: list[str]) -> str:
    """The owner that all repositories share, or the one repository's name; empty when they share nothing."""
    owners = {name.rpartition("/")[0] for name in repositories}
    if len(repositories) == 1:
        return repositories[0].rpartition("/")[2]
    return owners.pop() if len(owners) == 1 else ""


def _describe_missing_days(metrics: Metrics) -> list[str]:
    """Days that the period was counted without: nothing of them is told."""
    days, of = [str(day) for day in metrics.missing_days], len(metrics.period.days)
    if not days:
        return []
    were = "1 day was" if len(days) == 1 else f"{len(days)} days were"
    return [f"{were} not collected, and what happened then is missing here: {', '.join(days)} (of {of} days)"]


def _list_repository_notes(window: RawWindow) -> list[str]:
    # An empty repository needs no word in a digest; what distorts a number does.
    telling = window.repositories.filter(pl.col("status").is_in(["shallow", "without_statistics"]))
    return [f"{row['repository']} {row['note']}" for row in telling.iter_rows(named=True)]


def _format_claim_list(insight: Insight) -> str:
    return "\n".join(f"- `{claim.section}` {claim.text}" for claim in insight.claims[:30])
