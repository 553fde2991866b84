"""Whatever shape the answer of a model server has: its adapter refuses it by an error of its own, and nothing falls."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from resources.errors import ModelError, UnusableAnswerError
from resources.llm.base import ChatMessage, CompletionRequest, LanguageModel, LanguageModelFactory
from tests.fakes.language_model import FakeModelServer, Reply

QUESTION = CompletionRequest((ChatMessage("user", "Which?"),), {}, 100)
ODD: list[Any] = [None, "x", [1], {"a": 1}]
CHAT = {"messages": [{"content": "Which?"}], "options": {"num_ctx": 8192}, "max_tokens": 9}
DEEP = b"[" * 100_000
"""Python's JSON reader gives up on it with a RecursionError, which is no ValueError."""


def places(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a JSON value, from the whole down."""
    yield before
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ()):
        yield from places(inner, (*before, key))


def with_another(value: Any, place: tuple[Any, ...], odd: Any) -> Any:
    if not place:
        return odd
    changed = deepcopy(value)
    holder = changed
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = odd
    return changed


def forgeries(server: FakeModelServer, path: str) -> Iterator[Reply]:
    good = server._reply(path, CHAT).body
    yield from (Reply(body=with_another(good, place, odd)) for place in places(good) for odd in ODD)
    yield from (Reply(status, body) for status in (200, 400, 500) for body in (DEEP, b'{"error":"{' + b"[" * 99_999))


def connected(server: FakeModelServer) -> LanguageModel:
    model = LanguageModelFactory(backend="openai" if server.openai else "ollama", url=server.url).connect("tiny")
    assert model is not None
    return model


@pytest.mark.parametrize(("openai", "path"), [(False, "/api/chat"), (False, "/api/ps"), (True, "/v1/chat/completions")])
def test_an_answer_of_any_shape_is_read_or_refused(openai: bool, path: str) -> None:
    with FakeModelServer(openai=openai) as server:
        model = connected(server)
        for forged in list(forgeries(server, path)):
            server.forged = {path: forged}
            try:
                model.complete(QUESTION, 5.0)
            except ModelError as error:
                assert "\n" not in str(error)
            model.get_placement()
            assert model.check_health().ok
        model.close()


@pytest.mark.parametrize(("openai", "path"), [(False, "/api/tags"), (False, "/api/show"), (True, "/v1/models")])
def test_a_model_that_is_described_in_any_shape_is_known_or_refused(openai: bool, path: str) -> None:
    with FakeModelServer(openai=openai) as server:
        for forged in list(forgeries(server, path)):
            server.forged = {path: forged}
            model = connected(server)
            assert model.check_health().detail
            model.close()


def test_what_is_wrong_with_the_shape_is_said() -> None:
    with FakeModelServer(forged={"/api/tags": Reply(body={"models": 1})}) as server:
        model = connected(server)
        with pytest.raises(UnusableAnswerError, match="tiny: the answer is not built as the server documents it"):
            model.identify()
        model.close()
