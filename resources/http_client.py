"""Send to a service over HTTP: waits where it says so, asks again only where that is safe, and no secret in a message.

What an answer means is told by the module of each service. `docs/destinations.md` says what each documents.
"""

import json
import logging
import random
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NoReturn, Self
from urllib.parse import urlsplit

import httpx

from resources.errors import PostDeniedError, PostError, PostNetworkError, PostUncertainError

HTTP_TIMEOUT = httpx.Timeout(30.0, connect=10.0)


MAX_ATTEMPTS = 4


FIRST_PAUSE_SECONDS = 0.5


MAX_WAIT_SECONDS = 120.0
"""A limit that lasts longer ends the attempt; the next run goes on."""


MAX_REPORTED_WAIT_SECONDS = 366 * 86_400.0
"""A limit that is said to last longer ("inf" is a number, too) is told as a year."""


MAX_RESPONSE_BYTES = 4 << 20


MIN_SECRET_LENGTH = 8

# httpx logs the address of every request, and that of a Slack or Discord webhook is a secret.
logging.getLogger("httpx").setLevel(logging.WARNING)


@dataclass(frozen=True)
class ServiceResponse:
    """What a service answered: status, headers by lower-case name, and JSON, or the text where it is none."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def fields(self) -> Mapping[str, Any]:
        """The JSON object; empty where the answer is anything else."""
        return self.body if isinstance(self.body, dict) else {}


@dataclass
class ServiceClient:
    """A connection to one service, called `name` in messages. `secrets` are taken out of whatever it says."""

    name: str
    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    ca_file: Path | None = None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        if any(not value.isascii() or not value.isprintable() for value in self.headers.values()):
            # httpx would name an illegal header by its value, which is the secret.
            raise PostDeniedError(f"{self.name}: the key holds characters that no key has. Copy it once more.")
        try:
            trust: ssl.SSLContext | bool = ssl.create_default_context(cafile=self.ca_file) if self.ca_file else True
        except (OSError, ssl.SSLError) as error:
            raise PostError(f"{self.ca_file}: not a file of CA certificates: {error}.") from error
        parts = urlsplit(self.base_url)
        if parts.scheme == "http" and self.secrets and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise PostDeniedError(f"{self.name}: a key would cross the network in the clear. Use https.")
        # A redirect would carry the key, or the text, to a place that nobody chose.
        self._client = httpx.Client(timeout=HTTP_TIMEOUT, verify=trust, headers=self.headers, follow_redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def send(
        self,
        method: str,
        path: str = "",
        *,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool = False,
    ) -> ServiceResponse:
        """The service's answer of 2xx, 404 or 422; what those mean its module knows.

        `repeatable`: sending twice does what sending once does, so that a lost connection is tried again.

        Raises:
            PostDeniedError: 401 or 403.
            PostNetworkError: not reached, or a limit that lasts too long: it may work later.
            PostUncertainError: lost after sending something that is not repeatable.
            PostError: any other refusal, in the service's words.
        """
        idempotent = idempotent or method in {"GET", "HEAD"}
        for attempt in range(MAX_ATTEMPTS):
            last = attempt == MAX_ATTEMPTS - 1
            try:
                answer = self._send_once(method, path, json, content, headers)
            except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
                if last:
                    raise PostNetworkError(f"{self.name}: cannot be reached ({type(error).__name__}).") from None
            except (httpx.TransportError, httpx.DecodingError) as error:
                self._handle_lost_connection(f"the connection was lost ({type(error).__name__})", idempotent, last)
            else:
                if answer.status == 429:
                    self._wait_for_limit(answer, last)
                    continue
                if answer.status < 500:
                    return self._check_status(answer)
                # 503 says that it was not taken; of 500, 502 and 504 nobody knows.
                self._handle_lost_connection(f"it answered {answer.status}", idempotent or answer.status == 503, last)
            self.sleep(FIRST_PAUSE_SECONDS * 2**attempt * random.uniform(0.8, 1.2))  # noqa: S311 - no secret
        raise PostNetworkError(f"{self.name}: it stayed busy. Nothing was sent; the next run tries again.")

    def describe_error(self, response: ServiceResponse) -> str:
        """What it says is wrong, on one line, without our secrets."""
        fields = response.fields
        told = next(
            (fields[key] for key in ("error", "message", "detail", "title", "errors") if fields.get(key)), response.body
        )
        text = told if isinstance(told, str) else json.dumps(told, ensure_ascii=False, default=str)
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return "".join(char if char.isprintable() else " " for char in text)[:200] or "no reason given"

    def raise_error(self, response: ServiceResponse) -> NoReturn:
        """Raise what an answer means that nobody can use."""
        if response.status in {401, 403}:
            raise PostDeniedError(
                f"{self.name}: refused ({response.status}): {self.describe_error(response)}. "
                "Check the key, and what it may do."
            )
        raise PostError(f"{self.name}: refused ({response.status}): {self.describe_error(response)}.")

    def _send_once(
        self, method: str, path: str, body: Any, content: bytes | None, headers: Mapping[str, str] | None
    ) -> ServiceResponse:
        given = {"json": body} if body is not None else {"content": content}
        with self._client.stream(method, self.base_url + path, headers=headers, **given) as response:
            data = b""
            for piece in response.iter_bytes():
                data += piece
                if len(data) > MAX_RESPONSE_BYTES:
                    raise PostError(f"{self.name}: an answer of more than {MAX_RESPONSE_BYTES >> 20} MiB.")
            try:
                told = json.loads(data) if data else None
            except (ValueError, RecursionError):  # brackets a thousand deep are no ValueError
                told = data.decode("utf-8", "replace")
            return ServiceResponse(response.status_code, dict(response.headers), told)

    def _check_status(self, response: ServiceResponse) -> ServiceResponse:
        if response.status < 300 or response.status in {404, 422}:
            return response
        if response.status >= 400:
            self.raise_error(response)
        raise PostError(f"{self.name}: it has moved ({response.status}). Set its new address.")

    def _handle_lost_connection(self, reason: str, idempotent: bool, is_last_attempt: bool) -> None:
        if not idempotent:
            raise PostUncertainError(
                f"{self.name}: {reason} while sending, so that nobody knows whether it arrived. Look there; then run "
                "`sparky publish … --mark-delivered NAME` if it did, or `--republish NAME` if it did not."
            )
        if is_last_attempt:
            raise PostNetworkError(f"{self.name}: {reason}, {MAX_ATTEMPTS} times. The next run tries again.")

    def _wait_for_limit(self, response: ServiceResponse, is_last_attempt: bool) -> None:
        seconds = parse_retry_after(response, self.clock())
        if is_last_attempt or seconds > MAX_WAIT_SECONDS:
            until = datetime.fromtimestamp(self.clock() + min(seconds, MAX_REPORTED_WAIT_SECONDS), UTC)
            raise PostNetworkError(
                f"{self.name}: a rate limit; it would take it at {until:%Y-%m-%d %H:%M:%S} UTC. Nothing was sent; the "
                "next run tries again."
            )
        self.sleep(seconds)


def find_secrets(address: str) -> tuple[str, ...]:
    """What is secret in an address that is itself one: the whole, its path, and the long parts of it."""
    path = urlsplit(address).path
    return (address, path, *(part for part in path.split("/") if len(part) >= MIN_SECRET_LENGTH))


def parse_retry_after(response: ServiceResponse, now: float) -> float:
    """Seconds that a 429 asks us to wait: Retry-After (seconds or a date), Discord's body, X's reset, else 5."""
    given = response.headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(given))
    except ValueError:
        pass
    if given:
        try:
            return max(0.0, parsedate_to_datetime(given).timestamp() - now)
        except (ValueError, OverflowError):
            pass
    if isinstance(told := response.fields.get("retry_after"), int | float):
        return max(0.0, float(min(told, MAX_REPORTED_WAIT_SECONDS)))
    reset = response.headers.get("x-rate-limit-reset", "")
    return max(0.0, float(reset) - now) if reset.isdecimal() else 5.0
