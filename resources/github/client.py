"""The GitHub client: endpoints, one query at a time, waits for rate limits, and what the queries cost.

One request is in flight at a time on purpose: GitHub allows 60 seconds of GraphQL response time per 60 seconds of
clock, so that a second connection gains nothing. No domain rule belongs here. `rate_limits.py` says what refusals
mean, `auth.py` holds the credentials.
"""

import logging
import math
import re
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from resources.deadline import AnswerTimeout, DeadlineClient
from resources.errors import (
    GitHubDeniedError,
    GitHubError,
    GitHubLimitError,
    GitHubNetworkError,
    GitHubQueryTooLargeError,
    ResourceError,
)
from resources.github.auth import GitHubCredentials
from resources.github.rate_limits import (
    AccessDenied,
    InvalidResponse,
    QueryTooLarge,
    RateLimited,
    ResponseFailure,
    TransientFailure,
    classify_response,
    compute_primary_wait,
    parse_server_time,
)
from resources.http_client import FailedAttempt, RetryPolicy, compute_pause, is_loopback, load_trusted_certificates
from resources.progress import report_progress

HTTP_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
"""GitHub gives up on a query after 10 seconds; a proxy between may add its own."""

ANSWER_SECONDS = 120.0
"""A whole answer arrives in this time, or the connection is cut: a server may send a byte now and then for hours."""

FIRST_RETRY_SECONDS, MAX_RETRIES = 1.0, 5

QUICK_ANSWER_SECONDS = 5.0
"""GitHub cuts a query after 10 seconds. A 502 that comes sooner is a server in trouble, not a query too large."""

MAX_SERVER_PAUSE_SECONDS = 60.0
"""The longest pause before a request to a server that answered 502, 504 or nothing several times in a row."""

EXPIRATION_HEADER = "github-authentication-token-expiration"
PROGRESS_INTERVAL_SECONDS = 5.0
USER_AGENT = "sparky"


@dataclass(frozen=True)
class GraphQLError:
    """One entry of `errors` in a GraphQL response. Data beside it may still be usable."""

    type: str
    message: str
    path: tuple[str | int, ...]

    @property
    def is_access_denied(self) -> bool:
        """Whether the token lacks a permission, which only a person can grant."""
        return self.type in {"FORBIDDEN", "INSUFFICIENT_SCOPES"}


@dataclass(frozen=True)
class GraphQLResponse:
    """The data of a GraphQL response and the errors in parts of it."""

    data: Mapping[str, Any]
    errors: tuple[GraphQLError, ...] = ()


@dataclass
class ApiUsage:
    """What the client has spent so far: requests, points of the GraphQL allowance, and seconds of waiting."""

    requests: int = 0
    points: int = 0
    remaining: int | None = None
    halved: int = 0
    waited_seconds: float = 0.0
    clock_skew_seconds: float = 0.0
    token_expires_at: datetime | None = None


def parse_expiration(text: str | None) -> datetime | None:
    """Parse the header that says when a token expires: `2026-12-01 10:00:00 UTC` or with an offset. None if invalid."""
    try:
        instant = datetime.fromisoformat((text or "").strip().replace(" UTC", "+00:00").replace(" +", "+"))
    except ValueError:
        return None
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def parse_graphql_error(error: Mapping[str, Any]) -> GraphQLError:
    """Parse one entry of `errors`. GitHub puts the type beside the message, other servers below `extensions`."""
    path, extensions = error.get("path"), error.get("extensions")
    kind = error.get("type") or (extensions.get("code") if isinstance(extensions, dict) else "") or ""
    return GraphQLError(str(kind), str(error.get("message", "")), tuple(path) if isinstance(path, list) else ())


@dataclass(frozen=True)
class GitHubEndpoints:
    """The REST and GraphQL addresses of github.com, an Enterprise Server or a ghe.com tenant, and its host name."""

    rest_url: str
    graphql_url: str
    host: str

    @classmethod
    def from_address(cls, address: str) -> "GitHubEndpoints":
        """Parse an address as people write it: "", `github.com`, `https://ghes.example.com/api/v3/`, `acme.ghe.com`.

        Raises:
            GitHubError: when it is not an address, or the token would cross the network unencrypted.
        """
        try:
            parts = urlsplit(address if "://" in address else f"https://{address or 'github.com'}")
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError as error:
            raise GitHubError(f"{address}: not an address: {error}.") from error
        if not re.fullmatch(r"[a-z0-9.:-]+", host) or parts.username or parts.query or parts.fragment:
            raise GitHubError(f"{address}: not the address of a GitHub. Write it like https://github.example.com.")
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
            raise GitHubError(f"{address}: the token would travel unencrypted. Use https://.")
        if host in {"github.com", "www.github.com", "api.github.com"}:
            return cls("https://api.github.com", "https://api.github.com/graphql", "github.com")
        shown = f"[{host}]" if ":" in host else host
        authority = f"{shown}:{port}" if port else shown
        if host.endswith(".ghe.com"):
            tenant = authority.removeprefix("api.")
            return cls(f"https://api.{tenant}", f"https://api.{tenant}/graphql", host.removeprefix("api."))
        # The path of GraphQL is beside REST's /api/v3, not below it: tap-github builds {base}/graphql and fails there.
        root = re.sub(r"/api(/v3|/graphql)?$", "", parts.path.rstrip("/"))
        base = f"{parts.scheme}://{authority}{root}"
        return cls(f"{base}/api/v3", f"{base}/api/graphql", authority)


@dataclass
class GitHubClient:
    """A connection to one GitHub. Use it as a context manager.

    Attributes:
        max_wait_seconds: How long one request may wait for rate limits, all pauses together.
        sleep: Takes seconds.
        clock: Gives the current time in epoch seconds.
    """

    endpoints: GitHubEndpoints
    credentials: GitHubCredentials
    max_wait_seconds: float = 65 * 60.0
    ca_file: Path | None = None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time
    usage: ApiUsage = field(default_factory=ApiUsage)
    _primary_limit: RateLimited | None = field(default=None, repr=False)
    _primary_limit_at: float = 0.0
    _server_failures: int = 0
    _pause_seconds: float = 0.0

    def __post_init__(self) -> None:
        try:
            trust = load_trusted_certificates(self.ca_file)
            self._http = DeadlineClient(
                ANSWER_SECONDS, timeout=HTTP_TIMEOUT, verify=trust, headers={"user-agent": USER_AGENT}
            )
        except (OSError, ssl.SSLError) as error:
            raise GitHubError(f"{self.ca_file}: not a file of CA certificates: {error}.") from error
        except (ValueError, httpx.InvalidURL) as error:
            raise GitHubError(f"the proxy in HTTPS_PROXY or HTTP_PROXY cannot be used: {error}.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def query(self, name: str, text: str, variables: Mapping[str, Any]) -> GraphQLResponse:
        """Run one GraphQL query; `name` appears in messages.

        Raises:
            GitHubQueryTooLargeError: ask for less.
            GitHubLimitError, GitHubNetworkError: it may work later.
            GitHubDeniedError, GitHubError: it will not.
        """
        payload = {"query": text, "variables": dict(variables), "operationName": name}
        body, _ = self._send(_PendingRequest("POST", self.endpoints.graphql_url, name, payload))
        if not isinstance(body, dict):
            raise GitHubError(f"{self.endpoints.graphql_url}: the answer to {name} is no GraphQL. Check the address.")
        entries = body.get("errors")
        errors = tuple(
            parse_graphql_error(entry)
            for entry in (entries if isinstance(entries, list) else ())
            if isinstance(entry, dict)
        )
        data = body.get("data")
        if not isinstance(data, dict):
            reason = "; ".join(dict.fromkeys(error.message for error in errors)) or "no data and no reason given"
            kind = GitHubDeniedError if any(error.is_access_denied for error in errors) else GitHubError
            raise kind(f"{self.endpoints.host}: {name}: {reason}.")
        self._count_points(data.get("rateLimit"))
        return GraphQLResponse(data, errors)

    def get_rest(self, path: str) -> tuple[Any, Mapping[str, str]]:
        """GET a path of the REST API and return its JSON and its headers (lower-case names)."""
        return self._send(_PendingRequest("GET", self.endpoints.rest_url + path, path))

    def _call_rest(self, method: str, path: str, authorization: str) -> Mapping[str, Any]:
        request = _PendingRequest(method, self.endpoints.rest_url + path, path, authorization=authorization)
        body, _ = self._send(request)
        return body if isinstance(body, dict) else {}

    def _send(self, request: "_PendingRequest") -> tuple[Any, Mapping[str, str]]:
        # The retries come on top of the first attempt.
        policy = RetryPolicy(FIRST_RETRY_SECONDS, 1 + MAX_RETRIES, sleep=self.sleep)
        return policy.run(partial(self._attempt, request))

    def _attempt(self, request: "_PendingRequest") -> tuple[Any, Mapping[str, str]] | FailedAttempt:
        if request.url == self.endpoints.graphql_url and (limit := self._pop_primary_limit()):
            return self._schedule_wait(limit, request)
        self._pause_for_server()
        header = request.authorization or self.credentials.get_header(self._call_rest)
        began_at = self.clock()
        failure, body, headers = self._send_once(request, header)
        self._note_server_state(failure, self.clock() - began_at)
        match failure:
            case None:
                return body, headers
            case QueryTooLarge(_, True) if self._pause_seconds and not request.is_repeated:
                # A server in trouble cannot compute the half either: the same is asked once more first.
                request.is_repeated = True
                return FailedAttempt(self._build_error(failure, request.name), 0.0, is_counted=False, sleep=_skip)
            case RateLimited():
                request.secondary_limits += 1
                return self._schedule_wait(failure, request)
            case TransientFailure(reason):
                return FailedAttempt(
                    GitHubNetworkError(
                        f"{self.endpoints.host}: {request.name}: {reason}, {1 + MAX_RETRIES} times in a row."
                    )
                )
            case AccessDenied() if self._can_renew(request, headers):
                request.is_renewed = True
                if self.credentials.invalidate():
                    return FailedAttempt(self._build_error(failure, request.name), 0.0, is_counted=False, sleep=_skip)
        if isinstance(failure, QueryTooLarge):
            self.usage.halved += 1
        raise self._build_error(failure, request.name)

    def _note_server_state(self, failure: ResponseFailure | None, seconds: float) -> None:
        """Count failures of the server in a row, and decide how long to pause before the next request."""
        if not (isinstance(failure, QueryTooLarge) and failure.may_pass):
            if failure is None:
                self._server_failures = 0
            self._pause_seconds = 0.0
            return
        self._server_failures += 1
        is_in_trouble = seconds < QUICK_ANSWER_SECONDS or self._server_failures > 2
        pause = compute_pause(FIRST_RETRY_SECONDS, self._server_failures, MAX_SERVER_PAUSE_SECONDS)
        self._pause_seconds = pause if is_in_trouble else 0.0

    def _pause_for_server(self) -> None:
        if self._pause_seconds:
            report_progress(f"pausing for GitHub: {self._server_failures} failures in a row", 0, self._pause_seconds)
            self.usage.waited_seconds += self._pause_seconds
            self.sleep(self._pause_seconds)
            self._pause_seconds = 0.0

    def _can_renew(self, request: "_PendingRequest", headers: Mapping[str, str]) -> bool:
        return headers.get(":status") == "401" and not (request.authorization or request.is_renewed)

    def _send_once(
        self, request: "_PendingRequest", header: str
    ) -> tuple[ResponseFailure | None, Any, Mapping[str, str]]:
        self.usage.requests += 1
        try:
            response = self._http.request(
                request.method, request.url, json=request.json, headers={"authorization": header}
            )
        except httpx.ReadTimeout as error:
            reason = str(error) if isinstance(error, AnswerTimeout) else f"no answer in {HTTP_TIMEOUT.read:.0f} s"
            return QueryTooLarge(reason, may_pass=True), None, {}
        except (httpx.TransportError, httpx.DecodingError) as error:
            return TransientFailure(f"{type(error).__name__}: {error or 'the connection was lost'}"), None, {}
        headers = dict(response.headers) | {":status": str(response.status_code)}
        try:
            body = response.json()
        except (ValueError, RecursionError):  # brackets a thousand deep are no ValueError
            body = None
        now = self.clock()
        self.usage.clock_skew_seconds = now - (parse_server_time(headers) or now)
        if request.url == self.endpoints.graphql_url:  # REST has an allowance of its own
            self._primary_limit = compute_primary_wait(headers, now)
            self._primary_limit_at = now
        self.usage.token_expires_at = parse_expiration(headers.get(EXPIRATION_HEADER)) or self.usage.token_expires_at
        if remaining := headers.get("x-ratelimit-remaining", "").strip():
            self.usage.remaining = int(remaining) if remaining.isdecimal() else None
        failure = classify_response(
            response.status_code, headers, body, now=now, previous_secondary_limits=request.secondary_limits
        )
        return failure, body, headers

    def _pop_primary_limit(self) -> RateLimited | None:
        """Return what remains of the wait for the hourly allowance; it is waited for once.

        An integration that keeps sending after its allowance is used up may get banned, so it waits before it asks.
        """
        limit, self._primary_limit = self._primary_limit, None
        if limit is None:
            return None
        seconds = limit.seconds - (self.clock() - self._primary_limit_at)
        return RateLimited(seconds, limit.reason) if seconds > 0 else None

    def _schedule_wait(self, limit: RateLimited, request: "_PendingRequest") -> FailedAttempt:
        end = datetime.fromtimestamp(self.clock() + limit.seconds, UTC)
        error = GitHubLimitError(
            f"{self.endpoints.host}: {request.name}: {limit.reason}; it would go on at {end:%Y-%m-%d %H:%M:%S} UTC, "
            f"and waiting longer than {self.max_wait_seconds / 60:.0f} minutes is not allowed (max_wait_minutes)."
        )
        if request.waited_seconds + limit.seconds > self.max_wait_seconds:
            raise error
        request.waited_seconds += limit.seconds
        return FailedAttempt(error, limit.seconds, is_counted=False, sleep=partial(self._wait, limit.reason, end))

    def _wait(self, reason: str, end: datetime, seconds: float) -> None:
        logging.getLogger("sparky").warning(
            "GitHub: %s. Waiting %d s, until %s UTC.", reason, math.ceil(seconds), f"{end:%H:%M:%S}"
        )
        self._primary_limit = None
        self.usage.waited_seconds += seconds
        task = f"waiting for GitHub until {end:%H:%M:%S} UTC: {reason}"
        done = 0.0
        while done < seconds:
            report_progress(task, done, seconds)
            step = min(PROGRESS_INTERVAL_SECONDS, seconds - done)
            self.sleep(step)
            done += step
        report_progress(task, seconds, seconds)

    def _build_error(self, failure: ResponseFailure, name: str) -> ResourceError:
        kinds: dict[type[Any], type[ResourceError]] = {
            AccessDenied: GitHubDeniedError,
            InvalidResponse: GitHubError,
        }
        if isinstance(failure, QueryTooLarge):
            return GitHubQueryTooLargeError(
                f"{self.endpoints.host}: {name}: {failure.reason}.", may_pass=failure.may_pass
            )
        return kinds[type(failure)](f"{self.endpoints.host}: {name}: {failure.reason}.")

    def _count_points(self, rate_limit: Any) -> None:
        # An Enterprise Server without limits answers null here.
        if isinstance(rate_limit, dict):
            cost, remaining = rate_limit.get("cost"), rate_limit.get("remaining")
            self.usage.points += cost if isinstance(cost, int) else 0
            self.usage.remaining = remaining if isinstance(remaining, int) else None


@dataclass
class _PendingRequest:
    """One request until it has its response: what to send, and what it met so far."""

    method: str
    url: str
    name: str
    json: Any = None
    authorization: str | None = None
    waited_seconds: float = 0.0
    secondary_limits: int = 0
    is_renewed: bool = False
    is_repeated: bool = False


def _skip(_: float) -> None:
    # With another token the same request is sent at once.
    return
