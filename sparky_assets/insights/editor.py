"""Bring the model of the settings to work on one period, or do without: which one, in which mode, within which limits.

Dagster is not known here; what became of it is handed back for metadata.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from resources.errors import ModelError
from resources.gpu import has_gpu
from resources.language_model import Identity, LanguageModel, LanguageModels, Residency
from resources.storage import Storage
from sparky_assets.insights.asking import Asking, Tally
from sparky_assets.insights.cache import AnswerCache
from sparky_assets.insights.evidence import Gathered
from sparky_assets.insights.models import Insight
from sparky_assets.insights.rules import write_by_rules
from sparky_assets.insights.writing import mode_for, write_with_a_model
from sparky_assets.metrics.models import Metrics
from sparky_assets.settings_language_model import LanguageModelSettings


@dataclass(frozen=True)
class Edited:
    """An insight, and how it came about."""

    insight: Insight
    tally: Tally = field(default_factory=Tally)
    identity: Identity | None = None
    residency: Residency | None = None
    warnings: tuple[str, ...] = ()

    @property
    def metadata(self) -> dict[str, Any]:
        """What people see of the model's part; nothing where no model is configured."""
        if self.identity is None:
            return {"model_warnings": "\n".join(self.warnings)} if self.warnings else {}
        known: dict[str, Any] = {
            "model": self.identity.model,
            "model_digest": self.identity.digest or "not told by the server",
            "model_calls": self.tally.calls,
            "model_answers_kept": self.tally.kept,
            "prompt_tokens": self.tally.prompt_tokens,
            "answer_tokens": self.tally.answer_tokens,
            "model_seconds": round(self.tally.seconds, 1),
            "fallbacks": dict(self.tally.fallbacks),
            "sentences_refused": sum(bool(claim.rejected) for claim in self.insight.claims),
        }
        if self.residency:
            known["model_on_gpu"] = round(self.residency.share, 2)
        return known | ({"model_warnings": "\n".join(self.warnings)} if self.warnings else {})


@dataclass(frozen=True)
class Material:
    """What an insight is made of."""

    metrics: Metrics
    gathered: Gathered
    organisation: str
    notes: Sequence[str] = ()

    def by_rules(self, *degraded: str) -> Insight:
        """The insight that needs no model."""
        insight = write_by_rules(self.metrics, self.gathered, self.organisation, self.notes)
        return insight.model_copy(update={"degraded": degraded}) if degraded else insight


def edit(material: Material, models: LanguageModels, storage: Storage, settings: LanguageModelSettings) -> Edited:
    """The insight of one period. A model that fails costs its own sentences, never the document."""
    name = settings.model_for(material.metrics.period.kind.value)
    model = models.connect(name) if settings.mode != "rules" else None
    if model is None:
        return Edited(material.by_rules())
    try:
        return _edit(material, model, AnswerCache(storage), models, settings)
    finally:
        model.close()


def _edit(
    material: Material,
    model: LanguageModel,
    cache: AnswerCache,
    way: LanguageModels,
    settings: LanguageModelSettings,
) -> Edited:
    name = settings.model_for(material.metrics.period.kind.value)
    trouble = ""
    try:
        identity = model.identity()
        cache.remember(identity)
    except ModelError as error:
        known, trouble = cache.recall(way.backend, name), str(error)
        if known is None:
            return Edited(material.by_rules("no model could be asked, rules chose and worded"), warnings=(trouble,))
        identity = known
    asking = Asking(
        model,
        cache,
        identity,
        seconds=settings.deadline_minutes * 60,
        call_seconds=settings.call_seconds,
        load_seconds=settings.load_minutes * 60,
        ask_again=settings.ask_again,
    )
    if trouble:
        asking.stop("the model was away")
    mode = mode_for(settings.mode, identity.billions)
    insight = write_with_a_model(
        material.metrics,
        material.gathered,
        material.organisation,
        material.notes,
        mode=mode,
        asking=asking,
        parallel=settings.parallel_calls,
    )
    edited = Edited(insight, asking.tally, identity, warnings=(trouble,) if trouble else ())
    if trouble or not asking.tally.calls:
        return edited
    return _with_residency(edited, model, gpu=has_gpu(way.url, settings.gpu))


def _with_residency(edited: Edited, model: LanguageModel, *, gpu: bool) -> Edited:
    residency = model.residency()
    warnings = model.health().warnings
    if residency and 0 < residency.share < 1:
        split = f"only {residency.share:.0%} of the model lies on the GPU; a smaller model or context would fit"
        warnings = (*warnings, split)
    elif residency and not residency.share and gpu:
        warnings = (*warnings, "the machine has a GPU, but the model lies on the CPU whole; look at the server's log")
    return replace(edited, residency=residency, warnings=(*edited.warnings, *warnings))
