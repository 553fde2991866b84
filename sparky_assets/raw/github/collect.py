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
from resources.github.auth import GitHubApp, GitHubCredentials, find_token, read_secret
from resources.github.client import ApiUsage, GitHubClient, GitHubEndpoints
from resources.github.journal import ResponseJournal
from resources.storage import Storage
from sparky_assets.periods import TimeWindow
from sparky_assets.raw.github.batching import BatchSizes, QueryRunner
from sparky_assets.raw.github.identities import IdentityRegistry, IdentityResolver
from sparky_assets.raw.github.open_items import can_list_open_items
from sparky_assets.raw.github.rows import build_tables
from sparky_assets.raw.github.sweep import RepositoryFilter, sweep_owner
from sparky_assets.raw.people import PersonFactory
from sparky_assets.raw.tables import TABLES
from sparky_assets.settings.schema import GitHubSettings, Settings
from sparky_assets.store import IDENTITY_REGISTRY_PATH

REGISTRY_KEY = (IDENTITY_REGISTRY_PATH, "register")
"""Where the store keeps which account goes by which key: logins and salted hashes, no address."""


@dataclass(frozen=True)
class GitHubTables:
    """What GitHub gave for a window. `journals` are to be forgotten once the tables are stored."""

    tables: Mapping[str, pl.DataFrame]
    problems: Mapping[str, str]
    usage: ApiUsage
    registry: IdentityRegistry
    journals: Sequence[ResponseJournal]

    def finish(self, storage: Storage) -> None:
        """Keep what was learned about people, and forget the answers that are stored now."""
        storage.write_document(*REGISTRY_KEY, self.registry)
        for journal in self.journals:
            journal.delete()


def collect_github(
    settings: Settings, storage: Storage, window: TimeWindow, *, people: PersonFactory, now: datetime
) -> GitHubTables:
    """Sweep every owner for a window.

    Raises:
        GitHubError: when an owner cannot be listed, or the limits ask for a longer wait than allowed.
    """
    source = settings.sources.github
    register = (
        storage.read_document(*REGISTRY_KEY, IdentityRegistry)
        if storage.has(*REGISTRY_KEY, "json")
        else IdentityRegistry()
    )
    identities = IdentityResolver(people, register)
    usage, problems, journals = ApiUsage(), dict[str, str](), []
    frames: dict[str, list[pl.DataFrame]] = {table.asset: [table.make_empty()] for table in TABLES}
    sizes = replace(BatchSizes.from_window(window, now), **_get_batch_sizes(source))
    for owner in source.owners:
        with ExitStack() as opened:
            github = opened.enter_context(open_github(source, owner))
            journal = ResponseJournal(
                github, settings.home / "sweeps" / f"{_make_journal_name(source, owner, window)}.journal", people.salt
            )
            asking = QueryRunner(journal, window, sizes, lists_open_items=can_list_open_items(window, now))
            found = sweep_owner(asking, owner, make_repository_filter(source))
            for asset, frame in build_tables(found, window, identities, asking.notes).items():
                frames[asset].append(frame)
            problems |= asking.problems
            journals.append(journal)
            _add_usage(usage, github.usage)
    return GitHubTables(
        {asset: pl.concat(parts) for asset, parts in frames.items()}, problems, usage, identities.registry, journals
    )


def open_github(source: GitHubSettings, owner: str) -> GitHubClient:
    """A client for an owner by the settings in force.

    Raises:
        GitHubError: when the address or the credentials cannot be used.
    """
    endpoints = GitHubEndpoints.from_address(source.api)
    return GitHubClient(
        endpoints,
        _find_credentials(source, owner, endpoints.host),
        max_wait_seconds=source.max_wait_minutes * 60.0,
        ca_file=source.ca_file,
    )


def make_repository_filter(source: GitHubSettings) -> RepositoryFilter:
    """Which repositories the settings choose."""
    return RepositoryFilter(include=source.include, exclude=source.exclude, forks=source.forks)


def _find_credentials(source: GitHubSettings, owner: str, host: str) -> GitHubCredentials:
    if not source.app_id:
        return find_token(source.token, source.token_file, host, os.environ)
    key = source.app_key
    if key is None and source.app_key_file is not None:
        key = SecretStr(read_secret(source.app_key_file))
    if key is None:
        raise GitHubDeniedError(
            "sources.github.app_id is set, and there is no key. Give sources.github.app_key_file the .pem file's path."
        )
    return GitHubApp(source.app_id, key, owner, source.app_installation)


def _get_batch_sizes(source: GitHubSettings) -> dict[str, int]:
    return {"repositories": source.repositories_per_request, "items": source.items_per_request}


def _make_journal_name(source: GitHubSettings, owner: str, window: TimeWindow) -> str:
    asked = (
        f"{source.api} {owner} {window.start} {window.end} {make_repository_filter(source)} {_get_batch_sizes(source)}"
    )
    return f"{owner}-{window.start:%Y%m%d}-{window.end:%Y%m%d}-{hashlib.sha256(asked.encode()).hexdigest()[:12]}"


def _add_usage(total: ApiUsage, usage: ApiUsage) -> None:
    for name in ("requests", "points", "halved", "waited_seconds"):
        setattr(total, name, getattr(total, name) + asdict(usage)[name])
    total.remaining, total.clock_skew_seconds = usage.remaining, usage.clock_skew_seconds
