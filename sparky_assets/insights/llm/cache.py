"""Cache of model answers in the store, by a hash of the whole question. What code makes of an answer is not cached.

Temperature 0 and a seed do not make a model repeat an answer (measured with parallel calls); the cache does.
"""

import hashlib
import json
from contextlib import suppress
from typing import Literal, TypeVar

from resources.errors import StorageError
from resources.llm.base import CompletionRequest, ModelInfo
from resources.storage import Storage
from sparky_assets.insights.llm.prompts import PROMPT_VERSION
from sparky_assets.store import MODEL_ANSWERS_PATH, MODEL_INFO_PATH, StoredModel

StoredT = TypeVar("StoredT", bound=StoredModel)


class CachedAnswer(StoredModel):
    """A model's answer to one question, and its cost."""

    text: str
    prompt_tokens: int
    answer_tokens: int
    model: str
    digest: str
    refused: Literal["too long", "schema"] | None = None
    """Why the server refused the question. It would refuse it again, so the refusal is cached too."""
    limit: int | None = None
    """Tokens that the server accepts, where it refused the question as too long."""


class CachedModelInfo(StoredModel):
    """The model behind a name when the server was last asked."""

    backend: str
    model: str
    digest: str
    billions: float | None
    context_tokens: int
    server_version: str


class AnswerCache:
    """The cached answers in a store."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def find_answer(self, model_info: ModelInfo, question: CompletionRequest) -> CachedAnswer | None:
        """Return the answer to exactly this question by exactly this model, or None."""
        return self._read(MODEL_ANSWERS_PATH, compute_answer_key(model_info, question), CachedAnswer)

    def store_answer(self, model_info: ModelInfo, question: CompletionRequest, answer: CachedAnswer) -> None:
        """Store an answer for later runs."""
        self._storage.write_document(MODEL_ANSWERS_PATH, compute_answer_key(model_info, question), answer)

    def store_model_info(self, model_info: ModelInfo) -> None:
        """Store the model behind a name, so that cached answers can be used while the server is away."""
        self._storage.write_document(
            MODEL_INFO_PATH, _hash_model_name(model_info.backend, model_info.model), CachedModelInfo(**vars(model_info))
        )

    def load_model_info(self, backend: str, model: str) -> ModelInfo | None:
        """Return the model behind a name when it was last asked, or None."""
        cached_info = self._read(MODEL_INFO_PATH, _hash_model_name(backend, model), CachedModelInfo)
        return ModelInfo(**cached_info.model_dump()) if cached_info else None

    def _read(self, name: str, key: str, document_type: type[StoredT]) -> StoredT | None:
        # A damaged file or one of another version counts as missing: the question is asked again and the file replaced.
        with suppress(StorageError):
            return self._storage.read_document(name, key, document_type)
        return None


def compute_answer_key(model_info: ModelInfo, question: CompletionRequest) -> str:
    """Return the SHA-256 of everything an answer depends on. Checks are left out: new checks judge cached answers."""
    question_fields = {
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
    return hashlib.sha256(
        json.dumps(question_fields, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")
    ).hexdigest()


def _hash_model_name(backend: str, model: str) -> str:
    return hashlib.sha256(f"{backend}\n{model}".encode()).hexdigest()[:32]
