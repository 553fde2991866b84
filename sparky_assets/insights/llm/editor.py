"""Let the configured model choose for one period, or the rules where there is none.

The model chooses sentences, groups and an order among those that the rules could have chosen; nothing that it writes is
printed. This module does not know Dagster: `EditResult` carries the metadata.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from resources.errors import ModelError
from resources.llm.base import LanguageModel, LanguageModelFactory, ModelInfo, ModelPlacement, has_gpu
from resources.storage import Storage
from sparky_assets.insights.llm.cache import AnswerCache
from sparky_assets.insights.llm.marked import write_marked_sentences
from sparky_assets.insights.llm.prompts import PROMPT_VERSION
from sparky_assets.insights.llm.session import ModelSession, ModelUsage
from sparky_assets.insights.llm.tasks import ALL_TASKS, ModelEditor, ModelTask, TaskCount
from sparky_assets.insights.models import EditorInfo, InsightMode, MarkedSentence
from sparky_assets.periods import PeriodKind
from sparky_assets.settings.services import LanguageModelSettings
from sparky_assets.stories.assemble import StoryMaterial
from sparky_assets.stories.choices import StoryChoices

MIN_GROUPING_BILLIONS = 3.0
"""From this size on, in billions of parameters, `auto` lets a model group changes: a partition of twenty titles is more
than a smaller one keeps in view. The size is read from the server, or from the name."""

MIN_GROUPING_CONTEXT_TOKENS = 4096


def choose_tasks(configured_mode: str, model_info: ModelInfo) -> tuple[ModelTask, ...]:
    """Return the tasks of a model: all of them, or by `auto` those that fit its size and context."""
    if configured_mode == "select":
        return ALL_TASKS
    is_large = model_info.billions is not None and model_info.billions >= MIN_GROUPING_BILLIONS
    if is_large and model_info.context_tokens >= MIN_GROUPING_CONTEXT_TOKENS:
        return ALL_TASKS
    return tuple(task for task in ALL_TASKS if task != "group")


@dataclass(frozen=True)
class EditResult:
    """The choices of a model for one period, with the model, its cost and the warnings; empty without a model."""

    choices: StoryChoices = field(default_factory=StoryChoices)
    mode: InsightMode = "rules"
    editor: EditorInfo | None = None
    """The model, if at least one of its answers is used."""
    marked: tuple[MarkedSentence, ...] = ()
    """Sentences that the model wrote and that passed; empty unless the settings ask for them."""
    marked_count: TaskCount = field(default_factory=TaskCount)
    degraded: tuple[str, ...] = ()
    """Why the model was used less than it could be, for readers."""
    usage: ModelUsage = field(default_factory=ModelUsage)
    counts: Mapping[ModelTask, TaskCount] = field(default_factory=dict)
    model_info: ModelInfo | None = None
    placement: ModelPlacement | None = None
    warnings: tuple[str, ...] = ()

    @property
    def metadata(self) -> dict[str, Any]:
        """Metadata about the model for Dagster; empty where no model is configured."""
        remarks = {
            name: "\n".join(lines)
            for name, lines in (("rules_instead_of_model", self.degraded), ("model_warnings", self.warnings))
            if lines
        }
        if self.model_info is None:
            return remarks
        metadata: dict[str, Any] = {
            "model": self.model_info.model,
            "model_digest": self.model_info.digest or "not reported by the server",
            "model_calls": self.usage.calls,
            "model_calls_failed": self.usage.failed_calls,
            "model_answers_kept": self.usage.cached_answers,
            "prompt_tokens": self.usage.prompt_tokens,
            "answer_tokens": self.usage.answer_tokens,
            "model_seconds": round(self.usage.seconds, 1),
            "fallbacks": dict(self.usage.fallbacks),
            "answers_refused": sum(self.usage.refused.values()),
            "refusals": dict(self.usage.refused),
            "answers_used": {task: f"{count.used} of {count.asked}" for task, count in self.counts.items()},
        }
        if self.marked_count.asked:
            metadata["marked_sentences"] = f"{self.marked_count.used} of {self.marked_count.asked}"
        if self.placement:
            metadata["model_on_gpu"] = round(self.placement.gpu_share, 2)
        return metadata | remarks


def edit_stories(
    material: StoryMaterial,
    kind: PeriodKind,
    model_factory: LanguageModelFactory,
    storage: Storage,
    settings: LanguageModelSettings,
) -> EditResult:
    """Return the choices of the configured model for one period. A failing model costs its own choices only."""
    name = settings.get_model_name(kind.value)
    model = model_factory.connect(name) if settings.mode != "rules" else None
    if model is None:
        return EditResult()
    try:
        return _edit_in_session(material, kind, model, storage, model_factory=model_factory, settings=settings)
    finally:
        model.close()


def _edit_in_session(
    material: StoryMaterial,
    kind: PeriodKind,
    model: LanguageModel,
    storage: Storage,
    *,
    model_factory: LanguageModelFactory,
    settings: LanguageModelSettings,
) -> EditResult:
    cache = AnswerCache(storage)
    failure = ""
    try:
        model_info = model.identify(settings.load_timeout_minutes * 60)
        cache.store_model_info(model_info)
    except ModelError as error:
        failure = str(error)
        cached_info = cache.load_model_info(model_factory.backend, settings.get_model_name(kind.value))
        if cached_info is None:
            return EditResult(degraded=("no model was reachable, so rules chose everything",), warnings=(failure,))
        model_info = cached_info
    session = ModelSession(
        model,
        cache,
        model_info,
        deadline_seconds=settings.deadline_minutes * 60,
        call_timeout_seconds=settings.call_timeout_seconds,
        load_timeout_seconds=settings.load_timeout_minutes * 60,
    )
    if failure:
        session.stop("the model was away")
    tasks = choose_tasks(settings.mode, model_info)
    editor = ModelEditor(material, kind, session, tasks, settings.parallel_calls)
    choices = editor.choose()
    marked_count = TaskCount()
    marked = (
        write_marked_sentences(editor, choices, model_info.model, marked_count) if settings.prose == "marked" else ()
    )
    asked = sum(count.asked for count in editor.counts.values())
    used = sum(count.used for count in editor.counts.values())
    info = EditorInfo(
        model=model_info.model, digest=model_info.digest, prompt_version=PROMPT_VERSION, questions=asked, used=used
    )
    result = EditResult(
        choices,
        mode="select" if used else "rules",
        editor=info if used else None,
        marked=marked,
        marked_count=marked_count,
        degraded=_describe_degradation(asked, used, session),
        usage=session.usage,
        counts=dict(editor.counts),
        model_info=model_info,
        warnings=(failure,) if failure else (),
    )
    if failure or not session.usage.calls:
        return result
    return _add_placement(result, model, has_gpu_device=has_gpu(model_factory.url, settings.gpu))


def _describe_degradation(asked: int, used: int, session: ModelSession) -> tuple[str, ...]:
    """Return one sentence if rules answered some of the questions."""
    if asked == used:
        return ()
    reason = session.fallback_reasons or "a question did not fit"
    return (f"rules chose for {asked - used} of {asked} questions to the model: {reason}",)


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
