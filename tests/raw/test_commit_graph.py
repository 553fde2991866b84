"""What merges brought: beside their own line, whichever branch that is, and however history winds."""

from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.raw.commit_graph import ParentsByCommit, commits_merged_by


def brought(merges: str, **parents: str) -> dict[str, str]:
    """By commit the merge that brought it; a letter is a commit, `c="ab"` one with parents a and b."""
    graph = {("acme/tool", name): tuple(above) for name, above in parents.items()}
    return {key[1]: merge[1] for key, merge in commits_merged_by([("acme/tool", name) for name in merges], graph)}


def test_a_merge_brought_what_its_branch_holds() -> None:
    assert brought("m", a="", b="a", c="b", m="ac") == {"b": "m", "c": "m"}


def test_a_merge_into_a_stable_branch_brought_nothing_that_was_there_before() -> None:
    # main: a, M. stable: a, s, p (merges f), merged into main by M, which no pull request names.
    assert brought("p", a="", s="a", t="s", f="t", p="tf", x="a", M="xp") == {"f": "p"}


def test_a_branch_that_took_in_the_main_line_brought_nothing_of_it() -> None:
    assert brought("m", a="", b="a", s="a", c="sb", m="bc") == {"s": "m", "c": "m"}


def test_what_two_merges_reach_was_brought_by_the_first() -> None:
    assert brought("mn", a="", s="a", t="s", m="as", n="mt") == {"s": "m", "t": "n"}


def test_parents_outside_of_the_window_end_the_walk() -> None:
    assert brought("m", b="z", m="yb") == {"b": "m"}


@st.composite
def graphs(draw: st.DrawFn) -> ParentsByCommit:
    """Commits 0 … n, each with up to three parents before it, or after it: a broken store may hold circles."""
    size = draw(st.integers(1, 12))
    names = st.integers(0, size + 1)  # some of which are not there
    return {("r", str(one)): tuple(map(str, draw(st.lists(names, max_size=3)))) for one in range(size)}


@given(graphs(), st.data())
def test_it_is_what_a_plain_walk_finds_and_it_ends(graph: ParentsByCommit, data: st.DataObject) -> None:
    merges = data.draw(st.lists(st.sampled_from(sorted(graph)), unique=True))
    expected: dict[tuple[str, str], tuple[str, str]] = {}
    for merge in merges:
        line, at = [], merge
        while at in graph and at not in line:
            line.append(at)
            at = ("r", graph[at][0] if graph[at] else "")
        if at in line:  # a circle has no line
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
