"""Collect from GitHub: one sweep an owner, with what earlier sweeps learned about people, resumed where it broke off.

The rim around the pure parts: settings become clients here. What becomes of problems is decided in `sources.py`.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import polars as pl
from pydantic import SecretStr

from resources.errors import GitHubDeniedError
from resources.github import GitHub
from resources.github_answer import Usage
from resources.github_auth import App, Credentials, find_token, read_secret
from resources.github_endpoints import Endpoints
from resources.github_journal import Journal
from resources.storage import Storage
from sparky_assets.periods import Window
from sparky_assets.raw.github_asking import Asking
from sparky_assets.raw.github_open import is_live
from sparky_assets.raw.github_people import Identities, Register
from sparky_assets.raw.github_sizes import Sizes
from sparky_assets.raw.github_sweep import Selection, sweep
from sparky_assets.raw.github_tables import tables_of
from sparky_assets.raw.models import TABLES
from sparky_assets.raw.people import People
from sparky_assets.settings import GitHubSource, Settings

REGISTER = ("raw/people", "register")
"""Where the store keeps which account goes by which key: logins and salted hashes, no address."""


@dataclass(frozen=True)
class GitHubTables:
    """What GitHub gave for a window. `journals` are to be forgotten once the tables are stored."""

    tables: Mapping[str, pl.DataFrame]
    problems: Mapping[str, str]
    usage: Usage
    register: Register
    journals: Sequence[Journal]

    def settle(self, storage: Storage) -> None:
        """Keep what was learned about people, and forget the answers that are stored now."""
        storage.write_document(*REGISTER, self.register)
        for journal in self.journals:
            journal.forget()


def collect_github(
    settings: Settings, storage: Storage, window: Window, *, people: People, now: datetime
) -> GitHubTables:
    """Sweep every owner for a window.

    Raises:
        GitHubError: when an owner cannot be listed, or the limits ask for a longer wait than allowed.
    """
    source = settings.sources.github
    register = storage.read_document(*REGISTER, Register) if storage.has(*REGISTER, "json") else Register()
    identities = Identities(people, register)
    usage, problems, journals = Usage(), dict[str, str](), []
    frames: dict[str, list[pl.DataFrame]] = {table.asset: [table.empty()] for table in TABLES}
    sizes = replace(Sizes.suited_to(window, now), **_sizes(source))
    for owner in source.owners:
        with ExitStack() as opened:
            github = opened.enter_context(open_github(source, owner))
            journal = Journal(github, settings.home / "sweeps" / f"{_mark(source, owner, window)}.journal", people.salt)
            asking = Asking(journal, window, sizes, lists_open=is_live(window, now))
            found = sweep(asking, owner, selection(source))
            for asset, frame in tables_of(found, window, identities, asking.notes).items():
                frames[asset].append(frame)
            problems |= asking.problems
            journals.append(journal)
            _add(usage, github.usage)
    return GitHubTables(
        {asset: pl.concat(parts) for asset, parts in frames.items()}, problems, usage, identities.register, journals
    )


def open_github(source: GitHubSource, owner: str) -> GitHub:
    """A client for an owner by the settings in force.

    Raises:
        GitHubError: when the address or the credentials cannot be used.
    """
    endpoints = Endpoints.of(source.api)
    return GitHub(
        endpoints,
        _credentials(source, owner, endpoints.host),
        longest_wait=source.longest_wait_minutes * 60.0,
        ca_file=source.ca_file,
    )


def selection(source: GitHubSource) -> Selection:
    """Which repositories the settings choose."""
    return Selection(include=source.include, exclude=source.exclude, forks=source.forks)


def _credentials(source: GitHubSource, owner: str, host: str) -> Credentials:
    if not source.app_id:
        return find_token(source.token, source.token_file, host, os.environ)
    key = source.app_key
    if key is None and source.app_key_file is not None:
        key = SecretStr(read_secret(source.app_key_file))
    if key is None:
        raise GitHubDeniedError(
            "sources.github.app_id is set, and there is no key. Give sources.github.app_key_file the .pem file's path."
        )
    return App(source.app_id, key, owner, source.app_installation)


def _sizes(source: GitHubSource) -> dict[str, int]:
    return {"repositories": source.repositories_a_request, "items": source.items_a_request}


def _mark(source: GitHubSource, owner: str, window: Window) -> str:
    asked = f"{source.api} {owner} {window.start} {window.end} {selection(source)} {_sizes(source)}"
    return f"{owner}-{window.start:%Y%m%d}-{window.end:%Y%m%d}-{hashlib.sha256(asked.encode()).hexdigest()[:12]}"


def _add(total: Usage, usage: Usage) -> None:
    for name in ("requests", "points", "halved", "waited_seconds"):
        setattr(total, name, getattr(total, name) + asdict(usage)[name])
    total.remaining, total.clock_skew_seconds = usage.remaining, usage.clock_skew_seconds
