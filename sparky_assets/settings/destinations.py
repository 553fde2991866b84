"""The settings of publishing, and of the destinations that take files: git, GitHub pull requests, folders."""

from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, SecretStr, Tag, field_validator, model_validator

from sparky_assets.settings.fields import BranchName, CloneUrl, RelativeFolder, WebUrl
from sparky_assets.settings_destination import PagesDestination, SecretFile, make_secret_file_field
from sparky_assets.settings_posts import (
    DevtoDestination,
    DiscordDestination,
    EmailDestination,
    LinkedInDestination,
    SlackDestination,
    WebhookDestination,
    XDestination,
)
from sparky_assets.settings_section import SettingsSection


class GitDestination(PagesDestination):
    """A git repository: one that Sparky makes on this machine, or a remote one that it pushes to."""

    kind: Literal["git"] = Field("git", description="What it is.")
    repository: str = Field(
        "", description="Path of a repository that Sparky makes. Empty: the embedded one, `publications` in `home`."
    )
    url: CloneUrl = Field("", description="Remote repository instead: an https, ssh or file URL, without credentials.")
    branch: BranchName = Field("main", description="Branch that gets the commits.")
    username: str = Field("x-access-token", description="Name that goes with the token.")
    token: SecretStr | None = Field(None, description="Secret: token for https. Unset: `token_file`, git's helpers.")
    token_file: SecretFile = make_secret_file_field("token")
    ssh_key_file: Path | None = Field(None, description="Private key for ssh. Unset: what ssh finds by itself.")
    known_hosts_file: Path | None = Field(None, description="Host keys to trust for ssh. Unset: ssh's own.")
    ca_file: Path | None = Field(None, description="CA certificates to trust for https. Unset: the usual ones.")
    parent_url: CloneUrl = Field("", description="Repository that holds this one as a submodule, to be bumped too.")
    parent_branch: BranchName = Field("main", description="Branch of the parent.")
    parent_path: RelativeFolder = Field("", description="Path of the submodule in the parent, like docs.")

    @model_validator(mode="before")
    @classmethod
    def _publish_locally_by_default(cls, values: Any) -> Any:
        """What stays on this machine is published by default; what leaves it is rehearsed until told otherwise."""
        if isinstance(values, dict) and not values.get("url") and "mode" not in values:
            return {**values, "mode": "on"}
        return values

    @model_validator(mode="after")
    def _check_location(self) -> "GitDestination":
        if self.url and self.repository:
            raise ValueError("give `repository` (a path) or `url` (a remote), not both")
        if self.parent_url and not (self.url and self.parent_path):
            raise ValueError("a parent needs `url` and `parent_path`, the submodule's path in it")
        return self

    @property
    def is_local(self) -> bool:
        """A repository of our own is; a remote is not, wherever it lies."""
        return not self.url

    @property
    def location(self) -> str:
        """Its URL or path."""
        return self.url or self.repository or "publications"


class GitHubDestination(PagesDestination):
    """A repository on GitHub that gets one pull request a period."""

    kind: Literal["github"] = Field("github", description="What it is.")
    repository: str = Field(pattern=r"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$", description="The repository, as owner/name.")
    api: WebUrl = Field("", description="Address of a GitHub Enterprise Server or ghe.com tenant. Empty: github.com.")
    base: BranchName = Field("main", description="Branch that the pull requests are to go into.")
    draft: bool = Field(False, description="Open them as drafts.")
    token: SecretStr | None = Field(
        None,
        description="Secret: token with write access to Contents and Pull requests. Unset: GITHUB_TOKEN (for your own "
        "server GITHUB_ENTERPRISE_TOKEN), then what `gh auth token` gives.",
    )
    token_file: SecretFile = make_secret_file_field("token")
    ca_file: Path | None = Field(None, description="CA certificates to trust. Unset: the usual ones.")

    @property
    def location(self) -> str:
        """`github.com/owner/name`."""
        return f"{self.api.partition('://')[2] or 'github.com'}/{self.repository}"


class FolderDestination(PagesDestination):
    """A folder on this machine, for a site builder or a web server."""

    kind: Literal["folder"] = Field("folder", description="What it is.")
    path: Path = Field(description="The folder; made when absent. `folder` lies in it.")

    @property
    def is_local(self) -> bool:
        """It is."""
        return True

    @property
    def location(self) -> str:
        """Its path."""
        return str(self.path)


def _get_destination_kind(value: Any) -> Any:
    return value.get("kind", "git") if isinstance(value, dict) else getattr(value, "kind", None)


AnyDestination = Annotated[
    Annotated[GitDestination, Tag("git")]
    | Annotated[GitHubDestination, Tag("github")]
    | Annotated[FolderDestination, Tag("folder")]
    | Annotated[DevtoDestination, Tag("devto")]
    | Annotated[SlackDestination, Tag("slack")]
    | Annotated[DiscordDestination, Tag("discord")]
    | Annotated[WebhookDestination, Tag("webhook")]
    | Annotated[EmailDestination, Tag("email")]
    | Annotated[XDestination, Tag("x")]
    | Annotated[LinkedInDestination, Tag("linkedin")],
    Discriminator(_get_destination_kind),
]


DESTINATION_TYPES = (
    GitDestination,
    GitHubDestination,
    FolderDestination,
    DevtoDestination,
    SlackDestination,
    DiscordDestination,
    WebhookDestination,
    EmailDestination,
    XDestination,
    LinkedInDestination,
)
"""Every kind, in the order of the manual."""


class PublishingSettings(SettingsSection):
    """Where digests go, and as whom."""

    author_name: str = Field("Sparky", min_length=1, pattern=r"^[^<>\n\r]+$", description="Author of the commits.")
    author_email: str = Field(
        "sparky@localhost", pattern=r"^[^<>\s]+@[^<>\s]+$", description="E-mail address of the commits' author."
    )
    message: str = Field(
        "Publish the {kind} {product} of {label}",
        min_length=1,
        max_length=100,
        pattern=r"^[^\n\r]+$",
        description="Subject of a commit; {kind}, {noun}, {product}, {label} and {destination} are filled in.",
    )
    signing: Literal["none", "gpg", "ssh"] = Field("none", description="Sign commits with GPG or an SSH key, or not.")
    signing_key: str = Field(
        "", pattern=r"^[^-\n\r][^\n\r]*$|^$", description="Id of the GPG key, or file of the SSH key, to sign with."
    )
    destinations: tuple[AnyDestination, ...] = Field(
        (GitDestination(name="embedded", mode="on", site=True),),
        description="Places to publish to, each a [[publish.destinations]] table.",
    )

    @field_validator("message")
    @classmethod
    def _check_message_fields(cls, text: str) -> str:
        known = {"kind", "noun", "product", "label", "destination"}
        try:
            odd = [
                one
                for _, one, spec, how in Formatter().parse(text)
                if one is not None and (one not in known or spec or how)
            ]
        except ValueError:
            odd = [text]
        if odd:
            raise ValueError("may name only {kind}, {noun}, {product}, {label} and {destination}")
        return text

    @model_validator(mode="after")
    def _check_destination_names(self) -> "PublishingSettings":
        names = [one.name for one in self.destinations]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two destinations are called {twice[0]}; the ledger tells them apart by name")
        if self.signing == "ssh" and not self.signing_key:
            raise ValueError("signing with ssh needs `signing_key`, the file of the key")
        return self
