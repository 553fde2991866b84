"""A signed JSON document for any server."""

from typing import Literal

from pydantic import Field, SecretStr

from resources.channels import PostResult
from sparky_assets.destinations.base import MessageDelivery, PostDestination, SecretFile, make_secret_file_field
from sparky_assets.settings.fields import BaseUrl


class WebhookDestination(PostDestination):
    """Any server that takes a signed JSON document."""

    message_products = ("digest",)
    is_repeatable = True

    kind: Literal["webhook"] = Field(description="Kind of destination.")
    url: BaseUrl = Field(min_length=1, description="Address that gets one POST per period.")
    key: SecretStr | None = Field(None, description="Secret: key of the HMAC-SHA256 signature.")
    key_file: SecretFile = make_secret_file_field("key")

    @property
    def location(self) -> str:
        """Return the address."""
        return self.url

    def send(self, delivery: MessageDelivery) -> PostResult:
        """Send the document; its id is that of the edition."""
        from resources.channels.webhook import WebhookClient

        hook = WebhookClient(self.url, self.key)
        with hook.client:
            return hook.publish(f"{delivery.post.key}/{delivery.edition}", delivery.document)

    def can_correct(self, message_id: str) -> bool:
        """Return True: a correction is an edition with an id of its own."""
        return True
