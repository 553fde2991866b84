"""Dagster assets of stage 3, `<period>/insights`, and their checks.

Grounding blocks: an insight with an ungrounded claim is not used. The checks about the model only warn: how many of its
answers were used, and what it cost. They are for choosing a model and a machine.
"""

import logging
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import dagster as dg
import polars as pl

from resources.clock import Clock
from resources.errors import StorageError
from resources.llm.base import LanguageModelFactory
from resources.memory import return_freed_memory
from resources.storage import Storage
from sparky_assets.insights.checks import find_non_public_evidence, find_ungrounded_claims
from sparky_assets.insights.claims.assemble import add_sections
from sparky_assets.insights.claims.overview import build_insight_by_rules
from sparky_assets.insights.evidence import EvidenceSet, gather_evidence
from sparky_assets.insights.llm.editor import EditResult, edit_stories
from sparky_assets.insights.models import Evidence, Insight
from sparky_assets.metrics.models import SCOPE_ALL, Metrics
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
from sparky_assets.raw.tables import DAMAGED_STATUS
from sparky_assets.raw.window import RawWindow, read_audience_window
from sparky_assets.settings.schema import Settings
from sparky_assets.settings.services import LanguageModelSettings
from sparky_assets.store import TRENDS_TABLE, Audience, insights_path, metrics_path
from sparky_assets.stories.assemble import build_material_stories, gather_material
from sparky_assets.stories.continuing import EARLIER_PERIODS, EarlierStory
from sparky_assets.stories.models import PeriodStories
from sparky_assets.stories.printing.trends import find_wrong_trends, tell_trends
from sparky_assets.text.escape import escape_markdown
from sparky_assets.text.words import format_duration, short_name

CODE_VERSION = "10"

log = logging.getLogger(__name__)


GROUNDED_CHECK = "every_claim_is_grounded"
"""For a public insight it also checks that all evidence is public."""


MODEL_CHECK_DESCRIPTIONS = {
    "model_answers": "Share of the questions to the model whose answer was used; rules answer the others.",
    "model_cost": "Calls, tokens and seconds of the model against the deadline, and whether it ran on the GPU.",
}


MAX_FALLBACK_SHARE = 0.5
"""Beyond half, rules choose more than the model does, and it is not worth its time."""


MAX_DEADLINE_SHARE = 0.9


MIN_RED_HOURS = 1
"""A default branch that was red for a shorter time is not mentioned: somebody was at it."""


MAX_LISTED_RED_BRANCHES = 3


MAX_LISTED_STORIES = 10
"""Stories that Dagster shows of a period."""


def build_insights_asset(kind: PeriodKind, settings: Settings) -> dg.AssetsDefinition:
    """Build the asset of the insights of one kind of period."""
    key = [kind.value, "insights"]

    @dg.multi_asset(
        name=f"{kind.value}_insights",
        specs=[
            dg.AssetSpec(
                key,
                deps=[dg.AssetKey([kind.value, "metrics"])],
                group_name=f"{kind.value}_insights",
                kinds={"json"},
                code_version=CODE_VERSION,
                description=f"Claims about a {kind.noun}, with the evidence and facts that they cite.",
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(
                GROUNDED_CHECK,
                asset=key,
                blocking=True,
                description="Every claim cites evidence or facts of its own period.",
            ),
            *(dg.AssetCheckSpec(name, asset=key, description=text) for name, text in MODEL_CHECK_DESCRIPTIONS.items()),
        ],
        partitions_def=build_partitions(kind, settings),
        pool="llm" if settings.language_model.backend != "none" else None,  # without a model nothing is shared
    )
    def build_insights(
        context: dg.AssetExecutionContext,
        storage: dg.ResourceParam[Storage],
        clock: dg.ResourceParam[Clock],
        language_models: dg.ResourceParam[LanguageModelFactory],
    ) -> Iterator[dg.MaterializeResult[Any]]:
        """Read metrics and raw days, build the insights, and write them."""
        results = {}
        for period in partition_periods(context, kind, settings):
            with dagster_failures(f"insights of {period}"):
                require_closed(period, clock.now(), settings.calendar)
                results[period.key] = make_per_audience(
                    settings, partial(write_insight, period, storage, settings, language_models)
                )
        reports = [report for result in results.values() for report in result.check_reports.values()]
        for problem in (problem for report in reports for problem in report.problems):
            context.log.warning(problem)
        yield from report_results(context, key, results, GROUNDED_CHECK)

    return build_insights


def write_insight(
    period: Period,
    storage: Storage,
    settings: Settings,
    model_factory: LanguageModelFactory,
    audience: Audience = Audience.INTERNAL,
) -> PartitionResult:
    """Build the insight of one period for one audience, write it, and return its metadata and problems."""
    metrics = storage.read_document(metrics_path(period.kind, audience), period.key, Metrics)
    people = settings.people
    window = read_audience_window(
        storage, period, audience, people.opt_out, metrics.missing_days, join_names=people.join_names
    )
    organisation = settings.organisation.name or find_common_owner(window.repositories["repository"].to_list())
    evidence_set = gather_evidence(window)
    lookback = _load_lookback(storage, metrics_path(period.kind, audience, TRENDS_TABLE), period)
    notes = [
        *_describe_missing_days(metrics),
        *_describe_lost_repositories(lookback, audience),
        *_list_repository_notes(window),
    ]
    by_rules = build_insight_by_rules(metrics, evidence_set, organisation, notes)
    sources = tuple(sorted(set(window.repositories["source"].drop_nulls()))) or by_rules.sources
    insight = add_sections(by_rules, window, evidence_set, metrics, lookback)
    insight = insight.model_copy(
        update={
            "damaged": tuple(window.repositories.filter(status=DAMAGED_STATUS)["repository"].sort()),
            "red_branches": list_red_branches(metrics, window),
            "sources": sources,
            "evidence": _add_story_evidence(insight, evidence_set),
        }
    )
    is_whole = not metrics.missing_days
    del by_rules, metrics, evidence_set  # of a month of 3,000 repositories 200 MB, which the stories need
    material = gather_material(window, _load_earlier_stories(storage, period, audience))
    del window
    return_freed_memory()
    result = edit_stories(material, period.kind, model_factory, storage, settings.language_model)
    stories = build_material_stories(material, settings.organisation.timezone, result.choices)
    # A period without some of its days would always have fewer than those before.
    trends = tell_trends(stories, lookback if is_whole else None)
    stories = stories.model_copy(update={"trends": tuple(trend.sentence for trend in trends)})
    facts = {fact.key: fact for trend in trends for fact in trend.facts} | {fact.key: fact for fact in insight.facts}
    del material
    insight = insight.model_copy(
        update={
            "stories": stories,
            "facts": tuple(facts[key] for key in sorted(facts)),
            "mode": result.mode,
            "editor": result.editor,
            "marked": result.marked,
            "degraded": result.degraded,
        }
    )
    stored = storage.write_document(insights_path(period.kind, audience), period.key, insight)
    metadata: dict[str, Any] = {
        "period": period.label,
        "mode": insight.mode,
        "records": insight.records,
        "sentences": len(insight.claims),
        **result.metadata,
        "stories": dg.MetadataValue.md(format_story_list(stories)),
        "claims": dg.MetadataValue.md(_format_claim_list(insight)),
        "path": dg.MetadataValue.path(stored.path),
    }
    problems = [
        *find_ungrounded_claims(insight),
        *find_wrong_trends(stories.trends, facts),
        *(find_non_public_evidence(insight) if audience is Audience.PUBLIC else ()),
    ]
    return PartitionResult(metadata, stored.sha256, problems, model_checks(result, settings.language_model))


def _add_story_evidence(insight: Insight, evidence_set: EvidenceSet) -> tuple[Evidence, ...]:
    """Return the evidence of the claims and of all changes and releases, each once."""
    cited_keys = {item.key for item in insight.evidence}
    return (*insight.evidence, *(item for item in evidence_set.items if item.key not in cited_keys))


def model_checks(result: EditResult, settings: LanguageModelSettings) -> dict[str, CheckReport]:
    """Return one report per check; without a model all reports say so."""
    if result.model_info is None:
        return dict.fromkeys(MODEL_CHECK_DESCRIPTIONS, CheckReport({"model": "not used"}, list(result.warnings)[:1]))
    return {
        "model_answers": _check_answers(result),
        "model_cost": _check_cost(result, settings),
    }


def _check_answers(result: EditResult) -> CheckReport:
    usage = result.usage
    asked = sum(count.asked for count in result.counts.values())
    used = sum(count.used for count in result.counts.values())
    share = (asked - used) / asked if asked else 0.0
    refused = sum(usage.refused.values())
    problems = []
    if share > MAX_FALLBACK_SHARE:
        reasons = [reason for reason, _ in (usage.refused + usage.fallbacks).most_common(2)]
        problems.append(
            f"{share:.0%} questions without an answer that can be used (usually at most {MAX_FALLBACK_SHARE:.0%}): "
            + "; ".join(reasons)
        )
    figures = {"questions": asked, "answers_used": used, "answers_refused": refused, "unused_share": round(share, 3)}
    return CheckReport(figures, [*result.degraded[:1], *problems])


def _check_cost(result: EditResult, settings: LanguageModelSettings) -> CheckReport:
    usage = result.usage
    deadline = settings.deadline_minutes * 60
    figures = {
        "calls": usage.calls, "calls_failed": usage.failed_calls, "answers_kept": usage.cached_answers,
        "prompt_tokens": usage.prompt_tokens, "answer_tokens": usage.answer_tokens,
        "seconds": round(usage.seconds, 1), "deadline_seconds": deadline,
    }  # fmt: skip
    # Calls run in parallel, so the sum of their seconds may exceed the deadline.
    is_slow = usage.seconds / settings.parallel_calls > MAX_DEADLINE_SHARE * deadline
    problem = f"the model took {usage.seconds:.0f} s of {deadline:.0f} s; use a smaller model"
    return CheckReport(figures, [*([problem] if is_slow else []), *result.warnings])


def _load_lookback(storage: Storage, name: str, period: Period) -> Lookback | None:
    """Return the metrics of earlier periods; None in a store that was written before they existed."""
    return storage.read_document(name, period.key, Lookback) if storage.has(name, period.key, "json") else None


def _load_earlier_stories(storage: Storage, period: Period, audience: Audience) -> list[EarlierStory]:
    """Return the stories of the periods before, the latest period first, as far as they are stored."""
    earlier: list[EarlierStory] = []
    name = insights_path(period.kind, audience)
    for _ in range(EARLIER_PERIODS):
        period = period.previous()
        if not storage.has(name, period.key, "json"):
            break
        try:
            stories = storage.read_document(name, period.key, Insight).stories
        except StorageError as error:
            # Made by another version: a period is made without a story of the one before it.
            log.warning("The stories of %s cannot be carried on: %s", period, error)
            break
        changes = {change.key: change for change in stories.changes}
        earlier += [(story.group, [changes[key] for key in story.group.changes]) for story in stories.stories]
    return earlier


def find_common_owner(repositories: list[str]) -> str:
    """Return the owner of all repositories, the name of a single repository, or "" when the owners differ."""
    owners = {name.rpartition("/")[0] for name in repositories}
    if len(repositories) == 1:
        return short_name(repositories[0])
    return owners.pop() if len(owners) == 1 else ""


def _describe_missing_days(metrics: Metrics) -> list[str]:
    """Return a note about the days of the period that were not collected."""
    days = [str(day) for day in metrics.missing_days]
    if not days:
        return []
    were = "1 day was" if len(days) == 1 else f"{len(days)} days were"
    total = len(metrics.period.days)
    return [f"{were} not collected, and their events are missing here: {', '.join(days)} (of {total} days)"]


def _describe_lost_repositories(lookback: Lookback | None, audience: Audience) -> list[str]:
    """Return a note about repositories that the period before could read and this one does not show."""
    lost = lookback.lost if lookback else ()
    if lookback is None or not lost:
        return []
    are = "1 repository is" if len(lost) == 1 else f"{len(lost)} repositories are"
    # A public text does not say which repositories became private.
    names = f": {', '.join(lost)}" if audience is Audience.INTERNAL else ""
    return [f"{are} not shown any more since the {lookback.period.kind.noun} before{names}"]


def _list_repository_notes(window: RawWindow) -> list[str]:
    # An empty repository needs no note in a digest; a source that distorts a number does.
    statuses = ["shallow", "without_statistics", DAMAGED_STATUS, "missing"]
    distorted = window.repositories.filter(pl.col("status").is_in(statuses))
    return [f"{row['repository']} {row['note']}" for row in distorted.iter_rows(named=True)]


def list_red_branches(metrics: Metrics, window: RawWindow) -> tuple[str, ...]:
    """Return a sentence for the default branches that were red longest, and one that counts the others."""
    branches = {row["repository"]: row["default_branch"] for row in window.repositories.iter_rows(named=True)}
    red = sorted(
        (-fact.value, fact.scope.removeprefix("repository:"))
        for fact in metrics.facts
        if fact.metric == "default_branch_red_hours" and fact.scope != SCOPE_ALL and fact.value >= MIN_RED_HOURS
    )
    notes = [
        f"{branches.get(name) or 'The default branch'} of {name} was red for {format_duration(Decimal(-hours))}"
        for hours, name in red[:MAX_LISTED_RED_BRANCHES]
    ]
    if rest := len(red) - len(notes):
        others = "1 other default branch was" if rest == 1 else f"{rest} other default branches were"
        notes.append(f"{others} red for an hour or more")
    return tuple(notes)


def format_story_list(stories: PeriodStories) -> str:
    """Return the first stories in Markdown, each with the reasons for its place."""
    lines = []
    for story in stories.stories[:MAX_LISTED_STORIES]:
        reasons = escape_markdown(
            "; ".join((story.group.kind, *([story.group.area] if story.group.area else []), *story.group.reasons))
        )
        lines.append(f"1. {escape_markdown(story.brief.text)} ({reasons})")
    return "\n".join(lines) or "No stories."


def _format_claim_list(insight: Insight) -> str:
    return "\n".join(f"- `{claim.section}` {claim.text}" for claim in insight.claims[:30])
