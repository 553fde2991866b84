"""Commits that a merge brought: those outside of its own line, for any branch and any shape of history."""

from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.raw.commit_graph import ParentsByCommit, commits_merged_by


def brought(merges: str, **parents: str) -> dict[str, str]:
    """Return the merge that brought each commit. A letter is a commit, `c="ab"` one with parents a and b."""
    graph = {("acme/tool", name): tuple(above) for name, above in parents.items()}
    return {key[1]: merge[1] for key, merge in commits_merged_by([("acme/tool", name) for name in merges], graph)}


def test_merge_brought_the_commits_of_its_branch() -> None:
    assert brought("m", a="", b="a", c="b", m="ac") == {"b": "m", "c": "m"}


def test_merge_into_a_stable_branch_brought_no_earlier_commit() -> None:
    # main: a, M. stable: a, s, p (merges f), merged into main by M, which no pull request names.
    assert brought("p", a="", s="a", t="s", f="t", p="tf", x="a", M="xp") == {"f": "p"}


def test_branch_with_merges_from_main_brought_no_commit_of_main() -> None:
    assert brought("m", a="", b="a", s="a", c="sb", m="bc") == {"s": "m", "c": "m"}


def test_commit_that_two_merges_reach_was_brought_by_the_first() -> None:
    assert brought("mn", a="", s="a", t="s", m="as", n="mt") == {"s": "m", "t": "n"}


def test_parents_outside_of_the_window_end_the_walk() -> None:
    assert brought("m", b="z", m="yb") == {"b": "m"}


@st.composite
def graphs(draw: st.DrawFn) -> ParentsByCommit:
    """Draw commits 0 … n, each with up to three parents before it, or after it: a broken store may hold cycles."""
    size = draw(st.integers(1, 12))
    names = st.integers(0, size + 1)  # some of which do not exist
    return {("r", str(one)): tuple(map(str, draw(st.lists(names, max_size=3)))) for one in range(size)}


@given(graphs(), st.data())
def test_result_equals_a_plain_walk_and_the_walk_ends(graph: ParentsByCommit, data: st.DataObject) -> None:
    merges = data.draw(st.lists(st.sampled_from(sorted(graph)), unique=True))
    expected: dict[tuple[str, str], tuple[str, str]] = {}
    for merge in merges:
        line, at = [], merge
        while at in graph and at not in line:
            line.append(at)
            at = ("r", graph[at][0] if graph[at] else "")
        if at in line:  # a cycle has no line
            line = []
        reached, waiting = set(), [("r", one) for one in graph[merge][1:]]
        while waiting:
            key = waiting.pop()
            if key in graph and key not in reached and key not in line:
                reached.add(key)
                waiting += [("r", one) for one in graph[key]]
        for key in reached:
            expected.setdefault(key, merge)
    assert dict(commits_merged_by(merges, graph)) == expected
