"""Stories that carry on a story of an earlier period. Pure.

Two stories are one if they share a tracker id, an issue that both close or name, a number of one that the other names,
or the same scope and area. A shared word is never enough.
"""

from collections.abc import Iterable, Mapping, Sequence

from sparky_assets.stories.areas import name_area
from sparky_assets.stories.models import Change, StoryGroup

ContinuingKey = tuple[str, str, str]

MAX_EARLIER_STORIES_PER_KEY = 3
"""A key of more earlier stories is a whole area, and says nothing."""


def continue_stories(
    stories: Sequence[StoryGroup],
    changes: Mapping[str, Change],
    earlier: Sequence[tuple[StoryGroup, Sequence[Change]]],
) -> tuple[StoryGroup, ...]:
    """Return the stories with `continues`: the id of the latest earlier story that each carries on.

    Args:
        stories: the stories of the period.
        changes: its changes by key.
        earlier: stories of earlier periods with their changes, the latest first.
    """
    by_key: dict[ContinuingKey, list[str]] = {}
    for group, members in earlier:
        if group.kind not in {"noise", "dependencies", "release"}:
            for key in dict.fromkeys(_list_keys(members, group.changes)):
                by_key.setdefault(key, []).append(group.id)
    continued = []
    for story in stories:
        if story.kind in {"noise", "dependencies", "release"}:
            continued.append(story)
            continue
        keys = dict.fromkeys(_list_keys([changes[key] for key in story.changes if key in changes], story.changes))
        matches = [by_key[key] for key in keys if 0 < len(by_key.get(key, ())) <= MAX_EARLIER_STORIES_PER_KEY]
        target = next((ids[0] for ids in matches if ids[0] != story.id), None)
        continued.append(story.model_copy(update={"continues": target}) if target else story)
    return tuple(continued)


def _list_keys(members: Sequence[Change], own_keys: Sequence[str]) -> Iterable[ContinuingKey]:
    """Yield what a later story may share, the strongest first."""
    for change in members:
        owner = change.repository.partition("/")[0]
        yield from ((owner, "tracker", tracker) for tracker in change.trackers)
    for change in members:
        numbers = (*change.closes, *change.references, *((change.number,) if change.number else ()))
        yield from ((change.repository, "number", str(number)) for number in numbers)
        if change.reverts and change.reverts not in own_keys:
            yield change.repository, "number", change.reverts.rpartition("#")[2]
    for change in members:
        if change.scope:
            yield (
                change.repository,
                "scope",
                f"{change.scope.lower()} {name_area(change.model_copy(update={'scope': ''}))}",
            )
