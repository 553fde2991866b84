"""GitHub workflows: valid by the published schema, actions pinned to commits, minimal rights."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.k8s.rendered import ROOT, containers
from tests.needs import require_tool

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yaml"))
each = pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)


def jobs(file: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(file.read_text())["jobs"]
    return found


@each
def test_workflow_passes_the_published_schema(file: Path) -> None:
    program = require_tool("check-jsonschema")
    command: list[str | Path] = [program, "--builtin-schema", "vendor.github-workflows", file]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@each
def test_action_is_a_commit_and_names_its_version(file: Path) -> None:
    """The tag of another repository can be moved to other code at any time."""
    used = re.findall(r"uses: (.+)", file.read_text())
    assert used
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_action_has_one_version_everywhere() -> None:
    used = {line for file in WORKFLOWS for line in re.findall(r"uses: (.+)", file.read_text())}
    names = [line.partition("@")[0] for line in used]
    assert len(names) == len(set(names))


@each
def test_rights_are_read_only_unless_a_job_gives_a_reason(file: Path) -> None:
    workflow = yaml.safe_load(file.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    more = {name: job["permissions"] for name, job in jobs(file).items() if "permissions" in job}
    release = {"contents": "write", "packages": "write", "id-token": "write", "attestations": "write"}
    assert more == ({"image": release} if file.stem == "release" else {})


@each
def test_job_has_a_time_limit_and_leaves_no_token(file: Path) -> None:
    for name, job in jobs(file).items():
        assert job["timeout-minutes"] <= 90, name
        for step in job["steps"]:
            if "actions/checkout@" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False, name


@each
def test_no_script_contains_text_of_an_event(file: Path) -> None:
    """`${{ github.event… }}` in a script is text of the author of the pull request."""
    for job in jobs(file).values():
        for step in job["steps"]:
            assert "${{" not in step.get("run", ""), step


def test_image_is_built_for_both_architectures_before_and_at_a_release() -> None:
    both = {"linux/amd64", "linux/arm64"}
    ci, release = (yaml.safe_load(file.read_text())["jobs"]["image"] for file in WORKFLOWS)
    assert {one["platform"] for one in ci["strategy"]["matrix"]["include"]} == both
    (build,) = [step for step in release["steps"] if "build-push-action" in step.get("uses", "")]
    assert set(build["with"]["platforms"].split(",")) == both


@pytest.mark.parametrize("folder", ["k8s", "k8s/overlays/dgx"])
def test_manifests_name_the_version_of_the_project(folder: str) -> None:
    """The release replaces exactly this with its digest."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    ours = {c["image"] for _, c, _ in containers(folder) if "sparky" in c["image"]}
    assert {image.rpartition("/")[2] for image in ours} == {f"sparky:{version}"}
