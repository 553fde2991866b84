"""Skips: which reasons CI takes, and that the run fails with any other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import REFUSE_SKIPS_VARIABLE, find_unexpected_skips, require_package, require_program


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
    environment = {**os.environ, REFUSE_SKIPS_VARIABLE: refuse, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert ("unexpected skip: Skipped: no gcc" in done.stdout) == bool(code)
