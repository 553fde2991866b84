"""Send JSON over HTTP to a model server, with deadlines, bounded responses and typed errors.

`BaseModelClient` holds what all servers share: the connection, the model's identity, and the steps of a
request. The client of each server interprets the responses.
"""

import json
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import httpx

from resources.errors import ModelError, ModelUnavailableError, UnusableAnswerError
from resources.http_client import MAX_RESPONSE_BYTES, FailedAttempt, RetryPolicy, parse_json_or_text
from resources.llm.base import (
    CompletionRequest,
    CompletionResult,
    LanguageModelFactory,
    ModelInfo,
    TokenMeter,
    normalize_server_url,
)

CONNECT_TIMEOUT_SECONDS, WRITE_TIMEOUT_SECONDS = 3.0, 10.0

CHECK_TIMEOUT_SECONDS = 10.0
"""Timeout of requests that the server answers without the model."""

FIRST_BUSY_PAUSE_SECONDS, MAX_BUSY_PAUSE_SECONDS = 1.0, 4.0
"""Pauses after "server busy", which Ollama answers in 10 ms and without Retry-After."""

BUSY_PAUSE_JITTER = 0.2


class ModelServer:
    """HTTP client of the model server at one address. Thread-safe."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        self.url = normalize_server_url(url)
        # No proxy of the environment and no redirect: either would carry the texts to a server that no setting names.
        self._client = httpx.Client(base_url=self.url, headers=headers, trust_env=False, follow_redirects=False)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def request(self, method: str, path: str, body: Any = None, *, timeout_seconds: float) -> tuple[int, Any]:
        """Send a request and return status and JSON of the response, or its text where it is not JSON.

        Raises:
            ModelUnavailableError: no complete response arrived in time.
        """
        deadline = time.monotonic() + timeout_seconds
        try:
            with self._stream(method, path, body, timeout_seconds) as response:
                data = b"".join(self._read_bounded(response, deadline))
                status = response.status_code
        except httpx.TimeoutException as error:
            raise ModelUnavailableError(f"{self.url}{path}: no answer within {timeout_seconds:.0f} seconds.") from error
        except httpx.TransportError as error:
            raise ModelUnavailableError(f"{self.url}: cannot be reached: {error}. Is the server running?") from error
        return status, parse_json_or_text(data)

    def stream_lines(self, path: str, body: Any, *, silence_seconds: float) -> Iterator[Any]:
        """Yield the JSON lines of a streamed response; a silence of `silence_seconds` ends it with an error."""
        try:
            with self._stream("POST", path, body, silence_seconds) as response:
                for line in response.iter_lines():
                    if line.strip():
                        yield json.loads(line)
        except httpx.TransportError as error:
            raise ModelUnavailableError(f"{self.url}{path}: {error or type(error).__name__}.") from error
        except (ValueError, RecursionError) as error:
            raise UnusableAnswerError(f"{self.url}{path}: a line of the answer is not JSON.") from error

    @contextmanager
    def _stream(self, method: str, path: str, body: Any, timeout_seconds: float) -> Iterator[httpx.Response]:
        wait = max(timeout_seconds, 0.001)
        timeout = httpx.Timeout(
            wait, connect=min(CONNECT_TIMEOUT_SECONDS, wait), write=min(WRITE_TIMEOUT_SECONDS, wait)
        )
        with self._client.stream(method, path, json=body, timeout=timeout) as response:
            yield response

    def _read_bounded(self, response: httpx.Response, deadline: float) -> Iterator[bytes]:
        """Yield the body in pieces. httpx limits only the wait for each piece, so a slow drip would never end."""
        size = 0
        for piece in response.iter_bytes():
            size += len(piece)
            if size > MAX_RESPONSE_BYTES:
                raise UnusableAnswerError(f"{self.url}: an answer of more than {MAX_RESPONSE_BYTES >> 20} MiB.")
            if time.monotonic() > deadline:
                raise ModelUnavailableError(f"{self.url}: the answer did not end in time.")
            yield piece


class BaseModelClient(ABC):
    """One model of a server: the connection, the cached identity of the model, and the steps of a request."""

    def __init__(self, factory: LanguageModelFactory, model: str, headers: Mapping[str, str] | None = None) -> None:
        self._factory, self._model = factory, model
        self._server = ModelServer(factory.url, headers)
        self._meter = TokenMeter()
        self._info: ModelInfo | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the connections."""
        self._server.close()

    def identify(self) -> ModelInfo:
        """Return the identity of the model, requested once."""
        with self._lock:
            if self._info is None:
                with guard_response_shape(self._model):
                    self._info = self._fetch_info()
            return self._info

    def complete(self, request: CompletionRequest, timeout_seconds: float) -> CompletionResult:
        """Return a complete answer, or raise an error with the reason."""
        info = self.identify()
        body = self._build_body(request)
        start = time.monotonic()
        status, answer = self._post_chat(body, timeout_seconds)
        if status != 200:
            raise self._to_model_error(status, answer, request)
        with guard_response_shape(self._model):
            text, prompt_tokens, answer_tokens = self._parse_answer(require_object(answer, self._model), request, info)
        self._meter.record_usage(request.size_bytes, prompt_tokens)
        return CompletionResult(text, prompt_tokens, answer_tokens, time.monotonic() - start)

    def _post_chat(self, body: Any, timeout_seconds: float) -> tuple[int, Any]:
        """Send to the chat path until the server is not busy, and return status and JSON."""

        def send(seconds_left: float) -> tuple[int, Any]:
            return self._server.request("POST", self._chat_path, body, timeout_seconds=seconds_left)

        return retry_while_busy(send, timeout_seconds)

    @property
    @abstractmethod
    def _chat_path(self) -> str: ...

    @abstractmethod
    def _fetch_info(self) -> ModelInfo: ...

    @abstractmethod
    def _build_body(self, request: CompletionRequest) -> dict[str, Any]: ...

    @abstractmethod
    def _parse_answer(
        self, answer: dict[str, Any], request: CompletionRequest, info: ModelInfo
    ) -> tuple[str, int, int]:
        """Return the text, the tokens of the prompt and those of the answer; raise when the answer is not whole."""

    @abstractmethod
    def _to_model_error(self, status: int, answer: Any, request: CompletionRequest | None) -> ModelError: ...


def retry_while_busy(send: Callable[[float], tuple[int, Any]], timeout_seconds: float) -> tuple[int, Any]:
    """Send until the server is not busy (503), with growing pauses; `send` takes the seconds that remain.

    Raises:
        ModelUnavailableError: when the server is busy until `timeout_seconds` have passed.
    """
    deadline = time.monotonic() + timeout_seconds

    def attempt() -> tuple[int, Any] | FailedAttempt:
        status, answer = send(max(deadline - time.monotonic(), 0.001))
        if status != 503:
            return status, answer
        return FailedAttempt(
            ModelUnavailableError(
                f"the model server stayed busy for {timeout_seconds:.0f} seconds: {extract_error_message(answer)}"
            )
        )

    policy = RetryPolicy(
        FIRST_BUSY_PAUSE_SECONDS,
        max_pause_seconds=MAX_BUSY_PAUSE_SECONDS,
        jitter=BUSY_PAUSE_JITTER,
        max_seconds=timeout_seconds,
    )
    return policy.run(attempt)


def extract_error_message(answer: Any) -> str:
    """Return what a server says is wrong, on one line: `{"error": "…"}`, `{"error": {"message": "…"}}` or a text."""
    error = answer.get("error", answer) if isinstance(answer, dict) else answer
    if isinstance(error, str) and error.startswith("{"):
        with suppress(ValueError, RecursionError):
            error = json.loads(error).get("error", error)  # JSON inside a string: llama-server by way of Ollama
    message = error.get("message", error) if isinstance(error, dict) else error
    return " ".join(str(message or "no reason given").split())[:300]


@contextmanager
def guard_response_shape(label: str) -> Iterator[None]:
    """Turn errors of reading a response into one that says so: a server may send fields of undocumented types.

    Raises:
        UnusableAnswerError: instead of the error of the reading.
    """
    try:
        yield
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise UnusableAnswerError(f"{label}: the answer is not built as the server documents it ({error}).") from error


def require_object(answer: Any, label: str) -> dict[str, Any]:
    """Return the answer as a JSON object.

    Raises:
        UnusableAnswerError: when it is anything else.
    """
    if not isinstance(answer, dict):
        raise UnusableAnswerError(f"{label}: the answer is not a JSON object.")
    return answer


def require_success(status: int, answer: Any, label: str) -> dict[str, Any]:
    """Return the object of a successful response.

    Raises:
        ModelUnavailableError: for 5xx, which may pass.
        ModelError: for every other status but 200.
    """
    if status >= 500:
        raise ModelUnavailableError(f"{label}: {extract_error_message(answer)} (status {status}).")
    if status != 200:
        raise ModelError(f"{label}: {extract_error_message(answer)} (status {status}).")
    return require_object(answer, label)
