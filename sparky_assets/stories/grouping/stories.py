"""Build the stories of a period and put them in order; the first difference decides (EDITORIAL.md, page 3). Pure.

A story has the place of its weightiest change: security, breaking, release with notes, blocked,
then everything else by points, then dependencies and noise. Equal points are decided by breadth: repositories, changes,
people.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache

from resources.memory import pause_cycle_search
from sparky_assets.stories.areas import AreaNames, name_story_area
from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.choices import replace_groups
from sparky_assets.stories.continuing import EarlierStory, continue_stories
from sparky_assets.stories.grouping.cluster import group_changes
from sparky_assets.stories.grouping.edges import find_edges
from sparky_assets.stories.grouping.shared_words import find_shared_words, find_subject
from sparky_assets.stories.grouping.themes import find_campaigns, find_themes, names_theme
from sparky_assets.stories.models import Change, ReleaseNote, StoryEdge, StoryGroup, StoryKind
from sparky_assets.stories.rank import (
    FOLLOWING_WORDS,
    PLACE_REASONS,
    NoteFacts,
    RankedChange,
    StoryPlace,
    get_change_rank,
    is_fix,
    rank_changes,
)
from sparky_assets.text.words import pluralize

MIN_CROSS_REPOSITORIES = 3

MIN_NEW_REPOSITORY_CHANGES = 6
"""Changes of a new repository from which they are one story: fewer are stories of their own."""

MAX_BREADTH_POINTS = 6

MAX_WEIGHTIEST = 12
"""Changes of a new repository that its story may name."""

CHANGES_PER_NEW_REPOSITORY_POINT, MAX_NEW_REPOSITORY_POINTS = 4, 12
"""A new repository counts by what landed in it: the points of its best change say little about it."""

RELEASED_POINTS = 4
"""Points of a change in several repositories each of which made a release of it: it could not wait."""

MAX_REASONS = 5

CONTINUING_POINTS = 1
"""Points of a story that carries on one of an earlier period: readers know what it is about."""


@pause_cycle_search()
def build_stories(
    records: Sequence[ChangeRecord],
    releases: Sequence[ReleaseNote] = (),
    *,
    notes: NoteFacts | None = None,
    new_repositories: Collection[str] = (),
    edges: Sequence[StoryEdge] | None = None,
    parts: Sequence[Sequence[str]] = (),
    earlier: Sequence[EarlierStory] = (),
    area_names: AreaNames | None = None,
) -> tuple[StoryGroup, ...]:
    """Return the stories of a period in order. Every change is in exactly one of them.

    Args:
        records: the changes of the period.
        releases: its releases; those of one repository are one story.
        notes: what release notes say.
        new_repositories: repositories that began in the period: their changes are one story each.
        edges: the edges between the changes; by default those of `find_edges`.
        parts: keys of changes that are one story each, as an editor divided them.
        earlier: stories of the periods before, the latest period first; a story that carries on one of them says so.
        area_names: the names of folders, as the repositories have them.
    """
    edges = find_edges(records) if edges is None else edges
    ranked = {change.record.change.key: change for change in rank_changes(records, edges, notes)}
    release_ends = find_release_ends([record.change for record in records])
    divided, campaigns = _join_campaigns(_divide(records, edges, ranked, new_repositories, parts), records)
    divided, themes = _join_themes(divided)
    groups = [
        _build_group([ranked[record.change.key] for record in members], inside, release_ends, is_new_repository=is_new)
        for members, inside, is_new in divided
    ]
    groups += [_build_theme_group(words, [ranked[key] for key in keys], release_ends) for words, keys in themes]
    groups += [_build_campaign_group(words, [ranked[key] for key in keys]) for words, keys in campaigns]
    changes = {record.change.key: record.change for record in records}
    groups = [_add_area(group, changes, area_names or {}) for group in groups]
    groups += _build_release_groups(releases, notes or NoteFacts())
    if earlier:
        repaired = {record.change.key: record.repaired for record in records if record.repaired}
        groups = [_raise_continuing(group) for group in continue_stories(groups, changes, earlier, repaired)]
    ordered = sorted(groups, key=lambda group: (group.rank, group.id))
    first = [ordered[0].model_copy(update={"reasons": _say_first(ordered[0].reasons)})] if ordered else []
    return tuple(first + ordered[1:])


def _add_area(group: StoryGroup, changes: Mapping[str, Change], names: AreaNames) -> StoryGroup:
    """Return a story with the part of the repository that it is about; housekeeping is about none."""
    if group.kind in {"noise", "dependencies", "repository"}:
        return group
    area = name_story_area([changes[key] for key in group.changes], names)
    return group.model_copy(update={"area": area}) if area else group


def _raise_continuing(group: StoryGroup) -> StoryGroup:
    """Return a story with a point for carrying on an earlier one."""
    if group.continues is None:
        return group
    place, points, *rest = group.rank
    reason = f"it carries on an earlier story ({group.continues_because}) {CONTINUING_POINTS:+d}"
    return group.model_copy(
        update={
            "rank": (place, points - CONTINUING_POINTS, *rest),
            "reasons": (group.reasons[0], reason, *group.reasons[1:]),
        }
    )


def _say_first(reasons: tuple[str, ...]) -> tuple[str, ...]:
    return (
        f"first because {reasons[0]}" if not reasons[0].startswith("by its") else "first by its points",
        *reasons[1:],
    )


_Division = tuple[Sequence[ChangeRecord], tuple[StoryEdge, ...], bool]
"""The members of a story, the edges between them, and whether they are the changes of a new repository."""


def _join_themes(divided: Sequence[_Division]) -> tuple[list[_Division], list[tuple[str, list[str]]]]:
    """Return the stories that no theme holds, and the words and the keys of the changes of each theme.

    What breaks something, is from a new repository or is housekeeping is in none.
    """
    places = [
        number
        for number, (members, _, is_new) in enumerate(divided)
        if not is_new and any(record.change.noise is None for record in members) and not any(map(_breaks, members))
    ]
    themes = find_themes([divided[place][0] for place in places])
    joined = {places[number] for theme in themes for number in theme.groups}
    others = [division for number, division in enumerate(divided) if number not in joined]
    return others, [
        (theme.words, [record.change.key for number in theme.groups for record in divided[places[number]][0]])
        for theme in themes
    ]


def _join_campaigns(
    divided: Sequence[_Division], records: Sequence[ChangeRecord]
) -> tuple[list[_Division], list[tuple[str, list[str]]]]:
    """Return the stories without the changes of campaigns, and the words and the keys of the changes of each."""
    found = [(words, [record.change.key for record in members]) for words, members in find_campaigns(records)]
    joined = {key for _, keys in found for key in keys}
    if not joined:
        return list(divided), []
    left: list[_Division] = []
    for members, edges, is_new in divided:
        others = [record for record in members if record.change.key not in joined]
        inside = tuple(edge for edge in edges if not {edge.first, edge.second} & joined)
        left += [(others, inside, is_new)] if others else []
    return left, found


def _breaks(record: ChangeRecord) -> bool:
    return record.change.is_marked_breaking or record.signals.is_breaking or bool(record.signals.security_ids)


def _build_theme_group(words: str, members: Sequence[RankedChange], release_ends: Collection[str]) -> StoryGroup:
    """Return the story of a theme: the weightiest change that adds to it heads it, and the others follow in order."""
    group = _build_group(members, (), release_ends)
    ordered = sorted(members, key=lambda member: (not names_theme(member.record, words), get_change_rank(member)))
    first = next((member for member in ordered if "adds" in member.rule_names), ordered[0])
    ordered.sort(key=lambda member: member is not first)
    updates = {
        "head": ordered[0].record.change.key,
        "changes": tuple(member.record.change.key for member in ordered),
        "shared_words": words,
        "subject": "",
        "kind": "area",
    }
    return group.model_copy(update=updates)


def _build_campaign_group(words: str, members: Sequence[RankedChange]) -> StoryGroup:
    """Return the story of one thing that was done many times; it comes behind all that users meet."""
    group = _build_group(members, (), ())
    _, _, *rest = group.rank
    updates = {
        "head": members[0].record.change.key,
        "changes": tuple(member.record.change.key for member in members),
        "shared_words": words,
        "subject": "",
        "kind": "campaign",
        "rank": (float(StoryPlace.CHANGE), float(MAX_BREADTH_POINTS), *rest),
        "reasons": (f"one thing done in {pluralize(len(members), 'change')}",),
    }
    return group.model_copy(update=updates)


def _divide(
    records: Sequence[ChangeRecord],
    edges: Sequence[StoryEdge],
    ranked: Mapping[str, RankedChange],
    new_repositories: Collection[str],
    parts: Sequence[Sequence[str]],
) -> list[_Division]:
    """Return the members of each story: groups of the graph, new repositories, dependencies, and noise by class.

    The last value is whether the members are the changes of a new repository.
    """
    divided: list[_Division] = []
    pools: dict[tuple[str, str], list[ChangeRecord]] = defaultdict(list)
    sizes = Counter(record.change.repository for record in records)
    large = {name for name in new_repositories if sizes[name] >= MIN_NEW_REPOSITORY_CHANGES}
    for members, inside in replace_groups(group_changes(records, edges), edges, parts):
        repositories = {record.change.repository for record in members}
        place = min(ranked[record.change.key].place for record in members)
        only = next(iter(repositories)) if len(repositories) == 1 else ""
        if len(repositories) >= MIN_CROSS_REPOSITORIES or place is StoryPlace.SECURITY:
            divided.append((members, inside, False))
        elif only in large:
            # A repository that began in the period has no users yet: what breaks in it is a part of how it began.
            pools[only, "repository"].extend(members)
        elif StoryPlace.BREAKING <= place <= StoryPlace.FAILURE:
            divided.append((members, inside, False))
        elif place is StoryPlace.DEPENDENCIES:
            pools["", "dependencies"].extend(members)
        elif place is StoryPlace.NOISE:
            for record in members:
                pools[record.change.repository, record.change.noise or ""].append(record)
        else:
            divided.append((members, inside, False))
    return divided + [(pool, (), kind == "repository") for (_, kind), pool in sorted(pools.items())]


def _build_group(
    members: Sequence[RankedChange],
    edges: tuple[StoryEdge, ...],
    release_ends: Collection[str],
    *,
    is_new_repository: bool = False,
) -> StoryGroup:
    changes = sorted((member.record.change for member in members), key=lambda change: (change.landed_at, change.key))
    best = min(members, key=get_change_rank)
    repositories = tuple(sorted({change.repository for change in changes}))
    people = tuple(sorted({change.author for change in changes if change.author and not change.is_bot}))
    place = best.place
    if is_new_repository or (place is StoryPlace.NOISE and len(repositories) >= MIN_CROSS_REPOSITORIES):
        place = StoryPlace.CHANGE
    points = best.points
    breadth = min(MAX_BREADTH_POINTS, 2 * (len(repositories) - 1) + (len(changes) >= 3))
    attention = sum(change.reactions + change.comments for change in changes)
    breadth_reason = [f"{pluralize(len(repositories), 'repository', 'repositories')} +{breadth}"] if breadth > 1 else []
    if is_new_repository:
        points = min(MAX_NEW_REPOSITORY_POINTS, len(changes) // CHANGES_PER_NEW_REPOSITORY_POINT)
        breadth_reason = [f"a new repository with {pluralize(len(changes), 'change')} +{points}"]
    elif released := _count_releasing_repositories(changes, release_ends):
        points += RELEASED_POINTS
        breadth_reason.append(f"{released} repositories made a release of it {RELEASED_POINTS:+d}")
    return StoryGroup(
        id=f"story:{changes[0].key}",
        kind="repository" if is_new_repository else _find_kind(members, place, repositories),
        head=_find_head(members, edges).key,
        changes=tuple(change.key for change in changes),
        repositories=repositories,
        people=people,
        shared_words=find_shared_words([change.title for change in changes if not change.reverts]),
        subject=find_subject([member.record for member in members], edges),
        edges=edges,
        rank=(
            float(place),
            *map(_negate, (points + breadth, len(repositories), len(changes), len(people), attention)),
            changes[0].landed_at.timestamp(),
        ),
        reasons=(PLACE_REASONS[place], *breadth_reason, *best.reasons[:MAX_REASONS]),
        weightiest=_list_weightiest(members) if is_new_repository else (),
    )


@lru_cache(maxsize=1024)
def _negate(number: int) -> float:
    """Return a number of a sort key, the largest first. The keys of 92,000 stories hold the same few."""
    return -float(number)


def _list_weightiest(members: Sequence[RankedChange]) -> tuple[str, ...]:
    """Return the keys of the changes of a new repository that say most, the best first, housekeeping left out."""
    telling = [member for member in members if member.record.change.noise is None]
    ordered = sorted(telling, key=lambda member: (-member.points, member.record.change.landed_at))
    return tuple(member.record.change.key for member in ordered[:MAX_WEIGHTIEST])


def find_release_ends(changes: Iterable[Change]) -> frozenset[str]:
    """Return the keys of the changes that are the last of a release, housekeeping left out: it was made for them."""
    last: dict[tuple[str, str], Change] = {}
    for change in sorted(changes, key=lambda change: (change.landed_at, change.key)):
        if change.releases and change.noise is None and not change.is_bot:
            last[change.repository, change.releases[0]] = change
    return frozenset(change.key for change in last.values())


def _count_releasing_repositories(changes: Sequence[Change], release_ends: Collection[str]) -> int:
    """Return the number of repositories if there are several, and each made a release of a change; else 0."""
    repositories = {change.repository for change in changes}
    releasing = {change.repository for change in changes if change.key in release_ends}
    return len(repositories) if releasing == repositories and len(repositories) >= MIN_CROSS_REPOSITORIES else 0


def _find_kind(members: Sequence[RankedChange], place: StoryPlace, repositories: Sequence[str]) -> StoryKind:
    by_place: dict[StoryPlace, StoryKind] = {
        StoryPlace.SECURITY: "security", StoryPlace.BREAKING: "breaking", StoryPlace.FAILURE: "failure",
        StoryPlace.DEPENDENCIES: "dependencies", StoryPlace.NOISE: "noise",
    }  # fmt: skip
    if place in by_place:
        return by_place[place]
    if len(repositories) >= MIN_CROSS_REPOSITORIES:
        return "cross_repository"
    names = {name for member in members for name in member.rule_names}
    telling = [member for member in members if member.record.change.noise is None]
    if telling and all("speed" in member.rule_names for member in telling):
        return "performance"
    fixes = [member for member in telling if is_fix(member.record.change)]
    if len(telling) > 3 and len(fixes) < len(telling):
        return "area"
    return "fix" if fixes and len(fixes) == len(telling) else "feature" if "adds" in names or telling else "noise"


def _find_head(members: Sequence[RankedChange], edges: Sequence[StoryEdge]) -> Change:
    """Return the change that the most others name or repair; among equals the weightiest place, then the earliest.

    A change that was taken back heads a story only if nothing else of the story remains.
    """
    numbers = {(member.record.change.repository, member.record.change.number): member for member in members}
    landed = {
        member.record.change.key: (member.record.change.landed_at, member.record.change.key) for member in members
    }
    followers: dict[str, set[str]] = defaultdict(set)
    for member in members:
        for number in member.record.change.references:
            target = numbers.get((member.record.change.repository, number))
            if target and target is not member:
                followers[target.record.change.key].add(member.record.change.key)
    for edge in edges:
        if any(word in edge.reason for word in FOLLOWING_WORDS) and edge.first in landed and edge.second in landed:
            earlier, later = sorted((edge.first, edge.second), key=landed.__getitem__)
            followers[earlier].add(later)
    head = min(
        members,
        key=lambda member: (
            member.record.change.noise is not None,
            member.is_taken_back,
            "testing" in member.rule_names or member.record.change.holds_documents_only,
            -len(followers[member.record.change.key]),
            member.place,
            # `Make move_to_output reusable` prepares for the change that users meet.
            "restructures" in member.rule_names,
            # What its author wrote down for users is what the others are for.
            "entry" not in member.rule_names,
            member.record.change.landed_at,
            member.record.change.key,
        ),
    )
    return head.record.change


def _build_release_groups(releases: Sequence[ReleaseNote], notes: NoteFacts) -> list[StoryGroup]:
    """Return one story for the releases of each repository, headed by the latest final one."""
    by_repository: dict[str, list[ReleaseNote]] = defaultdict(list)
    for release in releases:
        by_repository[release.repository].append(release)
    groups = []
    for repository, group in sorted(by_repository.items()):
        ordered = sorted(
            group, key=lambda release: (release.is_prerelease, -release.published_at.timestamp(), release.key)
        )
        head = ordered[0]
        sizes = [notes.sizes[release.key] for release in group if release.key in notes.sizes]
        largest = max(sizes, key=lambda size: size.weight, default=None)
        place = StoryPlace.RELEASE if largest or not notes.sizes else StoryPlace.CHANGE
        reason = PLACE_REASONS[StoryPlace.RELEASE]
        weight = largest.weight if largest else 0
        if largest:
            reason = f"its notes have {pluralize(largest.headings, 'heading')}, {pluralize(largest.items, 'item')}"
        groups.append(
            StoryGroup(
                id=f"story:{min(release.key for release in group)}",
                kind="release",
                head=head.key,
                changes=(),
                repositories=(repository,),
                people=(),
                rank=(float(place), -float(weight), float(head.is_prerelease), -float(len(group)), 0.0, 0.0,
                      head.published_at.timestamp()),
                reasons=(reason,),
                releases=tuple(release.key for release in ordered),
            )
        )  # fmt: skip
    return groups
