"""`sparky publish` and `unpublish`: dry run, verification, removal and republishing."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import type_call
from tests.factories.git_repositories import git
from tests.factories.published_store import Desk

PAGE = "content/blog/2025/11/week-2025-46.md"
WEEK = ("week", "2025-W46")


@pytest.fixture
def call(sparky: type_call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type_call:
    """Call `sparky` over a store with a week, the embedded repository and a folder as destinations."""
    Desk(tmp_path)
    places = [{"name": "own"}, {"name": "site", "kind": "folder", "mode": "on", "path": str(tmp_path / "site")}]
    monkeypatch.setenv("SPARKY_PUBLISH__DESTINATIONS", json.dumps(places))
    monkeypatch.setenv("SPARKY_PERIODS__START", "2025-10-27")
    return sparky


def log(tmp_path: Path) -> list[str]:
    return git(tmp_path / "home" / "publications", "log", "--format=%s").splitlines()


def test_publish_verify_unpublish_and_again(call: type_call, tmp_path: Path) -> None:
    rehearsed = call("publish", *WEEK, "--dry-run")
    assert rehearsed.exit_code == 3, rehearsed.output
    assert f"+++ b/{PAGE}" in rehearsed.output
    assert not (tmp_path / "site").exists()

    assert call("publish", *WEEK).exit_code == 0
    assert (tmp_path / "site" / PAGE).exists()
    assert call("publish", *WEEK, "--dry-run").exit_code == 0
    verified = call("publish", "--verify")
    assert verified.exit_code == 0, verified.output
    assert "ok    week 2025-W46, own: " in verified.output

    would = call("unpublish", *WEEK, "own", "--dry-run")
    assert would.exit_code == 3
    assert "+++ /dev/null" in would.output
    assert len(log(tmp_path)) == 1
    assert call("unpublish", *WEEK, "own").exit_code == 0
    assert log(tmp_path)[0] == 'Revert "weekly 2025-W46"'
    assert not (tmp_path / "home" / "publications" / PAGE).exists()
    assert (tmp_path / "site" / PAGE).exists()

    assert call("publish", *WEEK).exit_code == 0
    assert len(log(tmp_path)) == 2  # it stays away
    assert call("publish", *WEEK, "--republish", "own").exit_code == 0
    assert len(log(tmp_path)) == 3
    assert (tmp_path / "home" / "publications" / PAGE).exists()


def test_verify_names_changed_and_removed_files(call: type_call, tmp_path: Path) -> None:
    call("publish", *WEEK)
    (tmp_path / "site" / PAGE).write_text("changed\n")
    docs = tmp_path / "home" / "publications"
    git(docs, "rm", "--quiet", PAGE)
    git(docs, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "--message=Away")
    verified = call("publish", "--verify", *WEEK)
    assert verified.exit_code == 3
    assert f"WRONG week 2025-W46, own: {PAGE} is gone" in verified.output
    assert f"WRONG week 2025-W46, site: {PAGE} was changed since" in verified.output
    refused = call("unpublish", *WEEK, "site")
    assert "was changed since it was published" in str(refused.exception)
    assert (tmp_path / "site" / PAGE).read_text() == "changed\n"


def test_unknown_destination_is_refused_with_the_known_names(call: type_call) -> None:
    for arguments in (("publish", *WEEK, "--republish", "blog"), ("publish", *WEEK, "--mark-delivered", "blog")):
        assert "blog: no destination of that name. There are: own, site." in call(*arguments).output
    assert "no destination of that name" in str(call("unpublish", *WEEK, "blog").exception)


def test_unpublish_of_an_unpublished_period_is_refused(call: type_call) -> None:
    assert "is not published: nothing to take back" in str(call("unpublish", *WEEK).exception)


def test_publish_without_a_period_asks_for_one(call: type_call) -> None:
    assert "name what to publish: day, week or month" in call("publish").output
