"""Name the area of a change and of a story: the part of its repository as its people call it. Pure.

A change names its area in its scope (`fix(resolver): …`, `resolver: Fix …`) or by a label (`area/resolver`). Else the
folders of its files have the names that CODEOWNERS, manifests and READMEs give them (`raw/notes/areas.py`), and
only then their own. A change of many areas has none, and `src` is none.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from sparky_assets.raw.notes.areas import BARE_NAMES, clean_area_name, list_folders
from sparky_assets.stories.models import Change
from sparky_assets.stories.titles.parts import split_area
from sparky_assets.text.paths import is_ci_path, is_docs_path, is_noise_path, is_test_path
from sparky_assets.text.words import short_name

AreaNames = Mapping[tuple[str, str], str]
"""The name of a folder by repository and path."""

MIN_AREA_SHARE = 0.6
"""Share of the files of a change, and of the changes of a story, that an area must hold."""

MAX_AREAS = 3
"""A change of more areas is about none of them."""

_AREA_LABEL = re.compile(
    r"(?:area|component|module|package|pkg|scope|topic|team|sig|a|c)\s*[:/_-]\s*(?P<name>[\w .+/&-]{2,40})",
    re.IGNORECASE,
)

_NO_SCOPES = frozenset(
    """
    deps deps-dev dev release ci lint security wip major minor patch bug bugs bugfix fix hotfix feat feature chore
    refactor perf style revert cleanup typo
    """.split()  # noqa: SIM905
)
"""Scopes that name a kind of work."""

_VERSION_SCOPE = re.compile(r"v?\d[\d.]*(?:\.x)?", re.IGNORECASE)


_INNER_AREAS = frozenset(
    """
    internal internals meta ci build example examples test tests testing test-utils testutil testutils spec specs
    e2e meson cmake autotools bazel bench benches benchmark benchmarks fixture fixtures fuzz fuzzer fuzzing hack
    scripts stress tooling xtask workflow workflows releaser releasing
    """.split()  # noqa: SIM905
)


_INNER_PARENTS = _INNER_AREAS - {"internal", "internals"}
"""Folders of which any part is inner: `test/maps`. What `internal/maps` mends, users meet."""


def is_in_inner_area(change: Change) -> bool:
    """Return whether a change names an area first that users of its project do not meet: `example: update colors`.

    Of a path any part may be such an area, as in `internal/testutils: add a new test type`.
    """
    area, separator, _ = change.title.partition(": ")
    named = {change.scope.casefold(), area.casefold() if separator else ""}
    parts = {part for path in named if " " not in path for part in path.split("/")}
    return bool(named & _INNER_AREAS) or bool(parts & _INNER_PARENTS)


def name_change_area(change: Change, names: AreaNames) -> str:
    """Return the area of a change; empty if it has none, or if that is the whole repository.

    Args:
        change: the change.
        names: the names of folders, as the repository has them.
    """
    for name in (change.scope, split_area(change.title)[0], *_list_label_areas(change.labels)):
        is_kind = name.lower() in _NO_SCOPES or bool(_VERSION_SCOPE.fullmatch(name))
        if not is_kind and (clean := clean_area_name(name)):
            return _drop_repository(clean, change.repository)
    return _drop_repository(_find_path_area(change, names), change.repository)


def name_story_area(changes: Iterable[Change], names: AreaNames) -> str:
    """Return the area of most changes of a story, housekeeping left out; empty without one, and across repositories."""
    telling = [change for change in changes if change.noise is None]
    if len({change.repository for change in telling}) != 1:
        return ""
    return _find_most_common([name_change_area(change, names) for change in telling])


def _list_label_areas(labels: Sequence[str]) -> Iterable[str]:
    matches = (_AREA_LABEL.fullmatch(label.strip()) for label in labels)
    return [match["name"].strip() for match in matches if match]


def _drop_repository(name: str, repository: str) -> str:
    """Return a name, or nothing if it is that of the repository: then the area is all of it."""
    return "" if name.lower() == short_name(repository).lower() else name


def _find_path_area(change: Change, names: AreaNames) -> str:
    """Return the area of most files of a change: of code, or of what else it changed."""
    described = [_describe_path(path) for path in change.paths]
    telling = [path for path in described if path.is_code] or [path for path in described if not path.is_noise]
    repository = change.repository
    areas = []
    for path in telling:
        named = (names[repository, folder] for folder in path.folders if (repository, folder) in names)
        areas.append(next(named, path.own_name) if names else path.own_name)
    return _find_most_common(areas) if len(set(areas)) <= MAX_AREAS else ""


class _PathDescription(NamedTuple):
    """What the area of a file is found by: its class, its folders, and the outermost that says something."""

    is_noise: bool
    is_code: bool
    folders: tuple[str, ...]
    own_name: str


@lru_cache(maxsize=200_000)
def _describe_path(path: str) -> _PathDescription:
    is_noise = is_noise_path(path) or is_ci_path(path)
    folders = list_folders(path)
    own = (folder.rpartition("/")[2] for folder in reversed(folders))
    own_name = next((name for name in own if name.lower() not in BARE_NAMES and clean_area_name(name)), "")
    return _PathDescription(is_noise, not (is_noise or is_test_path(path) or is_docs_path(path)), folders, own_name)


def _find_most_common(areas: Sequence[str]) -> str:
    counts = Counter(area for area in areas if area)
    if not counts:
        return ""
    area, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
    return area if count >= MIN_AREA_SHARE * len(areas) else ""
