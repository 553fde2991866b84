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
from resources.llm.base import (
    CompletionRequest,
    CompletionResult,
    LanguageModelFactory,
    ModelHealth,
    ModelInfo,
    ModelPlacement,
)
from resources.llm.ollama import parse_billions
from resources.llm.transport import (
    CHECK_TIMEOUT_SECONDS,
    BaseModelClient,
    error_message,
    guard_response_shape,
    require_object,
    require_success,
    retry_while_busy,
)

_TOKEN_LIMIT_PATTERN = re.compile(r"maximum (?:context|model) length (?:is|of) (\d+)")


_TOKEN_COUNT_PATTERN = re.compile(r"(?:requested|has|contains)[^0-9]*(\d+)")


_SCHEMA_ERROR_PATTERN = re.compile(r"schema|grammar|response_format|guided", re.IGNORECASE)


class OpenAICompatibleClient(BaseModelClient):
    """One model of a server that speaks OpenAI's chat completions; these servers tell no digest."""

    def __init__(self, factory: LanguageModelFactory, model: str) -> None:
        super().__init__(
            factory,
            model,
            {"Authorization": f"Bearer {factory.api_key.get_secret_value()}"} if factory.api_key else None,
        )

    def complete(self, request: CompletionRequest, timeout_seconds: float) -> CompletionResult:
        """One answer of `/v1/chat/completions`, whole, or an error that says why not."""
        self.identify()
        body = {
            "model": self._model,
            "messages": [{"role": one.role, "content": one.content} for one in request.messages],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": request.schema},
            },
            "max_tokens": request.max_answer_tokens,
            "temperature": 0,
            "seed": request.seed,
            "chat_template_kwargs": {"enable_thinking": False},
        }
        begun = time.monotonic()
        status, answer = retry_while_busy(
            lambda left: self._server.request("POST", "/v1/chat/completions", body, timeout_seconds=left),
            timeout_seconds,
        )
        if status != 200:
            raise self._to_model_error(status, answer, request)
        with guard_response_shape(self._model):
            text, tokens, written = self._parse_choice(require_object(answer, self._model))
        if self._meter.is_likely_truncated(request.size_bytes, tokens):
            raise PromptTooLongError(
                f"{self._model}: the prompt of {request.size_bytes} bytes was cut to {tokens} tokens."
            )
        self._meter.record_usage(request.size_bytes, tokens)
        return CompletionResult(text, tokens, written, time.monotonic() - begun)

    def check_health(self) -> ModelHealth:
        """Whether the server has the model."""
        try:
            identity = self.identify()
        except ModelError as error:
            return ModelHealth(False, str(error))
        return ModelHealth(True, f"{identity.model} on {self._server.url}")

    def warm_up(self, timeout_seconds: float) -> None:
        """These servers load their model before they listen: being there is being warm."""
        self._server.request("GET", "/v1/models", timeout_seconds=min(timeout_seconds, CHECK_TIMEOUT_SECONDS))

    def get_placement(self) -> ModelPlacement | None:
        """They do not tell."""
        return None

    def _parse_choice(self, answer: dict[str, Any]) -> tuple[str, int, int]:
        choice = next(iter(answer.get("choices") or ()), None) or {}
        if (reason := choice.get("finish_reason")) != "stop":
            raise UnusableAnswerError(f"{self._model}: the answer was cut: finish_reason {reason}.")
        text, usage = (choice.get("message") or {}).get("content"), answer.get("usage") or {}
        if not isinstance(text, str) or not usage.get("prompt_tokens"):
            raise UnusableAnswerError(f"{self._model}: the answer has no text or no usage.")
        return text, int(usage["prompt_tokens"]), int(usage.get("completion_tokens") or 0)

    def _to_model_error(self, status: int, answer: Any, request: CompletionRequest) -> ModelError:
        message = error_message(answer)
        match status:
            case 404:
                return ModelMissingError(f"model {self._model} is not served by {self._server.url}: {message}")
            case 401 | 403:
                return ModelError(f"{self._server.url} refuses us: {message}. Check language_model.api_key.")
            case 400 if limit := _TOKEN_LIMIT_PATTERN.search(message):
                counted = _TOKEN_COUNT_PATTERN.search(message)
                self._meter.record_usage(request.size_bytes, int(counted[1]) if counted else 0)
                return PromptTooLongError(
                    f"{self._model}: {message}", int(counted[1]) if counted else None, int(limit[1])
                )
            case 400 if _SCHEMA_ERROR_PATTERN.search(message):
                return SchemaRefusedError(f"{self._model}: {message}")
        kind = ModelUnavailableError if status >= 500 else ModelError
        return kind(f"{self._model}: {message} (status {status}).")

    def _fetch_info(self) -> ModelInfo:
        status, answer = self._server.request("GET", "/api/version", timeout_seconds=CHECK_TIMEOUT_SECONDS)
        if status == 200 and isinstance(answer, dict) and "version" in answer:
            raise ModelRefusedError(f'{self._server.url} is Ollama: set language_model.backend to "ollama".')
        status, answer = self._server.request("GET", "/v1/models", timeout_seconds=CHECK_TIMEOUT_SECONDS)
        served = require_success(status, answer, self._server.url).get("data") or ()
        found = next((one for one in served if one.get("id") == self._model), None)
        if found is None:
            names = ", ".join(str(one.get("id")) for one in served) or "none"
            raise ModelMissingError(f"model {self._model} is not served by {self._server.url}; it has: {names}")
        longest = int(found.get("max_model_len") or self._factory.context_tokens)
        return ModelInfo(
            backend="openai",
            model=self._model,
            digest="",
            billions=parse_billions(self._model.replace("-", " ").replace(":", " ").replace("/", " ")),
            context_tokens=min(self._factory.context_tokens, longest),
        )
