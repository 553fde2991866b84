"""Access control: audiences, tokens, proxies, hosts, sessions, and addresses on which the reader refuses to listen."""

import logging
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.testclient import TestClient

from sparky_assets.errors import DataError
from sparky_assets.reader.auth import (
    FORGET_FAILURES_SECONDS,
    MAX_PAUSE_SECONDS,
    SECURITY_HEADERS,
    AccessPolicy,
    SignInThrottle,
    check_exposure,
)
from sparky_assets.settings.schema import Settings
from sparky_assets.settings.services import ReaderSettings
from sparky_assets.store import Audience
from tests.factories import reader_store
from tests.reader.conftest import TOKEN, reading

PRIVATE_PATHS = ("/", "/archive", "/week/2025-W46", "/search?q=the", "/status", "/status/events", "/feeds/day.atom")


def everything(client: TestClient) -> dict[str, str]:
    """Return the text of every page, feed, answer and picture that links from the front page reach."""
    seen: dict[str, str] = {}
    import re

    todo = ["/", "/api/v1/openapi.json"]
    while todo:
        path = todo.pop()
        if path in seen or path == "/status/events":
            continue
        answer = client.get(path)
        seen[path] = answer.text + str(answer.headers.get("location", ""))
        found = re.findall(r'(?:href|src)="(/[^"#]*)', answer.text) + re.findall(r'"(/api/v1/[^"{}]*)"', answer.text)
        todo += [one.replace("&amp;", "&") for one in found if not one.startswith("/static/")]
        if answer.headers.get("location", "").startswith("/"):
            todo.append(answer.headers["location"])
    return seen


def test_public_pages_link_to_nothing_private(outside: TestClient, inside: TestClient) -> None:
    shown, hidden = everything(outside), everything(inside)
    assert len(shown) > 20
    for word in reader_store.SECRET_WORDS:
        assert [path for path, text in shown.items() if word.lower() in text.lower()] == []
        assert [path for path, text in hidden.items() if word in text] != []


@pytest.mark.parametrize(
    "path",
    [f"/repository/{reader_store.SECRET}", f"/api/v1/repositories/{reader_store.SECRET}", "/search?q=submarine",
     "/api/v1/search?q=submarine", "/api/v1/insights/week/2025-W46", "/api/v1/metrics/week/2025-W46",
     "/week/2025-W46/texts/blog_post", "/api/v1/status", "/metrics"],
)  # fmt: skip
def test_guessed_address_gives_the_public_nothing_private(outside: TestClient, path: str) -> None:
    text = outside.get(path).text.lower()
    asked = path.partition("q=")[2]  # a search repeats its query
    assert [word for word in reader_store.SECRET_WORDS if word.lower() in text and word != asked] == []
    assert "digests hold" not in text or "0 digests hold" in text


@pytest.mark.parametrize("path", PRIVATE_PATHS)
def test_reader_with_a_token_refuses_requests_without_it(printed: Settings, path: str) -> None:
    with reading(printed, token=SecretStr(TOKEN)) as client:
        assert client.get(path).status_code == 401
        assert client.get(path, headers={"authorization": "Bearer wrong"}).status_code == 401
        assert client.get(path, headers={"accept": "text/html"}).headers["location"] == "/sign-in"


def test_token_gives_access(printed: Settings) -> None:
    with reading(printed, token=SecretStr(TOKEN)) as client:
        answer = client.get("/week/2025-W46", headers={"authorization": f"bearer {TOKEN}"})
        assert answer.status_code == 200
        assert "submarine" in answer.text


def test_browser_signs_in_once_with_a_cookie_that_is_not_the_token(printed: Settings) -> None:
    with reading(printed, token=SecretStr(TOKEN)) as client:
        assert client.post("/sign-in", data={"token": "wrong"}).status_code == 401
        answer = client.post("/sign-in", data={"token": TOKEN})
        assert answer.status_code == 303
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert TOKEN not in cookie
        assert client.get("/week/2025-W46").status_code == 200
    with reading(printed, token=SecretStr("another token, not the same")) as client:
        client.cookies.set("sparky_reader", cookie.partition("=")[2].partition(";")[0])
        assert client.get("/").status_code == 401


def test_cookie_is_for_https_only_behind_a_tls_proxy(printed: Settings) -> None:
    """The reader itself speaks http: without the header of the proxy the cookie of every TLS site would lack the
    attribute.
    """
    with reading(printed, token=SecretStr(TOKEN)) as client:
        plain = client.post("/sign-in", data={"token": TOKEN})
        assert "Secure" not in plain.headers["set-cookie"]
        behind = client.post("/sign-in", data={"token": TOKEN}, headers={"X-Forwarded-Proto": "https"})
        assert "Secure" in behind.headers["set-cookie"]


def test_public_reader_shows_internal_editions_with_the_token(printed: Settings) -> None:
    with reading(printed, token=SecretStr(TOKEN), audience=Audience.PUBLIC) as client:
        assert "submarine" not in client.get("/week/2025-W46").text
        answer = client.get("/week/2025-W46", headers={"authorization": f"Bearer {TOKEN}"})
        assert "submarine" in answer.text
        assert "Authorization" in answer.headers["vary"]


def test_proxy_header_is_trusted_from_its_own_address_only(printed: Settings) -> None:
    named = {"X-Forwarded-User": "ada"}
    given: dict[str, Any] = {"proxy_header": "X-Forwarded-User", "audience": Audience.PUBLIC}
    for proxies, expected in ((("10.0.0.0/8",), False), (("192.0.2.7/32",), True)):
        with reading(printed, **given, trusted_proxies=proxies) as client:
            client._transport.client = ("192.0.2.7", 1234)  # type: ignore[attr-defined]  # where the request comes from
            assert ("submarine" in client.get("/week/2025-W46", headers=named).text) is expected
            assert "submarine" not in client.get("/week/2025-W46").text
            assert "submarine" not in client.get("/week/2025-W46", headers={"X-Forwarded-User": " "}).text


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "reader.example"])
def test_internal_editions_on_a_network_require_a_credential(host: str) -> None:
    with pytest.raises(DataError, match=r"SPARKY_READER__TOKEN"):
        check_exposure(ReaderSettings(host=host))
    check_exposure(ReaderSettings(host=host, token=SecretStr(TOKEN)))
    check_exposure(ReaderSettings(host=host, audience=Audience.PUBLIC))
    check_exposure(ReaderSettings(host=host, proxy_header="X-User", trusted_proxies=("10.0.0.1/32",)))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_loopback_needs_no_credential(host: str) -> None:
    check_exposure(ReaderSettings(host=host))


def test_proxy_header_without_trusted_addresses_is_a_settings_error() -> None:
    with pytest.raises(DataError, match="trusted_proxies is empty"):
        check_exposure(ReaderSettings(proxy_header="X-User"))


def test_short_token_from_a_file_is_refused() -> None:
    settings = ReaderSettings().model_copy(update={"token": SecretStr("short")})
    with pytest.raises(DataError, match="openssl rand"):
        check_exposure(settings)


def test_unknown_host_name_of_loopback_is_refused(printed: Settings) -> None:
    with reading(printed) as client:
        assert client.get("/", headers={"host": "evil.example"}).status_code == 400
        assert client.get("/", headers={"host": "127.0.0.1:8000"}).status_code == 200


def test_every_answer_has_the_security_headers(inside: TestClient) -> None:
    for path in ("/", "/nope", "/api/v1/digests", "/healthz", "/search?q=%3Cscript%3E"):
        headers = inside.get(path).headers
        assert [name for name in SECURITY_HEADERS if name not in headers] == []
        assert "unsafe" not in headers["content-security-policy"]
        assert "'none'" in headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../config/production.toml", "/static/%2e%2e/%2e%2e/etc/passwd", "/week/..%2f..%2fraw", "/static/x",
        "/day/2025-11-12/pictures/..%2f..%2f2025-11-12.md", "/day/2025-11-12/texts/..%2finsights", "/day/%00",
        "/repository/../../etc/passwd", "/person/%2e%2e%2f%00",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_store(inside: TestClient, path: str) -> None:
    answer = inside.get(path)
    assert answer.status_code in {308, 404}
    assert "root:" not in answer.text


OLD_TOKEN = "o" * 40


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_pause_doubles_after_five_wrong_tokens_and_ends() -> None:
    clock = Clock()
    throttle = SignInThrottle(clock)
    for _ in range(5):
        throttle.count_failure("10.0.0.1")
    assert throttle.seconds_to_wait("10.0.0.1") == 0
    pauses = []
    for _ in range(12):
        throttle.count_failure("10.0.0.1")
        pauses.append(throttle.seconds_to_wait("10.0.0.1"))
    assert pauses[:4] == [2, 4, 8, 16]
    assert max(pauses) == MAX_PAUSE_SECONDS
    assert throttle.seconds_to_wait("10.0.0.2") == 0
    clock.now += FORGET_FAILURES_SECONDS + 1
    assert throttle.seconds_to_wait("10.0.0.1") == 0


def test_thirty_wrong_tokens_are_throttled_and_logged(printed: Settings, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), reading(printed, token=SecretStr(TOKEN)) as client:
        wrong = {"authorization": "Bearer " + "w" * 40}
        answers = [client.get("/api/v1/digests", headers=wrong).status_code for _ in range(30)]
        assert answers == [401] * 6 + [429] * 24
        refused = client.get("/api/v1/digests", headers={"authorization": f"Bearer {TOKEN}"})
        assert (refused.status_code, int(refused.headers["retry-after"])) == (429, 2)
        assert client.post("/sign-in", data={"token": TOKEN}).status_code == 429
        assert client.get("/healthz").status_code == 200
    assert "wrong token from testclient, number 6; next try in 2 s" in caplog.text
    assert "next try in 0 s" not in caplog.text
    assert "w" * 40 not in caplog.text


def test_signed_in_browser_does_not_wait_for_wrong_tokens_from_its_address(printed: Settings) -> None:
    with reading(printed, token=SecretStr(TOKEN)) as client:
        assert client.post("/sign-in", data={"token": TOKEN}).status_code == 303
        for _ in range(8):
            client.get("/api/v1/digests", headers={"authorization": "Bearer " + "w" * 40})
        assert client.get("/week/2025-W46").status_code == 200


@pytest.mark.parametrize(
    ("proxies", "attacker", "person", "status"),
    [
        (("192.0.2.7/32",), "203.0.113.5", "203.0.113.9", 200),
        (("192.0.2.0/24",), "203.0.113.5, 192.0.2.8", "203.0.113.9, 192.0.2.8", 200),
        (("192.0.2.7/32",), "198.51.100.1, 203.0.113.5", "198.51.100.2, 203.0.113.5", 429),  # made up by the caller
        (("192.0.2.7/32",), "unknown", "203.0.113.5, unknown", 429),
        (("10.0.0.0/8",), "203.0.113.5", "203.0.113.9", 429),  # this proxy is not trusted
    ],
)
def test_right_token_behind_a_proxy_waits_for_its_own_address_only(
    printed: Settings, proxies: tuple[str, ...], attacker: str, person: str, status: int
) -> None:
    with reading(printed, token=SecretStr(TOKEN), trusted_proxies=proxies) as client:
        client._transport.client = ("192.0.2.7", 1234)  # type: ignore[attr-defined]  # where the request comes from
        for _ in range(8):
            client.get("/", headers={"authorization": "Bearer " + "w" * 40, "x-forwarded-for": attacker})
        own = {"authorization": f"Bearer {TOKEN}", "x-forwarded-for": person}
        assert client.get("/week/2025-W46", headers=own).status_code == status


def test_previous_token_works_during_a_change_only_beside_a_new_one() -> None:
    def audience(sent: str, **tokens: str) -> Audience | None:
        settings = ReaderSettings(**{name: SecretStr(value) for name, value in tokens.items()})
        return AccessPolicy(settings).find_audience(Headers({"authorization": f"Bearer {sent}"}), "10.0.0.1")

    assert audience(OLD_TOKEN, token=TOKEN, previous_token=OLD_TOKEN) is Audience.INTERNAL
    assert audience(TOKEN, token=TOKEN, previous_token=OLD_TOKEN) is Audience.INTERNAL
    assert audience(OLD_TOKEN, token=TOKEN) is None


def test_sign_out_ends_the_session_of_the_browser(printed: Settings) -> None:
    with reading(printed, token=SecretStr(TOKEN)) as client:
        client.post("/sign-in", data={"token": TOKEN})
        assert "Sign out" in client.get("/").text
        assert client.get("/sign-out").status_code == 404  # a link of another site cannot end a session
        client.post("/sign-out")
        assert client.get("/", headers={"accept": "text/html"}, follow_redirects=False).status_code == 303


@pytest.mark.parametrize("path", ["/", "/archive/week", "/evidence/week/2025-W46"])
def test_page_that_a_program_read_first_has_the_sign_out_of_a_browser(printed: Settings, path: str) -> None:
    with reading(printed, token=SecretStr(TOKEN)) as client:
        assert "Sign out" not in client.get(path, headers={"authorization": f"Bearer {TOKEN}"}).text
        client.post("/sign-in", data={"token": TOKEN})
        assert "Sign out" in client.get(path).text


def test_feed_links_name_the_address_of_the_settings_and_not_the_host(printed: Settings) -> None:
    with reading(printed, address="https://news.example.com", allowed_hosts=("*",)) as client:
        feed = client.get("/feeds/week.atom", headers={"host": "evil.example"}).text
    assert "https://news.example.com/week/" in feed
    assert "evil.example" not in feed
