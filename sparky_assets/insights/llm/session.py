"""Ask a model within limits: kept answers first, a deadline, a circuit breaker, and a count of what it cost.

What is asked and what becomes of an answer is the ladder's; this module only decides whether to ask.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from resources.errors import (
    ModelError,
    ModelUnavailableError,
    PromptTooLongError,
    SchemaRefusedError,
    UnusableAnswerError,
)
from resources.llm.base import CompletionRequest, LanguageModel, ModelInfo, compute_safe_bytes
from sparky_assets.insights.llm.cache import AnswerCache, CachedAnswer

MAX_FAILED_CALLS, MAX_UNUSABLE_ANSWERS = 2, 3
"""So many failed calls, or unusable answers one after another, and the model is not asked again in this run."""


TIME_USED_UP = "the time for the model was used up"


ANSWER_UNUSABLE = "an answer was not usable"


NO_ANSWER = "the model did not answer"


FINAL_REASONS = {TIME_USED_UP, ANSWER_UNUSABLE, NO_ANSWER}
"""Why a question is left to rules for good: a second run over the same input writes the same. That a model is away,
missing or refused is no such reason: nothing was cut, and once it is there it is asked."""


class NotAnsweredError(Exception):
    """There is no answer; the message is a reason fit for the footer and metadata."""


@dataclass
class ModelUsage:
    """What asking has cost so far. Not stored with the insight: the same facts give the same bytes."""

    calls: int = 0
    cached_answers: int = 0
    skipped_questions: int = 0
    """Questions that an earlier run left to rules, and this one therefore too."""
    prompt_tokens: int = 0
    answer_tokens: int = 0
    seconds: float = 0.0
    fallbacks: Counter[str] = field(default_factory=Counter)


class ModelSession:
    """One run's way to a model. Safe to be used by several threads."""

    def __init__(
        self,
        model: LanguageModel,
        cache: AnswerCache,
        model_info: ModelInfo,
        *,
        deadline_seconds: float,
        call_timeout_seconds: float,
        load_timeout_seconds: float,
        retry_failed: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._model, self._cache, self.model_info = model, cache, model_info
        self._clock, self._deadline, self._call_timeout_seconds = (
            clock,
            clock() + deadline_seconds,
            call_timeout_seconds,
        )
        self._load_timeout_seconds, self._is_loaded = load_timeout_seconds, False
        self._lock, self._load_lock = threading.Lock(), threading.Lock()
        self._failed_calls = self._unusable_answers = 0
        self._stop_reason: str | None = None
        self._retry_failed = retry_failed
        self._fallback_reasons: set[str] = set()
        self.usage = ModelUsage()

    def stop(self, reason: str) -> None:
        """Ask nothing any more in this run; kept answers still count."""
        with self._lock:
            self._stop_reason = self._stop_reason or reason

    @property
    def fallback_reasons(self) -> str:
        """What kept answers from coming, for readers; of a second run the same as of the first."""
        with self._lock:
            return ", ".join(sorted(self._fallback_reasons))

    def max_prompt_bytes(self, answer_tokens: int) -> int:
        """Bytes that a prompt may have."""
        return compute_safe_bytes(self.model_info.context_tokens - answer_tokens)

    def ask(self, question: CompletionRequest) -> str:
        """The text of a whole answer.

        Raises:
            NotAnsweredError: when there is none.
            PromptTooLongError: when the question has to be split.
            SchemaRefusedError: when it has to be asked with a plainer schema.
        """
        if kept := self._cached(question):
            with self._lock:
                self.usage.cached_answers += bool(kept.text or kept.refused)
                self.usage.skipped_questions += not (kept.text or kept.refused)
        answer = kept or self._ask_and_cache(question)
        if answer.left:
            with self._lock:
                self._fallback_reasons.update(answer.left.split(", "))
            if not answer.text:
                raise NotAnsweredError(answer.left)
        if answer.refused == "too long":
            raise PromptTooLongError("the prompt does not fit", answer.prompt_tokens or None, answer.limit)
        if answer.refused == "schema":
            raise SchemaRefusedError("the server refuses the schema")
        return answer.text

    def is_answered(self, question: CompletionRequest) -> bool:
        """Whether a question was answered, or left to rules for good, before."""
        if not self._cache.has_answer(self.model_info, question):
            return False
        return not self._retry_failed or self._cached(question) is not None

    def cache_answer(self, question: CompletionRequest, text: str, missing_reason: str = "") -> None:
        """Keep an answer that was put together from others; `left` says why a part of it is missing."""
        card = {"model": self.model_info.model, "digest": self.model_info.digest}
        self._cache.store_answer(
            self.model_info,
            question,
            CachedAnswer(text=text, prompt_tokens=0, answer_tokens=0, left=missing_reason, **card),
        )

    def _cached(self, question: CompletionRequest) -> CachedAnswer | None:
        answer = self._cache.find_answer(self.model_info, question)
        return None if answer and answer.left and self._retry_failed else answer

    def _ask_and_cache(self, question: CompletionRequest) -> CachedAnswer:
        try:
            answer = self._call_model(question)
        except NotAnsweredError as error:
            with self._lock:
                self._fallback_reasons.add(str(error))
            if str(error) in FINAL_REASONS:
                self.cache_answer(question, "", missing_reason=str(error))
            raise
        self._cache.store_answer(self.model_info, question, answer)
        return answer

    def _call_model(self, question: CompletionRequest) -> CachedAnswer:
        self._load_model()
        left = self._require_time_left()
        written = {"model": self.model_info.model, "digest": self.model_info.digest}
        with self._lock:
            self.usage.calls += 1
        try:
            completion = self._model.complete(question, min(left, self._call_timeout_seconds))
        except PromptTooLongError as error:
            tokens = error.tokens or 0
            return CachedAnswer(
                text="", prompt_tokens=tokens, answer_tokens=0, refused="too long", limit=error.limit, **written
            )
        except SchemaRefusedError:
            return CachedAnswer(text="", prompt_tokens=0, answer_tokens=0, refused="schema", **written)
        except ModelError as error:
            raise NotAnsweredError(self._count_failure(error)) from error
        with self._lock:
            self._failed_calls = 0
            self.usage.prompt_tokens += completion.prompt_tokens
            self.usage.answer_tokens += completion.answer_tokens
            self.usage.seconds += completion.seconds
        return CachedAnswer(
            text=completion.text,
            prompt_tokens=completion.prompt_tokens,
            answer_tokens=completion.answer_tokens,
            **written,
        )

    def _load_model(self) -> None:
        """Load the model before the first call: no call and no deadline pays for it, and kept answers do without."""
        with self._load_lock:
            if self._is_loaded or self._stop_reason:
                return
            begun = self._clock()
            try:
                self._model.warm_up(self._load_timeout_seconds)
            except ModelError as error:
                self._count_failure(error)
                self.stop("the model could not be loaded")
            self._is_loaded = True
            self._deadline += self._clock() - begun

    def record_valid_answer(self) -> None:
        """An answer was what was asked for."""
        with self._lock:
            self._unusable_answers = 0

    def record_invalid_answer(self) -> None:
        """An answer was whole, but not what was asked for."""
        with self._lock:
            self._fallback_reasons.add(ANSWER_UNUSABLE)
        self._count_failure(UnusableAnswerError("the answer was not what was asked for"))

    def _require_time_left(self) -> float:
        left = self._deadline - self._clock()
        with self._lock:
            usual = self.usage.seconds / self.usage.calls if self.usage.calls else 0.0
            if self._stop_reason is None and left < max(usual, 0.01):
                self._stop_reason = TIME_USED_UP
            if self._stop_reason:
                raise NotAnsweredError(self._stop_reason)
        return left

    def _count_failure(self, error: ModelError) -> str:
        with self._lock:
            if isinstance(error, UnusableAnswerError):
                self._unusable_answers += 1
                reason, stop = ANSWER_UNUSABLE, self._unusable_answers >= MAX_UNUSABLE_ANSWERS
            elif isinstance(error, ModelUnavailableError):
                self._failed_calls += 1
                reason, stop = NO_ANSWER, self._failed_calls >= MAX_FAILED_CALLS
            else:
                reason, stop = "the model cannot be used", True
            self.usage.fallbacks[reason] += 1
            if stop:
                self._stop_reason = self._stop_reason or reason
        return reason
