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
from resources.model_http import said

KEEPS_PROMPTS_WHOLE = (0, 12, 4)
"""The first version that knows `truncate` and `shift`."""
_BILLIONS = {"K": 1e-6, "M": 1e-3, "B": 1.0, "T": 1e3}
_COUNTED = re.compile(r"request \((\d+) tokens\) exceeds .*\((\d+) tokens\)")
_SCHEMA = re.compile(r"invalid format|schema|grammar", re.IGNORECASE)


def refusal(model: str, url: str, status: int, answer: Any) -> ModelError:
    """The error that an answer other than 200 means."""
    message = said(answer)
    match status:
        case 404:
            return ModelMissingError(f"model {model} is not on {url}. Try: ollama pull {model}")
        case 400 if counted := _COUNTED.search(message):
            return PromptTooLongError(f"{model}: {message}", int(counted[1]), int(counted[2]))
        case 400 if "prompt is longer than the context" in message:
            return PromptTooLongError(f"{model}: {message}")
        case 403 if not answer:
            return ModelError(f"{url} forbids it: Ollama on loopback answers only to a local host name.")
    if _SCHEMA.search(message):
        return SchemaRefusedError(f"{model}: {message}")
    kind = ModelUnavailableError if status >= 500 else ModelError
    return kind(f"{model}: {message} (status {status}).")


def too_old(version: str) -> bool:
    """Whether a server ignores the flags that keep a prompt whole. A build from source, 0.0.0, is unknown, not old."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    return any(numbers) and numbers < KEEPS_PROMPTS_WHOLE


def billions(size: str) -> float | None:
    """Parameters in thousand millions, from a size (`1.5B`, `137.66M`) or a name that holds one (`qwen3:1.7b`)."""
    found = re.search(r"(?<![A-Za-z0-9.])(\d+(?:\.\d+)?) ?([KMBT])\b", size, re.IGNORECASE)
    return float(found[1]) * _BILLIONS[found[2].upper()] if found else None
