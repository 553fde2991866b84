"""Messages to each service: signatures, mentions, drafts, corrections and removal."""

import hmac
import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from pydantic import SecretStr

from resources.channels import THREAD_SEPARATOR, OutgoingPost, escape_little_text, neutralize_mentions
from resources.channels.chat import SlackBot
from resources.channels.chat_text import build_slack_blocks
from resources.channels.social import XClient
from resources.channels.webhook import WebhookClient, compute_signature
from resources.errors import PostDeniedError, PostError, PostNetworkError
from resources.http_client import ServiceClient, ServiceResponse, parse_retry_after
from sparky_assets.digests.models import Product
from sparky_assets.digests.render.templates import check_post_length
from sparky_assets.publications.publish import load_ledger
from sparky_assets.publications.unpublish import unpublish_period
from sparky_assets.publications.verify import verify_ledger
from tests.factories.published_store import WEEK, Desk
from tests.fakes.services import KEY, SERVICES, Fault, Service, serving
from tests.reliability.post_faults import at, settings_of


def taken_back(desk: Desk) -> str:
    (done,) = unpublish_period(WEEK, desk.storage, desk.publisher(), desk.settings).deliveries
    assert not desk.publish().has_changes  # it stays away
    return done.entry.status


def states(desk: Desk) -> list[str]:
    return [one.state for one in verify_ledger(load_ledger(WEEK, desk.storage), desk.settings, desk.publisher())]


def test_article_has_its_canonical_address_and_no_front_matter(tmp_path: Path) -> None:
    with at("devto", tmp_path) as (service, desk):
        desk.publish()
        (article,) = service.held.values()
        assert article["canonical_url"] == "https://blog.example.org/2025/11/week-2025-46"
        assert not article["body_markdown"].startswith("---")
        assert article["published"] is True
        assert states(desk) == ["same"]
        assert taken_back(desk) == "unpublished"
        assert article["published"] is False
        assert states(desk) == ["same"]


def test_correction_changes_the_article_that_is_there(tmp_path: Path) -> None:
    with at("devto", tmp_path) as (service, desk):
        desk.publish()
        (article,) = service.held.values()
        article["body_markdown"] = "of an earlier edition"
        done = desk.publish(republish=frozenset({"there"}))
        assert done.has_changes
        assert len(service.held) == 1
        assert article["body_markdown"] != "of an earlier edition"


def test_delivery_is_signed_as_the_standard_says(tmp_path: Path) -> None:
    with at("webhook", tmp_path) as (service, desk):
        desk.publish()
        (asked,) = service.held.values()
        number, stamp = asked.headers["webhook-id"], asked.headers["webhook-timestamp"]
        signed = f"{number}.{stamp}.".encode() + asked.data
        wanted = b64encode(hmac.new(KEY.encode(), signed, sha256).digest()).decode()
        assert asked.headers["webhook-signature"] == f"v1,{wanted}"
        assert number == "weekly/2025-W46/there/1"
        assert asked.json["period"] == "2025-W46"
        assert compute_signature(b"other", number, stamp, asked.data) != wanted


def test_key_of_the_standard_is_decoded_as_the_standard_says() -> None:
    """Receivers that use a library of the standard decode the part after `whsec_`, so Sparky must sign with the same
    bytes.
    """
    given = SecretStr("whsec_" + b64encode(b"twenty-four random bytes").decode())
    with serving(Service(), SERVICES["webhook"]) as service:
        hook = WebhookClient(service.url, given)
        with hook.client:
            hook.publish("one", {"a": 1})
        (asked,) = service.held.values()
    stamp = asked.headers["webhook-timestamp"]
    wanted = compute_signature(b"twenty-four random bytes", "one", stamp, asked.data)
    assert asked.headers["webhook-signature"] == f"v1,{wanted}"


def test_invalid_key_of_the_standard_is_refused_without_its_value() -> None:
    with pytest.raises(PostDeniedError, match="whsec_ is not base64") as caught:
        WebhookClient("https://example.com", SecretStr("whsec_not*base64"))
    assert "not*base64" not in str(caught.value)


def test_discord_message_pings_no_one_and_can_be_removed(tmp_path: Path) -> None:
    with at("discord", tmp_path) as (service, desk):
        desk.publish()
        (message,) = service.held.values()
        assert message["allowed_mentions"] == {"parse": []}
        assert states(desk) == ["same"]
        assert taken_back(desk) == "unpublished"
        assert service.held == {}


def test_verify_names_a_message_that_was_deleted(tmp_path: Path) -> None:
    with at("discord", tmp_path) as (service, desk):
        desk.publish()
        service.held.clear()
        assert states(desk) == ["differs"]


def test_bot_corrects_and_removes_its_message() -> None:
    post = OutgoingPost("weekly/2025-W46/chat", "A week", "It was <!channel> @everyone <@U1>.")
    with serving(Service(), SERVICES["slack bot"]) as service:
        bot = SlackBot(service.url, SecretStr(KEY), "C1")
        with bot.client:
            known = bot.publish(post).id
            bot.publish(OutgoingPost(post.key, "A week", "corrected"), known)
            assert [one["blocks"] for one in service.held.values()] == [build_slack_blocks("corrected")]
            bot.withdraw(known)
        assert service.held == {}


def test_channel_without_the_bot_is_named_as_slack_names_it() -> None:
    with serving(Service(), SERVICES["slack bot"]) as service:
        bot = SlackBot(service.url, SecretStr(KEY), "C2")
        with bot.client, pytest.raises(PostError, match="channel_not_found"):
            bot.publish(OutgoingPost("k", "t", "x"))


def test_pull_request_that_was_closed_stays_closed(tmp_path: Path) -> None:
    with at("github", tmp_path) as (service, desk):
        desk.publish()
        (request,) = service.held.values()
        assert (request["head"], request["base"]) == ("sparky/weekly/2025-W46", "main")
        request["state"] = "closed"
        (done,) = desk.publish().deliveries
        assert "was closed by a person and stays closed" in done.entry.word
        assert request["state"] == "closed"
        assert len(service.held) == 1
        assert states(desk) == ["differs"]


def test_open_pull_request_is_closed_when_its_period_is_unpublished(tmp_path: Path) -> None:
    with at("github", tmp_path) as (service, desk):
        desk.publish()
        assert states(desk) == ["same"]
        assert taken_back(desk) == "unpublished"
        (request,) = service.held.values()
        assert request["state"] == "closed"


def test_post_without_a_token_is_a_file_to_paste(tmp_path: Path) -> None:
    desk = Desk(
        tmp_path, {"name": "x", "kind": "x"}, {"name": "linkedin", "kind": "linkedin", "folder": tmp_path / "p"}
    )
    desk.publish()
    post = (tmp_path / "home" / "to-paste" / "2025-W46-x.txt").read_text()
    assert post.strip()
    assert list(check_post_length(post, Product.X)) == []
    assert (tmp_path / "p" / "2025-W46-linkedin.txt").read_text().strip()
    assert not desk.publish().has_changes


def test_x_post_is_the_whole_stored_text_and_sent_once(tmp_path: Path) -> None:
    with at("x", tmp_path) as (service, desk):
        stored = desk.storage.read_text("digests/weekly_public_x", WEEK.key, "txt")
        assert THREAD_SEPARATOR not in stored.strip()
        desk.publish()
        assert list(service.held.values()) == [stored.strip()]
        assert not desk.publish().has_changes


def test_x_thread_of_an_own_template_sends_its_first_post_only() -> None:
    post = OutgoingPost("weekly/2025-W46/x", "A week", f"Of both.{THREAD_SEPARATOR}Of one.\n")
    with serving(Service(), SERVICES["x"]) as service:
        sender = XClient(service.url, SecretStr(KEY))
        with sender.client:
            sender.publish(post)
        assert list(service.held.values()) == ["Of both."]


def test_secret_is_in_no_log_and_no_message(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    for kind in ("discord", "slack", "x"):
        (tmp_path / kind).mkdir()
        with at(kind, tmp_path / kind) as (service, desk):
            service.faults.append(Fault(400, {}, {"message": f"bad thing at {service.url} with {KEY}"}))
            with pytest.raises(Exception, match="refused") as caught:
                desk.publish()
            desk.publish()
            assert KEY not in str(caught.value)
            assert KEY not in load_ledger(WEEK, desk.storage).model_dump_json()
            assert KEY not in repr(desk.settings)
            assert KEY not in json.dumps(desk.settings.model_dump(mode="json"))
    assert KEY not in caplog.text


def test_redirect_is_not_followed_with_the_key() -> None:
    with serving(Service(), SERVICES["x"]) as service:
        service.faults.append(Fault(307, {"location": "/elsewhere"}))
        sender = ServiceClient("X", service.url, {"authorization": "Bearer x"})
        with sender, pytest.raises(PostError, match="it has moved"):
            sender.send("POST", "/2/tweets", json={})
        assert len(service.asked) == 1


def test_key_is_never_sent_unencrypted() -> None:
    with pytest.raises(PostDeniedError, match="in the clear"):
        ServiceClient("X", "http://example.com", secrets=("x",))


def test_key_with_invalid_header_characters_is_refused_without_its_value() -> None:
    with pytest.raises(PostDeniedError) as caught:
        ServiceClient("X", "https://example.com", {"authorization": "Bearer a\nb"})
    assert "a\nb" not in str(caught.value)


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"retry-after": "7"}, None, 7.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:01:40 GMT"}, None, 90.0),
        ({}, {"retry_after": 0.25}, 0.25),
        ({"x-rate-limit-reset": "70"}, None, 60.0),
        ({"retry-after": "soon"}, None, 5.0),
        ({"retry-after": "-3"}, None, 0.0),
        ({"retry-after": "1 Jan 2020 99999999999999999999:00:00 GMT"}, None, 5.0),
        ({}, {"retry_after": 10**400}, 366 * 86_400.0),
    ],
)
def test_length_of_a_rate_limit_is_read_from_each_form(headers: dict[str, str], body: object, seconds: float) -> None:
    assert parse_retry_after(ServiceResponse(429, headers, body), 10.0) == seconds


def test_endless_limit_and_endless_answer_are_one_sentence() -> None:
    with serving(Service(), SERVICES["x"]) as service, ServiceClient("X", service.url) as sender:
        service.faults.append(Fault(429, {"retry-after": "inf"}))
        with pytest.raises(PostNetworkError, match="a rate limit until"):
            sender.send("POST", "/2/tweets", json={})
        service.faults.append(Fault(400, body="[" * 100_000))
        with pytest.raises(PostError, match=r"refused \(400\)"):
            sender.send("POST", "/2/tweets", json={})


def test_reserved_characters_are_escaped_for_linkedin_and_hashtags_live() -> None:
    assert escape_little_text("a (b) #Python @x") == r"a \(b\) {hashtag|\#|Python} \@x"


def test_no_chat_finds_a_mention_in_an_inert_text() -> None:
    assert not any(
        sign in neutralize_mentions("<!here> <@U1> @everyone <#C1>") for sign in ("<!", "<@", "@everyone", "<#")
    )


def test_settings_of_each_kind_are_valid(tmp_path: Path) -> None:
    service = Service(port=9)
    for kind in SERVICES:
        assert Desk(tmp_path, settings_of(kind, service)).settings.publish.destinations[0].mode == "on"
