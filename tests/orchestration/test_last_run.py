"""A run whose inputs and outputs are as its last run left them is not made again; any change makes it again."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from sparky_assets.destinations.pages import GitDestination
from sparky_assets.orchestration.last_run import FOLDER, Fingerprint, RunRecord, read_fingerprint
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.settings.schema import Settings
from tests.factories.git_repositories import git

WEEK = Period(PeriodKind.WEEKLY, date(2025, 11, 10))
KEY = "2025-11-10"
NOW = datetime(2025, 11, 17, 6, tzinfo=UTC)
ASSETS = {"weekly/digest": {"headline": "A morning edition", "words": 120}}


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    path = tmp_path / "clone"
    git(tmp_path, "init", "--quiet", "--initial-branch=main", str(path))
    commit(path, "first")
    return path


def commit(path: Path, text: str) -> None:
    (path / "page.md").write_text(text)
    git(path, "add", ".")
    git(path, "-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "--quiet", "-m", text)


@pytest.fixture
def settings(tmp_path: Path, clone: Path) -> Settings:
    """Settings of a home in which the week was made and published."""
    home = tmp_path / "home"
    for path, text in {
        "dagster/history/runs.db": "",
        "salt": "pepper",
        f"store/raw/commits/{KEY}.parquet": "rows",
        "store/raw/commits/2025-11-20.parquet": "rows of a later day",
        "store/raw/heads.json": "{}",
        f"store/digests/weekly/{KEY}.md": "# A week",
        f"store/publications/weekly/{KEY}.json": '{"owed": [], "places": [{"destination": "embedded",'
        ' "files": [{"path": "page.md"}]}]}',
    }.items():
        file = home / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    git(home, "init", "--quiet", "--initial-branch=main", "publications")
    commit(home / "publications", "published")
    return Settings.model_validate({"home": home, "sources": {"git": {"repositories": [str(clone)]}}})


def read(settings: Settings, until: str = "publication") -> Fingerprint | None:
    return read_fingerprint(settings, WEEK, until, settings.home / "dagster")


def find(settings: Settings, until: str = "publication") -> RunRecord | None:
    fingerprint = read(settings, until)
    assert fingerprint is not None
    return fingerprint.find_unchanged()


def write(settings: Settings) -> None:
    fingerprint = read(settings)
    assert fingerprint is not None
    fingerprint.write_record(ASSETS, NOW)


def test_last_run_with_nothing_changed_is_found_with_what_it_printed(settings: Settings) -> None:
    assert find(settings) is None
    write(settings)
    record = find(settings)
    assert record is not None
    assert (record.assets, record.finished_at) == (ASSETS, NOW)


CHANGES: dict[str, Callable[[Path, Path], object]] = {
    "a commit": lambda home, clone: commit(clone, "second"),
    "a tag": lambda home, clone: git(clone, "tag", "v1.0"),
    "the address of the clone": lambda home, clone: git(clone, "remote", "add", "origin", "https://example.com/a/b"),
    "a stored day": lambda home, clone: (home / f"store/raw/commits/{KEY}.parquet").write_text("others"),
    "a digest": lambda home, clone: (home / f"store/digests/weekly/{KEY}.md").write_text("# Another week"),
    "a missing digest": lambda home, clone: (home / f"store/digests/weekly/{KEY}.md").unlink(),
    "an earlier day": lambda home, clone: (home / "store/raw/commits/2025-11-03.parquet").write_text("new"),
    "known heads": lambda home, clone: (home / "store/raw/heads.json").write_text('{"a": 1}'),
    "a page of the docs": lambda home, clone: (home / "publications/page.md").write_text("changed by hand"),
    "a page that is gone": lambda home, clone: (home / "publications/page.md").unlink(),
    "a commit in the docs": lambda home, clone: commit(home / "publications", "another"),
    "another salt": lambda home, clone: (home / "salt").write_text("salt"),
    "another history": lambda home, clone: replace(home / "dagster/history/runs.db"),
    "a torn record": lambda home, clone: (home / FOLDER / f"weekly/{KEY}.json").write_text('{"until": "pub'),
}


def replace(file: Path) -> None:
    other = file.with_name("other.db")
    other.touch()
    other.replace(file)


@pytest.mark.parametrize("name", CHANGES)
def test_last_run_before_a_change_is_not_enough(settings: Settings, clone: Path, name: str) -> None:
    write(settings)
    CHANGES[name](settings.home, clone)
    assert find(settings) is None


@pytest.mark.parametrize(
    "changed",
    [{"organisation": {"name": "Acme"}}, {"organisation": {"timezone": "Europe/Berlin"}}, {"people": {"salt": "x"}}],
)
def test_last_run_with_other_settings_is_not_enough(settings: Settings, changed: dict[str, Any]) -> None:
    write(settings)
    others = Settings.model_validate(settings.model_dump() | changed)
    assert find(others) is None


def test_last_run_to_another_stage_is_not_enough(settings: Settings) -> None:
    write(settings)
    assert find(settings, "digest") is None


def test_last_run_after_the_same_bytes_were_written_again_is_enough(settings: Settings) -> None:
    write(settings)
    day = settings.home / f"store/raw/commits/{KEY}.parquet"
    text = day.read_text()
    day.unlink()
    day.write_text(text)
    (settings.home / "store/raw/commits/2025-11-21.parquet").write_text("a later day")
    assert find(settings) is not None


def test_last_run_with_a_pending_destination_is_not_recorded(settings: Settings) -> None:
    ledger = settings.home / f"store/publications/weekly/{KEY}.json"
    ledger.write_text('{"owed": ["embedded"], "places": []}')
    write(settings)
    assert find(settings) is None


def test_last_run_holds_no_secret(settings: Settings) -> None:
    secret = settings.people.model_copy(update={"salt": SecretStr("a-secret-salt")})
    write(settings.model_copy(update={"people": secret}))
    assert "a-secret-salt" not in (settings.home / FOLDER / f"weekly/{KEY}.json").read_text()


@pytest.mark.parametrize(
    ("changed", "until"),
    [
        ({"sources": {"source": "github"}}, "collect"),
        ({"storage": {"root": "s3://bucket/store"}}, "collect"),
        ({"language_model": {"backend": "ollama"}}, "digest"),
        ({"publish": {"destinations": [{"name": "docs", "mode": "on", "url": "https://e.com/a.git"}]}}, "publication"),
        ({"publish": {"destinations": [{"name": "docs", "mode": "dry_run"}]}}, "publication"),
        ({"sources": {"git": {"repositories": ["/no/such/clone"]}}}, "collect"),
    ],
)  # fmt: skip
def test_last_run_of_what_only_a_run_can_know_is_never_enough(
    settings: Settings, changed: dict[str, Any], until: str
) -> None:
    assert read(Settings.model_validate(settings.model_dump(exclude=set(changed)) | changed), until) is None


def test_last_run_with_a_model_is_enough_for_what_no_model_sees(settings: Settings) -> None:
    model = settings.language_model.model_copy(update={"backend": "ollama"})
    assert read(settings.model_copy(update={"language_model": model}), "metrics") is not None


def test_last_run_with_several_local_repositories_checks_each_of_them(settings: Settings) -> None:
    other = GitDestination(name="other", repository=str(settings.home / "other"))
    publish = settings.publish.model_copy(update={"destinations": (*settings.publish.destinations, other)})
    both = settings.model_copy(update={"publish": publish})
    write(both)
    assert find(both) is not None
    git(settings.home, "init", "--quiet", "other")
    commit(settings.home / "other", "somebody else's")
    assert find(both) is None


def test_bytecode_that_is_gone_a_moment_later_is_no_part_of_the_code(settings: Settings, tmp_path: Path) -> None:
    templates = tmp_path / "templates"
    (templates / "__pycache__").mkdir(parents=True)
    (templates / "__pycache__/page.cpython-311.pyc.139865").symlink_to(tmp_path / "gone")
    digests = settings.digests.model_copy(update={"templates": templates})
    assert read(settings.model_copy(update={"digests": digests})) is not None
