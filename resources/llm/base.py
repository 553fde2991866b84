"""The interface to a language model: requests, results, the model's identity, addresses, token counts and the GPU.

Each server has its own client module, loaded only when a model is used, so that checking the settings loads none.
Prompts and rules about publishing do not belong here: an answer is untrusted text.
"""

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

from pydantic import SecretStr

from resources.errors import ModelRefusedError

ModelBackend = Literal["none", "ollama", "openai"]


@dataclass(frozen=True)
class ChatMessage:
    """One turn of a conversation."""

    role: Literal["system", "user"]
    content: str


@dataclass(frozen=True)
class CompletionRequest:
    """What is asked: a conversation, the JSON schema of the answer, and how long it may get."""

    messages: Sequence[ChatMessage]
    schema: Mapping[str, Any]
    max_answer_tokens: int
    seed: int = 7

    @property
    def size_bytes(self) -> int:
        """Bytes of all messages."""
        return sum(len(message.content.encode()) for message in self.messages)


@dataclass(frozen=True)
class CompletionResult:
    """A whole answer; what is not whole is raised as an error."""

    text: str
    prompt_tokens: int
    answer_tokens: int
    seconds: float


@dataclass(frozen=True)
class ModelInfo:
    """Which model it is, exactly. `digest` names its bytes; a server that tells none leaves it empty."""

    backend: str
    model: str
    digest: str
    billions: float | None
    """Parameters in thousand millions, None where neither server nor name tells."""
    context_tokens: int
    server_version: str = ""


@dataclass(frozen=True)
class ModelPlacement:
    """Where the model lies while it works: bytes in all, and of these on the GPU."""

    size_bytes: int
    gpu_bytes: int

    @property
    def gpu_share(self) -> float:
        """0 on the CPU, 1 whole on the GPU."""
        return self.gpu_bytes / self.size_bytes if self.size_bytes else 0.0


@dataclass(frozen=True)
class ModelHealth:
    """Whether it can be asked, and what a person should know of it."""

    ok: bool
    detail: str
    warnings: tuple[str, ...] = field(default=())


class LanguageModel(Protocol):
    """A model behind a server. Every method raises only errors of `resources.errors`."""

    def complete(self, request: CompletionRequest, timeout_seconds: float) -> CompletionResult:
        """The answer to a question, within so many seconds."""
        ...

    def check_health(self) -> ModelHealth:
        """Whether server and model are there; never raises."""
        ...

    def identify(self) -> ModelInfo:
        """Which model answers; refuses one that would send the texts elsewhere."""
        ...

    def warm_up(self, timeout_seconds: float) -> None:
        """Load the model, which can take minutes, so that no question pays for it."""
        ...

    def get_placement(self) -> ModelPlacement | None:
        """Where it lies now, None where the server does not tell."""
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...


@dataclass(frozen=True)
class LanguageModelFactory:
    """The way to the models that the settings name. A plain class: Dagster shows the fields of its own resources."""

    backend: ModelBackend = "none"
    url: str = "http://127.0.0.1:11434"
    context_tokens: int = 8192
    keep_alive: str = "10m"
    pull_missing: bool = False
    allow_remote: bool = False
    api_key: SecretStr | None = None

    def connect(self, model: str) -> LanguageModel | None:
        """The model of this name, not asked anything yet; None where no model is configured."""
        from resources.llm.ollama import OllamaClient  # noqa: PLC0415 - each needs the types above
        from resources.llm.openai_compatible import OpenAICompatibleClient  # noqa: PLC0415

        match self.backend:
            case "none":
                return None
            case "ollama":
                return OllamaClient(self, model)
            case "openai":
                return OpenAICompatibleClient(self, model)


def normalize_server_url(text: str) -> str:
    """An address as people write it (`gpu-box:11434`, `0.0.0.0`) as a URL without a path.

    Raises:
        ModelRefusedError: when it is no http address.
    """
    parts = urlsplit(text if "://" in text else f"http://{text}")
    if parts.scheme not in {"http", "https"} or not re.fullmatch(r"[A-Za-z0-9._:-]+", parts.hostname or ""):
        raise ModelRefusedError(f"{text}: not an address of a model server; write it like http://127.0.0.1:11434")
    # 0.0.0.0 is what a server listens on, and nothing that a client can reach everywhere.
    host = "127.0.0.1" if parts.hostname == "0.0.0.0" else str(parts.hostname)  # noqa: S104
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


DEFAULT_BYTES_PER_TOKEN = 3.0
"""Bytes a token before anything is known. English with JSON around it has 3.5 to 4.5 in common vocabularies."""


SAFETY_FACTOR = 0.85


MAX_SAMPLES = 200


MIN_SAMPLES = 5


MIN_EXPECTED_TOKEN_SHARE = 0.6
"""An answer that counted less than this share of the tokens expected was written after its prompt had been cut."""


def compute_safe_bytes(tokens: int) -> int:
    """Bytes that fit into so many tokens, guessed once: a guess that learned would split the same texts differently."""
    return max(0, int(tokens * DEFAULT_BYTES_PER_TOKEN * SAFETY_FACTOR))


class TokenMeter:
    """Learns from every answer of one model. Safe to be used by several threads."""

    def __init__(self) -> None:
        self._bytes_per_token: list[float] = []
        self._lock = threading.Lock()

    def record_usage(self, size_bytes: int, tokens: int) -> None:
        """A prompt of `size` bytes had so many tokens."""
        if size_bytes > 0 and tokens > 0:
            with self._lock:
                self._bytes_per_token = [*self._bytes_per_token[-MAX_SAMPLES + 1 :], size_bytes / tokens]

    def is_likely_truncated(self, size_bytes: int, tokens: int) -> bool:
        """Whether a prompt of `size` bytes must have had far more tokens than the server says it read."""
        ratios = sorted(self._bytes_per_token)
        if len(ratios) < MIN_SAMPLES:
            return False
        return tokens < MIN_EXPECTED_TOKEN_SHARE * size_bytes / ratios[len(ratios) // 2]


DRIVER_PATHS = ("proc/driver/nvidia/version", "dev/kfd")
"""What the drivers of NVIDIA and AMD leave; asking `nvidia-smi` takes seconds on a busy machine."""


LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}


def has_gpu(url: str, setting: Literal["auto", "yes", "no"] = "auto", root: Path = Path("/")) -> bool:
    """What is known, or what this machine shows; of another machine nothing is assumed."""
    if setting != "auto":
        return setting == "yes"
    return urlsplit(normalize_server_url(url)).hostname in LOCAL_HOSTS and any(
        (root / driver).exists() for driver in DRIVER_PATHS
    )
