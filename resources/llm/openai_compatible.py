"""Client of vLLM, llama-server and others by `/v1`. Ollama is refused: its `/v1` silently truncates long prompts."""

import hashlib
import json
import re
from typing import Any

from resources.checks import CheckResult
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
    LanguageModelFactory,
    ModelInfo,
    ModelPlacement,
)
from resources.llm.ollama import count_billions, parse_billions
from resources.llm.transport import (
    CHECK_TIMEOUT_SECONDS,
    BaseModelClient,
    extract_error_message,
    find_overflow,
    require_success,
)

_SCHEMA_ERROR_PATTERN = re.compile(r"schema|grammar|response_format|guided", re.IGNORECASE)


class OpenAICompatibleClient(BaseModelClient):
    """One model of a server with the chat completions API of OpenAI.

    These servers report no hash of the weights. llama.cpp reports `meta` (parameters, bytes, vocabulary), vLLM `root`:
    a hash of that means it, so that other weights under the same name do not get the answers of the old ones.
    """

    def __init__(self, factory: LanguageModelFactory, model: str) -> None:
        super().__init__(
            factory,
            model,
            {"Authorization": f"Bearer {factory.api_key.get_secret_value()}"} if factory.api_key else None,
        )

    _chat_path = "/v1/chat/completions"

    def check_health(self) -> CheckResult:
        """Return whether the server has the model."""
        try:
            identity = self.identify()
        except ModelError as error:
            return CheckResult(f"language model {self._model}", False, str(error))
        return CheckResult(f"language model {self._model}", True, f"{identity.model} on {self._server.url}")

    def warm_up(self, timeout_seconds: float) -> None:
        """Request the list of models. These servers load their model before they accept requests."""
        self._server.request("GET", "/v1/models", timeout_seconds=min(timeout_seconds, CHECK_TIMEOUT_SECONDS))

    def get_placement(self) -> ModelPlacement | None:
        """Return None: these servers do not report it."""
        return None

    def _build_body(self, request: CompletionRequest) -> dict[str, Any]:
        return {
            "model": self._model,
            "messages": [{"role": message.role, "content": message.content} for message in request.messages],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": request.schema},
            },
            "max_tokens": self._get_answer_tokens(request),
            "temperature": 0,
            "seed": request.seed,
            **({"chat_template_kwargs": {"enable_thinking": False}} if self._forbids_thinking else {}),
        }

    def _is_blank(self, answer: dict[str, Any]) -> bool:
        choice = answer["choices"][0]
        return choice.get("finish_reason") in {"stop", "length"} and not (choice["message"]["content"] or "").strip()

    def _parse_answer(
        self, answer: dict[str, Any], request: CompletionRequest, info: ModelInfo
    ) -> tuple[str, int, int]:
        text, prompt_tokens, answer_tokens = self._parse_choice(answer)
        if self._meter.is_likely_truncated(request.size_bytes, prompt_tokens):
            raise PromptTooLongError(
                f"{self._model}: the prompt of {request.size_bytes} bytes was cut to {prompt_tokens} tokens."
            )
        return text, prompt_tokens, answer_tokens

    def _parse_choice(self, answer: dict[str, Any]) -> tuple[str, int, int]:
        choice = next(iter(answer.get("choices") or ()), None) or {}
        if (reason := choice.get("finish_reason")) != "stop":
            raise UnusableAnswerError(f"{self._model}: the answer was cut: finish_reason {reason}.")
        text, usage = (choice.get("message") or {}).get("content"), answer.get("usage") or {}
        if not isinstance(text, str) or not usage.get("prompt_tokens"):
            raise UnusableAnswerError(f"{self._model}: the answer has no text or no usage.")
        return text, int(usage["prompt_tokens"]), int(usage.get("completion_tokens") or 0)

    def _to_model_error(self, status: int, answer: Any, request: CompletionRequest | None) -> ModelError:
        message = extract_error_message(answer)
        match status:
            case 404:
                return ModelMissingError(f"model {self._model} is not served by {self._server.url}: {message}")
            case 401 | 403:
                return ModelError(f"{self._server.url} refuses us: {message}. Check language_model.api_key.")
            case _ if overflow := find_overflow(self._model, status, answer):
                if request:
                    self._meter.record_usage(request.size_bytes, overflow.tokens or 0)
                return overflow
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
        entry = next((model for model in served if model.get("id") == self._model), None)
        if entry is None:
            names = ", ".join(str(model.get("id")) for model in served) or "none"
            raise ModelMissingError(f"model {self._model} is not served by {self._server.url}; it has: {names}")
        meta = entry.get("meta") or {}
        max_tokens = int(entry.get("max_model_len") or meta.get("n_ctx") or self._factory.context_tokens)
        return ModelInfo(
            backend="openai",
            model=self._model,
            digest=compute_entry_digest(entry),
            billions=self._factory.model_billions
            or count_billions(meta.get("n_params"))
            or parse_billions(re.sub(r"[-:/]", " ", self._model)),
            context_tokens=min(self._factory.context_tokens, max_tokens),
        )


def compute_entry_digest(entry: dict[str, Any]) -> str:
    """Return a hash of what a server reports of the weights behind a name; empty where it reports nothing.

    `created` is left out: it is the time of the request, or of the start of the server.
    """
    details = {key: entry[key] for key in ("meta", "root", "size", "hash", "digest", "sha256") if entry.get(key)}
    if details.get("root") == entry.get("id"):
        details.pop("root", None)
    if isinstance(details.get("meta"), dict):
        # The context is a setting of the server, and part of the key of an answer by itself.
        details["meta"] = {key: value for key, value in details["meta"].items() if key != "n_ctx"}
    return hashlib.sha256(json.dumps(details, sort_keys=True).encode()).hexdigest() if details else ""
