"""A store and a Dagster history of an earlier version are read, or refused in one sentence.

The earlier versions come from git's own history and run as they were, so that no binary fixture can become outdated.
"""

import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import dagster as dg
import pytest

from tests.cli.conftest import as_process
from tests.factories.sample_repository import DAY

pytestmark = pytest.mark.slow


ROOT = Path(__file__).parents[2]
LATER_DAY = "2025-11-14"
VERSIONS = {"the commit before this one": "HEAD~1", "before there were audiences": "d26efa7"}
MAIN = "from sparky_assets.cli import main; main()"


def earlier_version(revision: str, folder: Path) -> Path:
    """Return the tree of an earlier version."""
    done = subprocess.run(
        ["git", "archive", revision, "sparky_assets", "resources", "schedules", "templates", "config"],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode:
        pytest.skip(f"git's history here does not reach back to {revision}: {done.stderr.decode().strip()}")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


@pytest.mark.parametrize("revision", VERSIONS.values(), ids=VERSIONS)
def test_data_of_an_earlier_version_is_read_or_refused_clearly(
    revision: str, tmp_path: Path, newsroom_path: Path
) -> None:
    old = earlier_version(revision, tmp_path / "old")
    home = tmp_path / "home"
    variables = {
        "SPARKY_HOME": str(home), "SPARKY_PEOPLE__SALT": "pepper", "SPARKY_PERIODS__START": "2025-10-27",
        "SPARKY_SOURCES__GIT__REPOSITORIES": f'["{newsroom_path}"]',
    }  # fmt: skip
    written = subprocess.run(
        [sys.executable, "-c", MAIN, "run", "day", DAY], cwd=tmp_path, check=False, capture_output=True, text=True,
        env={**os.environ, **variables, "PYTHONPATH": str(old)},
    )  # fmt: skip
    assert written.returncode == 0, written.stderr

    again = as_process("run", "day", DAY, cwd=tmp_path, variables=variables)
    assert "Traceback" not in again.stderr, again.stderr
    if again.returncode:
        assert len(again.stderr.strip().splitlines()) == 1, again.stderr
        next_step = "(Delete it and |sparky backfill .* --force)"
        assert re.search(rf"{re.escape(str(home))}/\S+: (written as|torn, or not a) .*{next_step}", again.stderr)
        shutil.rmtree(home / "store")
        again = as_process("run", "day", DAY, cwd=tmp_path, variables=variables)
        assert again.returncode == 0, again.stderr

    assert as_process("run", "day", LATER_DAY, cwd=tmp_path, variables=variables).returncode == 0
    with dg.DagsterInstance.from_config(str(home / "dagster")) as instance:
        assert instance.get_materialized_partitions(dg.AssetKey(["daily", "publication"])) == {DAY, LATER_DAY}
