"""Access control for the reader: audiences, tokens, trusted proxies, hosts and security headers.

A request belongs to the internal audience when it carries the token (as a bearer token, or as the cookie of a sign-in),
when a trusted proxy names its user, or when no credential is configured and the reader listens on loopback only. Any
other request gets the public editions or 401.
"""

import hashlib
import hmac
import logging
import math
import threading
import time
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from cachetools import TTLCache
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sparky_assets.errors import DataError
from sparky_assets.settings.services import MIN_TOKEN_LENGTH, ReaderSettings
from sparky_assets.store import Audience

SESSION_COOKIE = "sparky_reader"


MAX_FREE_FAILURES = 5
"""Wrong tokens of a client that cost no pause: people mistype."""

MAX_PAUSE_SECONDS = 300.0

FORGET_FAILURES_SECONDS = 900.0

MAX_THROTTLED_CLIENTS = 10_000
"""Clients whose wrong tokens are counted; the oldest are forgotten first."""

log = logging.getLogger(__name__)


OPEN_PATHS = ("/healthz", "/readyz", "/sign-in", "/static/")
"""Paths that show nothing of the store, or only whether it can be read."""


CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
"""Set on every response, unless the handler set the header (a picture has its own policy)."""


class AccessPolicy:
    """Decides the audience of a request from the settings."""

    def __init__(self, settings: ReaderSettings) -> None:
        token = settings.token.get_secret_value() if settings.token else ""
        self._token = token.encode()
        previous = settings.previous_token.get_secret_value() if settings.previous_token else ""
        self._valid_tokens = [value.encode() for value in (token, previous) if value] if token else []
        self.throttle = SignInThrottle()
        self._proxy_header = settings.proxy_header.lower()
        self._proxy_networks = [ip_network(network) for network in settings.trusted_proxies]
        self._anonymous_audience = settings.audience
        self.has_token = bool(token)
        self.vary_header = ", ".join(
            ("Authorization", "Cookie", *([settings.proxy_header] if self._proxy_header else ()))
        )
        self.requires_credentials = bool(token) or bool(self._proxy_header and self._proxy_networks)
        self._open_paths = (*OPEN_PATHS, *(("/metrics",) if settings.open_metrics else ()))

    def is_open_path(self, path: str) -> bool:
        """Return whether a path needs no credential."""
        return any(path == entry or (entry.endswith("/") and path.startswith(entry)) for entry in self._open_paths)

    def find_audience(self, headers: Headers, client: str | None) -> Audience | None:
        """Return the audience of a caller; None when it may read nothing."""
        if self._has_token(headers) or self._has_proxy_user(headers, client):
            return Audience.INTERNAL
        if self._anonymous_audience is Audience.PUBLIC:
            return Audience.PUBLIC
        return None if self.requires_credentials else Audience.INTERNAL

    def accepts_token(self, token: str) -> bool:
        """Return whether a token is the right one or the one before it, in constant time."""
        # All are compared, so that the time does not tell which one matched.
        matches = [hmac.compare_digest(_hash_bytes(token.encode()), _hash_bytes(valid)) for valid in self._valid_tokens]
        return any(matches)

    def make_session_cookie(self) -> str:
        """Return the session cookie. It is derived from the token, so that a new token ends old sessions."""
        return _derive_session(self._token)

    def is_signed_in(self, headers: Headers) -> bool:
        """Return whether a request carries a valid session cookie."""
        session = cookie_parser(headers.get("cookie", "")).get(SESSION_COOKIE, "")
        valid = [hmac.compare_digest(session.encode(), _derive_session(token).encode()) for token in self._valid_tokens]
        return any(valid)

    def count_failure(self, headers: Headers, client: str | None) -> None:
        """Count a wrong token against its sender, so that the next ones wait. A missing token is not counted."""
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and token.strip() and not self.accepts_token(token.strip()):
            self.throttle.count_failure(self.find_sender(headers, client))

    def _has_token(self, headers: Headers) -> bool:
        if not self.has_token:
            return False
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self.accepts_token(token.strip()):
            return True
        return self.is_signed_in(headers)

    def _has_proxy_user(self, headers: Headers, client: str | None) -> bool:
        if not self._proxy_header or not headers.get(self._proxy_header, "").strip():
            return False
        return self._is_trusted_proxy(client)

    def find_sender(self, headers: Headers, client: str | None) -> str | None:
        """Return the address whose wrong tokens are counted: behind trusted proxies the one that they were asked from.

        A proxy adds its caller at the end of X-Forwarded-For, so the first address from the end that is no trusted
        proxy cannot be made up by that caller.
        """
        if not self._is_trusted_proxy(client):
            return client
        for address in reversed([entry.strip() for entry in headers.get("x-forwarded-for", "").split(",")]):
            if not _parse_address(address):
                break
            if not self._is_trusted_proxy(address):
                return address
        return client

    def _is_trusted_proxy(self, client: str | None) -> bool:
        address = _parse_address(client or "")
        return address is not None and any(address in network for network in self._proxy_networks)


class SignInThrottle:
    """Makes senders of wrong tokens wait: after `MAX_FREE_FAILURES` each next one doubles the pause.

    Per address, in memory. Those behind one address translation, or a proxy that is not trusted, wait together; a right
    token in the form resets.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: TTLCache[str, tuple[int, float]] = TTLCache(
            MAX_THROTTLED_CLIENTS, FORGET_FAILURES_SECONDS, timer=clock
        )
        self._lock = threading.Lock()

    def count_failure(self, client: str | None) -> None:
        """Count a wrong token, and log it without the token."""
        with self._lock:
            count = self._failures.get(client or "", (0, 0.0))[0] + 1
            # The exponent is bounded: a count of a year would make a number of thousands of digits.
            pause = (
                min(2.0 ** min(count - MAX_FREE_FAILURES, 16), MAX_PAUSE_SECONDS) if count > MAX_FREE_FAILURES else 0
            )
            self._failures[client or ""] = (count, self._clock() + pause)
        wait = f"; next try in {pause:.0f} s" if pause else ""
        log.warning("wrong token from %s, number %d%s", client or "unknown", count, wait)

    def seconds_to_wait(self, client: str | None) -> float:
        """Return for how long a client's tokens are refused unseen; 0 when they are looked at."""
        with self._lock:
            return max(0.0, self._failures.get(client or "", (0, 0.0))[1] - self._clock())

    def forget(self, client: str | None) -> None:
        """Forget the wrong tokens of a client that sent a right one."""
        with self._lock:
            self._failures.pop(client or "", None)


def _parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """Return an IP address, of version 4 where it is mapped into version 6; None for any other text."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _derive_session(token: bytes) -> str:
    return hmac.new(token, b"sparky reader session 1", hashlib.sha256).hexdigest()


def _hash_bytes(data: bytes) -> bytes:
    # compare_digest returns early for different lengths; digests all have the same length.
    return hashlib.sha256(data).digest()


def is_loopback(host: str) -> bool:
    """Return whether a listening address can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def check_exposure(settings: ReaderSettings) -> None:
    """Refuse settings under which strangers could read internal editions.

    Raises:
        DataError: names the settings to change.
    """
    if settings.token and len(settings.token.get_secret_value()) < MIN_TOKEN_LENGTH:
        raise DataError(
            f"reader.token is shorter than {MIN_TOKEN_LENGTH} characters; make one with `openssl rand -hex 32`."
        )
    if settings.proxy_header and not settings.trusted_proxies:
        raise DataError(
            f"reader.proxy_header = {settings.proxy_header!r} is set, but reader.trusted_proxies is empty, so "
            "that no proxy is trusted. Add the proxy's address to reader.trusted_proxies."
        )
    if (
        settings.audience is Audience.INTERNAL
        and not AccessPolicy(settings).requires_credentials
        and not is_loopback(settings.host)
    ):
        raise DataError(
            f"reader.host = {settings.host!r} can be reached from other machines, and internal editions would be open "
            "to all of them. Set SPARKY_READER__TOKEN (or reader.token_file, or reader.proxy_header), or "
            'reader.audience = "public".'
        )


def allowed_hosts(settings: ReaderSettings) -> list[str]:
    """Return the host names that requests may use; `*` for any.

    On loopback only its own names are allowed (DNS rebinding): a web page whose host name was pointed at 127.0.0.1 must
    not read the reader through its visitor's browser.
    """
    if settings.allowed_hosts:
        return list(settings.allowed_hosts)
    return ["localhost", "127.0.0.1", "[::1]", settings.host] if is_loopback(settings.host) else ["*"]


def _build_wait_response(seconds: float) -> PlainTextResponse:
    headers = {"retry-after": str(math.ceil(seconds)), **SECURITY_HEADERS}
    return PlainTextResponse(f"Too many wrong tokens. Try again in {math.ceil(seconds)} s.\n", 429, headers)


class AccessMiddleware:
    """Sets `scope["state"]["audience"]` on each request, and the security headers on each response."""

    def __init__(self, app: ASGIApp, policy: AccessPolicy, denied_app: ASGIApp) -> None:
        self._app, self._policy, self._denied_app = app, policy, denied_app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer with the app for denied requests."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        client = scope["client"][0] if scope.get("client") else None
        headers = Headers(scope=scope)
        # A sender that must wait is refused with a right token too: otherwise each guess would still be answered by
        # whether it is right, as fast as before. Cookies and users of a proxy are no guesses and do not wait.
        sender = self._policy.find_sender(headers, client)
        wait = self._policy.throttle.seconds_to_wait(sender) if headers.get("authorization") else 0.0
        if wait:
            await _build_wait_response(wait)(scope, receive, send)
            return
        audience = self._policy.find_audience(headers, client)
        self._policy.count_failure(headers, client)
        scope.setdefault("state", {})["audience"] = audience or Audience.PUBLIC
        app = self._app if audience or self._policy.is_open_path(scope["path"]) else self._denied_app

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                # A shared cache must not give one caller's response to another.
                headers.setdefault("cache-control", "private, no-cache")
                headers.add_vary_header(self._policy.vary_header)
            await send(message)

        await app(scope, receive, send_with_headers)
