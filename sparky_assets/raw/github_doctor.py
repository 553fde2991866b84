"""What `sparky doctor` asks a GitHub: who we are, what we may, what is left, what we see, whose clock is wrong."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from resources.errors import GitHubError
from resources.github import GitHub
from sparky_assets.raw.github_queries import DOCTOR

MOST_SKEW_SECONDS = 60.0
"""An App's requests are refused when the clock is a minute ahead; days begin and end by it too."""
LEAST_POINTS = 500
"""A day of 300 repositories takes about 70, a first month about 550."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    what: str
    works: bool
    word: str


def examine(github: GitHub, owner: str) -> Iterator[Finding]:
    """Look at everything that a sweep of `owner` needs; two requests, two points.

    Raises:
        GitHubError: when GitHub cannot be reached or refuses the token.
    """
    answer = github.query("Doctor", DOCTOR, {"owner": owner})
    yield Finding("token", True, f"accepted by {github.endpoints.host} as {answer.data['viewer']['login']}")
    yield from _scopes(github)
    yield _clock(github.usage.clock_skew_seconds)
    yield _allowance(answer.data.get("rateLimit"))
    yield _visible(answer.data.get("repositoryOwner"), owner)


def _scopes(github: GitHub) -> Iterator[Finding]:
    try:
        _, headers = github.rest("/rate_limit")
    except GitHubError as error:
        yield Finding("scopes", True, f"cannot be asked here ({error})")
        return
    if (scopes := headers.get("x-oauth-scopes")) is None:
        yield Finding("scopes", True, "fine-grained: needs read access to Metadata, Contents, Issues, Pull requests")
        return
    granted = {scope.strip() for scope in scopes.split(",") if scope.strip()}
    private = "repo" in granted
    word = f"classic: {', '.join(sorted(granted)) or 'none'}"
    yield Finding("scopes", True, word if private else f"{word}; private repositories need `repo`")


def _clock(skew: float) -> Finding:
    works = abs(skew) <= MOST_SKEW_SECONDS
    direction = "ahead of" if skew > 0 else "behind"
    told = f"this machine is {abs(skew):.0f} s {direction} GitHub"
    return Finding("clock", works, told if works else f"{told}; set it by NTP")


def _allowance(limit: Mapping[str, Any] | None) -> Finding:
    if limit is None:
        return Finding("allowance", True, "this server sets no limit")
    left, whole = int(limit["remaining"]), int(limit["limit"])
    works = left >= LEAST_POINTS
    told = f"{left} of {whole} points left, new at {limit['resetAt']}"
    return Finding("allowance", works, told if works else f"{told}; a run will wait")


def _visible(owner: Mapping[str, Any] | None, name: str) -> Finding:
    if owner is None:
        return Finding(name, False, "no such organisation or user, or the token may not see it")
    count = owner["repositories"]["totalCount"]
    told = f"{count} repositories are visible"
    return Finding(name, count > 0, told if count else f"{told}; is the token limited to selected repositories?")
