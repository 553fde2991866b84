"""Stories that carry on a story of an earlier period, each for a reason that a reader would accept. Pure.

The reasons, the strongest first: a change takes back, names or repairs one of the earlier story; both have one number,
close or name one issue, name one tracker id, or are in one milestone that is no date or version; the titles of both
hold the same rare identifier, and both have one author or change one file of code. One scope, folder or word is never
enough: a parser has news every week.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from sparky_assets.stories.grouping.edge_reasons import call_change, says_when
from sparky_assets.stories.grouping.path_edges import select_paths
from sparky_assets.stories.models import Change, StoryGroup
from sparky_assets.stories.titles.words import analyze_title, is_generic_phrase
from sparky_assets.text.paths import COMMON_FILE_NAMES

ContinuingKey = tuple[str, str, str]
"""Kind of what two stories share, its repository or owner, and its value."""

EarlierStory = tuple[StoryGroup, Sequence[Change]]
"""A story of an earlier period, with its changes."""

EARLIER_PERIODS = 2
"""Periods before another in which a story of it may have begun."""

MAX_EARLIER_STORIES_PER_KEY = 3
"""What more earlier stories share is no story: a plan of everything, or a template of pull requests."""

MAX_RARE_TITLES = 4
"""An identifier in more titles of all these periods is a common word."""

MILESTONE_REASON = "both are in the milestone"
"""The beginning of the weakest reason, which is none for a reader of a text."""

MIN_SHA_LENGTH = 7
"""Characters of a sha by which a message names a commit."""

_NEVER_CONTINUED = frozenset({"noise", "dependencies", "release"})


@dataclass(frozen=True)
class _Link:
    """An earlier story with the reason to carry it on."""

    story_id: str
    reason: str


def continue_stories(
    stories: Sequence[StoryGroup],
    changes: Mapping[str, Change],
    earlier: Sequence[EarlierStory],
    repaired: Mapping[str, Sequence[str]] | None = None,
) -> tuple[StoryGroup, ...]:
    """Return the stories with `continues`, the id of the latest earlier story that each carries on, and the reason.

    Args:
        stories: the stories of the period.
        changes: its changes by key.
        earlier: stories of earlier periods with their changes, the latest first.
        repaired: shas of the commits whose lines each fix changes, by the key of the fix.
    """
    by_key: dict[ContinuingKey, list[str]] = defaultdict(list)
    earlier_changes = {change.key: change for _, members in earlier for change in members}
    rare = _find_rare_identifiers((*changes.values(), *earlier_changes.values()))
    by_identifier: dict[ContinuingKey, list[tuple[str, Change]]] = defaultdict(list)
    for group, members in earlier:
        if group.kind not in _NEVER_CONTINUED:
            for key in dict.fromkeys(key for change in members for key in _list_own_keys(change)):
                by_key[key].append(group.id)
            for change in members:
                for key in _list_identifier_keys(change):
                    if key in rare:
                        by_identifier[key].append((group.id, change))
    continued = []
    for story in stories:
        members = [changes[key] for key in story.changes if key in changes]
        if story.kind in _NEVER_CONTINUED:
            members = []
        links = chain(_find_links(members, by_key, repaired or {}), _link_by_identifiers(members, by_identifier))
        link = next((link for link in links if link.story_id != story.id), None)
        update = {"continues": link.story_id, "continues_because": link.reason} if link else {}
        continued.append(story.model_copy(update=update) if update else story)
    return tuple(continued)


def _list_own_keys(change: Change) -> Iterator[ContinuingKey]:
    """Yield what a later story may find a change by."""
    repository, owner = change.repository, change.repository.partition("/")[0]
    yield "key", change.key, ""
    yield "sha", repository, change.sha[:MIN_SHA_LENGTH]
    yield "title", repository, change.raw_title.casefold()
    if change.number:
        yield "number", repository, str(change.number)
    yield from (("issue", repository, str(number)) for number in (*change.closes, *change.references))
    yield from (("tracker", owner, tracker) for tracker in change.trackers)
    if change.milestone and not says_when(change.milestone):
        yield "milestone", repository, change.milestone


def _list_reasons(
    members: Sequence[Change], repaired: Mapping[str, Sequence[str]]
) -> Iterator[tuple[ContinuingKey, str]]:
    """Yield what an earlier story may be found by, with the reason that it would be, the strongest first."""
    for change in members:
        repository, name = change.repository, call_change(change)
        if change.reverts:
            reverted = change.reverts.removeprefix("title:")
            for kind, place, value in (
                ("key", change.reverts, ""), ("title", repository, reverted.casefold()),
                ("sha", repository, reverted.rpartition("@")[2][:MIN_SHA_LENGTH]),
            ):  # fmt: skip
                yield (kind, place, value), f"{name} takes back one of its changes"
        if change.number:
            yield ("number", repository, str(change.number)), f"both are of #{change.number}"
        yield from ((("number", repository, str(number)), f"{name} names #{number}") for number in change.references)
        yield from (
            (("sha", repository, sha[:MIN_SHA_LENGTH]), f"{name} repairs {sha[:MIN_SHA_LENGTH]}")
            for sha in repaired.get(change.key, ())
        )
    for change in members:
        if change.number:
            yield ("issue", change.repository, str(change.number)), f"it names #{change.number}"
        for number in dict.fromkeys((*change.closes, *change.references)):
            yield ("issue", change.repository, str(number)), f"both name #{number}"
        for tracker in change.trackers:
            yield ("tracker", change.repository.partition("/")[0], tracker), f"both name {tracker}"
    for change in members:
        yield ("milestone", change.repository, change.milestone), f"{MILESTONE_REASON} “{change.milestone}”"


def _find_links(
    members: Sequence[Change],
    by_key: Mapping[ContinuingKey, Sequence[str]],
    repaired: Mapping[str, Sequence[str]],
) -> Iterator[_Link]:
    """Yield the earlier stories that changes carry on, the strongest reason first."""
    for key, reason in _list_reasons(members, repaired):
        yield from (_Link(story_id, reason) for story_id in _get_few(by_key, key))


def _get_few(by_key: Mapping[ContinuingKey, Sequence[str]], key: ContinuingKey) -> Sequence[str]:
    story_ids = by_key.get(key, ())
    return story_ids if len(story_ids) <= MAX_EARLIER_STORIES_PER_KEY else ()


# --- Rare identifiers


def _find_rare_identifiers(changes: Sequence[Change]) -> frozenset[ContinuingKey]:
    """Return the identifiers that few titles hold, and that are no file or folder: those have news every week."""
    titles: dict[ContinuingKey, set[tuple[str, ...]]] = defaultdict(set)
    places = {
        (change.repository, part.lower()) for change in changes for path in change.paths for part in path.split("/")
    }
    for change in changes:
        for key in _list_identifier_keys(change):
            titles[key].add(analyze_title(change.title).key)
    return frozenset(
        key for key, found in titles.items()
        if len(found) <= MAX_RARE_TITLES and key[1:] not in places and key[2] not in COMMON_FILE_NAMES
    )  # fmt: skip


def _link_by_identifiers(
    members: Sequence[Change], by_identifier: Mapping[ContinuingKey, Sequence[tuple[str, Change]]]
) -> Iterator[_Link]:
    """Yield the earlier stories of which a change has an identifier in its title, and shares the author or a file."""
    for change in members:
        for key in _list_identifier_keys(change):
            for story_id, other in by_identifier.get(key, ()):
                if second := _find_second_signal(change, other):
                    yield _Link(story_id, f"titles of both hold `{key[2]}`; {second}")


def _find_second_signal(change: Change, other: Change) -> str:
    if change.author_key and change.author_key == other.author_key:
        return "same person"
    shared = set(select_paths(change)) & set(select_paths(other))
    return f"both change {min(shared)}" if shared else ""


def _list_identifier_keys(change: Change) -> list[ContinuingKey]:
    if change.noise is not None:
        return []
    # A plain word in code marks (`join`) is often the name of something large.
    names = sorted(name for name in analyze_title(change.title).identifiers if not name.isalpha())
    return [("identifier", change.repository, name) for name in names if not is_generic_phrase(name)]
