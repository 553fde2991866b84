"""Build the insight of one period, with the configured model or without one.

The model contributes an order and accepted sentences; templates write everything else. Names, numbers and references
are added by code: a model neither reads nor writes them. This module does not know Dagster: `EditResult` carries the
metadata.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from resources.errors import ModelError
from resources.llm.base import LanguageModel, LanguageModelFactory, ModelInfo, ModelPlacement, has_gpu
from resources.storage import Storage
from sparky_assets.insights.claims.overview import (
    MAX_CHANGES,
    SelectedChanges,
    build_change_claim,
    build_insight_by_rules,
    list_changes,
    spread_over_repositories,
)
from sparky_assets.insights.claims.releases import is_routine
from sparky_assets.insights.evidence import EvidenceSet
from sparky_assets.insights.llm.cache import AnswerCache
from sparky_assets.insights.llm.daily_reuse import ModelStory
from sparky_assets.insights.llm.fallback import ModelOutput, ask_for_highlights, ask_per_repository
from sparky_assets.insights.llm.gates import GATE_VERSION
from sparky_assets.insights.llm.prompts import PROMPT_VERSION
from sparky_assets.insights.llm.session import ModelSession, ModelUsage
from sparky_assets.insights.models import Claim, Evidence, Insight, InsightMode, WriterInfo
from sparky_assets.metrics.models import Metrics
from sparky_assets.settings.services import LanguageModelSettings
from sparky_assets.text.words import join_words, short_name

MAX_AUTHORS_NAMED = 3


MAX_SELECT_ONLY_BILLIONS = 3.0
"""Up to this size, in billions of parameters, `auto` only lets a model choose.

Of the short summaries by 1.5 B models, 15.8 % held an invention."""


def choose_mode(configured_mode: str, billions: float | None) -> InsightMode:
    """Return the configured mode; for `auto` the mode that fits the size of the model, `select` for an unknown size."""
    if configured_mode in {"select", "phrase"}:
        return "select" if configured_mode == "select" else "phrase"
    return "phrase" if billions is not None and billions > MAX_SELECT_ONLY_BILLIONS else "select"


def build_insight_with_model(
    metrics: Metrics,
    evidence_set: EvidenceSet,
    organisation: str,
    notes: Sequence[str],
    *,
    mode: InsightMode,
    session: ModelSession,
    parallel_calls: int = 1,
) -> Insight:
    """Return an insight that a model selected and, in `phrase` mode, worded. It is grounded like one by rules."""
    kind = metrics.period.kind
    output = ask_per_repository(
        evidence_set.items, kind, mode, session, parallel_calls=parallel_calls, timezone=metrics.window.timezone
    )
    changes = select_changes(evidence_set.items, MAX_CHANGES[kind], output)
    output.highlight_keys = ask_for_highlights([item for item in changes if not is_routine(item)], kind, session)
    if session.fallback_reasons and not output.degraded:
        output.degraded.append(f"the model was used less than its mode allows: {session.fallback_reasons}")
    model_info = session.model_info
    writer = WriterInfo(
        model=model_info.model, digest=model_info.digest, prompt_version=PROMPT_VERSION, gate_version=GATE_VERSION
    )
    if not output.stories_by_repository and not output.highlight_keys:
        by_rules = build_insight_by_rules(metrics, evidence_set, organisation, notes)
        return by_rules.model_copy(update={"degraded": tuple(output.degraded)})
    claims = tuple(_build_claims(changes, output))
    selected = SelectedChanges(changes, claims, mode, writer, tuple(output.degraded))
    return build_insight_by_rules(metrics, evidence_set, organisation, notes, selected)


def select_changes(evidence: Sequence[Evidence], limit: int, model_output: ModelOutput) -> list[Evidence]:
    """Return the changes to report, grouped by repository.

    Each repository gets at least one change while the limit allows it, and what the model chose comes before the rest.
    A sentence about several changes brings all of them. Within a repository the model's order counts.
    """
    stories = model_output.stories_by_key
    changes = list_changes(evidence)
    ranked = sorted(changes, key=lambda item: item.key not in stories)
    selected_keys = {item.key for item in spread_over_repositories(ranked, limit)}
    for key in list(selected_keys):
        story = stories.get(key)
        if story and story.wording:
            selected_keys |= {item.key for item in story.cited}
    model_order = {key: position for position, key in enumerate(stories)}
    impact_order = {item.key: position for position, item in enumerate(changes)}
    selected = [item for item in changes if item.key in selected_keys]
    repository_order = {item.repository: impact_order[item.key] for item in reversed(selected)}

    def get_order(item: Evidence) -> tuple[int, int]:
        return repository_order[item.repository], model_order.get(item.key, len(changes) + impact_order[item.key])

    return sorted(selected, key=get_order)


def _build_claims(changes: Sequence[Evidence], model_output: ModelOutput) -> Iterator[Claim]:
    """Yield the highlights first, then the claims of all other stories."""
    stories_by_key = model_output.stories_by_key
    stories: dict[str, ModelStory] = {}
    for item in changes:
        story = _find_story(item, stories_by_key)
        stories.setdefault(story.cited[0].key, story)
    story_by_evidence = {item.key: story for story in stories.values() for item in story.cited}
    highlights: dict[str, ModelStory] = {}
    for key in model_output.highlight_keys:
        if key in story_by_evidence:
            story = story_by_evidence[key]
            highlights.setdefault(story.cited[0].key, story)
    yield from (_to_highlight(_build_claim(story, stories_by_key)) for story in highlights.values())
    yield from (_build_claim(story, stories_by_key) for key, story in stories.items() if key not in highlights)


def _find_story(item: Evidence, stories_by_key: dict[str, ModelStory]) -> ModelStory:
    """Return the model's sentence about a change, which may cite others too, or the change alone."""
    story = stories_by_key.get(item.key)
    if story and story.wording:
        return story
    return ModelStory((item,), rejected=story.rejected if story else ())


def _build_claim(story: ModelStory, stories_by_key: dict[str, ModelStory]) -> Claim:
    item = story.cited[0]
    by_template = build_change_claim(item)
    chosen_by = "model" if item.key in stories_by_key else "template"
    if story.wording is None:
        return by_template.model_copy(update={"chosen_by": chosen_by, "rejected": story.rejected})
    authors = list(dict.fromkeys(cited.author for cited in story.cited if cited.author and not cited.is_bot))
    by = f", by {join_words(authors)}" if authors and len(authors) <= MAX_AUTHORS_NAMED else ""
    return Claim(
        id=by_template.id,
        section="change",
        repository=item.repository,
        text=f"{story.wording.text.rstrip('.')}{by}.",
        evidence=tuple(cited.key for cited in story.cited),
        origin="model",
        chosen_by="model",
        wording=story.wording,
    )


def _to_highlight(claim: Claim) -> Claim:
    return claim.model_copy(
        update={
            "section": "highlight",
            "text": f"{short_name(claim.repository or '')}: {claim.text}",
            "chosen_by": "model",
        }
    )


@dataclass(frozen=True)
class EditResult:
    """An insight, and the model, cost and warnings behind it."""

    insight: Insight
    usage: ModelUsage = field(default_factory=ModelUsage)
    model_info: ModelInfo | None = None
    placement: ModelPlacement | None = None
    warnings: tuple[str, ...] = ()

    @property
    def metadata(self) -> dict[str, Any]:
        """Metadata about the model for Dagster; empty where no model is configured."""
        if self.model_info is None:
            return {"model_warnings": "\n".join(self.warnings)} if self.warnings else {}
        metadata: dict[str, Any] = {
            "model": self.model_info.model,
            "model_digest": self.model_info.digest or "not reported by the server",
            "model_calls": self.usage.calls,
            "model_answers_kept": self.usage.cached_answers,
            "prompt_tokens": self.usage.prompt_tokens,
            "answer_tokens": self.usage.answer_tokens,
            "model_seconds": round(self.usage.seconds, 1),
            "fallbacks": dict(self.usage.fallbacks),
            "sentences_refused": sum(bool(claim.rejected) for claim in self.insight.claims),
        }
        if self.placement:
            metadata["model_on_gpu"] = round(self.placement.gpu_share, 2)
        return metadata | ({"model_warnings": "\n".join(self.warnings)} if self.warnings else {})


@dataclass(frozen=True)
class InsightInputs:
    """The inputs of an insight, with or without a model."""

    metrics: Metrics
    evidence_set: EvidenceSet
    organisation: str
    notes: Sequence[str] = ()

    def build_by_rules(self, *degraded: str) -> Insight:
        """Return the insight that needs no model; `degraded` says why none was used."""
        insight = build_insight_by_rules(self.metrics, self.evidence_set, self.organisation, self.notes)
        return insight.model_copy(update={"degraded": degraded}) if degraded else insight


def build_insight(
    inputs: InsightInputs, model_factory: LanguageModelFactory, storage: Storage, settings: LanguageModelSettings
) -> EditResult:
    """Return the insight of one period. A failing model costs its own sentences, never the document."""
    name = settings.get_model_name(inputs.metrics.period.kind.value)
    model = model_factory.connect(name) if settings.mode != "rules" else None
    if model is None:
        return EditResult(inputs.build_by_rules())
    try:
        return _build_in_session(inputs, model, AnswerCache(storage), model_factory, settings)
    finally:
        model.close()


def _build_in_session(
    inputs: InsightInputs,
    model: LanguageModel,
    cache: AnswerCache,
    model_factory: LanguageModelFactory,
    settings: LanguageModelSettings,
) -> EditResult:
    name = settings.get_model_name(inputs.metrics.period.kind.value)
    failure = ""
    try:
        model_info = model.identify()
        cache.store_model_info(model_info)
    except ModelError as error:
        failure = str(error)
        cached_info = cache.load_model_info(model_factory.backend, name)
        if cached_info is None:
            return EditResult(
                inputs.build_by_rules("no model was reachable, so rules chose and worded everything"),
                warnings=(failure,),
            )
        model_info = cached_info
    session = ModelSession(
        model,
        cache,
        model_info,
        deadline_seconds=settings.deadline_minutes * 60,
        call_timeout_seconds=settings.call_timeout_seconds,
        load_timeout_seconds=settings.load_timeout_minutes * 60,
        retry_failed=settings.retry_failed,
    )
    if failure:
        session.stop("the model was away")
    mode = choose_mode(settings.mode, model_info.billions)
    insight = build_insight_with_model(
        inputs.metrics,
        inputs.evidence_set,
        inputs.organisation,
        inputs.notes,
        mode=mode,
        session=session,
        parallel_calls=settings.parallel_calls,
    )
    result = EditResult(insight, session.usage, model_info, warnings=(failure,) if failure else ())
    if failure or not session.usage.calls:
        return result
    return _add_placement(result, model, has_gpu_device=has_gpu(model_factory.url, settings.gpu))


def _add_placement(result: EditResult, model: LanguageModel, *, has_gpu_device: bool) -> EditResult:
    placement = model.get_placement()
    warnings = model.check_health().warnings
    if placement and 0 < placement.gpu_share < 1:
        split = f"only {placement.gpu_share:.0%} of the model is on the GPU; use a smaller model or context"
        warnings = (*warnings, split)
    elif placement and not placement.gpu_share and has_gpu_device:
        warnings = (
            *warnings,
            "the machine has a GPU, but the model runs on the CPU only; see the log of the model server",
        )
    return replace(result, placement=placement, warnings=(*result.warnings, *warnings))
