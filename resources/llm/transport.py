"""Send JSON over HTTP to a model server, with deadlines, bounded responses and typed errors.

`BaseModelClient` holds what all servers share: the connection, the model's identity, and the steps of a
request. The client of each server interprets the responses.
"""

import json
import math
import re
import ssl
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any, NamedTuple

import anyio
import httpx
from anyio.from_thread import start_blocking_portal

from resources.errors import (
    ModelError,
    ModelLoadingError,
    ModelUnavailableError,
    PromptTooLongError,
    UnusableAnswerError,
)
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


BUSY_STATUSES = frozenset({429, 503})
"""Too many requests, and busy or still loading the model: the same request may work later."""

MAX_THINKING_TOKENS = 2048
"""Tokens added to an answer of a model that thinks although it is reported not to."""

_OVERFLOW_PATTERNS = (
    re.compile(r"request \((?P<tokens>\d{1,9}) tokens\) exceeds [^(]{0,80}\((?P<limit>\d{1,9}) tokens\)"),
    re.compile(
        r"maximum (?:context|model) length (?:is|of) (?P<limit>\d{1,9})"
        r"(?:.{0,80}?(?:requested|resulted in|has|contains)[^0-9]{0,40}(?P<tokens>\d{1,9}))?"
    ),
    re.compile(
        r"(?P<tokens>(?!))?(?P<limit>(?!))?"
        r"(?:exceeds? the (?:available )?context|prompt is longer than the context|context_length_exceeded)"
    ),
)
"""What servers say about a prompt that does not fit: llama.cpp and Ollama; vLLM and OpenAI; without counts."""

_THOUGHTS = re.compile(r"^\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)


class ServerAnswer(NamedTuple):
    """A response: its status, its JSON or text, and the pause in seconds that the server asks for, if any."""

    status: int
    data: Any
    pause_seconds: float | None


class ModelServer:
    """HTTP client of the model server at one address. Thread-safe."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        self.url = normalize_server_url(url)
        self._headers = dict(headers or {})

    @cached_property
    def _certificates(self) -> ssl.SSLContext | bool:
        """The trusted certificates, loaded once: that takes longer than a request on this machine."""
        return ssl.create_default_context() if self.url.startswith("https") else False

    @property
    def _client_options(self) -> dict[str, Any]:
        # No proxy of the environment and no redirect: either would carry the texts to a server that no setting names.
        return {
            "base_url": self.url,
            "headers": self._headers,
            "verify": self._certificates,
            "trust_env": False,
            "follow_redirects": False,
        }

    def request(self, method: str, path: str, body: Any = None, *, timeout_seconds: float) -> tuple[int, Any]:
        """Send a request and return status and JSON of the response, or its text where it is not JSON.

        Raises:
            ModelUnavailableError: no complete response arrived in time.
            UnusableAnswerError: the response is too large, or its encoding is not what its header says.
        """
        answer = self.exchange(method, path, body, timeout_seconds=timeout_seconds)
        return answer.status, answer.data

    def exchange(self, method: str, path: str, body: Any = None, *, timeout_seconds: float) -> ServerAnswer:
        """Send a request and return the response with the pause that it asks for; errors as `request`.

        The exchange runs in an event loop of its own thread, because only a cancelled task ends in time whatever the
        server does: httpx limits the wait for each piece, so a header that drips byte by byte would never end.
        """
        with start_blocking_portal() as portal:
            answer: ServerAnswer = portal.call(self._exchange, method, path, body, max(timeout_seconds, 0.001))
            return answer

    async def _exchange(self, method: str, path: str, body: Any, timeout_seconds: float) -> ServerAnswer:
        timeout = httpx.Timeout(
            timeout_seconds,
            connect=min(CONNECT_TIMEOUT_SECONDS, timeout_seconds),
            write=min(WRITE_TIMEOUT_SECONDS, timeout_seconds),
        )
        try:
            with anyio.fail_after(timeout_seconds):
                async with (
                    httpx.AsyncClient(**self._client_options) as client,
                    client.stream(method, path, json=body, timeout=timeout) as response,
                ):
                    data = await self._read_bounded(response)
                    pause_seconds = parse_pause(response.headers.get("retry-after", ""))
                    return ServerAnswer(response.status_code, parse_json_or_text(data), pause_seconds)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise ModelUnavailableError(f"{self.url}{path}: no answer within {timeout_seconds:.0f} seconds.") from error
        except httpx.DecodingError as error:
            raise UnusableAnswerError(f"{self.url}{path}: the answer is not encoded as its header says.") from error
        except httpx.RequestError as error:
            raise ModelUnavailableError(f"{self.url}: cannot be reached: {error}. Is the server running?") from error

    async def _read_bounded(self, response: httpx.Response) -> bytes:
        data = bytearray()
        async for piece in response.aiter_bytes():
            data += piece
            if len(data) > MAX_RESPONSE_BYTES:
                raise UnusableAnswerError(f"{self.url}: an answer of more than {MAX_RESPONSE_BYTES >> 20} MiB.")
        return bytes(data)

    def stream_lines(self, path: str, body: Any, *, silence_seconds: float) -> Iterator[Any]:
        """Yield the JSON lines of a streamed response; a silence of `silence_seconds` ends it with an error."""
        timeout = httpx.Timeout(silence_seconds, connect=CONNECT_TIMEOUT_SECONDS, write=WRITE_TIMEOUT_SECONDS)
        try:
            with (
                httpx.Client(**self._client_options) as client,
                client.stream("POST", path, json=body, timeout=timeout) as response,
            ):
                for line in response.iter_lines():
                    if line.strip():
                        yield json.loads(line)
        except httpx.RequestError as error:
            raise ModelUnavailableError(f"{self.url}{path}: {error or type(error).__name__}.") from error
        except (ValueError, RecursionError) as error:
            raise UnusableAnswerError(f"{self.url}{path}: a line of the answer is not JSON.") from error


def parse_pause(retry_after: str) -> float | None:
    """Return the seconds of a Retry-After header; None for a date or nonsense, so that the growing pause is used."""
    with suppress(ValueError):
        seconds = float(retry_after)
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    return None


class BaseModelClient(ABC):
    """One model of a server: the connection, the cached identity of the model, and the steps of a request."""

    def __init__(self, factory: LanguageModelFactory, model: str, headers: Mapping[str, str] | None = None) -> None:
        self._factory, self._model = factory, model
        self._server = ModelServer(factory.url, headers)
        self._meter = TokenMeter()
        self._info: ModelInfo | None = None
        self._lock = threading.Lock()
        self._forbids_thinking = True
        """Whether requests tell the model not to think. Some models then answer nothing."""

    def close(self) -> None:
        """Release what the client holds; nothing by default, since each exchange has its own connection."""
        return

    def identify(self, wait_seconds: float = 0.0) -> ModelInfo:
        """Return the identity of the model, requested once; wait up to `wait_seconds` while the server loads it."""
        deadline = time.monotonic() + wait_seconds
        with self._lock:
            while self._info is None:
                try:
                    with guard_response_shape(self._model):
                        self._info = self._fetch_info()
                except ModelLoadingError:
                    if time.monotonic() + FIRST_BUSY_PAUSE_SECONDS >= deadline:
                        raise
                    time.sleep(FIRST_BUSY_PAUSE_SECONDS)
            return self._info

    def complete(self, request: CompletionRequest, timeout_seconds: float) -> CompletionResult:
        """Return a complete answer, or raise an error with the reason."""
        info = self.identify()
        start = time.monotonic()
        status, answer = self._post_chat(self._build_body(request), timeout_seconds)
        if self._forbids_thinking and self._needs_thinking(status, answer):
            self._forbids_thinking = False
            seconds_left = timeout_seconds - (time.monotonic() - start)
            status, answer = self._post_chat(self._build_body(request), seconds_left)
        if status != 200:
            raise self._to_model_error(status, answer, request)
        with guard_response_shape(self._model):
            text, prompt_tokens, answer_tokens = self._parse_answer(require_object(answer, self._model), request, info)
        self._meter.record_usage(request.size_bytes, prompt_tokens)
        return CompletionResult(unwrap_json(text), prompt_tokens, answer_tokens, time.monotonic() - start)

    def _get_answer_tokens(self, request: CompletionRequest) -> int:
        """Return the tokens that an answer may have: more where the model cannot be reported not to think."""
        if self._forbids_thinking:
            return request.max_answer_tokens
        return request.max_answer_tokens + min(MAX_THINKING_TOKENS, self.identify().context_tokens // 4)

    def _needs_thinking(self, status: int, answer: Any) -> bool:
        """Return whether the server refuses the field that forbids thinking, or answers nothing because of it."""
        if status in {400, 422}:
            return bool(re.search(r"think|chat_template", extract_error_message(answer)))
        if status != 200 or not isinstance(answer, dict):
            return False
        with suppress(AttributeError, IndexError, KeyError, TypeError):
            return self._is_blank(answer)
        return False

    def _post_chat(self, body: Any, timeout_seconds: float) -> tuple[int, Any]:
        """Send to the chat path until the server is not busy, and return status and JSON."""

        def send(seconds_left: float) -> ServerAnswer:
            return self._server.exchange("POST", self._chat_path, body, timeout_seconds=seconds_left)

        return retry_while_busy(send, timeout_seconds)

    @property
    @abstractmethod
    def _chat_path(self) -> str: ...

    @abstractmethod
    def _fetch_info(self) -> ModelInfo: ...

    @abstractmethod
    def _build_body(self, request: CompletionRequest) -> dict[str, Any]: ...

    @abstractmethod
    def _is_blank(self, answer: dict[str, Any]) -> bool:
        """Return whether a finished answer has no text."""

    @abstractmethod
    def _parse_answer(
        self, answer: dict[str, Any], request: CompletionRequest, info: ModelInfo
    ) -> tuple[str, int, int]:
        """Return the text, the tokens of the prompt and those of the answer; raise when the answer is not whole."""

    @abstractmethod
    def _to_model_error(self, status: int, answer: Any, request: CompletionRequest | None) -> ModelError: ...


def retry_while_busy(send: Callable[[float], ServerAnswer], timeout_seconds: float) -> tuple[int, Any]:
    """Send until the server is not busy (429, 503), with growing pauses or the ones that it asks for.

    `send` takes the seconds that remain.

    Raises:
        ModelUnavailableError: when the server is busy until `timeout_seconds` have passed.
    """
    deadline = time.monotonic() + timeout_seconds

    def attempt() -> tuple[int, Any] | FailedAttempt:
        answer = send(max(deadline - time.monotonic(), 0.001))
        if answer.status not in BUSY_STATUSES:
            return answer.status, answer.data
        message = extract_error_message(answer.data)
        return FailedAttempt(
            ModelUnavailableError(f"the model server stayed busy for {timeout_seconds:.0f} seconds: {message}"),
            pause_seconds=answer.pause_seconds,
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


def find_overflow(model: str, status: int, answer: Any) -> PromptTooLongError | None:
    """Return the error of a prompt that does not fit, with the server's counts; None for every other response."""
    if status not in {400, 413, 422}:
        return None
    message = extract_error_message(answer)
    for pattern in _OVERFLOW_PATTERNS:
        if match := pattern.search(message):
            tokens, limit = match["tokens"], match["limit"]
            error = f"{model}: {message}"
            return PromptTooLongError(error, int(tokens) if tokens else None, int(limit) if limit else None)
    return None


def unwrap_json(text: str) -> str:
    """Return the JSON object of an answer without what models put around it: thoughts, a code fence, an introduction.

    The text is returned as it is where it holds no whole object. What the object says is checked by its reader.
    """
    bare = _THOUGHTS.sub("", text, count=1)
    start = bare.find("{")
    if start < 0:
        return text
    try:
        _, end = json.JSONDecoder().raw_decode(bare, start)
    except (ValueError, RecursionError):
        return text
    return bare[start:end]


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
        ModelLoadingError: for 503: the server is loading the model, or is busy.
        ModelUnavailableError: for 5xx, which may pass.
        ModelError: for every other status but 200.
    """
    if status in BUSY_STATUSES:
        raise ModelLoadingError(f"{label}: {extract_error_message(answer)} (status {status}).")
    if status >= 500:
        raise ModelUnavailableError(f"{label}: {extract_error_message(answer)} (status {status}).")
    if status != 200:
        raise ModelError(f"{label}: {extract_error_message(answer)} (status {status}).")
    return require_object(answer, label)
