"""What a change is about, told from its conventional-commit type, its words or its files. Deterministic, no model."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from sparky_assets.insights.models import Theme
from sparky_assets.insights.text import conventional_type

_BY_TYPE = {
    "feat": Theme.FEATURE, "feature": Theme.FEATURE, "fix": Theme.FIX, "bugfix": Theme.FIX, "hotfix": Theme.FIX,
    "revert": Theme.FIX, "perf": Theme.PERFORMANCE, "refactor": Theme.REFACTOR, "style": Theme.REFACTOR,
    "docs": Theme.DOCS, "doc": Theme.DOCS, "test": Theme.TESTS, "tests": Theme.TESTS, "build": Theme.BUILD,
    "ci": Theme.BUILD, "chore": Theme.OTHER, "security": Theme.SECURITY, "deps": Theme.DEPENDENCIES,
}  # fmt: skip
_DEPENDENCIES = re.compile(
    r"^(?:chore|build|fix|ci)\(deps[^)]*\)|^bump\b.+\b(?:from\b.+\bto\b|version)|^(?:update|upgrade) dependenc"
    r"|^update .+ to v?\d|^\[pre-commit\.ci\]|pre-commit autoupdate",
    re.IGNORECASE,
)
_WORDS = tuple(
    (theme, re.compile(words, re.IGNORECASE))
    for theme, words in (
        (Theme.SECURITY, r"\b(?:cve-\d+-\d+|vulnerabilit|security fix)"),
        (
            Theme.FIX,
            r"^(?:fix|fixe[sd]|revert|prevent|avoid|correct|handle|repair)\b|\b(?:bug|crash|leak|regression)\b",
        ),
        (Theme.DOCS, r"^docs?\b|\b(?:documentation|readme|changelog|docstring|typos?|man ?page)\b"),
        (Theme.TESTS, r"^(?:tests?|t/?\d*|t)\b[:/ -]|\b(?:tests?|coverage)\b"),
        (Theme.PERFORMANCE, r"\b(?:faster|speed ?up|performance|optimi[sz]e)"),
        (Theme.BUILD, r"\b(?:ci|makefile|meson|cmake|github actions|packaging|release process)\b"),
        (Theme.REFACTOR, r"^(?:refactor|clean ?up|simplif|rename|move|extract|split|drop|remove)"),
        (Theme.FEATURE, r"^(?:add|adds|added|support|introduce|implement|allow|enable|expose|new|teach)\b"),
    )
)
"""Words that tell a theme where nothing is declared; the first that fits decides."""
_AREA = re.compile(r"^[\w./()*-]+: +(?=\S)")
"""`builtin/gc: move …`: what many projects write before the words that matter."""
_DOC_SUFFIXES = {".md", ".rst", ".adoc", ".txt"}


def theme_of(title: str, paths: Sequence[str] = (), *, is_bot: bool = False) -> Theme:
    """The theme of a change: dependency bumps first, then its declared type, then all its files, then its words."""
    if _DEPENDENCIES.search(title) or (is_bot and "update" in title.lower()):
        return Theme.DEPENDENCIES
    if declared := conventional_type(title):
        return _BY_TYPE[declared]
    words_of = _AREA.sub("", title)
    return _by_files(paths) or next((theme for theme, words in _WORDS if words.search(words_of)), Theme.OTHER)


def _by_files(paths: Sequence[str]) -> Theme | None:
    if not paths:
        return None
    if all(
        PurePosixPath(path).suffix in _DOC_SUFFIXES or path.startswith(("docs/", "Documentation/")) for path in paths
    ):
        return Theme.DOCS
    if all(re.search(r"(?:^|/)(?:tests?|t|spec)/|(?:^|/)test_|_test\.", path) for path in paths):
        return Theme.TESTS
    if all(path.startswith((".github/", ".gitlab", ".ci/")) for path in paths):
        return Theme.BUILD
    return None
