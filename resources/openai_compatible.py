"""Speak with vLLM, llama-server and others by `/v1`. Never with Ollama: its `/v1` cuts long prompts in silence."""

import re
import time
from typing import Any

from resources.errors import (
    ModelError,
    ModelMissingError,
    ModelRefusedError,
    ModelUnavailableError,
    PromptTooLongError,
    SchemaRefusedError,
    UnusableAnswerError,
)
from resources.language_model import Completion, Health, Identity, LanguageModels, Question, Residency
from resources.model_http import CHECK_SECONDS, ServedModel, as_documented, said, unless_wrong, when_free, whole
from resources.ollama_answers import billions

_LIMIT = re.compile(r"maximum (?:context|model) length (?:is|of) (\d+)")
_COUNTED = re.compile(r"(?:requested|has|contains)[^0-9]*(\d+)")
_SCHEMA = re.compile(r"schema|grammar|response_format|guided", re.IGNORECASE)


class OpenAICompatible(ServedModel):
    """One model of a server that speaks OpenAI's chat completions; these servers tell no digest."""

    def __init__(self, way: LanguageModels, model: str) -> None:
        super().__init__(
            way, model, {"Authorization": f"Bearer {way.api_key.get_secret_value()}"} if way.api_key else None
        )

    def complete(self, question: Question, seconds: float) -> Completion:
        """One answer of `/v1/chat/completions`, whole, or an error that says why not."""
        self.identity()
        body = {
            "model": self._model,
            "messages": [{"role": one.role, "content": one.content} for one in question.messages],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": question.schema},
            },
            "max_tokens": question.answer_tokens,
            "temperature": 0,
            "seed": question.seed,
            "chat_template_kwargs": {"enable_thinking": False},
        }
        begun = time.monotonic()
        status, answer = when_free(
            lambda left: self._server.ask("POST", "/v1/chat/completions", body, seconds=left), seconds
        )
        if status != 200:
            raise self._refusal(status, answer, question)
        with as_documented(self._model):
            text, tokens, written = self._read(whole(answer, self._model))
        if self._meter.looks_cut(question.size, tokens):
            raise PromptTooLongError(f"{self._model}: the prompt of {question.size} bytes was cut to {tokens} tokens.")
        self._meter.learn(question.size, tokens)
        return Completion(text, tokens, written, time.monotonic() - begun)

    def health(self) -> Health:
        """Whether the server has the model."""
        try:
            identity = self.identity()
        except ModelError as error:
            return Health(False, str(error))
        return Health(True, f"{identity.model} on {self._server.url}")

    def warm_up(self, seconds: float) -> None:
        """These servers load their model before they listen: being there is being warm."""
        self._server.ask("GET", "/v1/models", seconds=min(seconds, CHECK_SECONDS))

    def residency(self) -> Residency | None:
        """They do not tell."""
        return None

    def _read(self, answer: dict[str, Any]) -> tuple[str, int, int]:
        choice = next(iter(answer.get("choices") or ()), None) or {}
        if (reason := choice.get("finish_reason")) != "stop":
            raise UnusableAnswerError(f"{self._model}: the answer was cut: finish_reason {reason}.")
        text, usage = (choice.get("message") or {}).get("content"), answer.get("usage") or {}
        if not isinstance(text, str) or not usage.get("prompt_tokens"):
            raise UnusableAnswerError(f"{self._model}: the answer has no text or no usage.")
        return text, int(usage["prompt_tokens"]), int(usage.get("completion_tokens") or 0)

    def _refusal(self, status: int, answer: Any, question: Question) -> ModelError:
        message = said(answer)
        match status:
            case 404:
                return ModelMissingError(f"model {self._model} is not served by {self._server.url}: {message}")
            case 401 | 403:
                return ModelError(f"{self._server.url} refuses us: {message}. Check language_model.api_key.")
            case 400 if limit := _LIMIT.search(message):
                counted = _COUNTED.search(message)
                self._meter.learn(question.size, int(counted[1]) if counted else 0)
                return PromptTooLongError(
                    f"{self._model}: {message}", int(counted[1]) if counted else None, int(limit[1])
                )
            case 400 if _SCHEMA.search(message):
                return SchemaRefusedError(f"{self._model}: {message}")
        kind = ModelUnavailableError if status >= 500 else ModelError
        return kind(f"{self._model}: {message} (status {status}).")

    def _ask_identity(self) -> Identity:
        status, answer = self._server.ask("GET", "/api/version", seconds=CHECK_SECONDS)
        if status == 200 and isinstance(answer, dict) and "version" in answer:
            raise ModelRefusedError(f'{self._server.url} is Ollama: set language_model.backend to "ollama".')
        status, answer = self._server.ask("GET", "/v1/models", seconds=CHECK_SECONDS)
        served = unless_wrong(status, answer, self._server.url).get("data") or ()
        found = next((one for one in served if one.get("id") == self._model), None)
        if found is None:
            names = ", ".join(str(one.get("id")) for one in served) or "none"
            raise ModelMissingError(f"model {self._model} is not served by {self._server.url}; it has: {names}")
        longest = int(found.get("max_model_len") or self._way.context_tokens)
        return Identity(
            backend="openai",
            model=self._model,
            digest="",
            billions=billions(self._model.replace("-", " ").replace(":", " ").replace("/", " ")),
            context_tokens=min(self._way.context_tokens, longest),
        )
