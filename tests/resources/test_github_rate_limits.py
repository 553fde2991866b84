"""Rate limits, addresses and tokens of GitHub, for any input of a server, a proxy or a person."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from resources.errors import GitHubDeniedError, GitHubError
from resources.github.auth import find_token, validate_token
from resources.github.client import GitHubEndpoints
from resources.github.rate_limits import MAX_HEADER_WAIT_SECONDS, RateLimited, classify_response

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
)
ERRORS = st.dictionaries(
    st.sampled_from(["errors", "data", "message"]),
    JSON | st.lists(st.dictionaries(st.sampled_from(["type", "message", "path"]), JSON)),
)
HEADERS = st.dictionaries(
    st.sampled_from(["retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "date", "x-github-sso"]),
    st.text()
    | st.sampled_from(
        [
            "0",
            "-1",
            "1e300",
            "nan",
            "99999999999999",
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "1 Jan 2020 99999999999999999999:00:00 GMT",
        ]
    ),
)


@given(st.integers(100, 599), HEADERS, JSON | ERRORS)
def test_any_answer_is_classified_with_a_bounded_wait(status: int, headers: dict[str, str], body: object) -> None:
    verdict = classify_response(status, headers, body, now=1_000_000.0)
    if isinstance(verdict, RateLimited):
        assert 0 < verdict.seconds <= MAX_HEADER_WAIT_SECONDS
    if status >= 400:
        assert verdict is not None


def test_retry_after_has_precedence_over_the_reset() -> None:
    headers = {"retry-after": "7", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000600"}
    verdict = classify_response(403, headers, {"message": "secondary rate limit"}, now=1_000_000.0)
    assert isinstance(verdict, RateLimited)
    assert verdict.seconds == 7


def test_forbidden_field_beside_data_is_no_limit() -> None:
    body = {"data": {}, "errors": [{"type": "FORBIDDEN", "message": "Resource not accessible by integration"}]}
    assert (
        classify_response(200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1000600"}, body, now=1_000_000.0)
        is None
    )


@pytest.mark.parametrize(
    ("address", "rest", "graphql"),
    [
        ("", "https://api.github.com", "https://api.github.com/graphql"),
        ("github.com", "https://api.github.com", "https://api.github.com/graphql"),
        ("https://api.github.com/", "https://api.github.com", "https://api.github.com/graphql"),
        ("ghes.example.com", "https://ghes.example.com/api/v3", "https://ghes.example.com/api/graphql"),
        ("https://ghes.example.com/api/v3/", "https://ghes.example.com/api/v3", "https://ghes.example.com/api/graphql"),
        ("https://ghes.example.com:8443/api/graphql", "https://ghes.example.com:8443/api/v3",
         "https://ghes.example.com:8443/api/graphql"),
        ("https://example.com/git/api/v3", "https://example.com/git/api/v3", "https://example.com/git/api/graphql"),
        ("acme.ghe.com", "https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql"),
        ("https://api.acme.ghe.com", "https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/api/v3", "http://127.0.0.1:8080/api/graphql"),
    ],
)  # fmt: skip
def test_address_is_accepted_as_people_write_it(address: str, rest: str, graphql: str) -> None:
    endpoints = GitHubEndpoints.from_address(address)
    assert (endpoints.rest_url, endpoints.graphql_url) == (rest, graphql)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://ghes.example.com", "the token would travel unencrypted. Use https://."),
        ("ftp://x", "the token would travel unencrypted. Use https://."),
        ("https://", "not the address of a GitHub. Write it like https://github.example.com."),
        ("https://user@h", "not the address of a GitHub. Write it like https://github.example.com."),
        ("https://h:x", "not an address: Port could not be cast to integer value as 'x'."),
        ("a b", "not the address of a GitHub. Write it like https://github.example.com."),
    ],
)
def test_invalid_or_unencrypted_address_is_refused_with_the_reason(address: str, reason: str) -> None:
    with pytest.raises(GitHubError) as caught:
        GitHubEndpoints.from_address(address)
    assert str(caught.value) == f"{address}: {reason}"


@given(st.text())
def test_any_text_is_an_address_or_refused(address: str) -> None:
    try:
        endpoints = GitHubEndpoints.from_address(address)
    except GitHubError:
        return
    assert endpoints.graphql_url.startswith(("https://", "http://localhost", "http://127.", "http://["))


@given(st.text(min_size=1))
def test_token_with_invalid_header_characters_is_refused_without_its_value(text: str) -> None:
    try:
        token = validate_token(SecretStr(text), "the file")
    except GitHubDeniedError as error:
        assert str(error).startswith("the file: ")
        return
    assert token.get_secret_value().isascii()
    assert token.get_secret_value().isprintable()


def test_token_comes_from_setting_then_file_then_environment_then_gh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "gh"
    program.write_text('#!/bin/sh\n[ "$4" = github.com ] && echo gho_from-gh\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    file = tmp_path / "token"
    file.write_text("ghp_from-file\n")

    def found(given: str | None, path: Path | None, environment: dict[str, str]) -> str:
        return find_token(
            SecretStr(given) if given else None, path, "github.com", environment
        ).secret.get_secret_value()

    assert found("ghp_given", file, {"GITHUB_TOKEN": "ghp_environment"}) == "ghp_given"
    assert found(None, file, {"GITHUB_TOKEN": "ghp_environment"}) == "ghp_from-file"
    assert found(None, None, {"GITHUB_TOKEN": "ghp_environment"}) == "ghp_environment"
    assert found(None, None, {}) == "gho_from-gh"
    with pytest.raises(GitHubDeniedError, match="cannot be read"):
        found(None, tmp_path / "none", {})


def test_token_of_github_com_is_never_sent_to_another_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    environment = {"GITHUB_TOKEN": "ghp_a", "GITHUB_ENTERPRISE_TOKEN": "ghp_b"}
    assert find_token(None, None, "github.com", environment).secret.get_secret_value() == "ghp_a"
    assert find_token(None, None, "acme.ghe.com", environment).secret.get_secret_value() == "ghp_a"
    assert find_token(None, None, "ghes.example.com", environment).secret.get_secret_value() == "ghp_b"
    with pytest.raises(GitHubDeniedError, match="no token for evil"):
        find_token(None, None, "evil.example.com", {"GITHUB_TOKEN": "ghp_a"})
