"""Recipes and scripts: they pass shellcheck, can be shown, and name existing files."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.k8s.rendered import ROOT
from tests.needs import require_tool

PROGRAMS = Path(sys.executable).parent
SCRIPTS = [*sorted((ROOT / "k8s").rglob("*.sh")), *sorted((ROOT / "tools").glob("*.sh")),
           *sorted((ROOT / "compose").glob("*.sh"))]  # fmt: skip
MADE_BY_SCRIPTS = {"restore", "fetch-backup"}
PROMISED = (
    "image", "k8s-config", "dashboards", "k8s-secrets", "k8s-images", "k3d-create", "k3d-destroy", "deploy-local",
    "undeploy-local", "k3d-status", "deploy-production", "production-status", "check-gpu", "backup-now",
    "compose-up", "compose-down", "image-from-debian",
)  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_pass_shellcheck(script: Path) -> None:
    done = subprocess.run([require_tool("shellcheck"), script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    "recipe", [*PROMISED, "k3s-install-dgx me@dgx", "fetch-backup to", "restore dgx", "restore k3d 20251112T031700Z"]
)
def test_recipe_can_be_shown_without_being_run(recipe: str) -> None:
    command: list[str | Path] = [require_tool("just"), "--dry-run", *recipe.split()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for named in re.findall(r"(?:k8s|tools)/[\w./-]+\.(?:sh|yaml)", done.stderr):
        assert (ROOT / named).is_file(), named
    for overlay in re.findall(r"k8s/overlays/\w+", done.stderr):
        assert (ROOT / overlay / "kustomization.yaml").is_file()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_objects_named_by_a_script_exist(script: Path) -> None:
    """A script would otherwise wait for a renamed Deployment until its timeout."""
    manifests = "\n".join(file.read_text() for file in (ROOT / "k8s").rglob("*.yaml"))
    for name in re.findall(r"(?:deployment|job|cronjob|daemonset)/([a-z][a-z-]+)", script.read_text()):
        assert f"name: {name}\n" in manifests or name in MADE_BY_SCRIPTS, name
