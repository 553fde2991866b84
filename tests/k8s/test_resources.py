"""Memory that the manifests ask for and allow, against what `python -m benchmarks.cluster` measured."""

import json

import pytest
import yaml

from sparky_assets.definitions import DAY_RANGE_MEMORY, K8S_CONFIG_TAG, KUBERNETES_VARIABLE, build_memory_tag
from tests.k8s.rendered import K8S, objects, one
from tools.preflight import list_pod_templates, parse_quantity

MEASURED: dict[str, dict[str, int]] = json.loads((K8S / "measured.json").read_text())
MARGIN = 2
"""The measured repositories are small: a limit leaves at least as much again."""


def mebibytes(quantity: str) -> int:
    """What Kubernetes calls 384Mi or 4Gi."""
    return int(quantity[:-2]) * {"Mi": 1, "Gi": 1024}[quantity[-2:]]


def resources(name: str) -> dict[str, dict[str, str]]:
    """What a Deployment's container, or the run of a backfill, asks for and may have."""
    if name == "backfill":
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(KUBERNETES_VARIABLE, "10.43.0.1")
            tags = build_memory_tag(*DAY_RANGE_MEMORY)
        found = json.loads(tags[K8S_CONFIG_TAG])["container_config"]["resources"]
    else:
        found = one("k8s/base", "Deployment", name)["spec"]["template"]["spec"]["containers"][0]["resources"]
    return dict(found)


@pytest.mark.parametrize("name", MEASURED)
def test_what_is_asked_for_is_what_is_held_at_rest(name: str) -> None:
    assert mebibytes(resources(name)["requests"]["memory"]) >= MEASURED[name]["rest"]


@pytest.mark.parametrize("name", MEASURED)
def test_the_limit_is_twice_what_a_backfill_took(name: str) -> None:
    assert mebibytes(resources(name)["limits"]["memory"]) >= MARGIN * MEASURED[name]["backfill"]


def test_every_process_of_ours_was_measured() -> None:
    assert MEASURED.keys() == {"code-server", "webserver", "daemon", "reader", "backfill"}


def test_run_outside_of_kubernetes_carries_no_json_of_kubernetes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine tags a row stood in the list of runs on a laptop."""
    monkeypatch.delenv(KUBERNETES_VARIABLE, raising=False)
    assert build_memory_tag(*DAY_RANGE_MEMORY) == {}


RUN_CPUS = 0.2
K3S_CPUS = 0.2
"""CoreDNS and metrics-server ask for 100m each; Traefik and the volume provisioner for nothing."""


@pytest.mark.parametrize("folder", ["k8s/base", "k8s/overlays/k3d"])
def test_two_cores_bear_everything_with_k3s_own_pods_and_a_run(folder: str) -> None:
    """A run without room was FAILURE after five minutes, and was retried into the same wall."""
    asked = sum(
        parse_quantity(container.get("resources", {}).get("requests", {}).get("cpu", 0)) * count
        for count, template in list_pod_templates(objects(folder))
        for container in template["spec"]["containers"]
    )
    launcher = yaml.safe_load(one(folder, "ConfigMap", find_instance_name(folder))["data"]["dagster.yaml"])
    most = launcher["concurrency"]["runs"]["max_concurrent_runs"]
    assert parse_quantity(launcher["run_launcher"]["config"]["resources"]["requests"]["cpu"]) == RUN_CPUS
    assert asked + K3S_CPUS + RUN_CPUS * most <= 2


def find_instance_name(folder: str) -> str:
    """The ConfigMap of the instance file, whose name ends with a hash."""
    (name,) = [
        item["metadata"]["name"] for item in objects(folder, "ConfigMap") if "dagster.yaml" in item.get("data", {})
    ]
    return str(name)
