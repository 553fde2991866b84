"""The worked examples of CONTRIBUTING.md, followed literally in a copy of this repository."""

import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks, commands
from tests.factories import sample_repository

pytestmark = pytest.mark.slow


NEEDED = ("sparky_assets", "resources", "schedules", "tests", "tools", "docs", "templates", "config", "pyproject.toml")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
APPLY = shlex.split(re.search(r"^git apply .*$", CONTRIBUTING, re.MULTILINE)[0])  # type: ignore[index]
"""The command of the text, with the name of its file."""
METRIC, DESTINATION = (
    text.partition("\n## ")[0] for text in CONTRIBUTING.split("\n## Worked example: add a ")[1:]
)  # fmt: skip


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of this repository with the files that the tests of metrics need."""
    ignore = shutil.ignore_patterns("__pycache__", ".*", "cli", "resources")
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=None if name != "tests" else ignore)
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path


def test_steps_that_add_a_metric_reach_the_reader(copy: Path) -> None:
    week = sample_repository.build(copy / "newsroom")
    (copy / "sparky.toml").write_text(
        f"[periods]\nstart = 2025-11-10\n[sources.git]\nrepositories = [{str(week)!r}]\n", encoding="utf-8"
    )
    follow(METRIC, copy)
    assert "| `weekend_commits` |" in (copy / "docs/metrics.md").read_text()
    with start_reader(copy) as address:
        with urllib.request.urlopen(f"{address}api/v1/metrics/week/2025-W46?metric=weekend_commits") as answer:
            assert [fact["metric"] for fact in json.load(answer)["facts"]] == ["weekend_commits"]
        with urllib.request.urlopen(f"{address}statistics/week/2025-W46") as answer:
            assert "Weekend commits" in answer.read().decode()


def test_steps_that_add_a_destination_work_as_written(copy: Path) -> None:
    printed = follow(DESTINATION, copy)
    assert "Address of the server." in printed["sparky config reference"]


def follow(example: str, copy: Path) -> dict[str, str]:
    """Apply all diffs with the command of the text, then run all its commands; return the output of each."""
    for diff in blocks(example, "diff"):
        apply_diff(diff, copy)
    said = {}
    for command in commands(example):
        if command.words[0] == "git" or command.words[:2] == ("sparky", "serve"):
            continue  # applied above; the reader is started by the test
        done = subprocess.run(build_call(command.words), cwd=copy, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        said[str(command)] = done.stdout
    return said


def apply_diff(diff: str, copy: Path) -> None:
    """Apply a diff with the command of the text. Its context may have moved, but must still exist."""
    (copy / APPLY[-1]).write_text(diff + "\n", encoding="utf-8")
    # The copy is no repository: git takes the folder as it is.
    environment = {"GIT_CEILING_DIRECTORIES": str(copy.parent), "PATH": os.environ["PATH"]}
    done = subprocess.run(APPLY, cwd=copy, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, f"{done.stderr}\n{diff}"


def build_call(words: Sequence[str]) -> list[str]:
    """Build the command line of a documented command, with this interpreter and the code of the current folder."""
    program, *arguments = words
    if program == "pytest":
        return [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    if program == "sparky":
        return [sys.executable, "-c", "from sparky_assets.cli import main; main()", *arguments]
    assert program == "python", words
    return [sys.executable, *arguments]


@contextlib.contextmanager
def start_reader(copy: Path) -> Iterator[str]:
    """Start `sparky serve` in the copy; return its address."""
    command = build_call(("sparky", "serve", "--port", "0"))
    server = subprocess.Popen(command, cwd=copy, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert server.stdout
        found = (re.search(r"http://127\.0\.0\.1:\d+/", line) for line in server.stdout)
        yield next(match[0] for match in found if match)
    finally:
        server.terminate()
        server.wait(30)


def test_metric_that_is_only_defined_fails_the_tests(copy: Path) -> None:
    """The example promises that a step that is left out fails a test."""
    (first, *_) = blocks(METRIC, "diff")
    apply_diff(first, copy)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/metrics/test_definitions.py"]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "weekend_commits" in done.stdout
