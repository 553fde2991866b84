"""What GitHub's refusals mean, and how long to wait for each. Pure: an answer in, a verdict out.

The rules are those of docs.github.com (rate limits for GraphQL and REST), in their order: `retry-after`; else, when
`x-ratelimit-remaining` is 0, `x-ratelimit-reset`; else a minute, doubling. An Enterprise Server may send no header.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

FIRST_SECONDARY_WAIT = 60.0
AFTER_RESET_SECONDS = 1.0
"""The reset is given in whole seconds; one more, or we knock on a door that is still closed."""
LONGEST_HEADER_WAIT = 24 * 3600.0

_SECONDARY = re.compile(r"secondary rate limit|abuse detection|exceeded a rate limit|too many requests", re.IGNORECASE)
_PRIMARY = re.compile(r"API rate limit (?:already )?exceeded|rate limit exceeded", re.IGNORECASE)
_HEAVY = re.compile(
    r"something went wrong while executing your query|may be the result of a timeout|timedout|resource limits"
    r"|couldn't respond to your request in time",
    re.IGNORECASE,
)
_HEAVY_TYPES = {"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED", "TIMEOUT"}


@dataclass(frozen=True)
class Wait:
    """Ask the same again after so many seconds."""

    seconds: float
    reason: str


@dataclass(frozen=True)
class TooHeavy:
    """Ask for less."""

    reason: str


@dataclass(frozen=True)
class Denied:
    """A person must change something first."""

    reason: str


@dataclass(frozen=True)
class Retry:
    """A passing fault of the server; ask again soon."""

    reason: str


@dataclass(frozen=True)
class Broken:
    """An answer that no GitHub gives: probably the wrong address, or a proxy's page."""

    reason: str


Verdict = Wait | TooHeavy | Denied | Retry | Broken


def judge(
    status: int, headers: Mapping[str, str], body: Any, *, now: float, secondary_before: int = 0
) -> Verdict | None:
    """What to do about an answer; None: use it.

    Args:
        status: the HTTP status.
        headers: with lower-case names.
        body: the parsed JSON, or None when it was none.
        now: our clock, in epoch seconds; the server's `Date` corrects it.
        secondary_before: how many secondary limits this request met already; each doubles the wait.
    """
    if status in {200, 403, 429} and (verdict := _limited(status, headers, body, now, secondary_before)):
        return verdict
    if status in {200, 201}:
        return None if isinstance(body, (dict, list)) else Retry("the answer is no JSON (is this a proxy's page?)")
    if status >= 500:
        return _server_trouble(status, headers, _message(body))
    return _refusal(status, headers, _message(body))


def _limited(
    status: int,
    headers: Mapping[str, str],
    body: Any,
    now: float,
    secondary_before: int,
) -> Verdict | None:
    message = _message(body)
    types = {str(error.get("type")) for error in _errors(body)}
    if reason := _limit_met(status, message, types):
        return _limit_wait(headers, reason, now, secondary_before)
    if types & _HEAVY_TYPES or _HEAVY.search(message):
        return TooHeavy(message or "the query exceeds GitHub's resource limits")
    if status != 200 and (exhausted := _pause_in_headers(headers, now)):
        return exhausted
    return None


def _server_trouble(status: int, headers: Mapping[str, str], message: str) -> Wait | Retry | TooHeavy:
    if status in {502, 504}:
        return TooHeavy(f"HTTP {status}: the query took GitHub longer than 10 seconds")
    text = f"HTTP {status}: {message or 'the server is in trouble'}"
    pause = _number(headers.get("retry-after"))
    return Wait(min(pause, LONGEST_HEADER_WAIT), text) if pause else Retry(text)


def _refusal(status: int, headers: Mapping[str, str], message: str) -> Denied | Broken:
    match status:
        case 401:
            return Denied("the token is unknown, expired or revoked (401)")
        case 403:
            return Denied(_why_forbidden(headers, message))
        case 404:
            return Broken("404: nothing answers there. Check the address, and that the App is installed")
        case _:
            return Broken(f"HTTP {status}: {message or 'no reason given'}")


def server_time(headers: Mapping[str, str]) -> float | None:
    """The server's clock by its `Date` header."""
    try:
        return parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError, OverflowError):
        return None


def primary_wait(headers: Mapping[str, str], now: float) -> Wait | None:
    """The wait until the hourly allowance is new, when an answer's headers say that it is used up."""
    reset = _number(headers.get("x-ratelimit-reset"))
    if headers.get("x-ratelimit-remaining") != "0" or reset is None:
        return None
    seconds = reset - (server_time(headers) or now) + AFTER_RESET_SECONDS
    return Wait(min(max(seconds, AFTER_RESET_SECONDS), LONGEST_HEADER_WAIT), "the hourly allowance is used up")


def _limit_met(status: int, message: str, types: set[str]) -> str | None:
    if _SECONDARY.search(message) or status == 429:
        return "secondary limit"
    if types & {"RATE_LIMITED", "RATE_LIMIT"} or _PRIMARY.search(message):
        return "the hourly allowance is used up"
    return None


def _limit_wait(headers: Mapping[str, str], reason: str, now: float, secondary_before: int) -> Wait:
    if found := _pause_in_headers(headers, now):
        return found
    return Wait(FIRST_SECONDARY_WAIT * 2.0 ** min(secondary_before, 10), f"{reason}, without a time given")


def _pause_in_headers(headers: Mapping[str, str], now: float) -> Wait | None:
    asked = _number(headers.get("retry-after"))
    if asked is not None:
        return Wait(min(max(asked, 1.0), LONGEST_HEADER_WAIT), "GitHub asks for a pause (secondary limit)")
    return primary_wait(headers, now)


def _why_forbidden(headers: Mapping[str, str], message: str) -> str:
    if "x-github-sso" in headers:
        return "the organisation requires single sign-on: authorise the token for it in GitHub's settings (403)"
    if "ip allow list" in message.lower():
        return "the organisation's IP allow list does not hold this machine's address (403)"
    return f"forbidden: {message or 'the token lacks a permission'} (403)"


def _errors(body: Any) -> list[Mapping[str, Any]]:
    errors = body.get("errors") if isinstance(body, dict) else None
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def _message(body: Any) -> str:
    texts = [str(error.get("message", "")) for error in _errors(body)]
    if isinstance(body, dict) and isinstance(body.get("message"), str):
        texts.append(body["message"])
    return "; ".join(dict.fromkeys(text for text in texts if text))[:500]


def _number(text: str | None) -> float | None:
    try:
        number = float(text) if text is not None else None
    except ValueError:
        return None
    return number if number is not None and 0 <= number < 1e11 else None
