"""Skips: the reasons that CI accepts, and a failed run for any other."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from tests.needs import REFUSE_SKIPS_VARIABLE, SLOW_VARIABLE, find_unexpected_skips, require_package, require_program
from tools import house

# The plugins that are installed beside pytest (browsers, fuzzers) load for seconds and change nothing here.
BARE_PYTEST = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(Path(__file__).parents[1])}


def test_skip_for_a_missing_program_is_unexpected_in_ci() -> None:
    reasons = ["Skipped: sshd is not installed: apt-get install openssh-server", "Skipped: no Ollama here"]
    assert find_unexpected_skips([*reasons, *reasons]) == reasons[:1]


def test_missing_program_skips_and_names_the_package() -> None:
    with pytest.raises(pytest.skip.Exception, match="no-such-program is not installed: apt-get install its-package"):
        require_program("no-such-program", "its-package", "/usr/sbin")
    with pytest.raises(pytest.skip.Exception, match="no_such_package is not installed: uv sync --group dev"):
        require_package("no_such_package")


@pytest.mark.parametrize(("refuse", "code"), [("1", 1), ("", 0)])
def test_unexpected_skip_fails_the_run_in_ci_only(tmp_path: Path, refuse: str, code: int) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_sessionfinish\n")
    (tmp_path / "test_one.py").write_text("import pytest\ndef test_one(): pytest.skip('no gcc')\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(tmp_path),
    ]
    environment = {**os.environ, **BARE_PYTEST, REFUSE_SKIPS_VARIABLE: refuse}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert ("unexpected skip: Skipped: no gcc" in done.stdout) == bool(code)


def test_no_test_imports_at_its_head_what_only_developers_install() -> None:
    """A fresh clone has the group `test` alone: an import that fails there makes its first run red."""
    require_package("playwright")
    settings = tomllib.loads((house.ROOT / "pyproject.toml").read_text())
    groups = settings["dependency-groups"]

    def list_names(requirements: list[Any]) -> set[str]:
        found = (re.match(r"[\w.-]+", requirement) for requirement in requirements if isinstance(requirement, str))
        return {match[0].lower() for match in found if match}

    only_dev = list_names(groups["dev"]) - list_names(groups["test"]) - list_names(settings["project"]["dependencies"])
    packages = {
        package for package, names in packages_distributions().items() if {name.lower() for name in names} & only_dev
    }
    assert "playwright" in packages
    faults = []
    for module in house.read_modules(house.ROOT, ("tests",)):
        for node in module.tree.body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            faults += [f"{module.path}: {name}" for name in names if name.partition(".")[0] in packages]
    # test_local_server.py imports it behind its own check of the packages.
    assert faults == ["tests/factories/tiny_model.py: gguf"]


@pytest.mark.parametrize(
    ("slow", "arguments", "ran"),
    [
        ("", ["-n", "1"], ["test_a_request", "test_quick"]),
        ("1", ["-n", "1"], ["test_a_request", "test_quick", "test_slow"]),
        ("", ["tests/cli"], ["test_quick", "test_slow"]),
        ("", ["-m", "slow"], ["test_a_request", "test_slow"]),
    ],
)
def test_slow_tests_run_on_request_and_those_of_github_always(
    tmp_path: Path, slow: str, arguments: list[str], ran: list[str]
) -> None:
    hooks = "pytest_collection_modifyitems, pytest_configure_node, pytest_report_header"
    (tmp_path / "conftest.py").write_text(f"from tests.conftest import {hooks}\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = tests\nmarkers = slow\n")
    for folder, name, body in [
        ("cli", "test_cli", "def test_quick(): pass\n@pytest.mark.slow\ndef test_slow(): pass\n"),
        ("raw", "test_github_requests", "@pytest.mark.slow\ndef test_a_request(): pass\n"),
    ]:
        (tmp_path / "tests" / folder).mkdir(parents=True)
        (tmp_path / "tests" / folder / f"{name}.py").write_text(f"import pytest\n{body}")
    environment = {**os.environ, **BARE_PYTEST, SLOW_VARIABLE: slow}
    command = [sys.executable, "-m", "pytest", "-v", "-p", "xdist.plugin", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    passed = {line.split("::")[1].split()[0] for line in done.stdout.splitlines() if "::" in line and "PASSED" in line}
    assert sorted(passed) == ran, done.stdout + done.stderr
    assert (f"{SLOW_VARIABLE}=1 runs them too" in done.stdout) == ("test_slow" not in ran)


def test_every_dependency_of_users_has_an_upper_bound() -> None:
    project = tomllib.loads((house.ROOT / "pyproject.toml").read_text())["project"]
    optional = [line for lines in project["optional-dependencies"].values() for line in lines]
    requirements = [Requirement(line) for line in (*project["dependencies"], *optional)]
    # Timezones change by law, so that a new version of them is always wanted.
    assert [each.name for each in requirements if "<" not in str(each.specifier)] == ["tzdata"]
