"""A sweep collects exactly the events of the window, each once, with any concurrent change on GitHub."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import ceil

import polars as pl
import pytest

from sparky_assets.raw.github.sweep import RepositoryFilter
from tests.fakes.github import EVERY_FAULT, FakeGitHub, Settings, serving
from tests.fakes.github_collection import collect_from
from tests.fakes.github_organisation import make_world
from tests.fakes.github_world import DAY, Release, World, day, days_before
from tests.strategies.effort import list_in_full_run

TODAY = day("2026-11-20")
NOW = TODAY + timedelta(minutes=10)


def world_of(repositories: int, days: int, seed: int = 1) -> World:
    return make_world(repositories, NOW, days=days + 5, seed=seed)


@pytest.mark.parametrize(
    ("repositories", "days", "days_ago", "most_requests", "most_points"),
    [
        # Costs of the prototype (notes) on an organisation like this, before open items were listed. These
        # add a point for each 50 repositories, and a request for each 10 with more than 50 open items of a kind.
        (30, 1, 0, 8, 12),  # with the notes of changes, in a sixth of the pull requests
        (30, 7, 0, None, None),
        (30, 30, 0, 47, 107),  # with linked issues, paths and the like, and deployments in a third of the repositories
        (30, 1, 30, 11, 20),  # and the history of a changelog that was pushed to
        (300, 1, 0, 38, 82),  # and first responses, and what forks have merged of other branches
        (300, 7, 0, 112, 250),  # the items' further fields cost a fifth to two fifths more points, in no more requests
        (300, 30, 0, 390, 880),
        (300, 1, 30, 73, 169),
        # Of 30 days, and of a day a month ago: benchmarks/collection.py --all
        *list_in_full_run((3000, 1, 0, 300, 760), (3000, 7, 0, 1023, 2400)),
    ],
)
def test_collected_events_equal_the_generated_events(
    repositories: int, days: int, days_ago: int, most_requests: int | None, most_points: int | None
) -> None:
    world = world_of(repositories, days + days_ago)
    end = days_before(TODAY, days_ago)
    start = days_before(end, days)
    with serving(world) as fake:
        outcome = collect_from(fake, start, end)
    assert outcome.events == world.truth(start, end)
    assert outcome.problems == {}
    assert outcome.usage.points == fake.points
    assert outcome.usage.requests == len(fake.queries)
    if most_requests and most_points:
        assert outcome.usage.requests <= most_requests
        assert outcome.usage.points <= most_points + (0 if days_ago else ceil(repositories / 50))
    assert outcome.open_items == (set() if days_ago else world.open_at(end))
    assert outcome.tables["open_items"].is_empty() == bool(days_ago)


def test_idle_day_of_35_repositories_takes_at_most_two_requests() -> None:
    world = make_world(35, NOW, days=1, seed=3)
    for repo in world.repositories:
        for things in (repo.commits, repo.pull_requests, repo.issues, repo.releases):
            things.clear()
        repo.commits[:] = []
    with serving(world) as fake:
        outcome = collect_from(fake, days_before(TODAY, 1), TODAY)
    assert outcome.events == set()
    assert outcome.usage.requests <= 2
    assert outcome.tables["repositories"].height == 35


@pytest.mark.parametrize("every", [2, 3, 5, 7])
def test_fault_on_every_nth_request_changes_nothing_that_is_collected(every: int) -> None:
    world = world_of(60, 7, seed=every)
    start = days_before(TODAY, 7)
    with serving(world, Settings(fault_every=every, faults=EVERY_FAULT)) as fake:
        outcome = collect_from(fake, start, TODAY)
    assert outcome.events == world.truth(start, TODAY)
    assert outcome.open_items == world.open_at(TODAY)
    assert outcome.problems == {}
    assert fake.requests > len(fake.queries)


@pytest.mark.parametrize("budget", [300, 120, 40])
def test_batches_halve_until_github_can_compute_them(budget: int) -> None:
    world = world_of(120, 2, seed=budget)
    start = days_before(TODAY, 2)
    with serving(world, Settings(budget=budget)) as fake:
        outcome = collect_from(fake, start, TODAY)
    assert outcome.events == world.truth(start, TODAY)
    assert outcome.usage.halved > 0


@pytest.mark.parametrize("seed", range(8))
def test_items_that_move_while_they_are_listed_are_not_lost(seed: int) -> None:
    world = world_of(20, 30, seed=seed)
    start = days_before(TODAY, 30)
    truth = world.truth(start, TODAY)

    def somebody_comments(fake: FakeGitHub, request: int) -> None:
        for number, repo in enumerate(fake.world.repositories):
            for items in (repo.pull_requests, repo.issues):
                if items:
                    items[(request * 7 + number) % len(items)].moved = fake.world.now + request

    with serving(world, Settings(before=somebody_comments)) as fake:
        outcome = collect_from(fake, start, TODAY)
    assert outcome.events == truth
    assert outcome.open_items == fake.world.open_at(TODAY)


def test_pushes_while_a_history_is_paged_change_nothing() -> None:
    world = world_of(10, 30, seed=2)
    start = days_before(TODAY, 30)
    truth = world.truth(start, TODAY)

    just_now = int(NOW.timestamp()) - 1

    def somebody_pushes(fake: FakeGitHub, request: int) -> None:
        for repo in fake.world.repositories:
            if repo.commits:
                oid = f"{request:04d}{repo.number:036d}"
                pushed = replace(repo.commits[-1], oid=oid, committed=just_now, landed=just_now)
                repo.commits.append(pushed)

    with serving(world, Settings(before=somebody_pushes)) as fake:
        outcome = collect_from(fake, start, TODAY)
    assert outcome.events == truth


def test_history_rewritten_while_it_is_paged_is_a_problem() -> None:
    world = world_of(6, 30, seed=2)
    start = days_before(TODAY, 30)
    repo = max(world.repositories, key=lambda one: len(one.commits))

    def somebody_forces(fake: FakeGitHub, request: int) -> None:
        if request > 1 and fake.queries[-1][0] == "Commits":
            repo.commits[:] = [replace(one, oid=one.oid[::-1]) for one in repo.commits]

    with serving(world, Settings(before=somebody_forces)) as fake:
        outcome = collect_from(fake, start, TODAY)
    assert "rewritten while it was read" in outcome.problems[repo.full_name]


def test_items_with_more_reviews_and_events_than_a_page_are_read_whole() -> None:
    world = world_of(5, 3, seed=4)
    repo = next(one for one in world.repositories if one.pull_requests and one.issues)
    at = int(days_before(TODAY, 1).timestamp()) + 100
    for item in (repo.pull_requests[0], repo.issues[0]):
        item.created = at
        item.events = [(("closed", "reopened")[n % 2], at + n, None) for n in range(1, 130)]
    repo.pull_requests[0].reviews = [(f"PRR_many_{n}", at + n, "COMMENTED", None) for n in range(270)]
    start = days_before(TODAY, 1)
    with serving(world) as fake:
        outcome = collect_from(fake, start, TODAY)
    assert outcome.events == world.truth(start, TODAY)
    assert {"MoreReviews", "MorePullRequestEvents", "MoreIssueEvents"} <= {name for name, _ in fake.queries}


def test_commit_whose_lines_github_cannot_count_has_unknown_lines() -> None:
    world = world_of(10, 3, seed=5)
    start = days_before(TODAY, 3)
    repo = max(world.repositories, key=lambda one: len(one.commits))
    repo.commits[0].committed = repo.commits[0].landed = int(start.timestamp()) + 5
    repo.commits[0].has_statistics = False
    repo.commits[0].parents = ("a" * 40,)
    with serving(world) as fake:
        outcome = collect_from(fake, start, TODAY)
    assert outcome.events == world.truth(start, TODAY)
    row = outcome.tables["commits"].filter(sha=repo.commits[0].oid).row(0, named=True)
    assert row["insertions"] is None
    others = outcome.tables["commits"].filter(repository=repo.full_name).filter(pl.col("sha") != repo.commits[0].oid)
    assert others["insertions"].null_count() == 0
    status = outcome.tables["repositories"].filter(repository=repo.full_name)["status"].item()
    assert status == "without_statistics"


def test_fork_has_its_own_commits_only() -> None:
    world = world_of(30, 5, seed=6)
    fork = next(one for one in world.repositories if one.parent)
    start = days_before(TODAY, 5)
    with serving(world) as fake:
        own = collect_from(fake, start, TODAY).tables["commits"].filter(repository=fork.full_name)
        everything = collect_from(fake, start, TODAY, selection=RepositoryFilter(forks="all"))
        none = collect_from(fake, start, TODAY, selection=RepositoryFilter(forks="none"))
    assert fork.parent
    shared = {one.oid for one in fork.parent.commits}
    assert not shared & set(own["sha"])
    assert shared & set(everything.tables["commits"].filter(repository=fork.full_name)["sha"])
    assert none.tables["commits"].filter(repository=fork.full_name).is_empty()
    assert not none.tables["repositories"].filter(repository=fork.full_name).is_empty()


def test_fork_without_a_known_origin_has_no_commits_of_others_and_says_so() -> None:
    world = world_of(30, 5, seed=6)
    fork = next(one for one in world.repositories if one.parent)
    assert fork.parent
    fork.parent.is_gone = True
    start = days_before(TODAY, 5)
    with serving(world) as fake:
        outcome = collect_from(fake, start, TODAY)
    assert outcome.tables["commits"].filter(repository=fork.full_name).is_empty()
    assert "its origin is unknown" in outcome.tables["repositories"].filter(repository=fork.full_name)["note"].item()


def test_fork_whose_origin_may_not_be_read_is_a_problem_of_the_fork() -> None:
    world = world_of(30, 5, seed=6)
    fork = next(one for one in world.repositories if one.parent)
    assert fork.parent
    fork.parent.is_forbidden = True
    with serving(world) as fake:
        outcome = collect_from(fake, days_before(TODAY, 5), TODAY)
    assert list(outcome.problems) == [fork.full_name]
    assert f"its origin {fork.parent.full_name} cannot be read" in outcome.problems[fork.full_name]


def test_globs_choose_repositories_by_name_or_by_owner_and_name() -> None:
    world = world_of(30, 1)
    with serving(world) as fake:
        selection = RepositoryFilter(include=("repo-000*", "ACME/repo-0012"), exclude=("acme/repo-0003",))
        outcome = collect_from(fake, days_before(TODAY, 1), TODAY, selection=selection)
    names = {name.removeprefix("acme/repo-00") for name in outcome.tables["repositories"]["repository"]}
    assert names == {"00", "01", "02", "04", "05", "06", "07", "08", "09", "12"}


def test_repository_deleted_between_two_queries_is_gone_and_no_error() -> None:
    world = world_of(40, 3)
    doomed = [one for one in world.repositories if one.pull_requests][:3]
    start = days_before(TODAY, 3)

    def delete(fake: FakeGitHub, request: int) -> None:
        del fake
        for repo in doomed:
            repo.is_gone = request > 1

    with serving(world, Settings(before=delete)) as fake:
        outcome = collect_from(fake, start, TODAY)
    assert outcome.problems == {}
    rest = {one.full_name for one in doomed}
    assert {event for event in outcome.events if event[1] not in rest} == world.truth(start, TODAY)


def test_more_releases_than_a_page_are_followed() -> None:
    world = world_of(3, 3, seed=9)
    start = days_before(TODAY, 3)
    at = int(start.timestamp())
    repo = world.repositories[0]
    repo.releases[:] = [Release(f"RE_{n:03d}", f"v{n}", at + n, at + n, None) for n in range(250)]
    repo.releases.append(Release("RE_old", "v-old", at - 80 * DAY, at + 5, None))
    with serving(world) as fake:
        outcome = collect_from(fake, start, TODAY)
    assert outcome.events == world.truth(start, TODAY)
    assert outcome.tables["releases"].filter(repository=repo.full_name).height == 251


def test_days_follow_the_window_to_the_second() -> None:
    world = world_of(3, 2, seed=8)
    repo = next(one for one in world.repositories if one.commits)
    start, end = int(days_before(TODAY, 1).timestamp()), int(TODAY.timestamp())
    commits = repo.commits[:1] * 4
    repo.commits[:] = [
        type(one)(f"{n:040d}", at, at, at, one.author, one.email, "x", 1, 1, 1, one.parents)
        for n, (one, at) in enumerate(zip(commits, (start - 1, start, end - 1, end), strict=True))
    ]
    with serving(world) as fake:
        outcome = collect_from(fake, days_before(TODAY, 1), TODAY)
    assert set(outcome.tables["commits"].filter(repository=repo.full_name)["sha"]) == {f"{1:040d}", f"{2:040d}"}


def test_visibility_is_carried_on_every_row() -> None:
    world = world_of(60, 7)
    with serving(world) as fake:
        outcome = collect_from(fake, days_before(TODAY, 7), TODAY)
    expected = {one.full_name: one.visibility.lower() for one in world.repositories}
    for table in outcome.tables.values():
        for repository, visibility in table.select("repository", "visibility").unique().iter_rows():
            assert expected[repository] == visibility
    assert Counter(expected.values()).keys() == {"public", "private", "internal"}


def test_generated_organisation_has_every_case_of_the_tests() -> None:
    world = world_of(300, 7)
    truth = world.truth(days_before(TODAY, 7), TODAY)
    kinds = Counter((event[0], event[3]) for event in truth if event[0] != "review")
    assert min(kinds.values()) > 10
    assert any(commit.landed > commit.committed + DAY for repo in world.repositories for commit in repo.commits)
    assert datetime.fromtimestamp(world.now, UTC) == NOW
