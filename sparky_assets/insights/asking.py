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
from resources.language_model import Identity, LanguageModel, Question
from resources.token_meter import safe_bytes
from sparky_assets.insights.cache import Answer, AnswerCache

FAILED_CALLS, UNUSABLE_ANSWERS = 2, 3
"""So many failed calls, or unusable answers one after another, and the model is not asked again in this run."""


TIME = "the time for the model was used up"
UNUSABLE = "an answer was not usable"
SILENT = "the model did not answer"
FOR_GOOD = {TIME, UNUSABLE, SILENT}
"""Why a question is left to rules for good: a second run over the same input writes the same. That a model is away,
missing or refused is no such reason: nothing was cut, and once it is there it is asked."""


class NotAnsweredError(Exception):
    """There is no answer; the message is a reason fit for the footer and metadata."""


@dataclass
class Tally:
    """What asking has cost so far. Not stored with the insight: the same facts give the same bytes."""

    calls: int = 0
    kept: int = 0
    left: int = 0
    """Questions that an earlier run left to rules, and this one therefore too."""
    prompt_tokens: int = 0
    answer_tokens: int = 0
    seconds: float = 0.0
    fallbacks: Counter[str] = field(default_factory=Counter)


class Asking:
    """One run's way to a model. Safe to be used by several threads."""

    def __init__(
        self,
        model: LanguageModel,
        cache: AnswerCache,
        identity: Identity,
        *,
        seconds: float,
        call_seconds: float,
        load_seconds: float,
        ask_again: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._model, self._cache, self.identity = model, cache, identity
        self._clock, self._deadline, self._call_seconds = clock, clock() + seconds, call_seconds
        self._load_seconds, self._loaded = load_seconds, False
        self._lock, self._loading = threading.Lock(), threading.Lock()
        self._failed = self._unusable = 0
        self._stopped: str | None = None
        self._ask_again = ask_again
        self._reasons: set[str] = set()
        self.tally = Tally()

    def stop(self, reason: str) -> None:
        """Ask nothing any more in this run; kept answers still count."""
        with self._lock:
            self._stopped = self._stopped or reason

    @property
    def why(self) -> str:
        """What kept answers from coming, for readers; of a second run the same as of the first."""
        with self._lock:
            return ", ".join(sorted(self._reasons))

    def room(self, answer_tokens: int) -> int:
        """Bytes that a prompt may have."""
        return safe_bytes(self.identity.context_tokens - answer_tokens)

    def ask(self, question: Question) -> str:
        """The text of a whole answer.

        Raises:
            NotAnsweredError: when there is none.
            PromptTooLongError: when the question has to be split.
            SchemaRefusedError: when it has to be asked with a plainer schema.
        """
        if kept := self._kept(question):
            with self._lock:
                self.tally.kept += bool(kept.text or kept.refused)
                self.tally.left += not (kept.text or kept.refused)
        answer = kept or self._called(question)
        if answer.left:
            with self._lock:
                self._reasons.update(answer.left.split(", "))
            if not answer.text:
                raise NotAnsweredError(answer.left)
        if answer.refused == "too long":
            raise PromptTooLongError("the prompt does not fit", answer.prompt_tokens or None, answer.limit)
        if answer.refused == "schema":
            raise SchemaRefusedError("the server refuses the schema")
        return answer.text

    def knows(self, question: Question) -> bool:
        """Whether a question was answered, or left to rules for good, before."""
        if not self._cache.holds(self.identity, question):
            return False
        return not self._ask_again or self._kept(question) is not None

    def keep(self, question: Question, text: str, left: str = "") -> None:
        """Keep an answer that was put together from others; `left` says why a part of it is missing."""
        card = {"model": self.identity.model, "digest": self.identity.digest}
        self._cache.keep(
            self.identity, question, Answer(text=text, prompt_tokens=0, answer_tokens=0, left=left, **card)
        )

    def _kept(self, question: Question) -> Answer | None:
        answer = self._cache.find(self.identity, question)
        return None if answer and answer.left and self._ask_again else answer

    def _called(self, question: Question) -> Answer:
        try:
            answer = self._call(question)
        except NotAnsweredError as error:
            with self._lock:
                self._reasons.add(str(error))
            if str(error) in FOR_GOOD:
                self.keep(question, "", left=str(error))
            raise
        self._cache.keep(self.identity, question, answer)
        return answer

    def _call(self, question: Question) -> Answer:
        self._load()
        left = self._time_left()
        written = {"model": self.identity.model, "digest": self.identity.digest}
        with self._lock:
            self.tally.calls += 1
        try:
            completion = self._model.complete(question, min(left, self._call_seconds))
        except PromptTooLongError as error:
            tokens = error.tokens or 0
            return Answer(
                text="", prompt_tokens=tokens, answer_tokens=0, refused="too long", limit=error.limit, **written
            )
        except SchemaRefusedError:
            return Answer(text="", prompt_tokens=0, answer_tokens=0, refused="schema", **written)
        except ModelError as error:
            raise NotAnsweredError(self._count(error)) from error
        with self._lock:
            self._failed = 0
            self.tally.prompt_tokens += completion.prompt_tokens
            self.tally.answer_tokens += completion.answer_tokens
            self.tally.seconds += completion.seconds
        return Answer(
            text=completion.text,
            prompt_tokens=completion.prompt_tokens,
            answer_tokens=completion.answer_tokens,
            **written,
        )

    def _load(self) -> None:
        """Load the model before the first call: no call and no deadline pays for it, and kept answers do without."""
        with self._loading:
            if self._loaded or self._stopped:
                return
            begun = self._clock()
            try:
                self._model.warm_up(self._load_seconds)
            except ModelError as error:
                self._count(error)
                self.stop("the model could not be loaded")
            self._loaded = True
            self._deadline += self._clock() - begun

    def well_read(self) -> None:
        """An answer was what was asked for."""
        with self._lock:
            self._unusable = 0

    def misread(self) -> None:
        """An answer was whole, but not what was asked for."""
        with self._lock:
            self._reasons.add(UNUSABLE)
        self._count(UnusableAnswerError("the answer was not what was asked for"))

    def _time_left(self) -> float:
        left = self._deadline - self._clock()
        with self._lock:
            usual = self.tally.seconds / self.tally.calls if self.tally.calls else 0.0
            if self._stopped is None and left < max(usual, 0.01):
                self._stopped = TIME
            if self._stopped:
                raise NotAnsweredError(self._stopped)
        return left

    def _count(self, error: ModelError) -> str:
        with self._lock:
            if isinstance(error, UnusableAnswerError):
                self._unusable += 1
                reason, stop = UNUSABLE, self._unusable >= UNUSABLE_ANSWERS
            elif isinstance(error, ModelUnavailableError):
                self._failed += 1
                reason, stop = SILENT, self._failed >= FAILED_CALLS
            else:
                reason, stop = "the model cannot be used", True
            self.tally.fallbacks[reason] += 1
            if stop:
                self._stopped = self._stopped or reason
        return reason
