"""The worked examples of CONTRIBUTING.md, done by the letter in a copy of this repository."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks, commands

pytestmark = pytest.mark.slow


NEEDED = ("sparky_assets", "resources", "schedules", "tests", "tools", "docs", "templates", "config", "pyproject.toml")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
METRIC, DESTINATION = (
    text.partition("\n## ")[0] for text in CONTRIBUTING.split("\n## Worked example: add a ")[1:]
)  # fmt: skip


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """This repository as far as its tests of metrics need it."""
    ignore = shutil.ignore_patterns("__pycache__", ".*", "cli", "resources")
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=None if name != "tests" else ignore)
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path


def test_the_steps_that_add_a_metric_work_as_they_stand(copy: Path) -> None:
    follow(METRIC, copy)
    assert "| `weekend_commits` |" in (copy / "docs/metrics.md").read_text()


def test_the_steps_that_add_a_destination_work_as_they_stand(copy: Path) -> None:
    said = follow(DESTINATION, copy)
    assert "Address of the server." in said["sparky config reference"]


def follow(example: str, copy: Path) -> dict[str, str]:
    """Do all its diffs, then run all its commands; gives what each said."""
    for diff in blocks(example, "diff"):
        # No repository there: git takes the folder as it is. Context may have moved since, but must still be there.
        done = subprocess.run(
            ["git", "apply", "-C1", "--recount", "-"], cwd=copy, input=diff + "\n", capture_output=True, text=True,
            check=False, env={"GIT_CEILING_DIRECTORIES": str(copy.parent), "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        assert done.returncode == 0, f"{done.stderr}\n{diff}"
    said = {}
    for command in commands(example):
        program, *words = command.words
        if program == "pytest":
            program, words = "python", ["-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
        if program == "sparky":
            program, words = "python", ["-c", "from sparky_assets.cli import main; main()", *words]
        assert program == "python", command
        done = subprocess.run([sys.executable, *words], cwd=copy, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        said[str(command)] = done.stdout
    return said


def test_a_metric_that_is_only_defined_is_found_out(copy: Path) -> None:
    """The example's promise: a step left out is a red test."""
    (first, *_) = blocks(METRIC, "diff")
    environment = {"GIT_CEILING_DIRECTORIES": str(copy.parent), "PATH": "/usr/bin:/bin"}
    subprocess.run(["git", "apply", "-C1", "--recount", "-"], cwd=copy, input=first + "\n", text=True, check=True,
                   env=environment)  # fmt: skip
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/metrics/test_definitions.py"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "weekend_commits" in done.stdout
