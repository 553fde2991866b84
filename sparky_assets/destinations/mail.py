"""A mail to a list of recipients."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, SecretStr

from resources.channels import PostResult
from sparky_assets.destinations.base import MessageDelivery, PostDestination, SecretFile, make_secret_file_field

if TYPE_CHECKING:
    from resources.channels.smtp import SmtpClient


class EmailDestination(PostDestination):
    """A mail to a list, by SMTP."""

    message_products = ("email_text", "email_html")

    kind: Literal["email"] = Field(description="Kind of destination.")
    host: str = Field(min_length=1, description="SMTP server.")
    port: int = Field(587, ge=1, le=65535, description="Port of the server.")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="starttls (an error if the server does not offer it), tls from the start, or none."
    )
    username: str = Field("", description="Account to log in with. Empty: no login.")
    password: SecretStr | None = Field(None, description="Secret: password of `username`.")
    password_file: SecretFile = make_secret_file_field("password")
    sender: str = Field(pattern=r"^[^<>\s@]+@[^<>\s@]+$", description="Address that the mail comes from.")
    recipients: tuple[Annotated[str, Field(pattern=r"^[^<>\s@,]+@[^<>\s@,]+$")], ...] = Field(
        min_length=1, description="Addresses of the recipients; they do not see each other."
    )
    ca_file: Path | None = Field(None, description="CA certificates to trust. Unset: the system's.")

    @property
    def location(self) -> str:
        """Return the server and its port."""
        return f"{self.host}:{self.port}"

    def send(self, delivery: MessageDelivery) -> PostResult:
        """Send one mail to all recipients."""
        return self._open_client().send(delivery.post, self.sender, self.recipients)

    def check_connection(self) -> str:
        """Log in, and send nothing."""
        self._open_client().check_login()
        return "the login is accepted" if self.username else "the server answers"

    def _open_client(self) -> "SmtpClient":
        from resources.channels.smtp import SmtpClient

        return SmtpClient(self.host, self.port, self.security, self.username, self.password, self.ca_file)
