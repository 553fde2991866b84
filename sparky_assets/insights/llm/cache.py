"""Answers that were given already, in the store by the hash of all that was asked. Words only; verdicts are not kept.

Temperature 0 and a seed do not make an answer the same twice (measured with parallel calls); a kept answer is.
"""

import hashlib
import json
import threading
from contextlib import suppress
from typing import Literal, TypeVar

from resources.errors import StorageError
from resources.llm.base import CompletionRequest, ModelInfo
from resources.storage import Storage
from sparky_assets.insights.llm.prompts import PROMPT_VERSION
from sparky_assets.store import MODEL_ANSWERS_PATH, MODEL_INFO_PATH, StoredModel

StoredT = TypeVar("StoredT", bound=StoredModel)


class CachedAnswer(StoredModel):
    """What a model said to one question, and what it cost."""

    text: str
    prompt_tokens: int
    answer_tokens: int
    model: str
    digest: str
    refused: Literal["too long", "schema"] | None = None
    """Why the server refused the question: asking again would give the same, so that is kept too."""
    limit: int | None = None
    left: str = ""
    """Why a run left this question, or a part of it, to rules. Kept, for a second run must write the same bytes."""


class CachedModelInfo(StoredModel):
    """Which model a name stood for when it was last asked."""

    backend: str
    model: str
    digest: str
    billions: float | None
    context_tokens: int
    server_version: str


class AnswerCache:
    """Kept answers of one model."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._lock = threading.Lock()
        self._keys: set[str] | None = None

    def has_answer(self, model_info: ModelInfo, question: CompletionRequest) -> bool:
        """Whether an answer is kept. The store is listed once: a month asks this of 1,800 days of repositories."""
        with self._lock:
            if self._keys is None:
                self._keys = set(self._storage.list_keys(MODEL_ANSWERS_PATH, "json"))
            return compute_answer_key(model_info, question) in self._keys

    def find_answer(self, model_info: ModelInfo, question: CompletionRequest) -> CachedAnswer | None:
        """The answer to exactly this question by exactly this model."""
        return self._read(MODEL_ANSWERS_PATH, compute_answer_key(model_info, question), CachedAnswer)

    def store_answer(self, model_info: ModelInfo, question: CompletionRequest, answer: CachedAnswer) -> None:
        """Keep an answer for the next run."""
        key = compute_answer_key(model_info, question)
        self._storage.write_document(MODEL_ANSWERS_PATH, key, answer)
        with self._lock:
            if self._keys is not None:
                self._keys.add(key)

    def store_model_info(self, model_info: ModelInfo) -> None:
        """Keep what a name stands for, so that kept answers serve while the server is away."""
        self._storage.write_document(
            MODEL_INFO_PATH, _hash_model_name(model_info.backend, model_info.model), CachedModelInfo(**vars(model_info))
        )

    def load_model_info(self, backend: str, model: str) -> ModelInfo | None:
        """What the name stood for last time."""
        card = self._read(MODEL_INFO_PATH, _hash_model_name(backend, model), CachedModelInfo)
        return ModelInfo(**card.model_dump()) if card else None

    def _read(self, name: str, key: str, document_type: type[StoredT]) -> StoredT | None:
        # A torn file, or one of another version, is an answer not kept: it is asked for again and replaced.
        with suppress(StorageError):
            return self._storage.read_document(name, key, document_type)
        return None


def compute_answer_key(model_info: ModelInfo, question: CompletionRequest) -> str:
    """SHA-256 of all that an answer depends on. Gates are none of it: new gates judge old words, no model runs."""
    asked = {
        "backend": model_info.backend,
        "model": model_info.model,
        "digest": model_info.digest,
        "context": model_info.context_tokens,
        "prompt_version": PROMPT_VERSION,
        "messages": [vars(message) for message in question.messages],
        "schema": question.schema,
        "answer_tokens": question.max_answer_tokens,
        "seed": question.seed,
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()


def _hash_model_name(backend: str, model: str) -> str:
    return hashlib.sha256(f"{backend}\n{model}".encode()).hexdigest()[:32]
