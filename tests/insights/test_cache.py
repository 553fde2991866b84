"""The cache of model answers: one answer per question and model, and damaged files count as missing."""

from dataclasses import replace
from pathlib import Path

import pytest

from resources.llm.base import ChatMessage, CompletionRequest, ModelInfo
from resources.storage import Storage
from sparky_assets.insights.llm.cache import AnswerCache, CachedAnswer, compute_answer_key
from sparky_assets.store import MODEL_ANSWERS_PATH

MODEL = ModelInfo("ollama", "tiny", "abc", 1.5, 8192, "0.1")
QUESTION = CompletionRequest((ChatMessage("user", "Which? Größe"),), {"type": "object"}, 100)
ANSWER = CachedAnswer(text='{"id": 1}', prompt_tokens=9, answer_tokens=5, model="tiny", digest="abc")


@pytest.fixture
def cache(tmp_path: Path) -> AnswerCache:
    return AnswerCache(Storage(root=str(tmp_path)))


def test_answer_is_found_by_its_question_and_model(cache: AnswerCache) -> None:
    assert cache.find_answer(MODEL, QUESTION) is None
    cache.store_answer(MODEL, QUESTION, ANSWER)
    assert cache.find_answer(MODEL, QUESTION) == ANSWER
    assert cache.find_answer(replace(MODEL, digest="other weights"), QUESTION) is None


def test_refusal_is_cached_with_the_limit_of_the_server(cache: AnswerCache) -> None:
    refused = ANSWER.model_copy(update={"text": "", "refused": "too long", "limit": 4096})
    cache.store_answer(MODEL, QUESTION, refused)
    assert cache.find_answer(MODEL, QUESTION) == refused


@pytest.mark.parametrize(
    "question",
    [
        replace(QUESTION, messages=(ChatMessage("user", "Which one?"),)),
        replace(QUESTION, messages=(ChatMessage("system", "Which? Größe"),)),
        replace(QUESTION, schema={"type": "array"}),
        replace(QUESTION, max_answer_tokens=101),
        replace(QUESTION, seed=8),
    ],
)
def test_key_changes_with_each_part_of_the_question(question: CompletionRequest) -> None:
    assert compute_answer_key(MODEL, question) != compute_answer_key(MODEL, QUESTION)


def test_key_depends_on_the_model_and_not_on_the_version_of_its_server() -> None:
    key = compute_answer_key(MODEL, QUESTION)
    changes = ({"backend": "openai"}, {"model": "big"}, {"digest": "x"}, {"context_tokens": 4096})
    assert key not in [compute_answer_key(replace(MODEL, **change), QUESTION) for change in changes]
    assert compute_answer_key(replace(MODEL, server_version="0.2"), QUESTION) == key


def test_text_with_half_a_character_has_a_key() -> None:
    question = replace(QUESTION, messages=(ChatMessage("user", "\ud800"),))
    assert len(compute_answer_key(MODEL, question)) == 64


def test_damaged_answer_counts_as_missing_and_is_replaced(cache: AnswerCache, tmp_path: Path) -> None:
    cache.store_answer(MODEL, QUESTION, ANSWER)
    (file,) = (tmp_path / MODEL_ANSWERS_PATH).glob("*.json")
    file.write_text('{"text": ')
    assert cache.find_answer(MODEL, QUESTION) is None
    cache.store_answer(MODEL, QUESTION, ANSWER)
    assert cache.find_answer(MODEL, QUESTION) == ANSWER


def test_model_behind_a_name_is_known_while_its_server_is_down(cache: AnswerCache) -> None:
    assert cache.load_model_info("ollama", "tiny") is None
    cache.store_model_info(MODEL)
    assert cache.load_model_info("ollama", "tiny") == MODEL
    assert cache.load_model_info("openai", "tiny") is None
    cache.store_model_info(replace(MODEL, digest="new"))
    assert cache.load_model_info("ollama", "tiny") == replace(MODEL, digest="new")
