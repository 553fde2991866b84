"""One failure in each stage: its message, no partial publication, and a next run with undisturbed bytes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.factories.environment import DAY, Office, open_office
from tests.fakes.github import TOKEN, FakeGitHub
from tests.fakes.github import Settings as Behaviour

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return what is published without a failure."""
    with open_office(tmp_path_factory.mktemp("undisturbed")) as office:
        office.written("run", "day", DAY)
        assert len(office.published) == 1
        return office.published


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as opened:
        yield opened


def goes_on(office: Office, undisturbed: dict[str, bytes]) -> None:
    """Assert that the next run succeeds and publishes once what an undisturbed run publishes."""
    office.written("run", "day", DAY)
    assert office.published == undisturbed
    assert office.commits == [f"Publish the daily digest of {DAY}"]


def test_stage_1_token_revoked_during_a_sweep_is_named(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    def revoke(fake: FakeGitHub, request: int) -> None:
        if request == 3:
            fake.tokens.clear()

    with open_office(tmp_path, Behaviour(before=revoke)) as office:
        said = office.refused("run", "day", DAY)
        assert "expired or revoked" in said
        assert TOKEN not in said
        assert not list(office.home.glob("store/raw/*/*.parquet")), "half a day is no day"
        assert office.commits == []
        office.github.tokens[TOKEN] = float("inf")
        goes_on(office, undisturbed)


def test_stage_1_unreadable_repository_is_named(office: Office, undisturbed: dict[str, bytes]) -> None:
    told = datetime.fromisoformat(DAY).replace(tzinfo=UTC).date()
    closed = next(
        repo
        for repo in office.github.world.repositories
        if any(datetime.fromtimestamp(one.committed, UTC).date() == told for one in repo.commits) and not repo.parent
    )
    closed.is_forbidden = True
    said = office.refused("run", "day", DAY)
    assert closed.full_name in said
    assert office.commits == []
    closed.is_forbidden = False
    goes_on(office, undisturbed)


def test_stage_2_torn_raw_table_is_named(office: Office, undisturbed: dict[str, bytes]) -> None:
    office.written("run", "day", DAY, "--until", "collect")
    torn = office.home / f"store/raw/commits/{DAY}.parquet"
    torn.write_bytes(torn.read_bytes()[:-20])
    said = office.refused("run", "day", DAY)
    assert str(torn) in said
    assert f"Delete it and collect {DAY} again" in said
    torn.unlink()
    goes_on(office, undisturbed)


@pytest.mark.parametrize("rubbish", ["I think that nothing happened.", '{"picks": "all of them"}', "{" * 4000, "\0"])
def test_stage_3_invalid_model_answers_still_give_a_digest(tmp_path: Path, rubbish: str) -> None:
    with open_office(tmp_path, brain=lambda _: rubbish) as office:
        office.written("run", "day", DAY)
        assert office.model.chats, "it was asked"
        (markdown,) = office.published.values()
        assert b"Rules chose for 2 of 2 questions to the model: an answer was not usable." in markdown


def test_stage_3_unreachable_model_server_is_reported_beside_the_digest(tmp_path: Path) -> None:
    with open_office(tmp_path) as office:
        office.written("run", "day", DAY, SPARKY_LANGUAGE_MODEL__URL="http://127.0.0.1:9")
        (markdown,) = office.published.values()
        assert b"No model was reachable, so rules chose everything." in markdown


def test_stage_4_unwritable_folder_is_named(office: Office, undisturbed: dict[str, bytes]) -> None:
    blocked = office.home / "store/digests"
    blocked.parent.mkdir(parents=True)
    blocked.write_text("a file where the folder should be")
    said = office.refused("run", "day", DAY)
    assert f"{blocked}/daily_insight/{DAY}" in said
    assert "cannot be written" in said
    assert office.commits == []
    blocked.unlink()
    goes_on(office, undisturbed)


def test_stage_4_torn_record_blocks_publishing(office: Office, undisturbed: dict[str, bytes]) -> None:
    office.written("run", "day", DAY, "--until", "digest")
    torn = office.home / f"store/digests/daily_insight/{DAY}.json"
    torn.write_bytes(torn.read_bytes()[:-20])
    said = office.refused("publish", "day", DAY)
    assert str(torn) in said
    assert office.commits == []
    goes_on(office, undisturbed)


def test_full_disk_is_one_sentence_and_leaves_no_partial_file(
    office: Office, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    """No file may grow beyond 8 KiB: the tables of the store fit, Dagster's history does not."""
    sparky = str(Path(sys.executable).with_name("sparky"))
    done = subprocess.run(
        ["bash", "-c", 'ulimit -f 8; exec "$@"', "-", sparky, "run", "day", DAY],
        env={**os.environ, **office.variables}, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert str(office.home) in done.stderr
    assert not list(office.home.glob("store/**/*.tmp"))
    assert office.commits == []
    goes_on(office, undisturbed)


def test_stage_5_failed_check_is_resolved_by_a_new_digest(office: Office, undisturbed: dict[str, bytes]) -> None:
    office.written("run", "day", DAY, "--until", "digest")
    markdown = office.home / f"store/digests/daily/{DAY}.md"
    markdown.write_text(markdown.read_text() + "\nWe are the best team of all.\n")
    said = office.refused("publish", "day", DAY)
    assert "pre-publish check failed; nothing was published" in said
    assert "make the digest again" in said
    assert office.commits == []
    goes_on(office, undisturbed)


def test_stage_5_foreign_folder_at_the_destination_is_refused(office: Office, undisturbed: dict[str, bytes]) -> None:
    taken = office.home / "publications"
    taken.mkdir(parents=True)
    (taken / "mine.txt").write_text("not a repository of Sparky")
    said = office.refused("run", "day", DAY)
    assert str(taken) in said
    assert (taken / "mine.txt").read_text() == "not a repository of Sparky"
    (taken / "mine.txt").unlink()
    goes_on(office, undisturbed)
