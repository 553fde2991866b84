"""What edges between changes are made from: a change with its words and paths, and one reason for an edge.

The reasons themselves are found in `edges.py` (numbers and milestones), `title_edges.py` (titles and people) and
`path_edges.py` (files and lines).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations

from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.models import Change
from sparky_assets.stories.titles.words import VERB_MARK, TitleWords, find_families, find_leading_verb

REPAIR_DAYS, PUSH_DAYS, SAME_TITLE_DAYS = timedelta(days=7), timedelta(days=3), timedelta(days=14)


@dataclass(frozen=True)
class EdgeReason:
    """One reason for which two changes belong together."""

    first: str
    second: str
    weight: float
    reason: str


@dataclass(frozen=True)
class ChangeNode:
    """A change with everything that it is compared by."""

    record: ChangeRecord
    words: TitleWords
    paths: tuple[str, ...]
    change: Change
    key: str


_UNRELATED_NOISE = frozenset(
    {"dependency", "lock_file", "version_bump", "initial", "merge", "wip", "changelog", "typo", "formatting"}
)


def is_comparable(node: ChangeNode) -> bool:
    """Return False for noise whose title and paths say nothing about other changes."""
    return node.change.noise not in _UNRELATED_NOISE


def may_be_printed(record: ChangeRecord) -> bool:
    """Return whether a story may print a change: no noise, or an update of a dependency with a section for users."""
    change = record.change
    is_for_users = record.signals.user_section_words > 0 and not change.is_bot
    return change.noise is None or (change.noise == "dependency" and is_for_users)


def is_same_person(first: ChangeNode, second: ChangeNode) -> bool:
    """Return whether two changes have one author."""
    return bool(first.change.author_key) and first.change.author_key == second.change.author_key


def connect_to_first(group: Sequence[ChangeNode], weight: float, reason: str) -> Iterator[EdgeReason]:
    """Yield the same reason between the first change of a group and each other one."""
    return (EdgeReason(group[0].key, node.key, weight, reason) for node in group[1:])


def connect_all(group: Sequence[ChangeNode], weight: float, reason: str) -> Iterator[EdgeReason]:
    """Yield the same reason between all changes of a group."""
    return (EdgeReason(first.key, second.key, weight, reason) for first, second in combinations(group, 2))


MIN_FAMILY_NAMES = 3
"""Names with the same beginning from which one person's changes of them are one story."""


MIN_VERB_TITLES = 6
"""Titles of one person with the same rare verb in front from which they are one story."""


def list_name_families(changes: Iterable[Change]) -> dict[tuple[str, str, str], list[Change]]:
    """Return the changes of one person about three or more names with the same beginning, which their titles hold.

    The key is the repository, the person and the beginning in lower case: `getby` of `getByRole` and `getByAltText`.
    Six or more titles that begin with one rare verb are such a family too: `defer …`.
    """
    holders: dict[tuple[str, str, str], list[Change]] = defaultdict(list)
    names: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for change in changes:
        if change.author_key and not change.is_bot:
            for family, (_, name) in find_families(change.title).items():
                holders[change.repository, change.author_key, family].append(change)
                names[change.repository, change.author_key, family].add(name)
            if change.noise is None and (verb := find_leading_verb(change.title)):
                key = (change.repository, change.author_key, f"{verb[0].lower()}{VERB_MARK}")
                holders[key].append(change)
                names[key].add(verb[1])
    return {
        key: group
        for key, group in holders.items()
        if len(names[key] - {""}) >= (MIN_VERB_TITLES if key[2].endswith(VERB_MARK) else MIN_FAMILY_NAMES)
    }


def call_change(change: Change) -> str:
    """Return how a reason calls a change: by its number, else by its sha."""
    return f"#{change.number}" if change.number else change.sha[:7]


_MILESTONE_TIMES = frozenset({
    "next", "backlog", "later", "future", "upcoming", "release", "soon", "triage", "someday", "current", "icebox",
})  # fmt: skip
"""Words of milestones that say when."""


def says_when(milestone: str) -> bool:
    """Return whether a milestone is a version, a date or a time, and not a plan."""
    words = milestone.lower().split()
    return any(character.isdigit() for character in milestone) or all(word in _MILESTONE_TIMES for word in words)
