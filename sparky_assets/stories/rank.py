"""Put the changes of a period in order: the place of each, and its points (EDITORIAL.md, page 3). Pure.

The first difference decides: security, breaking, blocked, then everything else by points, then dependencies and noise.
Diff size and "came as a pull request" decide nothing.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum

from sparky_assets.insights.reverts import find_taken_back_changes
from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.models import Change, StoryEdge
from sparky_assets.stories.points import (
    FOLLOW_UP_POINTS,
    TAKEN_BACK_POINTS,
    ChangePoints,
    adds_entry,
    compute_points,
)
from sparky_assets.stories.titles.parts import is_advisory_merge, split_area
from sparky_assets.text.paths import is_lock_file, is_manifest, is_of_tooling


class StoryPlace(IntEnum):
    """Place of a story in the order; the first comes first."""

    SECURITY = 1
    BREAKING = 2
    RELEASE = 3
    FAILURE = 4
    CHANGE = 5
    DEPENDENCIES = 6
    NOISE = 7


PLACE_REASONS: Mapping[StoryPlace, str] = {
    StoryPlace.SECURITY: "it closes a hole",
    StoryPlace.BREAKING: "it is breaking",
    StoryPlace.RELEASE: "it is a release",
    StoryPlace.FAILURE: "something is blocked or does not build",
    StoryPlace.CHANGE: "by its points",
    StoryPlace.DEPENDENCIES: "dependencies are one story",
    StoryPlace.NOISE: "housekeeping",
}


ITEMS_PER_HEADING = 5
"""Items of notes without headings that weigh as much as one heading: sections of changelogs have two to six."""


@dataclass(frozen=True)
class NotesSize:
    """How much the notes of a release say."""

    headings: int
    items: int

    @property
    def weight(self) -> int:
        """Return the number of headings; of notes without enough of them, how many their items would fill.

        filelock 3.30.0 has 34 items below no heading: tox 4.57.0, with two items below two, led its week.
        """
        return max(self.headings, self.items // ITEMS_PER_HEADING)


@dataclass(frozen=True)
class NoteFacts:
    """What the release notes of the period say about changes and releases.

    Attributes:
        breaking: keys of changes that a section of breaking changes names.
        named: keys of changes that notes name.
        sizes: key of a release -> how much its notes say; absent without notes.
    """

    breaking: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    sizes: Mapping[str, NotesSize] = field(default_factory=dict)


NOTED_POINTS = 4
"""Points of a change that release notes name."""


NO_ENTRY_POINTS = -2
"""Points of a change without an entry in the changelog of a repository whose changes come with entries."""
MIN_ENTRIES, MIN_ENTRY_SHARE = 4, 0.15
"""Changes with entries, and their share of those that are no housekeeping, from which a repository keeps a changelog
with its changes: of 105 in a month of jj 28 have one, and the others are for who reads its code."""


@dataclass(frozen=True)
class RankedChange:
    """A change with its place and points in the period."""

    record: ChangeRecord
    place: StoryPlace
    points: int
    own_points: ChangePoints
    """Those that it has by itself; `points` counts what the period says about it too."""
    extra_reasons: tuple[str, ...] = ()
    is_taken_back: bool = False
    """Whether it is not in place at the end of the period, or only took back what came in the period."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it has its points: what the period says first."""
        return (*self.extra_reasons, *self.own_points.reasons)

    @property
    def rule_names(self) -> frozenset[str]:
        """Names of the point rules that hold."""
        return frozenset(rule.name for rule in self.own_points.rules)


def rank_changes(
    records: Sequence[ChangeRecord], edges: Sequence[StoryEdge], notes: NoteFacts | None = None
) -> tuple[RankedChange, ...]:
    """Return the changes in order, each by itself.

    Args:
        records: the changes of a period.
        edges: the edges between them.
        notes: what release notes say; nothing by default.
    """
    facts = notes or NoteFacts()
    taken_back = find_taken_back_changes(record.change for record in records)
    follow_ups = find_follow_ups(records, edges)
    without_entry = find_changes_without_entry(records)
    ranked = []
    for record in records:
        key = record.change.key
        points = compute_points(record)
        total = points.points
        extra_reasons: list[str] = []
        for holds, extra, reason in (
            (key in taken_back, TAKEN_BACK_POINTS, "taken back within the period"),
            (key in follow_ups and key not in taken_back, FOLLOW_UP_POINTS, "follows another change of the period"),
            (key in facts.named, NOTED_POINTS, "release notes name it"),
            (
                key in without_entry and key not in facts.named,
                NO_ENTRY_POINTS,
                "no entry in a changelog that other changes add to",
            ),
        ):
            if holds:
                total += extra
                extra_reasons.insert(0, f"{reason} {extra:+d}")
        place = _find_place(record, taken_back, facts)
        ranked.append(RankedChange(record, place, total, points, tuple(extra_reasons), key in taken_back))
    return tuple(sorted(ranked, key=get_change_rank))


def find_changes_without_entry(records: Sequence[ChangeRecord]) -> set[str]:
    """Return the keys of changes that add no entry to a changelog, in repositories whose changes come with entries."""
    by_repository: dict[str, list[ChangeRecord]] = {}
    for record in records:
        if record.change.noise is None and not record.change.is_bot:
            by_repository.setdefault(record.change.repository, []).append(record)
    without: set[str] = set()
    for own in by_repository.values():
        others = [record for record in own if record.change.paths and not adds_entry(record)]
        entries = sum(map(adds_entry, own))
        if entries >= max(MIN_ENTRIES, MIN_ENTRY_SHARE * len(own)):
            without |= {record.change.key for record in others}
    return without


def rank_record(record: ChangeRecord) -> tuple[int, int]:
    """Return the place and the points of a change by its title and message alone as a sort key, smallest first.

    Nothing else is known of a commit from before the period that a release brings.
    """
    change = record.change
    plain = {"title": split_area(change.title)[1], "paths": (), "new_paths": (), "closes": ()}
    points = compute_points(replace(record, change=change.model_copy(update=plain), size=0)).points
    return _find_place(record, (), NoteFacts()), -points


def get_change_rank(ranked: RankedChange) -> tuple[int, int, float, str]:
    """Return the sort key of a change: its place, then its points, then the earlier one."""
    change = ranked.record.change
    return ranked.place, -ranked.points, change.landed_at.timestamp(), change.key


def _find_place(record: ChangeRecord, taken_back: Collection[str], notes: NoteFacts) -> StoryPlace:
    change, signals = record.change, record.signals
    if change.noise == "dependency":
        return StoryPlace.DEPENDENCIES
    if change.noise is not None:
        return StoryPlace.NOISE
    names_advisory = signals.security_ids and not change.is_bot and not _advises_on_dependency(record)
    closes_hole = signals.tells_hole and not change.is_bot and is_fix(change) and not is_of_tooling(change.paths)
    if names_advisory or closes_hole or is_advisory_merge(change.raw_title):
        return StoryPlace.SECURITY
    if change.key in taken_back:
        return StoryPlace.CHANGE
    if change.is_marked_breaking or signals.is_breaking or change.key in notes.breaking:
        return StoryPlace.BREAKING
    # A revert alone is no news: of 24 that Nushell's editors could choose they named one.
    return StoryPlace.FAILURE if signals.is_blocked and not change.is_bot else StoryPlace.CHANGE


def _advises_on_dependency(record: ChangeRecord) -> bool:
    """Return whether the advisories of a change are about a crate that it updates or replaces.

    The database of RUSTSEC lists crates, many of them as unmaintained: of five such changes Nushell's editors named
    none. A CVE or an advisory of GitHub, and an id in the title, are news.
    """
    ids = record.signals.security_ids
    is_named = any(advisory in record.change.title.upper() for advisory in ids)
    touches_manifest = any(is_lock_file(path) or is_manifest(path) for path in record.change.paths)
    return touches_manifest and not is_named and all(advisory.startswith("RUSTSEC-") for advisory in ids)


FOLLOWING_WORDS = (" repairs ", " documents `")
"""Words of the reasons of edges whose later change is about the earlier one."""


def find_follow_ups(records: Sequence[ChangeRecord], edges: Sequence[StoryEdge]) -> set[str]:
    """Return the keys of changes that name or repair an earlier change of the period."""
    position = {record.change.key: (record.change.landed_at, record.change.key) for record in records}
    follow_ups = set()
    for edge in edges:
        is_follow_up = any(word in edge.reason for word in (" names ", *FOLLOWING_WORDS))
        if is_follow_up and edge.first in position and edge.second in position:
            follow_ups.add(max(edge.first, edge.second, key=position.__getitem__))
    return follow_ups


def is_fix(change: Change) -> bool:
    """Return True for a change that its type or title calls a fix."""
    return change.type in {"fix", "bugfix", "hotfix"} or bool(re.match(r"(?i)fix(?:e[sd])?\b(?!-)", change.title))
