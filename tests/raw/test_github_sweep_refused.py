"""Refused requests of a sweep: each is a problem with a name, never a quiet day."""

import random
from collections.abc import Mapping

import pytest

from resources.errors import GitHubError, GitHubNetworkError, TransientError
from tests.fakes.github import FakeGitHub, Settings, serving
from tests.fakes.github_collection import collect_from
from tests.fakes.github_world import DAY, days_before
from tests.raw.test_github_sweep import NOW, TODAY, world_of


def test_forbidden_repository_is_a_problem_with_its_name() -> None:
    world = world_of(40, 3)
    closed = next(
        one for one in world.repositories if one.commits and one.commits[-1].committed > NOW.timestamp() - DAY
    )
    closed.is_forbidden = True
    with serving(world) as fake:
        outcome = collect_from(fake, days_before(TODAY, 3), TODAY)
    assert list(outcome.problems) == [closed.full_name]
    assert "may not read" in outcome.problems[closed.full_name]


def asks_for(variables: Mapping[str, object], key: str) -> bool:
    return key in variables.values() or key in variables.get("ids", ())  # type: ignore[operator]


def test_history_that_is_too_heavy_alone_is_read_without_its_lines() -> None:
    world = world_of(30, 3, seed=9)
    start = days_before(TODAY, 3)
    heavy = max(world.repositories, key=lambda one: len(one.commits))

    def is_heavy(name: str, variables: Mapping[str, object]) -> bool:
        return "Commits" in name and asks_for(variables, heavy.id) and bool(variables["stats"])

    with serving(world, Settings(heavy=is_heavy)) as fake:
        outcome = collect_from(fake, start, TODAY)
    assert outcome.problems == {}
    assert outcome.events == world.truth(start, TODAY)
    found = outcome.tables["commits"].filter(repository=heavy.full_name, is_merge=False)
    assert found["insertions"].null_count() == found.height > 0


def test_history_that_cannot_be_read_is_a_problem_with_its_name() -> None:
    world = world_of(30, 3, seed=9)
    start = days_before(TODAY, 3)
    heavy = max(world.repositories, key=lambda one: len(one.commits))
    with serving(world, Settings(heavy=lambda name, asked: "Commits" in name and asks_for(asked, heavy.id))) as fake:
        outcome = collect_from(fake, start, TODAY)
    assert list(outcome.problems) == [heavy.full_name]
    assert {event[:2] for event in world.truth(start, TODAY) - outcome.events} == {("commit", heavy.full_name)}


def test_item_that_cannot_be_read_is_a_problem_of_its_repository() -> None:
    world = world_of(30, 3, seed=9)
    start = days_before(TODAY, 3)
    repo = next(one for one in world.repositories if one.pull_requests)
    item = next(one for one in repo.pull_requests if one.updated(world.now) > start.timestamp())
    with serving(world, Settings(heavy=lambda name, asked: name == "Items" and asks_for(asked, item.id))) as fake:
        outcome = collect_from(fake, start, TODAY)
    assert list(outcome.problems) == [repo.full_name]


def test_list_of_repositories_that_cannot_be_read_is_an_error() -> None:
    with serving(world_of(3, 1), Settings(heavy=lambda name, _: name == "EnumWithOpen")) as fake:
        with pytest.raises(GitHubNetworkError, match="EnumWithOpen: HTTP 502"):
            collect_from(fake, days_before(TODAY, 1), TODAY)
        # 50, 25, 12, 6, 3; 1 with 10, 5 and 2 of each list; 1 with 1 four times; each twice, since 502 came at once.
        assert fake.requests == 2 * (5 + 3 + 4)


def test_server_that_is_down_for_long_is_a_transient_error() -> None:
    with serving(world_of(30, 3), Settings(heavy=lambda name, _: name in {"Items", "MoreCommits"})) as fake:
        with pytest.raises(TransientError, match="nothing else worked"):
            collect_from(fake, days_before(TODAY, 3), TODAY)
        assert fake.requests < 100


@pytest.mark.parametrize("seed", range(20))
def test_502_at_random_on_every_third_request_costs_no_run(seed: int) -> None:
    """Regression: 11 of 12 runs failed, with up to 367 requests and no pause between them."""
    rng = random.Random(seed)
    world = world_of(40, 2, seed=seed)
    start = days_before(TODAY, 2)
    with serving(world) as fake:
        events_on_a_clear_day = collect_from(fake, start, TODAY).events

    def fail_at_random(fake: FakeGitHub, _: int) -> None:
        fake.settings.fault_every = 1 if rng.random() < 0.3 else None

    with serving(world, Settings(before=fail_at_random, faults=("502",))) as fake:
        outcome = collect_from(fake, start, TODAY)
        assert fake.requests < 3 * len(fake.queries) + 20
    assert outcome.problems == {}
    assert outcome.events == events_on_a_clear_day
    assert bool(outcome.waits) == (fake.requests > len(fake.queries))


def test_origin_that_cannot_be_read_is_a_problem_of_its_fork() -> None:
    world = world_of(30, 5, seed=6)
    fork = next(one for one in world.repositories if one.parent)
    assert fork.parent
    key = fork.parent.id
    with serving(world, Settings(heavy=lambda name, asked: "Upstream" in name and asks_for(asked, key))) as fake:
        outcome = collect_from(fake, days_before(TODAY, 5), TODAY)
    assert list(outcome.problems) == [fork.full_name]


def test_unknown_owner_is_an_error_that_names_it() -> None:
    with serving(world_of(1, 1)) as fake, pytest.raises(GitHubError, match="nobody: no such organisation"):
        collect_from(fake, days_before(TODAY, 1), TODAY, owner="nobody")
