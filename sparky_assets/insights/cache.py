"""Answers that were given already, in the store by the hash of all that was asked. Words only; verdicts are not kept.

Temperature 0 and a seed do not make an answer the same twice (measured with parallel calls); a kept answer is.
"""

import hashlib
import json
import threading
from contextlib import suppress
from typing import Literal, TypeVar

from resources.errors import StorageError
from resources.language_model import Identity, Question
from resources.storage import Storage
from sparky_assets.insights.prompts import PROMPT_VERSION
from sparky_assets.metrics.models import Model

Kept = TypeVar("Kept", bound=Model)
ANSWERS, MODELS = "insights/answers", "insights/models"


class Answer(Model):
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


class ModelCard(Model):
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

    def holds(self, identity: Identity, question: Question) -> bool:
        """Whether an answer is kept. The store is listed once: a month asks this of 1,800 days of repositories."""
        with self._lock:
            if self._keys is None:
                self._keys = set(self._storage.list_keys(ANSWERS, "json"))
            return answer_key(identity, question) in self._keys

    def find(self, identity: Identity, question: Question) -> Answer | None:
        """The answer to exactly this question by exactly this model."""
        return self._read(ANSWERS, answer_key(identity, question), Answer)

    def keep(self, identity: Identity, question: Question, answer: Answer) -> None:
        """Keep an answer for the next run."""
        key = answer_key(identity, question)
        self._storage.write_document(ANSWERS, key, answer)
        with self._lock:
            if self._keys is not None:
                self._keys.add(key)

    def remember(self, identity: Identity) -> None:
        """Keep what a name stands for, so that kept answers serve while the server is away."""
        self._storage.write_document(MODELS, _name(identity.backend, identity.model), ModelCard(**vars(identity)))

    def recall(self, backend: str, model: str) -> Identity | None:
        """What the name stood for last time."""
        card = self._read(MODELS, _name(backend, model), ModelCard)
        return Identity(**card.model_dump()) if card else None

    def _read(self, name: str, key: str, kind: type[Kept]) -> Kept | None:
        # A torn file, or one of another version, is an answer not kept: it is asked for again and replaced.
        with suppress(StorageError):
            return self._storage.read_document(name, key, kind)
        return None


def answer_key(identity: Identity, question: Question) -> str:
    """SHA-256 of all that an answer depends on. Gates are none of it: new gates judge old words, no model runs."""
    asked = {
        "backend": identity.backend,
        "model": identity.model,
        "digest": identity.digest,
        "context": identity.context_tokens,
        "prompt_version": PROMPT_VERSION,
        "messages": [vars(message) for message in question.messages],
        "schema": question.schema,
        "answer_tokens": question.answer_tokens,
        "seed": question.seed,
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode("utf-8", "replace")).hexdigest()


def _name(backend: str, model: str) -> str:
    return hashlib.sha256(f"{backend}\n{model}".encode()).hexdigest()[:32]
