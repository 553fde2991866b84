"""Bring the model of the settings to work on one period, or do without: which one, in which mode, within which limits.

Dagster is not known here; what became of it is handed back for metadata.

Write an insight with what a model contributed: its order and its accepted sentences; all other words are templates.

Names, numbers and references are added here by code: no model ever reads or writes them.
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
"""Up to this size `auto` lets a model choose only. Of 1.5 B models' short summaries 15.8 % held an invention."""


def choose_mode(configured_mode: str, billions: float | None) -> InsightMode:
    """The mode in force: what is set, or for `auto` what the model's size is good for; unknown sizes only choose."""
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
    """An insight of one period, chosen and perhaps worded by a model, grounded as one by rules is."""
    kind = metrics.period.kind
    choice = ask_per_repository(
        evidence_set.items, kind, mode, session, parallel_calls=parallel_calls, timezone=metrics.window.timezone
    )
    changes = select_changes(evidence_set.items, MAX_CHANGES[kind], choice)
    choice.highlight_keys = ask_for_highlights([item for item in changes if not is_routine(item)], kind, session)
    if session.fallback_reasons and not choice.degraded:
        choice.degraded.append(f"less was left to the model than it may do: {session.fallback_reasons}")
    identity = session.model_info
    writer = WriterInfo(
        model=identity.model, digest=identity.digest, prompt_version=PROMPT_VERSION, gate_version=GATE_VERSION
    )
    if not choice.stories_by_repository and not choice.highlight_keys:
        by_rules = build_insight_by_rules(metrics, evidence_set, organisation, notes)
        return by_rules.model_copy(update={"degraded": tuple(choice.degraded)})
    claims = tuple(_build_claims(changes, choice))
    chosen = SelectedChanges(changes, claims, mode, writer, tuple(choice.degraded))
    return build_insight_by_rules(metrics, evidence_set, organisation, notes, chosen)


def select_changes(evidence: Sequence[Evidence], limit: int, model_output: ModelOutput) -> list[Evidence]:
    """What is told: of each repository something, what the model chose before what it left, never more than `limit`.

    A sentence about several changes brings all of them. Within a repository the model's order counts.
    """
    picked = model_output.stories_by_key
    changes = list_changes(evidence)
    ranked = sorted(changes, key=lambda item: item.key not in picked)
    told = {item.key for item in spread_over_repositories(ranked, limit)}
    for key in list(told):
        if (story := picked.get(key)) and story.wording:
            told |= {item.key for item in story.cited}
    model_order = {key: place for place, key in enumerate(picked)}
    impact_order = {item.key: place for place, item in enumerate(changes)}
    kept = [item for item in changes if item.key in told]
    first_of = {item.repository: impact_order[item.key] for item in reversed(kept)}
    return sorted(
        kept,
        key=lambda item: (
            first_of[item.repository],
            model_order.get(item.key, len(changes) + impact_order[item.key]),
        ),
    )


def _build_claims(changes: Sequence[Evidence], model_output: ModelOutput) -> Iterator[Claim]:
    """Highlights first, then the others; what a highlight tells is not told again."""
    picked = model_output.stories_by_key
    stories = list({story.cited[0].key: story for item in changes for story in [_find_story(item, picked)]}.values())
    leading = {key: place for place, key in enumerate(model_output.highlight_keys)}
    told = {item.key: story for story in stories for item in story.cited}
    first = list({told[key].cited[0].key: told[key] for key in leading if key in told}.values())
    ahead = {story.cited[0].key for story in first}
    yield from (_to_highlight(_build_claim(story, picked)) for story in first)
    yield from (_build_claim(story, picked) for story in stories if story.cited[0].key not in ahead)


def _find_story(item: Evidence, stories_by_key: dict[str, ModelStory]) -> ModelStory:
    """The sentence about a change together with others, or the change alone."""
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
    authors = list(dict.fromkeys(one.author for one in story.cited if one.author and not one.is_bot))
    by = f", by {join_words(authors)}" if authors and len(authors) <= MAX_AUTHORS_NAMED else ""
    return Claim(
        id=by_template.id,
        section="change",
        repository=item.repository,
        text=f"{story.wording.text.rstrip('.')}{by}.",
        evidence=tuple(one.key for one in story.cited),
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
    """An insight, and how it came about."""

    insight: Insight
    usage: ModelUsage = field(default_factory=ModelUsage)
    model_info: ModelInfo | None = None
    placement: ModelPlacement | None = None
    warnings: tuple[str, ...] = ()

    @property
    def metadata(self) -> dict[str, Any]:
        """What people see of the model's part; nothing where no model is configured."""
        if self.model_info is None:
            return {"model_warnings": "\n".join(self.warnings)} if self.warnings else {}
        known: dict[str, Any] = {
            "model": self.model_info.model,
            "model_digest": self.model_info.digest or "not told by the server",
            "model_calls": self.usage.calls,
            "model_answers_kept": self.usage.cached_answers,
            "prompt_tokens": self.usage.prompt_tokens,
            "answer_tokens": self.usage.answer_tokens,
            "model_seconds": round(self.usage.seconds, 1),
            "fallbacks": dict(self.usage.fallbacks),
            "sentences_refused": sum(bool(claim.rejected) for claim in self.insight.claims),
        }
        if self.placement:
            known["model_on_gpu"] = round(self.placement.gpu_share, 2)
        return known | ({"model_warnings": "\n".join(self.warnings)} if self.warnings else {})


@dataclass(frozen=True)
class InsightInputs:
    """What an insight is made of."""

    metrics: Metrics
    evidence_set: EvidenceSet
    organisation: str
    notes: Sequence[str] = ()

    def build_by_rules(self, *degraded: str) -> Insight:
        """The insight that needs no model."""
        insight = build_insight_by_rules(self.metrics, self.evidence_set, self.organisation, self.notes)
        return insight.model_copy(update={"degraded": degraded}) if degraded else insight


def build_insight(
    inputs: InsightInputs, model_factory: LanguageModelFactory, storage: Storage, settings: LanguageModelSettings
) -> EditResult:
    """The insight of one period. A model that fails costs its own sentences, never the document."""
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
    trouble = ""
    try:
        identity = model.identify()
        cache.store_model_info(identity)
    except ModelError as error:
        known, trouble = cache.load_model_info(model_factory.backend, name), str(error)
        if known is None:
            return EditResult(
                inputs.build_by_rules("no model could be asked, rules chose and worded"), warnings=(trouble,)
            )
        identity = known
    asking = ModelSession(
        model,
        cache,
        identity,
        deadline_seconds=settings.deadline_minutes * 60,
        call_timeout_seconds=settings.call_timeout_seconds,
        load_timeout_seconds=settings.load_timeout_minutes * 60,
        retry_failed=settings.retry_failed,
    )
    if trouble:
        asking.stop("the model was away")
    mode = choose_mode(settings.mode, identity.billions)
    insight = build_insight_with_model(
        inputs.metrics,
        inputs.evidence_set,
        inputs.organisation,
        inputs.notes,
        mode=mode,
        session=asking,
        parallel_calls=settings.parallel_calls,
    )
    edited = EditResult(insight, asking.usage, identity, warnings=(trouble,) if trouble else ())
    if trouble or not asking.usage.calls:
        return edited
    return _add_placement(edited, model, has_gpu_device=has_gpu(model_factory.url, settings.gpu))


def _add_placement(result: EditResult, model: LanguageModel, *, has_gpu_device: bool) -> EditResult:
    residency = model.get_placement()
    warnings = model.check_health().warnings
    if residency and 0 < residency.gpu_share < 1:
        split = f"only {residency.gpu_share:.0%} of the model lies on the GPU; a smaller model or context would fit"
        warnings = (*warnings, split)
    elif residency and not residency.gpu_share and has_gpu_device:
        warnings = (*warnings, "the machine has a GPU, but the model lies on the CPU whole; look at the server's log")
    return replace(result, placement=residency, warnings=(*result.warnings, *warnings))
