"""Requirements of tests beyond Python, git and the group `test`. Without one the test is skipped, and the reason names
it.

In CI everything is installed, and `SPARKY_TESTS_REFUSE_SKIPS=1` turns a skip that `ALLOWED_SKIPS` does not name into a
failure of the whole run.
"""

import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

REFUSE_SKIPS_VARIABLE = "SPARKY_TESTS_REFUSE_SKIPS"
SLOW_VARIABLE = "SPARKY_TESTS_SLOW"

ALLOWED_SKIPS = (
    r"no real server: set OLLAMA_HOST",  # a model of several gigabytes
    r"no Ollama here|no network policy here",  # a folder of k8s/ that has none
    r"the docker compose plugin is not installed",  # the workflow's job `manifests` has it
    r"git's history here does not reach back to",  # a shallow clone
    r"SPARKY_TESTS_NODE_FOLDER names no folder",  # node's packages, where the machine has no npm
    r"only root can make a repository",
)
"""Reasons that CI accepts, as patterns."""


def require_package(name: str) -> Any:
    """Return the module of a package of the group `dev`; without it the test (or the whole module) is skipped."""
    return pytest.importorskip(name, reason=f"the Python package {name} is not installed: uv sync --group dev")


def require_tool(name: str) -> Path:
    """Return a program of the group `dev` beside the interpreter, or skip the test."""
    tool = Path(sys.executable).with_name(name)
    if not tool.exists():
        pytest.skip(f"{name} is not installed: uv sync --group dev")
    return tool


def require_program(name: str, package: str, *folders: str) -> str:
    """Return a program from PATH or from other folders; skip the test and name the Debian package without it."""
    program = shutil.which(name) or next((str(Path(folder, name)) for folder in folders if Path(folder, name).exists()),
                                         None)  # fmt: skip
    if program is None:
        pytest.skip(f"{name} is not installed: apt-get install {package}")
    return program


def is_left_out(item: pytest.Item) -> bool:
    """Return whether a run of all tests leaves this one out: it is slow and not about the GitHub source.

    The GitHub source is tested against a fake that needs no other program, so every machine tests all of it.
    """
    about_github = item.path.parent.name in {"raw", "resources"} and item.path.name.startswith("test_github")
    return item.get_closest_marker("slow") is not None and not about_github


def find_unexpected_skips(reasons: Iterable[str]) -> list[str]:
    """Return the reasons that CI does not allow, each once."""
    return sorted({reason for reason in reasons if not any(re.search(allowed, reason) for allowed in ALLOWED_SKIPS)})
