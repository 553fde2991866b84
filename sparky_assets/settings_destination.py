"""What every destination has in common, and what those share that take pages. Each kind is in `settings_publishing`
(git, GitHub, folder) or `settings_posts` (services that take a message)."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from sparky_assets.periods import PeriodKind
from sparky_assets.settings.fields import RelativeFolder
from sparky_assets.settings.layouts import LAYOUT_PRESETS, SiteLayout, find_template_problem, is_unique_per_period
from sparky_assets.settings_section import SettingsSection
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
