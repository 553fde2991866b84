"""Read what Ollama answers: what a refusal means, how old a server is, how large a model. No request is made here."""

import re
from typing import Any

from resources.errors import (
    ModelError,
    ModelMissingError,
    ModelUnavailableError,
    PromptTooLongError,
    SchemaRefusedError,
)
from resources.llm.transport import error_message

MIN_SAFE_VERSION = (0, 12, 4)
"""The first version that knows `truncate` and `shift`."""


_BILLIONS_PER_UNIT = {"K": 1e-6, "M": 1e-3, "B": 1.0, "T": 1e3}


_TOKEN_COUNT_PATTERN = re.compile(r"request \((\d+) tokens\) exceeds .*\((\d+) tokens\)")


_SCHEMA_ERROR_PATTERN = re.compile(r"invalid format|schema|grammar", re.IGNORECASE)


def to_model_error(model: str, url: str, status: int, answer: Any) -> ModelError:
    """The error that an answer other than 200 means."""
    message = error_message(answer)
    match status:
        case 404:
            return ModelMissingError(f"model {model} is not on {url}. Try: ollama pull {model}")
        case 400 if counted := _TOKEN_COUNT_PATTERN.search(message):
            return PromptTooLongError(f"{model}: {message}", int(counted[1]), int(counted[2]))
        case 400 if "prompt is longer than the context" in message:
            return PromptTooLongError(f"{model}: {message}")
        case 403 if not answer:
            return ModelError(f"{url} forbids it: Ollama on loopback answers only to a local host name.")
    if _SCHEMA_ERROR_PATTERN.search(message):
        return SchemaRefusedError(f"{model}: {message}")
    kind = ModelUnavailableError if status >= 500 else ModelError
    return kind(f"{model}: {message} (status {status}).")


def is_too_old(version: str) -> bool:
    """Whether a server ignores the flags that keep a prompt whole. A build from source, 0.0.0, is unknown, not old."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    return any(numbers) and numbers < MIN_SAFE_VERSION


def parse_billions(size: str) -> float | None:
    """Parameters in thousand millions, from a size (`1.5B`, `137.66M`) or a name that holds one (`qwen3:1.7b`)."""
    found = re.search(r"(?<![A-Za-z0-9.])(\d+(?:\.\d+)?) ?([KMBT])\b", size, re.IGNORECASE)
    return float(found[1]) * _BILLIONS_PER_UNIT[found[2].upper()] if found else None
