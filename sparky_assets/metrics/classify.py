"""What a change is about, told from its title, labels and files: the one place that knows the patterns. Pure.

What a security advisory brought is about security. Else the type comes from a dependency bump's wording, else from the
declared conventional-commit type, else from all files, else from labels, else from words. Patterns are plain strings
without look-around, because Python (one title) and polars (a million) read the same ones.

The language of a file by its name. A lookup, not a parser: what no entry knows is `Other`.
"""

import re
from collections.abc import Sequence
from enum import StrEnum

import polars as pl


class ChangeTheme(StrEnum):
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
"""Labels as GitHub and its bots hand them out; `type: bug` and `kind/bug` are read as `bug`."""


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
"""Words that tell a theme where nothing is declared; the first that fits decides."""


AREA_PATTERN = r"^[\w./()*-]+: +"
"""`builtin/gc: move …`: what many projects write before the words that matter."""


THEME_PATH_PATTERNS = (
    (ChangeTheme.DOCS, r"\.(?:md|rst|adoc|txt)$|^(?:docs|Documentation)/"),
    (ChangeTheme.TESTS, r"(?:^|/)(?:tests?|t|spec)/|(?:^|/)test_|_test\."),
    (ChangeTheme.BUILD, r"^(?:\.github/|\.gitlab|\.ci/)"),
)
"""What all paths of a change must look like."""


_COMPILED_PATTERNS = {text: re.compile(text) for _, text in (*THEME_WORD_PATTERNS, *THEME_PATH_PATTERNS)}


_DEPENDENCY_REGEX, _CONVENTIONAL_REGEX, _AREA_REGEX = (
    re.compile(DEPENDENCY_PATTERN),
    re.compile(CONVENTIONAL_PATTERN),
    re.compile(AREA_PATTERN),
)


def parse_conventional_type(title: str) -> str | None:
    """The type of a conventional commit (`feat`, `fix`, …) in lower case, None where there is none."""
    match = _CONVENTIONAL_REGEX.match(title)
    return match[1].lower() if match and match[1].lower() in THEME_BY_TYPE else None


def classify_change(
    title: str,
    paths: Sequence[str] = (),
    labels: Sequence[str] = (),
    *,
    is_bot: bool = False,
    advisory: str | None = None,
) -> ChangeTheme:
    """The theme of one change; `advisory` names the security advisory that it answers."""
    if advisory:
        return ChangeTheme.SECURITY
    if _DEPENDENCY_REGEX.search(title) or (is_bot and "update" in title.lower()):
        return ChangeTheme.DEPENDENCIES
    if declared := parse_conventional_type(title):
        return THEME_BY_TYPE[declared]
    for theme, pattern in THEME_PATH_PATTERNS:
        if paths and all(_COMPILED_PATTERNS[pattern].search(path) for path in paths):
            return theme
    for label in labels:
        if (plain := _normalize_label(label)) in THEME_BY_LABEL:
            return THEME_BY_LABEL[plain]
    words = _AREA_REGEX.sub("", title)
    return next(
        (theme for theme, pattern in THEME_WORD_PATTERNS if _COMPILED_PATTERNS[pattern].search(words)),
        ChangeTheme.OTHER,
    )


def build_theme_expression(
    title_column: str,
    *,
    by_files: pl.Expr | None = None,
    labels: pl.Expr | None = None,
    advisory: pl.Expr | None = None,
) -> pl.Expr:
    """`theme_of` for a frame with a column of titles and `is_bot`; `by_files` is what all paths prove, or null."""
    text = pl.col(title_column)
    lower = text.str.to_lowercase()
    bump = text.str.contains(DEPENDENCY_PATTERN) | (pl.col("is_bot") & lower.str.contains("update", literal=True))
    declared = (
        text.str.extract(CONVENTIONAL_PATTERN, 1)
        .str.to_lowercase()
        .replace_strict(
            {name: theme.value for name, theme in THEME_BY_TYPE.items()}, default=None, return_dtype=pl.String
        )
    )
    answers = pl.lit(False) if advisory is None else advisory.is_not_null()
    found = (
        pl.when(answers)
        .then(pl.lit(ChangeTheme.SECURITY.value))
        .when(bump)
        .then(pl.lit(ChangeTheme.DEPENDENCIES.value))
    )
    found = found.when(declared.is_not_null()).then(declared)
    if by_files is not None:
        found = found.when(by_files.is_not_null()).then(by_files)
    if labels is not None:
        known = labels.list.eval(
            pl.element()
            .str.extract(LABEL_PATTERN, 1)
            .str.to_lowercase()
            .replace_strict({name: theme.value for name, theme in THEME_BY_LABEL.items()}, default=None)
            .drop_nulls()
        ).list.first()
        found = found.when(known.is_not_null()).then(known)
    words = text.str.replace(AREA_PATTERN, "")
    for theme, pattern in THEME_WORD_PATTERNS:
        found = found.when(words.str.contains(pattern)).then(pl.lit(theme.value))
    return found.otherwise(pl.lit(ChangeTheme.OTHER.value))


LABEL_PATTERN = r"^(?:[A-Za-z]+ ?[:/] ?)?([A-Za-z]+)$"


def _normalize_label(label: str) -> str:
    match = re.match(LABEL_PATTERN, label)
    return match[1].lower() if match else ""


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
    """The language of each extension."""
    return {one: language for language, several in EXTENSIONS_BY_LANGUAGE.items() for one in several.split()}


def build_language_expression(path: pl.Expr) -> pl.Expr:
    """The language of each path: by its whole name, else by its extension, without regard to case."""
    name = path.str.extract(r"([^/]*)$", 1).str.to_lowercase()
    by_name = name.replace_strict(LANGUAGE_BY_FILE_NAME, default=None, return_dtype=pl.String)
    extension = name.str.extract(r".\.([^.]+)$", 1)
    by_extension = extension.replace_strict(build_extension_map(), default=OTHER_LANGUAGE, return_dtype=pl.String)
    return pl.coalesce(by_name, by_extension)
