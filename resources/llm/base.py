"""What Sparky asks of a language model, whoever serves it. How each server is spoken to is in its own module.

No prompt and no rule about what may be published lives here: an answer is a text that nobody trusts yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from pydantic import SecretStr

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
