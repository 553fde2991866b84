"""What a change is about, told from its title, labels and files: the one place that knows the patterns. Pure.

What a security advisory brought is about security. Else the type comes from a dependency bump's wording, else from the
declared conventional-commit type, else from all files, else from labels, else from words. Patterns are plain strings
without look-around, because Python (one title) and polars (a million) read the same ones.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

import polars as pl


class Theme(StrEnum):
    """What a change is about, in the order that a digest tells it."""

    SECURITY = "security"
    FEATURE = "feature"
    FIX = "fix"
    PERFORMANCE = "performance"
    REFACTOR = "refactor"
    DOCS = "docs"
    TESTS = "tests"
    BUILD = "build"
    OTHER = "other"
    DEPENDENCIES = "dependencies"


BY_TYPE = {
    "feat": Theme.FEATURE, "feature": Theme.FEATURE, "fix": Theme.FIX, "bugfix": Theme.FIX, "hotfix": Theme.FIX,
    "revert": Theme.FIX, "perf": Theme.PERFORMANCE, "refactor": Theme.REFACTOR, "style": Theme.REFACTOR,
    "docs": Theme.DOCS, "doc": Theme.DOCS, "test": Theme.TESTS, "tests": Theme.TESTS, "build": Theme.BUILD,
    "ci": Theme.BUILD, "chore": Theme.OTHER, "security": Theme.SECURITY, "deps": Theme.DEPENDENCIES,
}  # fmt: skip
BY_LABEL = {
    "security": Theme.SECURITY, "vulnerability": Theme.SECURITY, "enhancement": Theme.FEATURE,
    "feature": Theme.FEATURE, "bug": Theme.FIX, "regression": Theme.FIX, "performance": Theme.PERFORMANCE,
    "refactor": Theme.REFACTOR, "refactoring": Theme.REFACTOR, "documentation": Theme.DOCS, "docs": Theme.DOCS,
    "tests": Theme.TESTS, "testing": Theme.TESTS, "build": Theme.BUILD, "ci": Theme.BUILD,
    "dependencies": Theme.DEPENDENCIES,
}  # fmt: skip
"""Labels as GitHub and its bots hand them out; `type: bug` and `kind/bug` are read as `bug`."""
DECLARED = r"^([A-Za-z]+)(?:\([^()]{1,40}\))?!?:\s+\S"
DEPENDENCIES = (
    r"(?i)^(?:chore|build|fix|ci)\(deps[^)]*\)|^bump\b.+\b(?:from\b.+\bto\b|version)"
    r"|^(?:bump|update|upgrade) (?:\S+ )?(?:dependenc|deps\b|pre-commit\b|requirements\b|minimum version)"
    r"|^bump the \S+ group\b|^update .+ to v?\d|^\[pre-commit\.ci\]|pre-commit autoupdate"
)
WORDS = (
    (Theme.SECURITY, r"(?i)\b(?:cve-\d+-\d+|ghsa(?:-[0-9a-z]{4}){3}\b|vulnerabilit|security fix)"),
    # Before fixes: "Fix typo" was the first highlight of a busy week of pallets.
    (Theme.DOCS, r"(?i)^docs?\b|^document|\b(?:docs|documentation|readme|changelog|docstrings?|typos?|man ?page)\b"),
    # "Fix mypy findings", one line, was a highlight of a week with two security releases.
    (
        Theme.BUILD,
        r"(?i)^fix(?:e[sd])?(?: \w+){0,3} (?:lint|linting|linters?|ci|mypy|pyright|flake8|ruff|pylint|eslint|clippy"
        r"|rustfmt|prettier)(?: (?:build|check|complaint|error|failure|finding|issue|job|lint|warning|workflow)s?)?$",
    ),
    (
        Theme.FIX,
        r"(?i)^(?:fix|fixe[sd]|bugfix|revert|prevent|avoid|correct|correctly|handle|repair|work around|don't)\b"
        r"|\b(?:bug|crash|panic|leak|regression)\b",
    ),
    (Theme.TESTS, r"(?i)^(?:tests?|t/?\d*|t)\b[:/ -]|\b(?:tests?|coverage)\b"),
    (Theme.PERFORMANCE, r"(?i)\b(?:faster|speed[ -]?up|performance|optimi[sz]e|compile times?|latency)"),
    (Theme.BUILD, r"(?i)\b(?:ci|makefile|meson|cmake|github actions|packaging|release process)\b"),
    (Theme.REFACTOR, r"(?i)^(?:refac|clean ?up|simplif|rename|move|extract|split|drop|remove|replace|deprecate)"),
    (
        Theme.FEATURE,
        r"(?i)^(?:add|adds|added|support|introduce|impl|implement|allow|enable|expose|re-export|new|teach)\b",
    ),
)
"""Words that tell a theme where nothing is declared; the first that fits decides."""
AREA = r"^[\w./()*-]+: +"
"""`builtin/gc: move …`: what many projects write before the words that matter."""
FILES = (
    (Theme.DOCS, r"\.(?:md|rst|adoc|txt)$|^(?:docs|Documentation)/"),
    (Theme.TESTS, r"(?:^|/)(?:tests?|t|spec)/|(?:^|/)test_|_test\."),
    (Theme.BUILD, r"^(?:\.github/|\.gitlab|\.ci/)"),
)
"""What all paths of a change must look like."""
_COMPILED = {text: re.compile(text) for _, text in (*WORDS, *FILES)}
_DEPENDENCIES, _DECLARED, _AREA = re.compile(DEPENDENCIES), re.compile(DECLARED), re.compile(AREA)


def conventional_type(title: str) -> str | None:
    """The type of a conventional commit (`feat`, `fix`, …) in lower case, None where there is none."""
    match = _DECLARED.match(title)
    return match[1].lower() if match and match[1].lower() in BY_TYPE else None


def theme_of(
    title: str,
    paths: Sequence[str] = (),
    labels: Sequence[str] = (),
    *,
    is_bot: bool = False,
    advisory: str | None = None,
) -> Theme:
    """The theme of one change; `advisory` names the security advisory that it answers."""
    if advisory:
        return Theme.SECURITY
    if _DEPENDENCIES.search(title) or (is_bot and "update" in title.lower()):
        return Theme.DEPENDENCIES
    if declared := conventional_type(title):
        return BY_TYPE[declared]
    for theme, pattern in FILES:
        if paths and all(_COMPILED[pattern].search(path) for path in paths):
            return theme
    for label in labels:
        if (plain := _plain_label(label)) in BY_LABEL:
            return BY_LABEL[plain]
    words = _AREA.sub("", title)
    return next((theme for theme, pattern in WORDS if _COMPILED[pattern].search(words)), Theme.OTHER)


def theme_expression(
    title: str, *, by_files: pl.Expr | None = None, labels: pl.Expr | None = None, advisory: pl.Expr | None = None
) -> pl.Expr:
    """`theme_of` for a frame with a column of titles and `is_bot`; `by_files` is what all paths prove, or null."""
    text = pl.col(title)
    lower = text.str.to_lowercase()
    bump = text.str.contains(DEPENDENCIES) | (pl.col("is_bot") & lower.str.contains("update", literal=True))
    declared = (
        text.str.extract(DECLARED, 1)
        .str.to_lowercase()
        .replace_strict({name: theme.value for name, theme in BY_TYPE.items()}, default=None, return_dtype=pl.String)
    )
    answers = pl.lit(False) if advisory is None else advisory.is_not_null()
    found = pl.when(answers).then(pl.lit(Theme.SECURITY.value)).when(bump).then(pl.lit(Theme.DEPENDENCIES.value))
    found = found.when(declared.is_not_null()).then(declared)
    if by_files is not None:
        found = found.when(by_files.is_not_null()).then(by_files)
    if labels is not None:
        known = labels.list.eval(
            pl.element()
            .str.extract(LABEL, 1)
            .str.to_lowercase()
            .replace_strict({name: theme.value for name, theme in BY_LABEL.items()}, default=None)
            .drop_nulls()
        ).list.first()
        found = found.when(known.is_not_null()).then(known)
    words = text.str.replace(AREA, "")
    for theme, pattern in WORDS:
        found = found.when(words.str.contains(pattern)).then(pl.lit(theme.value))
    return found.otherwise(pl.lit(Theme.OTHER.value))


LABEL = r"^(?:[A-Za-z]+ ?[:/] ?)?([A-Za-z]+)$"


def _plain_label(label: str) -> str:
    match = re.match(LABEL, label)
    return match[1].lower() if match else ""
