"""The gate before insights: numbers that do not add up are named."""

import polars as pl
import pytest
from hypothesis import given, settings

from sparky_assets.metrics.checks import reconcile
from sparky_assets.metrics.counts import SOURCES, count_contributors, count_repositories
from sparky_assets.metrics.models import WHOLE, Metrics
from tests.worlds import WEEK, Told, World, commit, worlds


def one_week() -> World:
    return World(WEEK, (Told("acme/tool", None, "ok", (commit(0, "Add x (#5)"), commit(1, "Add y")), ()),))


def with_fact(metrics: Metrics, metric: str, value: int) -> Metrics:
    facts = [
        fact.model_copy(update={"value": value}) if (fact.metric, fact.scope) == (metric, WHOLE) else fact
        for fact in metrics.facts
    ]
    return metrics.model_copy(update={"facts": tuple(facts)})


def problems(world: World, metrics: Metrics) -> list[str]:
    return list(reconcile(metrics, count_repositories(world.raw()), count_contributors(world.raw())))


@settings(max_examples=60)
@given(worlds())
def test_the_numbers_of_any_world_reconcile(world: World) -> None:
    assert problems(world, world.metrics()) == []


@pytest.mark.parametrize("metric", [name for name in SOURCES if name != "people"])
def test_a_total_that_its_repositories_do_not_give_is_named(metric: str) -> None:
    world = one_week()
    metrics = with_fact(world.metrics(), metric, 777)
    assert any(problem.startswith(f"{metric}: 777 in all, but ") for problem in problems(world, metrics))


def test_people_who_are_not_in_the_table_are_named() -> None:
    world = one_week()
    assert problems(world, with_fact(world.metrics(), "people", 4)) == [
        "people: 4 in all, but 1 in the table of contributors"
    ]


def test_a_commit_without_an_author_in_the_table_is_named() -> None:
    world = one_week()
    raw = world.raw()
    contributors = count_contributors(raw).with_columns(commits=pl.lit(1, pl.Int64))
    found = list(reconcile(world.metrics(), count_repositories(raw), contributors))
    assert found == ["commits: 2 in all, but 1 over authors"]


def test_a_negative_number_is_named() -> None:
    world = one_week()
    assert "commits_without_statistics@all is -1" in problems(
        world, with_fact(world.metrics(), "commits_without_statistics", -1)
    )


def test_more_active_repositories_than_were_read_are_named() -> None:
    world = one_week()
    found = problems(world, with_fact(world.metrics(), "active_repositories", 2))
    assert found == ["more repositories are active than were read"]
