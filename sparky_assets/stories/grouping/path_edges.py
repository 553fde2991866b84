"""Edges between changes by their files and lines: repairs, new paths, common paths (EDITORIAL.md, edges 2, 5, 9)."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations

from sparky_assets.stories.grouping.edge_reasons import (
    PUSH_DAYS,
    REPAIR_DAYS,
    ChangeNode,
    EdgeReason,
    call_change,
    connect_to_first,
    is_comparable,
    is_same_person,
)
from sparky_assets.stories.models import Change
from sparky_assets.text.paths import is_ci_path, is_common_path, is_docs_path, is_noise_path, is_test_path
from sparky_assets.text.subjects import is_repair

MAX_PATH_CHANGES = 8
"""A path that more changes touch is a hot file and joins nothing."""

MAX_COMPARED_PATHS = 40

ADDED_PATH_WEIGHT = 0.2
"""Weight of a file that the earlier change added, beside half of the paths in common."""

MIN_SMALLER_SHARE, MIN_LARGER_SHARE = 0.5, 0.2
"""Shares of the paths of the smaller and of the larger change that both must touch: a sweep over many files touches
those of changes that it has nothing to do with."""

MAX_TELLING_NEW_PATHS = 5
"""New files of a change that may say what it is about; a change with more of them is about none of them."""
MIN_NEW_PATH_REPOSITORIES = 3

DOCUMENTED_WEIGHT = 0.85
"""One commit alone brought what a change of documents alone names: they are joined before anything weaker is."""

TouchedPaths = Sequence[tuple[str, list[ChangeNode]]]
"""Paths that several changes of a repository touch, each with these changes."""

_UNRELATED_PATH_RULES = (is_noise_path, is_common_path, is_docs_path, is_test_path, is_ci_path)


def find_path_reasons(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    """Yield the reasons that files and lines give. The index of paths is built once."""
    touched = list(_index_paths(nodes))
    yield from _find_blamed_repairs(nodes)
    yield from _find_documented(nodes)
    yield from _find_repairs(touched)
    yield from _find_same_new_path(nodes)
    yield from _find_common_paths(nodes, touched)


def select_paths(change: Change) -> tuple[str, ...]:
    """Return the paths of a change that are compared: of code, in its order; none of a change of many files."""
    paths = dict.fromkeys(path for path in change.paths if _is_compared_path(path))
    return tuple(paths) if len(paths) <= MAX_COMPARED_PATHS else ()


@lru_cache(maxsize=200_000)
def _is_compared_path(path: str) -> bool:
    return not any(rule(path) for rule in _UNRELATED_PATH_RULES)


def _find_blamed_repairs(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    by_sha = {(node.change.repository, node.change.sha): node for node in nodes}
    for node in nodes:
        for sha in node.record.repaired:
            earlier = by_sha.get((node.change.repository, sha))
            if earlier and is_comparable(earlier):
                yield EdgeReason(
                    earlier.key,
                    node.key,
                    0.5,
                    f"{call_change(node.change)} repairs lines of {call_change(earlier.change)}",
                )


def _find_documented(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    """Yield that a change of documents alone documents what another change of the period brought."""
    by_sha = {(node.change.repository, node.change.sha): node for node in nodes}
    for node in nodes:
        code = node.change.documents
        earlier = by_sha.get((node.change.repository, code.sha)) if code else None
        if code and earlier and earlier is not node:
            reason = f"{call_change(node.change)} documents `{code.name}` of {call_change(earlier.change)}"
            yield EdgeReason(earlier.key, node.key, DOCUMENTED_WEIGHT, reason)


def _find_repairs(touched: TouchedPaths) -> Iterator[EdgeReason]:
    for path, touching in touched:
        for earlier, later in combinations(touching, 2):
            is_fix = is_repair(later.change.title, later.change.type)
            in_days = later.change.landed_at - earlier.change.landed_at <= REPAIR_DAYS
            shared = earlier.words.telling & later.words.telling if is_same_person(earlier, later) else ()
            if is_fix and in_days and (path in earlier.change.new_paths or shared):
                what = f"`{path}`" if path in earlier.change.new_paths else f"`{path}` and “{min(shared)}”"
                weight = 0.3 if path in earlier.change.new_paths else 0.35
                yield EdgeReason(
                    earlier.key,
                    later.key,
                    weight,
                    f"{call_change(later.change)} repairs what {call_change(earlier.change)} changed: {what}",
                )


def _find_same_new_path(nodes: Sequence[ChangeNode]) -> Iterator[EdgeReason]:
    by_path: dict[str, dict[str, ChangeNode]] = defaultdict(dict)
    for node in nodes:
        if node.change.noise in {"initial", "merge"} or len(node.change.new_paths) > MAX_TELLING_NEW_PATHS:
            continue
        for path in node.change.new_paths:
            if not (is_common_path(path) or is_noise_path(path) or is_ci_path(path)):
                by_path[path].setdefault(node.change.repository, node)
    for path, by_repository in by_path.items():
        if len(by_repository) >= MIN_NEW_PATH_REPOSITORIES:
            reason = f"{len(by_repository)} repositories got `{path}`"
            yield from connect_to_first(list(by_repository.values()), 0.7, reason)


def _find_common_paths(nodes: Sequence[ChangeNode], touched: TouchedPaths) -> Iterator[EdgeReason]:
    common: dict[tuple[str, str], list[int]] = defaultdict(list)
    added: dict[tuple[str, str], str] = {}
    by_key = {node.key: node for node in nodes}
    for path, touching in touched:
        for first, second in combinations(touching, 2):
            common[first.key, second.key].append(len(touching))
            if path in first.change.new_paths:
                added.setdefault((first.key, second.key), path)
    for (first_key, second_key), counts in common.items():
        first, second = by_key[first_key], by_key[second_key]
        sizes = sorted((len(first.paths), len(second.paths)))
        if len(counts) < MIN_SMALLER_SHARE * sizes[0] or len(counts) < MIN_LARGER_SHARE * sizes[1]:
            continue
        rarest = min(counts)
        weight = 0.3 if rarest == 2 else 0.25 if rarest <= 4 else 0.15
        weight += 0.1 if len(counts) >= 3 else 0.0
        yield EdgeReason(first_key, second_key, weight, f"{len(counts)} common paths")
        is_soon = second.change.landed_at - first.change.landed_at <= REPAIR_DAYS
        if (added_path := added.get((first_key, second_key))) and is_soon:
            yield EdgeReason(
                first_key, second_key, ADDED_PATH_WEIGHT, f"{call_change(first.change)} only added to `{added_path}`"
            )
        close = second.change.landed_at - first.change.landed_at <= PUSH_DAYS
        if is_same_person(first, second) and close:
            yield EdgeReason(first_key, second_key, 0.15, "same person within days")
        if name := _find_title_in_message(first, second) or _find_title_in_message(second, first):
            yield EdgeReason(
                first_key, second_key, 0.25, f"the title of one and the message of the other hold `{name}`"
            )
        if first.change.scope and first.change.scope == second.change.scope:
            yield EdgeReason(first_key, second_key, 0.1, f"same scope ({first.change.scope})")


def _find_title_in_message(titled: ChangeNode, other: ChangeNode) -> str | None:
    """Return an identifier of a title that the message of another change holds as a word; a plain word only as code."""
    message = other.record.message[:4000].lower()
    for name in sorted(titled.words.identifiers):
        if len(name) > 3 and name in message:
            start, end = ("`", "`") if name.isalpha() else (r"(?<![\w-])", r"(?![\w-])")
            if re.search(f"{start}{re.escape(name)}{end}", message):
                return name
    return None


def _index_paths(nodes: Sequence[ChangeNode]) -> Iterator[tuple[str, list[ChangeNode]]]:
    """Yield each path that at least two and at most `MAX_PATH_CHANGES` changes of a repository touch."""
    by_path: dict[tuple[str, str], list[ChangeNode]] = defaultdict(list)
    for node in nodes:
        if is_comparable(node):
            for path in node.paths:
                by_path[node.change.repository, path].append(node)
    for (_, path), touching in by_path.items():
        if 2 <= len(touching) <= MAX_PATH_CHANGES:
            yield path, touching
