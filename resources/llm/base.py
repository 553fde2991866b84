"""The interface to a language model: requests, results, the model's identity, addresses, token counts and the GPU.

Each server has its own client module, loaded only when a model is used. Prompts and rules about publishing do not
belong here: an answer is untrusted text.
"""

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from pydantic import SecretStr

from resources.checks import CheckResult
from resources.errors import ModelRefusedError

ModelBackend = Literal["none", "ollama", "openai", "llamacpp"]

DEFAULT_BYTES_PER_TOKEN = 3.0
"""Bytes per token before any measurement. English with JSON has 3.5 to 4.5 in common vocabularies."""

SAFETY_FACTOR = 0.85

MAX_SAMPLES = 200

MIN_SAMPLES = 5

MIN_EXPECTED_TOKEN_SHARE = 0.6
"""If the server counts less than this share of the expected tokens, it truncated the prompt."""

DRIVER_PATHS = ("proc/driver/nvidia/version", "dev/kfd")
"""Files of the NVIDIA and AMD drivers. Running `nvidia-smi` takes seconds on a busy machine."""

LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class ChatMessage:
    """One turn of a conversation."""

    role: Literal["system", "user"]
    content: str


@dataclass(frozen=True)
class CompletionRequest:
    """A request: a conversation, the JSON schema of the answer, and the maximum length of the answer."""

    messages: Sequence[ChatMessage]
    schema: Mapping[str, Any]
    max_answer_tokens: int
    seed: int = 7

    @property
    def size_bytes(self) -> int:
        """Size of all messages in bytes."""
        return sum(len(message.content.encode()) for message in self.messages)


@dataclass(frozen=True)
class CompletionResult:
    """A complete answer; an incomplete one is raised as an error."""

    text: str
    prompt_tokens: int
    answer_tokens: int
    seconds: float


@dataclass(frozen=True)
class ModelInfo:
    """Identity of a model. `digest` is the hash of its bytes; empty if the server does not report one."""

    backend: str
    model: str
    digest: str
    billions: float | None
    """Parameters in billions; None if neither server nor name gives them."""
    context_tokens: int
    server_version: str = ""


@dataclass(frozen=True)
class ModelPlacement:
    """Memory of a loaded model: bytes in total, and bytes on the GPU."""

    size_bytes: int
    gpu_bytes: int

    @property
    def gpu_share(self) -> float:
        """Share of the model on the GPU: 0 for none, 1 for all."""
        return self.gpu_bytes / self.size_bytes if self.size_bytes else 0.0


class LanguageModel(Protocol):
    """A model behind a server. Every method raises only errors of `resources.errors`."""

    def complete(self, request: CompletionRequest, timeout_seconds: float) -> CompletionResult:
        """Return the answer to a request within `timeout_seconds`."""
        ...

    def check_health(self) -> CheckResult:
        """Return whether server and model are available; never raises."""
        ...

    def identify(self, wait_seconds: float = 0.0) -> ModelInfo:
        """Return the identity of the model; refuse a model that would send the texts to another server.

        Args:
            wait_seconds: how long to wait while the server loads the model.
        """
        ...

    def warm_up(self, timeout_seconds: float) -> None:
        """Load the model, which can take minutes, so that no request waits for it."""
        ...

    def get_placement(self) -> ModelPlacement | None:
        """Return the placement of the loaded model; None if the server does not report it."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


@dataclass(frozen=True)
class LanguageModelFactory:
    """Creates clients for the configured models. Not a Dagster resource, which would show its fields in the UI."""

    backend: ModelBackend = "none"
    url: str = "http://127.0.0.1:11434"
    context_tokens: int = 8192
    keep_alive: str = "10m"
    pull_missing: bool = False
    allow_remote: bool = False
    api_key: SecretStr | None = None
    model_path: Path | None = None
    """The GGUF file of the backend `llamacpp`."""
    parallel_calls: int = 1
    model_billions: float | None = None
    """Parameters of the model in billions, where the settings give them; else the server or the name does."""

    def connect(self, model: str) -> LanguageModel | None:
        """Return a client for the model, without a request to it; None if no backend is configured."""
        from resources.llm.ollama import OllamaClient  # noqa: PLC0415 - both import this module
        from resources.llm.openai_compatible import OpenAICompatibleClient  # noqa: PLC0415

        match self.backend:
            case "none":
                return None
            case "ollama":
                return OllamaClient(self, model)
            case "openai":
                return OpenAICompatibleClient(self, model)
            case "llamacpp":
                from resources.llm.local_server import LocalModelClient  # noqa: PLC0415

                return LocalModelClient(self)


def normalize_server_url(text: str) -> str:
    """Return an address as people write it (`gpu-box:11434`, `0.0.0.0`) as a URL without a path.

    Raises:
        ModelRefusedError: the text is not an http address.
    """
    parts = urlsplit(text if "://" in text else f"http://{text}")
    if parts.scheme not in {"http", "https"} or not re.fullmatch(r"[A-Za-z0-9._:-]+", parts.hostname or ""):
        raise ModelRefusedError(f"{text}: not an address of a model server; write it like http://127.0.0.1:11434")
    # A server listens on 0.0.0.0, but not every client can connect to it.
    host = "127.0.0.1" if parts.hostname == "0.0.0.0" else str(parts.hostname)  # noqa: S104
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def compute_safe_bytes(tokens: int) -> int:
    """Return the bytes that fit into `tokens`. The ratio is fixed, so that equal texts are always split equally."""
    return max(0, int(tokens * DEFAULT_BYTES_PER_TOKEN * SAFETY_FACTOR))


class TokenMeter:
    """Measures the bytes per token of one model from its answers. Thread-safe."""

    def __init__(self) -> None:
        self._bytes_per_token: list[float] = []
        self._lock = threading.Lock()

    def record_usage(self, size_bytes: int, tokens: int) -> None:
        """Record that a prompt of `size_bytes` had `tokens` tokens."""
        if size_bytes > 0 and tokens > 0:
            with self._lock:
                self._bytes_per_token = [*self._bytes_per_token[-MAX_SAMPLES + 1 :], size_bytes / tokens]

    def is_likely_truncated(self, size_bytes: int, tokens: int) -> bool:
        """Return whether a prompt of `size_bytes` must have far more tokens than the server reports."""
        ratios = sorted(self._bytes_per_token)
        if len(ratios) < MIN_SAMPLES:
            return False
        return tokens < MIN_EXPECTED_TOKEN_SHARE * size_bytes / ratios[len(ratios) // 2]


def has_gpu(url: str, setting: Literal["auto", "yes", "no"] = "auto", root: Path = Path("/")) -> bool:
    """Return the setting, or by `auto` whether this machine has a GPU driver; False for a remote server."""
    if setting != "auto":
        return setting == "yes"
    return urlsplit(normalize_server_url(url)).hostname in LOCAL_HOSTS and any(
        (root / driver).exists() for driver in DRIVER_PATHS
    )
