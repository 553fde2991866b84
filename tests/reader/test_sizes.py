"""The size of the largest page: the month of a busy organisation, rendered by the real rules."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from resources.git.log import GitCommit
from resources.storage import Storage
from sparky_assets.periods import PeriodKind, parse_period
from sparky_assets.store import Audience, digest_path
from tests.factories.products import made
from tests.factories.sample_repository import settings_for
from tests.reader.conftest import reading
from tests.strategies.git_history import RepositoryLog, World, sha

MONTH = parse_period(PeriodKind.MONTHLY, "2025-11")
REPOSITORIES, CHANGES, PEOPLE = 40, 50, 90
VERBS = ("feat: accept", "fix: never drop", "perf: cache", "docs: describe", "refactor: split", "Bump", "test: cover")
THINGS = ("the handshake of connections that were left idle", "answers that come without a length",
          "the session of a user who signed out elsewhere", "archives that hold links out of themselves")  # fmt: skip


def busy_month() -> World:
    """Return 2,000 merged pull requests of 90 people in 40 repositories."""
    begin = datetime(2025, 11, 1, tzinfo=UTC)

    def change(place: int, number: int) -> GitCommit:
        when = int((begin + timedelta(minutes=20 * (place * CHANGES + number))).timestamp())
        who = (f"Contributor Number-{(place * 7 + number * 3) % PEOPLE}", f"c{(place * 7 + number * 3) % PEOPLE}@x.org")
        title = f"{VERBS[(place + number) % 7]} {THINGS[number % 4]} in part {number} (#{place * 1000 + number})"
        return GitCommit(sha(place, number), (), *who, when, *who, when, title, ())

    return World(MONTH, tuple(
        RepositoryLog(f"busy-organisation/service-number-{place}", f"https://github.com/busy-organisation/service-number-{place}",
             "ok", tuple(change(place, number) for number in range(CHANGES)), ())
        for place in range(REPOSITORIES)
    ))  # fmt: skip


@pytest.mark.slow
def test_month_of_a_busy_organisation_stays_below_100_kb(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, [])
    store, world = Storage(root=settings.store_root), busy_month()
    insight = world.insight()
    composed, rendered = made(insight, urls=world.urls())
    name = digest_path(MONTH.kind, Audience.INTERNAL)
    store.write_text(name, MONTH.key, composed.text)
    store.write_document(name, MONTH.key, rendered)
    store.write_document("insights/monthly", MONTH.key, insight)
    with reading(settings) as client:
        given = client.get("/month/2025-11")
        bare = client.get("/month/2025-11", headers={"accept-encoding": "identity"})
    assert composed.word_count > 700  # else the month would not be busy
    assert given.text.count('class="why"') > 25
    assert int(given.headers["content-length"]) < 25_000
    assert len(bare.content) < 130_000, f"{len(bare.content):,} bytes"
