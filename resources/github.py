"""The GitHub client: sends one query at a time, waits where a limit says so, counts what it cost. No domain rule.

One request is in flight at a time on purpose: GitHub allows 60 seconds of GraphQL response time per 60 seconds of
clock, so that a second connection gains nothing. What refusals mean is in `github_limits.py`, who we are in
`github_auth.py`.
"""

import logging
import math
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, Self

import httpx

from resources.errors import (
    GitHubDeniedError,
    GitHubError,
    GitHubLimitError,
    GitHubNetworkError,
    GitHubTooHeavyError,
    ResourceError,
)
from resources.github_answer import Answer, Usage, fault_of
from resources.github_auth import Credentials
from resources.github_endpoints import Endpoints
from resources.github_limits import Broken, Denied, Retry, TooHeavy, Verdict, Wait, judge, primary_wait, server_time
from resources.progress import report

TIMEOUT = httpx.Timeout(30.0, connect=10.0)
"""GitHub gives up on a query after 10 seconds; a proxy between may add its own."""
FIRST_RETRY_SECONDS, RETRIES = 1.0, 5
SHOW_EVERY_SECONDS = 5.0
USER_AGENT = "sparky"


@dataclass
class GitHub:
    """A connection to one GitHub. Use it as a context manager.

    `longest_wait` bounds what one request may wait for limits, in seconds; `sleep` and `clock` are the machine's.
    """

    endpoints: Endpoints
    credentials: Credentials
    longest_wait: float = 65 * 60.0
    ca_file: Path | None = None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time
    usage: Usage = field(default_factory=Usage)
    _used_up: Wait | None = field(default=None, repr=False)
    _used_up_at: float = 0.0

    def __post_init__(self) -> None:
        try:
            trust: ssl.SSLContext | bool = ssl.create_default_context(cafile=self.ca_file) if self.ca_file else True
            self._http = httpx.Client(timeout=TIMEOUT, verify=trust, headers={"user-agent": USER_AGENT})
        except (OSError, ssl.SSLError) as error:
            raise GitHubError(f"{self.ca_file}: not a file of CA certificates: {error}.") from error
        except (ValueError, httpx.InvalidURL) as error:
            raise GitHubError(f"the proxy in HTTPS_PROXY or HTTP_PROXY cannot be used: {error}.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def query(self, name: str, text: str, variables: Mapping[str, Any]) -> Answer:
        """Run one GraphQL query; `name` stands in messages.

        Raises:
            GitHubTooHeavyError: ask for less.
            GitHubLimitError, GitHubNetworkError: it may work later.
            GitHubDeniedError, GitHubError: it will not.
        """
        payload = {"query": text, "variables": dict(variables), "operationName": name}
        body, _ = self._send("POST", self.endpoints.graphql, name, json=payload)
        if not isinstance(body, dict):
            raise GitHubError(f"{self.endpoints.graphql}: the answer to {name} is no GraphQL. Check the address.")
        errors = body.get("errors")
        faults = tuple(fault_of(one) for one in (errors if isinstance(errors, list) else ()) if isinstance(one, dict))
        data = body.get("data")
        if not isinstance(data, dict):
            told = "; ".join(dict.fromkeys(fault.message for fault in faults)) or "no data and no reason given"
            kind = GitHubDeniedError if any(fault.is_denial for fault in faults) else GitHubError
            raise kind(f"{self.endpoints.host}: {name}: {told}.")
        self._count_points(data.get("rateLimit"))
        return Answer(data, faults)

    def rest(self, path: str) -> tuple[Any, Mapping[str, str]]:
        """GET a path of the REST API: its JSON and its headers (lower-case names)."""
        return self._send("GET", self.endpoints.rest + path, path)

    def _call(self, method: str, path: str, authorization: str) -> Mapping[str, Any]:
        body, _ = self._send(method, self.endpoints.rest + path, path, authorization=authorization)
        return body if isinstance(body, dict) else {}

    def _send(
        self, method: str, url: str, name: str, *, json: Any = None, authorization: str | None = None
    ) -> tuple[Any, Mapping[str, str]]:
        waited, secondary, retries, renewed = 0.0, 0, 0, False
        while True:
            if url == self.endpoints.graphql:
                waited += self._wait_until_reset(name, waited)
            header = authorization or self.credentials.header(self._call)
            verdict, body, headers = self._once(method, url, json, header, secondary)
            match verdict:
                case None:
                    return body, headers
                case Wait(seconds, reason):
                    secondary += 1
                    self._wait(seconds, reason, name, waited)
                    waited += seconds
                case Retry(reason):
                    retries += 1
                    if retries > RETRIES:
                        raise GitHubNetworkError(f"{self.endpoints.host}: {name}: {reason}, {retries} times in a row.")
                    self.sleep(FIRST_RETRY_SECONDS * 2.0 ** (retries - 1))
                case Denied() if headers.get(":status") == "401" and not (authorization or renewed):
                    renewed = True
                    if not self.credentials.refused():
                        self._refuse(verdict, name)
                case _:
                    self._refuse(verdict, name)

    def _once(
        self, method: str, url: str, json: Any, header: str, secondary: int
    ) -> tuple[Verdict | None, Any, Mapping[str, str]]:
        self.usage.requests += 1
        try:
            response = self._http.request(method, url, json=json, headers={"authorization": header})
        except httpx.ReadTimeout:
            return TooHeavy(f"no answer within {TIMEOUT.read:.0f} seconds"), None, {}
        except (httpx.TransportError, httpx.DecodingError) as error:
            return Retry(f"{type(error).__name__}: {error or 'the connection was lost'}"), None, {}
        headers = dict(response.headers) | {":status": str(response.status_code)}
        try:
            body = response.json()
        except (ValueError, RecursionError):  # brackets a thousand deep are no ValueError
            body = None
        now = self.clock()
        self.usage.clock_skew_seconds = now - (server_time(headers) or now)
        if url == self.endpoints.graphql:  # REST has an allowance of its own
            self._used_up, self._used_up_at = primary_wait(headers, now), now
        if remaining := headers.get("x-ratelimit-remaining", "").strip():
            self.usage.remaining = int(remaining) if remaining.isdecimal() else None
        return judge(response.status_code, headers, body, now=now, secondary_before=secondary), body, headers

    def _wait_until_reset(self, name: str, waited: float) -> float:
        # Going on knocking after the allowance is used up may get an integration banned, so we do not ask to be told.
        if not self._used_up:
            return 0.0
        left = self._used_up.seconds - (self.clock() - self._used_up_at)
        reason, self._used_up = self._used_up.reason, None
        if left <= 0:
            return 0.0
        self._wait(left, reason, name, waited)
        return left

    def _wait(self, seconds: float, reason: str, name: str, waited: float) -> None:
        end = datetime.fromtimestamp(self.clock() + seconds, UTC)
        if waited + seconds > self.longest_wait:
            raise GitHubLimitError(
                f"{self.endpoints.host}: {name}: {reason}; it would go on at {end:%Y-%m-%d %H:%M:%S} UTC, and "
                f"waiting longer than {self.longest_wait / 60:.0f} minutes is not allowed (longest_wait_minutes)."
            )
        logging.getLogger("sparky").warning(
            "GitHub: %s. Waiting %d s, until %s UTC.", reason, math.ceil(seconds), f"{end:%H:%M:%S}"
        )
        self._used_up = None
        self.usage.waited_seconds += seconds
        done, told = 0.0, f"waiting for GitHub until {end:%H:%M:%S} UTC: {reason}"
        while done < seconds:
            report(told, done, seconds)
            step = min(SHOW_EVERY_SECONDS, seconds - done)
            self.sleep(step)
            done += step
        report(told, seconds, seconds)

    def _refuse(self, verdict: Verdict, name: str) -> NoReturn:
        kinds: dict[type[Any], type[ResourceError]] = {
            TooHeavy: GitHubTooHeavyError,
            Denied: GitHubDeniedError,
            Broken: GitHubError,
        }
        if isinstance(verdict, TooHeavy):
            self.usage.halved += 1
        raise kinds[type(verdict)](f"{self.endpoints.host}: {name}: {verdict.reason}.")

    def _count_points(self, limit: Any) -> None:
        # An Enterprise Server without limits answers null here.
        if isinstance(limit, dict):
            cost, remaining = limit.get("cost"), limit.get("remaining")
            self.usage.points += cost if isinstance(cost, int) else 0
            self.usage.remaining = remaining if isinstance(remaining, int) else None
