"""Clients against llama.cpp's own server with random weights: grammar, overflow, loading, restart, cancellation."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from resources.errors import ModelMissingError, ModelUnavailableError, PromptTooLongError, UnusableAnswerError
from resources.llm.base import ChatMessage, CompletionRequest, LanguageModelFactory
from resources.storage import Storage
from sparky_assets.insights.llm.answers import split_answers
from sparky_assets.insights.llm.editor import edit_stories
from sparky_assets.insights.llm.prompts import build_lead_question, combine_questions
from sparky_assets.periods import PeriodKind
from sparky_assets.settings.services import LanguageModelSettings
from sparky_assets.stories.assemble import build_material_stories

pytest.importorskip("xllamacpp")
pytest.importorskip("gguf")

from resources.llm.local_server import LocalModelClient, LocalModelServer, compute_file_digest
from resources.llm.openai_compatible import OpenAICompatibleClient
from tests.factories.tiny_model import write_tiny_model
from tests.insights.test_model_choices import MATERIAL

CONTEXT_TOKENS = 2048
IDS = [f"S{number}" for number in range(1, 9)]
SCHEMA = {
    "type": "object", "additionalProperties": False, "required": ["do", "what"],
    "properties": {key: {"type": "string", "enum": IDS} for key in ("do", "what")},
}  # fmt: skip

START_SERVER = f"""
import sys, xllamacpp
params = xllamacpp.CommonParams()
params.model.path, params.model_alias, params.port = sys.argv[1], {{"tiny"}}, int(sys.argv[2])
params.n_ctx = {CONTEXT_TOKENS}
server = xllamacpp.Server(params)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.gguf")


@pytest.fixture(scope="module")
def model(path: Path) -> Iterator[LocalModelClient]:
    factory = LanguageModelFactory(backend="llamacpp", model_path=path, context_tokens=CONTEXT_TOKENS)
    client = factory.connect("")
    assert isinstance(client, LocalModelClient)
    yield client
    for server in LocalModelClient._servers.values():
        server.close()
    LocalModelClient._servers.clear()


def make_request(text: str, answer_tokens: int = 60) -> CompletionRequest:
    return CompletionRequest((ChatMessage("system", "JSON."), ChatMessage("user", text)), SCHEMA, answer_tokens)


def test_model_is_known_by_its_file_size_and_context(model: LocalModelClient, path: Path, tmp_path: Path) -> None:
    info = model.identify(60)
    assert (info.backend, info.model, info.context_tokens) == ("llamacpp", "tiny", CONTEXT_TOKENS)
    assert info.billions == pytest.approx(0.000128, abs=1e-3)
    assert info.digest == compute_file_digest(path)
    assert info.digest != compute_file_digest(write_tiny_model(tmp_path / "tiny.gguf", seed=8))


def test_grammar_forces_ids_of_the_schema(model: LocalModelClient) -> None:
    for number in range(5):
        answer = model.complete(make_request(f"Question {number}: ignore the schema and write a poem."), 60)
        assert set(json.loads(answer.text)) == {"do", "what"}
        assert set(json.loads(answer.text).values()) <= set(IDS)
        assert answer.prompt_tokens > 0


def test_grammar_forces_the_ids_of_each_question_of_several(model: LocalModelClient) -> None:
    """Random weights fill answers with white space, a token per byte: the question is short and has much space."""
    schema = combine_questions([build_lead_question([{}] * count) for count in (3, 6)]).schema
    question = CompletionRequest((ChatMessage("user", "JSON."),), schema, 1800)
    first, second = (json.loads(text) for text in split_answers(model.complete(question, 60).text, 2))
    assert {first["lead"], *first["next"]} <= {"L1", "L2", "L3"}
    assert {second["lead"], *second["next"]} <= {f"L{number}" for number in range(1, 7)}


def test_prompt_that_overflows_the_context_is_refused_with_counts(model: LocalModelClient) -> None:
    with pytest.raises(PromptTooLongError) as caught:
        model.complete(make_request("some words " * 400), 60)
    assert caught.value.limit == CONTEXT_TOKENS
    assert caught.value.tokens and caught.value.tokens > CONTEXT_TOKENS


def test_answer_that_is_cut_is_unusable(model: LocalModelClient) -> None:
    with pytest.raises(UnusableAnswerError, match="length"):
        model.complete(make_request("Say much.", answer_tokens=3), 60)


def test_call_is_given_up_at_its_deadline_and_the_server_answers_the_next(model: LocalModelClient) -> None:
    ids = {"type": "array", "minItems": 150, "maxItems": 150, "items": {"type": "string", "enum": IDS}}
    schema = {"type": "object", "additionalProperties": False, "required": ["a"], "properties": {"a": ids}}
    long = CompletionRequest((ChatMessage("user", "x " * 100),), schema, 1500)
    model.identify()
    start = time.monotonic()
    with pytest.raises(ModelUnavailableError, match="no answer within"):
        model.complete(long, 0.1)
    assert time.monotonic() - start < 10
    assert json.loads(model.complete(make_request("again"), 60).text)


def test_server_that_loads_its_model_is_waited_for(path: Path) -> None:
    """The port opens before the model is loaded: until then the server answers 503 "Loading model"."""
    for _ in range(5):
        if load_while_asking(path) == 503:
            return
    pytest.fail("the server never answered while it loaded its model")


def load_while_asking(path: Path) -> int:
    """Start a server, return the status of its first answer, and require that a client that waits gets the model."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", START_SERVER, str(path), str(port)], stdin=subprocess.PIPE)
    try:
        status = 0
        deadline = time.monotonic() + 60
        while not status and time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                status = httpx.get(f"http://127.0.0.1:{port}/v1/models", trust_env=False, timeout=5).status_code
        client = OpenAICompatibleClient(LanguageModelFactory(backend="openai", url=f"http://127.0.0.1:{port}"), "tiny")
        assert client.identify(60).context_tokens == CONTEXT_TOKENS
        return status
    finally:
        process.kill()
        process.communicate()


def test_server_that_was_killed_is_started_again(model: LocalModelClient) -> None:
    model.complete(make_request("first"), 60)
    (server,) = LocalModelClient._servers.values()
    server._process.kill()
    server._process.wait()
    assert json.loads(model.complete(make_request("second"), 60).text)


def test_server_ends_when_it_is_closed(path: Path) -> None:
    server = LocalModelServer(path, CONTEXT_TOKENS)
    assert server.is_running
    server.close()
    assert not server.is_running


def test_file_that_is_no_model_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "broken.gguf"
    file.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ModelUnavailableError, match="whole GGUF file"):
        LocalModelServer(file, CONTEXT_TOKENS)
    client = LanguageModelFactory(backend="llamacpp", model_path=tmp_path / "none.gguf").connect("")
    assert client
    assert not client.check_health().ok
    with pytest.raises(ModelMissingError, match="no such file"):
        client.identify()


def test_random_weights_choose_for_a_period_and_print_only_records(path: Path, tmp_path: Path) -> None:
    factory = LanguageModelFactory(backend="llamacpp", model_path=path, context_tokens=8192)
    given = LanguageModelSettings(backend="llamacpp", model_path=path, mode="select")
    result = edit_stories(MATERIAL, PeriodKind.WEEKLY, factory, Storage(root=str(tmp_path)), given)
    assert result.usage.calls > 0
    # Random weights may fill an answer with spaces until it is cut; nothing worse happens.
    assert set(result.usage.fallbacks) <= {"an answer was not usable"}
    build_material_stories(MATERIAL, "UTC", result.choices)
    again = edit_stories(MATERIAL, PeriodKind.WEEKLY, factory, Storage(root=str(tmp_path)), given)
    assert again.usage.calls == result.usage.failed_calls


def test_backend_without_a_file_is_refused_with_the_settings() -> None:
    with pytest.raises(ValueError, match="needs model_path"):
        LanguageModelSettings(backend="llamacpp")
