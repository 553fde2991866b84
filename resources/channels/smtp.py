"""Send mail by SMTP, encrypted by STARTTLS or TLS. The same publication has the same Message-ID."""

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate
from hashlib import sha256
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from resources.channels import OutgoingPost, PostResult
from resources.errors import PostDeniedError, PostError, PostNetworkError, PostUncertainError

TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True)
class SmtpClient:
    """An SMTP server with the login to use."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    username: str = ""
    password: SecretStr | None = field(default=None, repr=False)
    ca_file: Path | None = None

    def send(self, post: OutgoingPost, sender: str, recipients: Sequence[str]) -> PostResult:
        """Send one mail; the recipients do not see each other.

        Raises:
            PostDeniedError: the login is refused, or the server cannot encrypt.
            PostNetworkError: not sent; it may work later.
            PostUncertainError: the connection was lost after the text went out.
            PostError: the server refuses the mail or every recipient.
        """
        mail = build_mail(post, sender)
        with self._connect() as server:
            try:
                refused = server.send_message(mail, sender, list(recipients))
            except smtplib.SMTPServerDisconnected as error:
                raise PostUncertainError(
                    f"{self.host}: the connection was lost while sending, and the mail may have been sent or not. "
                    "Look for it; then run `sparky publish … --mark-delivered NAME` or `--republish NAME`."
                ) from error
            except smtplib.SMTPRecipientsRefused as error:
                codes = sorted({code for code, _ in error.recipients.values()})
                self._raise_error(
                    codes[0], f"all {len(recipients)} recipients are refused ({', '.join(map(str, codes))})"
                )
            except smtplib.SMTPResponseException as error:
                self._raise_error(
                    error.smtp_code, f"refused ({error.smtp_code}): {_clean_server_text(error.smtp_error)}"
                )
        note = f"{len(refused)} of {len(recipients)} recipients were refused" if refused else ""
        return PostResult(str(mail["Message-ID"]), note=note)

    def check_login(self) -> None:
        """Connect, encrypt, log in, and leave. Raises as `send` does."""
        with self._connect():
            pass

    @contextmanager
    def _connect(self) -> Iterator[smtplib.SMTP]:
        try:
            server = self._open_connection()
        except smtplib.SMTPAuthenticationError as error:
            raise PostDeniedError(
                f"{self.host}: the login is refused ({error.smtp_code}). Check username and password_file."
            ) from None
        except smtplib.SMTPNotSupportedError:
            raise PostDeniedError(
                f'{self.host}: the server offers no STARTTLS or no login; nothing was sent. Use security = "tls" '
                "with its port, usually 465."
            ) from None
        except ssl.SSLError as error:
            raise PostDeniedError(
                f"{self.host}: its certificate is not trusted: {error.reason}. Set ca_file."
            ) from None
        except smtplib.SMTPResponseException as error:
            self._raise_error(error.smtp_code, f"refused ({error.smtp_code}): {_clean_server_text(error.smtp_error)}")
        except (OSError, smtplib.SMTPException) as error:
            raise PostNetworkError(f"{self.host}:{self.port}: cannot be reached ({type(error).__name__}).") from None
        try:
            yield server
        finally:
            try:
                server.quit()
            except (OSError, smtplib.SMTPException):
                server.close()

    def _open_connection(self) -> smtplib.SMTP:
        trust = ssl.create_default_context(cafile=self.ca_file)
        if self.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_SECONDS, context=trust)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS)
        try:
            if self.security == "starttls":
                server.starttls(context=trust)  # raises if the server does not support it: never unencrypted
            if self.username and self.password:
                if self.security == "none":
                    raise smtplib.SMTPNotSupportedError
                server.login(self.username, self.password.get_secret_value())
        except BaseException:
            server.close()
            raise
        return server

    def _raise_error(self, code: int, reason: str) -> None:
        if 400 <= code < 500:
            raise PostNetworkError(f"{self.host}: {reason}. Nothing was sent; the next run tries again.") from None
        raise PostError(f"{self.host}: {reason}.") from None


def build_mail(post: OutgoingPost, sender: str) -> EmailMessage:
    """Return the mail as plain text, with an HTML alternative if the post has one."""
    mail = EmailMessage()
    mail["Subject"] = " ".join(post.title.split())
    mail["From"] = f"Sparky <{sender}>"
    mail["To"] = "undisclosed-recipients:;"
    mail["Date"] = formatdate()
    mail["Message-ID"] = f"<sparky.{sha256(post.key.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # prevents automatic replies
    mail.set_content(post.text)
    if post.html:
        mail.add_alternative(post.html, subtype="html")
    return mail


def _clean_server_text(raw_text: str | bytes) -> str:
    text = raw_text.decode("utf-8", "replace") if isinstance(raw_text, bytes) else raw_text
    # Servers repeat the refused address, which must not be logged.
    return " ".join(word for word in text.split() if "@" not in word)[:160]
