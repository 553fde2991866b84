"""Files that no person wrote: lock files, generated and vendored code, by path. Pure.

The rules follow those of github-linguist where a path alone decides, without the ones that are for language statistics
only (`tools/`, `Jenkinsfile`, test fixtures). Lines of such files are left out of lines, sizes and hot files.
"""

import re

import polars as pl

LOCK_FILE_NAMES = (
    "Cargo.lock", "Gemfile.lock", "Gopkg.lock", "MODULE.bazel.lock", "Manifest.toml", "Package.resolved",
    "Pipfile.lock", "Podfile.lock", "bun.lock", "bun.lockb", "composer.lock", "conan.lock", "conda-lock.yml",
    "deno.lock", "flake.lock", "glide.lock", "go.sum", "go.work.sum", "gradle.lockfile", "mix.lock",
    "npm-shrinkwrap.json", "package-lock.json", "packages.lock.json", "paket.lock", "pdm.lock", "pixi.lock",
    "pnpm-lock.yaml", "poetry.lock", "pubspec.lock", "pylock.toml", "rebar.lock", "renv.lock", "shard.lock",
    "spago.lock", "stack.yaml.lock", "uv.lock", "yarn.lock", ".terraform.lock.hcl", "gradlew", "gradlew.bat", "mvnw",
    "mvnw.cmd",
)  # fmt: skip
"""Files that a package manager or build tool writes, by name."""

GENERATED_FOLDERS = (
    "node_modules", "bower_components", "vendor", "vendors", "third_party", "third-party", "thirdparty", "3rdparty",
    "Godeps", "Pods", "Carthage/Build", r"\.idea", "__generated__", r"\.yarn/releases", r"\.yarn/plugins",
    "gradle/wrapper", "dist", r"__snapshots__",
)  # fmt: skip
"""Folders of other people's code and of what tools write, anywhere in a path."""

GENERATED_SUFFIXES = (
    r"[.-]min\.(?:js|css)", r"\.(?:js|css)\.map", r"\.[Dd]esigner\.(?:cs|vb)", r"\.feature\.cs", r"\.nib",
    r"\.xcworkspacedata", r"\.xcuserstate", r"\.pb\.(?:go|cc|h|gw\.go|validate\.go)", r"_pb2(?:_grpc)?\.pyi?",
    r"_pb\.(?:js|ts|d\.ts)", r"_grpc\.pb\.go", r"\.g\.dart", r"\.freezed\.dart", r"\.zep\.(?:c|h|php)", r"\.snap",
    r"_generated\.go", r"zz_generated\.[a-z_]+\.go", r"\.generated\.[a-z]+", r"/\.pnp\.[a-z.]+", r"esy\.lock",
)  # fmt: skip
"""Ends of names that tools write."""


def _build_pattern() -> str:
    names = "|".join(re.escape(name) for name in LOCK_FILE_NAMES)
    folders = "|".join(GENERATED_FOLDERS)
    suffixes = "|".join(GENERATED_SUFFIXES)
    return rf"(?:^|/)(?:{names})$|(?:^|/)(?:{folders})/|(?:{suffixes})$"


GENERATED_PATTERN = _build_pattern()
"""Matches the path of a file that no person wrote. Without look-around: polars compiles it too."""

_GENERATED_REGEX = re.compile(GENERATED_PATTERN)


def is_generated(path: str) -> bool:
    """Return True if a path is that of a lock file, or of generated or vendored code."""
    return bool(_GENERATED_REGEX.search(path))


def build_generated_expression(path: pl.Expr) -> pl.Expr:
    """Return the expression that is true for the paths for which `is_generated` is."""
    return path.str.contains(GENERATED_PATTERN)
