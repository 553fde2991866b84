"""GitHub checks of `sparky doctor`: token, scopes, clock, rate limit, visible repositories.

Checks of other services belong to `orchestration/health.py`.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from resources.checks import CheckResult
from resources.errors import GitHubError
from resources.github.client import GitHubClient
from sparky_assets.raw.github.queries import DOCTOR_QUERY

MAX_CLOCK_SKEW_SECONDS = 60.0
"""An App's requests are refused when the clock is a minute ahead. Days begin and end by this clock too."""

MIN_TOKEN_LIFE = timedelta(days=7)
"""A token that expires sooner is reported, so that somebody has time to renew it."""

MIN_POINTS = 500
"""A day of 300 repositories takes about 70, a first month about 550."""


def diagnose_github(github: GitHubClient, owner: str) -> Iterator[CheckResult]:
    """Check everything that a sweep of `owner` needs, with two requests and two points.

    Raises:
        GitHubError: when GitHub cannot be reached or refuses the token.
    """
    answer = github.query("Doctor", DOCTOR_QUERY, {"owner": owner})
    yield CheckResult("token", True, f"accepted by {github.endpoints.host} as {answer.data['viewer']['login']}")
    if (expires_at := github.usage.token_expires_at) is not None:
        yield _check_expiration(expires_at, datetime.fromtimestamp(github.clock(), UTC))
    yield from _check_scopes(github)
    yield _check_clock(github.usage.clock_skew_seconds)
    yield _check_rate_limit(answer.data.get("rateLimit"))
    yield _check_visible_repositories(answer.data.get("repositoryOwner"), owner)


def _check_expiration(expires_at: datetime, now: datetime) -> CheckResult:
    ok = expires_at - now >= MIN_TOKEN_LIFE
    detail = f"expires at {expires_at:%Y-%m-%d %H:%M} UTC"
    return CheckResult("token life", ok, detail if ok else f"{detail}; make a new one before")


def _check_scopes(github: GitHubClient) -> Iterator[CheckResult]:
    try:
        _, headers = github.get_rest("/rate_limit")
    except GitHubError as error:
        yield CheckResult("scopes", True, f"cannot be read on this server ({error})")
        return
    if (scopes := headers.get("x-oauth-scopes")) is None:
        yield CheckResult(
            "scopes",
            True,
            "fine-grained: needs read access to Metadata, Contents, Issues, Pull requests; and to Deployments, Commit "
            "statuses, Checks for what was deployed and whether main was red",
        )
        return
    granted = {scope.strip() for scope in scopes.split(",") if scope.strip()}
    detail = f"classic: {', '.join(sorted(granted)) or 'none'}"
    if "repo" not in granted:
        detail += "; private repositories need `repo`"
    yield CheckResult("scopes", True, detail)


def _check_clock(skew_seconds: float) -> CheckResult:
    ok = abs(skew_seconds) <= MAX_CLOCK_SKEW_SECONDS
    direction = "ahead of" if skew_seconds > 0 else "behind"
    detail = f"this machine is {abs(skew_seconds):.0f} s {direction} GitHub"
    return CheckResult("clock", ok, detail if ok else f"{detail}; set it by NTP")


def _check_rate_limit(rate_limit: Mapping[str, Any] | None) -> CheckResult:
    if rate_limit is None:
        return CheckResult("allowance", True, "this server has no rate limit")
    remaining = int(rate_limit["remaining"])
    ok = remaining >= MIN_POINTS
    detail = f"{remaining} of {int(rate_limit['limit'])} points left, renewed at {rate_limit['resetAt']}"
    return CheckResult("allowance", ok, detail if ok else f"{detail}; a run will wait until then")


def _check_visible_repositories(owner: Mapping[str, Any] | None, name: str) -> CheckResult:
    if owner is None:
        return CheckResult(name, False, "no such organisation or user, or the token may not see it")
    count = owner["repositories"]["totalCount"]
    detail = f"{count} repositories are visible"
    if not count:
        detail += "; is the token limited to selected repositories?"
    return CheckResult(name, count > 0, detail)
