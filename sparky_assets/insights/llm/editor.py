"""Bring the model of the settings to work on one period, or do without: which one, in which mode, within which limits.

Dagster is not known here; what became of it is handed back for metadata.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from resources.errors import ModelError
from resources.gpu import has_gpu
from resources.llm.base import LanguageModel, LanguageModelFactory, ModelInfo, ModelPlacement
from resources.storage import Storage
from sparky_assets.insights.claims.overview import build_insight_by_rules
from sparky_assets.insights.evidence import EvidenceSet
from sparky_assets.insights.llm.cache import AnswerCache
from sparky_assets.insights.llm.session import ModelSession, ModelUsage
from sparky_assets.insights.models import Insight
from sparky_assets.insights.writing import build_insight_with_model, choose_mode
from sparky_assets.metrics.models import Metrics
from sparky_assets.settings_language_model import LanguageModelSettings


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
