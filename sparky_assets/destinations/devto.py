"""Articles on dev.to, or on another Forem."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field, SecretStr

from resources.channels import PostResult
from sparky_assets.destinations.base import (
    MessageDelivery,
    PublicPostDestination,
    SecretFile,
    make_secret_file_field,
)
from sparky_assets.periods import Period
from sparky_assets.settings.fields import BaseUrl
from sparky_assets.settings.layouts import LAYOUT_PRESETS, build_page_path

if TYPE_CHECKING:
    from resources.channels.social import DevtoClient


class DevtoDestination(PublicPostDestination):
    """Articles on dev.to, or another Forem."""

    message_products = ("devto",)
    is_repeatable = True

    kind: Literal["devto"] = Field(description="Kind of destination.")
    api: BaseUrl = Field("https://dev.to/api", description="Address of the API.")
    key: SecretStr | None = Field(None, description="Secret: API key of the account.")
    key_file: SecretFile = make_secret_file_field("key")
    site_url: BaseUrl = Field(
        min_length=1, description="Address of your own blog; the canonical address of an article is below it."
    )
    draft: bool = Field(True, description="Leave articles as drafts, for a person to publish.")
    organization_id: int | None = Field(None, ge=1, description="Organisation to publish under. Unset: the account.")

    @property
    def location(self) -> str:
        """Return the API's address."""
        return self.api

    def send(self, delivery: MessageDelivery) -> PostResult:
        """Create the article, or update the one with the same canonical address."""
        devto = self._open_client()
        with devto.client:
            return devto.publish(delivery.post)

    def can_correct(self, message_id: str) -> bool:
        """Return True: an article is found again by its canonical address."""
        return True

    def retract(self, message_id: str) -> None:
        """Make the article a draft again."""
        devto = self._open_client()
        with devto.client:
            devto.withdraw(message_id)

    def has_message(self, message_id: str) -> bool | None:
        """Return whether the article is among those of the account."""
        devto = self._open_client()
        with devto.client:
            return any(str(article.get("id")) == message_id for article in devto.list_articles())

    def check_connection(self) -> str:
        """Ask for the articles of the account."""
        devto = self._open_client()
        with devto.client:
            next(devto.list_articles(), None)
        return "the key is accepted"

    def build_canonical_url(self, period: Period) -> str:
        """Return the address of the page below `site_url`."""
        return f"{self.site_url}/{build_page_path(LAYOUT_PRESETS['quartz'], period, '').removesuffix('.md')}"

    def _open_client(self) -> "DevtoClient":
        from resources.channels.social import DevtoClient

        key = self.require_secret("key")
        return DevtoClient(self.api, key, draft=self.draft, organization=self.organization_id)
