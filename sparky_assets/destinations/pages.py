"""Destinations of pages: git repositories, pull requests on GitHub, folders. `publications/pages.py` delivers them."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, model_validator

from sparky_assets.destinations.base import PagesDestination, SecretFile, make_secret_file_field
from sparky_assets.settings.fields import BaseUrl, BranchName, CloneUrl, RelativeFolder


class GitDestination(PagesDestination):
    """A git repository: a local one that Sparky creates, or a remote one that it pushes to."""

    kind: Literal["git"] = Field("git", description="Kind of destination.")
    repository: str = Field(
        "", description="Path of a repository that Sparky creates. Empty: the embedded one, `publications` in `home`."
    )
    url: CloneUrl = Field("", description="Remote repository instead: an https, ssh or file URL, without credentials.")
    branch: BranchName = Field("main", description="Branch that gets the commits.")
    username: str = Field("x-access-token", description="User name that is sent with the token.")
    token: SecretStr | None = Field(None, description="Secret: token for https. Unset: `token_file`, git's helpers.")
    token_file: SecretFile = make_secret_file_field("token")
    ssh_key_file: Path | None = Field(None, description="Private key for ssh. Unset: ssh's own.")
    known_hosts_file: Path | None = Field(None, description="Host keys to trust for ssh. Unset: ssh's own.")
    ca_file: Path | None = Field(None, description="CA certificates to trust for https. Unset: the system's.")
    parent_url: CloneUrl = Field("", description="Repository that has this one as a submodule; it is updated too.")
    parent_branch: BranchName = Field("main", description="Branch of the parent.")
    parent_path: RelativeFolder = Field("", description="Path of the submodule in the parent, for example docs.")

    @model_validator(mode="before")
    @classmethod
    def _publish_locally_by_default(cls, values: Any) -> Any:
        """Set the default mode: `on` for a local repository, `dry_run` for a remote one."""
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
        """Return True for a repository that Sparky creates; a remote counts as not local, even with a file URL."""
        return not self.url

    @property
    def location(self) -> str:
        """Return the URL or path."""
        return self.url or self.repository or "publications"


class GitHubDestination(PagesDestination):
    """A repository on GitHub that gets one pull request per period."""

    kind: Literal["github"] = Field("github", description="Kind of destination.")
    repository: str = Field(pattern=r"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$", description="The repository, as owner/name.")
    api: BaseUrl = Field("", description="Address of a GitHub Enterprise Server or ghe.com tenant. Empty: github.com.")
    base: BranchName = Field("main", description="Base branch of the pull requests.")
    draft: bool = Field(False, description="Open them as drafts.")
    token: SecretStr | None = Field(
        None,
        description="Secret: token with write access to Contents and Pull requests. Unset: GITHUB_TOKEN (for your own "
        "server GITHUB_ENTERPRISE_TOKEN), then the output of `gh auth token`.",
    )
    token_file: SecretFile = make_secret_file_field("token")
    ca_file: Path | None = Field(None, description="CA certificates to trust. Unset: the system's.")

    @property
    def location(self) -> str:
        """Return `github.com/owner/name`."""
        return f"{self.api.partition('://')[2] or 'github.com'}/{self.repository}"


class FolderDestination(PagesDestination):
    """A folder on this machine, for a site builder or a web server."""

    kind: Literal["folder"] = Field("folder", description="Kind of destination.")
    path: Path = Field(description="The folder, created if missing. `folder` is below it.")

    @property
    def is_local(self) -> bool:
        """Return True: a folder never leaves this machine."""
        return True

    @property
    def location(self) -> str:
        """Return the path."""
        return str(self.path)
