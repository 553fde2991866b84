"""Stories that carry on a story of an earlier period. Pure.

Two stories are one if they share a tracker id, an issue that both close or name, a number of one that the other names,
or the same scope and area. A shared word is never enough.

A scope names an area, then a label of an area (`area: resolver`), then the folder that most paths share. Workspace
manifests and CODEOWNERS are not stored; folders of workspaces have the names that their manifests list in practice.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sparky_assets.stories.models import Change, StoryGroup
from sparky_assets.text.paths import is_ci_path, is_docs_path, is_noise_path, is_test_path

ContinuingKey = tuple[str, str, str]

EarlierStory = tuple[StoryGroup, Sequence[Change]]
"""A story of an earlier period, with its changes."""

EARLIER_PERIODS = 2
"""Periods before another in which a story of it may have begun."""

MAX_EARLIER_STORIES_PER_KEY = 3
"""A key of more earlier stories is a whole area, and says nothing."""


MIN_FOLDER_SHARE = 0.6
"""Share of the paths that a folder must hold before the folder names them."""

_AREA_LABEL = re.compile(
    r"^(?:area|component|module|package|pkg|scope|topic|a|c)\s*[:/_-]\s*(?P<name>[\w .+/-]{2,40})$", re.IGNORECASE
)

_CONTAINER_FOLDERS = frozenset(
    {"src", "lib", "libs", "crates", "packages", "apps", "app", "cmd", "pkg", "internal", "components", "modules",
     "services", "plugins", "core", "main", "java", "python", "source", "sources", "include", "projects"}
)  # fmt: skip
"""Folders that hold areas and are none."""


def continue_stories(
    stories: Sequence[StoryGroup],
    changes: Mapping[str, Change],
    earlier: Sequence[EarlierStory],
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


def name_area(change: Change) -> str:
    """Return the area of a change as its people write it, or an empty text."""
    if change.scope:
        return change.scope
    for label in change.labels:
        if match := _AREA_LABEL.match(label):
            return match["name"].strip()
    return find_common_folder(change.paths)


def find_common_folder(paths: Sequence[str]) -> str:
    """Return the name of the folder in which most paths lie, below folders such as `src` or `crates`."""
    telling = [path for path in paths if not (is_noise_path(path) or is_ci_path(path))]
    sources = [path for path in telling if not (is_test_path(path) or is_docs_path(path))] or telling
    counts = Counter(folder for folder in map(_find_area_folder, sources) if folder)
    if not counts:
        return ""
    folder, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
    return folder if count >= MIN_FOLDER_SHARE * len(sources) else ""


def _find_area_folder(path: str) -> str:
    folders = path.split("/")[:-1]
    return next((folder for folder in folders if folder.lower() not in _CONTAINER_FOLDERS), "")
