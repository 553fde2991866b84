"""Classify failed GitHub responses and compute how long to wait. Pure.

The rules are those of docs.github.com (rate limits for GraphQL and REST), in their order: `retry-after`; else, when
`x-ratelimit-remaining` is 0, `x-ratelimit-reset`; else a minute, doubling. An Enterprise Server may send no header.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

FIRST_SECONDARY_WAIT_SECONDS = 60.0

RESET_MARGIN_SECONDS = 1.0
"""GitHub gives the reset in whole seconds; without one more second a request can be too early."""

MAX_HEADER_WAIT_SECONDS = 24 * 3600.0

_SECONDARY_LIMIT_PATTERN = re.compile(
    r"secondary rate limit|abuse detection|exceeded a rate limit|too many requests", re.IGNORECASE
)

_PRIMARY_LIMIT_PATTERN = re.compile(r"API rate limit (?:already )?exceeded|rate limit exceeded", re.IGNORECASE)

_TOO_LARGE_PATTERN = re.compile(
    r"something went wrong while executing your query|may be the result of a timeout|timedout|resource limits"
    r"|couldn't respond to your request in time",
    re.IGNORECASE,
)

_TOO_LARGE_TYPES = {"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED", "TIMEOUT"}


@dataclass(frozen=True)
class RateLimited:
    """Send the same request again after `seconds`."""

    seconds: float
    reason: str


@dataclass(frozen=True)
class QueryTooLarge:
    """Send a smaller query. `may_pass` is True if the server may be in trouble instead."""

    reason: str
    may_pass: bool = False


@dataclass(frozen=True)
class AccessDenied:
    """A person must change the token or its permissions first."""

    reason: str


@dataclass(frozen=True)
class TransientFailure:
    """A temporary error of the server; send the request again soon."""

    reason: str


@dataclass(frozen=True)
class InvalidResponse:
    """A response that does not come from GitHub: probably a wrong address, or the page of a proxy."""

    reason: str


ResponseFailure = RateLimited | QueryTooLarge | AccessDenied | TransientFailure | InvalidResponse


def classify_response(
    status: int, headers: Mapping[str, str], body: Any, *, now: float, previous_secondary_limits: int = 0
) -> ResponseFailure | None:
    """Return the failure that a response means; None if the response is usable.

    Args:
        status: the HTTP status.
        headers: the headers, with lower-case names.
        body: the parsed JSON; None if the body is not JSON.
        now: this machine's time in epoch seconds; the `Date` header of the server corrects it.
        previous_secondary_limits: number of secondary limits that this request already met; each doubles the wait.
    """
    if status in {200, 403, 429} and (
        verdict := _classify_limit(status, headers, body, now, previous_secondary_limits)
    ):
        return verdict
    if status in {200, 201}:
        return (
            None
            if isinstance(body, (dict, list))
            else TransientFailure("the answer is no JSON (is this a proxy's page?)")
        )
    if status >= 500:
        return _classify_server_error(status, headers, _join_messages(body))
    return _classify_client_error(status, headers, _join_messages(body))


def _classify_limit(
    status: int,
    headers: Mapping[str, str],
    body: Any,
    now: float,
    previous_secondary_limits: int,
) -> ResponseFailure | None:
    message = _join_messages(body)
    types = {str(error.get("type")) for error in _list_errors(body)}
    if reason := _find_limit_reason(status, message, types):
        return _compute_limit_wait(headers, reason, now, previous_secondary_limits)
    if types & _TOO_LARGE_TYPES or _TOO_LARGE_PATTERN.search(message):
        return QueryTooLarge(message or "the query exceeds GitHub's resource limits")
    if status != 200 and (exhausted := _read_header_wait(headers, now)):
        return exhausted
    return None


def _classify_server_error(
    status: int, headers: Mapping[str, str], message: str
) -> RateLimited | TransientFailure | QueryTooLarge:
    if status in {502, 504}:
        return QueryTooLarge(f"HTTP {status}: the query took too long, or the server is in trouble", may_pass=True)
    text = f"HTTP {status}: {message or 'the server is in trouble'}"
    pause = _parse_number(headers.get("retry-after"))
    return RateLimited(min(pause, MAX_HEADER_WAIT_SECONDS), text) if pause else TransientFailure(text)


def _classify_client_error(status: int, headers: Mapping[str, str], message: str) -> AccessDenied | InvalidResponse:
    match status:
        case 401:
            return AccessDenied("the token is unknown, expired or revoked (401)")
        case 403:
            return AccessDenied(_explain_forbidden(headers, message))
        case 404:
            return InvalidResponse("404: nothing answers there. Check the address, and that the App is installed")
        case _:
            return InvalidResponse(f"HTTP {status}: {message or 'no reason given'}")


def parse_server_time(headers: Mapping[str, str]) -> float | None:
    """Return the server's time from its `Date` header, in epoch seconds; None without a valid header."""
    try:
        return parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError, OverflowError):
        return None


def compute_primary_wait(headers: Mapping[str, str], now: float) -> RateLimited | None:
    """Return the wait until the hourly allowance resets; None unless the headers say that it is used up."""
    reset = _parse_number(headers.get("x-ratelimit-reset"))
    if headers.get("x-ratelimit-remaining") != "0" or reset is None:
        return None
    seconds = reset - (parse_server_time(headers) or now) + RESET_MARGIN_SECONDS
    return RateLimited(
        min(max(seconds, RESET_MARGIN_SECONDS), MAX_HEADER_WAIT_SECONDS), "the hourly allowance is used up"
    )


def _find_limit_reason(status: int, message: str, types: set[str]) -> str | None:
    if _SECONDARY_LIMIT_PATTERN.search(message) or status == 429:
        return "secondary limit"
    if types & {"RATE_LIMITED", "RATE_LIMIT"} or _PRIMARY_LIMIT_PATTERN.search(message):
        return "the hourly allowance is used up"
    return None


def _compute_limit_wait(
    headers: Mapping[str, str], reason: str, now: float, previous_secondary_limits: int
) -> RateLimited:
    if header_wait := _read_header_wait(headers, now):
        return header_wait
    return RateLimited(
        FIRST_SECONDARY_WAIT_SECONDS * 2.0 ** min(previous_secondary_limits, 10), f"{reason}, without a time given"
    )


def _read_header_wait(headers: Mapping[str, str], now: float) -> RateLimited | None:
    retry_after = _parse_number(headers.get("retry-after"))
    if retry_after is not None:
        return RateLimited(
            min(max(retry_after, 1.0), MAX_HEADER_WAIT_SECONDS), "GitHub asks for a pause (secondary limit)"
        )
    return compute_primary_wait(headers, now)


def _explain_forbidden(headers: Mapping[str, str], message: str) -> str:
    if "x-github-sso" in headers:
        return "the organisation requires single sign-on: authorise the token for it in GitHub's settings (403)"
    if "ip allow list" in message.lower():
        return "the organisation's IP allow list does not hold this machine's address (403)"
    return f"forbidden: {message or 'the token lacks a permission'} (403)"


def _list_errors(body: Any) -> list[Mapping[str, Any]]:
    errors = body.get("errors") if isinstance(body, dict) else None
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def _join_messages(body: Any) -> str:
    texts = [str(error.get("message", "")) for error in _list_errors(body)]
    if isinstance(body, dict) and isinstance(body.get("message"), str):
        texts.append(body["message"])
    return "; ".join(dict.fromkeys(text for text in texts if text))[:500]


def _parse_number(text: str | None) -> float | None:
    try:
        number = float(text) if text is not None else None
    except ValueError:
        return None
    return number if number is not None and 0 <= number < 1e11 else None
