"""Model session: ask a model within limits, with cached answers, a deadline, a circuit breaker and a count of the cost.

This module only decides whether to ask. `tasks` builds the questions and uses the answers.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from resources.errors import (
    ModelError,
    ModelUnavailableError,
    PromptTooLongError,
    SchemaRefusedError,
    UnusableAnswerError,
)
from resources.llm.base import CompletionRequest, LanguageModel, ModelInfo, compute_safe_bytes
from sparky_assets.insights.llm.answers import RefusedAnswerError, split_answers
from sparky_assets.insights.llm.cache import AnswerCache, CachedAnswer, compute_answer_key
from sparky_assets.insights.llm.prompts import combine_questions

MAX_FAILED_CALLS, MAX_UNUSABLE_ANSWERS = 2, 3
"""Consecutive failed calls, or consecutive unusable answers, after which a run stops asking the model."""


MAX_COMBINED_QUESTIONS = 7
"""Questions of one call: of a day its lead and its six first stories."""


TIME_USED_UP = "the time for the model was used up"


ANSWER_UNUSABLE = "an answer was not usable"


NO_ANSWER = "the model did not answer"


class NotAnsweredError(Exception):
    """There is no answer. The message is the reason as the footer and the metadata print it."""


@dataclass
class ModelUsage:
    """The cost of a session so far. Not stored with the insight: the same facts must give the same bytes."""

    calls: int = 0
    failed_calls: int = 0
    """Calls without a usable answer; their seconds count too."""
    cached_answers: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0
    seconds: float = 0.0
    fallbacks: Counter[str] = field(default_factory=Counter)
    """Questions left to rules, by reason."""
    refused: Counter[str] = field(default_factory=Counter)
    """Answers that code refused, by task and reason: `rank: the answer repeats the order of the question`."""


class ModelSession:
    """Access to a model for one run. Safe for use by several threads."""

    def __init__(
        self,
        model: LanguageModel,
        cache: AnswerCache,
        model_info: ModelInfo,
        *,
        deadline_seconds: float,
        call_timeout_seconds: float,
        load_timeout_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start the clock of the deadline.

        Args:
            deadline_seconds: for all calls of the run; loading the model does not count.
            clock: monotonic seconds.
        """
        self._model = model
        self._cache = cache
        self.model_info = model_info
        self._clock = clock
        self._deadline = clock() + deadline_seconds
        self._call_timeout_seconds = call_timeout_seconds
        self._load_timeout_seconds = load_timeout_seconds
        self._is_loaded = False
        self._lock = threading.Lock()
        self._load_lock = threading.Lock()
        self._failed_calls = 0
        self._unusable_answers = 0
        self._stop_reason: str | None = None
        self._fallback_reasons: set[str] = set()
        self._combined_answers: dict[str, CachedAnswer] = {}
        self.usage = ModelUsage()

    def stop(self, reason: str) -> None:
        """Ask nothing more in this run. Cached answers are still used."""
        with self._lock:
            self._stop_reason = self._stop_reason or reason

    @property
    def fallback_reasons(self) -> str:
        """Reasons why the model was not used, for readers. Stable across runs."""
        with self._lock:
            return ", ".join(sorted(self._fallback_reasons))

    def max_prompt_bytes(self, answer_tokens: int) -> int:
        """Return the bytes that a prompt may have when this many tokens are reserved for the answer."""
        return compute_safe_bytes(self.model_info.context_tokens - answer_tokens)

    def ask(self, question: CompletionRequest) -> str:
        """Return the text of a complete answer, from the cache or from the model.

        Raises:
            NotAnsweredError: when there is no answer.
            PromptTooLongError: when the question has to be split.
            SchemaRefusedError: when the question needs a simpler schema.
        """
        answer = self._combined_answers.pop(compute_answer_key(self.model_info, question), None)
        if answer is None and (answer := self._cache.find_answer(self.model_info, question)):
            with self._lock:
                self.usage.cached_answers += 1
        answer = answer or self._ask_and_cache(question)
        if answer.refused == "too long":
            raise PromptTooLongError("the prompt does not fit", answer.prompt_tokens or None, answer.limit)
        if answer.refused == "schema":
            raise SchemaRefusedError("the server refuses the schema")
        return answer.text

    def ask_together(self, questions: Sequence[CompletionRequest], parallel_calls: int = 1) -> None:
        """Ask the questions that the cache does not answer in few calls; `ask` then returns the answers.

        Each answer is cached as if its question had been asked alone, so that other periods find it. Where a call
        fails or its answer has another form, nothing is kept, and `ask` asks the questions one by one.
        """
        by_key = {compute_answer_key(self.model_info, question): question for question in questions}
        missing = [question for question in by_key.values() if not self._cache.find_answer(self.model_info, question)]
        batches = [batch for batch in self._split_to_fit(missing) if len(batch) > 1]
        with ThreadPoolExecutor(max_workers=parallel_calls, thread_name_prefix="model") as threads:
            list(threads.map(self._ask_batch, batches))

    def _split_to_fit(self, questions: Sequence[CompletionRequest]) -> list[list[CompletionRequest]]:
        """Return the questions in lists that may be asked together: none is too long or too large for a call."""
        batches: list[list[CompletionRequest]] = []
        for question in questions:
            batch = [*batches[-1], question] if batches else [question]
            combined = combine_questions(batch)
            is_small = combined.size_bytes <= self.max_prompt_bytes(combined.max_answer_tokens)
            if batches and is_small and len(batch) <= MAX_COMBINED_QUESTIONS:
                batches[-1] = batch
            else:
                batches.append([question])
        return batches

    def _ask_batch(self, questions: Sequence[CompletionRequest]) -> None:
        try:
            combined = self._call_model(combine_questions(questions))
            texts = [] if combined.refused else split_answers(combined.text, len(questions))
        except NotAnsweredError:
            return
        except RefusedAnswerError as error:
            self.record_refused_answer("several questions", str(error), has_wrong_form=True)
            return
        for question, text in zip(questions, texts, strict=False):
            answer = self._make_answer(text=text)
            self._cache.store_answer(self.model_info, question, answer)
            self._combined_answers[compute_answer_key(self.model_info, question)] = answer

    def _make_answer(self, *, text: str = "", prompt_tokens: int = 0, **values: Any) -> CachedAnswer:
        model_info = self.model_info
        usage = {"prompt_tokens": prompt_tokens, "answer_tokens": values.pop("answer_tokens", 0)}
        return CachedAnswer(text=text, model=model_info.model, digest=model_info.digest, **usage, **values)

    def _ask_and_cache(self, question: CompletionRequest) -> CachedAnswer:
        """Ask the model. A failure is not cached: the next run asks again."""
        try:
            answer = self._call_model(question)
        except NotAnsweredError as error:
            with self._lock:
                self._fallback_reasons.add(str(error))
            raise
        self._cache.store_answer(self.model_info, question, answer)
        return answer

    def _call_model(self, question: CompletionRequest) -> CachedAnswer:
        self._load_model()
        remaining_seconds = self._require_time_left()
        with self._lock:
            self.usage.calls += 1
        started_at = self._clock()
        try:
            completion = self._model.complete(question, min(remaining_seconds, self._call_timeout_seconds))
        except PromptTooLongError as error:
            self._count_failed_call(started_at)
            return self._make_answer(prompt_tokens=error.tokens or 0, refused="too long", limit=error.limit)
        except SchemaRefusedError:
            self._count_failed_call(started_at)
            return self._make_answer(refused="schema")
        except ModelError as error:
            self._count_failed_call(started_at)
            raise NotAnsweredError(self._count_failure(error)) from error
        with self._lock:
            self._failed_calls = 0
            self.usage.prompt_tokens += completion.prompt_tokens
            self.usage.answer_tokens += completion.answer_tokens
            self.usage.seconds += completion.seconds
        return self._make_answer(
            text=completion.text, prompt_tokens=completion.prompt_tokens, answer_tokens=completion.answer_tokens
        )

    def _count_failed_call(self, started_at: float) -> None:
        with self._lock:
            self.usage.failed_calls += 1
            self.usage.seconds += self._clock() - started_at

    def _load_model(self) -> None:
        """Load the model before the first call. Loading counts against no deadline; cached answers need no model."""
        with self._load_lock:
            if self._is_loaded or self._stop_reason:
                return
            started_at = self._clock()
            try:
                self._model.warm_up(self._load_timeout_seconds)
            except ModelError as error:
                self._count_failure(error)
                self.stop("the model could not be loaded")
            self._is_loaded = True
            self._deadline += self._clock() - started_at

    def record_valid_answer(self) -> None:
        """Reset the count of unusable answers: an answer had the form that was asked for."""
        with self._lock:
            self._unusable_answers = 0

    def record_refused_answer(self, task: str, reason: str, *, has_wrong_form: bool) -> None:
        """Count an answer that is complete but is not used; several of a wrong form stop the session."""
        with self._lock:
            self.usage.refused[f"{task}: {reason}"] += 1
            self._fallback_reasons.add(ANSWER_UNUSABLE)
        if has_wrong_form:
            self._count_failure(UnusableAnswerError("the answer was not what was asked for"))

    def _require_time_left(self) -> float:
        """Return the seconds until the deadline; raise NotAnsweredError when an average call would not fit."""
        remaining_seconds = self._deadline - self._clock()
        with self._lock:
            mean_seconds = self.usage.seconds / self.usage.calls if self.usage.calls else 0.0
            if self._stop_reason is None and remaining_seconds < max(mean_seconds, 0.01):
                self._stop_reason = TIME_USED_UP
            if self._stop_reason:
                raise NotAnsweredError(self._stop_reason)
        return remaining_seconds

    def _count_failure(self, error: ModelError) -> str:
        """Count a failure, stop the session when there are too many, and return the reason for readers."""
        with self._lock:
            if isinstance(error, UnusableAnswerError):
                self._unusable_answers += 1
                reason = ANSWER_UNUSABLE
                is_last = self._unusable_answers >= MAX_UNUSABLE_ANSWERS
            elif isinstance(error, ModelUnavailableError):
                self._failed_calls += 1
                reason = NO_ANSWER
                is_last = self._failed_calls >= MAX_FAILED_CALLS
            else:
                reason = "the model cannot be used"
                is_last = True
            self.usage.fallbacks[reason] += 1
            if is_last:
                self._stop_reason = self._stop_reason or reason
        return reason
