"""The settings of destinations that take one message a period: chats, e-mail, blogs and networks of others."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from sparky_assets.settings.fields import WebUrl
from sparky_assets.settings_destination import PostDestination, SecretFile, make_secret_file_field
from sparky_assets.store import Audience


def _check_public_audience(audience: Audience) -> Audience:
    if audience is not Audience.PUBLIC:
        raise ValueError("everybody can read it there, so that its audience is public")
    return audience


class _PublicPostDestination(PostDestination):
    audience: Annotated[Audience, AfterValidator(_check_public_audience)] = Field(
        Audience.PUBLIC, description="Who reads it: the world."
    )


class DevtoDestination(_PublicPostDestination):
    """Articles on dev.to, or another Forem."""

    kind: Literal["devto"] = Field(description="What it is.")
    api: WebUrl = Field("https://dev.to/api", description="Address of the API.")
    key: SecretStr | None = Field(None, description="Secret: API key of the account.")
    key_file: SecretFile = make_secret_file_field("key")
    site_url: WebUrl = Field(
        min_length=1, description="Address of the blog itself; the canonical address of an article is below it."
    )
    draft: bool = Field(True, description="Leave articles as drafts, for a person to publish.")
    organization_id: int | None = Field(None, ge=1, description="Organisation to publish under. Unset: the account.")

    @property
    def location(self) -> str:
        """The API's address."""
        return self.api


class SlackDestination(PostDestination):
    """A Slack channel: by an incoming webhook, or by a bot's token, which can correct what it posted."""

    kind: Literal["slack"] = Field(description="What it is.")
    webhook: SecretStr | None = Field(None, description="Secret: address of an incoming webhook.")
    webhook_file: SecretFile = make_secret_file_field("webhook")
    token: SecretStr | None = Field(None, description="Secret: bot token with chat:write, instead of a webhook.")
    token_file: SecretFile = make_secret_file_field("token")
    channel: str = Field("", description="Id of the channel, with a token.")
    api: WebUrl = Field("https://slack.com/api", description="Address of the API, with a token.")

    @property
    def location(self) -> str:
        """The channel; the webhook's address is a secret."""
        return f"Slack {self.channel}".strip()


class DiscordDestination(PostDestination):
    """A Discord channel, by a webhook."""

    kind: Literal["discord"] = Field(description="What it is.")
    webhook: SecretStr | None = Field(None, description="Secret: address of the webhook.")
    webhook_file: SecretFile = make_secret_file_field("webhook")

    @property
    def location(self) -> str:
        """The service; the webhook's address is a secret."""
        return "Discord"


class WebhookDestination(PostDestination):
    """Any server that takes a signed JSON document."""

    kind: Literal["webhook"] = Field(description="What it is.")
    url: WebUrl = Field(min_length=1, description="Address that gets a POST a period.")
    key: SecretStr | None = Field(None, description="Secret: key of the HMAC-SHA256 signature.")
    key_file: SecretFile = make_secret_file_field("key")

    @property
    def location(self) -> str:
        """Its address."""
        return self.url


class EmailDestination(PostDestination):
    """A mail to a list, by SMTP."""

    kind: Literal["email"] = Field(description="What it is.")
    host: str = Field(min_length=1, description="SMTP server.")
    port: int = Field(587, ge=1, le=65535, description="Its port.")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="starttls (refused when the server has none), tls from the start, or none."
    )
    username: str = Field("", description="Account to log in with. Empty: no login.")
    password: SecretStr | None = Field(None, description="Secret: its password.")
    password_file: SecretFile = make_secret_file_field("password")
    sender: str = Field(pattern=r"^[^<>\s@]+@[^<>\s@]+$", description="Address that the mail comes from.")
    recipients: tuple[Annotated[str, Field(pattern=r"^[^<>\s@,]+@[^<>\s@,]+$")], ...] = Field(
        min_length=1, description="Addresses that it goes to; they do not see each other."
    )
    ca_file: Path | None = Field(None, description="CA certificates to trust. Unset: the usual ones.")

    @property
    def location(self) -> str:
        """The server."""
        return f"{self.host}:{self.port}"


class XDestination(_PublicPostDestination):
    """A post on X: a file ready to paste, or through its API where a token is given."""

    kind: Literal["x"] = Field(description="What it is.")
    folder: Path | None = Field(None, description="Folder for the files to paste. Unset: `to-paste` in `home`.")
    token: SecretStr | None = Field(None, description="Secret: user access token with tweet.write. Unset: a file only.")
    token_file: SecretFile = make_secret_file_field("token")
    api: WebUrl = Field("https://api.x.com", description="Address of the API.")

    @property
    def location(self) -> str:
        """The API's address, or that it is a file."""
        return self.api if self.token else "a file to paste"

    @property
    def is_local(self) -> bool:
        """Without a token it is only a file."""
        return not (self.token or self.token_file)


class LinkedInDestination(_PublicPostDestination):
    """A post on LinkedIn: a file ready to paste, or through its API where a token is given."""

    kind: Literal["linkedin"] = Field(description="What it is.")
    folder: Path | None = Field(None, description="Folder for the files to paste. Unset: `to-paste` in `home`.")
    token: SecretStr | None = Field(None, description="Secret: token with w_organization_social or w_member_social.")
    token_file: SecretFile = make_secret_file_field("token")
    author: str = Field(
        "",
        pattern=r"^(urn:li:(person|organization):[A-Za-z0-9_-]+)?$",
        description="Who posts, with a token: urn:li:organization:… or urn:li:person:….",
    )
    api: WebUrl = Field("https://api.linkedin.com", description="Address of the API.")
    version: str = Field("202509", pattern=r"^\d{6}$", description="Version of its API, as YYYYMM.")

    @property
    def location(self) -> str:
        """The API's address, or that it is a file."""
        return self.api if self.token else "a file to paste"

    @property
    def is_local(self) -> bool:
        """Without a token it is only a file."""
        return not (self.token or self.token_file)
