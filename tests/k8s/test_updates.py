"""Updates without downtime: replacement of pods, draining of nodes, and Jobs that may run again."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.k8s.rendered import ROOT, objects, one
from tests.k8s.server import Server

FOLDERS = ["k8s", "k8s/overlays/dgx"]
PAGES = {"webserver", "reader"}
"""Services with users, which therefore have two replicas."""


def deployments(folder: str) -> dict[str, dict[str, Any]]:
    return {item["metadata"]["name"]: item["spec"] for item in objects(folder, "Deployment")}


@pytest.mark.parametrize("folder", FOLDERS)
def test_services_with_users_have_two_replicas_replaced_one_by_one(folder: str) -> None:
    for name in PAGES:
        spec = deployments(folder)[name]
        assert spec["replicas"] == 2
        assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
        (container,) = spec["template"]["spec"]["containers"]
        assert "readinessProbe" in container, "else the new one gets requests before it can answer"
        # The reader waits by itself, and fails its readiness probe meanwhile.
        waits = container.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command") == ["sleep", "5"]
        assert waits or " ".join(container["args"]).endswith("--drain 5")


@pytest.mark.parametrize("folder", FOLDERS)
def test_two_replicas_prefer_two_nodes(folder: str) -> None:
    for name in PAGES:
        template = deployments(folder)[name]["template"]
        (spread,) = template["spec"]["topologySpreadConstraints"]
        assert spread["topologyKey"] == "kubernetes.io/hostname"
        assert spread["whenUnsatisfiable"] == "ScheduleAnyway", "on one node both must still stand"
        assert spread["labelSelector"]["matchLabels"].items() <= template["metadata"]["labels"].items()


@pytest.mark.parametrize("folder", [*FOLDERS, "k8s/overlays/k3d"])
def test_node_can_be_drained_but_not_of_the_last_replica(folder: str) -> None:
    budgets = {item["metadata"]["name"]: item["spec"] for item in objects(folder, "PodDisruptionBudget")}
    twice = {name for name, spec in deployments(folder).items() if spec.get("replicas", 1) > 1}
    assert budgets.keys() == twice, "a budget for one replica would only block"
    for name, spec in budgets.items():
        assert spec["minAvailable"] == 1
        labels = deployments(folder)[name]["template"]["metadata"]["labels"]
        assert spec["selector"]["matchLabels"].items() <= labels.items()


@pytest.mark.parametrize("folder", FOLDERS)
def test_two_daemons_never_run_at_once(folder: str) -> None:
    """Two would start every run twice."""
    spec = deployments(folder)["daemon"]
    assert (spec["replicas"], spec["strategy"]["type"]) == (1, "Recreate")


def test_migration_needs_no_kubernetes_and_is_idempotent(postgres: Server, tmp_path: Path) -> None:
    """Every deployment runs the Job `migrate` again."""
    (container,) = one("k8s/base", "Job", "migrate")["spec"]["template"]["spec"]["containers"]
    assert not any(variable["name"] == "RUN_IMAGE" for variable in container["env"])
    (file,) = [mount["subPath"] for mount in container["volumeMounts"] if mount["mountPath"].endswith("/dagster.yaml")]
    instance = yaml.safe_load((ROOT / "k8s/base/config" / file).read_text())
    instance["storage"]["postgres"]["postgres_db"]["port"] = postgres.port
    (tmp_path / "dagster.yaml").write_text(yaml.safe_dump(instance))
    before = postgres.run("pg_dump", "--schema-only", "--restrict-key=x", "dagster")
    program, *arguments = container["args"]
    variables = {**os.environ, **postgres.variables(), "DAGSTER_HOME": str(tmp_path)}
    command = [Path(sys.executable).with_name(program), *arguments]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert postgres.run("pg_dump", "--schema-only", "--restrict-key=x", "dagster") == before


def test_models_of_the_settings_are_pulled_at_each_deployment(tmp_path: Path) -> None:
    (container,) = one("k8s/base", "Job", "pull-model")["spec"]["template"]["spec"]["containers"]
    (tmp_path / "ollama").write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/asked\n')
    (tmp_path / "ollama").chmod(0o755)
    settings = one("k8s/base", "ConfigMap", "sparky-env")["data"] | {"SPARKY_LANGUAGE_MODEL__WEEKLY_MODEL": "other:4b"}
    given = {
        variable["name"]: settings[variable["valueFrom"]["configMapKeyRef"]["key"]]
        for variable in container["env"]
        if variable.get("valueFrom", {}).get("configMapKeyRef", {}).get("key") in settings
    }
    for _ in range(2):
        subprocess.run(container["command"], env={"PATH": f"{tmp_path}:{os.environ['PATH']}", **given}, check=True)
    pulled = [line for line in (tmp_path / "asked").read_text().splitlines() if line.startswith("pull")]
    assert pulled == ["pull qwen3:1.7b", "pull other:4b"] * 2
