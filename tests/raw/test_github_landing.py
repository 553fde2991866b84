"""Landing of GitHub commits: with the merge that brought them, from the data of one sweep."""

from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.raw.github.landing import GraphCommit, add_landings, find_landing_commits
from sparky_assets.raw.tables import COMMITS, PULL_REQUESTS

START = datetime(2025, 11, 10, tzinfo=UTC)


def graph_of(**parents: str) -> dict[str, GraphCommit]:
    """Return a graph in which each commit, an hour after the one before, names its parents."""
    return {
        sha: GraphCommit(START + timedelta(hours=number), names.split())
        for number, (sha, names) in enumerate(parents.items())
    }


def test_commits_of_a_merge_land_with_it() -> None:
    graph = graph_of(base="old", side1="base", side2="side1", direct="base", merge="direct side2", head="merge")
    assert find_landing_commits(graph, "head", ()) == {
        "base": "base", "direct": "direct", "merge": "merge", "head": "head", "side1": "merge", "side2": "merge",
    }  # fmt: skip


def test_chain_beside_the_line_is_kept_with_its_own_dates() -> None:
    graph = graph_of(base="old", merge="base other", later="base")
    landed_by = find_landing_commits(graph, "not read", {"merge"})
    assert landed_by == {"base": "base", "merge": "merge", "later": "later"}


def test_chain_that_a_wrong_clock_cut_off_is_kept() -> None:
    graph = graph_of(first="old", second="first", head="the commit between is dated elsewhere")
    assert find_landing_commits(graph, "head", ()) == {"first": "first", "second": "second", "head": "head"}


def test_rows_get_the_instant_of_their_merge() -> None:
    values = [("side", START, ["base"]), ("merge", START + timedelta(days=9), ["base", "side"])]
    commits = pl.DataFrame(
        [
            {"repository": "acme/tool", "sha": sha, "committed_at": at, "parents": parents}
            for sha, at, parents in values
        ],
        schema=dict(COMMITS.columns),
    )
    rows = add_landings(commits, PULL_REQUESTS.make_empty(), {"acme/tool": "merge"})
    assert rows.select("sha", "landed_at", "landed_by").rows() == [
        ("side", START + timedelta(days=9), "merge"), ("merge", START + timedelta(days=9), "merge"),
    ]  # fmt: skip


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.lists(st.sampled_from("abcdefghx"), max_size=3), min_size=1))
def test_any_answer_of_a_server_ends_and_dates_only_what_it_named(parents: dict[str, list[str]]) -> None:
    graph = {sha: GraphCommit(START, names) for sha, names in parents.items()}
    landed_by = find_landing_commits(graph, "a", {"b"})
    assert set(landed_by) | set(landed_by.values()) <= set(graph)
