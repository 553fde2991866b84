"""Collecting with a clone beside GitHub, and as an app with a key."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import git
import polars as pl
import pytest

from resources.errors import GitHubDeniedError
from sparky_assets.settings.schema import GitSettings as GitRepositories
from tests.fakes.github import Settings as FakeSettings
from tests.fakes.github import key_pair, serving
from tests.raw.test_github_collection import TODAY, WEEK, collect_week, settings_for, small_world


def test_a_clone_gives_its_files_to_the_commits_that_github_tells_of(tmp_path: Path) -> None:
    clone = git.Repo.init(tmp_path / "repo", initial_branch="main")
    (tmp_path / "repo" / "wires.py").write_text("one\ntwo\n")
    clone.index.add(["wires.py"])
    at = (TODAY - timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%S+0000")
    ada = git.Actor("A", "a@x.example")
    made = clone.index.commit("Read the wires", author_date=at, commit_date=at, author=ada, committer=ada)
    clone.create_remote("origin", "https://github.com/ACME/repo-0000.git")
    clone.close()
    world = small_world()
    repo = world.repositories[0]
    when = int(made.committed_date)
    some = next(one.commits[0] for one in world.repositories if one.commits)
    repo.commits.append(replace(some, oid=made.hexsha, is_linked=True, parents=(), committed=when, landed=when))
    with serving(world) as fake:
        given = settings_for(fake, tmp_path / "home")
        local = GitRepositories(repositories=(str(tmp_path / "repo"),))
        settings = given.model_copy(
            update={"sources": given.sources.model_copy(update={"source": "both", "git": local})}
        )
        stored = collect_week(settings)
    row = stored["commits"][WEEK[-1].key].frame.row(by_predicate=pl.col("sha") == made.hexsha, named=True)
    assert row["repository"] == "acme/repo-0000"
    assert row["files"] == [{"path": "wires.py", "insertions": 2, "deletions": 0}]
    assert row["author"]["login"] == repo.commits[-1].author.login
    sources = stored["repositories"][WEEK[-1].key].frame.filter(repository="acme/repo-0000")["source"].to_list()
    assert sources == ["both"]


def test_an_app_collects_with_its_key_from_a_file(tmp_path: Path) -> None:
    private, public = key_pair()
    (tmp_path / "app.pem").write_text(private)
    with serving(small_world(), FakeSettings(app_key=public)) as fake:
        fake.tokens.clear()
        app: dict[str, Any] = {"app_id": "12345", "app_key_file": tmp_path / "app.pem", "token": None}
        stored = collect_week(settings_for(fake, tmp_path / "home", **app))
        with pytest.raises(GitHubDeniedError, match="app_key_file"):
            collect_week(settings_for(fake, tmp_path / "home", app_id="12345", token=None))
    assert stored["repositories"][WEEK[0].key].frame.height == 40
