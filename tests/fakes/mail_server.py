"""A real SMTP server (aiosmtpd) with STARTTLS and a login, and a self-signed certificate."""

import asyncio
import contextlib
import datetime
import ipaddress
import logging
import ssl
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "sparky", "correct-horse-7"


@dataclass
class Mails:
    """Mails that arrived, and failures of the next commands."""

    ca_file: Path
    port: int = 0
    held: list[Envelope] = field(default_factory=list)
    refuse: deque[str] = field(default_factory=deque)
    """Answers to the next texts, instead of 250."""
    after_write: Callable[[], None] | None = None
    """Called once when a mail arrived, before the answer; the connection is lost then."""


class _Handler:
    def __init__(self, mails: Mails) -> None:
        self._mails = mails

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if address.startswith("nobody@"):
            return f"550 5.1.1 <{address}> no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        del session
        if self._mails.refuse:
            return self._mails.refuse.popleft()
        self._mails.held.append(envelope)
        if self._mails.after_write is not None:
            then, self._mails.after_write = self._mails.after_write, None
            then()
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            await asyncio.sleep(0)
        return "250 OK"


class AnyPort(Controller):
    """aiosmtpd connects to its own port as a check, and does not know the port that the system chose."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


# It warns about its own options, and logs every refusal that a test provokes.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)


@contextlib.contextmanager
def mail_server(folder: Path, *, starttls: bool = True) -> Iterator[Mails]:
    """Run the server; yield it while it listens."""
    mails = Mails(folder / "ca.pem")
    options: dict[str, Any] = {}
    if starttls:
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trust.load_cert_chain(*certificate(folder))
        options = {"tls_context": trust, "require_starttls": True, "auth_require_tls": True}

    def log_in(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        del server, session, envelope, mechanism
        known = isinstance(data, LoginPassword) and data.login == USER.encode() and data.password == PASSWORD.encode()
        return AuthResult(success=known, handled=False)

    server = AnyPort(
        _Handler(mails), hostname="127.0.0.1", port=0, authenticator=log_in, auth_required=starttls, **options
    )
    server.start()
    mails.port = server.port
    try:
        yield mails
    finally:
        server.stop()


def certificate(folder: Path) -> tuple[Path, Path]:
    """Create a self-signed certificate for 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "ca.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "ca.pem", folder / "key.pem"
