"""Edges between changes: why two changes belong together, with a weight and a written reason (EDITORIAL.md, page 3).

A strong reason (a number, a revert, an equal title) joins by itself. Weak ones (a common path, two adjacent words, the
same person) add up. Every index is inverted and its long lists are skipped, so that time grows with the number of
changes and not with the number of pairs.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import combinations

from sparky_assets.insights.reverts import find_taken_back_changes
from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.grouping.edge_reasons import (
    PUSH_DAYS,
    REPAIR_DAYS,
    ChangeNode,
    EdgeReason,
    call_change,
    connect_all,
    connect_to_first,
    is_comparable,
    is_same_person,
    says_when,
)
from sparky_assets.stories.grouping.path_edges import find_path_reasons, select_paths
from sparky_assets.stories.grouping.title_edges import (
    MAX_RARE_TITLES,
    MAX_SAME_CLASS,
    find_equal_titles,
    find_name_families,
    find_rare_identifiers,
    find_same_class,
    find_same_subject,
)
from sparky_assets.stories.models import StoryEdge
from sparky_assets.stories.titles.words import analyze_title, is_telling
from sparky_assets.text.paths import is_ci_path, is_noise_path

MIN_EDGE_WEIGHT = 0.5
"""Pairs whose reasons weigh less are not joined."""

MIN_FOLLOWED_REPOSITORIES = 3
"""Repositories that must have made two changes alike before the two changes belong together by that."""

MAX_SHARED_TITLES = 200
"""Titles that several repositories share; more of them are not compared with each other."""

MAX_NAMED_CHANGES = 6
"""A message that names more changes of the period is a list of them, for example of a release."""

BRANCH_WEIGHT = 0.5
"""Weight of a landing in the same second of changes with a common word; alone it does not join. A branch may hold
several changes: one of alertmanager had an index of routes and another lock."""

MAX_BRANCH_COMMITS = 30
"""Commits of one second of which more are an import of a history, and no branch."""

EdgeFinder = Callable[[Sequence[ChangeNode]], Iterator[EdgeReason]]


def find_edges(records: Sequence[ChangeRecord], noted: Iterable[EdgeReason] = ()) -> tuple[StoryEdge, ...]:
    """Return the edges between changes whose reasons together weigh at least `MIN_EDGE_WEIGHT`, the heaviest first.

    Updates of dependencies have no edges by their titles and paths: they are one story of their own.

    Args:
        records: the changes of a period.
        noted: reasons that other records give: `connect_noted` makes those of release notes.
    """
    nodes = [
        ChangeNode(
            record,
            analyze_title(record.change.title),
            select_paths(record.change),
            record.change,
            record.change.key,
        )
        for record in sorted(records, key=lambda record: (record.change.landed_at, record.change.key))
    ]
    reasons: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    found = [finder(nodes) for finder in EDGE_FINDERS]
    found.append(iter(noted))
    for edges_found in found:
        for edge in edges_found:
            if edge.first != edge.second:
                pair = (min(edge.first, edge.second), max(edge.first, edge.second))
                reasons[pair][edge.reason] = max(edge.weight, reasons[pair].get(edge.reason, 0.0))
    # What came and went is a story of its own: with what stayed it would read as if it were there.
    taken_back = find_taken_back_changes(record.change for record in records)
    edges = []
    for (first, second), by_reason in reasons.items():
        if (first in taken_back) != (second in taken_back):
            continue
        weight = round(min(sum(by_reason.values()), 1.0), 3)
        if weight >= MIN_EDGE_WEIGHT:
            written = sorted(by_reason, key=lambda reason: (-by_reason[reason], reason))
            edges.append(StoryEdge(first=first, second=second, weight=weight, reason="; ".join(written)))
    return tuple(sorted(edges, key=lambda edge: (-edge.weight, edge.first, edge.second)))


def _find_named(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    by_number = {(node.change.repository.lower(), node.change.number): node for node in nodes if node.change.number}
    for node in nodes:
        repository = node.change.repository.lower()
        own = [by_number.get((repository, number)) for number in node.change.references]
        other = [by_number.get((name.lower(), number)) for name, number in node.record.named_elsewhere]
        named = [target for target in (*own, *other) if target is not None and target.key != node.key]
        is_list = node.change.noise == "changelog" and len(named) > 1
        if node.change.noise == "version_bump" or is_list or len(named) > MAX_NAMED_CHANGES:
            continue
        for target in named:
            yield EdgeReason(
                node.key, target.key, 0.9, f"{call_change(node.change)} names {call_change(target.change)}"
            )


def _find_reverts_and_picks(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    by_key = {node.key: node for node in nodes}
    by_sha: dict[str, ChangeNode] = {}
    by_title: dict[tuple[str, tuple[str, ...]], ChangeNode] = {}
    for node in nodes:
        by_sha.setdefault(node.change.sha[:7], node)
        by_title.setdefault((node.change.repository, node.words.key), node)
    for node in nodes:
        for sha in node.record.named_shas:
            target = by_sha.get(sha[:7])
            if target and target.change.sha.startswith(sha):
                yield EdgeReason(
                    node.key,
                    target.key,
                    1.0,
                    f"{call_change(node.change)} names the commit of {call_change(target.change)}",
                )
        reverted = node.change.reverts or ""
        title_key = analyze_title(reverted.removeprefix("title:")).key
        target = by_key.get(reverted) or (
            by_title.get((node.change.repository, title_key)) if reverted.startswith("title:") else None
        )
        if target:
            yield EdgeReason(
                node.key, target.key, 1.0, f"{call_change(node.change)} takes back {call_change(target.change)}"
            )


def _find_landed_together(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    """Yield the commits that one person landed in one second: a branch of several commits that was rebased.

    A pull request that is rebased keeps its commits, whose committer dates become one, and loses its number.
    """
    landed: dict[tuple[str, str, datetime], list[ChangeNode]] = defaultdict(list)
    for node in nodes:
        change = node.change
        if change.number is None and change.author_key and not change.is_bot and is_comparable(node):
            landed[change.repository, change.author_key, change.landed_at].append(node)
    for group in landed.values():
        if len(group) > MAX_BRANCH_COMMITS:
            continue
        for first, second in combinations(group, 2):
            if first.words.telling & second.words.telling:
                yield EdgeReason(first.key, second.key, BRANCH_WEIGHT, "one person landed both in the same second")


def _find_same_issue(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    changes = {(node.change.repository, node.change.number) for node in nodes if node.change.number}
    closing: dict[tuple[str, int], list[ChangeNode]] = defaultdict(list)
    naming: dict[tuple[str, int], list[ChangeNode]] = defaultdict(list)
    for node in nodes:
        for number in node.change.closes:
            closing[node.change.repository, number].append(node)
        for number in node.change.references:
            if (node.change.repository, number) not in changes:
                naming[node.change.repository, number].append(node)
    for (_, number), group in closing.items():
        yield from connect_to_first(group, 0.9, f"both close #{number}")
    for (_, number), group in naming.items():
        if 2 <= len(group) <= MAX_RARE_TITLES:
            yield from connect_all(group, 0.35, f"both name #{number}")


def connect_noted(items: Iterable[Iterable[str]]) -> Iterator[EdgeReason]:
    """Yield the reasons of release notes: the changes that one item names belong together.

    Args:
        items: the keys of the changes that each item names; an item that names many is a list of everything.
    """
    for item in items:
        keys = sorted(set(item))
        if 2 <= len(keys) <= MAX_NAMED_CHANGES:
            yield from (EdgeReason(keys[0], key, 0.9, "one item of the release notes names both") for key in keys[1:])


def _find_same_milestone(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    """Yield changes of one milestone, as a second reason. One of a version or a date says when, and not what."""
    by_milestone: dict[tuple[str, str], list[ChangeNode]] = defaultdict(list)
    for node in nodes:
        milestone = node.change.milestone
        if milestone and is_comparable(node) and not says_when(milestone):
            by_milestone[node.change.repository, milestone].append(node)
    for (_, milestone), group in by_milestone.items():
        if 2 <= len(group) <= MAX_SAME_CLASS:
            yield from connect_all(group, 0.3, f"both are in the milestone “{milestone}”")


def _find_same_tracker(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    """Yield changes with one tracker id. It needs a second signal, since two plans may use one id twice."""
    by_tracker: dict[tuple[str, str], list[ChangeNode]] = defaultdict(list)
    for node in nodes:
        for tracker in node.change.trackers:
            by_tracker[node.change.repository.partition("/")[0], tracker].append(node)
    for (_, tracker), group in by_tracker.items():
        if 2 <= len(group) <= MAX_SAME_CLASS:
            yield from connect_all(group, 0.4, f"both name {tracker}")
            for first, second in combinations(group, 2):
                close = abs(second.change.landed_at - first.change.landed_at) <= PUSH_DAYS
                if close and is_same_person(first, second) and first.change.repository == second.change.repository:
                    yield EdgeReason(first.key, second.key, 0.1, "same person within days")


def _find_shared_follow_ups(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    """Yield changes of a repository whose titles, files and order at least three repositories have.

    All of five actions moved to uv, and all five changed the same file a week later: that is one story. The fix of an
    advisory is a story of its own.
    """
    by_title: dict[tuple[str, ...], dict[str, ChangeNode]] = defaultdict(dict)
    for node in nodes:
        if is_telling(node.words) and not node.change.is_bot and not node.record.signals.security_ids:
            by_title[node.words.key].setdefault(node.change.repository, node)
    shared = {key: own for key, own in by_title.items() if len(own) >= MIN_FOLLOWED_REPOSITORIES}
    if len(shared) > MAX_SHARED_TITLES:
        return
    for first_key, second_key in combinations(shared, 2):
        earlier, later = shared[first_key], shared[second_key]
        pairs = [
            (earlier[repository], later[repository])
            for repository in earlier.keys() & later.keys()
            if _changes_again(earlier[repository], later[repository])
        ]
        if len(pairs) >= MIN_FOLLOWED_REPOSITORIES:
            reason = f"{len(pairs)} repositories changed the same files again"
            yield from (EdgeReason(first.key, second.key, 0.9, reason) for first, second in pairs)


def _changes_again(first: ChangeNode, second: ChangeNode) -> bool:
    """Return whether two changes of one person within days share a file and a word that is not generic."""
    is_close = abs(second.change.landed_at - first.change.landed_at) <= REPAIR_DAYS
    paths = {path for path in first.change.paths if not is_noise_path(path) and not is_ci_path(path)}
    shares_path = not paths.isdisjoint(second.change.paths)
    return (
        is_close and shares_path and is_same_person(first, second) and bool(first.words.telling & second.words.telling)
    )


EDGE_FINDERS: tuple[EdgeFinder, ...] = (
    _find_named,
    _find_reverts_and_picks,
    _find_landed_together,
    find_path_reasons,
    _find_same_issue,
    _find_same_milestone,
    find_equal_titles,
    find_rare_identifiers,
    find_same_class,
    find_name_families,
    find_same_subject,
    _find_same_tracker,
    _find_shared_follow_ups,
)
