"""Collect from the fake GitHub as production does, and return events as the generated organisation has them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import polars as pl
from pydantic import SecretStr

from resources.github.auth import AccessToken
from resources.github.client import ApiUsage, GitHubClient, GitHubEndpoints
from sparky_assets.periods import TimeWindow
from sparky_assets.raw.github.batching import BatchSizes, QueryRunner
from sparky_assets.raw.github.identities import IdentityRegistry, IdentityResolver
from sparky_assets.raw.github.landing import KnownHeads
from sparky_assets.raw.github.open_items import can_list_open_items
from sparky_assets.raw.github.rows import build_tables
from sparky_assets.raw.github.sweep import RepositoryFilter, sweep_owner
from sparky_assets.raw.people import PersonFactory
from tests.fakes.github import TOKEN, FakeGitHub

PEOPLE = PersonFactory(b"salt", ("dependabot*",))
INSTANT_OF = {
    "commits": "landed_at",
    "pull_requests": "at",
    "issues": "at",
    "reviews": "submitted_at",
    "responses": "at",
    "releases": "published_at",
}


@dataclass
class Outcome:
    """Result of one sweep."""

    tables: Mapping[str, pl.DataFrame]
    problems: Mapping[str, str]
    usage: ApiUsage
    identities: IdentityResolver
    waits: list[float] = field(default_factory=list)
    heads: KnownHeads | None = None
    rewritten: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    missing_notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def events(self) -> set[tuple[object, ...]]:
        """Return all events, as (kind, repository, what, event, instant)."""
        found = list(_events(self.tables))
        assert len(found) == len(set(found))
        return set(found)

    @property
    def open_items(self) -> set[tuple[str, bool, int, bool]]:
        """Return the open items in the form of the organisation's `open_at`."""
        return {
            (row["repository"], kind == "pull_requests", item["number"], item["is_draft"])
            for row in self.tables["open_items"].iter_rows(named=True)
            for kind in ("pull_requests", "issues")
            for item in row[kind]
        }


@contextmanager
def client(fake: FakeGitHub, waits: list[float] | None = None, **options: Any) -> Iterator[GitHubClient]:
    """Yield a client of the fake that does not sleep; `waits` records how long it would have slept."""
    with client_of(fake.address, waits, **options) as opened:
        yield opened


@contextmanager
def client_of(address: str, waits: list[float] | None = None, **options: Any) -> Iterator[GitHubClient]:
    """Yield a client of a fake in another process."""
    noted = waits if waits is not None else []
    credentials = options.pop("credentials", AccessToken(SecretStr(TOKEN), "the tests"))
    with GitHubClient(GitHubEndpoints.from_address(address), credentials, sleep=noted.append, **options) as opened:
        yield opened


def collect_from(
    fake: FakeGitHub,
    start: datetime,
    end: datetime,
    *,
    selection: RepositoryFilter | None = None,
    owner: str | None = None,
    known_heads: KnownHeads | None = None,
    with_discussions: bool = False,
) -> Outcome:
    """One sweep of the fake's owner."""
    now = datetime.fromtimestamp(fake.world.now, UTC)
    name = owner or fake.world.owner
    return collect_at(fake.address, name, start, end, now, selection, known_heads, with_discussions=with_discussions)


def collect_at(
    address: str,
    owner: str,
    start: datetime,
    end: datetime,
    now: datetime,
    selection: RepositoryFilter | None = None,
    known_heads: KnownHeads | None = None,
    *,
    with_discussions: bool = False,
) -> Outcome:
    """One sweep of an owner."""
    window = TimeWindow(start, end, "UTC")
    waits: list[float] = []
    with client_of(address, waits) as github:
        asking = QueryRunner(
            github,
            window,
            BatchSizes.from_window(window, now),
            lists_open_items=can_list_open_items(window, now),
            known_heads=known_heads,
            lists_discussions=with_discussions,
        )
        identities = IdentityResolver(PEOPLE, IdentityRegistry())
        tables = build_tables(
            sweep_owner(asking, owner, selection or RepositoryFilter()),
            window,
            identities,
            asking.notes,
            asking.damaged_fields,
            missing_notes=asking.missing_notes,
            replaced_shas=asking.replaced_shas,
        )
        heads = KnownHeads(until=window.end, heads=asking.new_heads)
        return Outcome(
            tables,
            asking.problems,
            github.usage,
            identities,
            waits,
            heads,
            asking.rewritten,
            asking.refused_fields,
            asking.missing_notes,
        )


def _events(tables: Mapping[str, pl.DataFrame]) -> Iterator[tuple[object, ...]]:
    what = {
        "commits": "sha",
        "pull_requests": "number",
        "issues": "number",
        "reviews": "id",
        "responses": "number",
        "releases": "tag",
    }
    for asset, column in INSTANT_OF.items():
        for row in tables[asset].iter_rows(named=True):
            event = row.get("event") or row.get("state") or row.get("kind") or ""
            thing, at = row[what.get(asset, "number")], int(row[column].timestamp())
            yield asset.removesuffix("s"), row["repository"], thing, event, at
