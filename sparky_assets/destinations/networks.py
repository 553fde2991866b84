"""Posts on X and LinkedIn: a file to paste, or a post through the API where a token is configured."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field, SecretStr

from resources.channels import PostResult
from resources.errors import PostDeniedError
from sparky_assets.destinations.base import (
    MessageDelivery,
    PublicPostDestination,
    SecretFile,
    make_secret_file_field,
)
from sparky_assets.settings.fields import BaseUrl

if TYPE_CHECKING:
    from resources.channels.social import LinkedInClient, XClient


class _NetworkDestination(PublicPostDestination):
    is_repeatable = True

    if TYPE_CHECKING:  # both kinds have them, in an order of their own
        api: str
        folder: Path | None
        token: SecretStr | None
        token_file: SecretFile

    @property
    def location(self) -> str:
        """Return the API's address, or `a file to paste` without a token."""
        return self.api if self.token else "a file to paste"

    @property
    def is_local(self) -> bool:
        """Return True without a token: only a file is written."""
        return not (self.token or self.token_file)

    def check_connection(self) -> str:
        """Describe what is done; a network cannot be asked without sending."""
        return "writes a file to paste" if self.token is None else super().check_connection()

    def send(self, delivery: MessageDelivery) -> PostResult:
        """Write the file to paste, or post where a token is configured."""
        return self._write_file(delivery) if self.token is None else self._post(delivery)

    def retract(self, message_id: str) -> None:
        """Delete the post; a file that was pasted cannot be taken back."""
        if not (message_id and self.token):
            super().retract(message_id)
        network = self._open_client()
        with network.client:
            network.withdraw(message_id)

    def _post(self, delivery: MessageDelivery) -> PostResult:
        network = self._open_client()
        with network.client:
            return network.publish(delivery.post)

    def _open_client(self) -> "XClient | LinkedInClient":
        raise NotImplementedError

    def _write_file(self, delivery: MessageDelivery) -> PostResult:
        from resources.folder import write_folder
        from resources.git.objects import CommitSpec

        folder = self.folder or delivery.paste_folder
        change = CommitSpec({delivery.paste_name: delivery.post.text.encode()}, "")
        written = write_folder(folder, change, delivery.get_lock(folder))
        url = str(Path(folder, delivery.paste_name).absolute())
        return PostResult("", url=url, is_new=written.is_new, note="ready to paste")


class XDestination(_NetworkDestination):
    """A post on X: a file to paste, or a post through the API if a token is set."""

    message_products = ("x",)

    kind: Literal["x"] = Field(description="Kind of destination.")
    folder: Path | None = Field(None, description="Folder for the files to paste. Unset: `to-paste` in `home`.")
    token: SecretStr | None = Field(None, description="Secret: user access token with tweet.write. Unset: a file only.")
    token_file: SecretFile = make_secret_file_field("token")
    api: BaseUrl = Field("https://api.x.com", description="Address of the API.")

    def _open_client(self) -> "XClient":
        from resources.channels.social import XClient

        return XClient(self.api, self.require_secret("token"))


class LinkedInDestination(_NetworkDestination):
    """A post on LinkedIn: a file to paste, or a post through the API if a token is set."""

    message_products = ("linkedin",)

    kind: Literal["linkedin"] = Field(description="Kind of destination.")
    folder: Path | None = Field(None, description="Folder for the files to paste. Unset: `to-paste` in `home`.")
    token: SecretStr | None = Field(None, description="Secret: token with w_organization_social or w_member_social.")
    token_file: SecretFile = make_secret_file_field("token")
    author: str = Field(
        "",
        pattern=r"^(urn:li:(person|organization):[A-Za-z0-9_-]+)?$",
        description="Author of the post, with a token: urn:li:organization:… or urn:li:person:….",
    )
    api: BaseUrl = Field("https://api.linkedin.com", description="Address of the API.")
    version: str = Field("202509", pattern=r"^\d{6}$", description="Version of the API, as YYYYMM.")

    def _post(self, delivery: MessageDelivery) -> PostResult:
        if not self.author:
            raise PostDeniedError(
                f"{self.name}: set `author`, the URN of the member or organisation that posts on LinkedIn."
            )
        return super()._post(delivery)

    def _open_client(self) -> "LinkedInClient":
        from resources.channels.social import LinkedInClient

        return LinkedInClient(self.api, self.require_secret("token"), self.author, self.version)
