"""The settings of publishing: the author of commits, and one class for each kind of destination.

Destinations of pages (git, GitHub pull requests, folders) take files. Destinations of posts (chats, e-mail, blogs,
social networks) take one message per period. The paths of pages belong to `layouts.py`.
"""

from dataclasses import replace
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, SecretStr, Tag, field_validator, model_validator

from sparky_assets.periods import PeriodKind
from sparky_assets.settings.fields import BaseUrl, BranchName, CloneUrl, RelativeFolder, SettingsSection
from sparky_assets.settings.layouts import LAYOUT_PRESETS, SiteLayout, find_template_problem, is_unique_per_period
from sparky_assets.store import Audience

PublishMode = Literal["off", "dry_run", "on"]
DestinationPeriodNoun = Literal["day", "week", "month"]
ProductName = Literal["digest", "blog_post", "devto", "linkedin", "x", "chat", "email_text", "email_html"]
"""The names of `digests.products.Product`, repeated so that settings load without polars. A test compares them."""


def _check_page_template(template: str) -> str:
    if template and (problem := find_template_problem(template)):
        raise ValueError(problem)
    return template


def _check_picture_template(template: str) -> str:
    if template and (problem := find_template_problem(template, is_picture=True)):
        raise ValueError(problem)
    return template


PageTemplate = Annotated[str, AfterValidator(_check_page_template)]


class BaseDestination(SettingsSection):
    """Settings that every destination has."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="Short name, for messages and the ledger.")
    mode: PublishMode = Field(
        "dry_run", description="`on` publishes, `dry_run` only logs the changes, `off` does nothing."
    )
    audience: Audience = Field(
        Audience.INTERNAL, description="Who reads it: internal, or public; public texts contain nothing private."
    )
    periods: tuple[DestinationPeriodNoun, ...] = Field(
        ("day", "week", "month"),
        min_length=1,
        description="Kinds of period that are published there: day, week, month.",
    )

    @property
    def is_local(self) -> bool:
        """Return whether publishing writes only to this machine's file system."""
        return False

    @property
    def location(self) -> str:
        """Return the location for messages and the ledger, without secrets."""
        raise NotImplementedError


class PagesDestination(BaseDestination):
    """A destination that takes files: pages, pictures, an index, feeds."""

    folder: RelativeFolder = Field("content/blog", description="Folder of the pages; nothing outside it is changed.")
    layout: Literal["quartz", "hugo", "jekyll", "mkdocs", "plain"] = Field(
        "quartz", description="Preset of paths and front matter: quartz, hugo, jekyll, mkdocs or plain."
    )
    products: tuple[ProductName, ...] = Field(
        ("digest",), min_length=1, description="Products to publish: digest, blog_post, linkedin, x and others."
    )
    site: bool = Field(
        False,
        description="Write index.md, archives, feed.xml, feed.json and digests.json to `folder`, replacing others.",
    )
    daily_path: PageTemplate = Field("", description="Template of a day's path below `folder`. Empty: the preset's.")
    weekly_path: PageTemplate = Field("", description="The same for weeks, like {year}/week-{week_year}-{week}.md.")
    monthly_path: PageTemplate = Field("", description="The same for months, like {year}/{month_name}.md.")
    picture_path: Annotated[str, AfterValidator(_check_picture_template)] = Field(
        "", description="Template of a picture's path; the preset decides how pages refer to it. Empty: the preset's."
    )
    site_url: BaseUrl = Field("", description="Address at which `folder` is served, for feeds. Empty: none.")

    @property
    def page_layout(self) -> SiteLayout:
        """Return the preset, with the path templates of these settings in place of its own."""
        preset = LAYOUT_PRESETS[self.layout]
        templates = {
            "daily": self.daily_path,
            "weekly": self.weekly_path,
            "monthly": self.monthly_path,
            "picture": self.picture_path,
        }
        changed: dict[str, Any] = {name: template for name, template in templates.items() if template}
        return replace(preset, **changed)

    @model_validator(mode="after")
    def _check_page_paths(self) -> "PagesDestination":
        templates = {kind: self.page_layout.get_page_template(kind) for kind in PeriodKind}
        for kind, template in templates.items():
            if not is_unique_per_period(template, kind):
                raise ValueError(f"{template} would be one file for several {kind.noun}s; name more of the calendar")
        if len(set(templates.values())) < len(templates):
            raise ValueError("days, weeks and months need paths that differ")
        return self


class PostDestination(BaseDestination):
    """A destination that takes one message per period."""

    periods: tuple[DestinationPeriodNoun, ...] = Field(
        ("week", "month"), min_length=1, description="Kinds of period that are published there: day, week, month."
    )


def make_secret_file_field(name: str) -> Any:
    """Return the field for the path of a file that holds a secret."""
    return Field(None, description=f"File that holds `{name}`, for container secrets.")


SecretFile = Path | None


def _check_public_audience(audience: Audience) -> Audience:
    if audience is not Audience.PUBLIC:
        raise ValueError('everybody can read it there; write audience = "public"')
    return audience


class _PublicPostDestination(PostDestination):
    audience: Annotated[Audience, AfterValidator(_check_public_audience)] = Field(
        Audience.PUBLIC, description="Who reads it: always public."
    )


class DevtoDestination(_PublicPostDestination):
    """Articles on dev.to, or another Forem."""

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


class SlackDestination(PostDestination):
    """A Slack channel, by an incoming webhook or a bot's token. Only a bot can correct its posts."""

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


class DiscordDestination(PostDestination):
    """A Discord channel, by a webhook."""

    kind: Literal["discord"] = Field(description="Kind of destination.")
    webhook: SecretStr | None = Field(None, description="Secret: address of the webhook.")
    webhook_file: SecretFile = make_secret_file_field("webhook")

    @property
    def location(self) -> str:
        """Return the service; the webhook's address is a secret."""
        return "Discord"


class WebhookDestination(PostDestination):
    """Any server that takes a signed JSON document."""

    kind: Literal["webhook"] = Field(description="Kind of destination.")
    url: BaseUrl = Field(min_length=1, description="Address that gets one POST per period.")
    key: SecretStr | None = Field(None, description="Secret: key of the HMAC-SHA256 signature.")
    key_file: SecretFile = make_secret_file_field("key")

    @property
    def location(self) -> str:
        """Return the address."""
        return self.url


class EmailDestination(PostDestination):
    """A mail to a list, by SMTP."""

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


class XDestination(_PublicPostDestination):
    """A post on X: a file to paste, or a post through the API if a token is set."""

    kind: Literal["x"] = Field(description="Kind of destination.")
    folder: Path | None = Field(None, description="Folder for the files to paste. Unset: `to-paste` in `home`.")
    token: SecretStr | None = Field(None, description="Secret: user access token with tweet.write. Unset: a file only.")
    token_file: SecretFile = make_secret_file_field("token")
    api: BaseUrl = Field("https://api.x.com", description="Address of the API.")

    @property
    def location(self) -> str:
        """Return the API's address, or `a file to paste` without a token."""
        return self.api if self.token else "a file to paste"

    @property
    def is_local(self) -> bool:
        """Return True without a token: only a file is written."""
        return not (self.token or self.token_file)


class LinkedInDestination(_PublicPostDestination):
    """A post on LinkedIn: a file to paste, or a post through the API if a token is set."""

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

    @property
    def location(self) -> str:
        """Return the API's address, or `a file to paste` without a token."""
        return self.api if self.token else "a file to paste"

    @property
    def is_local(self) -> bool:
        """Return True without a token: only a file is written."""
        return not (self.token or self.token_file)


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
"""Every kind of destination, in the order of the manual."""


class PublishingSettings(SettingsSection):
    """Destinations of digests, and the author of commits."""

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
    strict: bool = Field(
        False,
        description="Publish nothing of a period in which a sentence fails its check. Off: that sentence is left out.",
    )
    signing: Literal["none", "gpg", "ssh"] = Field("none", description="Sign commits: none, gpg or ssh.")
    signing_key: str = Field(
        "", pattern=r"^[^-\n\r][^\n\r]*$|^$", description="Id of the GPG key, or file of the SSH key, to sign with."
    )
    destinations: tuple[AnyDestination, ...] = Field(
        (GitDestination(name="embedded", mode="on", site=True),),
        description="Destinations, each a [[publish.destinations]] table.",
    )

    @field_validator("message")
    @classmethod
    def _check_message_fields(cls, text: str) -> str:
        allowed = {"kind", "noun", "product", "label", "destination"}
        try:
            invalid = [
                name
                for _, name, spec, conversion in Formatter().parse(text)
                if name is not None and (name not in allowed or spec or conversion)
            ]
        except ValueError:
            invalid = [text]
        if invalid:
            raise ValueError("may name only {kind}, {noun}, {product}, {label} and {destination}")
        return text

    @model_validator(mode="after")
    def _check_destination_names(self) -> "PublishingSettings":
        names = [destination.name for destination in self.destinations]
        if duplicates := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two destinations are called {duplicates[0]}; the ledger tells them apart by name")
        if self.signing == "ssh" and not self.signing_key:
            raise ValueError("signing with ssh needs `signing_key`, the file of the key")
        return self
