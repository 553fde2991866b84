"""Client of Ollama by its native API: its OpenAI-compatible API cannot turn off the truncation of prompts.

Behaviour measured on a real server, which this module handles:

* A prompt that does not fit is cut to half of `num_ctx` from the front, so the rules are lost first; the status is 200.
  `truncate: false` and `shift: false` (0.12.4 and later; older ones ignore them) make it a 400 with the count.
* `num_predict` has a default of ten times `num_ctx`: a runaway answer blocks a CPU-only machine for an hour.
* A different `num_ctx` or `shift` reloads the model, so all calls, warm-up included, send the same values.
* More than 30 equal tokens end an answer with `done: false` and status 200.
* Names that end in `cloud`, and tags with a `remote_host`, are sent to ollama.com by the "local" server.
"""

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
from resources.llm.base import CompletionRequest, ModelInfo, ModelPlacement
from resources.llm.transport import (
    CHECK_TIMEOUT_SECONDS,
    BaseModelClient,
    extract_error_message,
    find_overflow,
    guard_response_shape,
    require_object,
    require_success,
)
from resources.progress import report_progress

MIN_SAFE_VERSION = (0, 12, 4)
"""The first version that supports `truncate` and `shift`."""

MAX_PULL_SILENCE_SECONDS = 300.0

BILLIONS_PER_UNIT = {"K": 1e-6, "M": 1e-3, "B": 1.0, "T": 1e3}

_SCHEMA_ERROR_PATTERN = re.compile(r"invalid format|schema|grammar", re.IGNORECASE)


def to_model_error(model: str, url: str, status: int, answer: Any) -> ModelError:
    """Return the error that a response other than 200 means."""
    message = extract_error_message(answer)
    match status:
        case 404:
            return ModelMissingError(f"model {model} is not on {url}. Try: ollama pull {model}")
        case _ if overflow := find_overflow(model, status, answer):
            return overflow
        case 403 if not answer:
            return ModelError(f"{url} forbids it: Ollama on loopback answers only to a local host name.")
    if _SCHEMA_ERROR_PATTERN.search(message):
        return SchemaRefusedError(f"{model}: {message}")
    kind = ModelUnavailableError if status >= 500 else ModelError
    return kind(f"{model}: {message} (status {status}).")


def is_too_old(version: str) -> bool:
    """Return whether a server ignores `truncate` and `shift`; version 0.0.0 is a build from source."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    return any(numbers) and numbers < MIN_SAFE_VERSION


def parse_billions(size: str) -> float | None:
    """Return the parameters in billions, from a size (`1.5B`, `137.66M`) or a name that holds one (`qwen3:1.7b`)."""
    match = re.search(r"(?<![A-Za-z0-9.])(\d+(?:\.\d+)?) ?([KMBT])\b", size, re.IGNORECASE)
    return float(match[1]) * BILLIONS_PER_UNIT[match[2].upper()] if match else None


def count_billions(parameters: Any) -> float | None:
    """Return a count of parameters in billions; None if the server reports none."""
    return round(int(parameters) / 1e9, 6) if parameters else None


class OllamaClient(BaseModelClient):
    """One model of an Ollama server, identified by its digest. A missing model is pulled if `pull_missing` is set."""

    _chat_path = "/api/chat"

    def check_health(self) -> CheckResult:
        """Return the state of server and model, with a warning for an old server."""
        try:
            identity = self.identify()
        except ModelError as error:
            return CheckResult(f"language model {self._model}", False, str(error))
        warnings = []
        if is_too_old(identity.server_version):
            warnings.append(
                f"Ollama {identity.server_version} ignores truncate and shift; long prompts are guarded by their count "
                f"only. Update to {'.'.join(map(str, MIN_SAFE_VERSION))} or later."
            )
        detail = f"{identity.model} ({identity.digest[:12]}) on Ollama {identity.server_version}"
        return CheckResult(f"language model {self._model}", True, detail, tuple(warnings))

    def warm_up(self, timeout_seconds: float) -> None:
        """Load the model with the context and flags of all later calls."""
        body = self._build_base_body() | {"messages": [], "options": {"num_ctx": self.identify().context_tokens}}
        status, answer = self._post_chat(body, timeout_seconds)
        if status != 200:
            raise self._to_model_error(status, answer, None)

    def get_placement(self) -> ModelPlacement | None:
        """Return the placement from `/api/ps`; None if the model is not loaded or the server is unreachable."""
        try:
            digest = self.identify().digest
            status, answer = self._server.request("GET", "/api/ps", timeout_seconds=CHECK_TIMEOUT_SECONDS)
            with guard_response_shape(self._model):
                for model in require_success(status, answer, self._model).get("models") or ():
                    if model.get("digest") == digest:
                        return ModelPlacement(int(model.get("size") or 0), int(model.get("size_vram") or 0))
        except ModelError:
            return None
        return None

    def _build_base_body(self) -> dict[str, Any]:
        return {
            "model": self._model,
            "stream": False,
            "truncate": False,
            "shift": False,
            "keep_alive": self._factory.keep_alive,
            # Thinking models think by default, which takes minutes.
            **({"think": False} if self._forbids_thinking else {}),
        }

    def _is_blank(self, answer: dict[str, Any]) -> bool:
        return answer.get("done_reason") in {"stop", "length"} and not answer["message"]["content"].strip()

    def _build_body(self, request: CompletionRequest) -> dict[str, Any]:
        return self._build_base_body() | {
            "messages": [{"role": message.role, "content": message.content} for message in request.messages],
            "format": request.schema,
            "options": {
                "num_ctx": self.identify().context_tokens,
                "num_predict": self._get_answer_tokens(request),
                "temperature": 0,
                "top_k": 1,
                "repeat_penalty": 1.0,
                "seed": request.seed,
            },
        }

    def _parse_answer(
        self, answer: dict[str, Any], request: CompletionRequest, info: ModelInfo
    ) -> tuple[str, int, int]:
        self._check_complete(answer, request, info)
        prompt_tokens, answer_tokens = int(answer["prompt_eval_count"]), int(answer.get("eval_count") or 0)
        return str(answer["message"]["content"]), prompt_tokens, answer_tokens

    def _check_complete(self, answer: dict[str, Any], request: CompletionRequest, info: ModelInfo) -> None:
        if answer.get("remote_host") or answer.get("remote_model"):
            self._check_remote_allowed(str(answer.get("remote_host") or answer.get("remote_model")))
        if answer.get("done") is not True:
            raise UnusableAnswerError(f"{self._model}: the server gave up on the answer (token repeat limit).")
        if (reason := answer.get("done_reason")) != "stop":
            raise UnusableAnswerError(f"{self._model}: the answer was cut: done_reason {reason}.")
        tokens = answer.get("prompt_eval_count")
        if not isinstance(tokens, int) or not isinstance((answer.get("message") or {}).get("content"), str):
            raise UnusableAnswerError(f"{self._model}: the answer has no text or no prompt_eval_count.")
        # A truncated prompt counts slightly more than half the context: 259 of 512 tokens when measured.
        half = info.context_tokens // 2
        is_old_and_half = is_too_old(info.server_version) and half - 8 <= tokens <= half + 64
        max_prompt_tokens = info.context_tokens - request.max_answer_tokens
        if tokens > max_prompt_tokens or is_old_and_half or self._meter.is_likely_truncated(request.size_bytes, tokens):
            raise PromptTooLongError(
                f"{self._model}: the prompt of {request.size_bytes} bytes was cut to {tokens} tokens.",
                limit=max_prompt_tokens,
            )

    def _to_model_error(self, status: int, answer: Any, request: CompletionRequest | None) -> ModelError:
        error = to_model_error(self._model, self._server.url, status, answer)
        if request and isinstance(error, PromptTooLongError) and error.tokens:
            self._meter.record_usage(request.size_bytes, error.tokens)
        return error

    def _fetch_info(self) -> ModelInfo:
        if re.search(r"[:-]cloud$", self._model):
            self._check_remote_allowed("ollama.com")
        status, version = self._server.request("GET", "/api/version", timeout_seconds=CHECK_TIMEOUT_SECONDS)
        server_version = str(require_success(status, version, self._server.url).get("version", ""))
        if (tag := self._find_tag()) is None and self._factory.pull_missing:
            self._pull_model()
            tag = self._find_tag()
        if tag is None:
            raise self._to_model_error(404, None, None)
        status, shown = self._server.request(
            "POST", "/api/show", {"model": self._model}, timeout_seconds=CHECK_TIMEOUT_SECONDS
        )
        show = require_success(status, shown, self._model)
        if remote := tag.get("remote_host") or show.get("remote_host") or tag.get("remote_model"):
            self._check_remote_allowed(str(remote))
        # Servers before 0.6.4 report no capabilities.
        if (abilities := show.get("capabilities")) and "completion" not in abilities:
            raise ModelRefusedError(
                f"model {self._model} writes no answers: it is for {', '.join(map(str, abilities))}."
            )
        details = tag.get("details") or show.get("details") or {}
        model_info = show.get("model_info") or {}
        lengths = [value for key, value in model_info.items() if key.endswith(".context_length")]
        return ModelInfo(
            backend="ollama",
            model=self._model,
            digest=str(tag.get("digest", "")),
            billions=self._factory.model_billions
            or count_billions(model_info.get("general.parameter_count"))
            or parse_billions(str(details.get("parameter_size", ""))),
            context_tokens=min([self._factory.context_tokens, *(int(length) for length in lengths[:1])]),
            server_version=server_version,
        )

    def _find_tag(self) -> dict[str, Any] | None:
        status, answer = self._server.request("GET", "/api/tags", timeout_seconds=CHECK_TIMEOUT_SECONDS)
        names = {self._model, f"{self._model}:latest"}
        models = require_success(status, answer, self._server.url).get("models") or ()
        return next((model for model in models if model.get("name") in names), None)

    def _pull_model(self) -> None:
        """Download the model. Errors come with status 200; the last line must be "success"."""
        is_complete = False
        for line in self._server.stream_lines(
            "/api/pull", {"model": self._model}, silence_seconds=MAX_PULL_SILENCE_SECONDS
        ):
            step = require_object(line, self._model)
            if "error" in step:
                raise ModelMissingError(f"model {self._model} cannot be pulled: {extract_error_message(step)}")
            is_complete = step.get("status") == "success"
            report_progress(
                f"pull {self._model}", float(step.get("completed") or 0), float(step.get("total") or 0) or None
            )
        if not is_complete:
            raise ModelMissingError(
                f"model {self._model}: the download did not end in success; run it again to resume."
            )

    def _check_remote_allowed(self, host: str) -> None:
        if not self._factory.allow_remote:
            raise ModelRefusedError(
                f"model {self._model} is run by {host}: repository texts would leave this machine. "
                "Choose a local model, or set language_model.allow_remote."
            )
