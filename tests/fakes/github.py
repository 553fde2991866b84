"""A GitHub on a loopback socket: authentication, limits, headers and faults around the answers of `github_schema.py`.

Every documented fault can be set for every n-th request. All requests are recorded.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler
from itertools import cycle
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.types import Options

from tests.fakes.github_schema import Shown
from tests.fakes.github_world import World
from tests.fakes.http_server import http_server

TOKEN = "ghp_the-token-of-the-tests"
INSTALLATION = 4711


@dataclass
class Settings:
    """The behavior of this GitHub."""

    fault_every: int | None = None
    faults: tuple[str, ...] = ()
    budget: int | None = None
    has_limits: bool = True
    heavy: Callable[[str, Mapping[str, Any]], bool] | None = None
    heavy_fault: str = "502"
    """How a query that `heavy` names fails."""
    latency: float = 0.0
    app_key: str | None = None
    token_seconds: int = 3600
    token_expiration: str | None = None
    before: Callable[["FakeGitHub", int], None] | None = None
    damage: Callable[[str, dict[str, Any]], None] | None = None
    """Called with the name of each query and its answer, which it may change."""
    clock: Callable[[], float] = time.time


@dataclass
class Reply:
    """The response on the socket; without a status the connection is cut."""

    status: int | None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None


RATE = {"x-ratelimit-limit": "5000", "x-ratelimit-resource": "graphql"}
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
PRIMARY = "API rate limit exceeded for user ID 1."
TIMEOUT = "Something went wrong while executing your query. This may be the result of a timeout."
HTML = b"<html><body><h1>Bad gateway</h1></body></html>"


def fault(kind: str, now: float) -> Reply:
    """Return a fault by its name: the response of GitHub, or of a proxy."""
    reset = {**RATE, "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(now) + 1200)}
    limited = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded for user ID 1."}]}
    heavy = {
        "type": "RESOURCE_LIMITS_EXCEEDED",
        "message": "Resource limits for this query exceeded.",
        "path": ["nodes"],
    }
    return {
        "502": Reply(502, raw=HTML),
        "504": Reply(504, {"message": "We couldn't respond to your request in time."}),
        "timeout-200": Reply(200, {"errors": [{"message": TIMEOUT}]}),
        "resource-limits": Reply(200, {"data": {"nodes": None}, "errors": [heavy]}),
        "primary-200": Reply(200, limited, reset),
        "primary-403": Reply(403, {"message": PRIMARY}, reset),
        "primary-no-headers": Reply(200, limited),
        "secondary-403": Reply(403, {"message": SECONDARY}, {"retry-after": "30"}),
        "secondary-200": Reply(200, {"errors": [{"message": SECONDARY}]}, {"retry-after": "30"}),
        "secondary-429": Reply(429, {"message": SECONDARY}, {"retry-after": "30"}),
        "429-bare": Reply(429, {"message": "Too many requests"}),
        "500": Reply(500, raw=HTML),
        "503": Reply(503, {"message": "Unavailable"}),
        "not-json": Reply(200, raw=HTML),
        "cut": Reply(None),
        "torn": Reply(200, raw=b'{"data": {"nodes"', headers={"content-length": "5000"}),
    }[kind]  # fmt: skip


EVERY_FAULT = (
    "502", "504", "timeout-200", "resource-limits", "primary-200", "primary-403", "primary-no-headers", "secondary-403",
    "secondary-200", "secondary-429", "429-bare", "500", "503", "not-json", "cut", "torn",
)  # fmt: skip


class FakeGitHub:
    """One GitHub with one owner. `queries` records the name and variables of each answered GraphQL request."""

    def __init__(self, world: World, settings: Settings | None = None) -> None:
        self.world = world
        self.settings = settings or Settings()
        self.queries: list[tuple[str, Mapping[str, Any]]] = []
        self.requests = 0
        self.points = 0
        self.connections = 0
        self.tokens = {TOKEN: float("inf")}
        self.address = ""
        self.scopes: str | None = "repo, read:org"
        self.overrides: dict[str, Reply] = {}
        self._faults = cycle(self.settings.faults or ("502",))
        self._lock = threading.Lock()

    def reply(self, method: str, path: str, headers: Mapping[str, str], payload: Any) -> Reply:
        """Return the response to one request."""
        with self._lock:
            self.requests += 1
            settings = self.settings
            if settings.before:
                settings.before(self, self.requests)
            if settings.latency:
                time.sleep(settings.latency)
            if path in self.overrides:
                return self.overrides[path]
            authorization = headers.get("authorization", "")
            if "/installation" in path:
                return self._installation(method, path, authorization)
            if self.tokens.get(authorization.removeprefix("Bearer "), 0) < settings.clock():
                return Reply(401, {"message": "Bad credentials"})
            if settings.fault_every and self.requests % settings.fault_every == 0:
                return fault(next(self._faults), settings.clock())
            if path == "/api/graphql":
                return self._graphql(payload)
            return self._rest(path)

    def _graphql(self, payload: Any) -> Reply:
        if self.settings.heavy and self.settings.heavy(payload.get("operationName", ""), payload["variables"]):
            return fault(self.settings.heavy_fault, self.settings.clock())
        shown = Shown(self.world, self.settings.budget)
        left = {
            "limit": 5000,
            "remaining": max(0, 5000 - self.points),
            "resetAt": "2030-01-01T00:00:00Z",
            "used": self.points,
        }
        body = shown.run(payload["query"], payload["variables"], left)
        if not self.settings.has_limits and isinstance(body.get("data"), dict):
            body["data"]["rateLimit"] = None
        if self.settings.damage:
            self.settings.damage(payload.get("operationName", ""), body)
        self.points += shown.points
        self.queries.append((payload.get("operationName", ""), payload["variables"]))
        expiration = self.settings.token_expiration
        headers = {} if expiration is None else {"github-authentication-token-expiration": expiration}
        return Reply(200, body, self._limits() | headers)

    def _limits(self) -> dict[str, str]:
        if not self.settings.has_limits:
            return {}
        reset = str(int(self.settings.clock()) + 1800)
        return {**RATE, "x-ratelimit-remaining": str(max(1, 5000 - self.points)), "x-ratelimit-reset": reset}

    def _rest(self, path: str) -> Reply:
        headers = self._limits() | ({"x-oauth-scopes": self.scopes} if self.scopes is not None else {})
        if path == "/api/v3/rate_limit":
            limit = {"limit": 5000, "used": 0, "remaining": 5000, "reset": int(self.settings.clock()) + 1800}
            return Reply(200, {"resources": {"core": limit, "graphql": limit}}, headers)
        return Reply(404, {"message": "Not Found"}, headers)

    def _installation(self, method: str, path: str, authorization: str) -> Reply:
        try:
            unchecked: Options = {"verify_exp": False, "verify_iat": False}  # the fake has a clock of its own
            token = authorization.removeprefix("Bearer ")
            claims = jwt.decode(token, self.settings.app_key or "", algorithms=["RS256"], options=unchecked)
        except jwt.PyJWTError:
            claims = {}
        now = self.settings.clock()
        if not (claims.get("iat", now + 1) <= now <= claims.get("exp", 0) <= claims.get("iat", 0) + 660):
            return Reply(401, {"message": "A JSON web token could not be decoded"})
        if method == "GET":
            return Reply(200, {"id": INSTALLATION})
        token = f"ghs_{len(self.tokens)}"
        expires = self.settings.clock() + self.settings.token_seconds
        self.tokens[token] = expires
        shown = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(expires))
        return Reply(201, {"token": token, "expires_at": shown})


@contextmanager
def serving(world: World, settings: Settings | None = None) -> Iterator[FakeGitHub]:
    """Run the fake; its `address` is the setting of the GitHub source."""
    fake = FakeGitHub(world, settings)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            fake.connections += 1

        def do_POST(self) -> None:
            payload = self.rfile.read(int(self.headers.get("content-length") or 0))
            self._answer(fake.reply("POST", self.path, _lower(self.headers), json.loads(payload or b"null")))

        def do_GET(self) -> None:
            self._answer(fake.reply("GET", self.path, _lower(self.headers), None))

        def _answer(self, reply: Reply) -> None:
            if reply.status is None:
                self.close_connection = True
                return
            data = reply.raw if reply.raw is not None else json.dumps(reply.body).encode()
            headers = {"content-type": "application/json", "content-length": str(len(data)), "date": self._date()}
            head = f"HTTP/1.1 {reply.status} X\r\n" + "".join(
                f"{k}: {v}\r\n" for k, v in (headers | reply.headers).items()
            )
            self.close_connection = "content-length" in reply.headers  # a torn answer ends with its connection
            self.wfile.write(head.encode() + b"\r\n" + data)

        def _date(self) -> str:
            return formatdate(fake.settings.clock(), usegmt=True)

        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing: the recorded queries show the requests."""

    with http_server(Handler) as port:
        fake.address = f"http://127.0.0.1:{port}"
        yield fake


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def key_pair() -> tuple[str, str]:
    """Return the private and the public key of a GitHub App, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()
