"""`sparky stories` over a store: the stories of a period in order, one story with its reasons, and JSON."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from resources.storage import Storage
from sparky_assets.cli import cli
from sparky_assets.raw.tables import COMMITS, REPOSITORIES, TABLES
from tests.cli.test_evidence import make_frame

DAY = "2025-11-12"
PEOPLE = {name: {"key": name, "name": name.title(), "login": name, "is_bot": False} for name in ("ada", "grace")}


def make_commit(number: int, subject: str, author: str, body: str = "", visibility: str = "public") -> dict[str, Any]:
    """Return the row of a commit that landed in the given hour of the day."""
    at = datetime(2025, 11, 12, number, tzinfo=UTC)
    return {
        "repository": "acme/web" if visibility == "public" else "acme/vault", "sha": f"{number:x}" * 40,
        "subject": subject, "body": body, "author": PEOPLE[author], "committer": PEOPLE[author], "co_authors": [],
        "visibility": visibility, "is_merge": False, "additions": 10, "deletions": 2,
        "landed_at": at, "committed_at": at, "authored_at": at,
    }  # fmt: skip


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    storage = Storage(root=str(tmp_path / "data" / "store"))
    repositories = [
        {
            "repository": f"acme/{name}",
            "url": f"https://github.com/acme/{name}",
            "visibility": visibility,
            "status": "ok",
        }
        for name, visibility in (("web", "public"), ("vault", "private"))
    ]
    commits = [
        make_commit(1, "feat!: remove the old export", "ada", "BREAKING CHANGE: clients must call /v2/export."),
        make_commit(2, "Add an importer for calendars", "grace"),
        make_commit(3, f'Revert "Add an importer for calendars"\n\nThis reverts commit {"2" * 40}.', "grace"),
        make_commit(4, "chore: format with black", "ada"),
        make_commit(5, "Add a vault for keys", "ada", visibility="private"),
    ]
    commits[2]["subject"], _, commits[2]["body"] = commits[2]["subject"].partition("\n\n")
    rows = {REPOSITORIES.asset: repositories, COMMITS.asset: commits}
    for table in TABLES:
        storage.write_table(table.path, DAY, make_frame(rows.get(table.asset, []), table), table)
    file = tmp_path / "sparky.toml"
    file.write_text(f'home = "{tmp_path / "data"}"\n[storage]\nroot = "{storage.root}"\n')
    return file


def call(settings_file: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(settings_file), "stories", "day", DAY, *arguments])


def read(settings_file: Path, *arguments: str) -> list[dict[str, Any]]:
    result = call(settings_file, "--json", *arguments)
    assert result.exit_code == 0, result.output
    stories: list[dict[str, Any]] = json.loads(result.output)
    return stories


def test_stories_of_a_day_begin_with_the_breaking_change(settings_file: Path) -> None:
    stories = read(settings_file)
    assert [member["title"] for member in stories[0]["members"]] == ["Remove the old export"]
    assert [story["number"] for story in stories] == list(range(1, len(stories) + 1))
    printed = call(settings_file).output
    assert printed.startswith(f"day {DAY}: 5 changes, {sum(story['kind'] != 'noise' for story in stories)} stories")
    assert "  1. Remove the old export" in printed


def test_stories_join_a_change_with_what_takes_it_back(settings_file: Path) -> None:
    groups = [{member["key"] for member in story["members"]} for story in read(settings_file)]
    pair = {f"commit:acme/web@{'2' * 40}", f"commit:acme/web@{'3' * 40}"}
    assert pair in groups


def test_stories_explained_by_number_id_or_key_are_the_same(settings_file: Path) -> None:
    first = read(settings_file)[0]
    by_number = call(settings_file, "--explain", "1").output
    assert first["id"] in by_number
    assert "place: " in by_number
    for name in (first["id"], first["id"].removeprefix("story:"), first["members"][0]["key"]):
        assert call(settings_file, "--explain", name).output == by_number


def test_stories_with_an_unknown_name_say_what_to_give(settings_file: Path) -> None:
    result = call(settings_file, "--explain", "99")
    assert result.exit_code != 0
    assert "99: no such story. Give its number or id" in str(result.exception) + result.output


def test_stories_hide_housekeeping_until_all_are_asked_for(settings_file: Path) -> None:
    short, whole = call(settings_file).output, call(settings_file, "--all").output
    assert "Format with black" not in short
    assert "1 group of housekeeping is left out; --all shows it." in short
    assert "Format with black" in whole


def test_stories_for_the_public_hold_nothing_private(settings_file: Path) -> None:
    assert "vault" in json.dumps(read(settings_file))
    assert "vault" not in json.dumps(read(settings_file, "--public"))
