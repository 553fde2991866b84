"""Names of areas: what a part of a repository is called by its people. Pure.

A scope names an area, then a label of an area (`area: resolver`), then the folder that most paths share. Workspace
manifests and CODEOWNERS are not stored; folders of workspaces have the names that their manifests list in practice.
"""

import re
from collections import Counter
from collections.abc import Sequence

from sparky_assets.stories.models import Change
from sparky_assets.stories.paths import is_ci_path, is_docs_path, is_noise_path, is_test_path

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


def name_area(change: Change) -> str:
    """Return the area of a change as its people write it, or an empty text."""
    if change.scope:
        return change.scope
    for label in change.labels:
        if match := _AREA_LABEL.match(label):
            return match["name"].strip()
    return find_common_folder(change.paths)


def name_shared_area(changes: Sequence[Change]) -> str:
    """Return the area that most of several changes share: more than half of them, else an empty text."""
    counts = Counter(area.lower() for area in map(name_area, changes) if area)
    if not counts:
        return ""
    area, count = min(counts.items(), key=lambda item: (-item[1], item[0]))
    spelled = next(name for name in map(name_area, changes) if name.lower() == area)
    return spelled if 2 * count > len(changes) else ""


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
