"""The settings of publishing, and of the destinations that take files: git, GitHub pull requests, folders.

What every destination has in common, and what those share that take pages. Each kind is in `settings_publishing`
(git, GitHub, folder) or `settings_posts` (services that take a message).

The settings of destinations that take one message a period: chats, e-mail, blogs and networks of others.
"""

from dataclasses import replace
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, SecretStr, Tag, field_validator, model_validator

from sparky_assets.periods import PeriodKind
from sparky_assets.settings.fields import BranchName, CloneUrl, RelativeFolder, SettingsSection, WebUrl
from sparky_assets.settings.layouts import LAYOUT_PRESETS, SiteLayout, find_template_problem, is_unique_per_period
from sparky_assets.store import Audience

PublishMode = Literal["off", "dry_run", "on"]


DestinationPeriodNoun = Literal["day", "week", "month"]


ProductName = Literal["digest", "blog_post", "devto", "linkedin", "x", "chat", "email_text", "email_html"]
"""The names of `digests.products.Product`; written out so that settings load without polars. A test compares them."""


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
    """What every destination says."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="Short name, for messages and the ledger.")
    mode: PublishMode = Field(
        "dry_run", description="`on` publishes, `dry_run` only shows what it would do, `off` is silent."
    )
    audience: Audience = Field(
        Audience.INTERNAL, description="Who reads it: internal, or public, which never holds what is private."
    )
    periods: tuple[DestinationPeriodNoun, ...] = Field(
        ("day", "week", "month"), min_length=1, description="Which kinds of period go there: day, week, month."
    )

    @property
    def is_local(self) -> bool:
        """Whether publishing there leaves nothing outside this machine's file system."""
        return False

    @property
    def location(self) -> str:
        """Where it is, as messages and the ledger name it: never with a secret."""
        raise NotImplementedError


class PagesDestination(BaseDestination):
    """A destination that takes files: pages, pictures, an index, feeds."""

    folder: RelativeFolder = Field(
        "content/blog", description="Folder that the pages lie in; nothing outside it is touched."
    )
    layout: Literal["quartz", "hugo", "jekyll", "mkdocs", "plain"] = Field(
        "quartz", description="Preset of paths and front matter: quartz, hugo, jekyll, mkdocs or plain."
    )
    products: tuple[ProductName, ...] = Field(
        ("digest",), min_length=1, description="What is published: digest, blog_post, linkedin, x and others."
    )
    site: bool = Field(
        False,
        description="Keep index.md, archives, feed.xml, feed.json and digests.json in `folder`, overwriting others.",
    )
    daily_path: PageTemplate = Field("", description="Template of a day's path below `folder`. Empty: the preset's.")
    weekly_path: PageTemplate = Field("", description="The same for weeks, like {year}/week-{week_year}-{week}.md.")
    monthly_path: PageTemplate = Field("", description="The same for months, like {year}/{month_name}.md.")
    picture_path: Annotated[str, AfterValidator(_check_picture_template)] = Field(
        "", description="Template of a picture's path; pages name it as the preset says. Empty: the preset's."
    )
    site_url: str = Field(
        "", pattern=r"^(https?://[^\s@]+)?$", description="Address at which `folder` is served, for feeds. Empty: none."
    )

    @property
    def page_layout(self) -> SiteLayout:
        """The preset with the templates of one's own put over it."""
        preset = LAYOUT_PRESETS[self.layout]
        own = {
            "daily": self.daily_path,
            "weekly": self.weekly_path,
            "monthly": self.monthly_path,
            "picture": self.picture_path,
        }
        changed: dict[str, Any] = {name: template for name, template in own.items() if template}
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
    """A destination that takes one message a period."""

    periods: tuple[DestinationPeriodNoun, ...] = Field(
        ("week", "month"), min_length=1, description="Which kinds of period go there: day, week, month."
    )


def make_secret_file_field(name: str) -> Any:
    """The field for the file that holds a secret."""
    return Field(None, description=f"File that holds `{name}`, for container secrets.")


SecretFile = Path | None


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
