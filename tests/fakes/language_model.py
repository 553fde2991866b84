"""A model server over a real socket that speaks Ollama's protocol, and vLLM's, as both were recorded.

It counts four bytes as a token and truncates a long prompt silently, as the real server does, unless it is set not to.
A function of the request gives the model's answer; single replies can be scripted.
"""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DIGEST = "d7372fd828518fce3d0d4f0fa6b2d2b4f7d8c1e09a5b4c3d2e1f0a9b8c7d6e5f"
BYTES_A_TOKEN = 4

Brain = Callable[[Mapping[str, Any]], str]
"""Return the model's answer to the body of a request."""


@dataclass
class Reply:
    """One scripted reply, sent as it is after `delay` seconds. `drip` sends a byte at a time, with that pause."""

    status: int = 200
    body: Any = None
    delay: float = 0.0
    drip: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


def said(text: str, **changes: Any) -> dict[str, Any]:
    """Return the body of a whole answer, as recorded."""
    return {
        "model": "tiny", "created_at": "2026-11-20T10:00:00Z", "message": {"role": "assistant", "content": text},
        "done": True, "done_reason": "stop", "total_duration": 5_000_000, "load_duration": 900_000,
        "prompt_eval_count": 120, "prompt_eval_duration": 2_000_000, "eval_count": 20, "eval_duration": 2_000_000,
    } | changes  # fmt: skip


def too_long(tokens: int, limit: int) -> dict[str, Any]:
    """Return JSON inside a string, as Ollama passes on errors of llama-server."""
    message = f"request ({tokens} tokens) exceeds the available context size ({limit} tokens), try increasing it"
    inner = {"code": 400, "message": message, "type": "exceed_context_size_error", "n_prompt_tokens": tokens,
             "n_ctx": limit}  # fmt: skip
    return {"error": json.dumps({"error": inner})}


RECORDED = {
    "busy": Reply(503, {"error": "server busy, please try again.  maximum pending requests exceeded"}),
    "runner died": Reply(
        500, {"error": "an error was encountered while running the model: unexpected EOF"}
    ),
    "gone": Reply(404, {"error": "model 'tiny' not found"}),
    "token repeat": Reply(200, {key: value for key, value in said("a a a a", done=False).items()
                                if key not in {"done_reason", "prompt_eval_count", "eval_count"}}),
    "token repeat, later servers": Reply(500, {"error": "prediction aborted, token repeat limit reached"}),
    "length": Reply(200, said('{"picks":[{"ci', done_reason="length")),
    "unload": Reply(200, said("", done_reason="unload")),
    "cut": Reply(200, said("{}", prompt_eval_count=259)),
    "too long": Reply(400, too_long(3022, 512)),
    "longer than context": Reply(400, {"error": "the prompt is longer than the context length currently available "
                                                "to the model; try a shorter prompt"}),
    "invalid format": Reply(500, {"error": "invalid format: \"xml\"; expected \"json\" or a valid JSON Schema object"}),
    "schema": Reply(400, {"error": json.dumps({"error": {"code": 400, "message": "Failed to parse json schema",
                                                         "type": "invalid_request_error"}})}),
    "foreign host": Reply(403, b""),
    "cloud disabled": Reply(403, {"error": "ollama cloud is disabled: remote inference is unavailable"}),
    "wrong method": Reply(405, b"405 method not allowed"),
    "garbage": Reply(200, b"\x1f\x8b<html>proxy login</html>"),
    "a list": Reply(200, ["no", "object"]),
    "empty": Reply(200, b""),
    "no counters": Reply(200, {"message": {"content": "{}"}, "done": True, "done_reason": "stop"}),
    "remote": Reply(200, said("{}", remote_host="https://ollama.com:443", remote_model="big")),
    "stream with error": Reply(200, b'{"message":{"content":"{"},"done":false}\n{"error":"unexpected EOF"}\n'),
}  # fmt: skip
"""Every recorded body that a client must survive."""


@dataclass
class FakeModelServer:
    """Use as `with FakeModelServer(brain) as server:`; `server.url` is its address."""

    brain: Brain = lambda _: "{}"
    model: str = "tiny"
    parameters: str = "1.5B"
    version: str = "0.32.15"
    trained_context: int = 8192
    tag: Mapping[str, Any] = field(default_factory=dict)
    installed: bool = True
    on_gpu: float = 1.0
    openai: bool = False
    """Speak only /v1, as vLLM does."""
    seconds_a_call: float = 0.0
    bytes_a_token: int = BYTES_A_TOKEN
    script: deque[Reply] = field(default_factory=deque)
    """Replies to the next chats, before the brain is called."""
    pull: Reply | None = None
    forged: dict[str, Reply] = field(default_factory=dict)
    """Replies to any request, by path, instead of the normal answers."""
    requests: list[tuple[str, Any]] = field(default_factory=list)

    def __enter__(self) -> "FakeModelServer":
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer(None)

            def do_POST(self) -> None:
                data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self._answer(json.loads(data) if data else None)

            def _answer(self, body: Any) -> None:
                reply = fake._reply(self.path, body)
                time.sleep(reply.delay)
                try:
                    self.send_response(reply.status)
                    for name, value in reply.headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(reply.data)))
                    self.end_headers()
                    pieces = [bytes([one]) for one in reply.data] if reply.drip else [reply.data]
                    for piece in pieces:
                        self.wfile.write(piece)
                        self.wfile.flush()
                        time.sleep(reply.drip)
                except OSError:
                    self.close_connection = True  # the client gave up, which it may

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._lock = threading.Lock()
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def chats(self) -> list[Any]:
        """Return the bodies of all questions, without warm-ups."""
        paths = {"/api/chat", "/v1/chat/completions"}
        return [body for path, body in self.requests if path in paths and body["messages"]]

    def _reply(self, path: str, body: Any) -> Reply:
        with self._lock:
            self.requests.append((path, body))
            if path in {"/api/chat", "/v1/chat/completions"} and body["messages"] and self.script:
                return self.script.popleft()
        if path in self.forged:
            return self.forged[path]
        known = self._vllm(path, body) if self.openai else self._ollama(path, body)
        return known or Reply(404, {"error": "not found"})

    def _ollama(self, path: str, body: Any) -> Reply | None:
        tag = {"name": self.model, "model": self.model, "digest": DIGEST, "size": 1_000_000,
               "details": {"family": "qwen2", "parameter_size": self.parameters}, **self.tag}  # fmt: skip
        if path == "/api/chat":
            return self._chat(body)
        if path == "/api/pull":
            self.installed = self.pull is None or b'"success"' in self.pull.data
            return self.pull or Reply(body=b'{"status":"pulling","total":10,"completed":5}\n{"status":"success"}\n')
        shown = {"model_info": {"qwen2.context_length": self.trained_context}, "details": tag["details"],
                 "capabilities": ["completion"]}  # fmt: skip
        loaded = {"name": self.model, "digest": DIGEST, "size": 1000, "size_vram": int(1000 * self.on_gpu)}
        known = {"/api/version": {"version": self.version}, "/api/tags": {"models": [tag] if self.installed else []},
                 "/api/show": shown, "/api/ps": {"models": [loaded]}}  # fmt: skip
        return Reply(body=known[path]) if path in known else None

    def _chat(self, body: Any) -> Reply:
        if not body["messages"]:
            return Reply(body=said("", done_reason="load"))
        tokens = sum(len(one["content"].encode()) for one in body["messages"]) // self.bytes_a_token
        window = min(body["options"]["num_ctx"], self.trained_context)
        if tokens > window:
            if body.get("truncate") is False and not self.version.startswith("0.9"):
                return Reply(400, too_long(tokens, window))
            tokens = window // 2 + 3  # the beginning of the prompt is lost, the answer is 200
        text = self.brain(body)
        time.sleep(self.seconds_a_call)
        return Reply(body=said(text, prompt_eval_count=tokens, eval_count=max(1, len(text) // 4)))

    def _vllm(self, path: str, body: Any) -> Reply | None:
        if path == "/v1/models":
            one = {"id": self.model, "object": "model", "max_model_len": self.trained_context}
            return Reply(body={"object": "list", "data": [one] if self.installed else None})
        if path != "/v1/chat/completions":
            return None
        tokens = sum(len(one["content"].encode()) for one in body["messages"]) // self.bytes_a_token
        if tokens + body["max_tokens"] > self.trained_context:
            message = (f"This model's maximum context length is {self.trained_context} tokens. However, you requested "
                       f"{tokens} tokens in the messages.")  # fmt: skip
            return Reply(400, {"object": "error", "message": message, "type": "BadRequestError", "code": 400})
        text = self.brain(body)
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        return Reply(body={"choices": [choice], "usage": {"prompt_tokens": tokens, "completion_tokens": 9}})
