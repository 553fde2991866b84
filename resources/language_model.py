"""What Sparky asks of a language model, whoever serves it. How each server is spoken to is in its own module.

No prompt and no rule about what may be published lives here: an answer is a text that nobody trusts yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from pydantic import SecretStr

Backend = Literal["none", "ollama", "openai"]


@dataclass(frozen=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user"]
    content: str


@dataclass(frozen=True)
class Question:
    """What is asked: a conversation, the JSON schema of the answer, and how long it may get."""

    messages: Sequence[Message]
    schema: Mapping[str, Any]
    answer_tokens: int
    seed: int = 7

    @property
    def size(self) -> int:
        """Bytes of all messages."""
        return sum(len(message.content.encode()) for message in self.messages)


@dataclass(frozen=True)
class Completion:
    """A whole answer; what is not whole is raised as an error."""

    text: str
    prompt_tokens: int
    answer_tokens: int
    seconds: float


@dataclass(frozen=True)
class Identity:
    """Which model it is, exactly. `digest` names its bytes; a server that tells none leaves it empty."""

    backend: str
    model: str
    digest: str
    billions: float | None
    """Parameters in thousand millions, None where neither server nor name tells."""
    context_tokens: int
    server_version: str = ""


@dataclass(frozen=True)
class Residency:
    """Where the model lies while it works: bytes in all, and of these on the GPU."""

    size: int
    on_gpu: int

    @property
    def share(self) -> float:
        """0 on the CPU, 1 whole on the GPU."""
        return self.on_gpu / self.size if self.size else 0.0


@dataclass(frozen=True)
class Health:
    """Whether it can be asked, and what a person should know of it."""

    works: bool
    word: str
    warnings: tuple[str, ...] = field(default=())


class LanguageModel(Protocol):
    """A model behind a server. Every method raises only errors of `resources.errors`."""

    def complete(self, question: Question, seconds: float) -> Completion:
        """The answer to a question, within so many seconds."""
        ...

    def health(self) -> Health:
        """Whether server and model are there; never raises."""
        ...

    def identity(self) -> Identity:
        """Which model answers; refuses one that would send the texts elsewhere."""
        ...

    def warm_up(self, seconds: float) -> None:
        """Load the model, which can take minutes, so that no question pays for it."""
        ...

    def residency(self) -> Residency | None:
        """Where it lies now, None where the server does not tell."""
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...


@dataclass(frozen=True)
class LanguageModels:
    """The way to the models that the settings name. A plain class: Dagster shows the fields of its own resources."""

    backend: Backend = "none"
    url: str = "http://127.0.0.1:11434"
    context_tokens: int = 8192
    keep_alive: str = "10m"
    may_pull: bool = False
    may_leave_the_machine: bool = False
    api_key: SecretStr | None = None

    def connect(self, model: str) -> LanguageModel | None:
        """The model of this name, not asked anything yet; None where no model is configured."""
        from resources.ollama import Ollama  # noqa: PLC0415 - each needs the types above
        from resources.openai_compatible import OpenAICompatible  # noqa: PLC0415

        match self.backend:
            case "none":
                return None
            case "ollama":
                return Ollama(self, model)
            case "openai":
                return OpenAICompatible(self, model)
