"""Services that take a message, over a real socket: each stores messages, and fails as documented.

`faults` answer the next requests instead: a status, or `cut`, which loses the connection before anything is done.
"""

import contextlib
import json
import re
import socket
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.fakes.http_server import http_server

KEY = "key-0123456789abcdef"

Answered = tuple[int, Mapping[str, str], Any]


@dataclass(frozen=True)
class Asked:
    """A recorded request."""

    method: str
    path: str
    headers: Mapping[str, str]
    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data) if self.data else None


@dataclass(frozen=True)
class Fault:
    """A scripted answer of the service."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass
class Service:
    """Recorded requests, and stored messages by id."""

    port: int = 0
    faults: deque[Fault | str] = field(default_factory=deque)
    asked: list[Asked] = field(default_factory=list)
    held: dict[str, Any] = field(default_factory=dict)
    after_write: Callable[[], None] | None = None
    """Called once when a message was sent and stored; then the connection is lost before the answer."""
    path: str = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.path}"

    def next_id(self) -> str:
        return str(1000 + len(self.held))


def handle(service: Service, answer: Callable[[Service, Asked], Answered], asked: Asked) -> Answered | None:
    """Return the answer of the service; None where the connection is lost instead."""
    service.asked.append(asked)
    if service.faults:
        fault = service.faults.popleft()
        return (fault.status, fault.headers, fault.body) if isinstance(fault, Fault) else None
    given = answer(service, asked)
    if asked.method != "GET" and service.after_write is not None:
        then, service.after_write = service.after_write, None
        then()
        return None
    return given


@contextlib.contextmanager
def serving(service: Service, answer: Callable[[Service, Asked], Answered]) -> Iterator[Service]:
    """Run the service; yield it while it listens."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve()

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the names of the library

        def _serve(self) -> None:
            data = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path.removeprefix(service.path), headers, data)
            given = handle(service, answer, asked)
            if given is None:
                self._hang_up()
                return
            self._say(*given)

        def _hang_up(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def _say(self, status: int, headers: Mapping[str, str], body: Any) -> None:
            data = b"" if body is None else body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            if status != 204:
                self.wfile.write(data)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    with http_server(Handler) as service.port:
        yield service


def devto(service: Service, asked: Asked) -> Answered:
    """Forem's API v1."""
    if asked.headers.get("api-key") != KEY:
        return 401, {}, {"error": "unauthorized", "status": 401}
    if asked.path.startswith("/articles/me/all"):
        return 200, {}, list(service.held.values())
    if asked.method == "POST" and asked.path == "/articles":
        article = asked.json["article"]
        if any(one["canonical_url"] == article["canonical_url"] for one in service.held.values()):
            return 422, {}, {"error": "Canonical url has already been taken", "status": 422}
        number = service.next_id()
        service.held[number] = {**article, "id": int(number), "url": f"https://dev.to/acme/{number}"}
        return 201, {}, service.held[number]
    if asked.method == "PUT" and (found := re.fullmatch(r"/articles/(\d+)", asked.path)):
        service.held[found[1]] |= asked.json["article"]
        return 200, {}, service.held[found[1]]
    return 404, {}, {"error": "not found", "status": 404}


def slack_webhook(service: Service, asked: Asked) -> Answered:
    """An incoming webhook."""
    if asked.path:
        return 404, {}, "no_service"
    service.held[service.next_id()] = asked.json
    return 200, {}, "ok"


def slack_bot(service: Service, asked: Asked) -> Answered:
    """chat.postMessage, chat.update, chat.delete: errors have status 200."""
    if asked.headers.get("authorization") != f"Bearer {KEY}":
        return 200, {}, {"ok": False, "error": "invalid_auth"}
    body = asked.json
    if body["channel"] != "C1":
        return 200, {}, {"ok": False, "error": "channel_not_found"}
    if asked.path == "/chat.postMessage":
        stamp = f"17{service.next_id()}.0001"
        service.held[stamp] = body
        return 200, {}, {"ok": True, "ts": stamp}
    if body["ts"] not in service.held:
        return 200, {}, {"ok": False, "error": "message_not_found"}
    if asked.path == "/chat.update":
        service.held[body["ts"]] = body
    else:
        del service.held[body["ts"]]
    return 200, {}, {"ok": True, "ts": body["ts"]}


def discord(service: Service, asked: Asked) -> Answered:
    """A webhook, and the messages that it made."""
    found = re.fullmatch(r"/messages/(\d+)", asked.path)
    if found and found[1] not in service.held:
        return 404, {}, {"message": "Unknown Message", "code": 10008}
    if asked.method == "POST":
        number = service.next_id()
        service.held[number] = asked.json
        return 200, {}, {"id": number, **asked.json}
    assert found
    if asked.method == "DELETE":
        del service.held[found[1]]
        return 204, {}, None
    if asked.method == "PATCH":
        service.held[found[1]] = asked.json
    return 200, {}, {"id": found[1], **service.held[found[1]]}


def webhook(service: Service, asked: Asked) -> Answered:
    """A receiver that stores each id once, as the standard requires."""
    service.held.setdefault(asked.headers["webhook-id"], asked)
    return 204, {}, None


def x(service: Service, asked: Asked) -> Answered:
    """POST and DELETE /2/tweets. A text that counts more than 280 is refused without a reason, as X does."""
    if asked.headers.get("authorization") != f"Bearer {KEY}":
        return 401, {}, {"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"}
    if asked.method == "DELETE":
        service.held.pop(asked.path.rpartition("/")[2], None)
        return 200, {}, {"data": {"deleted": True}}
    if len(re.sub(r"https?://\S+", 23 * "x", asked.json["text"])) > 280:
        detail = "You are not permitted to perform this action."
        return 403, {}, {"detail": detail, "type": "about:blank", "title": "Forbidden", "status": 403}
    if asked.json["text"] in service.held.values():
        detail = "You are not allowed to create a Tweet with duplicate content."
        return 403, {}, {"detail": detail, "type": "about:blank", "title": "Forbidden", "status": 403}
    number = service.next_id()
    service.held[number] = asked.json["text"]
    return 201, {}, {"data": {"id": number, "text": asked.json["text"]}}


def linkedin(service: Service, asked: Asked) -> Answered:
    """POST and DELETE /rest/posts."""
    if asked.headers.get("authorization") != f"Bearer {KEY}":
        return 401, {}, {"message": "Invalid access token", "status": 401, "serviceErrorCode": 65600}
    if asked.method == "DELETE":
        service.held.pop(asked.path.rpartition("/")[2].replace("%3A", ":"), None)
        return 204, {}, None
    there = next((urn for urn, body in service.held.items() if body["commentary"] == asked.json["commentary"]), None)
    if there:
        return 422, {}, {"message": f"Content is a duplicate of {there}", "status": 422}
    urn = f"urn:li:share:{service.next_id()}"
    service.held[urn] = asked.json
    return 201, {"x-restli-id": urn}, None


def pulls(service: Service, asked: Asked) -> Answered:
    """The pull requests of acme/docs, by GitHub's REST API."""
    if asked.headers.get("authorization") != f"Bearer {KEY}":
        return 401, {}, {"message": "Bad credentials"}
    path, _, query = asked.path.partition("?")
    if asked.method == "GET" and path == "/repos/acme/docs/pulls":
        head = re.search(r"head=([^&]+)", query)
        assert head
        branch = head[1].replace("%2F", "/").replace("%3A", ":").partition(":")[2]
        return 200, {}, [one for one in reversed(service.held.values()) if one["head"] == branch]
    if asked.method == "POST" and path == "/repos/acme/docs/pulls":
        body = asked.json
        if any(one["head"] == body["head"] and one["state"] == "open" for one in service.held.values()):
            message = f"A pull request already exists for acme:{body['head']}."
            return 422, {}, {"message": "Validation Failed", "errors": [{"code": "custom", "message": message}]}
        number = service.next_id()
        service.held[number] = {**body, "number": int(number), "state": "open", "merged_at": None,
                                "html_url": f"https://github.com/acme/docs/pull/{number}"}  # fmt: skip
        return 201, {}, service.held[number]
    if (found := re.fullmatch(r"/repos/acme/docs/pulls/(\d+)", path)) and found[1] in service.held:
        if asked.method == "PATCH":
            service.held[found[1]] |= asked.json
        return 200, {}, service.held[found[1]]
    return 404, {}, {"message": "Not Found"}


SERVICES: Mapping[str, Callable[[Service, Asked], Answered]] = {
    "devto": devto, "slack": slack_webhook, "slack bot": slack_bot, "discord": discord, "webhook": webhook, "x": x,
    "linkedin": linkedin, "github": pulls,
}  # fmt: skip
