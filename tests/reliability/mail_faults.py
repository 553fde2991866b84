"""Faults of e-mail: no encryption, no login, temporary and permanent refusals, lost connections."""

import contextlib
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from resources.errors import TransientError
from sparky_assets.errors import DataError
from tests.factories.published_store import Desk
from tests.fakes.mail_server import PASSWORD, USER, Mails, mail_server
from tests.reliability.registry import ASKED, REFUSED_POST, SENT, one_sentence, scenario


def settings_of(mails: Mails, **changes: object) -> dict[str, object]:
    return {
        "kind": "email", "host": "127.0.0.1", "port": mails.port, "username": USER, "password": PASSWORD,
        "sender": "paper@example.org", "recipients": ["ada@example.org", "bob@example.org"], "ca_file": mails.ca_file,
    } | changes  # fmt: skip


@contextlib.contextmanager
def at(tmp: Path, *, starttls: bool = True, **changes: object) -> Iterator[tuple[Mails, Desk]]:
    with mail_server(tmp, starttls=starttls) as mails:
        yield mails, Desk(tmp, settings_of(mails, **changes))


def sent(mails: Mails, desk: Desk) -> str:
    """Assert that the mail arrived once, in both forms, and that publishing again sends nothing."""
    assert not desk.publish().has_changes
    (envelope,) = mails.held
    assert isinstance(envelope.content, bytes)
    mail = message_from_bytes(envelope.content, policy=default)
    assert mail["Message-ID"].startswith("<sparky.")
    assert "ada@" not in envelope.content.decode()
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    return SENT


@scenario("e-mail", "the same content again")
def same_again(tmp: Path) -> str:
    with at(tmp) as (mails, desk):
        assert desk.publish().has_changes
        assert mails.held[0].rcpt_tos == ["ada@example.org", "bob@example.org"]
        return sent(mails, desk)


@scenario("e-mail", "the server offers no STARTTLS")
def no_encryption(tmp: Path) -> str:
    with at(tmp, starttls=False, ca_file=None) as (mails, desk):
        with pytest.raises(DataError) as caught:
            desk.publish()
        one_sentence(caught.value, "offers no STARTTLS")
        assert not mails.held
        return "refused in one sentence; nothing was sent in the clear"


@scenario("e-mail", "an unknown certificate")
def unknown_certificate(tmp: Path) -> str:
    with at(tmp, ca_file=None) as (mails, desk):
        with pytest.raises(DataError) as caught:
            desk.publish()
        one_sentence(caught.value, "its certificate is not trusted", "ca_file")
        assert not mails.held
        return "refused in one sentence; nothing was sent"


@scenario("e-mail", "a wrong password")
def wrong_password(tmp: Path) -> str:
    with at(tmp, password="not-it-either") as (mails, desk):
        with pytest.raises(DataError) as caught:
            desk.publish()
        one_sentence(caught.value, "the login is refused (535)")
        assert "not-it-either" not in str(caught.value)
        right = Desk(tmp, settings_of(mails))
        right.publish()
        sent(mails, right)
        return REFUSED_POST


@scenario("e-mail", "451: not now")
def not_now(tmp: Path) -> str:
    with at(tmp) as (mails, desk):
        mails.refuse.append("451 4.7.1 Greylisted, try again")
        with pytest.raises(TransientError) as caught:
            desk.publish()
        one_sentence(caught.value, "451")
        desk.publish()
        sent(mails, desk)
        return REFUSED_POST


@scenario("e-mail", "554: never")
def never(tmp: Path) -> str:
    with at(tmp) as (mails, desk):
        mails.refuse.append("554 5.7.1 Looks like spam from paper@example.org")
        with pytest.raises(DataError) as caught:
            desk.publish()
        one_sentence(caught.value, "554")
        assert "paper@" not in str(caught.value)
        desk.publish()
        sent(mails, desk)
        return REFUSED_POST


@scenario("e-mail", "one recipient of two is unknown")
def one_unknown(tmp: Path) -> str:
    with at(tmp, recipients=["nobody@example.org", "bob@example.org"]) as (mails, desk):
        (done,) = desk.publish().deliveries
        assert done.entry.word == "1 of 2 recipients were refused"
        sent(mails, desk)
        return "the other got it, the ledger says so; one message"


@scenario("e-mail", "every recipient is unknown")
def all_unknown(tmp: Path) -> str:
    with at(tmp, recipients=["nobody@example.org"]) as (mails, desk):
        with pytest.raises(DataError) as caught:
            desk.publish()
        one_sentence(caught.value, "all 1 recipients are refused (550)")
        assert "nobody@" not in str(caught.value)
        assert not mails.held
        return "refused in one sentence; nothing was sent"


@scenario("e-mail", "the server is away")
def away(tmp: Path) -> str:
    with at(tmp) as (mails, desk):
        pass
    with pytest.raises(TransientError) as caught:
        desk.publish()
    one_sentence(caught.value, "cannot be reached")
    assert not mails.held
    return "refused in one sentence; may be tried again"


@scenario("e-mail", "the answer is lost after it arrived")
def lost(tmp: Path) -> str:
    with at(tmp) as (mails, desk):
        mails.after_write = lambda: None
        with pytest.raises(DataError) as caught:
            desk.publish()
        one_sentence(caught.value, "the mail may have been sent or not")
        with pytest.raises(DataError, match="an earlier run died while sending"):
            desk.publish()
        desk.publish(mark_delivered=frozenset({"there"}))
        sent(mails, desk)
        return ASKED
