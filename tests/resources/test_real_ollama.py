"""The contract with a real server, if there is one: OLLAMA_HOST names it, OLLAMA_MODEL a model that it has."""

import json
import os
from collections.abc import Iterator

import pytest

from resources.errors import ModelMissingError, PromptTooLongError, UnusableAnswerError
from resources.llm.base import ChatMessage, CompletionRequest, LanguageModel, LanguageModelFactory

HOST, MODEL = os.environ.get("OLLAMA_HOST", ""), os.environ.get("OLLAMA_MODEL", "qwen3:0.6b")
pytestmark = [
    pytest.mark.ollama,
    pytest.mark.skipif(not HOST, reason="no real server: set OLLAMA_HOST (and OLLAMA_MODEL)"),
]
IDS = [f"E{number}" for number in range(1, 11)]
SCHEMA = {
    "type": "object", "additionalProperties": False, "required": ["cites", "text"],
    "properties": {
        "cites": {"type": "array", "minItems": 1, "maxItems": 3, "items": {"type": "string", "enum": IDS}},
        "text": {"type": "string", "pattern": "^[A-Z][A-Za-z ,;:'()/-]{30,60}[.]$"},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def model() -> Iterator[LanguageModel]:
    connected = LanguageModelFactory(backend="ollama", url=HOST, context_tokens=2048).connect(MODEL)
    assert connected
    connected.warm_up(600)
    yield connected
    connected.close()


def question(text: str, answer_tokens: int = 200) -> CompletionRequest:
    return CompletionRequest(
        (ChatMessage("system", "Answer in JSON."), ChatMessage("user", text)), SCHEMA, answer_tokens
    )


def test_server_names_its_model(model: LanguageModel) -> None:
    assert model.check_health().ok
    assert len(model.identify().digest) == 64


def test_grammar_forces_ids_and_letters(model: LanguageModel) -> None:
    answer = model.complete(question("Choose some of E1 to E10 and say why, with numbers and links."), 300)
    read = json.loads(answer.text)
    assert list(read) == ["cites", "text"]
    assert set(read["cites"]) <= set(IDS)
    assert not any(char.isdigit() for char in read["text"])
    assert answer.prompt_tokens > 0


def test_prompt_that_does_not_fit_is_refused_with_its_count(model: LanguageModel) -> None:
    with pytest.raises(PromptTooLongError) as caught:
        model.complete(question("some words " * 6000), 300)
    assert caught.value.tokens is None or caught.value.tokens > 2048


def test_truncated_answer_is_an_error(model: LanguageModel) -> None:
    with pytest.raises(UnusableAnswerError, match="length"):
        model.complete(question("Say much.", answer_tokens=3), 300)


def test_missing_model_is_reported() -> None:
    other = LanguageModelFactory(backend="ollama", url=HOST).connect("no-such-model")
    assert other
    with pytest.raises(ModelMissingError):
        other.identify()
    other.close()
