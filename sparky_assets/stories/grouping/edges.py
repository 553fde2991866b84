"""Edges between changes: why two changes belong together, with a weight and a written reason (EDITORIAL.md, page 3).

A strong reason (a number, a revert, an equal title) joins by itself. Weak ones (a common path, two adjacent words, the
same person) add up. Every index is inverted and its long lists are skipped, so that time grows with the number of
changes and not with the number of pairs.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import combinations
from typing import TypeVar

from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.grouping.edge_reasons import (
    PUSH_DAYS,
    REPAIR_DAYS,
    SAME_TITLE_DAYS,
    ChangeNode,
    EdgeReason,
    call_change,
    connect_all,
    connect_to_first,
    is_comparable,
    is_same_person,
    list_name_families,
    may_be_printed,
    says_when,
)
from sparky_assets.stories.grouping.path_edges import find_path_reasons, select_paths
from sparky_assets.stories.models import StoryEdge
from sparky_assets.stories.title_words import analyze_title, find_plain_words, is_generic_phrase, is_telling
from sparky_assets.text.paths import is_ci_path, is_docs_path, is_noise_path
from sparky_assets.text.words import short_name

MIN_EDGE_WEIGHT = 0.5
"""Pairs whose reasons weigh less are not joined."""

MAX_RARE_TITLES = 7
"""An identifier in more titles of the period is a common word."""


MIN_FOLLOWED_REPOSITORIES = 3
"""Repositories that must have made two changes alike before the two changes belong together by that."""

MAX_SHARED_TITLES = 200
"""Titles that several repositories share; more of them are not compared with each other."""

MAX_NAMED_CHANGES = 6
"""A message that names more changes of the period is a list of them, for example of a release."""

MIN_SAME_CLASS = 3

MAX_SAME_CLASS = 12

MIN_SUBJECT_SHARE = 0.75
"""Share of the changes with a word in their titles that one person must have made: then it is what they worked on."""


NAME_DAYS, FAR_APART_WEIGHT = timedelta(days=7), 0.1
"""What a name in two titles weighs less if two people wrote them more than these days apart."""

SAME_PERSON_WEIGHT = 0.22
"""Weight of one person within days, beside something rare that both titles hold."""


BRANCH_WEIGHT = 0.5
"""Weight of a landing in the same second of changes with a common word; alone it does not join. A branch may hold
several changes: one of alertmanager had an index of routes and another lock."""

MAX_BRANCH_COMMITS = 30
"""Commits of one second of which more are an import of a history, and no branch."""


NEAR_TITLE_SHARE = 0.75
"""Share of common words from which two titles are near-equal."""

MAX_NEAR_POSTINGS = 60

_UNIFIED = re.compile(r"[^\w.]|_")
"""What separates the words of an identifier: `into_sqlite`, `into-sqlite` and `into sqlite` are one name."""

FAMILY_WEIGHT = 0.9

_CLASS_PATTERNS = (
    ("performance", re.compile(r"\b(?:optimi[sz]\w*|faster|speed ?up|performance|perf)\b", re.IGNORECASE)),
    ("panic", re.compile(r"\b(?:panic\w*|crash\w*|segfault\w*|overflow\w*|deadlock\w*)\b", re.IGNORECASE)),
)


ItemT = TypeVar("ItemT", bound=Hashable)


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
    edges = []
    for (first, second), by_reason in reasons.items():
        weight = round(min(sum(by_reason.values()), 1.0), 3)
        if weight >= MIN_EDGE_WEIGHT:
            written = sorted(by_reason, key=lambda reason: (-by_reason[reason], reason))
            edges.append(StoryEdge(first=first, second=second, weight=weight, reason="; ".join(written)))
    return tuple(sorted(edges, key=lambda edge: (-edge.weight, edge.first, edge.second)))


# --- 1: one message names the other; reverts, cherry-picks, backports


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


# --- 2: commits of one branch that was rebased


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


# --- 3: the same issue


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


# --- 4: equal and near-equal titles


def _find_equal_titles(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    by_key: dict[tuple[str, ...], list[ChangeNode]] = defaultdict(list)
    for node in nodes:
        if is_comparable(node) and is_telling(node.words):
            by_key[node.words.key].append(node)
    for group in by_key.values():
        first = group[0]
        for node in group[1:]:
            same_place = is_same_person(first, node) or first.change.repository == node.change.repository
            if same_place or len(node.words.key) >= 4:
                yield EdgeReason(first.key, node.key, 1.0, "equal titles")
    yield from _find_near_titles([group[0] for group in by_key.values()])


def _find_near_titles(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    """Yield near-equal titles. Titles that share three of four words share one of their rarest words."""
    frequency: dict[str, int] = defaultdict(int)
    for node in nodes:
        for word in node.words.key:
            frequency[word] += 1
    postings: dict[str, list[ChangeNode]] = defaultdict(list)
    for node in nodes:
        size = len(node.words.key)
        rare_first = sorted(node.words.key, key=lambda word: (frequency[word], word))
        candidates: dict[str, ChangeNode] = {}
        for word in rare_first[: size - int(NEAR_TITLE_SHARE * size - 1e-9)]:
            if len(postings[word]) < MAX_NEAR_POSTINGS:
                candidates |= {other.key: other for other in postings[word]}
                postings[word].append(node)
        own = set(node.words.key)
        for other in candidates.values():
            theirs = set(other.words.key)
            share = len(own & theirs) / len(own | theirs)
            if share >= NEAR_TITLE_SHARE and _is_near(node, other, own ^ theirs):
                yield EdgeReason(other.key, node.key, 0.7, "near-equal titles")


def _is_near(first: ChangeNode, second: ChangeNode, differing: set[str]) -> bool:
    """Return False if each title has an identifier or a number of its own: they are about two things."""
    has_numbers = any(word.isdigit() for word in differing)
    same_place = first.change.repository == second.change.repository or is_same_person(first, second)
    return (
        same_place
        and not _have_own_names(first, second)
        and not has_numbers
        and bool(first.words.telling & second.words.telling)
    )


def _have_own_names(first: ChangeNode, second: ChangeNode) -> bool:
    """Return whether each of two titles holds an identifier that the other lacks."""
    only_first = first.words.identifiers - second.words.identifiers
    only_second = second.words.identifiers - first.words.identifiers
    return bool(only_first) and bool(only_second)


# --- 6: rare identifiers


def _find_rare_identifiers(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    comparable = [node for node in nodes if is_comparable(node)]
    names = (_UNIFIED.sub(" ", name).strip() for node in comparable for name in node.words.identifiers)
    written = frozenset(name for name in names if not is_generic_phrase(name))
    # Of several shared names and word pairs only the heaviest counts: a run of words would add up to a strong reason.
    best: dict[tuple[str, str], EdgeReason] = {}
    for edge in (*_find_shared_names(comparable, written), *_find_shared_pairs(comparable)):
        key = (edge.first, edge.second)
        if key not in best or edge.weight > best[key].weight:
            best[key] = edge
    by_key = {node.key: node for node in comparable}
    for edge in best.values():
        yield edge
        first, second = by_key[edge.first], by_key[edge.second]
        is_close = second.change.landed_at - first.change.landed_at <= SAME_TITLE_DAYS
        # Two options of one command have their own names: words that both titles hold are then about the command.
        shares_name = bool(first.words.identifiers & second.words.identifiers)
        if is_same_person(first, second) and is_close and (shares_name or not _have_own_names(first, second)):
            yield EdgeReason(edge.first, edge.second, SAME_PERSON_WEIGHT, "same person within days")


def _find_shared_names(nodes: Sequence[ChangeNode], written: frozenset[str]) -> Iterator[EdgeReason]:
    for name, group, titles in _select_rare(
        (node, name) for node in nodes for name in _list_identifiers(node, written)
    ):
        # A plain word in code marks (`join`) is often the name of something large: it needs a second reason.
        weight = (0.56 if name.isalpha() else 0.66) - 0.04 * titles
        yield from _connect_rare(group, weight, f"both titles hold `{name}`")


def _find_shared_pairs(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    for pair, group, titles in _select_rare((node, pair) for node in nodes for pair in node.words.pairs):
        is_telling_pair = set(pair) <= group[0].words.telling
        weight = (0.52 if is_telling_pair else 0.37) - 0.04 * titles
        yield from _connect_rare(group, weight, f"both titles hold “{' '.join(pair)}”")


def _list_identifiers(node: ChangeNode, written: frozenset[str]) -> Iterator[str]:
    """Yield the identifiers of a title, in one spelling, and its plain words that another title writes as code.

    The name of the project is none of them: all its changes are about it.
    """
    own = {_UNIFIED.sub(" ", name).strip() for name in node.words.identifiers}
    words = _UNIFIED.sub(" ", node.change.title.lower()).split()
    phrases = {" ".join(words[start : start + size]) for size in (1, 2, 3) for start in range(len(words) - size + 1)}
    project = _UNIFIED.sub(" ", short_name(node.change.repository).lower()).strip()
    yield from sorted((own | (phrases & written)) - {project})


def _select_rare(items: Iterable[tuple[ChangeNode, ItemT]]) -> Iterator[tuple[ItemT, list[ChangeNode], int]]:
    """Yield what at least two and at most `MAX_RARE_TITLES` different titles share, with its changes."""
    by_item: dict[ItemT, list[ChangeNode]] = defaultdict(list)
    for node, item in items:
        by_item[item].append(node)
    for item, group in by_item.items():
        titles = len({node.words.key for node in group})
        if 2 <= titles <= MAX_RARE_TITLES and len(group) <= 3 * MAX_RARE_TITLES:
            yield item, group, titles


def _connect_rare(group: Sequence[ChangeNode], weight: float, reason: str) -> Iterator[EdgeReason]:
    """Connect changes of one repository, or of one person in several repositories.

    Two people who write a name in different weeks need a second reason: every project has names that it always writes.
    Documentation alone follows what it is about within days.
    """
    for first, second in combinations(group, 2):
        apart = second.change.landed_at - first.change.landed_at
        if apart > PUSH_DAYS and (_is_documentation(first) or _is_documentation(second)):
            continue
        by_one_person = is_same_person(first, second)
        if first.change.repository == second.change.repository or by_one_person:
            is_far = not by_one_person and apart > NAME_DAYS
            yield EdgeReason(first.key, second.key, weight - FAR_APART_WEIGHT if is_far else weight, reason)


def _is_documentation(node: ChangeNode) -> bool:
    return bool(node.change.paths) and all(map(is_docs_path, node.change.paths))


# --- 7: one person, one class


def _find_same_class(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    by_class: dict[tuple[str, str, str], list[ChangeNode]] = defaultdict(list)
    for node in nodes:
        if node.change.is_bot or not node.change.author_key or not is_comparable(node):
            continue
        kind = "performance" if node.change.type == "perf" else _find_class(node.change.title)
        if kind:
            by_class[node.change.repository, node.change.author_key, kind].append(node)
    for (_, _, kind), group in by_class.items():
        if MIN_SAME_CLASS <= len(group) <= MAX_SAME_CLASS:
            yield from connect_to_first(group, 0.55, f"{len(group)} {kind} changes from one person")


def _find_class(title: str) -> str | None:
    return next((kind for kind, pattern in _CLASS_PATTERNS if pattern.search(title)), None)


def _find_name_families(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    """Yield the changes of one person about names with the same beginning: `getByRole`, `getByAltText`."""
    by_key = {node.key: node for node in nodes if is_comparable(node)}
    for family, changes in list_name_families([node.change for node in by_key.values()]).items():
        reason = f"{len(changes)} changes from one person are about names that begin with {family[-1]}"
        yield from connect_to_first([by_key[change.key] for change in changes], FAMILY_WEIGHT, reason)


def _find_same_subject(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    """Yield the changes of one person whose titles share a word that hardly any other title of the repository holds."""
    holders: dict[tuple[str, str], list[ChangeNode]] = defaultdict(list)
    printable = [node for node in nodes if may_be_printed(node.record)]
    for node in printable:
        for word in find_plain_words(node.change.title):
            holders[node.change.repository, word].append(node)
    made = Counter((node.change.repository, node.change.author_key) for node in printable)
    landed = Counter(node.change.repository for node in printable)
    for (repository, word), group in sorted(holders.items()):
        by_person: dict[str, list[ChangeNode]] = defaultdict(list)
        for node in group:
            by_person[node.change.author_key or ""].append(node)
        for person, own in by_person.items():
            titles = len({node.words.key for node in own})
            is_theirs = MIN_SAME_CLASS <= titles <= MAX_RARE_TITLES and len(own) >= MIN_SUBJECT_SHARE * len(group)
            # Who makes most changes of a repository makes most of those with any word.
            is_one_of_many = 2 * made[repository, person] <= landed[repository]
            if person and is_theirs and is_one_of_many and not own[0].change.is_bot:
                yield from connect_to_first(own, 0.55, f"{len(own)} changes from one person are about “{word}”")


# --- 8: tracker ids


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


# --- 10: several repositories changed again what they had changed alike


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
    _find_equal_titles,
    _find_rare_identifiers,
    _find_same_class,
    _find_name_families,
    _find_same_subject,
    _find_same_tracker,
    _find_shared_follow_ups,
)
