"""Paths of changed files: which are generated, vendored or lock files, and which belong to users, tests, docs or CI.

The rules of generated and vendored files follow GitHub's linguist (`vendor.yml`, `generated.rb`), as far as a path
alone decides. Such paths make no edge between two changes and count for no size.
"""

import re
from functools import lru_cache

_LOCK_FILES = """
    bun.lock bun.lockb cargo.lock composer.lock conan.lock deno.lock flake.lock gemfile.lock go.sum go.work.sum
    gopkg.lock gradle.lockfile mix.lock module.bazel.lock npm-shrinkwrap.json package-lock.json package.resolved
    pdm.lock pipfile.lock pixi.lock pnpm-lock.yaml podfile.lock poetry.lock pubspec.lock requirements.lock
    rebar.lock uv.lock yarn.lock .terraform.lock.hcl packages.lock.json glide.lock chart.lock stack.yaml.lock
    pylock.toml
"""

LOCK_FILE_NAMES = frozenset(_LOCK_FILES.split())

_VENDORED = re.compile(
    r"""(?ix)
    (?:^|/)(?:node_modules|bower_components|vendors?|vendored|third[-_]?party|3rd[-_]?party|external[-_]?libs?
        |godeps/_workspace|carthage/(?:build|checkouts)|pods|\.yarn/(?:releases|plugins|sdks|versions)|dist|cache
        |jspm_packages|site-packages|extern(?:al)?s?/[^/]+)/
    |^(?:deps|dependencies|rebar)/
    |(?:^|/)(?:gradlew(?:\.bat)?|mvnw(?:\.cmd)?|gradle/wrapper/.*|\.mvn/wrapper/.*|configure|config\.(?:guess|sub)
        |aclocal\.m4|ltmain\.sh|libtool\.m4|\.pnp\.c?js|\.osx|jquery[^/]*\.js|bootstrap[^/]*\.(?:css|js))$
    """
)

_GENERATED = re.compile(
    r"""(?ix)
    (?:^|/)(?:__generated__|generated|__snapshots__|\.xcodeproj|target/generated-sources)/
    |(?:^|/)zz_generated[._][^/]*$
    |[._](?:generated|gen|g|pb|designer|freezed|auto_generated)\.[a-z]{1,6}$
    |_pb2(?:_grpc)?\.pyi?$ |\.pb\.(?:go|cc|h|swift|rs)$ |\.pbobjc\.[hm]$
    |[.-]min\.(?:js|css)$ |\.(?:js|css|ts)\.map$ |\.snap$ |\.snap\.new$ |\.nib$ |\.xcworkspacedata$ |\.xcuserstate$
    |\.(?:class|pyc|o|a|so|dll|exe|wasm|lock)$
    """
)

_CI = re.compile(
    r"""(?ix)
    ^(?:\.github/(?!actions/)|\.gitlab(?:-ci)?|\.circleci/|\.ci/|\.buildkite/|\.azure|azure-pipelines|\.travis|appveyor
        |jenkinsfile|\.drone|\.woodpecker|\.pre-commit|\.gitignore$|\.gitattributes$|\.mailmap$|\.editorconfig$
        |\.codecov|codecov\.ya?ml|renovate\.json|\.renovaterc|\.dependabot)
    |(?:^|/)(?:\.gitignore|\.pre-commit-config\.yaml|\.git-blame-ignore-revs)$
    """
)

_TESTS = re.compile(
    r"""(?ix)
    (?:^|/)(?:tests?|t|specs?|__tests__|testdata|test[-_]fixtures|fixtures|benches|benchmarks?|e2e|test[-_]support)/
    |(?:^|/)(?:test_[^/]+|[^/]+[._-](?:test|tests|spec)s?\.[a-z]{1,5}|conftest\.py)$
    |^(?:tests?|crates/[^/]+/tests)/
    """
)

_DOCS = re.compile(
    r"(?i)\.(?:md|mdx|rst|adoc|txt|markdown)$|^(?:docs?|documentation|website|man)/|(?:^|/)(?:license|authors)$"
)

_CHANGELOG = re.compile(
    r"(?i)(?:^|/)(?:0*-?)?(?:changelog|changes|news|history|releases?|release[-_]?notes)(?:\.(?:md|rst|txt|adoc))?$"
    r"|^(?:changelog\.d|newsfragments|\.changeset)/"
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
    return is_lock_file(path) or bool(_GENERATED.search(path)) or bool(_VENDORED.search(path))


@lru_cache(maxsize=200_000)
def is_ci_path(path: str) -> bool:
    """Return True for a file of continuous integration or of the repository's own housekeeping."""
    return bool(_CI.search(path))


@lru_cache(maxsize=200_000)
def is_test_path(path: str) -> bool:
    """Return True for a test, a fixture or a benchmark."""
    return bool(_TESTS.search(path))


@lru_cache(maxsize=200_000)
def is_docs_path(path: str) -> bool:
    """Return True for prose."""
    return bool(_DOCS.search(path))


@lru_cache(maxsize=200_000)
def is_changelog_path(path: str) -> bool:
    """Return True for a changelog, or a fragment of one."""
    return bool(_CHANGELOG.search(path))


_MANIFEST = re.compile(
    r"(?i)(?:^|/)(?:cargo\.toml|package\.json|pyproject\.toml|setup\.(?:py|cfg)|go\.(?:mod|work)|pom\.xml|gemfile"
    r"|requirements[^/]*\.txt|build\.gradle(?:\.kts)?|composer\.json|rust-toolchain(?:\.toml)?|flake\.nix|tsconfig[^/]*\.json"
    r"|deny\.toml|clippy\.toml|rustfmt\.toml|ruff\.toml|mypy\.ini|tox\.ini|\.?typos\.toml|justfile|makefile)$"
)


def is_manifest(path: str) -> bool:
    """Return True for a manifest of a package, or the settings of a tool."""
    return bool(_MANIFEST.search(path))


@lru_cache(maxsize=200_000)
def is_user_path(path: str) -> bool:
    """Return True for a path outside tests, docs, CI, manifests and generated files: what a user may notice."""
    return not (
        is_manifest(path) or is_noise_path(path) or is_ci_path(path) or is_test_path(path) or is_docs_path(path)
    )


def is_common_path(path: str) -> bool:
    """Return True for a path that says nothing about its change: nearly every repository has it."""
    return path.rpartition("/")[2].lower() in COMMON_FILE_NAMES
