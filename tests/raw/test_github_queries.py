"""Every query is valid in GitHub's published schema, and costs the planned points."""

import pytest
from graphql import parse, validate

from sparky_assets.raw.github.queries import (
    NEXT_PAGE_QUERIES,
    QUERIES,
    build_changed_files_query,
    build_compare_query,
    build_files_query,
    build_folders_query,
    build_next_page_query,
    build_path_histories_query,
)
from tests.fakes.github_cost import NODE_LIMIT, cost
from tests.fakes.github_schema import schema


@pytest.mark.parametrize("name", QUERIES)
def test_query_fits_the_schema(name: str) -> None:
    assert validate(schema(), parse(QUERIES[name])) == []


@pytest.mark.parametrize("count", [1, 2, 10])
@pytest.mark.parametrize("name", NEXT_PAGE_QUERIES)
def test_follow_up_fits_the_schema_for_any_number_of_nodes(name: str, count: int) -> None:
    assert validate(schema(), parse(build_next_page_query(name, count))) == []


@pytest.mark.parametrize("count", [1, 25])
def test_comparison_of_branches_fits_the_schema_and_costs_a_point(count: int) -> None:
    assert validate(schema(), parse(build_compare_query(count))) == []
    assert cost(parse(build_compare_query(count)), {})[0] == 1


@pytest.mark.parametrize("count", [1, 10])
def test_query_for_files_fits_the_schema_and_costs_a_point(count: int) -> None:
    assert validate(schema(), parse(build_files_query("ReleaseFiles", count))) == []
    assert cost(parse(build_files_query("ReleaseFiles", count)), {})[0] == 1


@pytest.mark.parametrize("count", [1, 40])
def test_query_for_folders_fits_the_schema_and_costs_a_point(count: int) -> None:
    assert validate(schema(), parse(build_folders_query("ReleaseFolders", count))) == []
    assert cost(parse(build_folders_query("ReleaseFolders", count)), {})[0] == 1


@pytest.mark.parametrize("count", [1, 60])
def test_query_for_changed_files_fits_the_schema_and_costs_a_point(count: int) -> None:
    assert validate(schema(), parse(build_changed_files_query(count))) == []
    assert cost(parse(build_changed_files_query(count)), {})[0] == 1


@pytest.mark.parametrize("count", [1, 40])
def test_query_for_histories_of_files_fits_the_schema_and_costs_a_point(count: int) -> None:
    assert validate(schema(), parse(build_path_histories_query(count))) == []
    assert cost(parse(build_path_histories_query(count)), {})[0] == 1


@pytest.mark.parametrize(
    ("name", "variables", "points"),
    [
        ("Enum", {"n": 50, "k": 50, "r": 10, "deployments": True, "discussions": False}, 2),
        ("Enum", {"n": 50, "k": 50, "r": 10, "deployments": True, "discussions": True}, 3),
        ("EnumWithOpen", {"n": 50, "k": 10, "r": 10, "o": 50, "deployments": True, "discussions": False}, 3),
        ("UpstreamBranches", {"ids": ["x"] * 5, "n": 100}, 1),
        ("RecentItems", {"ids": ["x"] * 100}, 1),
        ("Commits", {"ids": ["x"] * 20, "n": 50, "past": False}, 10),
        ("Commits", {"ids": ["x"] * 20, "n": 50, "past": True}, 11),
        ("Commits", {"ids": ["x"] * 38, "n": 20, "past": False}, 8),
        ("Commits", {"ids": ["x"] * 29, "n": 30, "past": False}, 9),
        ("Items", {"ids": ["x"] * 22}, 2),
        ("ReleaseTrees", {"ids": ["x"] * 22}, 1),
    ],
)
def test_full_request_costs_what_the_plan_says(name: str, variables: dict[str, object], points: int) -> None:
    found, nodes = cost(parse(QUERIES[name]), variables)
    assert found == points
    assert nodes < NODE_LIMIT / 20


@pytest.mark.parametrize(("name", "points"), [("MorePullRequests", 1), ("MoreIssues", 1), ("MoreCommits", 10)])
def test_ten_follow_ups_in_one_request_cost_what_the_plan_says(name: str, points: int) -> None:
    assert cost(parse(build_next_page_query(name, 10)), {"n": 100})[0] == points


def test_price_is_that_of_github_s_own_example() -> None:
    text = """query { viewer { repositories(first: 100) { edges { node { issues(first: 50) { edges { node {
        labels(first: 60) { edges { node { name } } } } } } } } } } }"""
    assert cost(parse(text), {})[0] == 51
