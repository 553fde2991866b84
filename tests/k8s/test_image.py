"""The image: what its file says is checked here; that it builds is tried by tools/image_from_debian.sh."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.needs import require_tool

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def final_stage() -> str:
    return DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]


def test_the_linter_of_dockerfiles_has_no_complaint() -> None:
    done = subprocess.run([require_tool("hadolint"), ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_both_stages_stand_on_one_base_that_can_be_chosen() -> None:
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["${BASE_IMAGE}", "${BASE_IMAGE}"]
    assert re.search(r"^ARG BASE_IMAGE=\S+:\d\S+$", DOCKERFILE, re.MULTILINE)


def test_it_runs_as_a_number_that_is_not_root() -> None:
    assert re.findall(r"^USER (.+)$", final_stage(), re.MULTILINE) == ["10001:10001"]


def test_the_builder_sees_only_what_the_wheel_is_made_of() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    shown = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    assert all((ROOT / name).exists() for name in shown)
    assert not shown & {".git", ".sparky", "tests", "k8s", ".venv"}
    assert {"sparky_assets", "resources", "schedules", "templates", "config"} <= shown


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-build.lock"])
def test_each_locked_version_carries_its_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text().replace("\\\n", " ")
    for requirement in text.strip().splitlines():
        assert re.match(r"[\w.-]+==\S+", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement
    assert "://" not in text


def test_what_builds_stays_out_of_the_final_stage() -> None:
    assert "pip install" not in final_stage()
    assert re.findall(r"COPY --from=(\S+) (\S+)", final_stage()) == [("build", "/opt/sparky")]
