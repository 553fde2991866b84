"""Speak JSON over HTTP with a model server: deadlines that hold, answers of bounded size, errors by name.

What an answer means is told by the adapter of each server.
"""

import json
import random
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import httpx

from resources.errors import ModelError, ModelUnavailableError, UnusableAnswerError
from resources.llm.base import LanguageModelFactory, ModelInfo, TokenMeter, normalize_server_url

CONNECT_TIMEOUT_SECONDS, WRITE_TIMEOUT_SECONDS = 3.0, 10.0


CHECK_TIMEOUT_SECONDS = 10.0
"""For questions about the server, which it answers without the model."""


BUSY_WAIT_SECONDS = (1.0, 2.0, 4.0)
"""Pauses after "server busy" (Ollama answers it in 10 ms and without Retry-After); the last one repeats."""


MAX_RESPONSE_BYTES = 4 << 20


class ModelServer:
    """A model server at one address. Safe to be used by several threads."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        self.url = normalize_server_url(url)
        # No proxy of the environment and no redirect: either would carry the texts somewhere nobody chose.
        self._client = httpx.Client(base_url=self.url, headers=headers, trust_env=False, follow_redirects=False)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def request(self, method: str, path: str, body: Any = None, *, timeout_seconds: float) -> tuple[int, Any]:
        """Status and JSON of the answer, at the latest `seconds` from now. A text that is no JSON is given as text.

        Raises:
            ModelUnavailableError: when no whole answer came in time.
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
        try:
            return status, json.loads(data) if data else None
        except (ValueError, RecursionError):  # brackets a thousand deep are no ValueError
            return status, data.decode("utf-8", "replace")

    def stream_lines(self, path: str, body: Any, *, silence_seconds: float) -> Iterator[Any]:
        """The JSON lines of a streamed answer; a silence of `seconds` ends it with an error."""
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
        """The body in pieces. httpx limits the wait for each piece; a server that drips would pass every limit."""
        size = 0
        for piece in response.iter_bytes():
            size += len(piece)
            if size > MAX_RESPONSE_BYTES:
                raise UnusableAnswerError(f"{self.url}: an answer of more than {MAX_RESPONSE_BYTES >> 20} MiB.")
            if time.monotonic() > deadline:
                raise ModelUnavailableError(f"{self.url}: the answer did not end in time.")
            yield piece


class BaseModelClient(ABC):
    """One model of a server, as far as all servers are alike: the connection, and which model it is, asked once."""

    def __init__(self, factory: LanguageModelFactory, model: str, headers: Mapping[str, str] | None = None) -> None:
        self._factory, self._model = factory, model
        self._server = ModelServer(factory.url, headers)
        self._meter = TokenMeter()
        self._info: ModelInfo | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let go of the connections."""
        self._server.close()

    def identify(self) -> ModelInfo:
        """Which model answers, exactly."""
        with self._lock:
            if self._info is None:
                with guard_response_shape(self._model):
                    self._info = self._fetch_info()
            return self._info

    @abstractmethod
    def _fetch_info(self) -> ModelInfo: ...


def retry_while_busy(send: Callable[[float], tuple[int, Any]], timeout_seconds: float) -> tuple[int, Any]:
    """Ask until the server is not busy (503), with growing pauses; `ask` is given what is left of `seconds`."""
    deadline = time.monotonic() + timeout_seconds
    attempt = 0
    while True:
        status, answer = send(max(deadline - time.monotonic(), 0.001))
        pause = BUSY_WAIT_SECONDS[min(attempt, len(BUSY_WAIT_SECONDS) - 1)] * random.uniform(0.8, 1.2)  # noqa: S311 - no secret
        if status != 503:
            return status, answer
        if time.monotonic() + pause >= deadline:
            raise ModelUnavailableError(
                f"the model server stayed busy for {timeout_seconds:.0f} seconds: {error_message(answer)}"
            )
        time.sleep(pause)
        attempt += 1


def error_message(answer: Any) -> str:
    """What a server says is wrong, on one line: `{"error": "…"}`, `{"error": {"message": "…"}}` or a text."""
    error = answer.get("error", answer) if isinstance(answer, dict) else answer
    if isinstance(error, str) and error.startswith("{"):
        with suppress(ValueError, RecursionError):
            error = json.loads(error).get("error", error)  # JSON inside a string: llama-server by way of Ollama
    message = error.get("message", error) if isinstance(error, dict) else error
    return " ".join(str(message or "no reason given").split())[:300]


@contextmanager
def guard_response_shape(label: str) -> Iterator[None]:
    """Around reading an answer: a field of another type than the server documents is no fault of ours to fall over.

    Raises:
        UnusableAnswerError: instead of what reading stumbled over.
    """
    try:
        yield
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise UnusableAnswerError(f"{label}: the answer is not built as the server documents it ({error}).") from error


def require_object(answer: Any, label: str) -> dict[str, Any]:
    """The answer as a JSON object.

    Raises:
        UnusableAnswerError: when it is anything else.
    """
    if not isinstance(answer, dict):
        raise UnusableAnswerError(f"{label}: the answer is not a JSON object.")
    return answer


def require_success(status: int, answer: Any, label: str) -> dict[str, Any]:
    """The object of a successful answer.

    Raises:
        ModelUnavailableError: for 5xx, which may pass.
        ModelError: for every other status but 200.
    """
    if status >= 500:
        raise ModelUnavailableError(f"{label}: {error_message(answer)} (status {status}).")
    if status != 200:
        raise ModelError(f"{label}: {error_message(answer)} (status {status}).")
    return require_object(answer, label)
