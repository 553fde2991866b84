"""HTTP for every service: one retry policy, and a client for services that take a message.

`RetryPolicy` decides when a request is sent again. The GitHub client, the model servers and pushes to a remote
repository use it too; each classifies its own responses. `ServiceClient` sends to one service: it waits where the
service asks for it, repeats only what is safe to repeat, and keeps secrets out of messages.

What a response means belongs into the module of its service. `docs/destinations.md` says what each documents.
"""

import json
import logging
import math
import random
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NoReturn, Self, TypeVar
from urllib.parse import urlsplit

import httpx
import tenacity

from resources.deadline import DeadlineClient
from resources.errors import PostDeniedError, PostError, PostNetworkError, PostUncertainError

HTTP_TIMEOUT = httpx.Timeout(30.0, connect=10.0)

ANSWER_SECONDS = 120.0
"""A whole answer arrives in this time, or the connection is cut."""

MAX_ATTEMPTS = 4
FIRST_PAUSE_SECONDS = 0.5
PAUSE_JITTER = 0.2

MAX_WAIT_SECONDS = 120.0
"""A limit that lasts longer ends the attempt; the next run continues."""

MAX_REPORTED_WAIT_SECONDS = 366 * 86_400.0
"""A limit that claims to last longer ("inf" is a number, too) is reported as a year."""

MAX_RESPONSE_BYTES = 4 << 20
MIN_SECRET_LENGTH = 8

# httpx logs the address of every request, and that of a Slack or Discord webhook is a secret.
logging.getLogger("httpx").setLevel(logging.WARNING)

Result = TypeVar("Result")


@dataclass(frozen=True)
class FailedAttempt:
    """One attempt that may be repeated. An attempt that must not be repeated raises its error instead.

    Attributes:
        error: What the policy raises when it gives up.
        pause_seconds: The pause that the service asked for; None for the policy's own, which doubles.
        is_counted: Whether the attempt counts against `max_attempts`.
        sleep: Sleeps instead of the policy, for a pause that is reported to people.
    """

    error: Exception
    pause_seconds: float | None = None
    is_counted: bool = True
    sleep: Callable[[float], None] | None = None


@dataclass(frozen=True)
class RetryPolicy:
    """When a request is sent again, and when Sparky gives up.

    Attributes:
        first_pause_seconds: The pause after the first counted attempt; each later one is twice as long.
        max_attempts: Counted attempts; None for no limit.
        max_pause_seconds: The longest pause between two attempts.
        jitter: The share by which a pause is shortened or lengthened at random.
        max_seconds: Seconds for all attempts and pauses. No pause begins that would end later.
        sleep: Takes seconds.
        clock: Gives seconds that never go back.
    """

    first_pause_seconds: float
    max_attempts: int | None = None
    max_pause_seconds: float = math.inf
    jitter: float = 0.0
    max_seconds: float = math.inf
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def run(self, attempt: Callable[[], Result | FailedAttempt]) -> Result:
        """Return the first result of `attempt` that is no failed attempt.

        Raises:
            Exception: the error of the last failed attempt; what `attempt` raises is passed on.
        """
        return _RetryRun(self, self.clock() + self.max_seconds).run(attempt)


def compute_pause(first_pause_seconds: float, failures: int, max_pause_seconds: float) -> float:
    """Return the seconds to pause after so many failures in a row: each pause is twice as long as the one before."""
    return min(first_pause_seconds * 2.0 ** min(failures - 1, 30), max_pause_seconds)


@dataclass
class _RetryRun:
    """The state of one run of a policy."""

    policy: RetryPolicy
    deadline: float
    counted: int = 0

    def run(self, attempt: Callable[[], Result | FailedAttempt]) -> Result:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_result(lambda outcome: isinstance(outcome, FailedAttempt)),
            after=self._count,
            wait=self._choose_pause,
            stop=self._is_exhausted,
            retry_error_callback=_raise_last_error,
            before_sleep=self._sleep,
            sleep=_skip_sleep,
        )
        result = retrying(attempt)
        assert not isinstance(result, FailedAttempt)
        return result

    def _count(self, state: tenacity.RetryCallState) -> None:
        self.counted += _get_failure(state).is_counted

    def _choose_pause(self, state: tenacity.RetryCallState) -> float:
        asked = _get_failure(state).pause_seconds
        if asked is not None:
            return asked
        spread = random.uniform(1 - self.policy.jitter, 1 + self.policy.jitter)  # noqa: S311 - no secret
        return compute_pause(self.policy.first_pause_seconds, self.counted, self.policy.max_pause_seconds) * spread

    def _is_exhausted(self, state: tenacity.RetryCallState) -> bool:
        limit = self.policy.max_attempts
        if limit is not None and _get_failure(state).is_counted and self.counted >= limit:
            return True
        return self.policy.clock() + state.upcoming_sleep >= self.deadline

    def _sleep(self, state: tenacity.RetryCallState) -> None:
        sleep = _get_failure(state).sleep or self.policy.sleep
        sleep(state.upcoming_sleep)


def _get_failure(state: tenacity.RetryCallState) -> FailedAttempt:
    assert state.outcome is not None
    failure = state.outcome.result()
    assert isinstance(failure, FailedAttempt)
    return failure


def _raise_last_error(state: tenacity.RetryCallState) -> NoReturn:
    raise _get_failure(state).error


def _skip_sleep(_: float) -> None:
    # tenacity tells its own hook only the seconds; `_RetryRun._sleep` has slept already, as the attempt asked for.
    return


@dataclass(frozen=True)
class ServiceResponse:
    """The response of a service: status, headers by lower-case name, and JSON, or text where it is not JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def fields(self) -> Mapping[str, Any]:
        """The JSON object; empty where the body is anything else."""
        return self.body if isinstance(self.body, dict) else {}


@dataclass
class ServiceClient:
    """A connection to one service, called `name` in messages. `secrets` are removed from what the service says."""

    name: str
    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    ca_file: Path | None = None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time
    answer_seconds: float = ANSWER_SECONDS

    def __post_init__(self) -> None:
        if any(not value.isascii() or not value.isprintable() for value in self.headers.values()):
            # httpx would name an illegal header by its value, which is the secret.
            raise PostDeniedError(f"{self.name}: the key holds characters that no key has. Copy it once more.")
        try:
            trust = load_trusted_certificates(self.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise PostError(f"{self.ca_file}: not a file of CA certificates: {error}.") from error
        parts = urlsplit(self.base_url)
        if parts.scheme == "http" and self.secrets and not is_loopback(parts.hostname or ""):
            raise PostDeniedError(f"{self.name}: a key would cross the network in the clear. Use https.")
        # A redirect would carry the key, or the text, to an address that the settings do not name.
        self._client = DeadlineClient(
            self.answer_seconds, timeout=HTTP_TIMEOUT, verify=trust, headers=self.headers, follow_redirects=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
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
        """Send a request and return a response of 2xx, 404 or 422; the module of the service knows what those mean.

        Args:
            method: The HTTP method; GET and HEAD are always idempotent.
            path: Appended to the address of the service.
            json: The body as JSON.
            content: The body as bytes, instead of `json`.
            headers: Added to those of the client.
            idempotent: Sending twice does what sending once does, so that a lost connection is tried again.

        Raises:
            PostDeniedError: 401 or 403.
            PostNetworkError: not reached, or a limit that lasts too long: it may work later.
            PostUncertainError: lost after sending something that is not idempotent.
            PostError: any other refusal, in the service's words.
        """
        idempotent = idempotent or method in {"GET", "HEAD"}
        request = self._client.build_request(
            method, self.base_url + path, headers=headers, **({"content": content} if json is None else {"json": json})
        )
        policy = RetryPolicy(FIRST_PAUSE_SECONDS, MAX_ATTEMPTS, jitter=PAUSE_JITTER, sleep=self.sleep)
        return policy.run(lambda: self._attempt(request, idempotent))

    def require_success(self, response: ServiceResponse) -> ServiceResponse:
        """Return the response, or raise what a 404, a 422 or another refusal means."""
        if response.status >= 400:
            self.raise_error(response)
        return response

    def describe_error(self, response: ServiceResponse) -> str:
        """Return what the service says is wrong, on one line of at most 200 characters, without secrets."""
        fields = response.fields
        keys = ("error", "message", "detail", "title", "errors")
        message = next((fields[key] for key in keys if fields.get(key)), response.body)
        text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False, default=str)
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return "".join(char if char.isprintable() else " " for char in text)[:200] or "no reason given"

    def raise_error(self, response: ServiceResponse) -> NoReturn:
        """Raise the error of a response that cannot be used."""
        if response.status in {401, 403}:
            raise PostDeniedError(
                f"{self.name}: refused ({response.status}): {self.describe_error(response)}. "
                "Check the key, and what it may do."
            )
        raise PostError(f"{self.name}: refused ({response.status}): {self.describe_error(response)}.")

    def _attempt(self, request: httpx.Request, idempotent: bool) -> ServiceResponse | FailedAttempt:
        try:
            response = self._send_once(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return FailedAttempt(PostNetworkError(f"{self.name}: cannot be reached ({type(error).__name__})."))
        except (httpx.TransportError, httpx.DecodingError) as error:
            return self._classify_lost_connection(f"the connection was lost ({type(error).__name__})", idempotent)
        if response.status == 429:
            return self._classify_limit(response)
        if response.status >= 500:
            # 503 says that the request was not taken; after 500, 502 and 504 it may have been.
            return self._classify_lost_connection(
                f"it answered {response.status}", idempotent or response.status == 503
            )
        if response.status < 300 or response.status in {404, 422}:
            return response
        if response.status >= 400:
            self.raise_error(response)
        raise PostError(f"{self.name}: it has moved ({response.status}). Set its new address.")

    def _send_once(self, request: httpx.Request) -> ServiceResponse:
        response = self._client.send(request, stream=True)
        try:
            data = b""
            for piece in response.iter_bytes():
                data += piece
                if len(data) > MAX_RESPONSE_BYTES:
                    raise PostError(f"{self.name}: an answer of more than {MAX_RESPONSE_BYTES >> 20} MiB.")
        finally:
            response.close()
        return ServiceResponse(response.status_code, dict(response.headers), parse_json_or_text(data))

    def _classify_lost_connection(self, reason: str, idempotent: bool) -> FailedAttempt:
        if not idempotent:
            raise PostUncertainError(
                f"{self.name}: {reason} while sending, and the message may have arrived or not. Look there; then run "
                "`sparky publish … --mark-delivered NAME` if it did, or `--republish NAME` if it did not."
            ) from None
        return FailedAttempt(
            PostNetworkError(f"{self.name}: {reason}, {MAX_ATTEMPTS} times. The next run tries again.")
        )

    def _classify_limit(self, response: ServiceResponse) -> FailedAttempt:
        seconds = parse_retry_after(response, self.clock())
        until = datetime.fromtimestamp(self.clock() + min(seconds, MAX_REPORTED_WAIT_SECONDS), UTC)
        error = PostNetworkError(
            f"{self.name}: a rate limit until {until:%Y-%m-%d %H:%M:%S} UTC. Nothing was sent; "
            "the next run tries again."
        )
        if seconds > MAX_WAIT_SECONDS:
            raise error
        return FailedAttempt(error, seconds)


def load_trusted_certificates(ca_file: Path | None) -> ssl.SSLContext | bool:
    """Return what httpx takes as `verify`: the certificates of a file, or True for those of the machine.

    Raises:
        OSError, ssl.SSLError: when the file cannot be read or holds no certificates.
    """
    return ssl.create_default_context(cafile=ca_file) if ca_file else True


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is this machine, so that a secret may go there unencrypted."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def parse_json_or_text(data: bytes) -> Any:
    """Return the JSON of a body, its text where it is not JSON, or None where it is empty."""
    try:
        return json.loads(data) if data else None
    except (ValueError, RecursionError):  # brackets a thousand deep are no ValueError
        return data.decode("utf-8", "replace")


def find_secrets(address: str) -> tuple[str, ...]:
    """Return what is secret in an address that is itself a secret: the whole, its path, and its long parts."""
    path = urlsplit(address).path
    return (address, path, *(part for part in path.split("/") if len(part) >= MIN_SECRET_LENGTH))


def parse_retry_after(response: ServiceResponse, now: float) -> float:
    """Return the seconds that a 429 asks for: Retry-After (seconds or a date), Discord's body, X's reset, else 5.

    Args:
        response: The response with status 429.
        now: The current time in epoch seconds.
    """
    header = response.headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    if header:
        try:
            return max(0.0, parsedate_to_datetime(header).timestamp() - now)
        except (ValueError, OverflowError):
            pass
    seconds = response.fields.get("retry_after")
    if isinstance(seconds, int | float):
        return max(0.0, float(min(seconds, MAX_REPORTED_WAIT_SECONDS)))
    reset = response.headers.get("x-rate-limit-reset", "")
    return max(0.0, float(reset) - now) if reset.isdecimal() else 5.0
