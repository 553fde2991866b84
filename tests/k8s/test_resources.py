"""Requested and allowed memory of the manifests, against the measurements of `python -m benchmarks.cluster`."""

import json

import pytest
import yaml

from sparky_assets.definitions import DAY_RANGE_MEMORY, K8S_CONFIG_TAG, KUBERNETES_VARIABLE, build_memory_tag
from tests.k8s.rendered import K8S, objects, one
from tools.preflight import list_pod_templates, parse_quantity

MEASURED: dict[str, dict[str, int]] = json.loads((K8S / "measured.json").read_text())
MARGIN = 2
"""The measured repositories are small, so a limit is at least twice the measurement."""


def mebibytes(quantity: str) -> int:
    """Parse 384Mi or 4Gi of Kubernetes."""
    return int(quantity[:-2]) * {"Mi": 1, "Gi": 1024}[quantity[-2:]]


def resources(name: str) -> dict[str, dict[str, str]]:
    """Return the requests and limits of a Deployment's container, or of the run of a backfill."""
    if name == "backfill":
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(KUBERNETES_VARIABLE, "10.43.0.1")
            tags = build_memory_tag(*DAY_RANGE_MEMORY)
        found = json.loads(tags[K8S_CONFIG_TAG])["container_config"]["resources"]
    else:
        found = one("k8s/base", "Deployment", name)["spec"]["template"]["spec"]["containers"][0]["resources"]
    return dict(found)


@pytest.mark.parametrize("name", MEASURED)
def test_request_covers_the_memory_at_rest(name: str) -> None:
    assert mebibytes(resources(name)["requests"]["memory"]) >= MEASURED[name]["rest"]


@pytest.mark.parametrize("name", MEASURED)
def test_limit_is_twice_the_memory_of_a_backfill(name: str) -> None:
    assert mebibytes(resources(name)["limits"]["memory"]) >= MARGIN * MEASURED[name]["backfill"]


def test_every_sparky_process_was_measured() -> None:
    assert MEASURED.keys() == {"code-server", "webserver", "daemon", "reader", "backfill"}


def test_run_outside_of_kubernetes_carries_no_json_of_kubernetes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: the list of runs on a laptop showed nine tags per row."""
    monkeypatch.delenv(KUBERNETES_VARIABLE, raising=False)
    assert build_memory_tag(*DAY_RANGE_MEMORY) == {}


RUN_CPUS = 0.2
K3S_CPUS = 0.2
"""CoreDNS and metrics-server request 100m each; Traefik and the volume provisioner none."""


@pytest.mark.parametrize("folder", ["k8s/base", "k8s/overlays/k3d"])
def test_requests_fit_on_two_cores_with_k3s_pods_and_a_run(folder: str) -> None:
    """A run that did not fit failed after five minutes, and was retried under the same conditions."""
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
    """Return the name of the instance file's ConfigMap, which ends with a hash."""
    (name,) = [
        item["metadata"]["name"] for item in objects(folder, "ConfigMap") if "dagster.yaml" in item.get("data", {})
    ]
    return str(name)
