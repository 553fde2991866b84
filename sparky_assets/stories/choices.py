"""Choices that an editor (a language model, a test) may make in place of the rules, and what code lets pass. Pure.

An editor chooses among spans, groups and places that the rules could have chosen, and adds no word of its own. What it
may not do is judged here: cut what strong edges join, join what no edge connects, put a minor change before a breaking
one, or push a repository out of the sections that a reader sees.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.grouping.cluster import MAX_GROUP_TITLES, MIN_STRONG_WEIGHT
from sparky_assets.stories.models import StoryEdge, StoryGroup
from sparky_assets.stories.titles.words import analyze_title

MAX_RANKED_STORIES = 20
"""Stories whose order an editor may change; the rest follows in the order of the rules."""

MIN_SHOWN_STORIES = 6
"""Stories at the top among which every repository that the rules put there keeps a story."""

SentencePlace = tuple[str, int]
"""Key of a source text, and the offset at which a sentence of it begins."""

ChangeGroups = Sequence[tuple[Sequence[ChangeRecord], tuple[StoryEdge, ...]]]


@dataclass(frozen=True)
class QuoteChoice:
    """The sentences that are quoted about a change: what changed, why, and what to do; None for no such sentence."""

    what: SentencePlace | None = None
    why: SentencePlace | None = None
    action: SentencePlace | None = None


@dataclass(frozen=True)
class StoryChoices:
    """The choices of an editor for one period; what is missing is chosen by the rules.

    Attributes:
        parts: keys of changes that are one story each; they replace the groups of the rules that hold these changes.
        order: ids of stories, the first one first.
        lead: ids of the first three stories, which come before `order`.
        quotes: choice of sentences by the key of a change.
    """

    parts: tuple[tuple[str, ...], ...] = ()
    order: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    quotes: Mapping[str, QuoteChoice] = field(default_factory=dict)


def is_news(group: StoryGroup) -> bool:
    """Return whether a group is printed as a story: it has changes and is neither housekeeping nor dependencies."""
    return bool(group.changes) and group.kind not in {"noise", "dependencies"}


# --- Groups


def judge_parts(
    groups: Sequence[Collection[str]],
    edges: Sequence[StoryEdge],
    parts: Sequence[Sequence[str]],
    titles: Mapping[str, str],
) -> str:
    """Return why a partition may not replace groups of the rules; empty if it may.

    Args:
        groups: keys of the changes of each group of the rules.
        edges: the edges between all changes.
        parts: the partition of the same keys.
        titles: titles of the changes by key.
    """
    place = {key: number for number, part in enumerate(parts) for key in part}
    keys = {key for group in groups for key in group}
    if place.keys() != keys or sum(map(len, parts)) != len(keys):
        return "it is no partition of the changes"
    rule_place = {key: number for number, group in enumerate(groups) for key in group}
    joined: dict[int, dict[str, str]] = {number: {key: key for key in part} for number, part in enumerate(parts)}
    for edge in edges:
        if edge.first not in place or edge.second not in place:
            continue
        if place[edge.first] == place[edge.second]:
            roots = joined[place[edge.first]]
            roots[_find_root(roots, edge.first)] = _find_root(roots, edge.second)
        elif edge.weight >= MIN_STRONG_WEIGHT and rule_place[edge.first] == rule_place[edge.second]:
            return "it separates changes that name each other"
    if any(len({_find_root(roots, key) for key in roots}) > 1 for roots in joined.values()):
        return "it joins changes that have nothing in common"
    for part in parts:
        size = len({analyze_title(titles[key]).key or (key,) for key in part})
        largest = max(len({analyze_title(titles[key]).key or (key,) for key in group}) for group in groups)
        if size > max(MAX_GROUP_TITLES, largest):
            return "it joins too many changes"
    return ""


def _find_root(roots: dict[str, str], key: str) -> str:
    while roots[key] != key:
        roots[key] = roots[roots[key]]
        key = roots[key]
    return key


def replace_groups(groups: ChangeGroups, edges: Sequence[StoryEdge], parts: Sequence[Sequence[str]]) -> ChangeGroups:
    """Return the groups with those that hold a change of `parts` replaced by the parts.

    The parts of a repository are used where they are a partition of whole groups that `judge_parts` lets pass; else the
    groups of the rules stay, for example because the changes differ from those that the editor saw.
    """
    records = {record.change.key: record for members, _ in groups for record in members}
    parts_by_repository: dict[str, list[Sequence[str]]] = defaultdict(list)
    for part in parts:
        if part and all(key in records for key in part):
            parts_by_repository[records[part[0]].change.repository].append(part)
    result = list(groups)
    for chosen in parts_by_repository.values():
        result = _replace_whole_groups(result, edges, chosen, records)
    return result


def _replace_whole_groups(
    groups: ChangeGroups,
    edges: Sequence[StoryEdge],
    parts: Sequence[Sequence[str]],
    records: Mapping[str, ChangeRecord],
) -> list[tuple[Sequence[ChangeRecord], tuple[StoryEdge, ...]]]:
    named = {key for part in parts for key in part}
    touched = [group for group in groups if any(record.change.key in named for record in group[0])]
    keys = [[record.change.key for record in members] for members, _ in touched]
    titles = {key: records[key].change.title for group in keys for key in group}
    if judge_parts(keys, edges, parts, titles):
        return list(groups)
    added: list[tuple[Sequence[ChangeRecord], tuple[StoryEdge, ...]]] = []
    for part in parts:
        members = [records[key] for key in part]
        members.sort(key=lambda record: (record.change.landed_at, record.change.key))
        added.append((members, tuple(edge for edge in edges if edge.first in part and edge.second in part)))
    return [*(group for group in groups if group not in touched), *added]


# --- Order


def arrange_stories(groups: Sequence[StoryGroup], choices: StoryChoices) -> tuple[StoryGroup, ...]:
    """Return the stories in the chosen order, as far as it is allowed; each story once.

    A chosen order counts among stories of the same place (security, breaking, … ), and only as far as every repository
    that the rules show at the top stays there.
    """
    if not choices.order and not choices.lead:
        return tuple(groups)
    news = [group for group in groups if is_news(group)][:MAX_RANKED_STORIES]
    positions = {name: number for number, name in enumerate(dict.fromkeys((*choices.lead, *choices.order)))}
    rule_order = {group.id: number for number, group in enumerate(news)}

    def get_order(group: StoryGroup) -> tuple[float, int, int]:
        return group.rank[0], positions.get(group.id, len(positions) + MAX_RANKED_STORIES), rule_order[group.id]

    arranged = _keep_repositories(sorted(news, key=get_order), news)
    replaced = iter(arranged)
    moved = {group.id for group in news}
    ordered = [next(replaced) if group.id in moved else group for group in groups]
    return tuple(_correct_first_reason(ordered, groups))


def _keep_repositories(chosen: Sequence[StoryGroup], by_rules: Sequence[StoryGroup]) -> list[StoryGroup]:
    """Return the chosen order with every repository that the rules show at the top shown at the top.

    A story of a missing repository takes the place of the last story there whose repositories all have another one.
    """
    top, rest = list(chosen[:MIN_SHOWN_STORIES]), list(chosen[MIN_SHOWN_STORIES:])
    for group in by_rules[:MIN_SHOWN_STORIES]:
        if set(group.repositories) <= {name for shown in top for name in shown.repositories}:
            continue
        replaceable = [
            shown
            for shown in top
            if shown.rank[0] >= group.rank[0]
            and set(shown.repositories)
            <= {name for other in (*top, group) if other is not shown for name in other.repositories}
        ]
        if not replaceable:
            return list(by_rules)
        place = top.index(replaceable[-1])
        rest.remove(group)
        rest.insert(0, top[place])
        top[place] = group
    place_order = {group.id: number for number, group in enumerate((*top, *rest))}
    return sorted((*top, *rest), key=lambda group: (group.rank[0], place_order[group.id]))


def _correct_first_reason(ordered: list[StoryGroup], by_rules: Sequence[StoryGroup]) -> list[StoryGroup]:
    """Say why the first story is the first one, where that is not the first one of the rules."""
    if not ordered or ordered[0].id == by_rules[0].id:
        return ordered
    former = next(number for number, group in enumerate(ordered) if group.id == by_rules[0].id)
    reasons = by_rules[0].reasons
    plain = reasons[0].removeprefix("first because ").replace("first by its points", "by its points")
    ordered[former] = ordered[former].model_copy(update={"reasons": (plain, *reasons[1:])})
    ordered[0] = ordered[0].model_copy(update={"reasons": ("first because the model chose it", *ordered[0].reasons)})
    return ordered
