"""`sparky doctor` checks destinations without sending a message."""

from pathlib import Path
from typing import Any

import pytest

from resources.errors import ResourceError
from sparky_assets.publications.verify import check_destination
from tests.factories.git_repositories import git
from tests.factories.published_store import Desk
from tests.fakes.services import KEY
from tests.reliability.post_faults import at


def said(desk: Desk) -> str:
    (destination,) = desk.settings.publish.destinations
    return check_destination(destination, desk.settings, desk.publisher(dry_run=True))


def test_embedded_repository_exists_after_the_first_publication(tmp_path: Path) -> None:
    desk = Desk(tmp_path, {"kind": "git"})
    assert said(desk).endswith("on, will be created")
    desk.publish()
    assert said(desk).endswith("on, a repository that Sparky made")


def test_remote_is_read_and_not_written(tmp_path: Path) -> None:
    bare = tmp_path / "docs.git"
    git(tmp_path, "init", "--bare", "-q", "-b", "main", str(bare))
    desk = Desk(tmp_path, {"kind": "git", "url": f"file://{bare}"})
    assert "branch main can be read" in said(desk)
    assert git(bare, "for-each-ref") == ""
    gone = Desk(tmp_path, {"kind": "git", "url": f"file://{tmp_path}/nowhere.git"})
    with pytest.raises(ResourceError, match=r"nowhere\.git"):
        said(gone)


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("devto", "the key is accepted"), ("github", "pull requests can be read"), ("slack", "with a webhook"),
        ("discord", "cannot be checked without sending"), ("webhook", "cannot be checked without sending"),
        ("x", "cannot be checked without sending"),
    ],
)  # fmt: skip
def test_service_is_checked_without_a_message(kind: str, found: str, tmp_path: Path) -> None:
    with at(kind, tmp_path) as (service, desk):
        assert said(desk).endswith(found)
        assert not service.held
        assert {one.method for one in service.asked} <= {"GET"}


def test_destination_in_dry_run_or_of_files_says_so(tmp_path: Path) -> None:
    file: dict[str, Any] = {"kind": "x", "mode": "dry_run"}
    assert said(Desk(tmp_path, file)).endswith("dry run only, writes a file to paste")


def test_wrong_key_is_named_and_not_shown(tmp_path: Path) -> None:
    with at("devto", tmp_path) as (_, desk):
        (destination,) = desk.settings.publish.destinations
        given = destination.model_dump(mode="json", exclude_defaults=True) | {"key": "wrong-0123456789"}
        wrong = Desk(tmp_path, given)
        with pytest.raises(ResourceError) as refused:
            said(wrong)
        assert "wrong-0123456789" not in str(refused.value)
        assert KEY not in str(refused.value)
