"""`sparky evidence`: documents with scores, without secrets and private text."""

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from resources.storage import Storage
from sparky_assets.cli import cli
from sparky_assets.raw.tables import COMMITS, NOTES, REPOSITORIES, TABLES

SECRET = "ghp_" + "b2" * 20
DAY = datetime(2025, 11, 12, 9, tzinfo=UTC)
PERSON = {"key": "ada", "name": "Ada", "login": "ada", "is_bot": False}


def make_frame(rows: list[dict[str, object]], table: object) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(table.columns))  # type: ignore[attr-defined]


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    storage = Storage(root=str(tmp_path / "data" / "store"))
    body = (
        f"The parser crashed on tabs.\n\nUsers can now write tabs in lists.\n\nThe key is {SECRET} now for all users."
    )
    repository: dict[str, object] = {
        "repository": "acme/web",
        "url": "https://github.com/acme/web",
        "visibility": "private",
        "status": "ok",
    }
    commit = {
        "repository": "acme/web", "sha": "a" * 40, "subject": "Read tabs", "body": body, "author": PERSON,
        "committer": PERSON, "co_authors": [], "visibility": "private", "is_merge": False,
        **{name: DAY for name in ("landed_at", "committed_at", "authored_at") if name in COMMITS.columns},
    }  # fmt: skip
    note = {
        "repository": "acme/web", "kind": "release", "tag": "v1.0", "sha": "a" * 40, "at": DAY, "path": "NEWS.md",
        "line_from": 3, "line_to": 3, "heading_path": ["1.0"], "text": "- Breaking: tabs are read (#7)",
        "visibility": "private",
    }  # fmt: skip
    rows: dict[str, list[dict[str, object]]] = {
        REPOSITORIES.asset: [repository],
        COMMITS.asset: [commit],
        NOTES.asset: [note],
    }
    for table in TABLES:
        storage.write_table(table.path, "2025-11-12", make_frame(rows.get(table.asset, []), table), table)
    file = tmp_path / "sparky.toml"
    file.write_text(f'home = "{tmp_path / "data"}"\n[storage]\nroot = "{storage.root}"\n')
    return file


def run(settings_file: Path, *arguments: str) -> str:
    result = CliRunner().invoke(cli, ["--config", str(settings_file), "evidence", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_evidence_names_every_document_with_scores_and_places(settings_file: Path) -> None:
    report = json.loads(run(settings_file, "day", "2025-11-12", "--json"))
    entries = {entry["key"]: entry for entry in report["entries"]}
    assert set(entries) == {f"commit:acme/web@{'a' * 40}", "release:acme/web@v1.0"}
    (message,) = entries[f"commit:acme/web@{'a' * 40}"]["documents"]
    sentence = next(row for row in message["sentences"] if row["text"].startswith("Users can"))
    assert sentence["lines"] == [5, 5]
    assert "effect" in sentence["roles"]
    assert message["url"] == f"https://github.com/acme/web/commit/{'a' * 40}"
    (notes,) = entries["release:acme/web@v1.0"]["documents"]
    assert notes["references"] == ["#7"]
    assert notes["sentences"][0]["lines"] == [3, 3]


def test_evidence_prints_no_secret(settings_file: Path) -> None:
    for arguments in (("day", "2025-11-12"), ("day", "2025-11-12", "--json")):
        assert SECRET not in run(settings_file, *arguments)


def test_evidence_for_the_public_holds_no_private_text(settings_file: Path) -> None:
    report = json.loads(run(settings_file, "day", "2025-11-12", "--json", "--public"))
    assert report["entries"] == []


def test_evidence_of_another_repository_is_empty(settings_file: Path) -> None:
    assert "no text but titles" in run(settings_file, "day", "2025-11-12", "--repository", "acme/other")
