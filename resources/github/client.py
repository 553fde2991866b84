"""The GitHub client: sends one query at a time, waits where a limit says so, counts what it cost. No domain rule.

One request is in flight at a time on purpose: GitHub allows 60 seconds of GraphQL response time per 60 seconds of
clock, so that a second connection gains nothing. What refusals mean is in `github_limits.py`, who we are in
`github_auth.py`.

What comes back from GitHub: data, the faults in parts of it, and what it cost.

Where a GitHub answers: the REST and GraphQL addresses of github.com, an Enterprise Server or a ghe.com tenant.
"""

import ipaddress
import logging
import math
import re
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, Self
from urllib.parse import urlsplit

import httpx

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
    parse_server_time,
    primary_limit_wait,
)
from resources.runtime import report_progress


@dataclass(frozen=True)
class GraphQLError:
    """One entry of a GraphQL answer's `errors`, beside data that may still be of use."""

    type: str
    message: str
    path: tuple[str | int, ...]

    @property
    def is_access_denied(self) -> bool:
        """Whether a person must give the token a permission first."""
        return self.type in {"FORBIDDEN", "INSUFFICIENT_SCOPES"}


@dataclass(frozen=True)
class GraphQLResponse:
    """The data of a GraphQL answer and the faults in parts of it."""

    data: Mapping[str, Any]
    errors: tuple[GraphQLError, ...] = ()


@dataclass
class ApiUsage:
    """What the client has spent so far."""

    requests: int = 0
    points: int = 0
    remaining: int | None = None
    halved: int = 0
    waited_seconds: float = 0.0
    clock_skew_seconds: float = 0.0


def parse_graphql_error(error: Mapping[str, Any]) -> GraphQLError:
    """One entry of `errors`; GitHub puts the type beside the message, others below `extensions`."""
    path, extensions = error.get("path"), error.get("extensions")
    kind = error.get("type") or (extensions.get("code") if isinstance(extensions, dict) else "") or ""
    return GraphQLError(str(kind), str(error.get("message", "")), tuple(path) if isinstance(path, list) else ())


@dataclass(frozen=True)
class GitHubEndpoints:
    """The two addresses of one GitHub, and the host name that people and `gh` know it by."""

    rest_url: str
    graphql_url: str
    host: str

    @classmethod
    def from_address(cls, address: str) -> "GitHubEndpoints":
        """Read what people write: nothing, `github.com`, `https://ghes.example.com/api/v3/`, `acme.ghe.com`.

        Raises:
            GitHubError: when it is no address, or would send the token over an open line.
        """
        try:
            parts = urlsplit(address if "://" in address else f"https://{address or 'github.com'}")
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError as error:
            raise GitHubError(f"{address}: not an address: {error}.") from error
        if not re.fullmatch(r"[a-z0-9.:-]+", host) or parts.username or parts.query or parts.fragment:
            raise GitHubError(f"{address}: not the address of a GitHub. Write it like https://github.example.com.")
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
            raise GitHubError(f"{address}: the token would travel unencrypted. Use https://.")
        if host in {"github.com", "www.github.com", "api.github.com"}:
            return cls("https://api.github.com", "https://api.github.com/graphql", "github.com")
        shown = f"[{host}]" if ":" in host else host
        place = f"{shown}:{port}" if port else shown
        if host.endswith(".ghe.com"):
            tenant = place.removeprefix("api.")
            return cls(f"https://api.{tenant}", f"https://api.{tenant}/graphql", host.removeprefix("api."))
        # GraphQL lies beside REST's /api/v3, not below it: tap-github builds {base}/graphql and fails there.
        root = re.sub(r"/api(/v3|/graphql)?$", "", parts.path.rstrip("/"))
        base = f"{parts.scheme}://{place}{root}"
        return cls(f"{base}/api/v3", f"{base}/api/graphql", place)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


HTTP_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
"""GitHub gives up on a query after 10 seconds; a proxy between may add its own."""


FIRST_RETRY_SECONDS, MAX_RETRIES = 1.0, 5


PROGRESS_INTERVAL_SECONDS = 5.0


USER_AGENT = "sparky"


@dataclass
class GitHubClient:
    """A connection to one GitHub. Use it as a context manager.

    `longest_wait` bounds what one request may wait for limits, in seconds; `sleep` and `clock` are the machine's.
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

    def __post_init__(self) -> None:
        try:
            trust: ssl.SSLContext | bool = ssl.create_default_context(cafile=self.ca_file) if self.ca_file else True
            self._http = httpx.Client(timeout=HTTP_TIMEOUT, verify=trust, headers={"user-agent": USER_AGENT})
        except (OSError, ssl.SSLError) as error:
            raise GitHubError(f"{self.ca_file}: not a file of CA certificates: {error}.") from error
        except (ValueError, httpx.InvalidURL) as error:
            raise GitHubError(f"the proxy in HTTPS_PROXY or HTTP_PROXY cannot be used: {error}.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def query(self, name: str, text: str, variables: Mapping[str, Any]) -> GraphQLResponse:
        """Run one GraphQL query; `name` stands in messages.

        Raises:
            GitHubTooHeavyError: ask for less.
            GitHubLimitError, GitHubNetworkError: it may work later.
            GitHubDeniedError, GitHubError: it will not.
        """
        payload = {"query": text, "variables": dict(variables), "operationName": name}
        body, _ = self._send("POST", self.endpoints.graphql_url, name, json=payload)
        if not isinstance(body, dict):
            raise GitHubError(f"{self.endpoints.graphql_url}: the answer to {name} is no GraphQL. Check the address.")
        errors = body.get("errors")
        faults = tuple(
            parse_graphql_error(one) for one in (errors if isinstance(errors, list) else ()) if isinstance(one, dict)
        )
        data = body.get("data")
        if not isinstance(data, dict):
            told = "; ".join(dict.fromkeys(fault.message for fault in faults)) or "no data and no reason given"
            kind = GitHubDeniedError if any(fault.is_access_denied for fault in faults) else GitHubError
            raise kind(f"{self.endpoints.host}: {name}: {told}.")
        self._count_points(data.get("rateLimit"))
        return GraphQLResponse(data, faults)

    def get_rest(self, path: str) -> tuple[Any, Mapping[str, str]]:
        """GET a path of the REST API: its JSON and its headers (lower-case names)."""
        return self._send("GET", self.endpoints.rest_url + path, path)

    def _call_rest(self, method: str, path: str, authorization: str) -> Mapping[str, Any]:
        body, _ = self._send(method, self.endpoints.rest_url + path, path, authorization=authorization)
        return body if isinstance(body, dict) else {}

    def _send(
        self, method: str, url: str, name: str, *, json: Any = None, authorization: str | None = None
    ) -> tuple[Any, Mapping[str, str]]:
        waited, secondary, retries, renewed = 0.0, 0, 0, False
        while True:
            if url == self.endpoints.graphql_url:
                waited += self._wait_until_reset(name, waited)
            header = authorization or self.credentials.get_header(self._call_rest)
            verdict, body, headers = self._send_once(method, url, json, header, secondary)
            match verdict:
                case None:
                    return body, headers
                case RateLimited(seconds, reason):
                    secondary += 1
                    self._wait(seconds, reason, name, waited)
                    waited += seconds
                case TransientFailure(reason):
                    retries += 1
                    if retries > MAX_RETRIES:
                        raise GitHubNetworkError(f"{self.endpoints.host}: {name}: {reason}, {retries} times in a row.")
                    self.sleep(FIRST_RETRY_SECONDS * 2.0 ** (retries - 1))
                case AccessDenied() if headers.get(":status") == "401" and not (authorization or renewed):
                    renewed = True
                    if not self.credentials.invalidate():
                        self._raise_failure(verdict, name)
                case _:
                    self._raise_failure(verdict, name)

    def _send_once(
        self, method: str, url: str, json: Any, header: str, secondary_limits: int
    ) -> tuple[ResponseFailure | None, Any, Mapping[str, str]]:
        self.usage.requests += 1
        try:
            response = self._http.request(method, url, json=json, headers={"authorization": header})
        except httpx.ReadTimeout:
            return QueryTooLarge(f"no answer within {HTTP_TIMEOUT.read:.0f} seconds"), None, {}
        except (httpx.TransportError, httpx.DecodingError) as error:
            return TransientFailure(f"{type(error).__name__}: {error or 'the connection was lost'}"), None, {}
        headers = dict(response.headers) | {":status": str(response.status_code)}
        try:
            body = response.json()
        except (ValueError, RecursionError):  # brackets a thousand deep are no ValueError
            body = None
        now = self.clock()
        self.usage.clock_skew_seconds = now - (parse_server_time(headers) or now)
        if url == self.endpoints.graphql_url:  # REST has an allowance of its own
            self._primary_limit, self._primary_limit_at = primary_limit_wait(headers, now), now
        if remaining := headers.get("x-ratelimit-remaining", "").strip():
            self.usage.remaining = int(remaining) if remaining.isdecimal() else None
        return (
            classify_response(response.status_code, headers, body, now=now, previous_secondary_limits=secondary_limits),
            body,
            headers,
        )

    def _wait_until_reset(self, name: str, waited: float) -> float:
        # Going on knocking after the allowance is used up may get an integration banned, so we do not ask to be told.
        if not self._primary_limit:
            return 0.0
        left = self._primary_limit.seconds - (self.clock() - self._primary_limit_at)
        reason, self._primary_limit = self._primary_limit.reason, None
        if left <= 0:
            return 0.0
        self._wait(left, reason, name, waited)
        return left

    def _wait(self, seconds: float, reason: str, name: str, waited: float) -> None:
        end = datetime.fromtimestamp(self.clock() + seconds, UTC)
        if waited + seconds > self.max_wait_seconds:
            raise GitHubLimitError(
                f"{self.endpoints.host}: {name}: {reason}; it would go on at {end:%Y-%m-%d %H:%M:%S} UTC, and "
                f"waiting longer than {self.max_wait_seconds / 60:.0f} minutes is not allowed (max_wait_minutes)."
            )
        logging.getLogger("sparky").warning(
            "GitHub: %s. Waiting %d s, until %s UTC.", reason, math.ceil(seconds), f"{end:%H:%M:%S}"
        )
        self._primary_limit = None
        self.usage.waited_seconds += seconds
        done, told = 0.0, f"waiting for GitHub until {end:%H:%M:%S} UTC: {reason}"
        while done < seconds:
            report_progress(told, done, seconds)
            step = min(PROGRESS_INTERVAL_SECONDS, seconds - done)
            self.sleep(step)
            done += step
        report_progress(told, seconds, seconds)

    def _raise_failure(self, failure: ResponseFailure, name: str) -> NoReturn:
        kinds: dict[type[Any], type[ResourceError]] = {
            QueryTooLarge: GitHubQueryTooLargeError,
            AccessDenied: GitHubDeniedError,
            InvalidResponse: GitHubError,
        }
        if isinstance(failure, QueryTooLarge):
            self.usage.halved += 1
        raise kinds[type(failure)](f"{self.endpoints.host}: {name}: {failure.reason}.")

    def _count_points(self, rate_limit: Any) -> None:
        # An Enterprise Server without limits answers null here.
        if isinstance(rate_limit, dict):
            cost, remaining = rate_limit.get("cost"), rate_limit.get("remaining")
            self.usage.points += cost if isinstance(cost, int) else 0
            self.usage.remaining = remaining if isinstance(remaining, int) else None
