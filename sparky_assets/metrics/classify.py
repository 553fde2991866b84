"""Theme of a change (from its title, labels and files) and language of a file (from its name): tables and functions.

The order of the steps and the patterns exist once: `classify_change` (one title) and `build_theme_expression` (a frame
of a million) both read them. Patterns are plain strings without look-around, because Python and polars compile them.
Counting changes belongs in `volume.py`.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

import polars as pl

from sparky_assets.text.paths import CI_PATTERN, DOCS_PATTERN, TESTS_PATTERN


class ChangeTheme(StrEnum):
    """What a change is about, in the order of a digest's sections."""

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


THEME_BY_TYPE = {
    "feat": ChangeTheme.FEATURE,
    "feature": ChangeTheme.FEATURE,
    "fix": ChangeTheme.FIX,
    "bugfix": ChangeTheme.FIX,
    "hotfix": ChangeTheme.FIX,
    "revert": ChangeTheme.FIX,
    "perf": ChangeTheme.PERFORMANCE,
    "refactor": ChangeTheme.REFACTOR,
    "style": ChangeTheme.REFACTOR,
    "docs": ChangeTheme.DOCS,
    "doc": ChangeTheme.DOCS,
    "test": ChangeTheme.TESTS,
    "tests": ChangeTheme.TESTS,
    "build": ChangeTheme.BUILD,
    "ci": ChangeTheme.BUILD,
    "chore": ChangeTheme.OTHER,
    "security": ChangeTheme.SECURITY,
    "deps": ChangeTheme.DEPENDENCIES,
}


THEME_BY_LABEL = {
    "security": ChangeTheme.SECURITY,
    "vulnerability": ChangeTheme.SECURITY,
    "enhancement": ChangeTheme.FEATURE,
    "feature": ChangeTheme.FEATURE,
    "bug": ChangeTheme.FIX,
    "regression": ChangeTheme.FIX,
    "performance": ChangeTheme.PERFORMANCE,
    "refactor": ChangeTheme.REFACTOR,
    "refactoring": ChangeTheme.REFACTOR,
    "documentation": ChangeTheme.DOCS,
    "docs": ChangeTheme.DOCS,
    "tests": ChangeTheme.TESTS,
    "testing": ChangeTheme.TESTS,
    "build": ChangeTheme.BUILD,
    "ci": ChangeTheme.BUILD,
    "dependencies": ChangeTheme.DEPENDENCIES,
}
"""Labels of GitHub and its bots; `type: bug` and `kind/bug` are read as `bug`."""


CONVENTIONAL_PATTERN = r"^([A-Za-z]+)(?:\([^()]{1,40}\))?!?:\s+\S"


DEPENDENCY_PATTERN = (
    r"(?i)^(?:chore|build|fix|ci)\(deps[^)]*\)|^bump\b.+\b(?:from\b.+\bto\b|version)"
    r"|^(?:bump|update|upgrade) (?:\S+ )?(?:dependenc|deps\b|pre-commit\b|requirements\b|minimum version)"
    r"|^bump the \S+ group\b|^update .+ to v?\d|^\[pre-commit\.ci\]|pre-commit autoupdate"
)


THEME_WORD_PATTERNS = (
    (ChangeTheme.SECURITY, r"(?i)\b(?:cve-\d+-\d+|ghsa(?:-[0-9a-z]{4}){3}\b|vulnerabilit|security fix)"),
    # Before fixes: "Fix typo" was the first highlight of a busy week of pallets.
    (
        ChangeTheme.DOCS,
        r"(?i)^docs?\b|^document|\b(?:docs|documentation|readme|changelog|docstrings?|typos?|man ?page)\b",
    ),
    # "Fix mypy findings", one line, was a highlight of a week with two security releases.
    (
        ChangeTheme.BUILD,
        r"(?i)^fix(?:e[sd])?(?: \w+){0,3} (?:lint|linting|linters?|ci|mypy|pyright|flake8|ruff|pylint|eslint|clippy"
        r"|rustfmt|prettier)(?: (?:build|check|complaint|error|failure|finding|issue|job|lint|warning|workflow)s?)?$",
    ),
    (
        ChangeTheme.FIX,
        r"(?i)^(?:fix|fixe[sd]|bugfix|revert|prevent|avoid|correct|correctly|handle|repair|work around|don't)\b"
        r"|\b(?:bug|crash|panic|leak|regression)\b",
    ),
    (ChangeTheme.TESTS, r"(?i)^(?:tests?|t/?\d*|t)\b[:/ -]|\b(?:tests?|coverage)\b"),
    (ChangeTheme.PERFORMANCE, r"(?i)\b(?:faster|speed[ -]?up|performance|optimi[sz]e|compile times?|latency)"),
    (ChangeTheme.BUILD, r"(?i)\b(?:ci|makefile|meson|cmake|github actions|packaging|release process)\b"),
    (ChangeTheme.REFACTOR, r"(?i)^(?:refac|clean ?up|simplif|rename|move|extract|split|drop|remove|replace|deprecate)"),
    (
        ChangeTheme.FEATURE,
        r"(?i)^(?:add|adds|added|support|introduce|impl|implement|allow|enable|expose|re-export|new|teach)\b",
    ),
)
"""Words of a title that show its theme; the first pattern that matches decides."""


AREA_PATTERN = r"^[\w./()*-]+: +"
"""`builtin/gc: move …`: the area that many projects write before the first word."""


THEME_PATH_PATTERNS = (
    (ChangeTheme.DOCS, DOCS_PATTERN),
    (ChangeTheme.TESTS, TESTS_PATTERN),
    (ChangeTheme.BUILD, CI_PATTERN),
)
"""Patterns that all paths of a change must match."""


LABEL_PATTERN = r"^(?:[A-Za-z]+ ?[:/] ?)?([A-Za-z]+)$"
"""A label without its group: `bug` of `type: bug` and of `kind/bug`."""


_COMPILED_PATTERNS = {text: re.compile(text) for _, text in (*THEME_WORD_PATTERNS, *THEME_PATH_PATTERNS)}


_DEPENDENCY_REGEX, _CONVENTIONAL_REGEX, _AREA_REGEX = (
    re.compile(DEPENDENCY_PATTERN),
    re.compile(CONVENTIONAL_PATTERN),
    re.compile(AREA_PATTERN),
)


class ThemeStep(StrEnum):
    """What a theme is read from, in the order of decision: the first step with an answer wins."""

    ADVISORY = "advisory"
    """The security advisory that the change answers: always security."""
    DEPENDENCY = "dependency"
    """The wording of a dependency update, or an update by a bot."""
    DECLARED = "declared"
    """The conventional-commit type."""
    FILES = "files"
    """The paths, where all of them match."""
    LABELS = "labels"
    """The first label with a theme."""
    WORDS = "words"
    """The words of the title behind its area."""


def split_conventional_prefix(title: str) -> tuple[str | None, str]:
    """Return the type of a conventional commit (`feat`, `fix`, …) in lower case, and the title behind its prefix.

    The type is None, and the title whole, where the title has no prefix of a type in THEME_BY_TYPE.
    """
    match = _CONVENTIONAL_REGEX.match(title)
    if match is None or match[1].lower() not in THEME_BY_TYPE:
        return None, title
    return match[1].lower(), title[match.end() - 1 :]


def parse_conventional_type(title: str) -> str | None:
    """Return the type of a conventional commit in lower case, None where there is none."""
    return split_conventional_prefix(title)[0]


def classify_change(
    title: str,
    paths: Sequence[str] = (),
    labels: Sequence[str] = (),
    *,
    is_bot: bool = False,
    advisory: str | None = None,
) -> ChangeTheme:
    """Return the theme of one change.

    Args:
        title: the subject of the commit or the title of the pull request.
        paths: the changed files; empty where they are unknown.
        labels: the labels of the pull request.
        is_bot: whether its author is a bot.
        advisory: the security advisory that the change answers.
    """
    is_update = bool(_DEPENDENCY_REGEX.search(title)) or (is_bot and "update" in title.lower())
    answers: dict[ThemeStep, ChangeTheme | None] = {
        ThemeStep.ADVISORY: ChangeTheme.SECURITY if advisory else None,
        ThemeStep.DEPENDENCY: ChangeTheme.DEPENDENCIES if is_update else None,
        ThemeStep.DECLARED: THEME_BY_TYPE.get(parse_conventional_type(title) or ""),
        ThemeStep.FILES: _find_theme_of_files(paths),
        ThemeStep.LABELS: _find_theme_of_labels(labels),
        ThemeStep.WORDS: _find_theme_of_words(title),
    }
    return next((theme for theme in (answers[step] for step in ThemeStep) if theme), ChangeTheme.OTHER)


def _find_theme_of_files(paths: Sequence[str]) -> ChangeTheme | None:
    for theme, pattern in THEME_PATH_PATTERNS:
        if paths and all(_COMPILED_PATTERNS[pattern].search(path) for path in paths):
            return theme
    return None


def _find_theme_of_labels(labels: Sequence[str]) -> ChangeTheme | None:
    names = (_normalize_label(label) for label in labels)
    return next((THEME_BY_LABEL[name] for name in names if name in THEME_BY_LABEL), None)


def _normalize_label(label: str) -> str:
    match = re.match(LABEL_PATTERN, label)
    return match[1].lower() if match else ""


def _find_theme_of_words(title: str) -> ChangeTheme | None:
    words = _AREA_REGEX.sub("", title)
    return next((theme for theme, pattern in THEME_WORD_PATTERNS if _COMPILED_PATTERNS[pattern].search(words)), None)


def build_theme_expression(
    title_column: str,
    *,
    by_files: pl.Expr | None = None,
    labels: pl.Expr | None = None,
    advisory: pl.Expr | None = None,
) -> pl.Expr:
    """Return the expression of the theme of each row, by the rules of `classify_change`.

    Args:
        title_column: the column of titles; the frame also needs `is_bot`.
        by_files: the theme that all paths of a row prove, or null.
        labels: the labels of a row, a list of strings.
        advisory: the security advisory that a row answers, or null.
    """
    title = pl.col(title_column)
    by_bot = pl.col("is_bot") & title.str.to_lowercase().str.contains("update", literal=True)
    declared_type = title.str.extract(CONVENTIONAL_PATTERN, 1).str.to_lowercase()
    words = title.str.replace(AREA_PATTERN, "")
    answers = {
        ThemeStep.DEPENDENCY: _when(title.str.contains(DEPENDENCY_PATTERN) | by_bot, ChangeTheme.DEPENDENCIES),
        ThemeStep.DECLARED: _replace_by_theme(declared_type, THEME_BY_TYPE),
        ThemeStep.WORDS: pl.coalesce(
            _when(words.str.contains(pattern), theme) for theme, pattern in THEME_WORD_PATTERNS
        ),
    }
    if advisory is not None:
        answers[ThemeStep.ADVISORY] = _when(advisory.is_not_null(), ChangeTheme.SECURITY)
    if by_files is not None:
        answers[ThemeStep.FILES] = by_files
    if labels is not None:
        names = pl.element().str.extract(LABEL_PATTERN, 1).str.to_lowercase()
        answers[ThemeStep.LABELS] = labels.list.eval(_replace_by_theme(names, THEME_BY_LABEL).drop_nulls()).list.first()
    return pl.coalesce(*(answers[step] for step in ThemeStep if step in answers), pl.lit(ChangeTheme.OTHER.value))


def _when(condition: pl.Expr, theme: ChangeTheme) -> pl.Expr:
    """Return the theme where the condition holds, else null."""
    return pl.when(condition).then(pl.lit(theme.value))


def _replace_by_theme(names: pl.Expr, themes: Mapping[str, ChangeTheme]) -> pl.Expr:
    """Return the theme of each name, null for the others."""
    values = {name: theme.value for name, theme in themes.items()}
    return names.replace_strict(values, default=None, return_dtype=pl.String)


EXTENSIONS_BY_LANGUAGE = {
    "Ada": "ada adb ads", "Assembly": "s asm", "C": "c h", "C#": "cs", "C++": "cc cpp cxx hh hpp hxx c++", "CSS": "css",
    "Clojure": "clj cljc cljs", "CMake": "cmake", "CUDA": "cu cuh", "Dart": "dart", "Dockerfile": "dockerfile",
    "Elixir": "ex exs", "Elm": "elm", "Erlang": "erl hrl", "F#": "fs fsi fsx", "Fortran": "f f90 f95 for", "Go": "go",
    "GraphQL": "gql graphql", "Groovy": "gradle groovy", "HCL": "hcl tf tfvars", "HTML": "htm html", "Haskell": "hs",
    "Java": "java", "JavaScript": "cjs js jsx mjs", "JSON": "json jsonc", "Jinja": "j2 jinja", "Julia": "jl",
    "Jupyter": "ipynb", "Kotlin": "kt kts", "Less": "less", "Lua": "lua", "Makefile": "makefile mk", "MATLAB": "mat",
    "Markdown": "markdown md mdx", "Nim": "nim", "Nix": "nix", "Nushell": "nu", "OCaml": "ml mli",
    "Objective-C": "m mm", "PHP": "php", "Perl": "pl pm t", "PowerShell": "ps1 psm1", "Protocol Buffers": "proto",
    "Python": "py pyi pyx", "QML": "qml", "R": "r rmd", "Ruby": "gemspec rake rb", "Rust": "rs", "SQL": "sql",
    "Sass": "sass scss", "Scala": "sbt scala", "Shell": "bash fish sh zsh", "Solidity": "sol", "Svelte": "svelte",
    "Swift": "swift", "TOML": "toml", "TypeScript": "cts mts ts tsx", "VHDL": "vhd vhdl", "Verilog": "sv v",
    "Vue": "vue", "XML": "xml xsd xsl", "YAML": "yaml yml", "Zig": "zig", "reStructuredText": "rst",
}  # fmt: skip


LANGUAGE_BY_FILE_NAME = {
    "dockerfile": "Dockerfile", "makefile": "Makefile", "gnumakefile": "Makefile", "justfile": "Just",
    "cmakelists.txt": "CMake", "rakefile": "Ruby", "gemfile": "Ruby", "jenkinsfile": "Groovy",
    "build.bazel": "Starlark",
}  # fmt: skip


OTHER_LANGUAGE = "Other"


def build_extension_map() -> dict[str, str]:
    """Return extension -> language."""
    return {
        extension: language
        for language, extensions in EXTENSIONS_BY_LANGUAGE.items()
        for extension in extensions.split()
    }


def build_language_expression(path: pl.Expr) -> pl.Expr:
    """Return the expression of the language of each path: by file name, else by extension, case-insensitive."""
    name = path.str.extract(r"([^/]*)$", 1).str.to_lowercase()
    by_name = name.replace_strict(LANGUAGE_BY_FILE_NAME, default=None, return_dtype=pl.String)
    extension = name.str.extract(r".\.([^.]+)$", 1)
    by_extension = extension.replace_strict(build_extension_map(), default=OTHER_LANGUAGE, return_dtype=pl.String)
    return pl.coalesce(by_name, by_extension)
