"""Paths of changed files: which are generated, vendored or lock files, and which belong to users, tests, docs or CI.

The rules of generated and vendored files follow GitHub's linguist (`vendor.yml`, `generated.rb`), as far as a path
alone decides, without those that are for statistics of languages only. Such paths make no edge between two changes,
and their lines count for no size and no metric.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

_LOCK_FILES = """
    bun.lock bun.lockb cargo.lock chart.lock composer.lock conan.lock conda-lock.yml deno.lock esy.lock flake.lock
    gemfile.lock glide.lock go.sum go.work.sum gopkg.lock gradle.lockfile manifest.toml mix.lock module.bazel.lock
    npm-shrinkwrap.json package-lock.json package.resolved packages.lock.json paket.lock pdm.lock pipfile.lock pixi.lock
    pnpm-lock.yaml podfile.lock poetry.lock pubspec.lock pylock.toml rebar.lock renv.lock requirements.lock shard.lock
    spago.lock stack.yaml.lock uv.lock yarn.lock .terraform.lock.hcl
"""

LOCK_FILE_NAMES = frozenset(_LOCK_FILES.split())

# Not `cache`, and `pods` only as CocoaPods spells it: `django/core/cache` and `pkg/kubelet/pods` are sources.
_VENDORED_FOLDERS = (
    "node_modules", "bower_components", "jspm_packages", "site-packages", "vendors?", "vendored",
    "(?:third|3rd)[-_]?party", "external[-_]?libs?", "extern(?:al)?s?/[^/]+", "godeps", "carthage/(?:build|checkouts)",
    "(?-i:Pods)", r"\.idea", r"\.yarn/(?:releases|plugins|sdks|versions)", "gradle/wrapper", r"\.mvn/wrapper", "dist",
)  # fmt: skip
"""Folders of other people's code and of what tools install, anywhere in a path."""

_VENDORED_NAMES = (
    r"gradlew(?:\.bat)?", r"mvnw(?:\.cmd)?", "configure", r"config\.(?:guess|sub)", r"aclocal\.m4", r"ltmain\.sh",
    r"libtool\.m4", r"\.pnp\.[a-z.]+", r"\.osx", r"jquery[^/]*\.js", r"bootstrap[^/]*\.(?:css|js)",
)  # fmt: skip

_GENERATED_FOLDERS = ("__generated__", "generated", "__snapshots__", "target/generated-sources")

# `sprite_designer.py` and `code_gen.rs` are sources.
_GENERATED_SUFFIXES = (
    r"[._](?:generated|auto_generated)\.[a-z]{1,6}", r"\.gen\.[a-z]{1,6}", r"_gen\.go", r"\.designer\.(?:cs|vb)",
    r"\.feature\.cs", r"\.g\.(?:dart|cs)", r"\.freezed\.dart", r"_pb2(?:_grpc)?\.pyi?", r"_pb\.(?:js|ts|d\.ts)",
    r"\.pb\.(?:go|cc|h|swift|rs|gw\.go|validate\.go)", r"_grpc\.pb\.go", r"\.pbobjc\.[hm]", r"\.zep\.(?:c|h|php)",
    r"[.-]min\.(?:js|css)", r"\.(?:js|css|ts)\.map", r"\.snap(?:\.new)?", r"\.nib", r"\.xcworkspacedata",
    r"\.xcuserstate", r"\.(?:class|pyc|o|a|so|dll|exe|wasm|lock)",
)  # fmt: skip
"""Ends of names that tools write."""


def _build_noise_pattern() -> str:
    names = "|".join((*map(re.escape, sorted(LOCK_FILE_NAMES)), *_VENDORED_NAMES, r"zz_generated[._][^/]*"))
    folders = "|".join((*_VENDORED_FOLDERS, *_GENERATED_FOLDERS))
    suffixes = "|".join(_GENERATED_SUFFIXES)
    return rf"(?i)(?:^|/)(?:{names})$|(?:^|/)(?:{folders})/|^(?:deps|dependencies|rebar)/|(?:{suffixes})$"


NOISE_PATTERN = _build_noise_pattern()
"""The path of a file that no person wrote. Without look-around: polars compiles it too."""

_NOISE = re.compile(NOISE_PATTERN)

CI_PATTERN = (
    # Composite actions below `.github/actions/` are products of some repositories.
    r"(?i)^(?:\.github/(?:[^/]*$|(?:[^/a]|a[^/c]|ac[^/t])[^/]*/)|\.gitlab(?:-ci)?|\.circleci/|\.ci/|\.buildkite/|\.azure"
    r"|azure-pipelines|\.travis|appveyor|jenkinsfile|\.drone|\.woodpecker|\.pre-commit|\.gitignore$|\.gitattributes$"
    r"|\.mailmap$|\.editorconfig$|\.codecov|codecov\.ya?ml|renovate\.json|\.renovaterc|\.dependabot)"
    r"|(?:^|/)(?:\.gitignore|\.pre-commit-config\.yaml|\.git-blame-ignore-revs)$"
)
"""The path of a file of continuous integration or of the repository's own housekeeping. polars compiles it too."""

_TOOLING = re.compile(
    r"(?i)^(?:scripts?|hack|ci|\.config|\.vscode|\.devcontainer|buildsrc|build-logic)/|(?:^|/)contributing(?:/|[^/]*$)"
    r"|^(?:makefile|justfile|noxfile\.py|tox\.ini|\.[\w-]+\.(?:ya?ml|toml|json))$"
)

TESTS_PATTERN = (
    r"(?i)(?:^|/)(?:tests?|t|specs?|regress(?:ions?)?|__tests__|testdata|test[-_]fixtures|fixtures|benches|benchmarks?|e2e|test[-_]support)/"
    r"|(?:^|/)(?:test_[^/]+|[^/]+[._-](?:test|tests|spec)s?\.[a-z]{1,5}|conftest\.py)$"
)
"""The path of a test, a fixture or a benchmark. polars compiles it too."""

DOCS_PATTERN = (
    r"(?i)\.(?:md|mdx|rst|adoc|txt|markdown)$|^(?:docs?|documentation|website|man)/|(?:^|/)(?:license|authors)$"
)
"""The path of prose. polars compiles it too."""

_CI, _TESTS, _DOCS = re.compile(CI_PATTERN), re.compile(TESTS_PATTERN), re.compile(DOCS_PATTERN)

_CHANGELOG = re.compile(
    r"(?i)(?:^|/)(?:0*-?)?(?:changelog|changes|news|history|releases?|release[-_]?notes)(?:[-_]v?\d[\d.x]{0,12})?(?:\.(?:md|rst|txt|adoc))?$"
    r"|^(?:changelog\.d|newsfragments|\.changeset)/"
    r"|^(?:docs?/(?:source/)?)?(?:releases?[-_ ]?notes|releases|changelogs?|whats?-?new)"
    r"/[^/]*\d\.\d[^/]*\.(?:md|rst|txt)$"
)

_COMMON_FILES = """
    readme.md readme.rst readme license license.md license.txt changelog.md contributing.md code_of_conduct.md
    security.md .gitignore .gitattributes .editorconfig package.json tsconfig.json cargo.toml go.mod go.work
    setup.py setup.cfg pyproject.toml requirements.txt makefile justfile dockerfile docker-compose.yml
    docker-compose.yaml compose.yaml __init__.py index.js index.ts index.html main.go main.py main.rs lib.rs mod.rs
    app.py pom.xml build.gradle .dockerignore .env.example gemfile tox.ini pytest.ini conftest.py .prettierrc
    eslint.config.js
"""

COMMON_FILE_NAMES = frozenset(_COMMON_FILES.split())
"""Names that most repositories have: the same new path in three repositories means nothing if it is one of these."""


@lru_cache(maxsize=200_000)
def is_lock_file(path: str) -> bool:
    """Return True for a lock file of a package manager."""
    return path.rpartition("/")[2].lower() in LOCK_FILE_NAMES


@lru_cache(maxsize=200_000)
def is_noise_path(path: str) -> bool:
    """Return True for a lock, generated or vendored file."""
    return bool(_NOISE.search(path))


@lru_cache(maxsize=200_000)
def is_ci_path(path: str) -> bool:
    """Return True for a file of continuous integration or of the repository's own housekeeping."""
    return bool(_CI.search(path))


@lru_cache(maxsize=200_000)
def is_test_path(path: str) -> bool:
    """Return True for a test, a fixture or a benchmark."""
    return bool(_TESTS.search(path))


@lru_cache(maxsize=200_000)
def is_tooling_path(path: str) -> bool:
    """Return True for a file for those who work on the repository: CI, tests, scripts, settings of tools."""
    return is_ci_path(path) or is_test_path(path) or bool(_TOOLING.search(path))


def is_of_tooling(paths: Iterable[str]) -> bool:
    """Return True where paths are known, and each is for those who work on the repository, or the changelog beside it.

    gleam closed an injection in the action that builds its releases, which makes no program safer.
    """
    own = [path for path in paths if not is_changelog_path(path)]
    return bool(own) and all(path.startswith(".github/") or is_tooling_path(path) for path in own)


@lru_cache(maxsize=200_000)
def is_docs_path(path: str) -> bool:
    """Return True for prose."""
    return bool(_DOCS.search(path))


_PACKAGE_TEXT = re.compile(r"(?i)(?:^|/)(?:[\w-]*requirements[^/]*|constraints[^/]*|cmakelists|robots|humans)\.txt$")


def is_prose_path(path: str) -> bool:
    """Return True for a document that people read: no list of packages, and no page of a program."""
    return bool(re.search(r"(?i)\.(?:md|mdx|rst|adoc|txt|markdown)$", path)) and not _PACKAGE_TEXT.search(path)


@lru_cache(maxsize=200_000)
def is_changelog_path(path: str) -> bool:
    """Return True for a changelog, or a fragment of one."""
    return bool(_CHANGELOG.search(path))


_MANIFEST = re.compile(
    r"(?i)(?:^|/)(?:cargo\.toml|package\.json|pyproject\.toml|setup\.(?:py|cfg)|go\.(?:mod|work)|pom\.xml|gemfile"
    r"|requirements[^/]*\.txt|build\.gradle(?:\.kts)?|composer\.json|rust-toolchain(?:\.toml)?|flake\.nix|tsconfig[^/]*\.json"
    r"|deny\.toml|clippy\.toml|rustfmt\.toml|ruff\.toml|mypy\.ini|tox\.ini|\.?typos\.toml|justfile|makefile)$"
)


@lru_cache(maxsize=200_000)
def is_manifest(path: str) -> bool:
    """Return True for a manifest of a package, or the settings of a tool."""
    return bool(_MANIFEST.search(path))


@lru_cache(maxsize=200_000)
def is_user_path(path: str) -> bool:
    """Return True for a path outside tests, docs, CI, manifests and generated files: what a user may notice."""
    return not (
        is_manifest(path)
        or is_noise_path(path)
        or is_ci_path(path)
        or is_test_path(path)
        or is_docs_path(path)
        or is_changelog_path(path)
    )


def is_common_path(path: str) -> bool:
    """Return True for a path that says nothing about its change: nearly every repository has it."""
    return path.rpartition("/")[2].lower() in COMMON_FILE_NAMES
