"""A commit in several repositories counts once, in the one in which it landed first."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

from resources.git.sources import GitSources
from sparky_assets.periods import TimeWindow
from sparky_assets.raw.collect import collect_git
from tests.factories.git_repositories import BOB, History, at, git
from tests.strategies.git_history import PEOPLE


def collect(folder: Path, *names: str, day: str = "2025-11-12") -> Mapping[str, pl.DataFrame]:
    sources = GitSources(repositories=[str(folder / name) for name in names], mirrors=str(folder / "mirrors"))
    start = at(f"{day}T00:00")
    window = TimeWindow(start, start.replace(day=start.day + 1), "UTC")
    return collect_git(sources, window, PEOPLE, allow_partial=False).tables


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    """Return an application, its mirror, and a fork whose branch the application merged on the 14th."""
    story = History()
    base = story.commit("Base", at("2025-11-12T08:00"))
    story.commit("Sell tickets (#3)", at("2025-11-12T09:00"))
    story.tag("v1.0.0", when=at("2025-11-12T10:00"), message="One oh")
    app = story.at_path(tmp_path / "app")
    git(tmp_path, "clone", "--quiet", "--mirror", str(app), "mirror")
    git(tmp_path / "mirror", "config", "remote.origin.url", "https://git.example.com/acme/old-name.git")
    git(tmp_path, "clone", "--quiet", str(app), "fork")
    story.commit("Work of the fork", at("2025-11-13T09:00"), branch="fork", parents=[base + 1], author=BOB)
    story.commit("Merge the fork", at("2025-11-14T09:00"), parents=[base + 1, base + 2])
    story.into(app)
    git(tmp_path / "fork", "fetch", "--quiet", "origin", "fork:refs/heads/merged")
    git(tmp_path / "fork", "reset", "--quiet", "--hard", "merged")
    git(tmp_path / "fork", "config", "remote.origin.url", "https://git.example.com/bob/app.git")
    git(tmp_path / "fork", "update-ref", "-d", "refs/remotes/origin/main")
    return tmp_path


def test_rows_of_a_mirror_count_in_the_origin(copies: Path) -> None:
    tables = collect(copies, "app", "mirror")
    assert tables["commits"].select("repository", "subject").sort("subject").rows() == [
        ("app", "Base"), ("app", "Sell tickets (#3)"),
    ]  # fmt: skip
    for name in ("releases", "pull_requests"):
        assert tables[name]["repository"].to_list() == ["app"]
    assert collect(copies, "mirror", "app")["commits"]["repository"].unique().to_list() == ["acme/old-name"]


@pytest.mark.parametrize("names", [("app", "fork"), ("fork", "app")])
def test_commit_counts_in_the_repository_where_it_landed_first(copies: Path, names: tuple[str, str]) -> None:
    on_13th = collect(copies, *names, day="2025-11-13")["commits"]
    on_14th = collect(copies, *names, day="2025-11-14")["commits"]
    assert on_13th.select("repository", "subject").rows() == [("bob/app", "Work of the fork")]
    assert on_14th.select("repository", "subject").rows() == [("app", "Merge the fork")]


def test_repositories_without_a_common_history_keep_all_their_commits(tmp_path: Path) -> None:
    for name in ("one", "two"):
        story = History()
        story.commit(name, at("2025-11-12T08:00"))
        story.at_path(tmp_path / name)
    assert collect(tmp_path, "one", "two")["commits"]["repository"].to_list() == ["one", "two"]
