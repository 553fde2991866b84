"""Bad weather, input by input: what a collection kept wrong, stopped for, or lost before these tests."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from resources.errors import ResourceError
from sparky_assets.errors import DataError
from sparky_assets.periods import Period, PeriodKind
from tests.fakes.github import FakeGitHub, Reply, Settings, serving
from tests.fakes.github_collection import collect_from
from tests.fakes.github_organisation import chain, make_world
from tests.fakes.github_world import User, World, days_before
from tests.raw.test_github_collection import NOW, TODAY, collect_week, settings_for
from tests.raw.test_github_sweep import world_of

YESTERDAY = days_before(TODAY, 1)
TOMORROW = Period(PeriodKind.DAILY, TODAY.date())

Damage = Callable[[str, dict[str, Any]], None]


def lose_first_repository(name: str, body: dict[str, Any]) -> None:
    if name.startswith("Enum"):
        body["data"]["repositoryOwner"]["repositories"]["nodes"][0] = None


def report_internal_error(name: str, body: dict[str, Any]) -> None:
    if name == "Commits":
        body["data"]["nodes"][0] = None
        body["errors"] = [{"type": "INTERNAL", "message": "Something broke.", "path": ["nodes", 0]}]


def report_error_without_path(name: str, body: dict[str, Any]) -> None:
    if name == "Items":
        body["errors"] = [{"message": "Something broke."}]


@pytest.mark.parametrize("damage", [lose_first_repository, report_internal_error, report_error_without_path])
def test_run_after_a_failed_one_asks_again_and_succeeds(tmp_path: Path, damage: Damage) -> None:
    """Every later run of twelve hours replayed the fault and sent no request."""
    with serving(make_world(20, NOW, days=12)) as fake:
        settings = settings_for(fake, tmp_path)
        fake.settings.damage = damage
        with pytest.raises((DataError, ResourceError)):
            collect_week(settings)
        fake.settings.damage = None
        before = fake.requests
        stored = collect_week(settings)
        assert fake.requests > before
    assert sum(day.frame.height for day in stored["commits"].values()) > 0


def test_eight_502s_at_the_start_cost_pauses_and_no_run(tmp_path: Path) -> None:
    def fail_first(fake: FakeGitHub, number: int) -> None:
        fake.overrides = {"/api/graphql": Reply(502, raw=b"<html>")} if number <= 8 else {}

    world = make_world(20, NOW, days=12)
    with serving(world, Settings(before=fail_first)) as fake:
        outcome = collect_from(fake, YESTERDAY, TODAY)
    assert outcome.events == world.truth(YESTERDAY, TODAY)
    assert outcome.waits


def test_twelve_502s_at_the_commits_cost_no_line_counts() -> None:
    failed = 0

    def fail_twelve_times(name: str, _: object) -> bool:
        nonlocal failed
        failed += name in {"Commits", "MoreCommits"}
        return name in {"Commits", "MoreCommits"} and failed <= 12

    world = world_of(20, 3)
    for repo in world.repositories:
        for commit in repo.commits:
            commit.has_statistics = True
    with serving(world, Settings(heavy=fail_twelve_times)) as fake:
        outcome = collect_from(fake, days_before(TODAY, 3), TODAY)
    assert failed > 12
    assert outcome.tables["commits"].height > 10
    assert outcome.tables["commits"]["insertions"].null_count() == 0
    assert set(outcome.tables["repositories"]["note"]) <= {"", "has no commits yet"}


def test_line_counts_that_were_unknown_are_filled_by_a_later_sweep(tmp_path: Path) -> None:
    world = make_world(20, NOW, days=12)
    commits = [commit for repo in world.repositories for commit in repo.commits]
    for commit in commits:
        commit.has_statistics = False
    with serving(world) as fake:
        settings = settings_for(fake, tmp_path)
        unknown = collect_week(settings)["commits"]
        for commit in commits:
            commit.has_statistics = True
        known = collect_week(settings)["commits"]
    lines = pl.concat([day.frame for day in known.values()])
    assert lines["insertions"].null_count() == 0
    assert lines.height == sum(day.frame.height for day in unknown.values()) > 0
    assert lines["first_seen_at"].null_count() == lines.height


def test_three_lost_repositories_of_thirty_are_named_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    world = make_world(30, NOW, days=12)
    with serving(world) as fake:
        settings = settings_for(fake, tmp_path)
        collect_week(settings)
        for repo in world.repositories[:3]:
            repo.is_gone = True
        stored = collect_week(settings, NOW + timedelta(days=1), (TOMORROW,))["repositories"][TOMORROW.key].frame
    lost = [f"acme/repo-000{number}" for number in range(3)]
    assert stored.filter(status="missing")["repository"].to_list() == lost
    assert [name for name in lost if any(name in record.getMessage() for record in caplog.records)] == lost


def _walk(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """Every object of an answer with its path."""
    found: list[tuple[tuple[str | int, ...], dict[str, Any]]] = [(path, value)] if isinstance(value, dict) else []
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        found += _walk(part, (*path, key))
    return found


def break_field(field: str) -> Damage:
    """Answer a field with null and an error, wherever it is."""

    def damage(_: str, body: dict[str, Any]) -> None:
        for path, part in _walk(body.get("data")):
            if part.get(field) is not None:
                part[field] = None
                error = {"type": "INTERNAL", "message": "Something broke.", "path": [*path, field]}
                body.setdefault("errors", []).append(error)

    return damage


def omit_field(field: str) -> Damage:
    def damage(_: str, body: dict[str, Any]) -> None:
        for path, part in _walk(body.get("data")):
            if "prState" in part or path[-1:] == ("author",):
                part.pop(field, None)

    return damage


def replace_words(name: str, body: dict[str, Any]) -> None:
    for _, part in _walk(body.get("data")):
        for field in ("reviewState", "prState", "issueState", "stateReason", "reviewDecision", "authorAssociation"):
            if part.get(field) in {"APPROVED", "COMPLETED", "CONTRIBUTOR"}:
                part[field] = "BRAND_NEW"


@pytest.mark.parametrize(
    "damage",
    [break_field("user"), break_field("mergedBy"), break_field("parent"), break_field("milestone"),
     break_field("description"), break_field("closingIssuesReferences"), omit_field("additions")],
    ids=["user", "mergedBy", "parent", "milestone", "description", "closing issues", "additions"],
)  # fmt: skip
def test_fault_in_a_field_costs_that_field(damage: Damage) -> None:
    world = world_of(20, 3)
    with serving(world, Settings(damage=damage)) as fake:
        outcome = collect_from(fake, days_before(TODAY, 3), TODAY)
    assert outcome.problems == {}
    # A fork whose origin is unknown has unknown commits.
    forks = {repo.full_name for repo in world.repositories if repo.parent}
    assert [
        event for event in outcome.events ^ world.truth(days_before(TODAY, 3), TODAY) if event[1] not in forks
    ] == []


def test_words_that_are_new_at_github_are_stored_as_text() -> None:
    world = world_of(20, 3)
    with serving(world, Settings(damage=replace_words)) as fake:
        tables = collect_from(fake, days_before(TODAY, 3), TODAY).tables
    assert "brand_new" in set(tables["reviews"]["state"])
    assert set(tables["pull_requests"]["review_decision"]) == {"brand_new"}
    assert set(tables["issues"]["author_association"]) == {"brand_new"}


def test_visibility_that_is_new_at_github_is_private() -> None:
    def damage(name: str, body: dict[str, Any]) -> None:
        for _, part in _walk(body.get("data")):
            if "visibility" in part:
                part["visibility"] = "SHARED"

    with serving(world_of(20, 3), Settings(damage=damage)) as fake:
        tables = collect_from(fake, days_before(TODAY, 3), TODAY).tables
    assert set(tables["repositories"]["visibility"]) == set(tables["commits"]["visibility"]) == {"private"}


def test_bot_that_also_publishes_a_release_stays_a_bot() -> None:
    world = world_of(6, 2)
    robot = User(4711, "ship-it", "Ship It", ("ship@example.com",), "Bot")
    repo = next(one for one in world.repositories if one.pull_requests and one.releases)
    at = int(YESTERDAY.timestamp()) + 600
    repo.releases[:] = repo.releases[:1]
    release, item = repo.releases[0], repo.pull_requests[-1]
    release.created, release.published, release.author = at, at, User(4711, "ship-it", "Ship It", (), "User")
    item.created, item.author, item.events, item.reviews = at, robot, [], []
    with serving(world) as fake:
        tables = collect_from(fake, YESTERDAY, TODAY).tables
    authors = [row["author"] for name in ("releases", "pull_requests") for row in tables[name].iter_rows(named=True)]
    assert {one["is_bot"] for one in authors if one["login"] and one["login"].startswith("ship-it")} == {True}


def test_issue_that_was_moved_and_retitled_on_the_way_counts_once(tmp_path: Path) -> None:
    world: World = make_world(12, NOW, days=12)
    since = int(days_before(TODAY, 6).timestamp())
    giver = next(one for one in world.repositories if any(issue.created > since for issue in one.issues))
    taker = next(one for one in world.repositories if one is not giver and one.commits)
    with serving(world) as fake:
        settings = settings_for(fake, tmp_path)
        first = collect_week(settings)["issues"]
        for issue in [one for one in giver.issues if one.created > since]:
            giver.issues.remove(issue)
            issue.number, issue.id, issue.title = issue.number + 5000, f"{issue.id}_moved", f"Again: {issue.title}"
            taker.issues.append(issue)
        del world.items
        second = collect_week(settings, NOW + timedelta(days=1))["issues"]
    assert {key: day.frame.rows() for key, day in first.items()} == {
        key: day.frame.rows() for key, day in second.items()
    }


def test_fork_with_a_merged_branch_of_its_origin_counts_its_own_work() -> None:
    world = world_of(30, 5, seed=6)
    fork = next(one for one in world.repositories if one.parent)
    assert fork.parent
    at = int(YESTERDAY.timestamp())
    kept, theirs, ours = fork.commits[:1], fork.parent.commits[:1], fork.commits[1:]
    assert len(ours) > 8
    for number, commit in enumerate(ours):
        commit.committed = commit.landed = at + 60 * number
    fork.commits = kept + ours[:8]
    fork.parent.commits, fork.parent.other_branches = theirs, [ours[:5]]
    chain(fork.commits)
    with serving(world) as fake:
        outcome = collect_from(fake, YESTERDAY, TODAY)
        whole = outcome.tables["commits"].filter(repository=fork.full_name)
        fork.parent.other_branches = [ours[:5], *([ours[number]] for number in range(5, 8)), *[[kept[0]]] * 20]
        noted = collect_from(fake, YESTERDAY, TODAY).tables["repositories"].filter(repository=fork.full_name)
    assert set(whole["sha"]) == {commit.oid for commit in ours[5:8]}
    assert "not all could be read" in noted["note"].item()


def test_joined_emoji_of_a_title_is_kept() -> None:
    title = "Add 👩\u200d💻 mode"
    world = world_of(6, 2)
    for repo in world.repositories:
        for item in repo.pull_requests + repo.issues:
            item.title = title
    with serving(world) as fake:
        tables = collect_from(fake, YESTERDAY, TODAY).tables
    assert set(tables["pull_requests"]["title"]) == {title}
