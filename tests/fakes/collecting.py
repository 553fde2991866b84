"""Collect from the fake GitHub as production does, and give the events in the shape of the world's truth."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import polars as pl
from pydantic import SecretStr

from resources.github import GitHub
from resources.github_answer import Usage
from resources.github_auth import Token
from resources.github_endpoints import Endpoints
from sparky_assets.periods import Window
from sparky_assets.raw.github_asking import Asking
from sparky_assets.raw.github_open import is_live
from sparky_assets.raw.github_people import Identities, Register
from sparky_assets.raw.github_sizes import Sizes
from sparky_assets.raw.github_sweep import Selection, sweep
from sparky_assets.raw.github_tables import tables_of
from sparky_assets.raw.people import People
from tests.fakes.github import TOKEN, FakeGitHub

PEOPLE = People(b"salt", ("dependabot*",))
INSTANT_OF = {
    "commits": "committed_at",
    "pull_requests": "at",
    "issues": "at",
    "reviews": "submitted_at",
    "releases": "published_at",
}


@dataclass
class Outcome:
    """What one sweep gave."""

    tables: Mapping[str, pl.DataFrame]
    problems: Mapping[str, str]
    usage: Usage
    identities: Identities
    waits: list[float] = field(default_factory=list)

    @property
    def events(self) -> set[tuple[object, ...]]:
        """All events, as (kind, repository, what, event, instant)."""
        found = list(_events(self.tables))
        assert len(found) == len(set(found))
        return set(found)

    @property
    def open_items(self) -> set[tuple[str, bool, int, bool]]:
        """What was open, in the shape of the world's `open_at`."""
        return {
            (row["repository"], kind == "pull_requests", item["number"], item["is_draft"])
            for row in self.tables["open_items"].iter_rows(named=True)
            for kind in ("pull_requests", "issues")
            for item in row[kind]
        }


@contextmanager
def client(fake: FakeGitHub, waits: list[float] | None = None, **options: Any) -> Iterator[GitHub]:
    """A client of the fake that does not really sleep; what it would have slept is noted in `waits`."""
    with client_of(fake.address, waits, **options) as opened:
        yield opened


@contextmanager
def client_of(address: str, waits: list[float] | None = None, **options: Any) -> Iterator[GitHub]:
    """A client of a fake in another process."""
    noted = waits if waits is not None else []
    credentials = options.pop("credentials", Token(SecretStr(TOKEN), "the tests"))
    with GitHub(Endpoints.of(address), credentials, sleep=noted.append, **options) as opened:
        yield opened


def collect_from(
    fake: FakeGitHub,
    start: datetime,
    end: datetime,
    *,
    selection: Selection | None = None,
    owner: str | None = None,
) -> Outcome:
    """One sweep of the fake's owner."""
    now = datetime.fromtimestamp(fake.world.now, UTC)
    return collect_at(fake.address, owner or fake.world.owner, start, end, now, selection)


def collect_at(
    address: str, owner: str, start: datetime, end: datetime, now: datetime, selection: Selection | None = None
) -> Outcome:
    """One sweep of an owner."""
    window = Window(start, end, "UTC")
    waits: list[float] = []
    with client_of(address, waits) as github:
        asking = Asking(github, window, Sizes.suited_to(window, now), lists_open=is_live(window, now))
        identities = Identities(PEOPLE, Register())
        tables = tables_of(sweep(asking, owner, selection or Selection()), window, identities, asking.notes)
        return Outcome(tables, asking.problems, github.usage, identities, waits)


def _events(tables: Mapping[str, pl.DataFrame]) -> Iterator[tuple[object, ...]]:
    what = {"commits": "sha", "pull_requests": "number", "issues": "number", "reviews": "id", "releases": "tag"}
    for asset, column in INSTANT_OF.items():
        for row in tables[asset].iter_rows(named=True):
            event = row.get("event") or row.get("state") or ""
            yield asset.removesuffix("s"), row["repository"], row[what[asset]], event, int(row[column].timestamp())
