"""Objects that kustomize renders from a folder of k8s/, and lookups that all tests share."""

import copy
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
K8S = ROOT / "k8s"

type_object = dict[str, Any]


def kustomizations() -> list[str]:
    """Return every folder that can be applied: all but components, which only change others."""
    found = sorted(file.parent for file in K8S.rglob("kustomization.yaml"))
    kinds = {folder: yaml.safe_load((folder / "kustomization.yaml").read_text())["kind"] for folder in found}
    return [str(folder.relative_to(ROOT)) for folder in found if kinds[folder] == "Kustomization"]


@cache
def _rendered(folder: str) -> str:
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is not installed; it renders what k8s/ says")
    done = subprocess.run(
        ["kubectl", "kustomize", str(ROOT / folder)], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def _parsed(folder: str) -> list[type_object]:
    return [one for one in yaml.load_all(_rendered(folder), Loader=yaml.CSafeLoader) if one]


def objects(folder: str, *kinds: str) -> list[type_object]:
    """Return the objects of a folder, of all kinds or those named, as a copy that the caller may change."""
    return copy.deepcopy([one for one in _parsed(folder) if not kinds or one["kind"] in kinds])


def one(folder: str, kind: str, name: str) -> type_object:
    """Return the object of a kind and name."""
    (found,) = [item for item in objects(folder, kind) if item["metadata"]["name"] == name]
    return found


def pod_templates(folder: str) -> Iterator[tuple[str, type_object]]:
    """Yield kind/name of each object that creates pods, with the template of its pods."""
    for item in objects(folder):
        spec = item.get("spec", {})
        if item["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if "template" in spec and "spec" in spec["template"] and "containers" in spec["template"]["spec"]:
            yield f"{item['kind']}/{item['metadata']['name']}", spec["template"]


def containers(folder: str) -> Iterator[tuple[str, type_object, type_object]]:
    """Yield the name of each container, the container, and the spec of its pod; init containers are included."""
    for owner, template in pod_templates(folder):
        spec = template["spec"]
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            yield f"{owner}/{container['name']}", container, spec
