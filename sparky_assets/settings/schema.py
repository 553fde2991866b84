"""The settings of Sparky: each one's type, default and description.

The descriptions are the manual: `sparky config reference` and docs/configuration.md are generated from them. Services
and destinations have modules of their own. Reading the values belongs to `load.py`.
"""

import re
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, SecretStr

from sparky_assets.destinations.pages import GitDestination
from sparky_assets.periods import Calendar
from sparky_assets.settings.fields import PathOrUrl, SettingsSection, check_web_url
from sparky_assets.settings.publishing import PublishingSettings
from sparky_assets.settings.services import (
    AlertsSettings,
    EventsSettings,
    LanguageModelSettings,
    ReaderSettings,
    SchedulesSettings,
)
from sparky_assets.store import Audience

PAGE_URL_PLACEHOLDERS = {"kind": "weekly", "label": "2025-W46", "year": "2025", "month": "11", "page": "week-2025-46"}
"""Placeholders of `page_url`, each with an example value."""


def _check_page_url(text: str) -> str:
    if not text:
        return text
    try:
        example = text.format(**PAGE_URL_PLACEHOLDERS)
    except (KeyError, IndexError, AttributeError, ValueError) as error:
        names = ", ".join("{" + name + "}" for name in PAGE_URL_PLACEHOLDERS)
        raise ValueError(f"has a placeholder that is none of {names}") from error
    check_web_url(example)
    # These characters would end the address in Markdown, HTML or a feed.
    if any(char in text for char in "<>()\"'\\"):
        raise ValueError("not an address; write it like https://blog.example.org/{year}/{month}/{page}")
    if "{page}" not in text and "{label}" not in text:
        raise ValueError("gives every page the same address; put {page} or {label} into it")
    return text


SectionName = Literal["box", "release", "stories", "lists", "also", "next", "people"]

SECTION_ORDER: tuple[SectionName, ...] = ("box", "release", "stories", "lists", "also", "next", "people")


def _check_sections(sections: tuple[SectionName, ...]) -> tuple[SectionName, ...]:
    if len(set(sections)) < len(sections):
        raise ValueError("names a section twice")
    return sections


class DigestsSettings(SettingsSection):
    """Appearance of the digests and other texts."""

    templates: Path | None = Field(
        None, description="Folder whose files override those of the same name in templates/."
    )
    language: Literal["en", "de"] = Field("en", description="Language of the dates in titles: en or de.")
    front_matter: Literal["quartz", "hugo", "jekyll", "mkdocs", "none"] = Field(
        "quartz", description="Front matter of pages in the store: quartz, hugo, jekyll, mkdocs or none."
    )
    page_url: Annotated[str, AfterValidator(_check_page_url)] = Field(
        "",
        description="Address that pages will have, with {year}, {month}, {page}, {label} and {kind}: canonical in blog "
        "posts, linked in posts and mails. Empty: no such link.",
    )
    corrections: Literal["always", "weeks_and_months", "never"] = Field(
        "weeks_and_months",
        description="Published texts that are written again when late facts arrive: always, weeks_and_months, never.",
    )
    emoji: bool = Field(False, description="Put an emoji before the headings.")
    sections: Annotated[tuple[SectionName, ...], AfterValidator(_check_sections)] = Field(
        SECTION_ORDER,
        description="Sections of digests, blog posts and mails in their order; those that are not named are left out: "
        "box (what to do), release (what it brings), stories, lists (new, fixed, doubts), also, next, people.",
    )


Visibility = Literal["public", "internal", "private"]


def _check_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("no such timezone; use an IANA name like Europe/Berlin or UTC") from error
    return name


def _check_login(login: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", login):
        raise ValueError("not a login; write the name alone, like raibid-labs")
    return login


def _check_team(owner: str) -> str:
    if not re.fullmatch(r"team:[A-Za-z0-9][A-Za-z0-9_. -]{0,99}", owner):
        raise ValueError("not a team; write it like team:data. People and their e-mail addresses are never shown")
    return owner


class OrganisationSettings(SettingsSection):
    """The organisation that the digests are about."""

    name: str = Field("", max_length=80, description="Name in titles. Empty: the common owner of the repositories.")
    timezone: Annotated[str, AfterValidator(_check_timezone)] = Field(
        "UTC", description="IANA timezone in which days begin and end, for example Europe/Berlin."
    )
    owners: tuple[Annotated[str, AfterValidator(_check_team)], ...] = Field(
        (), description="Teams that Dagster's interface names as owners of every asset, for example team:data."
    )


class PeriodsSettings(SettingsSection):
    """Which days can be collected, and when a period counts as closed."""

    start: date = Field(
        date(2025, 1, 1),
        ge=date(1970, 1, 1),
        description="The first day that can be collected.",
    )
    grace_minutes: int = Field(
        10, ge=0, le=24 * 60, description="Minutes after its end before a period counts as closed."
    )

    @property
    def grace(self) -> timedelta:
        """Return `grace_minutes` as a duration."""
        return timedelta(minutes=self.grace_minutes)


class GitSettings(SettingsSection):
    """Repositories that are read with git. No token is needed."""

    repositories: tuple[PathOrUrl, ...] = Field(
        (".",), description="Local clones, bare mirrors or clone URLs. URLs are mirrored below `home`."
    )
    all_branches: bool = Field(False, description="Read every branch, not only the default one.")
    visibility: Visibility = Field(
        "private", description="Who may see the activity of these repositories: public, internal or private."
    )
    fetch: bool = Field(True, description="Fetch mirrors of URLs before reading. Local clones are never fetched.")
    ca_file: Path | None = Field(None, description="Certificates that sign those of your https remotes (PEM).")
    release_tags: tuple[str, ...] = Field(
        (), description="Tags that are releases, as patterns like `v*`. Empty: every tag that holds a version."
    )
    ignored_tags: tuple[str, ...] = Field(
        (), description="Tags that are no releases, as patterns like `*-test`, though they hold a version."
    )


DEFAULT_PRODUCTION_ENVIRONMENTS = ("prod", "prod-*", "*-prod", "production", "production-*", "*-production", "live")


class GitHubSettings(SettingsSection):
    """Organisations and users whose activity is read from GitHub, with a token or as a GitHub App."""

    organisations: tuple[Annotated[str, AfterValidator(_check_login)], ...] = Field(
        (), description="Organisations to read whole, by login."
    )
    users: tuple[Annotated[str, AfterValidator(_check_login)], ...] = Field(
        (), description="Users whose own repositories are read, by login."
    )
    api: str = Field(
        "", description="Address of a GitHub Enterprise Server or ghe.com tenant. Empty: https://github.com."
    )
    token: SecretStr | None = Field(
        None,
        description="Secret: access token. Unset: `token_file`, then GITHUB_TOKEN (for your own server "
        "GITHUB_ENTERPRISE_TOKEN), then the output of `gh auth token`.",
    )
    token_file: Path | None = Field(None, description="File that holds `token`, for container secrets.")
    app_id: str = Field("", description="Id or client id of a GitHub App, used instead of a token.")
    app_key: SecretStr | None = Field(None, description="Secret: the App's private key (PEM).")
    app_key_file: Path | None = Field(None, description="File that holds `app_key`.")
    app_installation: int | None = Field(
        None, ge=1, description="Installation id of the App. Unset: looked up for each owner."
    )
    include: tuple[str, ...] = Field(("*",), description="Repositories to read, as globs on the name or on owner/name.")
    exclude: tuple[str, ...] = Field((), description="Repositories to leave out; wins over `include`.")
    forks: Literal["own", "all", "none"] = Field(
        "own", description="Commits of forks: only those that their origin lacks, all, or none."
    )
    production_environments: tuple[str, ...] = Field(
        DEFAULT_PRODUCTION_ENVIRONMENTS,
        description="Environments whose deployments count as deliveries, as globs on the name.",
    )
    discussions: bool = Field(False, description="Collect discussions too: one point more for 50 repositories.")
    lookback_days: int = Field(
        7,
        ge=0,
        le=31,
        description="Days before the newest that are read again where no earlier run left its heads, or one failed.",
    )
    repositories_per_request: int = Field(
        50, ge=1, le=100, description="Repositories per request; halved automatically when GitHub times out."
    )
    items_per_request: int = Field(
        24, ge=1, le=100, description="Pull requests and issues per request; halved likewise."
    )
    max_wait_minutes: int = Field(
        65, ge=0, le=24 * 60, description="How long one request may wait for rate limits before the run fails."
    )
    ca_file: Path | None = Field(None, description="File of CA certificates to trust instead of the system's.")

    @property
    def owners(self) -> tuple[str, ...]:
        """Return all organisations and users without duplicates."""
        return tuple(dict.fromkeys((*self.organisations, *self.users)))


class CollectionSettings(SettingsSection):
    """What to do when a repository cannot be read."""

    allow_partial: bool = Field(
        False, description="Store a day although a repository could not be read; the digest names that repository."
    )


class StorageSettings(SettingsSection):
    """Location of the store."""

    root: str = Field("", description="Folder or fsspec URL such as s3://bucket/sparky. Empty: `store` below `home`.")


class AssistantCredit(StrEnum):
    """How the work of coding assistants counts (`people.assistants`)."""

    CREDIT = "credit"
    """Under the person who wrote with it, merged or committed it."""
    BOTS = "bots"
    PEOPLE = "people"


class PeopleSettings(SettingsSection):
    """Which accounts are people, and which people are not named."""

    bots: tuple[str, ...] = Field(
        (),
        description="Further names of accounts that are not people (`*` matches any text), besides those that GitHub "
        "marks and those that Sparky knows.",
    )
    never_bots: tuple[str, ...] = Field(
        (), description="Names or logins of people whom Sparky would take for a bot or a coding assistant."
    )
    assistants: AssistantCredit = Field(
        AssistantCredit.CREDIT,
        description="How commits of coding assistants count: `credit` to the person who wrote with it, merged or "
        "committed it; as `bots`; or as `people`. Applies to days collected from then on.",
    )
    join_names: bool = Field(
        True,
        description="Take accounts and addresses with the same full name for one person. Off: join only by login, "
        "address and .mailmap.",
    )
    opt_out: tuple[str, ...] = Field(
        (),
        description="Names or logins of people whom no public text names; their work is not credited to anyone. Names "
        "of repositories and files stay as they are.",
    )
    leaderboard: bool = Field(
        False, description="Rank people by volume in Dagster's interface. Off: contributions are credited, not scored."
    )
    salt: SecretStr | None = Field(
        None, description="Secret: salt for hashing e-mail addresses. Unset: a random one, kept in `home`."
    )
    salt_file: Path | None = Field(None, description="File that holds `salt`, for container secrets.")


class SourcesSettings(SettingsSection):
    """Sources of activity."""

    source: Literal["git", "github", "both"] = Field(
        "git",
        description="Read with git, from GitHub, or both; with both, commits from git keep their per-file statistics.",
    )
    git: GitSettings = Field(GitSettings(), description="Repositories read with git.")
    github: GitHubSettings = Field(GitHubSettings(), description="Organisations and users read from GitHub.")


class Settings(SettingsSection):
    """All settings. Built by `settings.load.load_settings` and never changed afterwards."""

    home: Path = Field(
        Path(".sparky"),
        description="Folder for all data of Sparky: store, history, mirrors. In a file, relative to its folder.",
    )
    organisation: OrganisationSettings = OrganisationSettings()
    periods: PeriodsSettings = PeriodsSettings()
    sources: SourcesSettings = SourcesSettings()
    collection: CollectionSettings = CollectionSettings()
    storage: StorageSettings = StorageSettings()
    people: PeopleSettings = PeopleSettings()
    language_model: LanguageModelSettings = LanguageModelSettings()
    digests: DigestsSettings = DigestsSettings()
    publish: PublishingSettings = PublishingSettings()
    reader: ReaderSettings = ReaderSettings()
    schedules: SchedulesSettings = SchedulesSettings()
    alerts: AlertsSettings = AlertsSettings()
    events: EventsSettings = EventsSettings()

    @property
    def calendar(self) -> Calendar:
        """Return the organisation's timezone and grace period."""
        return Calendar(self.organisation.timezone, self.periods.grace)

    @property
    def store_root(self) -> str:
        """Return the folder or URL of the store."""
        return self.storage.root or str(self.home.absolute() / "store")

    @property
    def audiences(self) -> tuple[Audience, ...]:
        """Return the audiences that get editions: always internal, and public if the reader or a destination is."""
        active = (destination for destination in self.publish.destinations if destination.mode != "off")
        needed = {Audience.INTERNAL, self.reader.audience, *(destination.audience for destination in active)}
        return tuple(audience for audience in Audience if audience in needed)

    def build_interface_link(self, path: str) -> str:
        """Return the address of a page of Dagster's interface; empty where the interface has no known address."""
        base = self.alerts.ui or self.reader.dagster_url
        return f"{base}{path}" if "://" in base else ""

    def resolve_destination_path(self, destination: GitDestination) -> Path:
        """Return the path of the local repository that a destination writes to."""
        return (
            Path(destination.repository).absolute() if destination.repository else self.home.absolute() / "publications"
        )
