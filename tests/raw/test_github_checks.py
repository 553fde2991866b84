"""State of CI on default branches and merged heads, and what a token without a permission costs."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from resources.storage import Storage
from sparky_assets.raw.tables import REPOSITORIES
from tests.fakes.github import serving
from tests.fakes.github_collection import collect_from
from tests.fakes.github_world import World, days_before
from tests.raw.test_github_collection import WEEK, collect_week, settings_for
from tests.raw.test_github_sweep import TODAY, world_of

YESTERDAY = days_before(TODAY, 1)


def checked_world() -> World:
    world = world_of(9, 3, seed=4)
    for repo in world.repositories:
        for number, commit in enumerate(repo.commits):
            commit.checks = ("SUCCESS", "FAILURE", None, "EXPECTED")[number % 4]
        for item in repo.pull_requests:
            item.checks = "ERROR"
    return world


def test_checks_of_commits_merges_and_heads_are_kept_as_text() -> None:
    world = checked_world()
    states = {commit.oid: commit.checks for repo in world.repositories for commit in repo.commits}
    with serving(world) as fake:
        tables = collect_from(fake, YESTERDAY, TODAY).tables
    commits = tables["commits"]
    assert commits.height > 3
    assert dict(commits.select("sha", "ci_state").iter_rows()) == {
        sha: (states[sha] or "").lower() or None for sha in commits["sha"]
    }
    merged = tables["pull_requests"].filter(event="merged")
    assert merged.height
    assert set(merged.select("ci_state", "head_ci_state").iter_rows()) == {("success", "error")}
    others = tables["pull_requests"].filter(tables["pull_requests"]["event"] != "merged")
    assert others["head_ci_state"].null_count() == others.height
    for row in tables["repositories"].iter_rows(named=True):
        history = next(one for one in world.repositories if one.full_name == row["repository"]).history(world.now)
        expected = (history[0].committed, (history[0].checks or "").lower() or None) if history else (None, None)
        assert (row["head_at"] and int(row["head_at"].timestamp()), row["head_ci_state"]) == expected


def test_description_of_a_repository_is_kept_without_addresses() -> None:
    world = checked_world()
    world.repositories[0].description = "Files, by ada@example.com"
    world.repositories[1].description = "  "
    with serving(world) as fake:
        rows = collect_from(fake, YESTERDAY, TODAY).tables["repositories"]
    described = dict(rows.select("repository", "description").iter_rows())
    assert described[world.repositories[0].full_name] == "Files, by"
    assert described[world.repositories[1].full_name] is None
    assert "example.com" not in str(described)


def test_token_that_may_not_read_checks_loses_checks_only(caplog: pytest.LogCaptureFixture) -> None:
    world = checked_world()
    with serving(world) as fake:
        whole = collect_from(fake, YESTERDAY, TODAY)
        world.refused = frozenset({"statusCheckRollup"})
        with caplog.at_level(logging.WARNING, "sparky"):
            refused = collect_from(fake, YESTERDAY, TODAY)
    assert refused.problems == {}
    assert refused.events == whole.events
    assert refused.tables["commits"]["ci_state"].null_count() == refused.tables["commits"].height
    assert set(refused.tables["repositories"]["note"]) <= {"", "has no commits yet"}
    reason = "the token may not read it (Resource not accessible by personal access token)"
    # Threads of other tests may write to the log too.
    messages = [message for record in caplog.records if (message := record.getMessage()).startswith("GitHub")]
    assert messages == [f"GitHub: the state of checks: {reason}"]


def test_days_of_an_earlier_version_do_not_stop_a_collection(tmp_path: Path) -> None:
    with serving(checked_world()) as fake:
        settings = settings_for(fake, tmp_path)
        days = collect_week(settings)["repositories"]
        store = Storage(root=str(tmp_path / "store"))
        for day in WEEK:
            store.write_table(REPOSITORIES.path, day.key, days[day.key].frame, replace(REPOSITORIES, version=2))
        again = collect_week(settings)["repositories"]
    assert {key: day.frame.rows() for key, day in again.items()} == {key: day.frame.rows() for key, day in days.items()}
