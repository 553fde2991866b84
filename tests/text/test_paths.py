"""Paths of changed files: one rule for stories, in Python, and for metrics, in polars."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.text.paths import (
    CI_PATTERN,
    DOCS_PATTERN,
    NOISE_PATTERN,
    TESTS_PATTERN,
    is_ci_path,
    is_docs_path,
    is_lock_file,
    is_noise_path,
    is_of_tooling,
    is_test_path,
    is_user_path,
)

WRITTEN_BY_TOOLS = (
    "uv.lock", "web/package-lock.json", "Cargo.lock", "go.sum", "yarn.lock", "conda-lock.yml", "Manifest.toml",
    "vendor/github.com/x/y.go", "web/node_modules/a/b.js", "third_party/zlib/zlib.c", "deps/hiredis/sds.c",
    "static/app.min.js", "api/v1/api.pb.go", "api/x_grpc.pb.go", "proto/x_pb2.py", "dist/index.js", "x/a.g.dart",
    "src/Form.Designer.cs", "src/Form.designer.cs", "gradlew", ".idea/workspace.xml", "Pods/A/a.m", ".pnp.cjs",
    "k8s/zz_generated.deepcopy.go", "src/__snapshots__/a.snap", "src/a_generated.go", "configure", "src/generated/a.rs",
)  # fmt: skip

WRITTEN_BY_PEOPLE = (
    "src/a.py", "docs/vendor.md", "src/lock.py", "Makefile", "distribution/a.py", "src/locks/uv_lock.py", "go.mod",
    "src/cache.rs", "src/vendor_list.py", "lib/generate.py", "docs/dist.md", "cmd/lock.go", "src/deps.ts",
    "django/core/cache/backends/base.py", "pkg/kubelet/pods/status.go", "tools/code_gen.rs", "game/sprite_designer.py",
)  # fmt: skip


def is_noise_in_polars(path: str) -> bool:
    return bool(pl.Series([path]).str.contains(NOISE_PATTERN)[0])


@pytest.mark.parametrize(
    ("path", "expected"), [*((path, True) for path in WRITTEN_BY_TOOLS), *((path, False) for path in WRITTEN_BY_PEOPLE)]
)
def test_file_that_no_person_wrote_is_known_by_its_path(path: str, expected: bool) -> None:
    assert is_noise_path(path) is expected
    assert is_noise_in_polars(path) is expected


@given(st.lists(st.sampled_from(sorted({part for path in WRITTEN_BY_TOOLS for part in path.split("/")})), min_size=1))
def test_stories_and_metrics_agree_about_any_path(parts: list[str]) -> None:
    path = "/".join(parts)
    assert is_noise_path(path) is is_noise_in_polars(path)
    assert not is_lock_file(path) or is_noise_path(path)


def test_lock_files_and_documents_are_no_files_for_users() -> None:
    assert is_lock_file("a/Cargo.lock")
    assert is_user_path("src/a.rs") and not is_user_path("docs/a.md")


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        (".github/workflows/ci.yml", "ci"), (".github/CODEOWNERS", "ci"), (".github/actions/setup/action.yml", ""),
        (".github/ISSUE_TEMPLATE/bug.yml", "ci"), (".gitlab-ci.yml", "ci"), ("web/.gitignore", "ci"),
        ("tests/test_a.py", "tests"), ("src/a_test.go", "tests"), ("src/a.spec.ts", "tests"), ("t/a.t", "tests"),
        ("docs/a.md", "docs"), ("README.rst", "docs"), ("website/index.html", "docs"), ("src/a.py", ""),
    ],
)  # fmt: skip
def test_path_has_the_same_kind_in_python_and_in_polars(path: str, kinds: str) -> None:
    in_python = {"ci": is_ci_path(path), "tests": is_test_path(path), "docs": is_docs_path(path)}
    patterns = {"ci": CI_PATTERN, "tests": TESTS_PATTERN, "docs": DOCS_PATTERN}
    in_polars = {name: bool(pl.Series([path]).str.contains(pattern)[0]) for name, pattern in patterns.items()}
    assert in_python == in_polars
    assert " ".join(name for name, holds in in_python.items() if holds) == kinds


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([".github/actions/build-release/action.yml"], True),  # gleam
        ([".github/workflows/ci.yml", "CHANGELOG.md"], True),
        ([".github/workflows/ci.yml", "src/map.py"], False),
        (["CHANGELOG.md"], False),
        ([], False),
    ],
)
def test_change_is_of_tooling_if_all_its_known_paths_are(paths: list[str], expected: bool) -> None:
    assert is_of_tooling(paths) is expected
