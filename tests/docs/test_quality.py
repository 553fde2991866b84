"""The output and exit code of `just coverage`, from coverage reports."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT
from tools.coverage_by_package import STAGES, by_package


def report(**run: int) -> dict[str, object]:
    """Return a report with a file of ten lines in each package, of which so many were run."""
    files = {
        f"sparky_assets/{name}/assets.py": {"summary": {"covered_lines": ran, "num_statements": 10}}
        for name, ran in run.items()
    }
    return {"files": files}


def test_lines_and_branches_are_summed_by_package() -> None:
    one = {"covered_lines": 8, "num_statements": 10, "covered_branches": 1, "num_branches": 10}
    two = {"covered_lines": 10, "num_statements": 10, "covered_branches": 1, "num_branches": 10}
    files = {"sparky_assets/raw/a.py": {"summary": one}, "sparky_assets/raw/deep/b.py": {"summary": two},
             "resources/git/repository.py": {"summary": {"covered_lines": 20, "num_statements": 20}}}  # fmt: skip
    shares = by_package({"files": files})
    assert shares == {"all": pytest.approx(100 * 40 / 60), "resources": 100.0, "sparky_assets/raw": 50.0}


@pytest.mark.parametrize(
    ("ran", "code"), [({"raw": 10, "cli": 8}, 0), ({"raw": 8, "cli": 10}, 1), ({"raw": 9, "cli": 0}, 1)]
)
def test_low_coverage_of_a_stage_or_the_total_is_an_error(tmp_path: Path, ran: dict[str, int], code: int) -> None:
    (tmp_path / "coverage.json").write_text(json.dumps(report(**ran)))
    command = [sys.executable, "-m", "tools.coverage_by_package", str(tmp_path / "coverage.json")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout


def test_every_stage_with_a_limit_is_a_package() -> None:
    assert all((ROOT / "sparky_assets" / stage / "__init__.py").exists() for stage in STAGES)
