"""Messages in Slack and Discord."""

from typing import TYPE_CHECKING, Literal

from pydantic import Field, SecretStr

from resources.channels import PostResult
from resources.errors import PostDeniedError
from sparky_assets.destinations.base import MessageDelivery, PostDestination, SecretFile, make_secret_file_field
from sparky_assets.settings.fields import BaseUrl

if TYPE_CHECKING:
    from resources.channels.chat import DiscordWebhook, SlackBot


class SlackDestination(PostDestination):
    """A Slack channel, by an incoming webhook or a bot's token. Only a bot can correct its posts."""

    message_products = ("chat",)

    kind: Literal["slack"] = Field(description="Kind of destination.")
    webhook: SecretStr | None = Field(None, description="Secret: address of an incoming webhook.")
    webhook_file: SecretFile = make_secret_file_field("webhook")
    token: SecretStr | None = Field(None, description="Secret: bot token with chat:write, instead of a webhook.")
    token_file: SecretFile = make_secret_file_field("token")
    channel: str = Field("", description="Id of the channel, with a token.")
    api: BaseUrl = Field("https://slack.com/api", description="Address of the API, with a token.")

    @property
    def location(self) -> str:
        """Return the channel; the webhook's address is a secret."""
        return f"Slack {self.channel}".strip()

    def send(self, delivery: MessageDelivery) -> PostResult:
        """Post by the bot where a token is configured, else by the webhook."""
        if self.token is not None:
            bot = self._open_bot()
            with bot.client:
                return bot.publish(delivery.post, delivery.message_id)
        from resources.channels.chat import SlackWebhook

        webhook = SlackWebhook(self.require_secret("webhook"))
        with webhook.client:
            return webhook.publish(delivery.post)

    def can_correct(self, message_id: str) -> bool:
        """Return whether a bot sent the message."""
        return bool(self.token and message_id)

    def retract(self, message_id: str) -> None:
        """Delete the message; only a bot can."""
        if not (self.token and message_id):
            super().retract(message_id)
        bot = self._open_bot()
        with bot.client:
            bot.withdraw(message_id)

    def check_connection(self) -> str:
        """Name the way; Slack cannot be asked without sending."""
        if self.token is not None:
            self._open_bot().client.close()
            return "with a bot token"
        self.require_secret("webhook")
        return "with a webhook"

    def _open_bot(self) -> "SlackBot":
        from resources.channels.chat import SlackBot

        if not self.channel:
            raise PostDeniedError(f"{self.name}: a token needs `channel`, the id of the channel.")
        return SlackBot(self.api, self.require_secret("token"), self.channel)


class DiscordDestination(PostDestination):
    """A Discord channel, by a webhook."""

    message_products = ("chat",)

    kind: Literal["discord"] = Field(description="Kind of destination.")
    webhook: SecretStr | None = Field(None, description="Secret: address of the webhook.")
    webhook_file: SecretFile = make_secret_file_field("webhook")

    @property
    def location(self) -> str:
        """Return the service; the webhook's address is a secret."""
        return "Discord"

    def send(self, delivery: MessageDelivery) -> PostResult:
        """Post the message, or update it."""
        discord = self._open_client()
        with discord.client:
            return discord.publish(delivery.post, delivery.message_id)

    def can_correct(self, message_id: str) -> bool:
        """Return whether the id of the message is known."""
        return bool(message_id)

    def retract(self, message_id: str) -> None:
        """Delete the message."""
        if not message_id:
            super().retract(message_id)
        discord = self._open_client()
        with discord.client:
            discord.withdraw(message_id)

    def has_message(self, message_id: str) -> bool | None:
        """Return whether the message still exists."""
        if not message_id:
            return None
        discord = self._open_client()
        with discord.client:
            return discord.has_message(message_id)

    def check_connection(self) -> str:
        """Require the webhook."""
        self.require_secret("webhook")
        return super().check_connection()

    def _open_client(self) -> "DiscordWebhook":
        from resources.channels.chat import DiscordWebhook

        return DiscordWebhook(self.require_secret("webhook"))
