"""The GitHub client over a real socket: reactions to each error, rate limits, and no secret in a message."""

import logging
import time
from collections.abc import Callable

import pytest
from pydantic import SecretStr

from resources.errors import (
    GitHubDeniedError,
    GitHubError,
    GitHubLimitError,
    GitHubNetworkError,
    GitHubQueryTooLargeError,
)
from resources.github.auth import AccessToken, GitHubApp
from resources.github.client import GitHubClient, GitHubEndpoints
from tests.fakes.github import TOKEN, FakeGitHub, Reply, Settings, fault, key_pair, serving
from tests.fakes.github_collection import client
from tests.fakes.github_organisation import make_world
from tests.fakes.github_world import day

NOW = day("2026-11-20")
QUESTION = "query Q { rateLimit { cost remaining resetAt } viewer { login } }"
GRAPHQL = "/api/graphql"


def ask(github: GitHubClient) -> str:
    return str(github.query("Q", QUESTION, {}).data["viewer"]["login"])


def once(*kinds: str) -> Callable[[FakeGitHub, int], None]:
    """Return faults for the first requests, then none."""

    def before(fake: FakeGitHub, request: int) -> None:
        fake.overrides.clear()
        if request <= len(kinds):
            fake.overrides[GRAPHQL] = fault(kinds[request - 1], time.time())

    return before


@pytest.mark.parametrize(
    ("kind", "least", "most"),
    [
        ("primary-200", 1199, 1203),
        ("primary-403", 1199, 1203),
        ("primary-no-headers", 60, 60),
        ("secondary-403", 30, 30),
        ("secondary-200", 30, 30),
        ("secondary-429", 30, 30),
        ("429-bare", 60, 60),
        ("500", 1, 1),
        ("503", 1, 1),
        ("not-json", 1, 1),
        ("cut", 1, 1),
        ("torn", 1, 1),
    ],
)
def test_temporary_refusal_is_waited_for_as_github_says(kind: str, least: float, most: float) -> None:
    waits: list[float] = []
    with serving(make_world(1, NOW), Settings(before=once(kind))) as fake, client(fake, waits) as github:
        assert ask(github) == "robot"
    assert least <= sum(waits) <= most
    assert github.usage.requests == 2


@pytest.mark.parametrize("kind", ["timeout-200", "resource-limits"])
def test_query_that_is_too_large_is_not_repeated(kind: str) -> None:
    waits: list[float] = []
    with serving(make_world(1, NOW), Settings(before=once(kind))) as fake, client(fake, waits) as github:
        with pytest.raises(GitHubQueryTooLargeError):
            ask(github)
        assert fake.requests == 1
    assert waits == []
    assert github.usage.halved == 1


def test_secondary_limit_without_a_time_doubles_the_wait() -> None:
    waits: list[float] = []
    with serving(make_world(1, NOW), Settings(before=once(*["429-bare"] * 3))) as fake, client(fake, waits) as github:
        ask(github)
    assert sum(waits) == 60 + 120 + 240
    assert github.usage.waited_seconds == 420


def test_wait_beyond_the_maximum_fails_with_the_reset_time() -> None:
    with (
        serving(make_world(1, NOW), Settings(before=once("primary-200"))) as fake,
        client(fake, max_wait_seconds=600) as github,
        pytest.raises(GitHubLimitError, match=r"allowance is used up; it would go on at .* UTC.*10 minutes"),
    ):
        ask(github)


def test_wait_is_reported_with_its_reason_and_end(caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.WARNING, logger="sparky"),
        serving(make_world(1, NOW), Settings(before=once("secondary-403"))) as fake,
        client(fake) as github,
    ):
        ask(github)
    assert "secondary limit" in caplog.text
    assert "Waiting 30 s, until" in caplog.text


def test_used_up_allowance_is_waited_for_before_the_next_request() -> None:
    waits: list[float] = []
    now = [1_000_000.0]
    with (
        serving(make_world(1, NOW), Settings(clock=lambda: now[0])) as fake,
        client(fake, waits, clock=lambda: now[0]) as github,
    ):
        body = {"data": {"viewer": {"login": "robot"}}}
        left = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(now[0]) + 90)}
        fake.overrides[GRAPHQL] = Reply(200, body, left)
        ask(github)
        assert waits == []
        fake.overrides.clear()
        ask(github)
        assert sum(waits) == 91
        assert fake.requests == 2


def test_reset_is_read_by_the_clock_of_the_server() -> None:
    waits: list[float] = []
    theirs = 1_000_000.0
    with (
        serving(make_world(1, NOW), Settings(before=_primary_at(theirs), clock=lambda: theirs)) as fake,
        client(fake, waits, clock=lambda: theirs + 300) as github,
    ):
        ask(github)
        assert github.usage.clock_skew_seconds == 300
    assert sum(waits) == 1201


def _primary_at(now: float) -> Callable[[FakeGitHub, int], None]:
    def before(fake: FakeGitHub, request: int) -> None:
        fake.overrides.clear()
        if request == 1:
            fake.overrides[GRAPHQL] = fault("primary-200", now)

    return before


def test_server_that_stays_down_is_a_retryable_error() -> None:
    with (
        serving(make_world(1, NOW), Settings(before=once(*["503"] * 9))) as fake,
        client(fake) as github,
        pytest.raises(GitHubNetworkError, match=r"503.*6 times in a row"),
    ):
        ask(github)


def test_unreachable_address_is_a_retryable_error() -> None:
    with serving(make_world(1, NOW)) as fake:
        pass
    with client(fake) as github, pytest.raises(GitHubNetworkError, match="ConnectError"):
        ask(github)


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply(401, {"message": "Bad credentials"}), "unknown, expired or revoked"),
        (Reply(403, {"message": "Resource not accessible"}), "Resource not accessible"),
        (
            Reply(403, {"message": "x"}, {"x-github-sso": "required; url=https://github.com/orgs/x/sso"}),
            "single sign-on",
        ),
        (Reply(403, {"message": "although you appear to have the correct IP allow list"}), "IP allow list"),
    ],
)
def test_permanent_refusal_says_what_is_wrong(reply: Reply, told: str) -> None:
    with serving(make_world(1, NOW)) as fake, client(fake) as github:
        fake.overrides[GRAPHQL] = reply
        with pytest.raises(GitHubDeniedError, match=told) as refusal:
            ask(github)
        assert TOKEN not in str(refusal.value)
    assert TOKEN not in repr(github)


def test_query_that_github_rejects_is_an_error_with_its_message() -> None:
    with serving(make_world(1, NOW)) as fake, client(fake) as github, pytest.raises(GitHubError, match="nonsense"):
        github.query("Q", "query Q { nonsense }", {})


@pytest.mark.parametrize("errors", [1, "x", [None], [{"extensions": [1], "path": {}}], {"a": 1}])
def test_errors_of_any_shape_are_an_error(errors: object) -> None:
    with serving(make_world(1, NOW)) as fake, client(fake) as github:
        fake.overrides[GRAPHQL] = Reply(200, {"errors": errors})
        with pytest.raises(GitHubError, match="Q: "):
            ask(github)


def test_deeply_nested_answer_is_an_error_and_odd_costs_are_not_counted() -> None:
    with serving(make_world(1, NOW)) as fake, client(fake) as github:
        fake.overrides[GRAPHQL] = Reply(200, raw=b"[" * 100_000)
        with pytest.raises(GitHubNetworkError, match="no JSON"):
            ask(github)
        fake.overrides[GRAPHQL] = Reply(200, {"data": {"viewer": {"login": "a"}, "rateLimit": {"cost": "x"}}})
        ask(github)
    assert (github.usage.points, github.usage.remaining) == (0, None)


def test_server_without_limits_sends_no_headers_and_costs_no_points() -> None:
    with serving(make_world(1, NOW), Settings(has_limits=False)) as fake, client(fake) as github:
        ask(github)
    assert github.usage.points == 0
    assert github.usage.remaining is None


def test_requests_share_one_connection() -> None:
    with serving(make_world(1, NOW)) as fake, client(fake) as github:
        for _ in range(20):
            ask(github)
        assert (fake.requests, fake.connections) == (20, 1)


def test_app_gets_a_token_and_renews_it_before_it_expires() -> None:
    private, public = key_pair()
    now = [time.time()]
    settings = Settings(app_key=public, clock=lambda: now[0])
    app = GitHubApp("12345", SecretStr(private), "acme", clock=lambda: now[0])
    with serving(make_world(1, NOW), settings) as fake, client(fake, credentials=app, clock=lambda: now[0]) as github:
        ask(github)
        ask(github)
        assert fake.requests == 4  # installation, token, two queries
        now[0] += 3400
        ask(github)
        assert fake.requests == 6  # one more token before the old one expired
    assert private not in repr(app)
    assert "ghs_" not in repr(app)


def test_app_whose_token_was_revoked_gets_another_once() -> None:
    private, public = key_pair()
    app = GitHubApp("12345", SecretStr(private), "acme", installation_id=7)
    with serving(make_world(1, NOW), Settings(app_key=public)) as fake, client(fake, credentials=app) as github:
        ask(github)
        fake.tokens = {"x": 0.0}
        assert ask(github) == "robot"


def test_invalid_key_is_refused_without_being_shown() -> None:
    app = GitHubApp("12345", SecretStr("-----BEGIN nonsense"), "acme")
    with (
        serving(make_world(1, NOW)) as fake,
        client(fake, credentials=app) as github,
        pytest.raises(GitHubDeniedError, match="private key cannot be read") as refusal,
    ):
        ask(github)
    assert "nonsense" not in str(refusal.value)


def test_file_without_certificates_is_refused_by_name(tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "ca.pem"
    file.write_text("not a certificate")
    with pytest.raises(GitHubError, match=r"ca\.pem: not a file of CA certificates"):
        GitHubClient(GitHubEndpoints.from_address(""), AccessToken(SecretStr(TOKEN), "x"), ca_file=file)


def test_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(make_world(1, NOW)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.address)
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("http_proxy", raising=False)
        proxy.overrides["http://localhost:1/api/graphql"] = Reply(200, {"data": {"viewer": {"login": "by the proxy"}}})
        endpoints = GitHubEndpoints.from_address("http://localhost:1")
        with GitHubClient(endpoints, AccessToken(SecretStr(TOKEN), "x")) as github:
            assert ask(github) == "by the proxy"
