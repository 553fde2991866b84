"""What GitHub's refusals mean, and how long to wait for each. Pure: an answer in, a verdict out.

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
"""The reset is given in whole seconds; one more, or we knock on a door that is still closed."""


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
    """Ask the same again after so many seconds."""

    seconds: float
    reason: str


@dataclass(frozen=True)
class QueryTooLarge:
    """Ask for less."""

    reason: str


@dataclass(frozen=True)
class AccessDenied:
    """A person must change something first."""

    reason: str


@dataclass(frozen=True)
class TransientFailure:
    """A passing fault of the server; ask again soon."""

    reason: str


@dataclass(frozen=True)
class InvalidResponse:
    """An answer that no GitHub gives: probably the wrong address, or a proxy's page."""

    reason: str


ResponseFailure = RateLimited | QueryTooLarge | AccessDenied | TransientFailure | InvalidResponse


def classify_response(
    status: int, headers: Mapping[str, str], body: Any, *, now: float, previous_secondary_limits: int = 0
) -> ResponseFailure | None:
    """What to do about an answer; None: use it.

    Args:
        status: the HTTP status.
        headers: with lower-case names.
        body: the parsed JSON, or None when it was none.
        now: our clock, in epoch seconds; the server's `Date` corrects it.
        secondary_before: how many secondary limits this request met already; each doubles the wait.
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
        return QueryTooLarge(f"HTTP {status}: the query took GitHub longer than 10 seconds")
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
    """The server's clock by its `Date` header."""
    try:
        return parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError, OverflowError):
        return None


def compute_primary_wait(headers: Mapping[str, str], now: float) -> RateLimited | None:
    """The wait until the hourly allowance is new, when an answer's headers say that it is used up."""
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
    if found := _read_header_wait(headers, now):
        return found
    return RateLimited(
        FIRST_SECONDARY_WAIT_SECONDS * 2.0 ** min(previous_secondary_limits, 10), f"{reason}, without a time given"
    )


def _read_header_wait(headers: Mapping[str, str], now: float) -> RateLimited | None:
    asked = _parse_number(headers.get("retry-after"))
    if asked is not None:
        return RateLimited(min(max(asked, 1.0), MAX_HEADER_WAIT_SECONDS), "GitHub asks for a pause (secondary limit)")
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
