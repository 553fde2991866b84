"""Every setting of Sparky, its type, its default and what it is for. Reading them from files is in `settings_load.py`.

The descriptions are the manual: `sparky config reference` and docs/configuration.md are generated from them.
"""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, SecretStr

from sparky_assets.audience import Audience
from sparky_assets.settings_language_model import LanguageModelSettings
from sparky_assets.settings_schedules import AlertsSettings, EventsSettings, SchedulesSettings
from sparky_assets.settings_section import Section

Visibility = Literal["public", "internal", "private"]


def _known_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("no such timezone; use an IANA name like Europe/Berlin or UTC") from error
    return name


def _path_or_url(text: str) -> str:
    if not text.strip():
        raise ValueError("empty; give a path or a clone URL like https://github.com/org/repo")
    if "://" in text:
        parts = urlsplit(text)
        if parts.scheme not in {"https", "http", "ssh", "git", "file"}:
            raise ValueError(f"the scheme {parts.scheme}:// is not one of https, http, ssh, git, file")
        if parts.scheme != "file" and not parts.hostname:
            raise ValueError("the URL has no host; write it like https://github.com/org/repo")
        if parts.password:
            raise ValueError("a URL must not carry a password; use a git credential helper")
        if re.match(r"gh[a-z]_|github_pat_|glpat-", parts.username or ""):
            raise ValueError("a URL must not carry a token; use a git credential helper")
    elif text.startswith("-"):
        raise ValueError("a path cannot start with '-'; write ./-name")
    return text


def _relative_folder(text: str) -> str:
    path = Path(text)
    if path.is_absolute() or not text.isprintable() or {"..", ".git"} & {part.lower() for part in path.parts}:
        raise ValueError("must be a folder inside the repository, like content/blog")
    return text


def _owner(login: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", login):
        raise ValueError("not a login; write the name alone, like raibid-labs")
    return login


def _plain_branch(name: str) -> str:
    parts = name.split("/")
    plain = all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", part) and not part.endswith(".lock") for part in parts)
    if not plain or ".." in name or name.endswith(".") or name == "HEAD":
        raise ValueError("not a branch name; use letters, digits, '-', '_', '/' and '.'")
    return name


class Organisation(Section):
    """Whose newspaper this is."""

    name: str = Field("", max_length=80, description="Name in titles. Empty: the common owner of the repositories.")
    timezone: Annotated[str, AfterValidator(_known_timezone)] = Field(
        "UTC", description="IANA timezone in which days begin and end, for example Europe/Berlin."
    )


class Periods(Section):
    """Which days exist, and when one may be written."""

    start: date = Field(
        date(2025, 1, 1),
        ge=date(1970, 1, 1),
        description="The first day that can be collected. Earlier ones are unknown.",
    )
    settle_minutes: int = Field(
        10, ge=0, le=24 * 60, description="Minutes after its end before a period counts as closed."
    )

    @property
    def settle(self) -> timedelta:
        """`settle_minutes` as a duration."""
        return timedelta(minutes=self.settle_minutes)


class GitSources(Section):
    """Repositories that are read with git: no token is needed."""

    repositories: tuple[Annotated[str, AfterValidator(_path_or_url)], ...] = Field(
        (".",), description="Local clones, bare mirrors or clone URLs. URLs are mirrored below `home`."
    )
    all_branches: bool = Field(False, description="Read every branch, not only the default one.")
    visibility: Visibility = Field(
        "private", description="Who may see what comes from these repositories: public, internal or private."
    )
    fetch: bool = Field(True, description="Fetch mirrors of URLs before reading. Local clones are never fetched.")


class GitHubSource(Section):
    """Organisations and users whose activity is read from GitHub, with a token or as a GitHub App."""

    organisations: tuple[Annotated[str, AfterValidator(_owner)], ...] = Field(
        (), description="Organisations to read whole, by login."
    )
    users: tuple[Annotated[str, AfterValidator(_owner)], ...] = Field(
        (), description="Users whose own repositories are read, by login."
    )
    api: str = Field(
        "", description="Address of a GitHub Enterprise Server or ghe.com tenant. Empty: https://github.com."
    )
    token: SecretStr | None = Field(
        None,
        description="Secret: access token. Unset: `token_file`, then GITHUB_TOKEN (for your own server "
        "GITHUB_ENTERPRISE_TOKEN), then what `gh auth token` gives.",
    )
    token_file: Path | None = Field(None, description="File that holds `token`, for container secrets.")
    app_id: str = Field("", description="Id or client id of a GitHub App, used instead of a token.")
    app_key: SecretStr | None = Field(None, description="Secret: the App's private key (PEM).")
    app_key_file: Path | None = Field(None, description="File that holds `app_key`.")
    app_installation: int | None = Field(
        None, ge=1, description="Installation id of the App. Unset: asked for, owner by owner."
    )
    include: tuple[str, ...] = Field(("*",), description="Repositories to read, as globs on the name or on owner/name.")
    exclude: tuple[str, ...] = Field((), description="Repositories to leave out; wins over `include`.")
    forks: Literal["own", "all", "none"] = Field(
        "own", description="Commits of forks: only those that their origin lacks, all, or none."
    )
    resweep_days: int = Field(
        7, ge=0, le=31, description="Days before the newest that are read again, for what lands late."
    )
    repositories_a_request: int = Field(
        50, ge=1, le=100, description="Repositories listed in one request. Halved by itself where GitHub cannot."
    )
    items_a_request: int = Field(
        25, ge=1, le=100, description="Pull requests and issues read in one request. Halved by itself likewise."
    )
    longest_wait_minutes: int = Field(
        65, ge=0, le=24 * 60, description="How long one request may wait for rate limits before the run fails."
    )
    ca_file: Path | None = Field(None, description="File of CA certificates to trust instead of the usual ones.")

    @property
    def owners(self) -> tuple[str, ...]:
        """All organisations and users, each once."""
        return tuple(dict.fromkeys((*self.organisations, *self.users)))


class Collection(Section):
    """How strict collecting is."""

    allow_partial: bool = Field(
        False, description="Store a day although a repository could not be read; it is named in the digest."
    )


class Storage(Section):
    """Where the facts lie."""

    root: str = Field("", description="Folder or fsspec URL such as s3://bucket/sparky. Empty: `store` below `home`.")


class People(Section):
    """Who is a person, and who does not want to be named."""

    bots: tuple[str, ...] = Field(
        (
            "*[bot]",
            "*-bot",
            "dependabot*",
            "renovate*",
            "github-actions*",
            "pre-commit-ci*",
            "GitLab CI",
            "Copilot",
            "Cursor Agent",
        ),
        description="Names of accounts that are not people (`*` stands for anything), beside those that GitHub marks.",
    )
    opt_out: tuple[str, ...] = Field(
        (),
        description="Names or logins of people whom nothing public names: their work counts as nobody's. Names of "
        "repositories and files stay as they are.",
    )
    leaderboard: bool = Field(
        False, description="Rank people by volume in Dagster's UI. Off: contributions are credited, not scored."
    )
    salt: SecretStr | None = Field(
        None, description="Secret: salt for hashing e-mail addresses. Unset: a random one, kept in `home`."
    )
    salt_file: Path | None = Field(None, description="File that holds `salt`, for container secrets.")


class Digests(Section):
    """What the text looks like."""

    templates: Path | None = Field(
        None, description="Folder whose files override those of the same name in templates/."
    )


class Destination(Section):
    """One place that digests are published to."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="Short name, for messages and the ledger.")
    kind: Literal["git"] = Field("git", description="What it is. Only `git` so far: a local repository.")
    repository: str = Field(
        "", description="Path of the repository. Empty: the embedded one, `publications` in `home`."
    )
    branch: Annotated[str, AfterValidator(_plain_branch)] = Field("main", description="Branch that gets the commits.")
    folder: Annotated[str, AfterValidator(_relative_folder)] = Field(
        "content/blog", description="Folder in the repository; nothing outside it is touched."
    )
    audience: Audience = Field(
        Audience.INTERNAL, description="Who reads it: internal, or public, which never holds what is private."
    )


class Publishing(Section):
    """Where digests go, and as whom."""

    author_name: str = Field("Sparky", min_length=1, pattern=r"^[^<>\n\r]+$", description="Author of the commits.")
    author_email: str = Field(
        "sparky@localhost", pattern=r"^[^<>\s]+@[^<>\s]+$", description="E-mail address of the commits' author."
    )
    destinations: tuple[Destination, ...] = Field(
        (Destination(name="embedded"),), description="Places to publish to, each a [[publish.destinations]] table."
    )


class Sources(Section):
    """Where activity is read from."""

    source: Literal["git", "github", "both"] = Field(
        "git",
        description="Read with git, from GitHub, or both: then commits that git has keep its per-file statistics.",
    )
    git: GitSources = Field(GitSources(), description="Repositories read with git.")
    github: GitHubSource = Field(GitHubSource(), description="Organisations and users read from GitHub.")


class Settings(Section):
    """All settings. Made by `settings_load.load_settings`, passed on, never changed."""

    home: Path = Field(Path(".sparky"), description="Folder for everything that Sparky keeps: store, history, mirrors.")
    organisation: Organisation = Organisation()
    periods: Periods = Periods()
    sources: Sources = Sources()
    collection: Collection = Collection()
    storage: Storage = Storage()
    people: People = People()
    language_model: LanguageModelSettings = LanguageModelSettings()
    digests: Digests = Digests()
    publish: Publishing = Publishing()
    schedules: SchedulesSettings = SchedulesSettings()
    alerts: AlertsSettings = AlertsSettings()
    events: EventsSettings = EventsSettings()

    @property
    def store_root(self) -> str:
        """The folder or URL of the store."""
        return self.storage.root or str(self.home.absolute() / "store")

    @property
    def audiences(self) -> tuple[Audience, ...]:
        """For whom editions are made: always for inside, and for the world where a destination shows them to it."""
        asked = {one.audience for one in self.publish.destinations}
        return tuple(one for one in Audience if one is Audience.INTERNAL or one in asked)

    def destination_path(self, destination: Destination) -> Path:
        """The repository that a destination writes to."""
        return (
            Path(destination.repository).absolute() if destination.repository else self.home.absolute() / "publications"
        )
