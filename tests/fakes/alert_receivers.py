"""Receivers of alerts over real sockets: Slack's incoming webhook with its documented errors, and a mail server."""

import json
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.fakes.http_server import http_server
from tests.fakes.mail_server import AnyPort

SLACK_SAYS = {
    "invalid_payload": (400, b"invalid_payload"),
    "action_prohibited": (403, b"action_prohibited"),
    "channel_not_found": (404, b"channel_not_found"),
    "no_service": (404, b"no_service"),
    "channel_is_archived": (410, b"channel_is_archived"),
    "rate_limited": (429, b"rate_limited"),
    "rollup_error": (500, b"rollup_error"),
}
"""Errors that the documentation of incoming webhooks lists: plain text, with these statuses."""


class HttpReceiver:
    """Accept and record POSTs and GETs. `answers` are returned first, then `ok`."""

    def __init__(self) -> None:
        self.answers: deque[tuple[int, bytes]] = deque()
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.accepted: list[bytes] = []
        """Bodies that were answered with a status below 300."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                receiver.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                status, text = receiver.answers.popleft() if receiver.answers else (200, b"ok")
                if status < 300:
                    receiver.accepted.append(body)
                self.send_response(status)
                if status == 429:
                    self.send_header("retry-after", "30")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, *_: Any) -> None:
                pass

        self.handler, self.port = Handler, 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/services/T000/B000/secret"

    @property
    def texts(self) -> list[str]:
        """Return the text of each message that came as JSON."""
        return [json.loads(body)["text"] for _, _, body in self.got]

    @property
    def accepted_texts(self) -> list[str]:
        """Return the text of each message that was accepted."""
        return [json.loads(body)["text"] for body in self.accepted]


@contextmanager
def http_receiver() -> Iterator[HttpReceiver]:
    receiver = HttpReceiver()
    with http_server(receiver.handler) as receiver.port:
        yield receiver


class MailServer:
    """A mail server that records mails; `refuses` is the answer to each recipient instead."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.refuses = ""
        self.controller = AnyPort(self, hostname="127.0.0.1", port=0)

    @property
    def port(self) -> int:
        return int(self.controller.port)

    async def handle_RCPT(self, _: SMTP, __: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        if self.refuses:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.controller.start()
    try:
        yield server
    finally:
        server.controller.stop()
