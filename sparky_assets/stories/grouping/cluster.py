"""Group changes into stories: connected parts of the graph of edges, cut where they grow too large. Pure.

Edges are taken from the heaviest to the lightest. An edge that would make a group of more than `MAX_GROUP_TITLES`
different titles is left out, so that a large part falls apart at its weakest reasons and its most common identifiers;
changes with equal titles count once, so that a change in forty repositories is one story.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.grouping.edge_reasons import list_name_families
from sparky_assets.stories.models import StoryEdge
from sparky_assets.stories.titles.words import analyze_title

MAX_GROUP_TITLES = 12

MIN_STRONG_WEIGHT = 0.85
"""An edge of this weight joins two groups by itself: a number, a revert, an equal title, one issue."""

MAX_COMPARED_MEMBERS = 200
"""A group of more changes has equal titles in many repositories; its pairs are not counted."""

MIN_CONNECTED_SHARE = 0.34
"""Share of the pairs of two groups that edges must connect before weaker edges join the groups: a chain of weak reasons
would join the first change with one that it has nothing in common with."""


class GroupForest:
    """Disjoint groups of keys, each with the titles of its members."""

    def __init__(self, titles: Mapping[str, tuple[str, ...]]) -> None:
        self._parents = {key: key for key in titles}
        self._titles = {key: {title} for key, title in titles.items()}
        self._members = {key: [key] for key in titles}

    def find_root(self, key: str) -> str:
        """Return the key that names the group of a key."""
        root = key
        while self._parents[root] != root:
            root = self._parents[root]
        while self._parents[key] != root:
            self._parents[key], key = root, self._parents[key]
        return root

    def try_join(self, first: str, second: str) -> bool:
        """Join two groups unless they would hold too many titles. Return whether they are one group now."""
        roots = sorted((self.find_root(first), self.find_root(second)))
        if roots[0] == roots[1]:
            return True
        smaller, larger = sorted(roots, key=lambda root: (len(self._titles[root]), root))
        titles = self._titles[larger] | self._titles[smaller]
        if len(titles) > max(MAX_GROUP_TITLES, len(self._titles[larger])):
            return False
        self._parents[smaller] = larger
        self._titles[larger] = titles
        self._members[larger] += self._members.pop(smaller)
        del self._titles[smaller]
        return True

    def measure_share(self, edge: StoryEdge, neighbors: Mapping[str, set[str]]) -> float:
        """Return the share of pairs between the groups of an edge that edges connect; 1 inside one group."""
        roots = self.find_root(edge.first), self.find_root(edge.second)
        if roots[0] == roots[1]:
            return 1.0
        smaller, larger = sorted((self._members[root] for root in roots), key=len)
        if len(larger) > MAX_COMPARED_MEMBERS:
            return 1.0
        others = set(larger)
        connected = sum(len(neighbors[key] & others) for key in smaller)
        return connected / (len(smaller) * len(larger))


def group_changes(
    records: Sequence[ChangeRecord], edges: Iterable[StoryEdge]
) -> tuple[tuple[tuple[ChangeRecord, ...], tuple[StoryEdge, ...]], ...]:
    """Return the groups of changes with the edges inside each, the group with the earliest change first.

    Args:
        records: the changes of a period.
        edges: edges between them; those with other changes are ignored.
    """
    by_key = {record.change.key: record for record in records}
    titles = {key: analyze_title(record.change.title).key or (key,) for key, record in by_key.items()}
    # `Add getByRole` and `Add getByAltText` are one title with another name.
    for family, changes in list_name_families(record.change for record in by_key.values()).items():
        titles |= {change.key: family for change in changes}
    forest = GroupForest(titles)
    inside = [edge for edge in edges if edge.first in by_key and edge.second in by_key]
    ordered = sorted(inside, key=lambda edge: (-edge.weight, edge.first, edge.second))
    neighbors: dict[str, set[str]] = defaultdict(set)
    for edge in inside:
        neighbors[edge.first].add(edge.second)
        neighbors[edge.second].add(edge.first)
    for edge in ordered:
        if edge.weight >= MIN_STRONG_WEIGHT:
            forest.try_join(edge.first, edge.second)
    for edge in ordered:
        if edge.weight < MIN_STRONG_WEIGHT and forest.measure_share(edge, neighbors) >= MIN_CONNECTED_SHARE:
            forest.try_join(edge.first, edge.second)
    members: dict[str, list[ChangeRecord]] = defaultdict(list)
    for record in sorted(records, key=lambda record: (record.change.landed_at, record.change.key)):
        members[forest.find_root(record.change.key)].append(record)
    edges_by_root: dict[str, list[StoryEdge]] = defaultdict(list)
    for edge in inside:
        root = forest.find_root(edge.first)
        if root == forest.find_root(edge.second):
            edges_by_root[root].append(edge)
    return tuple((tuple(group), tuple(edges_by_root[root])) for root, group in members.items())
