"""Edges between changes by their titles: equal and near-equal ones, rare names, one person on one subject. Pure."""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import combinations
from typing import TypeVar

from sparky_assets.stories.grouping.edge_reasons import (
    PUSH_DAYS,
    SAME_TITLE_DAYS,
    ChangeNode,
    EdgeReason,
    connect_to_first,
    is_comparable,
    is_same_person,
    list_name_families,
    may_be_printed,
)
from sparky_assets.stories.titles.words import find_plain_words, is_generic_phrase, is_telling
from sparky_assets.text.paths import is_docs_path
from sparky_assets.text.words import short_name

MIN_NAME_LENGTH = 3
"""Letters of a name that two titles share: an abbreviation of two letters is about a field, and not about one thing."""
MAX_RARE_TITLES = 7
"""An identifier in more titles of the period is a common word."""

MIN_SAME_CLASS = 3

MAX_SAME_CLASS = 12

MIN_SUBJECT_SHARE = 0.75
"""Share of the changes with a word in their titles that one person must have made: then it is what they worked on."""

NAME_DAYS, FAR_APART_WEIGHT = timedelta(days=7), 0.1
"""What a name in two titles weighs less if two people wrote them more than these days apart."""

SAME_PERSON_WEIGHT = 0.22
"""Weight of one person within days, beside something rare that both titles hold."""

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


def find_equal_titles(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    """Yield changes with equal titles in one repository or of one person, then those with near-equal ones."""
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


def find_rare_identifiers(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    """Yield changes whose titles share a name or two adjacent words that few titles of the period hold."""
    comparable = [node for node in nodes if is_comparable(node)]
    names = (_UNIFIED.sub(" ", name).strip() for node in comparable for name in node.words.identifiers)
    projects = _list_project_names(comparable)
    written = frozenset(name for name in names if not is_generic_phrase(name)) - projects
    # Of several shared names and word pairs only the heaviest counts: a run of words would add up to a strong reason.
    best: dict[tuple[str, str], EdgeReason] = {}
    for edge in (*_find_shared_names(comparable, written, projects), *_find_shared_pairs(comparable)):
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


def _list_project_names(nodes: Sequence[ChangeNode]) -> frozenset[str]:
    """Return the names of the projects, and their words: `obi mcp`, `obi`, `mcp`. They say where, not what.

    Of one project with a long name its words are as rare as others: `lock` of `lock-manager`.
    """
    names = {_UNIFIED.sub(" ", short_name(node.change.repository).lower()).strip() for node in nodes}
    return frozenset(names | {word for name in names for word in name.split()} if len(names) > 1 else names)


def _find_shared_names(
    nodes: Sequence[ChangeNode], written: frozenset[str], projects: frozenset[str]
) -> Iterator[EdgeReason]:
    for name, group, titles in _select_rare(
        (node, name) for node in nodes for name in _list_identifiers(node, written, projects)
    ):
        # A plain word in code marks (`join`) is often the name of something large: it needs a second reason.
        weight = (0.56 if name.isalpha() else 0.66) - 0.04 * titles
        yield from _connect_rare(group, weight, f"both titles hold `{name}`")


def _find_shared_pairs(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    for pair, group, titles in _select_rare((node, pair) for node in nodes for pair in node.words.pairs):
        is_telling_pair = set(pair) <= group[0].words.telling
        weight = (0.52 if is_telling_pair else 0.37) - 0.04 * titles
        yield from _connect_rare(group, weight, f"both titles hold “{' '.join(pair)}”")


def _list_identifiers(node: ChangeNode, written: frozenset[str], projects: frozenset[str]) -> Iterator[str]:
    """Yield the identifiers of a title, in one spelling, and its plain words that another title writes as code.

    The name of a project is none of them: all its changes are about it. Nor is `AI` or `UI`.
    """
    own = {_UNIFIED.sub(" ", name).strip() for name in node.words.identifiers}
    own -= {name for name in own if name.isalpha() and len(name) < MIN_NAME_LENGTH}
    words = _UNIFIED.sub(" ", node.change.title.lower()).split()
    phrases = {" ".join(words[start : start + size]) for size in (1, 2, 3) for start in range(len(words) - size + 1)}
    yield from sorted((own | (phrases & written)) - projects)


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


def find_same_class(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    """Yield the changes of one person that are all about performance, or all about crashes."""
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


def find_name_families(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    """Yield the changes of one person about names with the same beginning: `getByRole`, `getByAltText`."""
    by_key = {node.key: node for node in nodes if is_comparable(node)}
    for family, changes in list_name_families([node.change for node in by_key.values()]).items():
        reason = f"{len(changes)} changes from one person are about names that begin with {family[-1]}"
        yield from connect_to_first([by_key[change.key] for change in changes], FAMILY_WEIGHT, reason)


def find_same_subject(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
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
