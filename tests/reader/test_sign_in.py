"""Tokens at the reader: throttled and logged when wrong, changed without an outage, and sessions that end."""

import logging

import pytest
from pydantic import SecretStr
from starlette.datastructures import Headers

from sparky_assets.reader.auth import FORGET_FAILURES_SECONDS, MAX_PAUSE_SECONDS, AccessPolicy, SignInThrottle
from sparky_assets.settings.schema import Settings
from sparky_assets.settings.services import ReaderSettings
from sparky_assets.store import Audience
from tests.reader.conftest import TOKEN, reading

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
    assert "w" * 40 not in caplog.text


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


def test_feed_links_name_the_address_of_the_settings_and_not_the_host(printed: Settings) -> None:
    with reading(printed, address="https://news.example.com", allowed_hosts=("*",)) as client:
        feed = client.get("/feeds/week.atom", headers={"host": "evil.example"}).text
    assert "https://news.example.com/week/" in feed
    assert "evil.example" not in feed
