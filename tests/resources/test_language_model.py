"""Clients of model servers: the requests, the meaning of each recorded answer, and answers of any shape."""

import json
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from typing import Any

import pytest
from pydantic import SecretStr

from resources.errors import (
    ModelError,
    ModelLoadingError,
    ModelMissingError,
    ModelRefusedError,
    ModelUnavailableError,
    PromptTooLongError,
    SchemaRefusedError,
    UnusableAnswerError,
)
from resources.llm.base import (
    ChatMessage,
    CompletionRequest,
    LanguageModel,
    LanguageModelFactory,
    TokenMeter,
    compute_safe_bytes,
    normalize_server_url,
)
from resources.llm.ollama import is_too_old, parse_billions
from resources.llm.transport import ModelServer, unwrap_json
from tests.fakes.language_model import RECORDED, FakeModelServer, Reply, said

OPENED: list[LanguageModel] = []
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}


def question(text: str = "What happened?", answer_tokens: int = 50) -> CompletionRequest:
    return CompletionRequest((ChatMessage("system", "Be true."), ChatMessage("user", text)), SCHEMA, answer_tokens)


def connect(server: FakeModelServer, **way: Any) -> LanguageModel:
    backend = way.pop("backend", "openai" if server.openai else "ollama")
    model = LanguageModelFactory(backend=backend, url=server.url, **way).connect(server.model)
    assert model
    OPENED.append(model)
    return model


@pytest.fixture(autouse=True)
def no_connection_outlives_its_test() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


def outcome(reply: Reply, **way: Any) -> ModelError:
    with FakeModelServer(script=deque([reply])) as server, pytest.raises(ModelError) as caught:
        connect(server, **({"context_tokens": 512} | way)).complete(question(), 3)
    return caught.value


# --- Requests


def test_no_model_is_configured_by_default() -> None:
    assert LanguageModelFactory().connect("any") is None


def test_every_request_sets_its_context_length_and_forbids_truncation() -> None:
    with FakeModelServer(lambda _: '{"a":"b"}') as server:
        model = connect(server, context_tokens=4096, keep_alive="3m")
        model.warm_up(5)
        answer = model.complete(question(), 5)
    (body,) = server.chats
    assert answer.text == '{"a":"b"}'
    assert (answer.prompt_tokens, answer.answer_tokens) == (5, 2)
    sent = ("truncate", "shift", "think", "stream", "keep_alive", "format")
    assert [body[name] for name in sent] == [False, False, False, False, "3m", SCHEMA]
    options = {"num_ctx": 4096, "num_predict": 50, "temperature": 0, "top_k": 1, "repeat_penalty": 1.0, "seed": 7}
    assert body["options"] == options
    # Another num_ctx or flag would load the model again.
    warm = next(body for path, body in server.requests if path == "/api/chat" and not body["messages"])
    assert {name: warm[name] for name in sent[:-1]} == {name: body[name] for name in sent[:-1]}
    assert warm["options"] == {"num_ctx": 4096}


def test_context_is_never_larger_than_what_the_model_was_trained_on() -> None:
    with FakeModelServer(trained_context=2048) as server:
        assert connect(server, context_tokens=99_999).identify().context_tokens == 2048


def test_model_is_identified_by_its_digest_and_size() -> None:
    with FakeModelServer(parameters="137.66M", model="nomic") as server:
        identity = connect(server).identify()
    assert identity.digest.startswith("d7372fd82851")
    assert identity.billions == pytest.approx(0.13766)
    assert identity.server_version == "0.32.15"


@pytest.mark.parametrize(
    ("text", "size"),
    [("1.5B", 1.5), ("7.6B", 7.6), ("137.66M", 0.13766), ("qwen2.5-coder:1.5b", 1.5), ("qwen3:8b", 8), ("phi", None),
     ("", None), ("llama3", None)],
)  # fmt: skip
def test_size_is_parsed_as_servers_and_names_write_it(text: str, size: float | None) -> None:
    assert parse_billions(text) == (pytest.approx(size) if size else None)


# --- Answers


@pytest.mark.parametrize(
    ("recorded", "error", "says"),
    [
        ("runner died", ModelUnavailableError, "unexpected EOF"),
        ("gone", ModelMissingError, "ollama pull tiny"),
        ("token repeat", UnusableAnswerError, "gave up"),
        ("token repeat, later servers", ModelUnavailableError, "token repeat limit"),
        ("length", UnusableAnswerError, "done_reason length"),
        ("unload", UnusableAnswerError, "done_reason unload"),
        ("too long", PromptTooLongError, "3022 tokens"),
        ("longer than context", PromptTooLongError, "longer than the context"),
        ("invalid format", SchemaRefusedError, "invalid format"),
        ("schema", SchemaRefusedError, "Failed to parse json schema"),
        ("foreign host", ModelError, "local host name"),
        ("cloud disabled", ModelError, "cloud is disabled"),
        ("wrong method", ModelError, "405"),
        ("garbage", UnusableAnswerError, "not a JSON object"),
        ("a list", UnusableAnswerError, "not a JSON object"),
        ("empty", UnusableAnswerError, "not a JSON object"),
        ("no counters", UnusableAnswerError, "prompt_eval_count"),
        ("remote", ModelRefusedError, "would leave this machine"),
        ("stream with error", UnusableAnswerError, "not a JSON object"),
    ],
)
def test_every_recorded_incomplete_answer_is_an_error(recorded: str, error: type[ModelError], says: str) -> None:
    raised = outcome(RECORDED[recorded])
    assert type(raised) is error
    assert says in str(raised)


def test_refused_prompt_has_the_exact_count_for_an_exact_split() -> None:
    raised = outcome(RECORDED["too long"])
    assert isinstance(raised, PromptTooLongError)
    assert (raised.tokens, raised.limit) == (3022, 512)


def test_old_server_that_truncates_silently_is_detected_by_its_count() -> None:
    with FakeModelServer(version="0.9.6") as server:
        model = connect(server, context_tokens=512)
        assert "ignores truncate" in model.check_health().warnings[0]
        with pytest.raises(PromptTooLongError, match="was cut to 259 tokens"):
            model.complete(question("x" * 12_000), 5)


def test_count_far_below_the_known_ratio_means_a_truncated_prompt() -> None:
    with FakeModelServer() as server:
        model = connect(server)
        for _ in range(5):
            model.complete(question("y" * 4000), 5)
        server.script.append(Reply(body=said("{}", prompt_eval_count=400)))
        with pytest.raises(PromptTooLongError, match="was cut to 400 tokens"):
            model.complete(question("y" * 4000), 5)


def test_busy_server_is_retried_until_the_deadline() -> None:
    with FakeModelServer(script=deque([RECORDED["busy"]])) as server:
        assert connect(server).complete(question(), 10).text == "{}"
        assert len(server.chats) == 2
        server.script.extend([RECORDED["busy"]] * 5)
        with pytest.raises(ModelUnavailableError, match="busy"):
            connect(server).complete(question(), 0.5)


@pytest.mark.parametrize("reply", [Reply(body=said("{}"), delay=5), Reply(body=said("{}"), drip=0.05)])
def test_slow_or_dripping_answer_ends_at_the_deadline(reply: Reply) -> None:
    with FakeModelServer(script=deque([reply])) as server:
        model = connect(server)
        model.identify()
        with pytest.raises(ModelUnavailableError, match=r"in time|no answer within"):
            model.complete(question(), 0.4)


def test_unreachable_server_is_one_sentence() -> None:
    model = LanguageModelFactory(backend="ollama", url="http://127.0.0.1:9").connect("tiny")
    assert model
    OPENED.append(model)
    assert "cannot be reached" in model.check_health().detail
    assert not model.check_health().ok


# --- Local data


@pytest.mark.parametrize("name", ["gpt-oss:120b-cloud", "kimi:cloud"])
def test_cloud_model_name_is_refused_before_anything_is_sent(name: str) -> None:
    with FakeModelServer(model=name) as server:
        with pytest.raises(ModelRefusedError, match="would leave this machine"):
            connect(server).identify()
        assert server.requests == []
        assert connect(server, allow_remote=True).identify().model == name


def test_local_tag_of_a_remote_model_is_refused() -> None:
    with FakeModelServer(tag={"remote_host": "https://ollama.com:443"}) as server:
        with pytest.raises(ModelRefusedError, match=r"ollama\.com"):
            connect(server).complete(question(), 3)
        assert server.chats == []


def test_proxy_of_the_environment_gets_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with FakeModelServer() as server:
        assert connect(server).complete(question(), 3).text == "{}"


@pytest.mark.parametrize(
    ("given", "url"),
    [("gpu:11434", "http://gpu:11434"), ("0.0.0.0:11434", "http://127.0.0.1:11434"), ("https://m.lan/v1/", "https://m.lan"),
     ("http://[::1]:11434", "http://[::1]:11434")],
)  # fmt: skip
def test_address_is_accepted_as_people_write_it(given: str, url: str) -> None:
    assert normalize_server_url(given) == url


def test_invalid_address_is_refused() -> None:
    with pytest.raises(ModelRefusedError, match="write it like"):
        normalize_server_url("file:///etc/passwd")


# --- Missing models


def test_missing_model_is_pulled_only_if_allowed() -> None:
    with FakeModelServer(installed=False) as server:
        with pytest.raises(ModelMissingError, match="ollama pull tiny"):
            connect(server).identify()
        assert connect(server, pull_missing=True).identify().model == "tiny"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (
            b'{"status":"pulling"}\n{"error":"max retries exceeded: EOF"}\n',
            "tiny cannot be pulled: max retries exceeded",
        ),
        (b'{"status":"pulling"}\n', "did not end in success; run it again to resume"),
    ],
)
def test_pull_that_does_not_end_in_success_has_failed(lines: bytes, reason: str) -> None:
    served = FakeModelServer(installed=False, pull=Reply(body=lines))
    with served as server, pytest.raises(ModelMissingError, match=reason):
        connect(server, pull_missing=True).identify()


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_placement_of_the_model_is_reported(share: float) -> None:
    with FakeModelServer(on_gpu=share) as server:
        residency = connect(server).get_placement()
    assert residency
    assert residency.gpu_share == share


@pytest.mark.parametrize(
    ("version", "old"), [("0.12.3", True), ("0.9.6", True), ("0.12.4", False), ("0.32.15-rc1", False), ("0.0.0", False)]
)
def test_build_from_source_is_unknown_and_not_old(version: str, old: bool) -> None:
    assert is_too_old(version) is old


# --- /v1


def test_vllm_gets_the_schema_and_the_key() -> None:
    with FakeModelServer(lambda _: '{"a":"b"}', openai=True, model="Qwen/Qwen3-8B") as server:
        model = connect(server, api_key=SecretStr("local"))
        assert model.check_health().ok
        assert model.identify().billions == 8
        assert model.complete(question(), 3).text == '{"a":"b"}'
    (body,) = server.chats
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert body["max_tokens"] == 50


def test_vllm_refuses_a_long_prompt_with_its_count() -> None:
    with FakeModelServer(openai=True, trained_context=512) as server, pytest.raises(PromptTooLongError) as caught:
        connect(server).complete(question("x" * 4000), 3)
    assert (caught.value.tokens, caught.value.limit) == (1002, 512)


@pytest.mark.parametrize("reason", [None, "length"])
def test_answer_of_v1_that_did_not_stop_by_itself_is_cut(reason: str | None) -> None:
    body = {"choices": [{"finish_reason": reason, "message": {"content": "{"}}], "usage": {"prompt_tokens": 0}}
    script = deque([Reply(body=body)])
    with FakeModelServer(openai=True, script=script) as server, pytest.raises(UnusableAnswerError, match="finish_re"):
        connect(server).complete(question(), 3)


def test_v1_of_a_server_without_models_and_of_ollama_is_refused() -> None:
    with FakeModelServer(openai=True, installed=False) as server:
        assert "it has: none" in connect(server).check_health().detail
    with FakeModelServer() as server:
        assert 'set language_model.backend to "ollama"' in connect(server, backend="openai").check_health().detail


# --- Faults that were measured with real servers


def test_header_bytes_one_by_one_end_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drip_header, args=(listener,), daemon=True).start()
        server = ModelServer(f"127.0.0.1:{listener.getsockname()[1]}")
        start = time.monotonic()
        with pytest.raises(ModelUnavailableError, match="no answer within"):
            server.request("GET", "/", timeout_seconds=0.6)
        assert time.monotonic() - start < 5


def drip_header(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection, suppress(OSError):
        for byte in b"HTTP/1.1 200 OK\r\n" + b"X-Filler: 1\r\n" * 1000:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_body_that_is_not_encoded_as_announced_is_unusable(encoding: str) -> None:
    reply = Reply(body=said("{}"), headers={"Content-Encoding": encoding})
    assert isinstance(outcome(reply), UnusableAnswerError)


@pytest.mark.parametrize(
    ("status", "body", "counts"),
    [
        (400, {"error": {"code": 400, "message": "request (3022 tokens) exceeds the available context size "
                         "(512 tokens), try increasing it", "type": "exceed_context_size_error"}}, (3022, 512)),
        (400, {"error": {"message": "the request exceeds the available context size"}}, (None, None)),
        (400, {"error": {"message": "This model's maximum context length is 8192 tokens. However, your messages "
                         "resulted in 9000 tokens."}}, (9000, 8192)),
        (413, {"error": {"message": "This model's maximum context length is 8192 tokens."}}, (None, 8192)),
    ],
)  # fmt: skip
def test_prompt_that_overflows_an_openai_server_can_be_split(
    status: int, body: Any, counts: tuple[int | None, int | None]
) -> None:
    script = deque([Reply(status, body)])
    with FakeModelServer(openai=True, script=script) as server, pytest.raises(PromptTooLongError) as caught:
        connect(server).complete(question(), 3)
    assert (caught.value.tokens, caught.value.limit) == counts


@pytest.mark.parametrize("openai", [False, True])
@pytest.mark.parametrize(
    "busy",
    [Reply(429, {"error": {"message": "Rate limit"}}, headers={"Retry-After": "0"}), Reply(503, {"error": "busy"})],
)
def test_too_many_requests_are_waited_for(busy: Reply, openai: bool) -> None:
    with FakeModelServer(openai=openai, script=deque([busy])) as server:
        assert connect(server).complete(question(), 10).text == "{}"
        assert len(server.chats) == 2


def test_pause_longer_than_the_timeout_is_not_started() -> None:
    busy = Reply(429, {"error": "later"}, headers={"Retry-After": "3600"})
    with FakeModelServer(script=deque([busy])) as server, pytest.raises(ModelUnavailableError, match="later"):
        connect(server).complete(question(), 10)


def test_server_that_loads_its_model_is_waited_for_only_if_asked() -> None:
    loading = Reply(503, {"error": {"message": "Loading model", "code": 503}})
    with FakeModelServer(openai=True, forged={"/v1/models": loading}) as server:
        model = connect(server)
        with pytest.raises(ModelLoadingError, match="Loading model"):
            model.identify()
        threading.Timer(0.5, server.forged.clear).start()
        assert model.identify(wait_seconds=20).model == "tiny"


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"a": "b"}\n```',
        '<think>I choose {b}.</think>\n{"a": "b"}',
        '  {"a": "b"}',
        'Here it is: {"a": "b"} Done.',
    ],
)
def test_json_is_extracted_from_surrounding_text(text: str) -> None:
    assert json.loads(unwrap_json(text)) == {"a": "b"}


@pytest.mark.parametrize("text", ["", "{", "<think>{}", "no object", "{" * 50_000])
def test_text_without_an_object_stays_as_it_is(text: str) -> None:
    assert unwrap_json(text) in {text, "{}"}


@pytest.mark.parametrize("openai", [False, True])
def test_model_that_must_think_is_asked_again_with_thinking(openai: bool) -> None:
    def answer(body: Any) -> str:
        is_forbidden = body.get("think") is False or "chat_template_kwargs" in body
        return "" if is_forbidden else '{"a":"b"}'

    with FakeModelServer(answer, openai=openai) as server:
        model = connect(server)
        assert model.complete(question(), 5).text == '{"a":"b"}'
        assert model.complete(question("again"), 5).text == '{"a":"b"}'
        assert len(server.chats) == 3
        length = server.chats[-1]["max_tokens"] if openai else server.chats[-1]["options"]["num_predict"]
        assert length > 50


def test_server_that_rejects_the_thinking_field_gets_none() -> None:
    refusal = Reply(400, {"error": {"message": "Unrecognized request argument: chat_template_kwargs"}})
    with FakeModelServer(openai=True, script=deque([refusal])) as server:
        assert connect(server).complete(question(), 5).text == "{}"
        assert "chat_template_kwargs" not in server.chats[1]


def test_other_weights_of_the_same_name_are_another_model() -> None:
    meta = {"n_params": 1_500_000_000, "size": 900_000_000, "n_ctx_train": 32_768, "n_ctx": 4096}
    identities = []
    for size in (900_000_000, 900_000_001):
        entry = {"id": "tiny", "created": time.time(), "meta": meta | {"size": size}}
        with FakeModelServer(openai=True, forged={"/v1/models": Reply(body={"data": [entry]})}) as server:
            identities += [connect(server).identify(), connect(server).identify()]
    first, same, other, _ = identities
    assert first == same
    assert first.digest and first.digest != other.digest
    assert (first.billions, first.context_tokens) == (1.5, 4096)


def test_model_that_writes_no_answers_is_refused() -> None:
    shown = Reply(body={"capabilities": ["embedding"], "details": {}, "model_info": {}})
    with FakeModelServer(forged={"/api/show": shown}) as server:
        model = LanguageModelFactory(backend="ollama", url=server.url).connect("tiny")
        assert model
        assert "writes no answers: it is for embedding" in model.check_health().detail


@pytest.mark.parametrize(("given", "billions"), [(None, 3.2), (7.0, 7.0)])
def test_size_comes_from_the_settings_or_the_server(given: float | None, billions: float) -> None:
    shown = Reply(body={"capabilities": ["completion"], "model_info": {"general.parameter_count": 3_200_000_000}})
    with FakeModelServer(forged={"/api/show": shown}) as server:
        model = LanguageModelFactory(backend="ollama", url=server.url, model_billions=given).connect("tiny")
        assert model
        assert model.identify().billions == billions


def test_truncated_prompt_is_detected_after_enough_samples() -> None:
    assert compute_safe_bytes(1000) == 2550
    meter = TokenMeter()
    for tokens in (200, 250, 400, 250, 260):
        assert not meter.is_likely_truncated(1000, 1)
        meter.record_usage(1000, tokens)
    assert meter.is_likely_truncated(1000, 149)
    assert not meter.is_likely_truncated(1000, 200)


QUESTION = CompletionRequest((ChatMessage("user", "Which?"),), {}, 100)
ODD: list[Any] = [None, "x", [1], {"a": 1}]
CHAT = {"messages": [{"content": "Which?"}], "options": {"num_ctx": 8192}, "max_tokens": 9}
DEEP = b"[" * 100_000
"""Python's JSON reader fails on it with a RecursionError, which is no ValueError."""


def places(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each value in a JSON value, from the whole down."""
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
def test_answer_of_any_shape_is_read_or_refused(openai: bool, path: str) -> None:
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
def test_model_description_of_any_shape_is_read_or_refused(openai: bool, path: str) -> None:
    with FakeModelServer(openai=openai) as server:
        for forged in list(forgeries(server, path)):
            server.forged = {path: forged}
            model = connected(server)
            assert model.check_health().detail
            model.close()


def test_error_names_the_wrong_shape() -> None:
    with FakeModelServer(forged={"/api/tags": Reply(body={"models": 1})}) as server:
        model = connected(server)
        with pytest.raises(UnusableAnswerError, match="tiny: the answer is not built as the server documents it"):
            model.identify()
        model.close()
