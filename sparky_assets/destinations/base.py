"""What every kind of destination is: its settings, and for messages what the service can do.

A kind is one module beside this one and one entry in `registry.py`. Settings load often, and clients take long to
import: the methods that talk to a service import its client themselves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, SecretStr, model_validator

from resources.channels import OutgoingPost, PostResult
from resources.errors import PostDeniedError, PostError
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.settings.fields import BaseUrl, RelativeFolder, SettingsSection
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

    if TYPE_CHECKING:
        kind: str  # each kind narrows it to its own name

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


@dataclass(frozen=True)
class MessageDelivery:
    """One message to send, and what a kind may need beside it."""

    post: OutgoingPost
    message_id: str
    """The service's id of the message to correct; empty for a new one."""
    edition: int
    document: Mapping[str, object]
    """The publication as JSON, for receivers that are programs."""
    paste_folder: Path
    """Default folder of files to paste."""
    paste_name: str
    get_lock: Callable[[Path], Path]
    """Returns the lock of a folder."""


class PostDestination(BaseDestination):
    """A destination that takes one message per period."""

    message_products: ClassVar[tuple[ProductName, ...]]
    """What the message is made from; the first is required."""
    is_repeatable: ClassVar[bool] = False
    """Whether the service recognises a repeated message, so that a run that died while sending may send again."""

    periods: tuple[DestinationPeriodNoun, ...] = Field(
        ("week", "month"), min_length=1, description="Kinds of period that are published there: day, week, month."
    )

    def send(self, delivery: MessageDelivery) -> PostResult:
        """Send the message, or correct the one that `delivery.message_id` names.

        Raises:
            PostUncertainError: when it is unknown whether it arrived.
            ResourceError: when the service refused or was not reached, with what to do.
        """
        raise NotImplementedError

    def can_correct(self, message_id: str) -> bool:
        """Return whether a message that was sent can be replaced."""
        return self.is_local

    def retract(self, message_id: str) -> None:
        """Delete a message.

        Raises:
            PostError: when the service cannot do that.
        """
        raise PostError(f"{self.name}: a message of this kind cannot be taken back.")

    def has_message(self, message_id: str) -> bool | None:
        """Return whether a message still exists; None where the service cannot be asked."""
        return None

    def check_connection(self) -> str:
        """Check access without sending, and describe it in a few words.

        Raises:
            ResourceError: when the destination cannot be published to, with what to do.
        """
        return "cannot be checked without sending"

    def build_canonical_url(self, period: Period) -> str:
        """Return the address of the period's page on the organisation's own site; empty where there is none."""
        return ""

    def require_secret(self, field: str) -> SecretStr:
        """Return the secret of a field.

        Raises:
            PostDeniedError: when none is configured.
        """
        secret: SecretStr | None = getattr(self, field)
        if secret is None:
            raise PostDeniedError(f"{self.name}: no secret is configured. Set {field}_file.")
        return secret


def make_secret_file_field(name: str) -> Any:
    """Return the field for the path of a file that holds a secret."""
    return Field(None, description=f"File that holds `{name}`, for container secrets.")


SecretFile = Path | None
"""Path of a file that holds a secret."""


def _check_public_audience(audience: Audience) -> Audience:
    if audience is not Audience.PUBLIC:
        raise ValueError('everybody can read it there; write audience = "public"')
    return audience


class PublicPostDestination(PostDestination):
    """A destination that everybody can read."""

    audience: Annotated[Audience, AfterValidator(_check_public_audience)] = Field(
        Audience.PUBLIC, description="Who reads it: always public."
    )
