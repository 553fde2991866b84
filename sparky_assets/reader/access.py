"""Who may read what. Everything that decides it is here; what is not let in gets the public editions or 401.

A request is of the internal audience when it carries the token (bearer, or the cookie that signing in with it gave),
when a trusted proxy names its user, or when no credential is set up at all and we listen on loopback alone.
"""

import hashlib
import hmac
from ipaddress import ip_address, ip_network

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sparky_assets.audience import Audience
from sparky_assets.errors import DataError
from sparky_assets.settings_reader import LEAST_TOKEN, ReaderSettings

COOKIE = "sparky_reader"
OPEN_TO_ALL = ("/healthz", "/readyz", "/sign-in", "/static/")
"""Paths that show nothing of the store, or only that it can be read."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
"""On every answer; one that sets a header itself (a picture its own policy) keeps it."""


class Door:
    """Tells the audience of a request by the settings."""

    def __init__(self, settings: ReaderSettings) -> None:
        token = settings.token.get_secret_value() if settings.token else ""
        self._token = token.encode()
        self._header = settings.proxy_header.lower()
        self._proxies = [ip_network(one) for one in settings.trusted_proxies]
        self._anonymous = settings.audience
        self.takes_token = bool(token)
        self.varies_by = ", ".join(("Authorization", "Cookie", *([settings.proxy_header] if self._header else ())))
        self.is_guarded = bool(token) or bool(self._header and self._proxies)
        self._open = (*OPEN_TO_ALL, *(("/metrics",) if settings.open_metrics else ()))

    def is_open(self, path: str) -> bool:
        """Whether a path is answered to everybody."""
        return any(path == one or (one.endswith("/") and path.startswith(one)) for one in self._open)

    def audience(self, headers: Headers, client: str | None) -> Audience | None:
        """Whose editions this caller may read; None for nobody's."""
        if self._is_signed_in(headers) or self._comes_by_proxy(headers, client):
            return Audience.INTERNAL
        if self._anonymous is Audience.PUBLIC:
            return Audience.PUBLIC
        return None if self.is_guarded else Audience.INTERNAL

    def opens_with(self, given: str) -> bool:
        """Whether this is the token; how long it takes tells nothing of how much of it was right."""
        return self.takes_token and hmac.compare_digest(_digest(given.encode()), _digest(self._token))

    def cookie(self) -> str:
        """What a browser keeps after signing in: made from the token, so that a new token ends old sessions."""
        return hmac.new(self._token, b"sparky reader session 1", hashlib.sha256).hexdigest()

    def _is_signed_in(self, headers: Headers) -> bool:
        if not self.takes_token:
            return False
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self.opens_with(given.strip()):
            return True
        session = cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
        return hmac.compare_digest(session.encode(), self.cookie().encode())

    def _comes_by_proxy(self, headers: Headers, client: str | None) -> bool:
        if not self._header or not headers.get(self._header, "").strip() or client is None:
            return False
        try:
            address = ip_address(client)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address
        return any(mapped in network for network in self._proxies)


def _digest(text: bytes) -> bytes:
    # compare_digest tells lengths apart at once; digests are all of one length.
    return hashlib.sha256(text).digest()


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_open_door(settings: ReaderSettings) -> None:
    """Refuse to listen where strangers could read internal editions.

    Raises:
        DataError: naming the settings that would close the door.
    """
    if settings.token and len(settings.token.get_secret_value()) < LEAST_TOKEN:
        raise DataError(f"reader.token is shorter than {LEAST_TOKEN} characters; make one with `openssl rand -hex 32`.")
    if settings.proxy_header and not settings.trusted_proxies:
        raise DataError(
            f"reader.proxy_header = {settings.proxy_header!r} is set, but reader.trusted_proxies is empty: nobody "
            "could be believed. Name the proxy's address there."
        )
    if settings.audience is Audience.INTERNAL and not Door(settings).is_guarded and not is_loopback(settings.host):
        raise DataError(
            f"reader.host = {settings.host!r} can be reached from other machines, and internal editions would be open "
            "to all of them. Set SPARKY_READER__TOKEN (or reader.token_file, or reader.proxy_header), or "
            'reader.audience = "public".'
        )


def hosts_answered(settings: ReaderSettings) -> list[str]:
    """Host names that requests may name.

    On loopback only its own names: a page elsewhere whose name was pointed at 127.0.0.1 must not read us with its
    visitor's browser.
    """
    if settings.allowed_hosts:
        return list(settings.allowed_hosts)
    return ["localhost", "127.0.0.1", "[::1]", settings.host] if is_loopback(settings.host) else ["*"]


class Guard:
    """Puts the audience on each request as `scope["state"]["audience"]`, and the headers on each answer."""

    def __init__(self, app: ASGIApp, door: Door, turned_away: ASGIApp) -> None:
        self._app, self._door, self._turned_away = app, door, turned_away

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, or turn away."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        client = scope["client"][0] if scope.get("client") else None
        audience = self._door.audience(Headers(scope=scope), client)
        scope.setdefault("state", {})["audience"] = audience or Audience.PUBLIC
        app = self._app if audience or self._door.is_open(scope["path"]) else self._turned_away

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                # What one caller may see must not be kept for another.
                headers.setdefault("cache-control", "private, no-cache")
                headers.add_vary_header(self._door.varies_by)
            await send(message)

        await app(scope, receive, send_with_headers)
